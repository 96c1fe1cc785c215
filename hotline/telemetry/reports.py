"""Error reports to Sentry, or to a server that accepts its format, if SENTRY_DSN is set.

Rule 1: a report is built from a log line that `log` has filtered: the event's name, the class of an exception and of
        its cause, the locations (file and line), and the process. No exception, message, variable, request, header,
        host name or user ever reaches the library.
Rule 2: whatever the library adds itself, in any version, is removed before it sends (`strip`).
Rule 3: a process reports the same error at most once a minute, so that a bug in every turn does not flood the server.
Rule 4: a server that is down delays no one.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from hotline.log import Line, Report, log

if TYPE_CHECKING:
    from sentry_sdk import Client
    from sentry_sdk.types import Event

LEVELS: Final = frozenset({"error", "critical"})

ONCE_IN: Final = 60.0
"""Seconds between two reports of the same error."""

MOST_KNOWN: Final = 500
"""Maximum errors remembered for Rule 3: more than there are places in the code that log one."""

FLUSH_SECONDS: Final = 2.0

REPORTED: Final = ("event_id", "timestamp", "platform", "level", "logger", "tags", "release", "exception")
"""The keys of a report; everything else is removed (Rule 2)."""

TAGS: Final = ("process", "channel", "kind", "code", "reason", "job", "logger")
"""The keys of a log line that are reported besides the error itself."""


def open_reporter(dsn: str) -> Report | None:
    """Return a function that reports log lines, or None without a DSN or the library."""
    if not dsn:
        return None
    try:
        from sentry_sdk import Client
    except ImportError:
        log.error("telemetry_not_installed")
        return None
    client = Client(
        dsn,
        before_send=strip,
        before_send_transaction=lambda *_: None,
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        traces_sample_rate=None,
        server_name="",
        release=_release(),
    )
    atexit.register(client.flush, FLUSH_SECONDS)
    _Open.client = client
    return _reporting(client)


class _Open:
    """The client of this process, if there is one."""

    client: Client | None = None


def flush() -> None:
    """Send pending reports, for at most FLUSH_SECONDS. The process of a job must call this before it exits."""
    if _Open.client is not None:
        _Open.client.flush(FLUSH_SECONDS)


def _reporting(client: Client) -> Callable[[Line], None]:
    known: dict[tuple[str, str, str], float] = {}

    def report(line: Line) -> None:
        if line.get("level") not in LEVELS:
            return
        frames = line.get("frames") or ("",)
        key, now = (str(line["event"]), str(line.get("error", "")), str(frames[-1])), time.monotonic()
        if now - known.get(key, -ONCE_IN) < ONCE_IN:
            return
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[key] = now
        client.capture_event(cast("Event", as_event(line)))

    return report


def as_event(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filtered log line as a Sentry event, with the event's name as the message."""
    places = [str(each).rpartition(":") for each in line.get("frames") or ()]
    frames = [
        {"filename": file, "module": file.removesuffix(".py").replace("/", "."), "lineno": int(number)}
        for file, _, number in places
        if number.isdigit()
    ]
    kinds = [line["cause"]] if line.get("error") and line.get("cause") else []
    exceptions: list[dict[str, Any]] = [{"type": str(kind), "value": ""} for kind in kinds]
    own = {"type": str(line.get("error") or line["event"]), "value": str(line["event"])}
    exceptions.append({**own, "stacktrace": {"frames": frames}} if frames else own)
    return {
        "level": "fatal" if line.get("level") == "critical" else "error",
        "logger": "hotline",
        "platform": "python",
        "exception": {"values": exceptions},
        "tags": {"event": str(line["event"])} | {key: str(line[key]) for key in TAGS if line.get(key)},
    }


def strip(event: Any, _hint: Any) -> Any:
    """Return a Sentry event with only the keys in REPORTED (Rule 2)."""
    return {key: event[key] for key in REPORTED if key in event}


def _release() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"parent-hotline@{version('parent-hotline')}"
    except PackageNotFoundError:
        return ""
