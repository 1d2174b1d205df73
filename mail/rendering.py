"""From a letter's facts to its texts: templates, links, and what strangers may have us say."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

import ua_parser
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from locales import texts
from settings import LinkSettings, MailSettings, ServerSettings

TEMPLATES = Path(__file__).parent / "templates"
NAME_LENGTH = 40
# What mail programs turn into links or people dial: strangers choose the names of strangers' letters.
ADVERTISES = re.compile(r"//|[\\@:]|www\.|\w[.\u3002]\w{2,}|(\d\W*){6,}", re.IGNORECASE)
# An address may hold all of RFC 5322's atext, and so a whole path: these do without.
PLAIN_MAILBOX = re.compile(r"(?!www\.)[\w.+'-]+", re.IGNORECASE)
VARIANT = re.compile(r"\b(Mobile|iOS|WebView)\b")  # of a browser, which people call by its name alone


@dataclass(frozen=True)
class Text:
    """A letter as it is sent; the texts may hold a token and stay out of `repr()`."""

    kind: str
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


def render(
    kind: str, settings: MailSettings, fields: Mapping[str, str | None], *, to: str, name: str | None, locale: str
) -> Text:
    """The letter of a kind, by the templates in the folder of that name, in the reader's language."""
    known = {"t": texts(locale), "app": settings.app_name, "to": to, "name": _harmless(name or ""), **fields}
    templates = _templates(settings.templates_dir)

    def part(template: str) -> str:
        return templates.get_template(f"{kind}/{template}").render(known)

    # One line, whatever the app's name or an operator's template holds: a second would be a header.
    return Text(kind, to, " ".join(part("subject.txt").split()), part("body.txt"), part("body.html"))


def link(
    settings: ServerSettings, path: str, token: str, frontends: str | None = None, *, parameter: str = "token"
) -> str:
    """The link with the token in it: to a frontend's own page where it has one, else to ours."""
    place = f"{{{parameter}}}"
    return (frontends or f"{settings.public_url}/{path}?{parameter}={place}").replace(place, token)


def leading(address: str, lifetime: timedelta, locale: str) -> dict[str, str | None]:
    """The fields of a letter around a link that is good for so long."""
    return {"link": address, "lifetime": duration(locale, lifetime)}


def login(settings: LinkSettings) -> dict[str, str | None]:
    """The field of a letter that sends people to log in."""
    return {"login_url": settings.login_url}


def readable(email: str) -> str:
    """A canonical address as a letter may show it; of one that could pass for a link, only the domain."""
    mailbox, _, domain = email.rpartition("@")
    return email if PLAIN_MAILBOX.fullmatch(mailbox) else f"…@{domain}"


def masked(email: str) -> str:
    """A canonical address as its owner knows it and others learn little of it: `a…@example.com`."""
    mailbox, _, domain = email.rpartition("@")
    return f"{mailbox[0] if PLAIN_MAILBOX.fullmatch(mailbox) else ''}…@{domain}"


def device(user_agent: str) -> str:
    """The browser and the device that a User-Agent header names, or as much of it as a letter may show."""
    known = ua_parser.parse(user_agent)
    browser = VARIANT.sub("", known.user_agent.family) if known.user_agent else ""
    thing = known.device.family if known.device and known.device.brand == "Apple" else known.os and known.os.family
    return ", ".join(filter(None, map(_harmless, (browser, thing or "")))) or _harmless(user_agent)


def duration(locale: str, length: timedelta) -> str:
    """A length of time in words; in days from the second whole one on, for "1 day" may mean any hour of tomorrow."""
    days, rest = divmod(length, timedelta(days=1))
    t = texts(locale)
    return t.duration(length) if rest or days == 1 else t("duration.days.other", count=days)


@cache
def _templates(operators: Path | None) -> Environment:
    return Environment(
        loader=FileSystemLoader([operators, TEMPLATES] if operators else [TEMPLATES]),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # or each letter asks for the time of seven files
    )


def _harmless(typed: str) -> str:
    """What a stranger typed, as one short line without links; nothing where that cannot be had."""
    line = " ".join(unicodedata.normalize("NFKC", typed).split())
    visible = "".join(char for char in line if unicodedata.category(char)[0] != "C")
    return "" if ADVERTISES.search(visible) else visible[:NAME_LENGTH].strip()
