"""`make run`: what it sets up"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from settings import ROOT


def would_do(folder: Path, **environment: str) -> str:
    """What `make run` would do in a folder where nothing is set up."""
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock", "package-lock.json"):
        shutil.copy(ROOT / name, folder)
    known = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        ["make", "-n", "run"], cwd=folder, env=known, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("dotenv", ["", "ENVIRONMENT=development\n", "ENVIRONMENT=production\nGRAPHIQL=true\n"])
def test_graphiqls_files_are_installed_where_it_is_served(tmp_path: Path, dotenv: str) -> None:
    (tmp_path / ".env").write_text(dotenv)
    done = would_do(tmp_path)
    assert "npm ci" in done
    assert "python main.py" in done


@pytest.mark.needs(shutil.which("sed"), "sed is missing, which reads .env for make")
@pytest.mark.parametrize(
    "dotenv", ["ENVIRONMENT=production\n", 'export ENVIRONMENT = "production"\n', "GRAPHIQL=false\n", "GRAPHIQL='no'\n"]
)
def test_npm_is_not_called_where_dotenv_says_that_graphiql_is_not_served(tmp_path: Path, dotenv: str) -> None:
    (tmp_path / ".env").write_text(f"PORT=8001\n{dotenv}APP_NAME=Gate\n")
    done = would_do(tmp_path)
    assert "npm" not in done
    assert "python main.py" in done


@pytest.mark.parametrize("environment", [{"ENVIRONMENT": "production"}, {"GRAPHIQL": "false"}, {"GRAPHIQL": "0"}])
def test_npm_is_not_called_where_the_environment_says_so(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / ".env").write_text("ENVIRONMENT=development\n")
    assert "npm" not in would_do(tmp_path, **environment)
