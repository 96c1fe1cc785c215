"""Prometheus's text format, version 0.0.4: metrics as values, and how they are written.

By hand, for the figures live in Redis, not in a process: the registry of prometheus-client would only copy them, and its way
for several processes keeps files of its own.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]
"""Names and values. Values are of closed sets, without quotes, backslashes and line ends."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value. `suffix` is what its name adds to the metric's, as `_bucket` does."""

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: what it is called, what it means, and its values."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    samples: tuple[Sample, ...]


def histogram(
    ends: Iterable[str], counts: Mapping[str, int], seconds: float, labels: Labels
) -> Iterator[Sample]:
    """Yield the samples of a histogram: of `counts` by the end of their bucket, each bucket with all below it. What is in no
    bucket of `ends` is counted in the last, which has no end.
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
    """Return the metrics as Prometheus reads them. One without samples is left out."""
    return "".join(f"{line}\n" for metric in metrics if metric.samples for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sample.labels)
        yield f"{metric.name}{sample.suffix}{f'{{{labels}}}' if labels else ''} {sample.value:.15g}"
