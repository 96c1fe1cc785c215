"""OpenTelemetry traces, if OTEL_EXPORTER_OTLP_ENDPOINT is set: how long each step of a turn and of a send took.

Rule 1: spans are created only here, by name, with attributes that we named: channel, kind, outcome. There is no
        automatic instrumentation, which would record URLs, SQL or Redis keys.
Rule 2: an attribute must pass the same check as a value in the log (`log.is_safe`), or it is omitted. Of an
        exception, only its class is recorded.
Rule 3: without the setting nothing is imported, and a span costs one function call.
Rule 4: a collector that is down delays no one: spans are sent in the background, and dropped if too many wait.

The SDK's own variables apply too, such as OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from hotline.log import is_safe, log

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

SERVICE: Final = "parent-hotline"

EXTRA: Final = "pip install --require-hashes -r constraints-telemetry.txt"
"""The command that installs what this module and `reports` need."""

FLUSH_MS: Final = 2000
"""Maximum milliseconds that a process waits on exit to send its spans."""

ATTRIBUTES: Final = frozenset({"channel", "kind", "outcome", "route", "reminder", "attempt", "tries"})

_NOTHING: Final = nullcontext()


class _Traces:
    """The tracer of this process, if there is one."""

    provider: TracerProvider | None = None
    tracer: Tracer | None = None


def configure(endpoint: str, process: str) -> None:
    """Send this process's traces to the collector at `endpoint` (OTLP over HTTP); do nothing if it is ""."""
    if not endpoint or _Traces.tracer is not None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.error("telemetry_not_installed")
        return
    own = {"service.name": os.environ.get("OTEL_SERVICE_NAME", SERVICE), "hotline.process": process}
    provider = TracerProvider(resource=Resource(own), shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=2))
    )
    _Traces.provider, _Traces.tracer = provider, provider.get_tracer(SERVICE)
    atexit.register(flush)


def is_installed() -> bool:
    """Check whether the packages for traces and error reports are installed."""
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("opentelemetry", "sentry_sdk"))


def span(name: str, **attributes: str | int) -> AbstractContextManager[None]:
    """Return a context manager that records a span of this name; it does nothing without traces."""
    tracer = _Traces.tracer
    return _NOTHING if tracer is None else _timed(tracer, name, attributes)


@contextmanager
def _timed(tracer: Tracer, name: str, attributes: Mapping[str, str | int]) -> Iterator[None]:
    from opentelemetry.trace import StatusCode

    with tracer.start_as_current_span(
        name, attributes=_safe(attributes), record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:  # raised again below
            current.set_status(StatusCode.ERROR)
            current.set_attributes({"error.type": type(error).__name__})
            raise


def note(**attributes: str | int) -> None:
    """Add attributes to the current span."""
    if _Traces.tracer is not None:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes(_safe(attributes))


def _safe(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    return {
        f"hotline.{name}": value if isinstance(value, int) else str(value)
        for name, value in attributes.items()
        if name in ATTRIBUTES and is_safe(value if isinstance(value, int) else str(value))
    }


def flush() -> None:
    """Send pending spans, for at most FLUSH_MS. The process of a job must call this before it exits."""
    if _Traces.provider is not None:
        _Traces.provider.force_flush(FLUSH_MS)
