"""Top-level errors: what the caller's program got wrong, and what broke."""

from uuid import uuid4

import structlog
from graphql import GraphQLError, GraphQLFormattedError, GraphQLSyntaxError

import errors
import metrics
from edge.messages import message_of
from locales import texts

CODES = (
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "OPERATION_LIMIT_EXCEEDED",
    "SERVICE_UNAVAILABLE",
    "INTERNAL_SERVER_ERROR",
)
REFUSED = {errors.Unauthenticated: "UNAUTHENTICATED", errors.Forbidden: "FORBIDDEN"}
log = structlog.get_logger()

for one in CODES:
    metrics.errors.expect(one)


def formatted(error: GraphQLError, *, validated: bool, locale: str) -> GraphQLFormattedError:
    """An error as the client may see it: with one of the CODES, and of our own mistakes only an id.

    What a person might read is in their language, what a programmer has to mend in English.
    """
    original = error.original_error
    if "code" in (error.extensions or {}):
        return error.formatted
    if isinstance(error, GraphQLSyntaxError):
        return _with(error, code="GRAPHQL_PARSE_FAILED")
    if original is None or isinstance(original, GraphQLError):
        return _with(error, code="BAD_USER_INPUT" if validated else "GRAPHQL_VALIDATION_FAILED")
    if isinstance(original, errors.Unauthenticated | errors.Forbidden):
        return _with(error, message_of(original, locale), code=REFUSED[type(original)])
    if retry_after := errors.retry_after_seconds(original):
        # No traceback: to render one for each of a thousand refusals would itself keep the server busy.
        log.error("unavailable", error=repr(original))
        message = message_of(errors.Unavailable(retry_after), locale)
        return _with(error, message, code="SERVICE_UNAVAILABLE", retryAfter=retry_after)
    error_id = uuid4().hex
    log.error("internal_error", error_id=error_id, exc_info=original)
    return _with(error, texts(locale)("error.internal", id=error_id), code="INTERNAL_SERVER_ERROR", id=error_id)


def _with(error: GraphQLError, message: str | None = None, **extensions: str | int) -> GraphQLFormattedError:
    payload = error.formatted
    payload["message"] = message or payload["message"]
    payload["extensions"] = {**(error.extensions or {}), **extensions}
    return payload
