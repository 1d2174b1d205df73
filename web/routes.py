"""Every address that is not GraphQL's."""

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from settings import Settings
from web import graphiql, machines, mailbox, start
from web.links import SHIMS
from web.pages import STATIC


def routes(settings: Settings) -> list[BaseRoute]:
    """The addresses that these settings open."""
    return [
        *start.routes(settings),
        *(route for shim in SHIMS for route in shim.routes()),
        Route("/.well-known/jwks.json", machines.jwks),
        Route("/healthz", machines.healthz),
        Route("/readyz", machines.readyz),
        Mount("/static", StaticFiles(directory=STATIC)),
        *(graphiql.routes if settings.graphiql else []),
        *([] if settings.smtp_url else MAILBOX),
    ]


MAILBOX = [
    Route("/mailbox", mailbox.letters),
    Route("/mailbox/{letter_id}", mailbox.letter),
    Route("/mailbox/{letter_id}/html", mailbox.document),
]
