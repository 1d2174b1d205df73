"""Watches the log during every test: no line may hold a secret of that test, or an address of anybody's."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, TextIO
from urllib.parse import parse_qsl

import httpx2

ROOMS = {
    "main",
    "schema",
    "web",
    "events",
    "outside",
    "providers",
    "resolvers",
    "security",
    "mail",
    "database",
    "models",
    "locales",
    "logs",
    "uvicorn",
}
TEST_PROGRAMS = {"mail.log", "httpx2", "httpcore2", "asyncio"}  # `mail.log` is that of aiosmtpd
SECRETS = re.compile(r"password|token$|^ticket$|^secret$|^uri$|^qrCode$|recoveryCodes?$|^mailedCode$", re.IGNORECASE)
EMAILS = re.compile(r"email$", re.IGNORECASE)
LINK = re.compile(r"\b(?:token|code)=([\w-]+)")
SHORTEST = 8  # what is shorter is no password that the server takes, and stands in many a line by chance

for program in TEST_PROGRAMS:  # each would tell of every command and request, and printing that takes a while
    logging.getLogger(program).setLevel(logging.WARNING)


@dataclass(frozen=True)
class Line:
    """One line of the log, as it was printed."""

    logger: str
    level: int
    text: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the line tells, where the log's format is JSON."""
        facts: dict[str, Any] = json.loads(self.text)
        return facts


@dataclass
class Watch:
    """All that one test has written to the log, and what of its words nobody may find there."""

    lines: list[Line] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)

    def events(self, name: str) -> list[dict[str, Any]]:
        """What the lines of that name tell, where the log's format is JSON."""
        told = [line.facts for line in self.lines if line.logger.partition(".")[0] in ROOMS]
        return [facts for facts in told if facts["event"] == name]

    def learn(self, words: Any, name: str = "") -> None:
        """Take note of every password, token and address in a body, by the names of its fields."""
        if isinstance(words, dict):
            for key, value in words.items():
                self.learn(value, key)
        elif isinstance(words, list):
            for value in words:
                self.learn(value, name)
        elif isinstance(words, str):
            if SECRETS.search(name):
                self.secrets.add(words)
            elif EMAILS.search(name) and "@" in words:
                self.emails.add(words.strip())

    def learn_links(self, text: str) -> None:
        """Take note of the token, or the code, of every link."""
        self.secrets.update(LINK.findall(text))

    def learn_letter(self, letter: EmailMessage) -> None:
        """Take note of a letter's address and its links."""
        self.emails.add(str(letter["To"]))
        for part in letter.walk():
            if part.get_content_maintype() == "text":
                self.learn_links(str(part.get_content()))

    def read(self, output: str, logger: str = "main") -> None:
        """Take in what a server in a process of its own has printed."""
        self.lines += [Line(logger, logging.INFO, line) for line in output.splitlines()]

    def betrayals(self) -> Iterator[str]:
        """Each line that holds what it may not."""
        secrets = _spellings(self.secrets)
        emails = _spellings(self.emails)
        for line in self.lines:
            if line.logger in TEST_PROGRAMS:
                continue
            if any(secret in line.text for secret in secrets):
                yield f"a secret of this test is in the log: {line.text}"
            ours = line.logger.partition(".")[0] in ROOMS and line.level >= logging.INFO
            if ours and any(email in line.text for email in emails):
                yield f"somebody's address is in the log: {line.text}"


class Collector(logging.StreamHandler[TextIO]):
    """Prints every line that any logger of this process writes, as another handler would have, and keeps it."""

    def __init__(self, watch: Watch, other: logging.Handler) -> None:
        super().__init__(sys.stdout)
        self._watch = watch
        self.setFormatter(other.formatter)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        text = super().format(record)
        self._watch.lines.append(Line(record.name, record.levelno, text))
        return text


present = Watch()  # that of the test which is running


def begin() -> Watch:
    """A new test begins."""
    global present  # noqa: PLW0603 - what clients and post offices have heard belongs to the test that runs
    present = Watch()
    return present


async def sent(request: httpx2.Request) -> None:
    """A client's hook: take note of what it sends."""
    present.learn_links(str(request.url))
    present.learn({"token": request.headers.get("authorization", "").rpartition(" ")[2]})
    for _, _, value in (part.partition("=") for part in request.headers.get("cookie", "").split("; ")):
        present.learn({"token": value})
    try:
        content = request.content
    except httpx2.RequestNotRead:
        return
    _read(content, request.headers.get("content-type", ""))


async def received(response: httpx2.Response) -> None:
    """A client's hook: take note of what it gets."""
    await response.aread()
    for value in response.cookies.values():
        present.learn({"token": value})
    _read(response.content, response.headers.get("content-type", ""))


def _read(content: bytes, kind: str) -> None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    present.learn_links(text)
    if "json" in kind:
        try:
            present.learn(json.loads(text))
        except (ValueError, RecursionError):
            return
    elif "urlencoded" in kind:
        present.learn(dict(parse_qsl(text)))


def _spellings(words: set[str]) -> set[str]:
    """The words as they are, and as JSON has them."""
    long = {word for word in words if len(word) >= SHORTEST}
    return long | {json.dumps(word)[1:-1] for word in long}
