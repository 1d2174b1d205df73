"""An issuer of each algorithm."""

import pytest

from tests.forgeries.issuer import ALGORITHMS, Issuer


@pytest.fixture(scope="module", params=ALGORITHMS)
def issuer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(request.param, tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def es256(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("ES256", tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def eddsa(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("EdDSA", tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def rs256(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer("RS256", tmp_path_factory.mktemp("keys"))
