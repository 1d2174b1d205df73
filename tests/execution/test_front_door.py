"""What clients ask is executed by plans"""

from unittest.mock import Mock

import graphql
import pytest

from tests.support.databases import once
from tests.support.postern import EMAIL, ME, PASSWORD, REGISTER, Postern

pytestmark = pytest.mark.anyio


@once
async def test_what_clients_ask_is_executed_by_plans(postern: Postern, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a tool's question for the schema is not."""
    execute = Mock(side_effect=graphql.execute)
    monkeypatch.setattr(graphql, "execute", execute)
    registered = await postern.ask(REGISTER, {"input": {"email": EMAIL, "password": PASSWORD}})
    assert registered["data"]["register"]["__typename"] == "Registered"
    assert (await postern.ask(ME))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert not execute.called
    assert (await postern.ask("{ __schema { queryType { name } } }"))["data"]["__schema"]["queryType"]
    assert execute.call_count == 1
