"""A browser without scripts, as far as our pages need one: it opens pages, and sends the forms that it finds there."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx2

from tests.support.postern import Postern

OURS = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Form:
    """One form: where it is sent, and what it holds before anybody types."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)  # what a browser is asked for a passkey by


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "form":
            options = json.loads(known.get("data-options") or "{}")
            self.forms.append(Form(known.get("action") or "", options=options))
        elif tag in ("input", "select") and known.get("name") and known.get("type") != "checkbox":
            self.forms[-1].fields[str(known["name"])] = known.get("value") or ""
        elif tag == "option" and "selected" in known:
            (*_, last) = self.forms[-1].fields
            self.forms[-1].fields[last] = known.get("value") or ""


@dataclass
class Page:
    """What a browser shows."""

    answer: httpx2.Response
    path: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def text(self) -> str:
        """What people read of it."""
        body = re.sub(r"<head>.*?</head>", " ", self.html, flags=re.DOTALL)
        return " ".join(re.sub(r"<[^>]+>", " ", body).split())

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.html, re.DOTALL)
        assert found, self.html
        return found[1].strip()

    @property
    def runs_scripts(self) -> bool:
        """Whether it has any, and may run them."""
        policy = self.answer.headers.get("Content-Security-Policy", "")
        return "<script " in self.html and "script-src 'self'" in policy

    @property
    def forms(self) -> list[Form]:
        reader = _Reader()
        reader.feed(self.html)
        return reader.forms

    def form(self, *names: str, **holding: str) -> Form:
        """The first form that has fields of these names, and these values."""
        for form in self.forms:
            if {*names, *holding} <= form.fields.keys() and holding.items() <= form.fields.items():
                return form
        raise AssertionError(f"no form with {names} {holding} on {self.path}: {self.text}")


@dataclass
class Browser:
    """Somebody's. It keeps cookies, follows redirects to our own pages, and tells where it was sent otherwise."""

    server: Postern
    page: Page | None = None
    left_for: str = ""

    @property
    def http(self) -> httpx2.AsyncClient:
        return self.server.http

    async def open(self, path: str, **headers: str) -> Page:
        """A page, by its address."""
        return await self._at(await self.http.get(path, headers=headers), path)

    async def send(self, *names: str, typed: dict[str, str], **holding: str) -> Page:
        """The form of the present page that has these fields, with what somebody has typed."""
        assert self.page
        form = self.page.form(*names, *typed, **holding)
        return await self.post(form.action, form.fields | typed)

    async def post(self, path: str, fields: dict[str, str], **headers: Any) -> Page:
        """Whatever a form of our own might hold."""
        # httpx2 sends no type with an empty form, as browsers do.
        answer = await self.http.post(path, data=fields or {"": ""}, headers=OURS | headers)
        return await self._at(answer, path)

    async def _at(self, answer: httpx2.Response, path: str) -> Page:
        self.left_for = ""
        while answer.status_code in REDIRECTS:
            path = answer.headers["Location"]
            if not path.startswith("/"):
                self.left_for = path
                break
            answer = await self.http.get(path)
        self.page = Page(answer, path)
        assert "data-passkey" not in answer.text or self.page.runs_scripts, f"no script of ours works on {path}"
        return self.page
