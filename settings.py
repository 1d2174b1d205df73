"""Every knob, typed and checked once at start."""

import re
from datetime import timedelta
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from limits import parse_many
from pydantic import (
    AfterValidator,
    BeforeValidator,
    DirectoryPath,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

ROOT = Path(__file__).parent
SECRET_KEY_BYTES = 32  # RFC 7518 §3.2: a key no shorter than the digest it feeds
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = 65535
NEARLY = 0.75  # as alike as PROT and PORT
LONGEST_SHOWN = 60  # characters of a wrong value
OUR_WORDS = {
    "bool_parsing": "should be true or false",
    "int_parsing": "should be a whole number",
    "path_not_directory": "should be a folder that exists",
    "time_delta_parsing": "should be a number of seconds (900) or an ISO 8601 duration such as PT15M",
}
# A server's address whose parts every library finds in the same places (RFC 3986): what delimits them is encoded
# inside of them, or a piece of the password is taken for a host, a port or a name, and told wherever that is told.
CHARACTER = r"(?:[^\x00-\x1f/?#@%\[\]]|%[0-9A-Fa-f]{2})"
HOST = r"(?:\[[^\x00-\x1f/?#@\[\]]*\]|(?:(?![:,])CHARACTER)*)(?::\d{1,5})?".replace("CHARACTER", CHARACTER)
PARAMETER = r"[^#@&=]+=[^#@&=]*"
SERVER = re.compile(rf"[a-z+]+://({CHARACTER}*@)?{HOST}(,{HOST})*(/{CHARACTER}*)*(\?{PARAMETER}(&{PARAMETER})*)?")
SMTP_FORMS = ("smtp://host:port", "smtp+starttls://user:password@host:port", "smtps://…")
ENCODED = "where / ? # @ % [ ] in a user's name or password are written %2F %3F %23 %40 %25 %5B %5D"
# An origin of this very machine (RFC 6761 §6.3: all below localhost, too; RFC 1122 §3.2.1.3: all of 127.0.0.0/8).
LOOPBACK_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<name>(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?P<port>:[0-9]{1,5})?"
)


def _seconds(value: object) -> object:
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


def _page_address(value: str) -> str:
    try:
        return str(HttpUrl(value))
    except ValidationError:
        raise ValueError("should be a full address such as https://accounts.example.com") from None


def _web_address(value: str) -> str:
    """As browsers write it in `Origin`: in lower case, without the usual port."""
    if value and set(value) & set("*@?#"):
        raise ValueError("should be an address such as https://accounts.example.com, with nothing before or behind it")
    return _page_address(value).rstrip("/") if value else value


def _server(value: str, *forms: str) -> SplitResult:
    """The parts of a server's address. Raises ValueError, which shows nothing of it, where it has none of the forms."""
    schemes = {form.partition(":")[0] for form in forms}
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    ports = re.findall(r":(\d+)(?=,|$)", parts.netloc.rpartition("@")[2])
    if parts.scheme not in schemes or not SERVER.fullmatch(value) or max(map(int, ports), default=0) > PORTS:
        raise ValueError(f"should be {' or '.join(forms)}, {ENCODED}")
    return parts


def _limit(value: str) -> str:
    try:
        sound = len(parse_many(value)) == 1 and 0 not in map(int, re.findall(r"\d+", value))
    except ValueError:
        sound = False
    if sound:
        return value
    raise ValueError("should be one limit such as 5 per 5 minutes, its numbers at least 1")


Lifetime = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(0), le=timedelta(days=36_500))]
Limit = Annotated[str, AfterValidator(_limit)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
PageAddress = Annotated[str, AfterValidator(_page_address)]


class Settings(BaseSettings):
    """What the server is told by its environment or by a `.env` file; names are upper case there.

    A lifetime is a number of seconds or an ISO 8601 duration (`PT15M`).
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    environment: Literal["development", "production"] = Field(
        "development", description="production refuses whatever is only good for trying things out"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on, 0 for any that is free")
    public_url: WebAddress = Field("", description="where people reach the server (default: http://HOST:PORT)")
    app_name: str = Field("Postern", min_length=1, max_length=60, description="the name on letters and pages")
    data_dir: Path = Field(ROOT / "var", description="where development keeps its database, keys and mailbox")
    database_url: str = Field(
        "",
        repr=False,
        description="sqlite://path or postgres://user:password@host:port/name (default: SQLite in DATA_DIR)",
    )
    database_pool_size: int = Field(10, ge=1, description="connections to PostgreSQL, at most")

    secret_key: SecretStr | None = Field(
        None, description="at least 32 bytes: seals letters and signs refresh tokens (development makes its own)"
    )
    token_algorithm: Literal["EdDSA", "ES256", "RS256"] = Field(
        "EdDSA", description="what access tokens are signed with"
    )
    signing_keys: SecretStr | None = Field(
        None, description="private keys in PEM, or a file of them: the first signs, all verify (development makes one)"
    )
    token_audience: str = Field("", description="the `aud` of access tokens (default: PUBLIC_URL)")
    access_token_lifetime: Lifetime = Field(timedelta(minutes=15), description="how long an access token is good")
    session_idle_lifetime: Lifetime = Field(timedelta(days=30), description="how long a refresh token is good")
    session_lifetime: Lifetime = Field(timedelta(days=180), description="how long a login lasts at the most")
    step_up_lifetime: Lifetime = Field(
        timedelta(minutes=10), description="how long a login says who is there, for what matters"
    )
    confirmation_lifetime: Lifetime = Field(
        timedelta(hours=24), le=timedelta(hours=24), description="how long the link in a letter is good"
    )
    reset_lifetime: Lifetime = Field(
        timedelta(hours=1), le=timedelta(hours=1), description="how long the link to a new password is good"
    )
    undo_lifetime: Lifetime = Field(
        timedelta(days=7), description="how long the old address can undo a change of address"
    )

    housekeeping_interval: Lifetime = Field(timedelta(hours=1), description="how often what is over is removed")
    link_retention: Lifetime = Field(timedelta(days=7), description="how long an expired link is still known as one")
    letter_retention: Lifetime = Field(timedelta(days=30), description="how long it is known which letters went out")
    audit_retention: Lifetime = Field(timedelta(days=365), description="how long it is known what happened to accounts")

    password_min_length: int = Field(8, ge=8, description="characters (NIST asks for 15 where nothing else protects)")
    password_min_score: int = Field(2, ge=0, le=4, description="the zxcvbn score that a password needs, 0 to 4")
    argon2_memory_kib: int = Field(19 * 1024, ge=8, description="memory of one hash (OWASP: 19 MiB)")
    argon2_time_cost: int = Field(2, ge=1, description="passes of one hash (OWASP: 2)")
    argon2_parallelism: int = Field(1, ge=1, description="lanes of one hash (OWASP: 1)")
    hash_workers: int | None = Field(
        None,
        ge=1,
        description="passwords hashed at the same time (default: one a core, within a quarter of the memory)",
    )
    hash_wait: Lifetime = Field(timedelta(seconds=5), description="how long one may queue for that before a 503")

    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://host:port, smtp+starttls://user:password@host:port or smtps://… (default: /mailbox)",
    )
    mail_from: str = Field("", description="the sender of every letter (default: postern@ the host of PUBLIC_URL)")
    templates_dir: DirectoryPath | None = Field(
        None, description="a folder whose templates replace those of mail/templates"
    )
    confirm_email_url: str | None = Field(
        None, description="a frontend's page that letters link to, {token} marking the place (default: /confirm-email)"
    )
    reset_password_url: str | None = Field(
        None, description="likewise, for letters that lead to a new password (default: /reset-password)"
    )
    confirm_on_get: bool = Field(False, description="true: opening the link confirms, without a click")
    login_url: PageAddress | None = Field(None, description="where pages and letters send people to log in")

    cors_origins: Annotated[tuple[WebAddress, ...], NoDecode] = Field(
        (),
        description="origins whose pages may call the API, separated by commas (in development: and this machine's)",
    )
    graphiql: bool | None = Field(None, description="GraphiQL at /graphql (default: only in development)")
    introspection: bool | None = Field(None, description="the schema may be asked for (default: only in development)")
    redis_url: SecretStr | None = Field(
        None, description="redis://host:port/0: where several processes count attempts (default: each for itself)"
    )
    web_concurrency: int = Field(1, ge=1, description="how many processes serve; more than one needs REDIS_URL")
    trusted_proxy_count: int = Field(
        0, ge=0, description="proxies in front that write X-Forwarded-For; without any it is ignored"
    )
    login_limit_per_account: Limit = Field("5 per 5 minutes", description="failed logins to one account")
    login_limit_per_device: Limit = Field(
        "5 per 5 minutes",
        description="failed logins of a device that the account knows; wrong passwords where a session is asked again",
    )
    login_limit_per_address: Limit = Field("10 per minute", description="logins from one address (IPv6: a /64)")
    mail_limit_per_address: Limit = Field("20 per hour", description="requests for letters from one address")
    mail_limit_per_recipient: Limit = Field(
        "1 per minute",
        description="letters of a kind that strangers can ask for, to one recipient; more wait, or go unsent if alike",
    )
    link_limit_per_address: Limit = Field("30 per minute", description="links used from one address")
    max_body_bytes: int = Field(100_000, ge=1_000, description="the largest request body")
    receive_deadline: Lifetime = Field(
        timedelta(seconds=10),
        description="how long a client may take to send a head, then its body, and to read an answer that waits",
    )
    max_connections: int = Field(800, ge=1, description="clients at once; who comes then gets a 503 (see `ulimit -n`)")
    max_characters: int = Field(15_000, ge=1_000, description="the longest operation, in characters")
    max_tokens: int = Field(1_000, ge=100, description="words and signs of an operation, at most")
    max_depth: int = Field(10, ge=5, le=100, description="levels of an operation, fragments included, at most")
    max_aliases: int = Field(15, ge=0, description="aliases in an operation, at most; in a fragment at each use")
    max_directives: int = Field(50, ge=0, description="directives in an operation, at most; likewise")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="the least that is logged")
    log_format: Literal["console", "json"] | None = Field(
        None, description="console or json (default: json in production)"
    )

    @property
    def production(self) -> bool:
        """Whether what is only good for trying things out is refused."""
        return self.environment == "production"

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of that origin may call the API: our own, those listed, and in development this machine's."""
        own = urlsplit(self.public_url)
        listed = origin in (f"{own.scheme}://{own.netloc}", *self.cors_origins)
        return listed or (not self.production and bool(LOOPBACK_ORIGIN.fullmatch(origin)))

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str, info: ValidationInfo) -> str:
        if _production(info) and not value.startswith("https://") and urlsplit(value).hostname not in LOOPBACK:
            raise ValueError("is needed in production, beginning with https://")
        host = str(info.data.get("host"))
        return value or _web_address(f"http://{f'[{host}]' if ':' in host else host}:{info.data.get('port', 0)}")

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str, info: ValidationInfo) -> str:
        value = value or f"sqlite://{info.data.get('data_dir')}/postern.sqlite3"
        if not value.startswith("sqlite://"):
            _server(value, "sqlite://path", "postgres://user:password@host:port/name", "postgresql://…")
        return value

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and _production(info):
            raise ValueError("is needed in production: take the output of `openssl rand -hex 32`")
        if value is not None and re.search(r"\s#", value.get_secret_value()):
            raise ValueError(
                "ends in a comment, which is part of it here and is not elsewhere: give it a line of its own"
            )
        if value is not None and len(value.get_secret_value().encode()) < SECRET_KEY_BYTES:
            raise ValueError("should have at least 32 bytes: take the output of `openssl rand -hex 32`")
        return value

    @field_validator("signing_keys")
    @classmethod
    def _signing_keys(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and _production(info):
            raise ValueError("is needed in production: the path of what `openssl genpkey -algorithm ed25519` prints")
        if value is None or value.get_secret_value().startswith("-----BEGIN"):
            return value
        try:
            return SecretStr(Path(value.get_secret_value()).read_text())
        except OSError as error:
            raise ValueError(f"is neither a PEM text nor a file that can be read ({error.strerror})") from None

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            _server(value.get_secret_value(), "redis://user:password@host:port/0", "rediss://…")
        return value

    @field_validator("web_concurrency")
    @classmethod
    def _web_concurrency(cls, value: int, info: ValidationInfo) -> int:
        if value > 1 and not info.data.get("redis_url", "one that is told already"):
            raise ValueError("needs REDIS_URL: without it each process would count attempts for itself")
        return value

    @field_validator("token_audience")
    @classmethod
    def _token_audience(cls, value: str, info: ValidationInfo) -> str:
        return value or str(info.data.get("public_url"))

    @field_validator("smtp_url")
    @classmethod
    def _smtp_url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and _production(info):
            raise ValueError("is needed in production: the development mailbox is off there")
        url = _server(value.get_secret_value(), *SMTP_FORMS) if value else None
        if url and not url.hostname:
            raise ValueError("should name the mail server: smtp+starttls://user:password@host:port")
        if url and url.scheme == "smtp" and url.password and url.hostname not in LOOPBACK:
            raise ValueError("would send the password in plain text: use smtp+starttls:// or smtps://")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, value: str, info: ValidationInfo) -> str:
        host = urlsplit(info.data.get("public_url", "")).hostname
        domain = "localhost" if host in (None, *LOOPBACK) else host
        value = value or f"Postern <postern@{domain}>"
        if "@" not in parseaddr(value)[1] or not value.isprintable():
            raise ValueError("should be an address such as Postern <accounts@example.com>")
        return value

    @field_validator("confirm_email_url", "reset_password_url")
    @classmethod
    def _letters_link(cls, value: str | None) -> str | None:
        if value and "{token}" not in value:
            raise ValueError("should have {token} where the token belongs")
        if value:
            _page_address(value)
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _cors_origins(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("graphiql", "introspection", mode="before")
    @classmethod
    def _only_in_development(cls, value: object, info: ValidationInfo) -> object:
        return not _production(info) if value is None else value

    @field_validator("log_format", mode="before")
    @classmethod
    def _log_format(cls, value: object, info: ValidationInfo) -> object:
        return value or ("json" if _production(info) else "console")


def _production(info: ValidationInfo) -> bool:
    return info.data.get("environment") == "production"


def load(**overrides: Any) -> Settings:
    """The settings of this process; where any is wrong it ends, naming every one and what would be right."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [f"  {_name(e):22} {_in_our_words(e)}{_given(e)}" for e in error.errors()]
        raise SystemExit("\n".join(["Postern cannot start. Please mend these settings:", *lines])) from None


def _name(error: ErrorDetails) -> str:
    return ".".join(map(str, error["loc"])).upper()


def _given(error: ErrorDetails) -> str:
    """The value that is wrong, unless it is a secret or may hold one."""
    value, field = error["input"], Settings.model_fields[str(error["loc"][0])]
    secret = not field.repr or "SecretStr" in str(field.annotation) or "@" in str(value)
    shown = value and isinstance(value, str) and not secret
    return f" (it is {value[:LONGEST_SHOWN]!r})" if shown else ""


def _in_our_words(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return OUR_WORDS.get(error["type"], message.replace("datetime.timedelta(0)", "0"))


def misspelt() -> dict[str, str]:
    """The names in `.env` that are no setting's, but nearly, each with the setting's name."""
    names = sorted(DotEnvSettingsSource(Settings).env_vars.keys() - Settings.model_fields.keys())
    meant = {name: get_close_matches(name, Settings.model_fields, 1, NEARLY) for name in names}
    return {name.upper(): near[0].upper() for name, near in meant.items() if near}


def explained() -> str:
    """One line for each setting: its name, what it is for, and its default."""
    return "\n".join(f"  {name.upper():22} {_line(field)}" for name, field in Settings.model_fields.items())


def _line(field: FieldInfo) -> str:
    told = "(default" in str(field.description) or field.default in (None, "", ())
    default = int(field.default.total_seconds()) if isinstance(field.default, timedelta) else field.default
    return f"{field.description}" if told else f"{field.description} (default: {default})"
