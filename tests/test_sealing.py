"""What is sealed opens where it belongs, and nowhere else"""

import pytest

from security.keys import SecretKey
from security.sealing import Seal
from tests.processes.test_secret_rotation import NEW, OLD
from tests.support.given import MakeSettings


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
        (OLD, b"\x02" + sealed[1:], "row"),
    ]:
        with pytest.raises(ValueError, match="none of the keys"):
            seal(keys).open(text, "table", row, "user")
