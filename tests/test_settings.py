"""Settings: typed, and every mistake told at once"""

from pathlib import Path
from typing import Any

import pytest

import settings
from settings import Settings

SECRET = "0123456789abcdef0123456789abcdef"
PEM = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "public_url": "https://accounts.example.com",
    "secret_key": SECRET,
    "signing_keys": PEM,
    "smtp_url": "smtp+starttls://user:password@mail.example.com:587",
}


def told(**values: Any) -> str:
    with pytest.raises(SystemExit) as stopped:
        settings.load(_env_file=None, **values)
    return str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("port", "abc", "integer"),
        ("port", "70000", "65535"),
        ("environment", "staging", "'development' or 'production'"),
        ("public_url", "accounts.example.com", "https://"),
        ("public_url", "https://ann:secret@accounts.example.com", "nothing before or behind"),
        ("cors_origins", "https://*.example.com", "nothing before or behind"),
        ("database_url", "mysql://localhost/x", "postgres://"),
        ("secret_key", "short", "openssl rand -hex 32"),
        ("signing_keys", "/nowhere/key.pem", "No such file"),
        ("token_algorithm", "HS256", "'EdDSA', 'ES256' or 'RS256'"),
        ("access_token_lifetime", "0", "greater than"),
        ("access_token_lifetime", "soon", "duration"),
        ("confirmation_lifetime", "P2D", "1 day"),
        ("password_min_length", "4", "8"),
        ("smtp_url", "mail.example.com", "smtp+starttls://"),
        ("smtp_url", "smtp://user:password@mail.example.com", "plain text"),
        ("mail_from", "nobody", "Postern <accounts@example.com>"),
        ("confirm_email_url", "https://app.example.com/confirm", "{token}"),
        ("reset_password_url", "https://app.example.com/reset", "{token}"),
        ("reset_lifetime", "P1D", "1 hour"),
        ("templates_dir", "/nowhere", "directory"),
        ("cors_origins", "app.example.com", "https://"),
        ("redis_url", "localhost:6379", "redis://"),
        ("web_concurrency", "2", "REDIS_URL"),
        ("login_limit_per_account", "often", "5 per 5 minutes"),
        ("max_body_bytes", "1", "1000"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(name: str, value: str, advice: str) -> None:
    message = told(**{name: value})
    assert name.upper() in message
    assert advice in message


def test_every_mistake_is_told_at_once() -> None:
    message = told(environment="production", port="abc", public_url="http://accounts.example.com")
    for name in ("PORT", "PUBLIC_URL", "SECRET_KEY", "SIGNING_KEYS", "SMTP_URL"):
        assert name in message


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "environment"])
def test_production_needs_what_development_makes_for_itself(name: str) -> None:
    assert name.upper() in told(**{**PRODUCTION, name: None if name != "public_url" else ""})


def test_production_shows_and_tells_less() -> None:
    known = Settings(_env_file=None, **PRODUCTION)
    assert (known.graphiql, known.introspection, known.log_format) == (False, False, "json")
    assert Settings(_env_file=None, **PRODUCTION, graphiql=True).graphiql is True


@pytest.mark.parametrize("written", ["https://Accounts.Example.com", "HTTPS://accounts.example.com:443/"])
def test_addresses_are_known_as_browsers_write_them(written: str) -> None:
    known = Settings(_env_file=None, **PRODUCTION | {"public_url": written, "cors_origins": written})
    assert (known.public_url, known.token_audience) == ("https://accounts.example.com",) * 2
    assert known.cors_origins == ("https://accounts.example.com",)


def test_the_usual_address_is_written_so_too() -> None:
    assert Settings(_env_file=None, host="LOCALHOST", port=80).public_url == "http://localhost"
    assert Settings(_env_file=None, host="::1").public_url == "http://[::1]:8000"
    login_url = "https://app.example.com/login/?next=/"
    assert Settings(_env_file=None, login_url=login_url).login_url == login_url


def test_letters_come_from_the_servers_own_domain_unless_told_otherwise() -> None:
    assert Settings(_env_file=None, **PRODUCTION).mail_from == "Postern <postern@accounts.example.com>"
    assert Settings(_env_file=None).mail_from == "Postern <postern@localhost>"
    assert Settings(_env_file=None, mail_from="gate@example.org").mail_from == "gate@example.org"


def test_development_needs_nothing() -> None:
    known = Settings(_env_file=None)
    assert (known.public_url, known.token_audience) == ("http://127.0.0.1:8000",) * 2
    assert known.database_url == f"sqlite://{settings.ROOT}/var/postern.sqlite3"
    assert (known.graphiql, known.introspection, known.log_format) == (True, True, "console")


def test_settings_come_from_the_environment_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("PORT=8001\nAPP_NAME=Gate\nCORS_ORIGINS=https://a.example, https://b.example\n")
    monkeypatch.setenv("PORT", "8002")
    known = settings.load()
    assert (known.port, known.app_name) == (8002, "Gate")
    assert known.cors_origins == ("https://a.example", "https://b.example")


def test_secrets_are_neither_printed_nor_told() -> None:
    assert SECRET not in repr(Settings(_env_file=None, secret_key=SECRET))
    assert "tooshortsecret" not in told(secret_key="tooshortsecret")
    assert "hunter2" not in told(smtp_url="smtp://user:hunter2@mail.example.com")


def test_every_setting_is_explained() -> None:
    explained, readme = settings.explained(), (settings.ROOT / "README.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"  {name.upper()} " in explained
        assert f"| `{name.upper()}` |" in readme
        assert field.description
