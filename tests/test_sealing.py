"""What is sealed opens where it belongs, and nowhere else"""

import base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from resolvers.resealing import sealed_columns
from security.keys import SecretKey
from security.sealing import Seal
from security.tokens import RefreshTokens
from tests.processes.test_secret_rotation import NEW, OLD
from tests.support.given import MakeSettings

ROW = {"id": UUID(int=7), "user_id": UUID(int=8), "algorithm": "EdDSA", "number": 3}
SEALED_BY_OLD = {  # in November 2026, by the name of the column or the table
    "sealed_text": b"gAAAAABrDJOWYpmInERZq4DRE0ax7dRS6Zfrug5PPwNa9ckghvcVIqXmrE07-1AGSJlPwZ6oDUrT00cAliiE51lxBC7f"
    b"NmARjlQD-Oyk9NEFrCe3UmSA53M=",
    "TotpSecret": base64.b64decode("ARfbTXVpuJJ60Oj5VirSxVqcAePGkIT4n7c0xPwOeok="),
    "sealed_key": base64.b64decode("ASC5EQuzAUzyDNZDgkPKvWxMvSBtTvBsFUT0XI3WevQ="),
    "Webhook": base64.b64decode("AaN0k5E6wkPnn3Cwxq48yAb4pNrM644AFdoqBskftG7/"),
}
REFRESH_TOKEN_BY_OLD = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9.eyJpc3MiOiJodHRwOi8vcG9zdGVybi50ZXN0IiwiYXVkIjoiaHR0cDovL3Bvc3Rlcm4udGVz"
    "dC9yZWZyZXNoIiwic2lkIjoiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDA4IiwiZ2VuIjozLCJpYXQiOjE3NjcyMjU2MDAsImV4cCI"
    "6MTc2NzMxMjAwMH0.b3MXm_RH1xZ4FQwaiQUi1xHqS95hbt-LYLvZDjkEoUg"
)


def test_a_sealed_text_opens_in_its_own_row_and_by_its_own_keys_alone(make_settings: MakeSettings) -> None:
    def seal(keys: str) -> Seal:
        return Seal(SecretKey(make_settings(secret_key=keys)).derive_all("totp"))

    sealed = seal(OLD).seal(b"a secret", "table", "row", "user")
    assert seal(f"{NEW},{OLD}").open(sealed, "table", "row", "user") == b"a secret"
    assert seal(OLD).resealed(sealed, "table", "row", "user") is None
    resealed = seal(f"{NEW},{OLD}").resealed(sealed, "table", "row", "user")
    assert resealed
    assert seal(NEW).open(resealed, "table", "row", "user") == b"a secret"
    for keys, text, row in [
        (OLD, sealed, "another"),
        (NEW, sealed, "row"),
        (OLD, sealed[:-1], "row"),
        (OLD, b"", "row"),
        (OLD, sealed[:5], "row"),
        (OLD, b"\x02" + sealed[1:], "row"),
    ]:
        with pytest.raises(ValueError, match="none of the keys"):
            seal(keys).open(text, "table", row, "user")
    with pytest.raises(ValueError, match="none of the keys"):
        seal(OLD).open(sealed, "tabler", "ow", "user")
    assert seal(OLD).seal(b"a secret", "table", "row", "user") != sealed, "no nonce comes twice"


def test_what_another_version_has_sealed_and_signed_is_good_in_this_one(make_settings: MakeSettings) -> None:
    """And what this one has in the next: else an update would lose every app, webhook, key and session."""
    settings = make_settings(secret_key=OLD)
    columns = sealed_columns(SecretKey(settings))
    assert len(columns) == 5
    for one in columns:
        known = SEALED_BY_OLD.get(one.column) or SEALED_BY_OLD[one.table.__name__]
        assert one.resealed(SimpleNamespace(**ROW, **{one.column: known})) is None, one
    tokens, began = RefreshTokens(settings, SecretKey(settings)), datetime(2026, 1, 1, tzinfo=UTC)
    assert tokens.issue(UUID(int=8), 3, began, began + timedelta(days=1)) == REFRESH_TOKEN_BY_OLD
