"""The pages that people meet in a browser, and the headers that keep them safe."""

import re
from datetime import UTC, datetime
from functools import cache
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
        "script-src {scripts}",
        "style-src 'self'",
        "img-src 'self' data:",  # a logo; the tab's icon, and what an app's camera reads
        "frame-src {frames}",
        "form-action 'self'{leads_to}",
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


def page(
    name: str,
    *,
    locale: str,
    settings: Settings,
    status: int = 200,
    scripts: bool = False,
    leads_to: str = "",
    **context: object,
) -> HTMLResponse:
    """The page of that name (a template of `web/templates`) in a language, answered with `status`.

    Only where it has `scripts` may it run those of our own. `leads_to` is where what follows its forms may lead besides
    our own pages: browsers hold redirects to it as well (CSP Level 3, form-action).
    """
    t, root = texts(locale), urlsplit(settings.public_url).path
    known = {
        "t": t,
        "app": settings.app_name,
        # Our own without its host, which has more names than one in development, each with cookies of its own.
        "login_url": f"{root}/login" if settings.login_url == settings.own_login_url else settings.login_url,
        "pages": settings.pages,
        "coloured": bool(settings.page_colour),
        "logo": settings.page_logo is not None,
        "development": not settings.production,
        "graphiql": settings.graphiql,
        "mailbox": not settings.smtp_url,
        "public_url": settings.public_url,
        "root": root,
        "status": status,
        "scripts": scripts,
    }
    html = templates_of(settings.templates_dir).get_template(f"{name}.html").render(known | context)
    policy = PAGE_POLICY.format(
        frames="'self'" if name == "mailbox_letter" else "'none'",
        scripts="'self'" if scripts else "'none'",
        leads_to=f" {leads_to}" if leads_to else "",
    )
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


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@cache
def templates_of(operators: Path | None) -> Environment:
    """The templates of the pages: an operator's own come first."""
    folders = [TEMPLATES, *([operators / "pages"] if operators else [])]
    environment = Environment(
        loader=FileSystemLoader(folders[::-1]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # or each page asks for the time of several files
    )
    environment.filters |= {"instant": _instant, "minute": _minute, "labels": _labels}
    return environment
