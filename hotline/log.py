"""Structured logging: one line per event, to stdout, as JSON or as readable text (LOG_FORMAT).

Rule 1: only the keys listed below are logged, and only if the value looks like an internal name or a
small number. Everything else is dropped, and the line says how many keys were. No phone number, name
or text of a parent can get into a log because a caller logged one thing too many.
Rule 2: an event's name is fixed and has no spaces, like `turn_taken`. Anything else becomes
`unnamed`.
Rule 3: an exception is logged as its class and stack frames; never its message (which may quote
what a person wrote), never its variables.
Rule 4: libraries log too: Twilio's client logs whole requests, RQ whole jobs. Only their warnings
and errors are logged, and only the logger, file and line they came from.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

Line = MutableMapping[str, Any]
"""A log line while structlog builds it: unfiltered until `keep_allowed` has run."""

ALLOWED = frozenset(
    {
        *("event", "level", "time", "process", "pid", "port", "path", "method", "ms"),
        *("channel", "kind", "state", "outcome", "language", "reminder", "letter", "effect"),
        *("job", "queue", "status", "code", "reason", "attempt", "count", "seconds"),
        *("error", "cause", "frames", "logger", "line"),
    }
)
"""The keys that may be logged. Add one only if none of its values can ever describe a person."""

NAME = re.compile(r"[A-Za-z0-9_<>.:/-]{1,120}")
"""A value without spaces: the name of a state, a path, a class. A person's text has spaces."""

EVENT_NAME = re.compile(r"[a-z0-9_.]{1,60}")

MANY_DIGITS = re.compile(r"[0-9]{7}")
"""A local phone number has seven digits; no allowed value needs that many."""

RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
"""A job's ID is random, and may contain seven digits in a row by chance."""

LARGEST_NUMBER = 999_999
"""Larger numbers could be phone numbers."""

MOST_FRAMES = 12
"""The maximum number of stack frames to log; the innermost ones are logged."""

PROJECT = Path(__file__).resolve().parent.parent

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
"""The service's logger: `log.info("turn_taken", channel="sms", ms=12)`."""


class _Level:
    """Whether this process logs debug lines."""

    debug = False


def is_detailed() -> bool:
    """Check whether debug lines are logged. To find that out, structlog builds a logger for each line."""
    return _Level.debug


Report = Callable[[Line], None]
"""Takes a filtered line, to report errors elsewhere (`reports`)."""


def configure(
    level: str = "info", process: str = "", form: str = "auto", report: Report | None = None
) -> None:
    """Configure logging for the whole process. Call it once, before anything is logged.

    `level` is debug, info, warning or error, and applies to the service's own events. `process` is added to each line.
    `form` is json, text, or auto: text on a terminal, otherwise json. `report` is called with each line. Uncaught
    exceptions are logged too, instead of Python's traceback.
    """

    def stamp(_logger: object, _method: str, line: Line) -> Line:
        return {"process": process, **line} if process else line

    def reported(_logger: object, _method: str, line: Line) -> Line:
        if report is not None:
            report(line)
        return line

    _Level.debug = level.upper() == "DEBUG"
    for_people = form == "text" or (form == "auto" and sys.stdout.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            stamp,
            name_exception,
            keep_allowed,
            reported,
            structlog.processors.LogfmtRenderer(key_order=("time", "level", "event"))
            if for_people
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.upper()),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _take_over_libraries()
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda caught: _log_uncaught(
        caught.exc_type, caught.exc_value, caught.exc_traceback
    )


def silence() -> None:
    """Turn off logging, for a command whose output is read by a person or a program."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )  # nothing is logged at this level
    logging.disable(logging.CRITICAL)


def keep_allowed(_logger: object, _method: str, line: Line) -> Line:
    """Return the line filtered by Rules 1 and 2, with `dropped`: the number of keys removed."""
    allowed: Line = {
        key: value for key, value in line.items() if key in ALLOWED and (key == "time" or is_safe(value))
    }
    event = line.get("event")
    if not (isinstance(event, str) and EVENT_NAME.fullmatch(event) and "event" in allowed):
        allowed["event"] = "unnamed"
        allowed.setdefault("reason", "event_is_not_a_name")
    dropped = len(line.keys() - allowed.keys())
    return {**allowed, "dropped": dropped} if dropped else allowed


def is_safe(value: object) -> bool:
    """Check whether a value is None, a bool, a short name, a small number, or a list of these."""
    match value:
        case None | bool():
            return True
        case int() | float():
            return abs(value) <= LARGEST_NUMBER
        case str():
            digits_joined = re.sub(r"[^0-9A-Za-z]", "", value)
            return RANDOM_ID.fullmatch(value) is not None or (
                NAME.fullmatch(value) is not None and not MANY_DIGITS.search(digits_joined)
            )
        case list() | tuple():
            return all(is_safe(one) for one in value)
        case _:
            return False


def name_exception(_logger: object, _method: str, line: Line) -> Line:
    """Replace `exc_info` with the exception's class, its cause's class, and its frames."""
    info = line.pop("exc_info", None)
    caught = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if not isinstance(caught, BaseException):
        return line
    named: Line = {**line, "error": type(caught).__name__, "frames": _frames(caught.__traceback__)}
    cause = caught.__cause__ or caught.__context__
    return {**named, "cause": type(cause).__name__} if cause else named


class FromLibraries(logging.Handler):
    """A handler for the standard library's loggers (Rule 4)."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log where a library's message came from, without its text."""
        log.log(
            record.levelno,
            "library_message",
            logger=record.name,
            line=_place(record.pathname, record.lineno),
            exc_info=record.exc_info,
        )


def _take_over_libraries() -> None:
    """Route every standard logger to FromLibraries, regardless of its earlier setup."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
            logger.setLevel(logging.NOTSET)
    end = FromLibraries(level=logging.WARNING)  # even if a library lowers its own level
    logging.root.handlers[:] = [end]
    logging.root.setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _log_uncaught(
    kind: type[BaseException], caught: BaseException | None, _trace: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        log.error("uncaught", exc_info=caught)


def _frames(trace: TracebackType | None) -> list[str]:
    """Return the innermost frames of a traceback, outermost first: `hotline/web/app.py:41`."""
    frames = [_place(frame.f_code.co_filename, lineno) for frame, lineno in traceback.walk_tb(trace)]
    return frames[-MOST_FRAMES:]


def _place(filename: str, lineno: int | None) -> str:
    """Return file and line, relative to the project's root or to site-packages."""
    path = Path(filename)
    if "site-packages" in path.parts:
        path = Path(*path.parts[path.parts.index("site-packages") + 1 :])
    elif path.is_relative_to(PROJECT):
        path = path.relative_to(PROJECT)
    else:
        path = Path(*path.parts[-2:])
    return f"{path.as_posix()}:{lineno}"
