"""Every address that is not GraphQL's."""

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from settings import Settings
from web import graphiql, health, keys, links, passkeys
from web.links import codes
from web.pages import mailbox, start
from web.pages.rendering import STATIC


def routes(settings: Settings) -> list[BaseRoute]:
    """The addresses that these settings open."""
    return [
        *start.routes(settings),
        *(route for page in links.PAGES for route in page.routes()),
        *(codes.ROUTES if settings.login_codes else []),
        Route("/.well-known/jwks.json", keys.jwks),
        *([Route("/.well-known/webauthn", passkeys.related_origins)] if settings.related_origins else []),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Mount("/static", StaticFiles(directory=STATIC)),
        *(graphiql.ROUTES if settings.graphiql else []),
        *([] if settings.smtp_url else mailbox.ROUTES),
    ]
