"""PROVIDERS and RETURN_URLS: every mistake is told at start, and no secret"""

from pathlib import Path
from typing import Any

import pytest

import settings
from main import create_app
from settings import ROOT, Settings
from tests.docs.blocks import blocks
from tests.support.given import MakeSettings

GOOD = 'client_id = "x"\nclient_secret_env = "SERVICE_SECRET"\n'
NOWHERE = 'client_id = "x"\nclient_secret_env = "GOCSPX-hunter2"\n'  # the secret in place of its variable's name
RETURN = "https://app.example.com/welcome"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_SECRET", "hunter2")


def told(folder: Path, text: str | bytes, **more: Any) -> str:
    (folder / "providers.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SystemExit) as stopped:
        settings.load(_env_file=None, providers=str(folder / "providers.toml"), **{"return_urls": RETURN, **more})
    assert "hunter2" not in str(stopped.value)
    return str(stopped.value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("[google", "is no TOML"),
        (b"\xff", "is no TOML"),
        ('google = "x"', "google should be a table: [google]"),
        (f"[Google]\n{GOOD}", "[Google] should have a name of small letters, digits and hyphens"),
        (f"[{'x' * 41}]\nkind='google'\n{GOOD}", "should have a name of small letters"),
        (f"[mine]\n{GOOD}", "[mine] needs a kind: google, github, apple, microsoft, oidc"),
        (f"[mine]\nkind = 7\n{GOOD}", "[mine] needs a kind"),
        (f"[mine]\nkind = 'saml'\n{GOOD}", "[mine] needs a kind"),
        ("[google]", "[google] needs client_id, client_secret_env"),
        (f"[google]\n{GOOD}client_secret = 'hunter2'", "[google] does not know client_secret"),
        ("[google]\nclient_id = 7\nclient_secret_env = 'x'", "[google] client_id should be a text"),
        (
            "[google]\nclient_id = ' x'\nclient_secret_env = 'x'",
            "[google] client_id should be a text that is not empty",
        ),
        ("[google]\nclient_id = ' '\nclient_secret_env = 'x'", "[google] client_id should be a text that is not empty"),
        (f"[google]\n{NOWHERE}", "[google] client_secret_env should name a variable that the environment or .env has"),
        (f"[apple]\nteam_id='x'\nkey_id='x'\n{NOWHERE}", "[apple] client_secret_env should name a variable"),
        (f"[google]\n{GOOD}scopes = 'openid'", "[google] scopes should be a list"),
        (f"[google]\n{GOOD}tenant = 'x'", "[google] does not know tenant"),
        (f"[google]\n{GOOD}native_client_ids = 'x'", '[google] native_client_ids should be a list such as ["com.'),
        (f"[google]\n{GOOD}native_client_ids = ['']", "[google] native_client_ids should be a list"),
        (f"[github]\n{GOOD}native_client_ids = ['x']", "[github] does not know native_client_ids"),
        (f"[microsoft]\n{GOOD}", "[microsoft] needs tenant"),
        *(
            (f"[microsoft]\ntenant = '{tenant}'\n{GOOD}", "[microsoft] tenant should be your own's id, a UUID")
            for tenant in (
                *("common", "organizations", "consumers", "{tenantid}", "example.onmicrosoft.com"),
                "9188040D-6c67-4c5b-b112-36a304b66dad",  # the consumers' by its number
            )
        ),
        (f"[google]\n{GOOD}scopes = ['email']", "[google] scopes should have openid among them"),
        (f"[github]\n{GOOD}scopes = ['read:user']", "[github] scopes should have user:email among them"),
        ("", "has no service, such as [google]"),
        (f"[google]\n{GOOD}links_by_address = 1", "[google] links_by_address should be true or false"),
        (f"[github]\n{GOOD}links_by_address = true", "[github] does not know links_by_address"),
        (f"[apple]\nteam_id='x'\nkey_id='x'\n{GOOD}links_by_address = true", "[apple] does not know links_by_address"),
        (
            f"[a]\nkind='oidc'\nname='A'\nemail_is_confirmed=false\nlinks_by_address=true\nissuer='https://x.de'\n{GOOD}",
            "[a] links_by_address should be false where email_is_confirmed is",
        ),
        *(
            (f"[a]\nkind='oidc'\nname='A'\nemail_is_confirmed=true\nissuer='{issuer}'\n{GOOD}", f'have kind = "{kind}"')
            for issuer, kind in (
                ("https://accounts.google.com", "google"),
                ("https://login.microsoftonline.com/common/v2.0", "microsoft"),
                ("https://APPLEID.apple.com/", "apple"),
            )
        ),
        (f"[apple]\n{GOOD}", "[apple] needs team_id, key_id"),
        (f"[apple]\nteam_id='x'\nkey_id='x'\n{GOOD}", "SERVICE_SECRET is neither a PEM text nor a file"),
        (f"[a]\nkind='oidc'\n{GOOD}", "[a] needs issuer, name, email_is_confirmed"),
        *(
            (f"[a]\nkind='oidc'\nname='A'\nemail_is_confirmed=true\nissuer='{issuer}'\n{GOOD}", "[a] issuer should be")
            for issuer in (
                "http://x.de",
                "x.de",
                "https://x.de/?a",
                "https://x.de/#a",
                "https://u:p@x.de",
                "https://x.de/.well-known/openid-configuration",
                "https://ä.de",
            )
        ),
        (
            f"[a]\nkind='oidc'\nname='A'\nemail_is_confirmed='yes'\nissuer='https://x.de'\n{GOOD}",
            "[a] email_is_confirmed should be true or false",
        ),
    ],
)
def test_a_mistake_in_the_file_is_told_with_what_would_be_right(tmp_path: Path, text: str | bytes, advice: str) -> None:
    message = told(tmp_path, text)
    assert "  PROVIDERS " in message
    assert "(it is '/" in message, "which is the file"
    assert advice in message


def test_every_mistake_in_it_is_told_at_once(tmp_path: Path) -> None:
    message = told(tmp_path, f"[google]\n[apple]\n{GOOD}")
    assert "[google] needs client_id, client_secret_env; [apple] needs team_id, key_id" in message


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SystemExit, match=r"should be a TOML file that can be read \(No such file"):
        settings.load(_env_file=None, providers="/nowhere.toml", return_urls=RETURN)


NO_PAGES = {
    "": "is needed with PROVIDERS",
    "app.example.com": "https://",
    "http://app.example.com/": "should begin with https://",
    f"{RETURN},http://app.example.com/": "should begin with https://",
    f"{RETURN}#x": "without #",
    f"{RETURN}#": "without #",
    "https://ann:x@app.example.com/": "without #",
    f"https://app.example.com/{'x' * 2000}": "at most 2000 characters",
    f"com.example.app:/{'x' * 2000}": "at most 2000 characters",
}
# Of an app is a scheme that has a dot; what of these a browser would run, open or show has none (RFC 8252 §8.4).
NO_APPS = (
    *("javascript:alert(1)", "javascript:/alert(1)", "JavaScript:/x", "java.script", "vbscript:/x", "data:text/html,x"),
    *("data:/x", "file:///etc/passwd", "blob:https://app.example.com/x", "about:blank", "intent:/x", "mailto:a@b.de"),
    *("myapp:/welcome", "myapp://welcome", "ftp://app.example.com/", "ws://app.example.com/", "view-source:/x"),
    *("com.example.app:", "com.example.app:x", "com.example.app:/x#y", "com.example.app:/x y", "com.example.app:/ä"),
    *("com.example.app://ann@x", ".example:/x", "com..app:/x", "com.:/x", "1com.example:/x", "Com.example.app:/x"),
)


def test_a_page_or_app_to_come_back_to_is_one_that_can_be_trusted(tmp_path: Path) -> None:
    for urls, advice in (NO_PAGES | dict.fromkeys(NO_APPS, "should be")).items():
        message = told(tmp_path, f"[google]\n{GOOD}", return_urls=urls, pages=False)
        assert "  RETURN_URLS " in message, urls
        assert advice in message, urls


def test_an_app_is_come_back_to_by_a_scheme_of_its_makers() -> None:
    urls = "com.example.app:/welcome,de.example.my-app://back?from=postern"
    assert ",".join(Settings(_env_file=None, return_urls=urls).return_urls) == urls


def test_a_frontend_on_this_machine_may_do_without_tls() -> None:
    known = Settings(_env_file=None, return_urls="http://localhost:5173/welcome, http://127.0.0.1/")
    assert known.return_urls == ("http://localhost:5173/welcome", "http://127.0.0.1/")


def test_a_tenant_is_written_as_microsoft_writes_it(tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(f"[microsoft]\ntenant = 'ABCDEF01-2222-3333-4444-555555555555'\n{GOOD}")
    known = Settings(_env_file=None, providers="providers.toml", return_urls=RETURN)
    assert known.providers[0].issuer == "https://login.microsoftonline.com/abcdef01-2222-3333-4444-555555555555/v2.0"


def test_a_secret_may_stand_in_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SERVICE_SECRET")
    (tmp_path / ".env").write_text("SERVICE_SECRET=from the file\n")
    (tmp_path / "providers.toml").write_text(f"[google]\n{GOOD}")
    known = Settings(_env_file=None, providers="providers.toml", return_urls=RETURN)
    assert known.providers[0].client_secret.get_secret_value() == "from the file"


def test_a_key_that_is_none_for_apple_keeps_the_server_from_starting(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_SECRET", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----")
    (tmp_path / "providers.toml").write_text(f"[apple]\nteam_id = 'x'\nkey_id = 'x'\n{GOOD}")
    known = make_settings(providers=str(tmp_path / "providers.toml"), return_urls=RETURN)
    with pytest.raises(ValueError, match=r"PROVIDERS \[apple\] has no private key for ES256") as refusal:
        create_app(known)
    assert "hunter2" not in str(refusal.value)


def test_without_services_there_are_none_of_their_addresses(make_settings: MakeSettings) -> None:
    paths = [getattr(route, "path", "") for route in create_app(make_settings()).routes]
    assert not [path for path in paths if path.startswith("/auth")]


def test_the_example_in_the_documents_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = (block for block in blocks("docs/identities.md") if block.language == "toml")
    for name in ("GOOGLE_SECRET", "GITHUB_SECRET", "MICROSOFT_SECRET", "COMPANY_SECRET"):
        monkeypatch.setenv(name, "hunter2")
    monkeypatch.setenv("APPLE_KEY", str(ROOT / "LICENSE"))
    (tmp_path / "providers.toml").write_text(example.text)
    known = Settings(_env_file=None, providers="providers.toml", return_urls=RETURN)
    assert [one.id for one in known.providers] == ["google", "github", "apple", "microsoft", "company"]
    assert [one.native_client_ids for one in known.providers] == [(), (), ("com.example.app",), (), ()]
