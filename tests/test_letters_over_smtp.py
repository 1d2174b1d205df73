"""the way to the mail server: its connection, its lock and its key"""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mail import transports
from mail.delivery import DELIVERIES
from tests.support.account import requested_reset
from tests.support.given import MakeSettings
from tests.support.outbox import delayed, done_with, due_now, only_letter
from tests.support.postern import EMAIL, RESEND, Postern, running
from tests.support.postoffice import PATIENCE_SECONDS, PostOffice, post_office

pytestmark = pytest.mark.anyio

STARTTLS = "smtp+starttls"
LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
def dialect() -> str:
    """What goes over the wire does not depend on the database."""
    return "sqlite"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "post.test")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "post.pem"
    unencrypted = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
    file.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same certificate, among those that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def options(scheme: str, certificate: Path) -> dict[str, Any]:
    """What a post office needs to speak TLS, from the first byte or after STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return {"tls": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}


async def test_one_connection_serves_several_letters(postern: Postern) -> None:
    for nth in range(3):
        await postern.registered(f"ann{nth}@example.com")
        await done_with("confirm_email")
    assert postern.post.connections == 1


async def test_letters_that_travel_at_once_have_a_connection_each_of_which_one_is_kept(postern: Postern) -> None:
    answers = [asyncio.get_running_loop().create_future() for _ in range(3)]
    postern.post.answers = [*answers]
    for nth in range(3):
        await postern.register(f"ann{nth}@example.com")
    await postern.post.until(lambda: len(postern.post.offered) == 3)
    assert postern.post.connections == 3
    for answer in answers:
        answer.set_result("250 OK")
    await done_with("confirm_email")
    await postern.registered("ben@example.com")
    assert postern.post.connections == 3
    assert bytes(postern.post.heard).upper().count(b"QUIT") == 2


async def test_letters_that_follow_one_another_take_over_the_connections_of_those_before(postern: Postern) -> None:
    answers = [asyncio.get_running_loop().create_future() for _ in range(DELIVERIES)]
    postern.post.answers = [*answers]
    for nth in range(3 * DELIVERIES):
        await postern.register(f"ann{nth}@example.com")
    await postern.post.until(lambda: len(postern.post.offered) == DELIVERIES)
    for answer in answers:
        answer.set_result("250 OK")
    await done_with("confirm_email")
    assert len(postern.post.letters) == 3 * DELIVERIES
    assert postern.post.connections == DELIVERIES


async def test_what_a_letter_finds_open_does_not_tell_whether_a_link_was_sent_before_it(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    """One that may turn out to be none leaves others no connection, and takes none from them."""
    settings = make_settings(database_url=database_url, smtp_url=post.url)
    async with running(settings, post) as postern:
        await postern.registered()
    async with running(settings, post) as postern:
        await requested_reset(postern)
        await done_with("request_password_reset")
        await postern.registered("ben@example.com")
        await done_with("confirm_email")
        assert post.connections == 3
        await requested_reset(postern)
        assert post.connections == 4
        await postern.registered("cleo@example.com")
        assert post.connections == 4
        await postern.do(RESEND, email="cleo@example.com")
        await postern.letter_token("cleo@example.com", 2)
        assert post.connections == 5


async def test_a_kept_connection_that_the_server_has_closed_costs_no_letter(postern: Postern) -> None:
    await postern.registered()
    await done_with("confirm_email")
    postern.post.hang_up()
    await postern.registered("bob@example.com")
    assert postern.post.connections == 2
    assert (await only_letter("bob@example.com", delivered_at__isnull=False)).attempts == 1


async def test_a_kept_connection_of_which_nobody_says_whether_it_works_makes_way_for_a_new_one(
    postern: Postern, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> str:
        return "502 5.5.1 Command not implemented"

    monkeypatch.setattr(postern.post, "handle_NOOP", refuse, raising=False)
    monkeypatch.setattr(transports, "RESTED_SECONDS", 0.0)
    await postern.registered()
    await done_with("confirm_email")
    await postern.registered("bob@example.com")
    assert postern.post.connections == 2
    assert (await only_letter("bob@example.com", delivered_at__isnull=False)).attempts == 1


async def test_a_server_that_stops_says_goodbye(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        await postern.registered()
        await done_with("confirm_email")
        assert b"QUIT" not in bytes(post.heard).upper()
    assert bytes(post.heard).upper().count(b"QUIT") == 1


async def test_a_server_that_will_not_hear_a_goodbye_is_left_without(
    make_settings: MakeSettings, database_url: str, post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(server: SMTP, *_: Any) -> None:
        await server.push("500 5.5.1 Command unrecognized")

    monkeypatch.setattr(SMTP, "smtp_QUIT", refuse)
    async with running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern:
        await postern.registered()
        await done_with("confirm_email")
        (client,) = post.clients
    assert b"QUIT" in bytes(post.heard).upper()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not client.is_closing():  # noqa: ASYNC110 - a connection that ends wakes nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("scheme", [STARTTLS, "smtps"])
async def test_letters_travel_encrypted_to_a_server_that_the_system_trusts(
    make_settings: MakeSettings, database_url: str, trusted: Path, scheme: str
) -> None:
    async with post_office(**options(scheme, trusted)) as post:
        url = post.url.replace("smtp", scheme)
        async with running(make_settings(database_url=database_url, smtp_url=url), post) as postern:
            await postern.registered()


@pytest.mark.parametrize("scheme", [STARTTLS, "smtps"])
async def test_a_server_whose_certificate_is_not_trusted_gets_nothing(
    make_settings: MakeSettings, database_url: str, certificate: Path, scheme: str
) -> None:
    async with post_office(**options(scheme, certificate)) as post:
        url = post.url.replace("smtp", scheme)
        async with running(make_settings(database_url=database_url, smtp_url=url), post) as postern:
            await postern.register()
            assert "CERTIFICATE_VERIFY_FAILED" in str((await delayed()).last_error)
        assert b"MAIL" not in post.heard


async def test_a_server_without_starttls_gets_nothing_in_plain_text(
    make_settings: MakeSettings, database_url: str, post: PostOffice
) -> None:
    url = post.url.replace("smtp://", f"{STARTTLS}://gate:secret@")
    async with running(make_settings(database_url=database_url, smtp_url=url), post) as postern:
        await postern.register()
        assert "STARTTLS" in str((await delayed()).last_error)
    assert [line.split()[0] for line in bytes(post.heard).splitlines()] == [b"EHLO"]


async def test_user_and_password_of_the_address_open_the_server(
    make_settings: MakeSettings, database_url: str, trusted: Path
) -> None:
    seen: list[LoginPassword] = []

    def admit(*facts: Any) -> AuthResult:
        seen.append(facts[-1])
        return AuthResult(success=True)

    office = options(STARTTLS, trusted)
    async with post_office(authenticator=admit, auth_required=True, **office) as post:
        url = post.url.replace("smtp://", f"{STARTTLS}://g%40te:p%2Fs%3As%25%C3%A9@")
        async with running(make_settings(database_url=database_url, smtp_url=url), post) as postern:
            await postern.registered()
            await done_with("confirm_email")
            await postern.registered("bob@example.com")
    assert [(who.login.decode(), who.password.decode()) for who in seen] == [("g@te", "p/s:s%é")]


@pytest.mark.parametrize(("credentials", "words"), [("", "530"), ("gate:wrong@", "535")])
async def test_letters_wait_until_the_server_knows_us(
    make_settings: MakeSettings, database_url: str, trusted: Path, credentials: str, words: str
) -> None:
    office = options(STARTTLS, trusted)
    turn_away = AuthResult(success=False, handled=False)
    async with post_office(authenticator=lambda *_: turn_away, auth_required=True, **office) as post:
        url = post.url.replace("smtp://", f"{STARTTLS}://{credentials}")
        async with running(make_settings(database_url=database_url, smtp_url=url), post) as postern:
            await postern.register()
            assert str((await delayed()).last_error).startswith(words)
    async with post_office() as post:
        settings = make_settings(database_url=database_url, smtp_url=post.url)
        async with running(settings, post) as postern:
            await due_now(postern)
            await post.letters_to(EMAIL)


async def test_a_server_that_does_not_like_the_sender_costs_no_letter(
    make_settings: MakeSettings, database_url: str
) -> None:
    async with (
        post_office(data_size_limit=100) as post,  # refuses the size in the MAIL command
        running(make_settings(database_url=database_url, smtp_url=post.url), post) as postern,
    ):
        await postern.register()
        assert str((await delayed()).last_error).startswith("552")
