"""GraphiQL from our own origin: its page, and the files that npm has installed for it."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from strawberry.http.ides import get_graphql_ide_html

from settings import ROOT, MailSettings
from web.pages.rendering import PRIVATE, templates_of

NODE_MODULES = ROOT / "node_modules"
# Those that Strawberry's page takes from a CDN, in the order in which they need one another.
FILES = (
    ("react", "umd/react.production.min.js"),
    ("react-dom", "umd/react-dom.production.min.js"),
    ("js-cookie", "dist/js.cookie.min.js"),
    ("graphiql", "graphiql.min.js"),
    ("graphiql", "graphiql.min.css"),
    ("@graphiql/plugin-explorer", "dist/index.umd.js"),
    ("@graphiql/plugin-explorer", "dist/style.css"),
)
CSP = (
    "default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'{styles}; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

OPERATIONS = Path(__file__).parent / "operations"


class Operation(NamedTuple):
    """One that is ready to run. Its variables are JSON with hints such as "<email>", or nothing."""

    name: str
    about: str
    document: str
    variables: str


class Group(NamedTuple):
    """Operations that belong together in the menu."""

    title: str
    operations: list[Operation]


@cache
def groups() -> list[Group]:
    """The menu: what can be done with an account, in the order of its life."""
    files = [tomllib.loads(file.read_text()) for file in sorted(OPERATIONS.glob("*.toml"))]
    return [Group(file["title"], [_operation(**each) for each in file["operations"]]) for file in files]


def _operation(about: str, document: str, variables: dict[str, object] | None = None) -> Operation:
    name = re.search(r"^(?:query|mutation) (\w+)", document, re.MULTILINE)
    assert name  # noqa: S101 - a tab is found by it
    return Operation(name[1], about, document, json.dumps(variables, indent=2) if variables else "")


@cache
def assets() -> dict[str, Path]:
    """Where each file lies, by its address below /graphiql/assets/; empty unless npm has installed all."""
    found = {}
    for package, name in FILES:
        folder = NODE_MODULES / package
        if not (folder / name).is_file():
            return {}
        version = json.loads((folder / "package.json").read_text())["version"]
        found[f"{package}@{version}/{name}"] = folder / name
    return found


async def asset(request: Request) -> Response:
    """One of the files. Its address holds its version, so that a browser need never ask again."""
    try:
        file = assets()[request.path_params["address"]]
    except KeyError:
        raise HTTPException(404) from None
    return FileResponse(file, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def graphiql_page(settings: MailSettings) -> HTMLResponse:
    """GraphiQL with every operation ready; Strawberry's own page where npm has not been run."""
    return _our_page(settings) if assets() else _stock_page()


def _our_page(settings: MailSettings) -> HTMLResponse:
    root = urlsplit(settings.public_url).path
    addresses = [f"{root}/graphiql/assets/{address}" for address in assets()]
    html = (
        templates_of(None)
        .get_template("graphiql.html")
        .render(
            app=settings.app_name,
            root=root,
            development=not settings.production,
            mailbox=not settings.smtp_url,
            groups=groups(),
            scripts=[address for address in addresses if address.endswith(".js")],
            styles=[address for address in addresses if address.endswith(".css")],
        )
    )
    return _answer(html, CSP.format(scripts="'self'", styles=""))


def _stock_page() -> HTMLResponse:
    html = get_graphql_ide_html()
    # Its files come from elsewhere, held to their hashes by `integrity`; its own script is inline.
    elsewhere = " ".join(sorted(set(re.findall(r'(?:src|href)="(https://[^/"]+)/', html))))
    return _answer(html, CSP.format(scripts=f"'unsafe-inline' {elsewhere}", styles=f" {elsewhere}"))


def _answer(html: str, policy: str) -> HTMLResponse:
    return HTMLResponse(html, headers=PRIVATE | {"Content-Security-Policy": policy})


ROUTES = [Route("/graphiql/assets/{address:path}", asset)]
