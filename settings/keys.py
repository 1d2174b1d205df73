"""The keys that seal and sign."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from settings.part import rule
from settings.server import ServerSettings

DATABASE = "database"  # in place of signing keys
SECRET_KEY_BYTES = 32  # RFC 7518 §3.2: a key no shorter than the digest it feeds


def _long_enough(value: SecretStr) -> SecretStr:
    if re.search(r"\s#", value.get_secret_value()):
        raise ValueError("ends in a comment, which is part of it here and is not elsewhere: give it a line of its own")
    keys = _several(value)
    if any(len(key.encode()) < SECRET_KEY_BYTES for key in keys):
        which = "each of them, with commas in between, " if len(keys) > 1 else ""
        raise ValueError(f"{which}should have at least 32 bytes: take the output of `openssl rand -hex 32`")
    return value


def _several(value: SecretStr) -> list[str]:
    return re.split(r"\s*,\s*", value.get_secret_value())


def _pem(value: SecretStr) -> SecretStr:
    if value.get_secret_value() == DATABASE or value.get_secret_value().startswith("-----BEGIN"):
        return value
    try:
        return SecretStr(Path(value.get_secret_value()).read_text(errors="replace"))
    except OSError as error:
        reason = f"({error.strerror})"
        raise ValueError(f"is neither a PEM text nor `{DATABASE}` nor a file that can be read {reason}") from None


class KeySettings(ServerSettings):
    """The keys, which development makes for itself in its `data_dir`."""

    secret_key: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(
        None,
        description="at least 32 bytes: seals what is read back and signs refresh tokens; of several, with commas in "
        "between, the first seals and signs, all open and verify (development makes its own)",
    )
    token_algorithm: Literal["EdDSA", "ES256", "RS256"] = Field(
        "EdDSA", description="what access tokens are signed with"
    )
    signing_keys: Annotated[SecretStr, AfterValidator(_pem)] | None = Field(
        None,
        description="private keys in PEM, or a file of them: the first signs, all verify (development makes one); "
        "`database`: nodes make, share and change them by themselves",
    )

    @property
    def keys_in_database(self) -> bool:
        """Whether the database holds the signing keys."""
        return self.signing_keys is not None and self.signing_keys.get_secret_value() == DATABASE

    @property
    def secret_keys(self) -> list[str]:
        """The keys that SECRET_KEY holds, the present one first; none where development is to make one."""
        return _several(self.secret_key) if self.secret_key else []

    @rule
    def _secret_key(self) -> SecretStr | None:
        if self.secret_key is None and self.production:
            raise ValueError("is needed in production: take the output of `openssl rand -hex 32`")
        return self.secret_key

    @rule
    def _signing_keys(self) -> SecretStr | None:
        if self.signing_keys is None and self.production:
            raise ValueError(
                "is needed in production: database, or the path of what `openssl genpkey -algorithm ed25519` prints"
            )
        return self.signing_keys
