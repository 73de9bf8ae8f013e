"""The event server's log: lines for people, or JSON for what collects logs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum

from callboard.secrets import without_secrets


class LogFormat(StrEnum):
    """The ways to write a line of the log."""

    TEXT = "text"
    JSON = "json"


class LogFormatter(logging.Formatter):
    """Writes lines of the log, tracebacks included, without credentials and signed addresses."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of one record."""
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """Writes a JSON object a line: ``time`` (UTC), ``level``, ``part``, ``thread``, ``message``, ``traceback``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of one record."""
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "part": record.name,
            "thread": record.threadName,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            told["traceback"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def start_logging(log_format: LogFormat, *, verbose: bool) -> None:
    """Log to stderr from now on.

    Args:
        log_format: How a line is written.
        verbose: Whether every step is logged.
    """
    handler = logging.StreamHandler(sys.stderr)
    text = LogFormatter("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonFormatter() if log_format is LogFormat.JSON else text)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("callboard").setLevel(logging.DEBUG if verbose else logging.INFO)
    # The official client logs problems that Callboard fixes itself, such as a lost hub connection.
    logging.getLogger("ftrack_api").setLevel(logging.ERROR)
