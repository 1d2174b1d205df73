"""What peers need beside Postern's own libraries, installed below var/ as their lock files say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from settings import ROOT

PROGRAMS = Path(__file__).parent
PLACE = ROOT / "var/benchmarks"
NPM = ("npm", "ci", "--silent", "--ignore-scripts")
PIP = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")


def npm(programs: str) -> None:
    """A folder below PLACE with the program and what its package-lock.json names. Ends where there is no npm."""
    if not shutil.which("npm"):
        sys.exit("The peers in JavaScript need Node and npm: apt-get install nodejs npm")
    place = PLACE / programs
    place.mkdir(parents=True, exist_ok=True)
    lock = (PROGRAMS / programs / "package-lock.json").read_text()
    fresh = _stamp(place) != lock
    for file in [*(PROGRAMS / programs).iterdir(), ROOT / ".npmrc"]:
        shutil.copy(file, place)
    if fresh:
        subprocess.run(NPM, cwd=place, check=True)
        (place / "stamp").write_text(lock)


def pip(programs: str) -> None:
    """A folder below PLACE with what its requirements.lock names, for PYTHONPATH."""
    place, file = PLACE / programs, PROGRAMS / programs / "requirements.lock"
    if _stamp(place) != file.read_text():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([*PIP, "--target", str(place), "-r", str(file)], check=True)
        (place / "stamp").write_text(file.read_text())


def asked_for(programs: str) -> dict[str, str]:
    """The versions that package.json or requirements.in names."""
    folder = PROGRAMS / programs
    if (package := folder / "package.json").exists():
        asked: dict[str, str] = json.loads(package.read_text())["dependencies"]
        return asked
    return dict(re.findall(r"^([\w-]+)(?:\[.*\])?==(\S+)$", (folder / "requirements.in").read_text(), re.MULTILINE))


def _stamp(place: Path) -> str:
    stamp = place / "stamp"
    return stamp.read_text() if stamp.exists() else ""
