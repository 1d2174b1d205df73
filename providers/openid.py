"""Services that speak OpenID Connect, each with what is its own."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from outside import Client
from providers import answers
from providers.bounded import Bounded
from providers.id_tokens import LEEWAY, claims_of
from providers.metadata import Issuer, Metadata
from providers.provider import Attempt, NotBelieved, Person, text
from providers.userinfo import claims_beside
from settings import ProviderSetting

LONGEST_NAME = 200
LONGEST_EMAIL = 254
SECRET_SECONDS = 300  # that a client secret of Apple's is good, which is made for each request
# For the sake of `auth_time`, which is said to whoever gives an age (OpenID Connect Core 1.0 §3.1.2.1): a year asks
# nobody anew. The others do not know of it.
LONGEST_AGE_SECONDS = 365 * 24 * 3600
TRUE = (True, "true")  # Apple says it in either way


class OpenIDProvider:
    """Asks for a code, and trades it for an ID token."""

    def __init__(self, setting: ProviderSetting, client: Client) -> None:
        """Raises ValueError where the secret is to be a private key, and is none."""
        self.id, self.name = setting.id, setting.name
        self.posts = setting.kind == "apple"  # it gives addresses and names to nobody who does not take a form
        self._setting = setting
        self._client = Bounded(client)
        self._issuer = Issuer(setting.issuer, client)
        if setting.kind == "apple":
            self._secret()

    @answers.in_time
    async def authorization_url(self, attempt: Attempt) -> str:
        """Where the browser goes. Raises NoAnswer."""
        endpoint = (await self._issuer.metadata()).authorization_endpoint
        asked = {
            "response_type": "code",
            "client_id": self._setting.client_id,
            "redirect_uri": attempt.callback,
            "scope": " ".join(self._setting.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
            **({"response_mode": "form_post"} if self.posts else {}),
            **({"max_age": LONGEST_AGE_SECONDS} if self._setting.kind == "oidc" else {}),
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    @answers.in_time
    async def person(self, attempt: Attempt, came_back: Mapping[str, str]) -> Person:
        """Who it was, by what the browser came back with. Raises NoAnswer, NotBelieved."""
        metadata = await self._issuer.metadata()
        issuer = came_back.get("iss", None if metadata.names_itself else self._setting.issuer)
        if issuer != self._setting.issuer:  # the code is another's, who would learn it from us (RFC 9207)
            raise NotBelieved("an answer of another issuer")
        said = await self._traded(metadata, attempt, came_back.get("code", ""))
        claims = await claims_of(
            said.get("id_token"),
            issuers=self._issuers,
            keys=self._issuer,
            client_ids=[self._setting.client_id],
            nonces=[attempt.nonce],
        )
        if "email" not in claims and metadata.userinfo_endpoint:
            claims |= await claims_beside(self._client, metadata.userinfo_endpoint, said, claims["sub"])
        return self._person(claims, _name_beside(came_back.get("user", "")))

    @answers.in_time
    async def person_of(self, id_token: str, *, nonce: str, name: str | None) -> Person:
        """Who it was, by an ID token that an app of ours has got; `name` is what it was told beside, once, by Apple.

        The app may have had it made out with the nonce's SHA-256, so that whoever sees the token cannot use it.
        Raises NoAnswer, NotBelieved: NoPerson where that is the token's fault.
        """
        claims = await claims_of(
            id_token,
            issuers=self._issuers,
            keys=self._issuer,
            client_ids=[self._setting.client_id, *self._setting.native_client_ids],
            nonces=[nonce, sha256(nonce.encode()).hexdigest()],
        )
        return self._person(claims, text(name, LONGEST_NAME))

    @property
    def _issuers(self) -> list[str]:
        """What it calls itself in ID tokens. Google's documents say that it may leave the scheme out."""
        issuer = self._setting.issuer
        return [issuer, issuer.removeprefix("https://")] if self._setting.kind == "google" else [issuer]

    def _person(self, claims: Mapping[str, Any], name: str | None) -> Person:
        email = text(claims.get("email"), LONGEST_EMAIL)
        return Person(
            issuer=self._setting.issuer,
            subject=claims["sub"],
            email=email,
            vouched=email is not None and self._vouches(claims, email),
            name=text(claims.get("name"), LONGEST_NAME) or name,
            label=email or text(claims.get("preferred_username"), LONGEST_EMAIL),
            asked_at=_moment(claims.get("auth_time")),
        )

    async def _traded(self, metadata: Metadata, attempt: Attempt, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.callback,
            "code_verifier": attempt.verifier,
            "client_id": self._setting.client_id,
        }
        if metadata.posts_secret:
            return await answers.post(self._client, metadata.token_endpoint, {**form, "client_secret": self._secret()})
        pair = f"{quote(self._setting.client_id, safe='')}:{quote(self._secret(), safe='')}"  # RFC 6749 §2.3.1
        basic = f"Basic {b64encode(pair.encode()).decode()}"
        return await answers.post(self._client, metadata.token_endpoint, form, Authorization=basic)

    def _secret(self) -> str:
        secret, now = self._setting.client_secret.get_secret_value(), int(time.time())
        if self._setting.kind != "apple":
            return secret
        claims = {
            "iss": self._setting.team_id,
            "sub": self._setting.client_id,
            "aud": self._setting.issuer,
            "iat": now,
            "exp": now + SECRET_SECONDS,
        }
        try:
            return jwt.encode(claims, secret, algorithm="ES256", headers={"kid": self._setting.key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            raise ValueError(f"PROVIDERS [{self.id}] has no private key for ES256 as its client secret") from None

    def _vouches(self, claims: Mapping[str, Any], email: str) -> bool:
        """Whether it has seen to it that the address is theirs, which each service says in a way of its own."""
        match self._setting.kind:
            case "google":  # is the mail server of its own addresses and of those of a Workspace, and of no others
                own = email.lower().endswith("@gmail.com") or text(claims.get("hd"), LONGEST_EMAIL) is not None
                return own and claims.get("email_verified") is True
            case "apple":
                return claims.get("email_verified") in TRUE
            case "microsoft":  # the tenant is the operator's own; the claims, where there are any, say more
                return claims.get("xms_edov", not self._is_guest(claims)) in (*TRUE, 1, "1")
        return self._setting.email_is_confirmed and claims.get("email_verified", True) in TRUE

    def _is_guest(self, claims: Mapping[str, Any]) -> bool:
        """Whether another tenant or service has the account, whose address the operator's own gives to nobody."""
        tenant = self._setting.issuer.split("/")[-2]
        return claims.get("acct", 0) not in (0, "0") or tenant not in str(claims.get("idp", tenant))


def _moment(said: object) -> int | None:
    """Seconds since 1970, where it is a moment until now; a service's clock may be a little ahead."""
    known = isinstance(said, int) and not isinstance(said, bool) and 0 < said < time.time() + LEEWAY.total_seconds()
    return said if known and isinstance(said, int) else None


def _name_beside(user: str) -> str | None:
    """The name that Apple has the browser tell beside the code, once; nobody has signed it."""
    try:
        said = json.loads(user)["name"]
        parts = [text(said.get(name), LONGEST_NAME) for name in ("firstName", "lastName")]
        return text(" ".join(filter(None, parts)), LONGEST_NAME)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
