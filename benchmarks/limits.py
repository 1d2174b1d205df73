"""What do the limits on an operation cost, and what do they save? `python -m benchmarks.limits [tries]`.

Side by side in one run: an operation that is new, read with and without limits, then each attack through the whole
server (ASGI, in this process): the processor's time for its refusal and, measured apart, the most memory that it held.
"""

import asyncio
import gc
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import graphql
import httpx2

from main import create_app
from schema.limits import Limits, measured
from settings import Settings

TRIES = 1_000
REFUSALS = 15
KNOWN = {
    "{ __typename }": "{ __typename }",
    "a login's document": """mutation ($input: LoginInput!) { __typename login(input: $input) @skip(if: true) {
        __typename ... on LoggedIn { accessToken user { id email } } ... on Problem { message } } }""",
}
LOGIN = "login(input: $input) { __typename }"
INPUTS = " ".join(f"x{n}: 1" for n in range(300))
LOGINS = " ".join(f"a{n}: {LOGIN}" for n in range(70))
DOUBLING = " ".join(f"fragment f{n} on User {{ ...f{n + 1} ...f{n + 1} }}" for n in range(60))
CIRCLE = " ".join(f"fragment f{n} on User {{ ...f{(n + 1) % 90} }}" for n in range(90))
QUERIES = {
    "100 logins": "mutation ($input: LoginInput!) {" + " ".join(f"a{n}: {LOGIN}" for n in range(100)) + "}",
    "70 logins": f"mutation ($input: LoginInput!) {{ {LOGINS} }}",
    "70 logins in a fragment": f"mutation ($input: LoginInput!) {{ ...F }} fragment F on Mutation {{ {LOGINS} }}",
    "a bomb of fragments": f"{{ me {{ ...f0 }} }} {DOUBLING} fragment f60 on User {{ a: id }}",
    "a circle of 90 fragments": f"{{ me {{ ...f0 }} }} {CIRCLE}",
    "5,000 equal fields": "{ me {" + " id" * 5_000 + " } }",
    "900 equal fields": "{ me {" + " id" * 900 + " } }",
    "240 equal fields with fields": "{" + " me { id }" * 240 + " }",
    "60 by 60 inline fragments": "{ me {" + ("...{" + "...{id}" * 60 + "}") * 60 + "} }",
    "15 by 15 inline fragments": "{ me {" + ("...{" + "...{id}" * 15 + "}") * 15 + "} }",
    "140 directives": "{ __typename" + " @skip(if: false)" * 140 + " }",
    "7,450 comments": "#\n" * 7_450 + "{ nothing }",
    "300 nested fields": "{ a " * 300 + "}" * 300,
    "90,000 nested braces": "{" * 90_000,
    "a string of 90,000": f'mutation {{ confirmEmail(input: {{token: "{"x" * 90_000}"}}) {{ __typename }} }}',
    "900 unknown fields": "{" + " ".join(f"me{n}" for n in range(900)) + "}",
    "300 unknown inputs": f"mutation {{ login(input: {{ {INPUTS} }}) {{ __typename }} }}",
}
LOGIN_BODY = f'{{"query": "mutation ($input: LoginInput!) {{ {LOGIN} }}", "variables": {{"input": %s}}}}'
BODIES = {name: json.dumps({"query": query}) for name, query in QUERIES.items()} | {
    "a batch of 400": json.dumps([{"query": "{ __typename }"}] * 400),
    "JSON 40,000 deep": "[" * 40_000 + "]" * 40_000,
    "variables 900 deep": LOGIN_BODY % ("[" * 900 + "]" * 900),
    "variables of 7,000 names": LOGIN_BODY % json.dumps({f"a{n}": 1 for n in range(7_000)}),
    "100,000 nested braces": json.dumps({"query": "{" * 100_000}),
    "a body of 10 MB": " " * 10_000_000,
}


async def main() -> None:
    """Print both comparisons."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else TRIES
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), log_level="error")
        _parsing(Limits.of(settings), tries)
        app = create_app(settings)
        transport = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=transport, base_url=settings.public_url) as client,
        ):
            gc.collect()
            gc.freeze()  # as the server does before it serves
            await _refusals(client)


def _parsing(limits: Limits, tries: int) -> None:
    print(f"Reading an operation for the first time, median of {tries} in turns (a known one is read no more)")
    readers: dict[str, Callable[[str], object]] = {
        "parsed": graphql.parse,
        "measured and parsed": partial(measured, limits=limits),
    }
    for name, query in KNOWN.items():
        times: dict[str, list[float]] = {case: [] for case in readers}
        for _ in range(tries):
            for case, read in readers.items():
                started = time.perf_counter()
                read(query)
                times[case].append((time.perf_counter() - started) * 1e6)
        told = "   ".join(f"{case} {statistics.median(spent):6.1f} µs" for case, spent in times.items())
        print(f"  {name:30} {told}")


async def _refusals(client: httpx2.AsyncClient) -> None:
    print(f"\nA refusal through the whole server, {REFUSALS} of each, in time of the processor")
    for name, body in BODIES.items():
        headers, times = {"Content-Type": "application/json"}, []
        for n in range(REFUSALS):
            content = body.replace('{"query": "', '{"query": "' + " " * n)  # so that no cache knows it
            started = time.process_time()
            answer = await client.post("/graphql", content=content, headers=headers)
            times.append((time.process_time() - started) * 1000)
        tracemalloc.start()
        await client.post("/graphql", content=body.replace('{"query": "', '{"query": "\\n'), headers=headers)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        told = f"median {statistics.median(times):6.1f} ms   worst {max(times):6.1f} ms   peak {peak:5.2f} MB"
        print(f"  {name:30} {told}   {answer.status_code} {_why(answer)}")


def _why(answer: httpx2.Response) -> str:
    if answer.headers.get("Content-Type") != "application/json":
        return ""
    extensions = answer.json()["errors"][0]["extensions"]
    return f"{extensions['code']} {extensions.get('limit', '')}"


if __name__ == "__main__":
    asyncio.run(main())
