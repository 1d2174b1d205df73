"""The letters people get: one function and one folder of templates each."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from locales import texts
from settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
NAME_LENGTH = 40
# What mail programs turn into links or people dial: strangers choose the names of strangers' letters.
ADVERTISES = re.compile(r"//|[\\@:]|www\.|\w[.\u3002]\w{2,}|(\d\W*){6,}", re.IGNORECASE)
# An address may hold all of RFC 5322's atext, and so a whole path: these do without.
PLAIN_MAILBOX = re.compile(r"(?!www\.)[\w.+'-]+", re.IGNORECASE)
# What a browser's long description of itself contains, and what people call it; the first that fits is right.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
DEVICES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


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
    link = _link(settings, "confirm-email", token, settings.confirm_email_url)
    return _leading("confirm_email", settings, link, settings.confirmation_lifetime, to=to, name=name, locale=locale)


def already_registered(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """Somebody tried to register an address that has a confirmed account: how to log in."""
    return _write("already_registered", settings, to=to, name=name, locale=locale, login_url=settings.login_url)


def register_again(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """A new link was asked for, but which of several waiting registrations is the reader's cannot be told."""
    return _write("register_again", settings, to=to, name=name, locale=locale)


def reset_password(settings: Settings, *, to: str, name: str | None, locale: str, token: str) -> Letter:
    """The link to a new password for somebody who forgot theirs."""
    link = _link(settings, "reset-password", token, settings.reset_password_url)
    return _leading("reset_password", settings, link, settings.reset_lifetime, to=to, name=name, locale=locale)


def registered_twice(settings: Settings, *, to: str, name: str | None, locale: str, token: str) -> Letter:
    """The address is confirmed, and other registrations of it had waited: the link to a new password."""
    link = _link(settings, "reset-password", token, settings.reset_password_url)
    return _leading("registered_twice", settings, link, settings.reset_lifetime, to=to, name=name, locale=locale)


def password_changed(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """The password is another one now: what to do for somebody who did not change it."""
    return _write("password_changed", settings, to=to, name=name, locale=locale, login_url=settings.login_url)


def change_email(settings: Settings, *, to: str, name: str | None, locale: str, token: str) -> Letter:
    """To the new address: the link that makes it the account's."""
    link = _link(settings, "confirm-email-change", token)
    return _leading("change_email", settings, link, settings.confirmation_lifetime, to=to, name=name, locale=locale)


def email_change_notice(
    settings: Settings, *, to: str, name: str | None, locale: str, new_email: str, token: str
) -> Letter:
    """To the old address: which new one (canonical) was asked for, and the link that undoes it."""
    fields = {
        "new_email": _readable(new_email),
        "link": _link(settings, "undo-email-change", token),
        "lifetime": _duration(locale, settings.undo_lifetime),
    }
    return _write("email_change_notice", settings, to=to, name=name, locale=locale, **fields)


def address_taken(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """Somebody wanted the address of a confirmed account for another account, and did not get it."""
    return _write("address_taken", settings, to=to, name=name, locale=locale, login_url=settings.login_url)


def session_closed(settings: Settings, *, to: str, name: str | None, locale: str, user_agent: str | None) -> Letter:
    """A used refresh token came back, so its session was closed: `user_agent` says whose that was."""
    fields = {"device": _device(user_agent or ""), "login_url": settings.login_url}
    return _write("session_closed", settings, to=to, name=name, locale=locale, **fields)


def account_deleted(settings: Settings, *, to: str, name: str | None, locale: str) -> Letter:
    """Farewell: the account and its data are gone."""
    return _write("account_deleted", settings, to=to, name=name, locale=locale)


def _leading(
    kind: str, settings: Settings, link: str, lifetime: timedelta, *, to: str, name: str | None, locale: str
) -> Letter:
    """A letter around a link that is good for so long."""
    fields = {"link": link, "lifetime": _duration(locale, lifetime)}
    return _write(kind, settings, to=to, name=name, locale=locale, **fields)


def _link(settings: Settings, path: str, token: str, frontends: str | None = None) -> str:
    """The link with the token in it: to a frontend's own page where it has one, else to ours."""
    return (frontends or f"{settings.public_url}/{path}?token={{token}}").replace("{token}", token)


def _duration(locale: str, length: timedelta) -> str:
    """A length of time in words; in days from the second whole one on, for "1 day" may mean any hour of tomorrow."""
    days, rest = divmod(length, timedelta(days=1))
    t = texts(locale)
    return t.duration(length) if rest or days == 1 else t("duration.days.other", count=days)


def _write(kind: str, settings: Settings, *, to: str, name: str | None, locale: str, **fields: str | None) -> Letter:
    known = {"t": texts(locale), "app": settings.app_name, "to": to, "name": _harmless(name or ""), **fields}
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


def _harmless(typed: str) -> str:
    """What a stranger typed, as one short line without links; nothing where that cannot be had."""
    line = " ".join(unicodedata.normalize("NFKC", typed).split())
    visible = "".join(char for char in line if unicodedata.category(char)[0] != "C")
    return "" if ADVERTISES.search(visible) else visible[:NAME_LENGTH].strip()


def _readable(email: str) -> str:
    """A canonical address as a letter may show it; of one that could pass for a link, only the domain."""
    mailbox, _, domain = email.rpartition("@")
    return email if PLAIN_MAILBOX.fullmatch(mailbox) else f"…@{domain}"


def _device(user_agent: str) -> str:
    """The browser and the device that a User-Agent header names, or as much of it as a letter may show."""
    found = (_first(BROWSERS, user_agent), _first(DEVICES, user_agent))
    return ", ".join(filter(None, found)) or _harmless(user_agent)


def _first(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for mark, name in names.items() if mark in user_agent), None)
