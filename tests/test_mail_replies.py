"""what mail servers say: kept as far as it helps, and never what it repeats of a letter, a person or a password"""

import base64
import email
import email.policy
import json
import quopri
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from tortoise.context import require_context

from models import Letter
from tests.support.given import MakeSettings
from tests.support.outbox import LATER, letter_where
from tests.support.postern import running
from tests.support.postoffice import PostOffice, body, token_in
from tests.support.secrecy import Watch
from tests.support.talker import GREETING, LETTER, talker
from tests.support.told import logged

pytestmark = pytest.mark.anyio

ADDRESS = "zoë.quill+gate@xn--bcher-kva.example"
NAME = "Zoë Fenwick"
USERNAME, PASSWORD = "gatekeeper", "s3cr3t/pw mailbox"
PARTS = (ADDRESS, "zoë.quill+gate", "zoë.quill", "quill", "bücher.example", "xn--bcher-kva", NAME, "Fenwick", USERNAME)


@pytest.fixture
def dialect() -> str:
    """What goes over the wire does not depend on the database."""
    return "sqlite"


def spellings(text: str) -> set[str]:
    """The ways in which servers repeat what they were told."""
    data = text.encode()
    return {
        *(text, text.upper(), text.title(), quote(text, safe=""), ascii(text)[1:-1]),
        quopri.encodestring(data, quotetabs=True).decode(),
        *(base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode().rstrip("=")),
        *(data.hex(), data.hex(":")),
    }


PRIVATE = {spelling for part in (*PARTS, PASSWORD, "s3cr3t") for spelling in spellings(part)}


def quoted(heard: str) -> list[str]:
    """What a server that was sent a letter quotes: it as it came, its text, and the token alone."""
    data, ended, _ = heard.partition("DATA\r\n")[2].partition("\r\n.\r\n")
    if not ended:
        return []
    letter = email.message_from_string(data, policy=email.policy.default)
    token = token_in(letter)
    return [*data.split(), *body(letter).split(), token, *spellings(token), token[:12], token[-12:]]


def talkative(code: str) -> Callable[[str], str]:
    """A reply that repeats whatever its server knows, in as many lines as that takes."""

    def reply(heard: str) -> str:
        words = [word[:400] for word in (*sorted(PRIVATE), *quoted(heard))]
        lines = ["Message rejected:", *(f"<{word}>: {word} blocked" for word in words), "please try again later"]
        return "\r\n".join(f"{code}{' ' if line == lines[-1] else '-'}{code[0]}.7.1 {line}" for line in lines)

    return reply


@pytest.mark.parametrize("code", ["450", "554"])
@pytest.mark.parametrize("stages", [GREETING, "EHLO HELO", "AUTH", "MAIL", "RCPT", "DATA", LETTER])
async def test_of_a_reply_that_repeats_everything_only_codes_and_usual_words_are_kept(
    make_settings: MakeSettings, database_url: str, watch: Watch, stages: str, code: str
) -> None:
    async with talker(**dict.fromkeys(stages.split(), talkative(code))) as server:
        url = server.url.replace("smtp://", f"smtp://{USERNAME}:{quote(PASSWORD, safe='')}@")
        async with running(make_settings(database_url=database_url, smtp_url=url), PostOffice()) as postern:
            await postern.register(ADDRESS, name=NAME)
            letter = await letter_where(last_error__isnull=False)
        private = PRIVATE | {word for word in quoted(server.heard) if len(word) > 10}
    assert letter.last_error
    assert letter.last_error.startswith(f"{code} {code[0]}.7.1 Message rejected:")
    assert len(letter.last_error) <= 210
    assert bool(letter.died_at) == (code == "554" and stages in ("RCPT", "DATA", LETTER))
    kept = json.dumps(letter.last_error, ensure_ascii=False) + "".join(line.text for line in watch.lines)
    assert [word for word in private if word.lower() in kept.lower()] == []


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("452 4.2.2 <A.Mailbox@Example.com> mailbox is full", "452 4.2.2 … is full"),
        (
            "450 A.MAILBOX@EXAMPLE.COM: Recipient address rejected: Greylisted",
            "450 … Recipient address rejected: Greylisted",
        ),
        ("550 https://example.com/?token=x Service unavailable", "550 … Service unavailable"),
        ("550-5.7.1 caf\udce9 \0\x1b[2J\r\n550 5.7.1 Policy", "550 5.7.1 … Policy"),
        ("no SMTP at all a.mailbox", "-1 Malformed SMTP response line: no SMTP at …"),
        ("451", "451"),
    ],
)
async def test_of_a_reply_its_codes_and_usual_words_are_kept(
    make_settings: MakeSettings, database_url: str, reply: str, kept: str
) -> None:
    async with talker(RCPT=lambda _: reply) as server:
        settings = make_settings(database_url=database_url, smtp_url=server.url)
        async with running(settings, PostOffice()) as postern:
            await postern.register("a.mailbox@example.com")
            assert (await letter_where(last_error__isnull=False)).last_error == kept


@pytest.mark.parametrize("reply", [LATER, "554 5.7.1 Rejected"])
async def test_trouble_with_the_database_does_not_bring_the_reply_into_the_log(
    make_settings: MakeSettings, database_url: str, watch: Watch, reply: str
) -> None:
    async with talker(**{LETTER: lambda heard: f"{reply} quill {quoted(heard)[-3:]}"}) as server:
        settings = make_settings(database_url=database_url, smtp_url=server.url, log_format="json")
        async with running(settings, PostOffice()) as postern:
            trigger = "BEFORE UPDATE OF last_error ON letters BEGIN SELECT RAISE(ABORT, 'out of ink'); END"
            await require_context().db().execute_script(f"CREATE TRIGGER out_of_ink {trigger}")
            await postern.register(ADDRESS)
            line = await logged(watch, "outbox_failed")
            assert (await Letter.get()).last_error is None
        token = quoted(server.heard)[-1]
    assert "out of ink" in str(line)
    assert not [word for word in ("quill", token, "SMTPDataError") if word in str(line)]


async def test_a_template_that_breaks_is_named_with_its_line_and_without_what_it_was_given(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch, tmp_path: Path
) -> None:
    folder = tmp_path / "confirm_email"
    folder.mkdir()
    folder.joinpath("body.txt").write_text("Hello,\n{{ {}[link].nothing }}")
    settings = make_settings(database_url=database_url, smtp_url=post.url, templates_dir=tmp_path, log_format="json")
    async with running(settings, post) as postern:
        await postern.register()
        line = await logged(watch, "letter_delayed")
        assert (await letter_where(last_error__isnull=False)).last_error == "UndefinedError"
    assert f"{folder}/body.txt:2" in line["where"]
    assert not [line for line in watch.lines if "token" in line.text]


async def test_what_becomes_of_a_letter_is_told_by_its_id_in_words_that_may_be_kept(
    make_settings: MakeSettings, database_url: str, post: PostOffice, watch: Watch
) -> None:
    settings = make_settings(database_url=database_url, smtp_url=post.url, log_format="json")
    async with running(settings, post) as postern:
        for event, answer, facts in (
            ("letter_delivered", "250 OK", {"level": "info"}),
            ("letter_delayed", LATER, {"level": "warning", "error": LATER}),
            ("letter_died", "550 5.1.1 zoë has left", {"level": "error", "error": "550 5.1.1 … has …"}),
        ):
            post.answers = [answer]
            await postern.register(f"{event}@example.com")
            line = await logged(watch, event)
            letter = await letter_where(user__canonical_email=f"{event}@example.com")
            known = {"kind": "confirm_email", "letter_id": str(letter.id), "user_id": str(letter.user_id), **facts}
            assert known.items() <= line.items(), line
            assert ("seconds" in line) == (event == "letter_delayed")
            assert not {"request_id", "ip_address", "where"} & line.keys()
    told = [line["letter_id"] for name in ("delivered", "delayed", "died") for line in watch.events(f"letter_{name}")]
    assert len(set(told)) == len(told) == 3


async def test_a_server_that_wants_to_know_us_before_a_recipient_costs_no_letter(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with talker(RCPT=lambda _: "530 5.7.0 Authentication required") as server:
        settings = make_settings(database_url=database_url, smtp_url=server.url)
        async with running(settings, PostOffice()) as postern:
            await postern.register(ADDRESS)
            letter = await letter_where(last_error__isnull=False)
            assert (letter.last_error, letter.died_at) == ("530 5.7.0 Authentication required", None)
