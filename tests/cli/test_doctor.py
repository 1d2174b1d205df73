"""`postern doctor`: each line says ok, or what to do"""

import asyncio
import json
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest
from aiosmtpd.smtp import AuthResult

from models import Letter
from tests.support.certificates import certificate
from tests.support.databases import Databases
from tests.support.factors import set_up
from tests.support.operators import POSTERN, environment_of
from tests.support.ports import free_port
from tests.support.postern import Postern
from tests.support.postoffice import PostOffice, post_office
from tests.support.process import SECRET, production, run, serving

pytestmark = pytest.mark.anyio

PASSWORD = "no-one-may-read"
CLOCK = """ALTER DATABASE "{0}" SET search_path = public, pg_catalog"""
FAST = """CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
  AS $$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$"""


async def findings(folder: Path, **environment: str) -> dict[str, dict[str, Any]]:
    """What is told of each thing; that its exit code fits, and that nobody's password is shown."""
    ended = await run(folder, *POSTERN, "doctor", "--json", **{"DATA_DIR": str(folder / "var")} | environment)
    told = json.loads(ended.output)
    assert PASSWORD not in ended.output + ended.complaint
    assert (ended.code, ended.complaint) == (0 if told["ok"] else 1, "")
    assert all(one["ok"] == (one["advice"] == "") for one in told["findings"])
    return {one["name"]: one for one in told["findings"]}


async def to_do(folder: Path, **environment: str) -> dict[str, str]:
    """What there is to do, by the names of the things."""
    return {name: one["advice"] for name, one in (await findings(folder, **environment)).items() if not one["ok"]}


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
async def test_all_is_well_beside_a_server_that_serves(tmp_path: Path, post: PostOffice, database_url: str) -> None:
    async with serving(tmp_path, post, DATABASE_URL=database_url, SMTP_URL=post.url) as server:
        given = environment_of(server.settings) | {"DATABASE_URL": database_url, "SMTP_URL": post.url}
        given["PORT"] = str(server.settings.port)
        ended = await run(tmp_path, *POSTERN, "doctor", **given)
    assert (ended.code, ended.complaint) == (0, ""), ended.output
    *lines, empty, last = ended.output.splitlines()
    assert (empty, last) == ("", "All is well")
    assert {line[:4] for line in lines} == {"ok  "}
    names = "settings, secret key, signing keys, database, clock, migrations, outbox, redis, mail, public url, proxies"
    assert [line[4:18].strip() for line in lines] == names.split(", ")
    assert post.letters == [], "no letter is sent"


async def test_what_is_away_is_told_each_by_itself_and_nobodys_password(tmp_path: Path) -> None:
    port = free_port()
    away = {
        "DATABASE_URL": f"postgres://postern:{PASSWORD}@127.0.0.1:{port}/postern",
        "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:{port}/0",
        "SMTP_URL": f"smtp://postern:{PASSWORD}@127.0.0.1:{port}",
        "PUBLIC_URL": f"https://127.0.0.1:{port}",
    }
    assert await to_do(tmp_path, **away) == {
        "database": "look at DATABASE_URL and its server",
        "redis": "look at REDIS_URL and its server",
        "mail": "look at host and port of SMTP_URL",
        "public url": "start the server, and see that the proxy leads to it",
        "proxies": "set TRUSTED_PROXY_COUNT",
    }


async def test_settings_that_are_wrong_are_told_one_by_one(tmp_path: Path) -> None:
    told = await run(tmp_path, *POSTERN, "doctor", **production() | {"PUBLIC_URL": "http://accounts.example.com"})
    assert told.code == 1
    assert "do  settings      PUBLIC_URL is needed in production, beginning with https://" in told.output
    assert "SMTP_URL is needed in production" in told.output
    assert "2 to do" in told.output
    (tmp_path / ".env").write_bytes(b"\xff\xfe")
    assert await to_do(tmp_path) == {"settings": "mend .env"}
    (tmp_path / ".env").write_text("PROT=8001\n")
    assert (await to_do(tmp_path))["settings"] == "write PORT, if that is meant"
    away = production() | {"PUBLIC_URL": "http://localhost", "SMTP_URL": "smtp://127.0.0.1:1"}
    assert (await to_do(tmp_path, **away))["public url"].startswith("set PUBLIC_URL")
    unfit = await to_do(tmp_path, TOKEN_ALGORITHM="ES256", SIGNING_KEYS=production()["SIGNING_KEYS"])
    assert unfit["keys"] == "mend that setting"
    for text in (b"", b"\xff"):
        (tmp_path / "keys.pem").write_bytes(text)
        known = await findings(tmp_path, SIGNING_KEYS="keys.pem")
        assert known["keys"]["found"] == "SIGNING_KEYS holds no private key in PEM"


async def test_whoever_answers_in_place_of_the_server_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        advice = await to_do(tmp_path, PUBLIC_URL=f"http://127.0.0.1:{port}")
    assert advice["public url"] == "see that the proxy leads to this server"


async def test_a_mail_server_or_proxy_that_does_not_take_us_in_is_told_by_its_reason(tmp_path: Path) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate(tmp_path / "tls", "localhost"), tmp_path / "tls/privkey.pem")
    async with post_office() as plain, await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=tls) as proxy:
        url = f"https://localhost:{proxy.sockets[0].getsockname()[1]}"
        advice = await to_do(tmp_path, SMTP_URL=plain.url.replace("smtp://", "smtp+starttls://"), PUBLIC_URL=url)
        assert advice["mail"] == "look at the scheme of SMTP_URL"
        assert advice["public url"].startswith("give the proxy a certificate of that name")
    turn_away = AuthResult(success=False, handled=False)
    async with post_office(authenticator=lambda *_: turn_away, auth_require_tls=False) as strict:
        smtp_url = strict.url.replace("smtp://", f"smtp://postern:{PASSWORD}@")
        advice = await to_do(tmp_path, SMTP_URL=smtp_url, PUBLIC_URL="https://accounts.invalid")
        assert advice["mail"] == "look at user and password of SMTP_URL"
        assert advice["public url"] == "see that DNS has the name, or mend PUBLIC_URL"


async def test_a_database_that_is_not_migrated_or_can_be_read_by_everybody_is_told(tmp_path: Path) -> None:
    elsewhere = await to_do(tmp_path, DATABASE_URL="sqlite://typo/postern.sqlite3")
    assert elsewhere["database"] == "postern migrate makes it, unless DATABASE_URL should be another"
    assert not (tmp_path / "typo").exists()
    (tmp_path / "var").mkdir(exist_ok=True)
    file = tmp_path / "var/postern.sqlite3"
    file.touch(mode=0o600)
    assert (await to_do(tmp_path))["migrations"] == "postern migrate"
    file.chmod(0o644)
    for folder in (tmp_path, tmp_path / "var"):
        folder.chmod(0o755)
    assert (await to_do(tmp_path))["database"] == f"chmod o= {file}*"
    key = tmp_path / "var/signing-key-EdDSA.pem"
    long_ago = (datetime.now(UTC) - timedelta(days=400)).timestamp()
    os.utime(key, (long_ago, long_ago))
    told = (await findings(tmp_path))["signing keys"]
    assert (told["found"], told["advice"]) == ("1 of EdDSA, 400 days old", "change it: docs/production.md says how")


async def test_a_database_whose_clock_goes_by_another_time_is_told(tmp_path: Path, all_databases: Databases) -> None:
    async with all_databases.fresh("postgres", migrated=False) as url:
        name = url.partition("?")[0].rpartition("/")[2]
        await all_databases.server.run(CLOCK.format(name))
        connection = await asyncpg.connect(url)
        await connection.execute(FAST)
        await connection.close()
        clock = (await findings(tmp_path, DATABASE_URL=url))["clock"]
    assert clock["advice"] == "have both machines set theirs by NTP"
    assert clock["found"] in [f"{seconds} seconds behind that of the database" for seconds in (3599, 3600, 3601)]


@pytest.mark.parametrize("dialect", ["sqlite"])
async def test_letters_that_nobody_takes_up_and_secrets_that_no_key_opens_are_told(
    postern: Postern, tmp_path: Path
) -> None:
    hour_ago = datetime.now(UTC) - timedelta(minutes=61)
    await set_up(postern, await postern.logged_in())
    await Letter.create(kind="confirm_email", sealed_text=b"", created_at=hour_ago, due_at=hour_ago, attempts=-(10**6))
    told = await findings(tmp_path, **environment_of(postern.settings) | {"SECRET_KEY": SECRET})
    assert told["outbox"]["found"] in ("1 emails wait, one for 61 minutes", "1 emails wait, one for 62 minutes")
    assert told["secret key"]["advice"] == "list the one before, too"
