"""What the database has to say."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from tortoise.exceptions import DBConnectionError, OperationalError

import database
from cli.doctor.finding import Finding
from resolvers import factors, health, passkeys
from resolvers.services import Services

CLOCKS_APART = timedelta(seconds=5)  # more, and links, codes and sessions end at another time than they should


async def of_database(services: Services) -> AsyncIterator[Finding]:
    """Whether it is there, as new as the program, and takes writes; what it holds is looked at only then."""
    url = services.settings.database_url
    try:
        ahead = await database.seconds_ahead()
    except (DBConnectionError, OperationalError, OSError, ValueError) as error:
        yield Finding("database", f"{database.described(url)}: {error}", "look at DATABASE_URL and its server")
        return
    if file := database.world_readable(url):
        yield Finding("database", f"everybody on this machine can read {file}", f"chmod o= {file}*")
    else:
        yield Finding("database", database.described(url))
    yield _of_clock(timedelta(seconds=ahead))
    if reason := await database.unready_reason():
        lacks = "migrat" in reason
        yield Finding("migrations" if lacks else "database", reason, "postern migrate" if lacks else "make room there")
        return
    yield Finding("migrations", "all of them")
    async for finding in _of_rows(services):
        yield finding


def _of_clock(ahead: timedelta) -> Finding:
    apart = abs(ahead)
    if apart < CLOCKS_APART:
        return Finding("clock", "that of the database")
    found = (
        f"{apart.total_seconds():.0f} seconds {'behind' if ahead > timedelta() else 'ahead of'} that of the database"
    )
    return Finding("clock", found, "have both machines set theirs by NTP")


async def _of_signing_keys(services: Services) -> Finding:
    """How many there are, how old the one that signs is, and when another one will."""
    opened, lost = await services.stored_keys.opened()
    if lost:
        advice = "list the SECRET_KEY before, too; if that is gone: postern keys rotate --at-once"
        return Finding(
            "signing keys", f"SECRET_KEY opens {len(opened)} of {len(opened) + lost} in the database", advice
        )
    if not opened:
        return Finding("signing keys", "none in the database yet: the first start makes one")
    now, known = datetime.now(UTC), services.settings
    signing = next((one for one in reversed(opened) if one.signs), opened[0]).row
    newest, days = opened[-1].row, (now - signing.signs_from).days
    found = f"{len(opened)} of {newest.algorithm} in the database; the one that signs does so since {days} days"
    if newest is not signing:
        found += f", the next from {newest.signs_from.astimezone(UTC):%Y-%m-%d %H:%M} UTC on"
    late = now - newest.signs_from > known.signing_key_lifetime
    return Finding("signing keys", found, "start a server: none has changed the key in time" if late else "")


async def _of_rows(services: Services) -> AsyncIterator[Finding]:
    late, waiting = await health.lateness(), await health.letters_waiting()
    minutes = late // timedelta(minutes=1)
    stuck = "see that a server runs, and postern outbox list for the reasons" if late >= health.LATE else ""
    yield Finding("outbox", f"{waiting} emails wait" + (f", one for {minutes} minutes" if stuck else ""), stuck)
    rp_id = services.settings.passkey_rp_id
    if before := await passkeys.of_another_domain(rp_id):
        yield Finding("passkeys", f"some are of {before}, and open nothing at {rp_id}", f"set PASSKEY_RP_ID={before}")
    if services.settings.keys_in_database:
        yield await _of_signing_keys(services)
    if await factors.any_lost(services):
        yield Finding("secret key", "it opens no secrets of authenticator apps", "list the one before, too")
