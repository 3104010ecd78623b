"""What is logged, and how: one JSON object a line for programs, or plain lines for people. Never a word of an article.

Not for what is printed when the service starts, and not for metrics.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Literal

import orjson
from structlog.dev import ConsoleRenderer
from structlog.processors import JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor

Format = Literal["auto", "json", "text"]

_log = logging.getLogger("service.requests")


def log_configuration(level: str, form: Format) -> dict[str, Any]:
    """Python's logging configuration for the service and for uvicorn, everything on stderr.

    Parameters
    ----------
    level : str
    form : {"auto", "json", "text"}
        ``"auto"`` is text on a terminal and JSON elsewhere.
    """
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    logger = {"handlers": ["stderr"], "level": level.upper(), "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"service.logs.{form}_formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "lines"}},
        "loggers": {"service": logger, "uvicorn": logger, "asyncio": logger, "opentelemetry": logger},
    }


def json_formatter() -> logging.Formatter:
    """Formats a record as one JSON object on one line."""
    return _formatter(JSONRenderer(serializer=_dump))


def text_formatter() -> logging.Formatter:
    """Formats a record as a line for people."""
    return _formatter(ConsoleRenderer(colors=False, pad_event_to=0))


def log_request(fields: dict[str, Any]) -> None:
    """Write the line of a request that has ended."""
    _log.info("request", extra=fields)


def log_failure(error: Exception, request_id: str, route: str) -> None:
    """Write the line of a request that failed for a reason nobody has foreseen.

    An error's message may hold a piece of the text that it stumbled over, so only its kind and its way through the code
    are written; the message comes at the level ``debug``.
    """
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    fields = {"request_id": request_id, "route": route, "error": type(error).__name__, "frames": frames}
    _log.error("the service failed", extra=fields)
    _log.debug("what was raised", extra={"request_id": request_id}, exc_info=error)


def _formatter(renderer: Processor) -> logging.Formatter:
    shared: list[Processor] = [
        add_log_level,
        add_logger_name,
        ExtraAdder(),
        TimeStamper(fmt="iso", utc=True),
        _without_colours,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, renderer]
    )


def _without_colours(_: Any, __: str, event: EventDict) -> EventDict:
    """Uvicorn gives its messages a second time with colours."""
    event.pop("color_message", None)
    return event


def _dump(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
