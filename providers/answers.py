"""What services answer: JSON, in bounds."""

import json
from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

import anyio

from outside import LONGEST_SECONDS, Answer, Client, NoAnswer
from providers.provider import NotBelieved

OK = 200
# What a service may say of a form that it does not take (RFC 6749 §5.2); anything else is not repeated.
ERRORS = {
    *("invalid_request", "invalid_client", "invalid_grant"),
    *("unauthorized_client", "unsupported_grant_type", "invalid_scope"),
}
FORM = "application/x-www-form-urlencoded"
P = ParamSpec("P")
T = TypeVar("T")


def in_time(asking: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same, but all of its questions together have as long as one: somebody waits. Raises NoAnswer."""

    @wraps(asking)
    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            with anyio.fail_after(LONGEST_SECONDS):
                return await asking(*args, **kwargs)
        except TimeoutError:
            raise NoAnswer(f"none within {LONGEST_SECONDS:g} s") from None

    return asked


async def get(client: Client, url: str, **headers: str) -> Any:
    """What is said at an address. Raises NoAnswer, NotBelieved."""
    return _json(await client.ask(url, headers={"Accept": "application/json", **headers}, within=LONGEST_SECONDS))


async def post(client: Client, url: str, fields: Mapping[str, str], **headers: str) -> dict[str, Any]:
    """What is said of a form. Raises NoAnswer, NotBelieved."""
    known = {"Accept": "application/json", "Content-Type": FORM, **headers}
    form = urlencode(fields).encode()
    answer = await client.ask(url, method="POST", headers=known, content=form, within=LONGEST_SECONDS)
    if answer.status != OK and (error := _error(answer)) in ERRORS:
        raise NotBelieved(f"status {answer.status}, {error}")
    return an_object(_json(answer))


def an_object(said: Any) -> dict[str, Any]:
    """The same, where it is an object. Raises NotBelieved."""
    if not isinstance(said, dict):
        raise NotBelieved("no JSON object")
    return said


def _error(answer: Answer) -> object:
    try:
        return str(an_object(json.loads(answer.body.decode())).get("error"))
    except (ValueError, RecursionError, NotBelieved):
        return None


def _json(answer: Answer) -> Any:
    if answer.status != OK:
        raise NotBelieved(f"status {answer.status}")
    try:
        return json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        raise NotBelieved("no JSON") from None
