"""Builds the site: the pages of docs/ and the API's reference, into the folder that is named."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from settings import ROOT
from website import reference

OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")  # to a file of the repository: its words alone
ZENSICAL = Path(sys.executable).with_name("zensical")


def build(into: Path) -> None:
    """Make the site there anew. Raises CalledProcessError where the generator warns of anything."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(ROOT / "docs", work / "docs")
        reference.write((ROOT / "schema.graphql").read_text(), work / "docs" / "reference")
        for page in (work / "docs").glob("*.md"):
            page.write_text(OUTSIDE.sub(r"\1", page.read_text()))
        _list(work / "docs" / "decisions")
        shutil.copy(ROOT / "zensical.toml", work)
        subprocess.run([ZENSICAL, "build", "--strict"], cwd=work, check=True)
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(work / "site", into)


def _list(decisions: Path) -> None:
    titles = ((file.name, file.read_text().partition("\n")[0]) for file in sorted(decisions.glob("*.md")))
    listed = "\n".join(f"- [{title.removeprefix('# ')}]({name})" for name, title in titles)
    (decisions / "index.md").write_text(f"# Decisions\n\nWhat is not obvious, and why it is so.\n\n{listed}\n")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
