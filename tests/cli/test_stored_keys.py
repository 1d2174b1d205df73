"""`postern keys …` where the database holds the keys: from a file to there and back, and nobody is refused"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import SigningKey
from tests.cli.test_doctor import findings
from tests.support.databases import once
from tests.support.given import MakeSettings
from tests.support.operators import POSTERN
from tests.support.postern import running
from tests.support.postoffice import PostOffice
from tests.support.process import Ended, run
from tests.support.told import told
from tests.test_key_rotation import accepts, kid, new_key

pytestmark = [pytest.mark.anyio, once]
SECRET = "a secret of at least thirty-two bytes"


async def signing_keys(folder: Path, **shared: str) -> dict[str, Any]:
    """What `postern doctor` finds of them."""
    return (await findings(folder, SIGNING_KEYS="database", **shared))["signing keys"]


async def test_an_operator_goes_from_a_file_to_the_database_and_back_and_every_token_stays_good(
    make_settings: MakeSettings, tmp_path: Path, database_url: str, post: PostOffice
) -> None:
    file, again = tmp_path / "signing-keys.pem", tmp_path / "again.pem"
    file.write_text(new_key("EdDSA") + new_key("EdDSA"))
    usual = {"database_url": database_url, "smtp_url": post.url, "secret_key": SECRET}

    shared = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET, "DATA_DIR": str(tmp_path)}

    async def keys(*words: str, given: str) -> Ended:
        return await run(tmp_path, *POSTERN, "keys", *words, SIGNING_KEYS=given, **shared)

    def node(signing_keys: str) -> Any:
        return running(make_settings(**usual, signing_keys=signing_keys), post)

    async with node(file.read_text()) as server:
        by_file = await server.logged_in()
        assert "key in PEM" in (await keys("import", "/dev/null", given=str(file))).complaint
        assert await SigningKey.all().count() == 0
        brought = await keys("import", str(file), "--json", given=str(file))
        assert json.loads(brought.output)["keys"][0] == kid(by_file), brought.complaint
        twice = await keys("import", str(file), given=str(file))
        assert (twice.code, "nothing has changed" in twice.complaint) == (1, True)
        assert await SigningKey.all().count() == 2
        assert await told("signing_keys_imported") == {"count": 2}
        blind = {"SIGNING_KEYS": "database", **shared, "SECRET_KEY": SECRET[::-1]}
        refused = await run(tmp_path, *POSTERN, "keys", "rotate", **blind)
        assert (refused.code, "SECRET_KEY" in refused.complaint, await SigningKey.all().count()) == (1, True, 2)
    async with node("database") as server:
        assert await accepts(server, by_file)
        by_database = await server.login()
        assert kid(by_database) == kid(by_file)
        assert (await keys("rotate", "announce", given="database")).code == 2
        exported = await keys("export", str(again), "--json", given="database")
        assert json.loads(exported.output) == {"count": 2}, exported.complaint
        assert await told("signing_keys_exported") == {"count": 2}
        assert again.stat().st_mode & 0o777 == 0o600
        assert (await keys("export", str(again), given="database")).code == 1, "no file is written over"
        assert (await keys("rotate", given="database")).code == 0
        later = await keys("export", str(tmp_path / "later.pem"), given="database")
        assert (later.code, "change is under way" in later.complaint) == (1, True)
        assert not (tmp_path / "later.pem").exists()
        assert (await signing_keys(tmp_path, **shared))["found"].startswith("3 of EdDSA in the database; the one that")
        row = await SigningKey.get(number=1)
        await SigningKey.filter(number=1).update(sealed_key=row.sealed_key[:-1])
        spoilt = await signing_keys(tmp_path, **shared)
        assert spoilt["advice"].startswith("list the SECRET_KEY before, too")
        await SigningKey.filter(number=1).update(sealed_key=row.sealed_key)
        await SigningKey.all().update(signs_from=datetime.now(UTC) - timedelta(days=91))
        late = await signing_keys(tmp_path, **shared)
        assert late["advice"] == "start a server: none has changed the key in time"
    async with node(again.read_text()) as server:
        assert await accepts(server, by_file)
        assert await accepts(server, by_database)
        assert kid(await server.login()) == kid(by_file)
