"""Which request is being answered: what its lines in the log and its events are known by."""

from collections.abc import Mapping
from contextvars import ContextVar

# `request_id` and `ip_address`; nothing where no request is. Not structlog's own, which costs twenty times as much.
request: ContextVar[Mapping[str, str | None]] = ContextVar("request", default={})  # noqa: B039 - nobody writes to it
