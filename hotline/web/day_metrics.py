"""Prometheus metrics of a day's figures.

A figure not named here is not exported: some contain what a center's own flows ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from hotline.carrier.errors import VERDICTS, Verdict
from hotline.conversation.model.events import Channel
from hotline.store.usage import FIGURE
from hotline.telemetry import measures
from hotline.telemetry.measures import BUCKETS, OTHER, Dropped, Outcome, Timed
from hotline.web.exposition import Labels, Metric, Sample, histogram
from hotline.web.statuses import REPLY_DELIVERED, REPLY_LOST

ALONE: Final = {
    "hotline_turn_conflicts_total": (
        ("turn.conflicts",),
        "Commits that conflicted with another turn of the same person and were retried.",
    ),
    "hotline_stops_total": (("stop",), "Parents who said STOP."),
    "hotline_not_understood_total": (("miss",), "Texts and answers that were not understood."),
    "hotline_person_asked_total": (("word.human",), "Parents who asked for a person."),
}
"""Counters without labels: the figures that each one sums, and its help text."""

DANGER: Final = {
    "self": "word.crisis",
    "child_hurt": "word.abuse",
    "asked": "danger.asked",
    "confirmed": "danger.confirmed",
    "still": "word.danger_still",
}
"""Figures on danger: alarms by the person they concern, the safety question, a yes to it, and later signs."""

OPENED: Final = {Channel.SMS: "text_opened", Channel.VOICE: "call_opened"}

CODES: Final = (*map(str, VERDICTS), OTHER)


def of(counted: Counter[str], segments_per_day: int) -> Iterator[Metric]:
    """Yield the metrics for these figures of one day."""
    yield _labelled(
        "hotline_turns_total",
        "Turns by channel, and how they ended.",
        {
            (("channel", channel), ("outcome", outcome)): counted[measures.turn(channel, outcome)]
            for channel in Channel
            for outcome in Outcome
        },
    )
    yield _histogram(
        "hotline_turn_seconds",
        "Time from a webhook to its answer.",
        counted,
        {"sms": Timed.SMS, "voice": Timed.VOICE},
    )
    yield _histogram(
        "hotline_turn_redis_seconds", "The part of it spent in Redis.", counted, {"": Timed.REDIS}
    )
    yield _labelled(
        "hotline_conversations_total",
        "Conversations started by text, and calls.",
        {(("channel", channel),): counted[name] for channel, name in OPENED.items()},
    )
    yield _labelled(
        "hotline_danger_total",
        "Signs of danger: alarms by whom they concern, and the safety question and its answers.",
        {(("kind", kind),): counted[name] for kind, name in DANGER.items()},
    )
    yield from _texts(counted)
    for name, (names, intent) in ALONE.items():
        yield Metric(name, "counter", intent, (Sample(sum(counted[each] for each in names)),))
    yield Metric(
        "hotline_segments_today",
        "gauge",
        "Segments of the daily budget used so far today.",
        (Sample(counted[FIGURE]),),
    )
    yield Metric("hotline_segments_per_day", "gauge", "The daily budget.", (Sample(segments_per_day),))


def _texts(counted: Counter[str]) -> Iterator[Metric]:
    refused = {
        _result(verdict, code): counted[f"send.{verdict}.{code}"] for verdict in Verdict for code in CODES
    }
    yield _labelled(
        "hotline_sends_total",
        "Texts that we initiated: accepted by the carrier, or refused with its code.",
        {_result("taken"): counted[measures.SENT], **_met(refused)},
    )
    lost = {_result("failed", code): counted[f"status.failed.{code}"] for code in CODES}
    yield _labelled(
        "hotline_deliveries_total",
        "Delivery of the texts that we initiated.",
        {_result("delivered"): counted[measures.DELIVERED], **_met(lost)},
    )
    replies: Counter[Labels] = Counter()
    for name, number in counted.items():
        if name.startswith(REPLY_LOST):
            replies[_result("failed", measures.known(name.removeprefix(REPLY_LOST)))] += number
    yield _labelled(
        "hotline_replies_total",
        "Delivery of the replies to parents.",
        {_result("delivered"): counted[REPLY_DELIVERED], **replies},
    )
    yield _labelled(
        "hotline_drops_total",
        "Planned texts not sent, by reason.",
        {(("reason", reason),): counted[measures.dropped(reason)] for reason in Dropped},
    )


def _result(result: str, code: str = "") -> Labels:
    return (("result", result), ("code", code))


def _met(samples: dict[Labels, int]) -> dict[Labels, int]:
    """Return the nonzero samples: there are too many codes to export each as 0."""
    return {labels: number for labels, number in samples.items() if number}


def _labelled(name: str, intent: str, samples: dict[Labels, int]) -> Metric:
    return Metric(
        name, "counter", intent, tuple(Sample(number, labels) for labels, number in samples.items())
    )


def _histogram(name: str, intent: str, counted: Counter[str], by: dict[str, Timed]) -> Metric:
    ends = [str(end) for end in BUCKETS]
    samples: list[Sample] = []
    for channel, what in by.items():
        counts = {end: counted[f"{what}.{end}"] for end in (*ends, measures.OVER)}
        labels: Labels = (("channel", channel),) if channel else ()
        samples += histogram(ends, counts, counted[f"{what}.sum"] / 1e6, labels)
    return Metric(name, "histogram", intent, tuple(samples))
