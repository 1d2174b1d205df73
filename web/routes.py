"""Every address that is not GraphQL's."""

from collections.abc import Awaitable

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from settings import Settings
from web import account, graphiql, health, keys, links, other_services, passkeys
from web.links import codes
from web.pages import brand, mailbox, start
from web.pages.rendering import STATIC


def direct(route: Route, others: ASGIApp) -> ASGIApp:
    """The route for requests of its path, which need not be looked for among all addresses; the rest to others."""

    def pass_on(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "http" and scope["path"] == route.path and not scope.get("root_path"):
            scope["route"] = route
            return route.app(scope, receive, send)
        return others(scope, receive, send)

    return pass_on


def routes(settings: Settings) -> list[BaseRoute]:
    """The addresses that these settings open."""
    return [
        *start.routes(settings),
        *(route for page in links.PAGES for route in page.routes()),
        *(account.routes(settings) if settings.pages else []),
        *brand.routes(settings),
        *(codes.ROUTES if settings.login_codes else []),
        *(other_services.ROUTES if settings.providers else []),
        Route("/.well-known/jwks.json", keys.jwks),
        *([Route("/.well-known/webauthn", passkeys.related_origins)] if settings.related_origins else []),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Mount("/static", StaticFiles(directory=STATIC)),
        *(graphiql.ROUTES if settings.graphiql else []),
        *([] if settings.smtp_url else mailbox.ROUTES),
    ]
