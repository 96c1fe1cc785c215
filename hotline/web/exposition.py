"""Prometheus text format, version 0.0.4: metric values and their serialization.

Hand-written because the figures live in Redis, not in a process: the registry of prometheus-client would only
copy them, and its multiprocess mode needs its own files.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]
"""(name, value) pairs. Values come from closed sets, without quotes, backslashes or newlines."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value. `suffix` is appended to the metric's name, such as `_bucket`."""

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name, type, help text and samples."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: tuple[Sample, ...]


def histogram(
    ends: Iterable[str], counts: Mapping[str, int], seconds: float, labels: Labels
) -> Iterator[Sample]:
    """Yield the samples of a histogram, with cumulative buckets.

    `counts` has the count of each bucket by its upper bound; one that is not in `ends` counts only toward +Inf.
    `seconds` is the sum of all observed times.
    """
    below = 0
    for end in ends:
        below += counts.get(end, 0)
        yield Sample(below, (*labels, ("le", end)), "_bucket")
    total = sum(counts.values())
    yield Sample(total, (*labels, ("le", "+Inf")), "_bucket")
    yield Sample(seconds, labels, "_sum")
    yield Sample(total, labels, "_count")


def written(metrics: Iterable[Metric]) -> str:
    """Return the metrics in Prometheus text format, without those that have no samples."""
    return "".join(f"{line}\n" for metric in metrics if metric.samples for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sample.labels)
        yield f"{metric.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {sample.value:.15g}"
