"""The log: structured lines, readable in a terminal, JSON in production."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict

import correlation
from settings import LogSettings

REQUESTS = "web.middleware.exchanges"  # the logger of what each request leaves in the log
REQUEST_FIELDS = ("method", "path", "status", "ms")


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every line, ours and the libraries', to standard output in one form, with the request's id.

    To `stream`, where standard output is for something else.
    """
    stream = stream or sys.stdout
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _of_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    formatter = _Json if settings.log_format == "json" else structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(allow=REQUEST_FIELDS)],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings, stream)],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for server in ("uvicorn", "uvicorn.access"):  # started by its own command, it brings its own handlers
        logging.getLogger(server).handlers.clear()
    logging.getLogger("uvicorn").propagate = True
    logging.getLogger("uvicorn.access").propagate = False  # whole addresses, with the tokens in them
    for chatty in ("asyncio", "aiosqlite", "tortoise", "httpcore2"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Json(structlog.stdlib.ProcessorFormatter):
    """One object a line. That of a request is the same as the others, without the steps that it does not need."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if record.name != REQUESTS:
            return super().format(record)
        told = {name: record.__dict__[name] for name in REQUEST_FIELDS}
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps({**correlation.request.get(), **told, "event": record.msg, "level": "info", "timestamp": at})


def _of_request(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """With the request's id and address, where one is being answered."""
    return {**correlation.request.get(), **event}


def _rendering(settings: LogSettings, stream: TextIO) -> list[Any]:
    # Tracebacks come without local variables: they hold passwords.
    if settings.log_format == "json":
        transformer = ExceptionDictTransformer(show_locals=False)
        return [structlog.processors.ExceptionRenderer(transformer), structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback
    return [_escaped, structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]


def _escaped(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Without line breaks and control characters: what comes from outside forges no line (ASVS 16.4.1)."""
    return {name: one_line(value) if isinstance(value, str) else value for name, value in event.items()}


def one_line(text: str) -> str:
    """A text that neither breaks a line nor moves the cursor of a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
