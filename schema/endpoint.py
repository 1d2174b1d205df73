"""GraphQL over HTTP (the specification's draft of 2025), on top of Strawberry's view."""

import json
from collections.abc import Callable
from typing import Any

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.base import BaseRequestProtocol
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from edge import callers
from resolvers.services import Services
from schema import Schema
from schema.context import Context
from schema.failures import formatted
from schema.limits import MAX_MISTAKES

MEDIA_TYPE = "application/graphql-response+json"
JSON = "application/json"  # of requests: a page of another origin may send it only with our consent (CORS)


class Endpoint(GraphQL[Context, None]):
    """Answers GET (queries, or `page` for a browser) and POST (queries and mutations)."""

    def __init__(self, schema: Schema, services: Services, page: Callable[[], Response] | None) -> None:
        super().__init__(schema, graphql_ide="graphiql" if page else None)
        self._services = services
        self._page = page

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """What every resolver of this request can reach."""
        assert isinstance(request, Request)  # noqa: S101 - no WebSocket is routed here
        assert isinstance(response, Response)  # noqa: S101
        caller = callers.caller_of(request)
        request.state.locale = caller.locale
        return Context(request, response, self._services, caller)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Whether a person is asking: a browser says that it wants HTML, a program does not."""
        wants_html = "text/html" in request.headers.get("accept", "")
        return request.method == "GET" and "query" not in request.query_params and wants_html

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002
        """The page for a browser."""
        assert self._page  # noqa: S101 - Strawberry asks only where there is one
        return self._page()

    def parse_json(self, data: str | bytes) -> Any:
        """A JSON object. Whatever else was sent is the sender's mistake, never a crash of ours."""
        try:
            value = json.loads(data, parse_constant=_no_json)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "The request should be JSON in UTF-8.") from error
        if not isinstance(value, dict):
            raise HTTPException(400, "The request should be one JSON object.")
        return value

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer's body. Without `data` where the operation was not executed at all."""
        validated = not isinstance(result, PreExecutionError)
        errors = result.errors or []
        not_executed = result.data is None and all(error.path is None for error in errors)
        if not_executed:
            errors = errors[:MAX_MISTAKES]
        shown: list[Any] = [formatted(error, validated=validated, locale=request.state.locale) for error in errors]
        request.state.not_executed = not_executed
        request.state.retry_after = max(
            (error.get("extensions", {}).get("retryAfter", 0) for error in shown), default=0
        )
        data: GraphQLHTTPResponse = {} if not_executed else {"data": result.data}
        return {"errors": shown, **data} if shown else data

    async def run(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """The answer in the media type that was asked for, with the status that belongs to it."""
        try:
            _check_media_type(request)
            response = await super().run(request, *args, **kwargs)
        except HTTPException as refusal:
            reason = refusal.reason.encode(errors="replace").decode()  # it may repeat half a character
            error = GraphQLError(reason, extensions={"code": "BAD_USER_INPUT"})
            response = JSONResponse({"errors": [error.formatted]}, refusal.status_code)
        if response.media_type != "text/html":
            self._negotiate(request, response)
        return response

    def _negotiate(self, request: Request, response: Response) -> None:
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept, Accept-Language"
        if not getattr(request.state, "not_executed", True):  # what a programmer has to mend is told in English
            response.headers["Content-Language"] = request.state.locale
        if MEDIA_TYPE in request.headers.get("accept", ""):
            response.headers["Content-Type"] = f"{MEDIA_TYPE}; charset=utf-8"
            if getattr(request.state, "not_executed", False):
                response.status_code = 400
        if retry_after := getattr(request.state, "retry_after", 0):
            response.status_code = 503
            response.headers["Retry-After"] = str(retry_after)


def _no_json(name: str) -> None:
    """Refuses NaN and the infinities, which Python reads and JSON has not."""
    raise ValueError(name)


def _check_media_type(request: Request) -> None:
    """Refuses what Strawberry would read, which looks for the media type anywhere in the header."""
    if request.method == "POST" and request.headers.get("content-type", "").partition(";")[0].strip() != JSON:
        raise HTTPException(400, "Unsupported content type")
