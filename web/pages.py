"""The pages that people meet in a browser, and the headers that keep them safe."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from locales import texts
from settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"

PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",  # the tab's icon
        "frame-src {frames}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
LETTER_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ]
)
# ASVS 14.3.2 and 3.4: an address with a token in it stays out of caches and of other sites' logs.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def page(name: str, *, locale: str, settings: Settings, status: int = 200, **context: object) -> HTMLResponse:
    """The page of that name (a template of `web/templates`) in a language, answered with `status`."""
    t = texts(locale)
    known = {
        "t": t,
        "app": settings.app_name,
        "login_url": settings.login_url,
        "graphiql": settings.graphiql,
        "root": urlsplit(settings.public_url).path,
        "status": status,
    }
    html = _templates.get_template(f"{name}.html").render(known | context)
    policy = PAGE_POLICY.format(frames="'self'" if name == "mailbox_letter" else "'none'")
    headers = {"Content-Security-Policy": policy, "Content-Language": t.locale}
    return HTMLResponse(html, status, PRIVATE | headers)


def letter_document(html: str) -> HTMLResponse:
    """A letter's own HTML, for the frame on its page; its links open in a new tab."""
    # The first <base> counts wherever it stands, and at the end it cannot move the doctype from its place.
    body = f'{html}<base target="_blank">'
    return HTMLResponse(body, headers=PRIVATE | {"Content-Security-Policy": LETTER_POLICY})


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["instant"] = _instant
