"""What does an execution cost, by graphql-core and by a plan? `python -m benchmarks.execution [tries]`.

Both in one run, in turns, on the server's own schema and in time of the processor; the caller's session is in memory.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import graphql
from graphql import ExecutionResult
from starlette.requests import Request

import schema
from execution import Plan
from models import User
from resolvers.caller import Caller
from resolvers.services import Services
from schema.context import Context

TRIES = 200
AT_ONCE = 50  # executions between two looks at the clock
OPERATIONS = {
    "__typename": "{ __typename }",
    "me": "{ me { id email locale createdAt } }",
    "all of me, in fragments": """query ($mail: Boolean! = true) { me { ...Who ... on User { name locale } } }
        fragment Who on User { __typename id email @include(if: $mail) confirmed: emailConfirmed createdAt }""",
}
Execute = Callable[[], ExecutionResult | Awaitable[ExecutionResult]]


def signed_in() -> Context:
    """The context of a request whose session has been looked up already."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {"password_hash": "", "locale": "en", "created_at": now}
    user = User(id=uuid4(), canonical_email="ada@example.com", **known)
    session: Any = SimpleNamespace(user=user)  # a row's own user would need a database
    request, services = Request({"type": "http"}), Services.__new__(Services)  # neither is asked for anything
    return Context(request, services, Caller(session=session), _is_known=True)


async def spent(execute: Execute) -> float:
    """The microseconds that one execution takes."""
    started = time.process_time()
    for _ in range(AT_ONCE):
        result = execute()
        if isawaitable(result):
            result = await result
    assert isinstance(result, ExecutionResult)  # noqa: S101
    assert not result.errors  # noqa: S101
    return (time.process_time() - started) / AT_ONCE * 1e6


async def main() -> None:
    """Print the medians."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    words, context = schema.build()._schema, signed_in()  # noqa: SLF001 - where Strawberry keeps graphql-core's
    print(f"One execution, median of {tries} times {AT_ONCE} in turns")
    for name, query in OPERATIONS.items():
        document = graphql.parse(query)
        plan = Plan.of(words, document)
        assert plan  # noqa: S101
        times: dict[str, list[float]] = {"graphql-core": [], "a plan": []}
        theirs, ours = partial(graphql.execute, words, document, None, context), partial(plan.execute, None, context)
        for _ in range(tries):
            times["graphql-core"].append(await spent(theirs))
            times["a plan"].append(await spent(ours))
        told = "   ".join(f"{engine} {statistics.median(taken):6.1f} µs" for engine, taken in times.items())
        print(f"  {name:25} {told}")


if __name__ == "__main__":
    asyncio.run(main())
