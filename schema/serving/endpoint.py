"""GraphQL over HTTP (the specification's draft of 2025)."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import metrics
import tracing
from edge import callers
from edge.headers import header
from resolvers.services import Services
from schema.context import Context
from schema.failures import formatted
from schema.limits import MAX_MISTAKES, Limits
from schema.redaction import redact
from schema.serving.documents import NoSuchOperation, documents, executed
from schema.serving.persisted import PersistedDocuments
from schema.serving.requests import JSON, Asked, BadRequest, asked_of
from schema.serving.texts import encoded

MEDIA_TYPE = "application/graphql-response+json"
ASKING = {"query", "documentId"}  # parameters of a GET that no page answers
HEADERS = ((b"cache-control", b"no-store"), (b"vary", b"Accept, Accept-Language"))


class Endpoint:
    """Answers GET (queries, or `page` for a browser) and POST (queries and mutations)."""

    def __init__(self, services: Services, page: Callable[[], Response] | None) -> None:
        settings = services.settings
        self._services = services
        self._page = page
        self._documents = documents(Limits.of(settings), introspection=bool(settings.introspection))
        self._persisted = PersistedDocuments(settings.persisted_documents, only=settings.persisted_documents_only)
        self._reticent = not settings.introspection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One answer, in the media type that was asked for, with the status that belongs to it."""
        request = Request(scope, receive)
        accept = header(request, b"accept")
        kind = f"{MEDIA_TYPE}; charset=utf-8" if MEDIA_TYPE in accept else JSON
        try:
            if scope["method"] == "GET" and "text/html" in accept and not ASKING & request.query_params.keys():
                await self._shown()(scope, receive, send)
                return
            status, headers, answer = await self._answer(request, not_executed_status=200 if kind is JSON else 400)
        except BadRequest as refusal:
            error = GraphQLError(refusal.reason, extensions={"code": "BAD_USER_INPUT"})
            status, headers, answer = refusal.status, refusal.headers, {"errors": [error.formatted]}
            metrics.errors.add("BAD_USER_INPUT")
        body = encoded(answer)
        described = ((b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": [*described, *HEADERS, *headers]})
        await send({"type": "http.response.body", "body": body})

    def _shown(self) -> Response:
        """The page for a browser: a person is asking."""
        if not self._page:
            raise BadRequest("Not Found", 404)
        return self._page()

    async def _answer(
        self, request: Request, not_executed_status: int
    ) -> tuple[int, Sequence[tuple[bytes, bytes]], dict[str, Any]]:
        """Status, headers and body. Without `data` where the operation was not executed at all."""
        context = Context(request, self._services, callers.caller_of(request))
        asked = await asked_of(request, self._persisted)
        result, validated = await self._result(asked, context)
        if not result.errors:  # what a programmer has to mend is told in English
            return (
                200,
                [(b"content-language", context.caller.locale.encode()), *context.cookies()],
                {"data": result.data},
            )
        if self._reticent:
            redact(result.errors, asked.query, asked.variables if validated else None)
        was_executed = result.data is not None or any(error.path is not None for error in result.errors)
        told = result.errors if was_executed else result.errors[:MAX_MISTAKES]
        locale = context.caller.locale
        shown: list[Any] = [formatted(error, validated=validated, locale=locale) for error in told]
        for error in shown:
            metrics.errors.add(error["extensions"]["code"])
        retry_after = max((error["extensions"].get("retryAfter", 0) for error in shown), default=0)
        headers = context.cookies()
        if was_executed:
            headers.append((b"content-language", locale.encode()))
        if retry_after:
            headers.append((b"retry-after", str(retry_after).encode()))
        status = 503 if retry_after else 200 if was_executed else not_executed_status
        return status, headers, {"errors": shown, "data": result.data} if was_executed else {"errors": shown}

    async def _result(self, asked: Asked, context: Context) -> tuple[ExecutionResult, bool]:
        """What the operation gives, and whether it came to be executed. Raises BadRequest."""
        try:
            operation = self._documents.operation(asked.query, asked.operation_name)
        except NoSuchOperation:
            name = asked.operation_name
            reason = "Can't get GraphQL operation type" if name is None else f'Unknown operation named "{name}".'
            raise BadRequest(reason) from None
        except Exception as error:  # noqa: BLE001 - it is told, by an id where it is no mistake of the client's
            known = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            return ExecutionResult(None, [known]), False
        if context.request.method == "GET" and operation.kind is OperationType.MUTATION:
            raise BadRequest("mutations are not allowed when using GET")
        if operation.mistakes:
            return ExecutionResult(None, operation.mistakes), False
        started_at = perf_counter()
        names = " ".join(sorted(operation.fields))
        with tracing.span(
            f"{operation.kind.value} {names}", attributes={"graphql.operation.type": operation.kind.value}
        ) as span:
            result = await executed(operation, context, asked.variables)
            if result.errors:
                tracing.fail(span)
        seconds = perf_counter() - started_at
        outcome = "error" if result.errors else "problem" if context.met_problem else "ok"
        for field in operation.fields:
            metrics.operations.note(seconds, field, outcome)
        return result, True
