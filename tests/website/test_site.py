"""The documents as a site: every link leads somewhere, and nothing comes from elsewhere"""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from graphql import build_schema

from settings import ROOT
from website.build import build

OURS = ("", "data")


class Page(HTMLParser):
    """What a page links to, what it loads, and the places in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.places: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.places |= {place for place in (known.get("id"), known.get("name")) if place}
        link = known.get("href") or known.get("src")
        if link:
            (self.links if tag == "a" else self.loaded).add(link)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The site's pages, but for the one that servers show where there is none."""
    folder = tmp_path_factory.mktemp("made") / "site"
    build(folder)
    return {file: Page(file) for file in folder.rglob("*.html") if file.name != "404.html"}


def test_every_document_has_a_page_that_the_start_leads_to(pages: dict[Path, Page]) -> None:
    (start,) = [file for file in pages if file.name == "index.html" and file.parent.name == "site"]
    reached, next_ones = set(), {start}
    while next_ones:
        reached |= next_ones
        led = {
            (file.parent / unquote(urlsplit(link).path)).resolve() for file in next_ones for link in pages[file].links
        }
        next_ones = {file for file in led if file in pages} - reached
    documents = {file.relative_to(ROOT / "docs").with_suffix("") for file in (ROOT / "docs").rglob("*.md")}
    assert documents <= {file.relative_to(start.parent).with_suffix("") for file in reached}


def test_every_link_within_the_site_leads_to_its_place(pages: dict[Path, Page]) -> None:
    lost = []
    for file, page in pages.items():
        for link in page.links | page.loaded:
            parts = urlsplit(link)
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if parts.scheme or (target.exists() and not parts.fragment):
                continue
            if target not in pages or unquote(parts.fragment) not in pages[target].places:
                lost.append((file.name, link))
    assert lost == []


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Page]) -> None:
    assert {link for page in pages.values() for link in page.loaded if urlsplit(link).scheme not in OURS} == set()


def test_every_operation_and_type_of_the_schema_is_described(pages: dict[Path, Page]) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    described = {place for file, page in pages.items() if file.parent.name == "reference" for place in page.places}
    roots = [root for root in (schema.query_type, schema.mutation_type) if root]
    names = {name for root in roots for name in root.fields}
    names |= {name for name, kind in schema.type_map.items() if kind not in roots and kind.ast_node}
    assert {name for name in names if name.lower() not in described} == set()
