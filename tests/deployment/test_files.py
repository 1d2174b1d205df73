"""Dockerfile, compose.yaml and deploy/kubernetes, as those take them that they are for"""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from settings import ROOT, Settings

BIN = ROOT / ".venv/bin"
KUBERNETES = ROOT / "deploy/kubernetes"
ENVIRONMENT = KUBERNETES / "postern.env"
MIGRATION = KUBERNETES / "migration.yaml"
OBJECTS = sorted(set(KUBERNETES.glob("*.yaml")) - {KUBERNETES / "kustomization.yaml"})
SUPPORTED = ("1.34", "1.35", "1.36", "1.37")  # in November 2026, by https://kubernetes.io/releases
SECRET = {"DATABASE_URL", "SECRET_KEY", "SMTP_URL"}


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    run(BIN / "hadolint", "--failure-threshold", "style", "Dockerfile")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /x && pip install postern\n")
    with pytest.raises(AssertionError, match="DL3006"):
        run(BIN / "hadolint", "--failure-threshold", "style", tmp_path / "Dockerfile")


@pytest.mark.parametrize("version", SUPPORTED)
def test_kubernetes_knows_every_word_of_its_objects(version: str) -> None:
    run(BIN / "kubernetes-validate", "--strict", "-k", version, *OBJECTS)


def test_kubernetes_would_not_take_another_word(tmp_path: Path) -> None:
    file = tmp_path / "budget.yaml"
    file.write_text((KUBERNETES / "budget.yaml").read_text().replace("minAvailable", "minAvailible"))
    with pytest.raises(AssertionError, match="minAvailible"):
        run(BIN / "kubernetes-validate", "--strict", "-k", SUPPORTED[0], file)


def test_kustomization_lists_what_is_there() -> None:
    listed = read(KUBERNETES / "kustomization.yaml")
    assert {KUBERNETES / name for name in listed["resources"]} == set(OBJECTS) - {MIGRATION}
    files = [KUBERNETES / name for generated in listed["configMapGenerator"] for name in generated["envs"]]
    assert files == [ENVIRONMENT]


def test_compose_takes_its_file() -> None:
    known = PyCompose.from_yaml((ROOT / "compose.yaml").read_text())
    assert set(known.service_names()) == {"postern", "database", "valkey", "mail"}


def test_compose_would_not_take_another_word() -> None:
    with pytest.raises(ValueError, match="read_onli"):
        PyCompose.from_yaml((ROOT / "compose.yaml").read_text().replace("read_only", "read_onli"))


def test_settings_that_are_given_are_settings() -> None:
    postern = read(ROOT / "compose.yaml")["services"]["postern"]
    (migration,) = read(MIGRATION)["spec"]["template"]["spec"]["containers"]
    given = {*postern["environment"], *re.findall(r"(?m)^(\w+)=", ENVIRONMENT.read_text()), *SECRET}
    given |= {item["name"] for item in migration["env"]}
    assert {name for name in given if name.lower() not in Settings.model_fields} == set()
