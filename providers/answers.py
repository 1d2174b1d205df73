"""What services answer: JSON, in bounds."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from outside import Answer, Client
from providers.provider import NotBelieved

OK = 200
FORM = "application/x-www-form-urlencoded"


async def get(client: Client, url: str, **headers: str) -> Any:
    """What is said at an address. Raises NoAnswer, NotBelieved."""
    return _json(await client.ask(url, headers={"Accept": "application/json", **headers}))


async def post(client: Client, url: str, fields: Mapping[str, str], **headers: str) -> dict[str, Any]:
    """What is said of a form. Raises NoAnswer, NotBelieved."""
    known = {"Accept": "application/json", "Content-Type": FORM, **headers}
    answer = await client.ask(url, method="POST", headers=known, content=urlencode(fields).encode())
    return an_object(_json(answer))


def an_object(said: Any) -> dict[str, Any]:
    """The same, where it is an object. Raises NotBelieved."""
    if not isinstance(said, dict):
        raise NotBelieved("no JSON object")
    return said


def _json(answer: Answer) -> Any:
    if answer.status != OK:
        raise NotBelieved(f"status {answer.status}")
    try:
        return json.loads(answer.body.decode())
    except (ValueError, RecursionError):
        raise NotBelieved("no JSON") from None
