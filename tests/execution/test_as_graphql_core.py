"""Whatever is asked of whatever schema, and however its resolvers behave: a plan does what graphql-core does"""

import asyncio
import gc
import os
from collections.abc import Iterator
from functools import partial
from random import Random

import pytest
from graphql import parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution import Plan
from tests.execution.documents import Writer
from tests.execution.engines import both
from tests.execution.schemas import schema_of
from tests.execution.world import World

SCHEMAS = 24
WORLDS = 10  # in which each document is executed
LOOKED_AT = 10  # one document in so many is validated, which costs as much as executing it in all of its worlds
CASES = int(os.environ.get("EXECUTION_CASES", "2000"))
# As in graphql-core: what a list held when it failed, for example, is dropped where nothing can wait for it.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.fixture(autouse=True, scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(lambda *_: None)  # for what nobody has asked for
        yield runner


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was dropped is collected where its warnings are expected."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=CASES // WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(schema_seed=st.integers(0, SCHEMAS - 1), document_seed=SEEDS, world_seed=SEEDS)
def test_every_document_in_every_world(
    runner: asyncio.Runner, schema_seed: int, document_seed: int, world_seed: int
) -> None:
    runner.run(compare(schema_seed, document_seed, world_seed))
    gc.collect(0)


async def compare(schema_seed: int, document_seed: int, world_seed: int) -> None:
    schema, random = schema_of(schema_seed), Random(world_seed)  # noqa: S311
    writer = Writer(schema, Random(document_seed))  # noqa: S311
    text = writer.document()
    document = parse(text)
    if world_seed % LOOKED_AT == 0:
        assert validate(schema, document) == [], text
    plan = Plan.of(schema, document, "Asked")
    assert plan
    for _ in range(WORLDS):
        trouble, later = random.choice((0, 2, 5, 20)), random.choice((0, 10, 40, 80))
        patience = random.choice((None, None, None, None, 1, 2, 3, 5))
        make_world = partial(World, random.getrandbits(32), trouble, later, patience)
        variables = writer.given(random)
        theirs, ours = await both(schema, document, plan, make_world, variables)
        assert ours == theirs, f"{text}\n{variables}\n{make_world.args}\n{validate(schema, document)}"
