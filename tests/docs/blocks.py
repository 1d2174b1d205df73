"""What of README.md and docs/ is for programs, as it stands there."""

import re
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [*DOCUMENTS, ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"(?:#|//) ([\w-]+\.\w+)$")


@dataclass(frozen=True)
class Block:
    """One of them. A first line that is nothing but a comment with a file's name says where it belongs."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def file_name(self) -> str | None:
        found = FILE_NAME.match(self.first_line)
        return found and found[1]


def blocks(document: str) -> list[Block]:
    """All of a document's, from top to bottom."""
    text = (ROOT / document).read_text()
    return [
        Block(document, text.count("\n", 0, found.start()) + 1, found[1], found[2]) for found in FENCED.finditer(text)
    ]


def block(document: str, first_line: str) -> Block:
    """The one that begins so."""
    (found,) = [found for found in blocks(document) if found.first_line == first_line]
    return found


def code(page: Path) -> list[str]:
    """What stands in backticks in a page's sentences and tables."""
    return re.findall(r"`([^`]+)`", re.sub(r"\s+", " ", FENCED.sub("", page.read_text())))
