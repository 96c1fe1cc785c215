"""The retention table: which data is stored and for how long, and figures that verify it. docs/privacy.md says why.

Rule 1: each of our keys belongs to one kind in KINDS. A key either has a TTL (EXPIRE) or is trimmed by
        `purge` whenever the retention job runs. Nothing is stored forever.
Rule 2: a figure identifies no one: it is a number of keys and the time when the last of them expires.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from redis import Redis

from hotline.conversation.model.session import JOINED_WITHIN
from hotline.store import (
    books,
    desk_audit,
    desk_sessions,
    heartbeat,
    login_throttle,
    metrics,
    misunderstood,
    rate_limits,
    request_work,
    requests,
    restarts,
    send_rate,
    staff_accounts,
    taken,
    turns,
    unseen,
    usage,
    webhook_counts,
    words_versions,
)
from hotline.store.audit import AUDIT_RETENTION
from hotline.store.connection import raise_store_busy

FOR_GOOD = timedelta(days=5 * 365)
"""Stated retention of what the staff configure, which is stored until they remove it."""

WHO = "[0-9a-f]{32}"
BUCKET = r"\{[0-9]{2}[a-z]{2}\}"


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of stored data. `longest` is its longest retention.

    `expires` means each key has a TTL; otherwise `purge` trims it, or its entries are removed with what
    they list.
    """

    name: str
    keys: str
    longest: timedelta
    expires: bool = True


KINDS: tuple[RecordKind, ...] = (
    RecordKind("where a conversation is", f"{BUCKET}:session:{WHO}", turns.SESSION_TTL),
    RecordKind("answers given", f"{BUCKET}:answers:{WHO}", unseen.UNSEEN_TTL),
    RecordKind("language, consent, opt-out, sealed number", f"{BUCKET}:person:{WHO}", turns.PERSON_TTL),
    RecordKind("follow-ups", f"{BUCKET}:followups:{WHO}", turns.PERSON_TTL),
    RecordKind("requests for a person", f"{BUCKET}:requests:{WHO}", requests.EXPIRES_AFTER),
    RecordKind("consents and opt-outs, without numbers", f"{BUCKET}:audit", AUDIT_RETENTION, expires=False),
    RecordKind("figures for each day", f"{BUCKET}:counts:[0-9-]{{10}}", turns.PERSON_TTL),
    RecordKind("figures for each month", r"\{desk\}:(month:[0-9-]{7}|day:[0-9-]{10})", metrics.RETENTION),
    RecordKind("days that a child was out of school", f"{BUCKET}:days_out:{WHO}", turns.DAYS_OUT_TTL),
    RecordKind("the last very short texts", f"{BUCKET}:tail:{WHO}", JOINED_WITHIN),
    RecordKind(
        "public words that were not understood, as marks",
        f"{BUCKET}:missed:[0-9]{{4}}-W[0-9]{{2}}",
        misunderstood.RETENTION,
    ),
    RecordKind("a number's recent usage", f"{BUCKET}:(spent|said):[0-9a-f]+", usage.COUNTED_FOR),
    RecordKind(
        "processed events, by marks of their id and signature",
        f"{BUCKET}:taken:[0-9]+:[0-9a-f]+",
        taken.RETENTION,
    ),
    RecordKind(
        "earlier questions and words, for parents partway through",
        r"\{books\}:(version:[0-9a-z]{1,64}|current)",
        books.RETENTION,
    ),
    RecordKind(
        "new numbers that were texted from calls in an hour",
        r"\{calls\}:(new|told):.+",
        rate_limits.NEW_NUMBERS_TTL,
    ),
    RecordKind(
        "lists of waiting records, by id",
        f"{BUCKET}:(due|requested|finished)",
        turns.PERSON_TTL,
        expires=False,
    ),
    RecordKind(
        "counts of accepted and refused webhooks", r"webhooks:(last|[0-9]+)", webhook_counts.LAST_RETENTION
    ),
    RecordKind("the staff's accounts", r"\{desk\}:accounts", FOR_GOOD, expires=False),
    RecordKind(
        "hours, closed days and staff numbers set at the desk", r"\{desk\}:opening", FOR_GOOD, expires=False
    ),
    RecordKind(
        "the center's own words, as published at the desk", r"\{desk\}:words", FOR_GOOD, expires=False
    ),
    RecordKind(
        "words that are being checked or were refused, and results of walking the flows",
        r"\{desk\}:words:(waiting|results|refused:[0-9a-f]{16}|walked:[0-9a-f]{32}(:now)?)",
        max(words_versions.WAITING_LASTS, words_versions.WALKED_LASTS),
    ),
    RecordKind(
        "links to set a passphrase, and who is signed in at the desk",
        r"\{desk\}:(link|session):[0-9a-f]{64}",
        max(staff_accounts.LINK_LASTS, desk_sessions.IDLE),
    ),
    RecordKind(
        "finished requests, without numbers and names", r"\{desk\}:history", request_work.HISTORY_RETENTION
    ),
    RecordKind("who did what at the desk, without numbers", r"\{desk\}:audit", desk_audit.RETENTION),
    RecordKind(
        "heartbeats, send rate, wrong passwords",
        r"(heartbeat|retention|\{(notify|sending|spending)\}):[a-z]+|\{(durable|restarts)\}|\{[0-9]{2}[a-z]{2}\}:(durable|restarts)|\{desk\}:(wrong|shut|calls):[0-9a-z]*",
        max(heartbeat.RETENTION, login_throttle.LOCKED_FOR, send_rate.RETENTION, restarts.DOUBTED_FOR),
    ),
)

JOBS = re.compile(r"rq:.*")
"""RQ's own keys: jobs with only ids. A finished job is deleted at once, a failed one after a week."""


def kind_of_key(key: str) -> RecordKind | None:
    """Return the kind a key belongs to, or None."""
    return next((kind for kind in KINDS if re.fullmatch(kind.keys, key)), None)


GONE = -2
"""The TTL that Redis reports for a missing key."""


SCANNED = 500
"""Keys per round trip, so that Redis is never blocked for long."""


@dataclass(frozen=True, slots=True)
class Figure:
    """How many keys there are of one kind.

    `last_goes` is the longest TTL, None if no key has one; `endless` counts keys that should have a TTL and
    do not.
    """

    kind: RecordKind
    keys: int
    last_goes: timedelta | None
    endless: int


def figures(redis: Redis) -> tuple[tuple[Figure, ...], int]:
    """Return a figure per kind, and how many keys match none. Reads every TTL. Raises StoreBusy."""
    ends: dict[str, list[int]] = {kind.name: [] for kind in KINDS}
    unknown = 0
    for key, seconds in _ends(redis):
        kind = kind_of_key(key)
        if kind is not None:
            ends[kind.name].append(seconds)
        elif not JOBS.fullmatch(key):
            unknown += 1
    return tuple(_figure(kind, ends[kind.name]) for kind in KINDS), unknown


def summary(figure: Figure) -> str:
    """Return a figure as a line: name, longest retention, number of keys, when the last expires."""
    last = "" if figure.last_goes is None else f", the last goes within {in_days(figure.last_goes)}"
    wrong = f"; {figure.endless} WITHOUT END" if figure.endless else ""
    return f"{figure.kind.name}: at most {in_days(figure.kind.longest)}; {figure.keys} keys{last}{wrong}"


def in_days(time: timedelta) -> str:
    """Format a duration in whole days, rounded up and at least 1, such as 1 day."""
    days = max(math.ceil(time / timedelta(days=1)), 1)
    return "1 day" if days == 1 else f"{days} days"


def _figure(kind: RecordKind, ends: list[int]) -> Figure:
    last = max((end for end in ends if end >= 0), default=None)
    return Figure(
        kind=kind,
        keys=len(ends),
        last_goes=None if last is None else timedelta(seconds=last),
        endless=sum(end < 0 for end in ends) if kind.expires else 0,
    )


def _ends(redis: Redis) -> Iterator[tuple[str, int]]:
    """Yield each key with its TTL in seconds, negative if it has none."""
    with raise_store_busy():
        keys = [str(key) for key in redis.scan_iter(count=SCANNED)]
    for at in range(0, len(keys), SCANNED):
        some = keys[at : at + SCANNED]
        with raise_store_busy(), redis.pipeline(transaction=False) as pipe:
            for key in some:
                pipe.ttl(key)
            found: list[int] = pipe.execute()
        yield from ((key, end) for key, end in zip(some, found, strict=True) if end != GONE)
