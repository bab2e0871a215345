"""Logs: lines for people, or JSON lines for programs; each with the id of the request it belongs to.

No line holds a token. Whoever configures logging is the command line; nothing happens at import.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from api import visit
from kg.settings import Settings
from services.token import redacted

FIELDS = "fields"
"""The attribute of a record that holds further members: log.info(..., extra={FIELDS: {...}})."""

_QUIET = ("asyncio", "httpcore", "httpx", "python_multipart", "sqlalchemy")
"""Others that would tell every statement, with its values."""


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Sends all logs to *stream*, by default the standard error, as the settings want them."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if settings.log_format == "json" else Plain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


class Json(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": _request(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        said = {name: value for name, value in told.items() if value is not None and value != ""}
        return redacted(orjson.dumps(said, default=str).decode())


class Plain(logging.Formatter):
    """One line a record, and the lines of its exception."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line of a record. What a client sent must not look like a line of ours."""
        request = _request()
        told = _printable(super().formatMessage(record))
        return redacted(f"{told} [{request}]" if request else told)

    def formatException(self, ei: Any) -> str:
        """The lines of an exception, further in."""
        return redacted("\n".join(f"    {line}" for line in super().formatException(ei).splitlines()))


def _request() -> str:
    here = visit.current()
    return here.id if here is not None else ""


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
