"""What pages look like where an operator has set it: a colour, and a logo."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.callers import services_of
from settings import PageSettings
from settings.pages import LOGOS
from web.pages.colours import ink_on, legible

# Of pages.css: what accents are read on, in the light and in the dark, and how far a strong one goes beyond.
LIGHT, DARK = ("#f3f5f2", "#ffffff", "#e6efeb"), ("#121615", "#1b2120", "#22332e")
KEPT = {"Cache-Control": "public, max-age=300"}
# An SVG that is opened by itself is a page: it may run nothing.
STILL = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


async def colour(request: Request) -> Response:
    """The style sheet that has pages take the colour that is set, legible on either paper."""
    value = services_of(request).settings.page_colour
    light, dark = legible(value, *LIGHT), legible(value, *DARK)
    css = f":root {{{_accents(light)}}}\n@media (prefers-color-scheme: dark) {{ :root {{{_accents(dark)}}} }}\n"
    return Response(css, media_type="text/css", headers=KEPT)


async def logo(request: Request) -> Response:
    """The picture."""
    path = services_of(request).settings.page_logo
    assert path  # noqa: S101 - routed only where there is one
    return Response(path.read_bytes(), media_type=LOGOS[path.suffix], headers=KEPT | STILL)


def routes(settings: PageSettings) -> list[Route]:
    """Those that the settings ask for."""
    sheet = [Route("/pages/colour.css", colour)] if settings.page_colour else []
    return [*sheet, *([Route("/pages/logo", logo)] if settings.page_logo else [])]


def _accents(accent: str) -> str:
    return f" --accent: {accent}; --accent-strong: {accent}; --on-accent: {ink_on(accent)}; "
