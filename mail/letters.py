"""The letters people get: one function and one folder of templates each."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from locales import texts
from settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
NAME_LENGTH = 40
# What mail programs turn into links or people dial: strangers choose the names of strangers' letters.
ADVERTISES = re.compile(r"//|[\\@:]|www\.|\w[.\u3002]\w{2,}|(\d\W*){6,}", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    """What one person is told; the texts may hold a token and stay out of `repr()`."""

    kind: str
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def confirm_email(settings: Settings, *, to: str, name: str | None, locale: str, token: str) -> Letter:
    """The link that confirms an address."""
    page = settings.confirm_email_url or f"{settings.public_url}/confirm-email?token={{token}}"
    lifetime = texts(locale).duration(settings.confirmation_lifetime)
    link = page.replace("{token}", token)
    return _write("confirm_email", settings, to=to, name=name, locale=locale, link=link, lifetime=lifetime)


def already_registered(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """Somebody tried to register an address that has a confirmed account: how to log in."""
    return _write("already_registered", settings, to=to, name=name, locale=locale, login_url=settings.login_url)


def register_again(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """A new link was asked for, but which of several waiting registrations is the reader's cannot be told."""
    return _write("register_again", settings, to=to, name=name, locale=locale)


def _write(kind: str, settings: Settings, *, to: str, name: str | None, locale: str, **fields: str | None) -> Letter:
    known = {"t": texts(locale), "app": settings.app_name, "to": to, "name": _greetable(name or ""), **fields}
    templates = _templates(settings.templates_dir)

    def render(part: str) -> str:
        return templates.get_template(f"{kind}/{part}").render(known)

    # One line, whatever the app's name or an operator's template holds: a second would be a header.
    return Letter(kind, to, " ".join(render("subject.txt").split()), render("body.txt"), render("body.html"))


@cache
def _templates(operators: Path | None) -> Environment:
    return Environment(
        loader=FileSystemLoader([operators, TEMPLATES] if operators else [TEMPLATES]),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _greetable(name: str) -> str:
    """The name as a greeting may show it: one short line without links; nothing where that cannot be had."""
    line = " ".join(unicodedata.normalize("NFKC", name).split())
    visible = "".join(char for char in line if unicodedata.category(char)[0] != "C")
    return "" if ADVERTISES.search(visible) else visible[:NAME_LENGTH].strip()
