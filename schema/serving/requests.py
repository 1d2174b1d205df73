"""What a request asks for: GET or POST, and nothing but what the specification of GraphQL over HTTP has."""

from http import HTTPStatus
from types import NoneType
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect, Request

from edge.headers import header
from schema.serving.persisted import PersistedDocuments
from schema.serving.texts import decoded

JSON = "application/json"  # of requests: a page of another origin may send it only with our consent (CORS)
STRING, OBJECT = (str, NoneType), (dict, NoneType)
KINDS = {"query": STRING, "documentId": STRING, "variables": OBJECT, "operationName": STRING, "extensions": OBJECT}
NAMES = {STRING: "a string", OBJECT: "an object"}


class BadRequest(Exception):  # noqa: N818 - a fact, as every refusal
    """Nothing that can be executed was asked for. `reason` is for whoever wrote the program."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason.encode(errors="replace").decode()  # it may repeat half a character
        self.status = status
        self.headers = [(b"allow", b"GET, POST")] if status == HTTPStatus.METHOD_NOT_ALLOWED else []


class Asked(NamedTuple):
    """A document, the name of one of its operations, and what goes into it."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


async def asked_of(request: Request, persisted: PersistedDocuments) -> Asked:
    """What the request asks for. Raises BadRequest, and whatever reading its body raises."""
    parameters = await _parameters(request)
    for name, kind in KINDS.items():
        if not isinstance(parameters.get(name), kind):
            raise BadRequest(f"The GraphQL operation's `{name}` must be {NAMES[kind]} or null, if provided.")
    text = _text(parameters.get("query"), parameters.get("documentId"), persisted)
    return Asked(text, parameters.get("operationName"), parameters.get("variables"))


def _text(query: str | None, identifier: str | None, persisted: PersistedDocuments) -> str:
    """The document's text. Raises BadRequest."""
    if query and identifier:
        raise BadRequest("Send either `query` or `documentId`.")
    if identifier:
        query = persisted.named(identifier)
        if query is None:
            raise BadRequest("No document has this `documentId`.")
    elif not query:
        raise BadRequest("No GraphQL query found in the request")
    elif not persisted.takes(query):
        raise BadRequest("Only persisted documents are executed here: send the `documentId` of one.")
    return query


async def _parameters(request: Request) -> dict[str, Any]:
    if request.method == "POST":
        if header(request, b"content-type").partition(";")[0].strip() != JSON:
            raise BadRequest("Unsupported content type")
        return _object(await _body(request))
    if request.method != "GET":
        raise BadRequest("GraphQL only supports GET and POST requests.", HTTPStatus.METHOD_NOT_ALLOWED)
    given: dict[str, str] = dict(request.query_params)
    return {name: _object(text) if text and KINDS.get(name) is OBJECT else text for name, text in given.items()}


async def _body(request: Request) -> bytes:
    """What `Request.body` gives, mostly in one step: nobody reads it twice. Raises ClientDisconnect."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _object(text: str | bytes) -> dict[str, Any]:
    """A JSON object. Whatever else was sent is the sender's mistake, never a crash of ours."""
    try:
        value = decoded(text.encode(errors="surrogatepass") if isinstance(text, str) else text)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The request should be JSON in UTF-8.") from error
    if not isinstance(value, dict):
        raise BadRequest("The request should be one JSON object.")
    return value
