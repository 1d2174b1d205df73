"""`/`: in development where to begin, in production the way to the login."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

import database
from edge.callers import locale_of, services_of
from settings import ROOT, Settings
from web.pages.rendering import page

NEWEST = 3  # letters that the start page shows
GUIDES = ("README", "sessions", "accounts", "production")  # in the order in which a newcomer needs them


def routes(settings: Settings) -> list[BaseRoute]:
    """The start page with what it links to, or the door of production."""
    return [Route("/", door)] if settings.production else [Route("/", start), Route("/guides/{name}", guide)]


async def start(request: Request) -> Response:
    """The flow as a picture, with everything that can be opened."""
    services = services_of(request)
    return page(
        "start",
        locale=locale_of(request),
        settings=services.settings,
        letters=(await services.mailbox.letters())[:NEWEST] if services.mailbox else [],
        unready=await database.unready_reason(),
        guides=[name for name in GUIDES if _file(name).is_file()],
    )


async def guide(request: Request) -> Response:
    """One of the repository's guides, as it is written."""
    name = request.path_params["name"]
    if name not in GUIDES or not _file(name).is_file():
        raise HTTPException(404)
    settings: Settings = request.app.state.services.settings
    text = _file(name).read_text(encoding="utf-8")
    return page("guide", locale=locale_of(request), settings=settings, guide=name, text=text)


async def door(request: Request) -> Response:
    """To the login, where the settings know one."""
    settings = services_of(request).settings
    if settings.login_url:
        return RedirectResponse(settings.login_url, 303)
    return page("door", locale=locale_of(request), settings=settings)


def _file(name: str) -> Path:
    return ROOT / "README.md" if name == "README" else ROOT / "docs" / f"{name}.md"
