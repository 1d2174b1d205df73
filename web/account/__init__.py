"""The pages on which people register, log in and look after their account, one file a subject."""

from starlette.routing import Route

from settings import Settings
from web.account import (
    emails,
    events,
    factors,
    logins,
    overview,
    passkeys,
    passwords,
    profile,
    registration,
    services,
    sessions,
)

SUBJECTS = (logins, registration, passwords, overview, profile, emails, sessions, passkeys, factors, events)


def routes(settings: Settings) -> list[Route]:
    """Those that these settings open."""
    codes = logins.CODE_PAGES if settings.login_codes else ()
    pages = (*(page for subject in SUBJECTS for page in subject.PAGES), *codes)
    others = (*(page.route() for page in services.PAGES), *services.ROUTES) if settings.providers else ()
    return [*(page.route() for page in pages), *others]
