"""The pages on which people register, log in and look after their account, one file a subject."""

from starlette.routing import Route

from settings import Settings
from web.account import logins, overview, passwords, registration, sessions


def routes(settings: Settings) -> list[Route]:
    """Those that these settings open."""
    codes = logins.CODE_PAGES if settings.login_codes else ()
    subjects = (logins, registration, passwords, overview, sessions)
    return [page.route() for page in (*(page for subject in subjects for page in subject.PAGES), *codes)]
