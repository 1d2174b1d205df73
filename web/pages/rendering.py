"""The pages that people meet in a browser, and the headers that keep them safe."""

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from locales import texts
from settings import Settings

TEMPLATES = Path(__file__).parent.parent / "templates"
STATIC = Path(__file__).parent.parent / "static"

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
ONE_LINE = 24  # characters that fit into one on any phone
LABEL = re.compile(r"[^@.]+[@.]?|[@.]")
# ASVS 14.3.2 and 3.4: an address with a token in it stays out of caches and of other sites' logs.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def page(name: str, *, locale: str, settings: Settings, status: int = 200, **context: object) -> HTMLResponse:
    """The page of that name (a template of `web/templates`) in a language, answered with `status`."""
    t = texts(locale)
    known = {
        "t": t,
        "app": settings.app_name,
        "login_url": settings.login_url,
        "development": not settings.production,
        "graphiql": settings.graphiql,
        "mailbox": not settings.smtp_url,
        "public_url": settings.public_url,
        "root": urlsplit(settings.public_url).path,
        "status": status,
    }
    html = templates.get_template(f"{name}.html").render(known | context)
    policy = PAGE_POLICY.format(frames="'self'" if name == "mailbox_letter" else "'none'")
    headers = {"Content-Security-Policy": policy, "Content-Language": t.locale, "Vary": "Accept-Language"}
    return HTMLResponse(html, status, PRIVATE | headers)


def letter_document(html: str) -> HTMLResponse:
    """A letter's own HTML, for the frame on its page; its links open in a new tab."""
    # The first <base> counts wherever it stands, and at the end it cannot move the doctype from its place.
    body = f'{html}<base target="_blank">'
    return HTMLResponse(body, headers=PRIVATE | {"Content-Security-Policy": LETTER_POLICY})


def _labels(address: str) -> str:
    """An address whose lines break between the labels of its name (RFC 1035 §2.3.1) and not inside of one."""
    if len(address) <= ONE_LINE:
        return address
    return Markup("").join(Markup("<span>{}</span>").format(label) for label in LABEL.findall(address))


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
templates.filters["instant"] = _instant
templates.filters["labels"] = _labels
