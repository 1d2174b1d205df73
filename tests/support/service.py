"""A service that people have accounts at, as strict with us as real ones are, and one that says what a test wants."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.elsewhere import Asked, Elsewhere, answered

CLIENT_ID, CLIENT_SECRET = "postern at the service", "hunter2:&%/ä".encode().decode()
GOOGLE = "https://accounts.google.com"
ANN = {"sub": "1234567890", "email": "ann@example.com", "email_verified": True, "hd": "example.com", "name": "Ann"}
Said = dict[str, Any]


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: ec.EllipticCurvePrivateKey, kid: str = "first", **more: str) -> Said:
    jwk: Said = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**jwk, "kid": kid, **more}


@dataclass
class Service:
    """An OpenID issuer. `claims`, `header`, `metadata`, `keys` and `token` are what a test has it say otherwise.

    What is None there is left out.
    """

    there: Elsewhere
    issuer: str = GOOGLE
    person: Said = field(default_factory=lambda: dict(ANN))
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    posts_secret: bool = True
    secret: Callable[[str], bool] = CLIENT_SECRET.__eq__
    claims: Said = field(default_factory=dict)
    header: Said = field(default_factory=dict)
    metadata: Said = field(default_factory=dict)
    keys: Any = None
    encode: Callable[[Said, Said], Any] | None = None
    answers: dict[str, bytes] = field(default_factory=dict)  # whole ones, by path
    asked: Said = field(default_factory=dict)  # when the browser came last
    codes: dict[str, Said] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.there.answer = self.answer

    @property
    def heard(self) -> list[str]:
        """The paths that it was asked for."""
        return [urlsplit(asked.target).path for asked in self.there.asked]

    def browser_came(self, url: str) -> dict[str, str]:
        """What the browser brings back, after its person has agreed."""
        self.asked = dict(parse_qsl(urlsplit(url).query))
        assert self.asked["client_id"] == CLIENT_ID
        assert self.asked["response_type"] == "code"
        assert self.asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = self.asked
        return {"code": code, "state": self.asked["state"]}

    def answer(self, asked: Asked) -> bytes:
        """What it says."""
        path = urlsplit(asked.target).path
        if path in self.answers:
            return self.answers[path]
        if path.endswith("/.well-known/openid-configuration"):
            return answered(self._metadata())
        if path == "/keys":
            return answered(self.keys if self.keys is not None else {"keys": [jwk_of(self.key)]})
        if path == "/token":
            return self._token(asked)
        return answered(status="404 Not Found")

    def _metadata(self) -> Said:
        methods = ["client_secret_post"] if self.posts_secret else ["client_secret_basic"]
        return _without_none(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{GOOGLE}/token",
                "jwks_uri": f"{GOOGLE}/keys",
                "token_endpoint_auth_methods_supported": methods,
                **self.metadata,
            }
        )

    def _token(self, asked: Asked) -> bytes:
        form = dict(parse_qsl(asked.body.decode()))
        known = self.codes.pop(form.get("code", ""), None)
        verified = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = known and (
            known["code_challenge"] == verified.rstrip(b"=").decode()
            and known["redirect_uri"] == form["redirect_uri"]
            and form["grant_type"] == "authorization_code"
            and self._is_us(asked, form)
        )
        if not right or not known:
            return answered({"error": "invalid_grant"}, "400 Bad Request")
        return answered(
            {"access_token": "of no use", "token_type": "Bearer", "id_token": self.id_token(known["nonce"])}
        )

    def _is_us(self, asked: Asked, form: dict[str, str]) -> bool:
        client_id, secret = form["client_id"], form.get("client_secret", "")
        if not self.posts_secret:
            pair = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
            client_id, secret = map(unquote, pair.split(":"))
        return client_id == CLIENT_ID and self.secret(secret)

    def id_token(self, nonce: str, /, **more: Any) -> Any:
        """What it gives to a server for a code, and to an app by the sign-in of its system."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce, "auth_time": now}
        claims = _without_none({**usual, **self.person, **self.claims, **more})
        header = _without_none({"kid": "first", "alg": "ES256", **self.header})
        if self.encode:
            return self.encode(claims, header)
        return jwt.PyJWS().encode(json.dumps(claims).encode(), self.key, algorithm="ES256", headers=header)


def _without_none(said: Said) -> Said:
    return {name: value for name, value in said.items() if value is not None}
