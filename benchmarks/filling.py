"""Databases in which many have accounts already: a person's share of every table that grows, by SQL."""

from collections.abc import Iterator

TABLES = (
    *("users", "sessions", "devices", "identities", "registrations", "links", "letters", "audit_events"),
    *("passkeys", "user_roles"),
)
UNCONFIRMED = 100  # whatever the size: how many there are depends on how many come in a day
PAST, FUTURE = "2026-01-01 00:00:00.000000+00:00", "2099-01-01 00:00:00.000000+00:00"
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
COLUMNS: dict[str, dict[str, str]] = {
    "users": {
        "canonical_email": "'filled' || n || '@example.com'",
        "password_hash": "''",
        "email_confirmed_at": f"CASE WHEN n > {UNCONFIRMED} THEN {{past}} END",
        "name": "'Filled ' || n",
        "locale": "'en'",
        "created_at": "{past}",
    },
    "sessions": {
        "user_id": "{id}",
        "generation": "1",
        "rotated_at": "{future}",
        "created_at": "{past}",
        "last_used_at": "{past}",
        "expires_at": "{future}",
    },
    "devices": {
        "user_id": "{id}",
        "token_digest": "'device' || n",
        "created_at": "{past}",
        "last_used_at": "{past}",
        "expires_at": "{future}",
    },
    "identities": {
        "user_id": "{id}",
        "provider": "'google'",
        "issuer": "'https://accounts.google.com'",
        "subject": "'subject' || n",
        "vouched_for": "'filled' || n || '@example.com'",
        "created_at": "{past}",
    },
    "registrations": {
        "user_id": "{id}",
        "password_hash": "''",
        "locale": "'en'",
        "created_at": "{past}",
        "expires_at": "{future}",
    },
    "links": {
        "user_id": "{id}",
        "session_id": "{id}",
        "registration_id": "{id}",
        "purpose": "'confirm_email'",
        "token_digest": "'link' || n",
        "canonical_email": "'filled' || n || '@example.com'",
        "created_at": "{past}",
        "expires_at": "{future}",
    },
    "letters": {
        "user_id": "{id}",
        "kind": "'confirm_email'",
        "created_at": "{past}",
        "attempts": "1",
        "delivered_at": "{future}",
    },
    "user_roles": {"user_id": "{id}", "role": "'member'", "granted_at": "{past}"},
    "passkeys": {
        "user_id": "{id}",
        "credential_id": "'passkey' || n",
        "public_key": "{no_bytes}",
        "sign_count": "0",
        "backup_eligible": "TRUE",
        "backed_up": "TRUE",
        "second_factor": "FALSE",
        "transports": "{empty}",
        "aaguid": "{id}",
        "rp_id": "'postern.test'",
        "name": "'Passkey'",
        "created_at": "{past}",
    },
    "audit_events": {
        "at": "{future}",
        "event": "'logged_in'",
        "actor_id": "{id}",
        "subject_id": "{id}",
        "session_id": "{id}",
        "details": "{empty}",
    },
}


def words(dialect: str) -> dict[str, str]:
    """What the columns above are written with."""
    # Ids as uuid7 makes them, those of the time before this server was written.
    key = "'01000000-0000-7000-8000-' || substr(CAST(1000000000000 + n AS TEXT), 2)"
    return {
        "id": f"CAST({key} AS uuid)" if dialect == "postgres" else key,
        "past": f"CAST('{PAST}' AS timestamptz)" if dialect == "postgres" else f"'{PAST}'",
        "future": f"CAST('{FUTURE}' AS timestamptz)" if dialect == "postgres" else f"'{FUTURE}'",
        "no_bytes": "CAST('' AS bytea)" if dialect == "postgres" else "x''",
        "empty": "CAST('{}' AS jsonb)" if dialect == "postgres" else "'{}'",
    }


def statements(dialect: str, count: int) -> Iterator[str]:
    """What fills empty tables with so many rows each, and has the planner count them."""
    known = words(dialect)
    for table, columns in COLUMNS.items():
        values = ", ".join(text.format(**known) for text in ("{id}", *columns.values()))
        # In this order PostgreSQL knows the statement by its beginning, as SQLite does.
        yield (
            f"INSERT INTO {table} (id, {', '.join(columns)}) {NUMBERS.format(count=count)} SELECT {values} FROM numbers"  # noqa: S608 - of our own words
        )
    yield "ANALYZE"
