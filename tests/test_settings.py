"""Settings: typed, and every mistake told at once"""

from datetime import timedelta
from inspect import get_annotations
from pathlib import Path
from typing import Any, get_args

import pytest
from limits import parse_many
from pydantic import ValidationError

import settings
from settings import MailSettings, Settings, TokenSettings
from settings.part import Part, _rules, rule

SECRET = "0123456789abcdef0123456789abcdef"
PEM = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "public_url": "https://accounts.example.com",
    "secret_key": SECRET,
    "signing_keys": PEM,
    "smtp_url": "smtp+starttls://user:password@mail.example.com:587",
}

Bounds = tuple[int | None, int | None]  # both are taken; of lifetimes they are seconds
DAY = 24 * 60 * 60
BOUNDS: dict[str, Bounds] = {
    "port": (0, 65_535),
    "trusted_proxy_count": (0, None),
    "max_body_bytes": (1_000, None),
    "max_connections": (1, None),
    "database_pool_size": (1, None),
    "max_characters": (1_000, None),
    "max_tokens": (100, None),
    "max_depth": (5, 100),
    "max_aliases": (0, None),
    "max_directives": (0, None),
    "password_min_length": (8, 64),
    "password_min_score": (0, 4),
    "argon2_memory_kib": (8, None),
    "argon2_time_cost": (1, None),
    "argon2_parallelism": (1, None),
    "hash_workers": (1, None),
    "web_concurrency": (1, None),
    "metrics_port": (1, 65_535),
    **dict.fromkeys(
        (name for name in Settings.model_fields if Settings.model_fields[name].annotation is timedelta),
        (1, 36_500 * DAY),
    ),
    "confirmation_lifetime": (1, DAY),
    "reset_lifetime": (1, DAY // 24),
    "step_up_lifetime": (1, DAY),
}


def told(**values: Any) -> str:
    with pytest.raises(SystemExit) as stopped:
        settings.load(_env_file=None, **values)
    return str(stopped.value)


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("port", "abc", "should be a whole number"),
        ("port", "70000", "65535"),
        ("environment", "staging", "'development' or 'production'"),
        ("public_url", "accounts.example.com", "https://"),
        ("public_url", "https://ann:secret@accounts.example.com", "nothing before or behind"),
        ("cors_origins", "https://*.example.com", "nothing before or behind"),
        ("database_url", "sqlite://", "should name a file"),
        ("database_url", "mysql://localhost/x", "postgres://"),
        ("database_url", "postgres://one,other/x?sslmode=disable", "needs ?target_session_attrs=read-write"),
        ("secret_key", "short", "openssl rand -hex 32"),
        ("secret_key", f"{SECRET},short", "each of them, with commas in between"),
        ("secret_key", f"{SECRET}      # openssl rand -hex 32", "a line of its own"),
        ("signing_keys", "/nowhere/key.pem", "No such file"),
        ("token_algorithm", "HS256", "'EdDSA', 'ES256' or 'RS256'"),
        ("access_token_lifetime", "0", "greater than 0"),
        ("access_token_lifetime", "15m", "a number of seconds (900) or an ISO 8601 duration such as PT15M"),
        ("graphiql", "maybe", "should be true or false"),
        ("confirmation_lifetime", "P2D", "1 day"),
        ("password_min_length", "4", "8"),
        ("breached_passwords", "/nowhere/breached", "should be off, api, or a file that exists"),
        ("smtp_url", "mail.example.com", "smtp+starttls://"),
        ("smtp_url", "smtp://user:password@mail.example.com", "plain text"),
        ("mail_from", "nobody", "Postern <accounts@example.com>"),
        ("confirm_email_url", "https://app.example.com/confirm", "{token}"),
        ("reset_password_url", "https://app.example.com/reset", "{token}"),
        ("reset_lifetime", "P1D", "1 hour"),
        ("device_lifetime", "P40000D", "should be less than or equal to 36500 days"),
        ("step_up_lifetime", "P2D", "1 day"),
        ("totp_issuer", "Gate: accounts", "should have no colon"),
        ("templates_dir", "/nowhere", "should be a folder that exists"),
        ("cors_origins", "app.example.com", "https://"),
        ("passkey_origins", "https://a.example/path", "without a path"),
        ("passkey_origins", "https://accounts.example.com,android:apk-key-hash:short", "and 43 characters"),
        ("passkey_rp_id", "https://example.com", "a domain such as"),
        ("passkey_rp_id", "-example.com", "a domain such as"),
        ("passkey_rp_id", "other.example", "the host of one of PASSKEY_ORIGINS"),
        ("passkey_rp_id", "ample.com", "the host of one of PASSKEY_ORIGINS"),
        ("cors_origins", "https://a.example,https://b.example/path", "without a path"),
        ("host", "[::1]", "a name or an address of this machine"),
        ("host", "not a host", "a name or an address of this machine"),
        ("redis_url", "localhost:6379", "redis://"),
        ("web_concurrency", "2", "REDIS_URL"),
        ("login_limit_per_account", "often", "5 per 5 minutes"),
        ("login_limit_per_account", "5 per 0 minutes", "at least 1"),
        ("login_limit_per_account", "5 per minute; 9 per hour", "one limit"),
        ("max_body_bytes", "1", "1000"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(name: str, value: str, advice: str) -> None:
    message = told(**{name: value})
    assert f"  {name.upper()} " in message
    assert advice in message


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(name: str, bounds: Bounds) -> None:
    for bound, beyond in zip(bounds, (-1, 1), strict=True):
        if bound is not None:
            taken: dict[str, Any] = {name: str(bound)}
            assert getattr(Settings(_env_file=None, **taken), name) in (bound, timedelta(seconds=bound))
            assert f"  {name.upper()} " in told(**{name: str(bound + beyond)})


def test_every_number_has_its_bounds() -> None:
    kinds = {name: get_args(field.annotation) or (field.annotation,) for name, field in Settings.model_fields.items()}
    numbers = {name for name, kind in kinds.items() if {int, timedelta} & {*kind}}
    assert numbers == BOUNDS.keys()


@pytest.mark.parametrize(
    "value",
    [
        "postgres:///x?host=/run/postgresql",
        "postgresql://u:p%2Fw@[::1]:5432,db.example:5433/x?target_session_attrs=read-write&user=v",
    ],
)
def test_whatever_else_libpqs_addresses_can_say_is_taken(value: str) -> None:
    assert Settings(_env_file=None, database_url=value).database_url == value


def test_a_wrong_value_is_shown_unless_it_may_hold_a_secret() -> None:
    assert "(it is '1    # proxies in front')" in told(trusted_proxy_count="1    # proxies in front")
    assert "(it is 'soon')" in told(access_token_lifetime="soon")
    secrets = {"secret_key": "hunter2", "database_url": "hunter2", "redis_url": "hunter2", "signing_keys": "/hunter2"}
    assert "hunter2" not in told(**secrets, smtp_url="hunter2", public_url="https://hunter2@x")
    assert f"'{'x' * 60}'" in told(port="x" * 1000)


def test_every_mistake_is_told_at_once() -> None:
    message = told(environment="production", port="abc", public_url="http://accounts.example.com", mail_from="nobody")
    for name in ("PORT", "PUBLIC_URL", "SECRET_KEY", "SIGNING_KEYS", "SMTP_URL", "MAIL_FROM"):
        assert name in message


@pytest.mark.parametrize(
    "wrong", [{"port": "99999"}, {"port": "http"}, {"redis_url": "localhost", "web_concurrency": "2"}]
)
def test_what_hangs_on_a_wrong_setting_is_not_told_beside_it(wrong: dict[str, str]) -> None:
    _, *lines = told(**wrong).splitlines()
    assert [line.split()[0] for line in lines] == [next(iter(wrong)).upper()]


def test_nor_is_what_hangs_on_one_that_goes_ill_with_the_others() -> None:
    class Pair(Part):
        first: int = 0
        second: int = 0

        @rule
        def _first(self) -> int:
            raise ValueError("goes ill with the others")

        @rule
        def _second(self) -> int:
            if self.first != 1:
                raise ValueError("hangs on the first")
            return self.second

    with pytest.raises(ValidationError) as refused:
        Pair()
    assert [error["loc"] for error in refused.value.errors()] == [("first",)]


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if "_limit" in name])
def test_no_limit_lets_nothing_through(name: str) -> None:
    assert f"{name.upper()} " in (message := told(**{name: "0 per hour"}))
    assert "at least 1" in message
    allowed: dict[str, Any] = {name: "10/hour"}
    assert getattr(Settings(_env_file=None, **allowed), name) == "10/hour"


@pytest.mark.parametrize(
    "limit", ["5/minute", " 05 PER 2 hours ", "1per day", "2 per month", "3 per 1 years", "4/second"]
)
def test_a_limit_is_written_in_whatever_way_it_can_be_read(limit: str) -> None:
    assert len(parse_many(Settings(_env_file=None, login_limit_per_account=limit).login_limit_per_account)) == 1


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
    assert Settings(_env_file=None, host="::").mail_from == "Postern <postern@localhost>"
    assert Settings(_env_file=None, mail_from="gate@example.org").mail_from == "gate@example.org"


def test_apps_take_no_colon_of_the_servers_name_for_their_own() -> None:
    assert Settings(_env_file=None, app_name="Gate: the inner: one").totp_issuer == "Gate the inner one"
    assert Settings(_env_file=None, app_name="Gate: one", totp_issuer="Door").totp_issuer == "Door"


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
    known = Settings(_env_file=None, secret_key=SECRET, database_url=f"postgres://gate:{SECRET}@127.0.0.1/x")
    assert SECRET not in repr(known)
    assert "tooshortsecret" not in told(secret_key="tooshortsecret")
    assert "hunter2" not in told(smtp_url="smtp://user:hunter2@mail.example.com")


def test_every_setting_is_explained() -> None:
    explained, readme = settings.explained(), (settings.ROOT / "README.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"  {name.upper()} " in explained
        assert f"| `{name.upper()}` |" in readme
        assert field.description


def test_what_was_checked_is_not_changed_afterwards() -> None:
    known = Settings(_env_file=None)
    with pytest.raises(ValidationError, match="frozen"):
        known.port = 70_000  # type: ignore[misc]


def test_a_part_comes_out_the_same_without_the_others() -> None:
    known: dict[str, Any] = {"host": "accounts.example.com", "port": 80}
    whole = Settings(_env_file=None, **known)
    assert TokenSettings(**known).token_audience == whole.token_audience == "http://accounts.example.com"
    assert MailSettings(**known).mail_from == whole.mail_from == "Postern <postern@accounts.example.com>"


def test_no_part_replaces_what_another_brings() -> None:
    parts = [part for part in Settings.__mro__ if issubclass(part, Part) and part not in (Settings, Part)]
    brought = [name for part in parts for name in {*vars(part), *get_annotations(part)} - vars(Part).keys()]
    names = [name for name in brought if not name.startswith("__")]
    assert {"public_url", "_public_url", "allows_origin"} <= set(names)
    assert [name for name in names if names.count(name) > 1] == []
    assert {name for name, _ in _rules(Settings)} <= Settings.model_fields.keys()


@pytest.mark.parametrize(
    ("given", "rp_id", "origins"),
    [
        ({}, "accounts.example.com", ("https://accounts.example.com",)),
        ({"passkey_rp_id": "Example.com"}, "example.com", ("https://accounts.example.com",)),
        ({"public_url": "http://127.0.0.1:8000"}, "localhost", ("http://localhost:8000",)),
        ({"public_url": "http://[::1]:9000"}, "localhost", ("http://localhost:9000",)),
        ({"public_url": "http://localhost"}, "localhost", ("http://localhost",)),
        (
            {"passkey_rp_id": "example.com", "passkey_origins": "https://App.example.com:443, https://b.example"},
            "example.com",
            ("https://app.example.com", "https://b.example"),
        ),
    ],
)
def test_passkeys_belong_to_the_domain_of_the_pages_that_ask_for_them(
    given: dict[str, Any], rp_id: str, origins: tuple[str, ...]
) -> None:
    known = Settings(_env_file=None, **PRODUCTION | given)
    assert (known.passkey_rp_id, known.passkey_origins) == (rp_id, origins)
