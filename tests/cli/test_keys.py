"""`postern keys …`: the signing key is changed in the steps of docs/production.md, in their order and in no other"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.operators import POSTERN
from tests.support.process import Ended, run
from tests.test_key_rotation import new_key

pytestmark = pytest.mark.anyio


async def keys(folder: Path, *words: str, **environment: str) -> Ended:
    given = {"DATA_DIR": str(folder / "var"), "SIGNING_KEYS": str(folder / "signing-keys.pem")}
    return await run(folder, *POSTERN, "keys", *words, **given | environment)


async def listed(folder: Path) -> list[Any]:
    return [(one["kid"], one["signs"]) for one in json.loads((await keys(folder, "list", "--json")).output)]


async def test_each_step_leads_to_the_next_and_none_can_be_done_twice(tmp_path: Path) -> None:
    file = tmp_path / "signing-keys.pem"
    file.write_text(new_key("EdDSA"))
    file.chmod(0o640)
    ((old, _),) = await listed(tmp_path)

    async def refused(*steps: str) -> None:
        before = file.read_bytes()
        for step in steps:
            ended = await keys(tmp_path, "rotate", step)
            assert (ended.code, "nothing has changed" in ended.complaint) == (1, True), step
        assert file.read_bytes() == before

    await refused("sign", "forget")
    announced = await keys(tmp_path, "rotate", "announce", "--json")
    first, new = json.loads(announced.output)["keys"]
    assert (first, await listed(tmp_path)) == (old, [(old, True), (new, False)])
    await refused("announce", "forget")
    assert (await keys(tmp_path, "rotate", "sign")).code == 0
    assert await listed(tmp_path) == [(new, True), (old, False)]
    await refused("announce", "sign")
    assert (await keys(tmp_path, "rotate", "forget")).code == 0
    assert await listed(tmp_path) == [(new, True)]
    await refused("sign", "forget")
    mode = file.stat().st_mode & 0o777
    assert (mode, sorted(path.name for path in tmp_path.glob("signing-keys*"))) == (0o640, [file.name])  # noqa: ASYNC240


async def test_what_is_no_file_of_keys_is_left_alone(tmp_path: Path) -> None:
    given = await keys(tmp_path, "rotate", "announce", SIGNING_KEYS=new_key("EdDSA"))
    assert (given.code, "put them into a file" in given.complaint, "PRIVATE" in given.complaint) == (1, True, False)
    (tmp_path / "signing-keys.pem").write_text(new_key("ES256"))
    unfit = await keys(tmp_path, "rotate", "announce")
    assert (unfit.code, "does not fit TOKEN_ALGORITHM" in unfit.complaint) == (3, True)
