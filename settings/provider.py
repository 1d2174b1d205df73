"""One of the services that people may log in with, and what is wrong with how it is set."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import SecretStr

from settings.addresses import LOOPBACK, page_address

Kind = Literal["google", "github", "apple", "microsoft", "oidc"]
OPENID = ("openid", "email", "profile")
# Of each kind: what people call it, its issuer (OpenID Connect Discovery), what is asked for, and what else it needs.
KINDS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "google": ("Google", "https://accounts.google.com", OPENID, ()),
    "github": ("GitHub", "https://github.com", ("read:user", "user:email"), ()),
    "apple": ("Apple", "https://appleid.apple.com", ("openid", "email", "name"), ("team_id", "key_id")),
    "microsoft": ("Microsoft", "https://login.microsoftonline.com/{tenant}/v2.0", OPENID, ("tenant",)),
    "oidc": ("", "", OPENID, ("issuer", "name", "email_is_confirmed")),
}
ALWAYS = ("client_id", "client_secret_env")
OPTIONAL = ("kind", "name", "scopes")
NATIVE = "native_client_ids"
BY_ADDRESS = "links_by_address"
GIVE_ADDRESSES = ("google", "microsoft", "oidc")  # the kinds that may: Google of its own addresses, a tenant of its own
LISTS = {"scopes": '["openid", "email"]', NATIVE: '["com.example.app"]'}
ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"  # the tenant of all whose account is their own
LONGEST_ISSUER = 255


@dataclass(frozen=True)
class ProviderSetting:
    """A service. `id` is its name in addresses; `client_secret` is a private key in PEM for Apple.

    `native_client_ids` are what it knows our apps by, where it gives ID tokens to their systems' own sign-in.
    `links_by_address` is for one that gives the addresses out itself, and so may open whatever account has one of them.
    `email_is_confirmed` says of a generic issuer whether it gives an address to none but who reads mail there.
    """

    id: str
    kind: Kind
    name: str
    issuer: str
    scopes: tuple[str, ...]
    client_id: str
    client_secret: SecretStr
    email_is_confirmed: bool
    team_id: str
    key_id: str
    native_client_ids: tuple[str, ...]
    links_by_address: bool

    @property
    def is_plain(self) -> bool:
        """Whether it is asked without TLS, as may be on this machine."""
        return self.issuer.startswith("http://")


def provider_of(name: str, table: object) -> ProviderSetting:
    """The service that a table of the file sets. Raises ValueError, which names what is wrong and no secret."""
    if not ID.fullmatch(name):
        raise ValueError(f"[{name}] should have a name of small letters, digits and hyphens")
    if not isinstance(table, dict):
        raise ValueError(f"{name} should be a table: [{name}]")  # noqa: TRY004 - as settings raise it
    kind = table.get("kind", name)
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"[{name}] needs a kind: {', '.join(KINDS)}")
    usual_name, issuer, scopes, needed = KINDS[kind]
    optional = (*OPTIONAL, *([] if kind == "github" else [NATIVE]), *([BY_ADDRESS] if kind in GIVE_ADDRESSES else []))
    _check_names(name, table, (*ALWAYS, *needed), optional)
    if table.get(BY_ADDRESS) and not table.get("email_is_confirmed", True):
        raise ValueError(f"[{name}] {BY_ADDRESS} should be false where email_is_confirmed is")
    tenant = table.get("tenant", "").lower()  # as Microsoft writes it in issuers
    if kind == "microsoft" and (not TENANT.fullmatch(tenant) or tenant == CONSUMERS):
        raise ValueError(f"[{name}] tenant should be your own's id, a UUID: in others anybody may have any address")
    issuer = table.get("issuer") or issuer.format(tenant=tenant)
    _check_issuer(name, kind, issuer)
    asked, without = table.get("scopes", scopes), "user:email" if kind == "github" else "openid"
    if without not in asked:
        raise ValueError(f"[{name}] scopes should have {without} among them: without, nobody is let in")
    return ProviderSetting(
        id=name,
        kind=kind,  # type: ignore[arg-type]  # it is among them
        name=table.get("name", usual_name),
        issuer=issuer,
        scopes=tuple(asked),
        client_id=table["client_id"],
        client_secret=_secret(name, table["client_secret_env"], pem=kind == "apple"),
        email_is_confirmed=table.get("email_is_confirmed", False),
        team_id=table.get("team_id", ""),
        key_id=table.get("key_id", ""),
        native_client_ids=tuple(table.get(NATIVE, ())),
        links_by_address=table.get(BY_ADDRESS, False),
    )


def _check_names(name: str, table: Mapping[str, Any], needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    known = dict.fromkeys((*needed, *optional))
    if unknown := [key for key in table if key not in known]:
        raise ValueError(f"[{name}] does not know {', '.join(unknown)}; it has {', '.join(known)}")
    if missing := [key for key in needed if key not in table]:
        raise ValueError(f"[{name}] needs {', '.join(missing)}")
    for key, value in table.items():
        if key in ("email_is_confirmed", BY_ADDRESS):
            right, form = isinstance(value, bool), "true or false"
        elif key in LISTS:
            right, form = isinstance(value, list) and all(map(_is_text, value)), f"a list such as {LISTS[key]}"
        else:
            right, form = _is_text(value), "a text that is not empty, without spaces around it"
        if not right:
            raise ValueError(f"[{name}] {key} should be {form}")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip() and value.isprintable()


def _check_issuer(name: str, kind: str, issuer: str) -> None:
    try:
        page_address(issuer)
        parts = urlsplit(issuer)
    except ValueError:
        parts = urlsplit("")
    odd = parts.query or parts.fragment or parts.username or not issuer.isascii() or len(issuer) > LONGEST_ISSUER
    if odd or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ValueError(
            f"[{name}] issuer should begin with https:// and be as its metadata has it, such as https://login.example.com"
        )
    if parts.path.endswith("/.well-known/openid-configuration"):
        raise ValueError(f"[{name}] issuer should be without /.well-known/openid-configuration: its metadata says it")
    for known, (usual_name, theirs, *_) in KINDS.items():  # each of which knows what of it can be believed
        if kind != known and urlsplit(theirs).hostname == parts.hostname:
            raise ValueError(f'[{name}] issuer is {usual_name}: it should have kind = "{known}" in its place')


def _secret(name: str, variable: str, *, pem: bool) -> SecretStr:
    """What the environment, or else `.env`, has under that name; of a private key, also the file that it names.

    A name that nothing has is not repeated: it may be the secret, pasted in the name's place.
    """
    value = os.environ.get(variable) or dotenv_values(".env").get(variable)
    if not value:
        raise ValueError(f"[{name}] client_secret_env should name a variable that the environment or .env has")
    if pem and not value.startswith("-----BEGIN"):
        try:
            value = Path(value).read_text()
        except (OSError, ValueError):  # which may be of the secret itself
            raise ValueError(f"[{name}] {variable} is neither a PEM text nor a file that has one") from None
    return SecretStr(value)
