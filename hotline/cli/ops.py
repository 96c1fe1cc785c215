"""Operator commands on stored data: audit as CSV, retention, re-encryption, backup and restore.

Rule 1: a phone number given to select rows is hashed, and neither printed nor logged.
Rule 2: an error is reported in one line, with exit code 1.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TextIO, TypeVar

import click

from hotline import clock
from hotline.config import setting_types
from hotline.config.settings import Settings
from hotline.publishing.loader import book_for
from hotline.store import backup, metrics, retention_figures
from hotline.store import misunderstood as missed
from hotline.store.audit import Audit, Row
from hotline.store.away import why_away
from hotline.store.connection import StoreBusy, connect
from hotline.store.keys import open_secrets
from hotline.store.purge import Purge

DAY = "%Y-%m-%d"

MISUNDERSTOOD = "misunderstood."
"""The prefix of the metrics that count texts not understood, by place and language."""

MOST_WORDS_SHOWN = 60

T = TypeVar("T")


class NotReported(click.ClickException):
    """An operator's command failed; the message says why. Exit code 1."""


def write_audit(settings: Settings, since: str, number: str, to: TextIO) -> None:
    """Write the audit rows since this day (UTC, such as 2026-11-23) as CSV.

    A non-empty `number` limits them to that number. Raise NotReported for an invalid argument or if Redis is down.
    """
    secrets = open_secrets(settings)
    try:
        first = datetime.strptime(since, DAY).replace(tzinfo=UTC)
    except ValueError:
        raise NotReported("--since must be a day such as 2026-11-23") from None
    try:
        who = secrets.who(setting_types.number(number)) if number else ""
    except ValueError as right:
        raise NotReported(f"--number {right}") from None
    table = csv.DictWriter(to, [field.name for field in fields(Row)], lineterminator="\n")
    table.writeheader()
    audit = Audit(connect(settings.redis_url))
    rows = audit.rows_of(who, secrets, first) if who else audit.rows(first)
    _asked(settings, lambda: table.writerows(map(asdict, rows)))


def retention(settings: Settings) -> Iterator[str]:
    """Yield a line for each kind of stored data and how long it is retained.

    Raise NotReported at the end if any key never expires or is of an unknown kind.
    """
    redis = connect(settings.redis_url)
    figures, unknown = _asked(settings, lambda: retention_figures.figures(redis))
    oldest = _asked(settings, Audit(redis).oldest)
    for figure in figures:
        yield retention_figures.summary(figure)
    if oldest is not None:
        yield f"The oldest consent or opt-out is from {oldest:{DAY}}."
    endless = sum(figure.endless for figure in figures)
    if unknown or endless:
        raise NotReported(f"{endless} keys never expire, and {unknown} are of an unknown kind")


def misunderstood(settings: Settings, days: int) -> Iterator[str]:
    """Yield where texts were not understood in the last `days`, by place and language.

    Then yield the public words in them that three or more people used, this week and last week.
    Raise NotReported if Redis is down.
    """
    redis, secrets, now = connect(settings.redis_url), open_secrets(settings), clock.now()
    counted = Counter[str]()
    for back in range(days):
        day = (now - timedelta(days=back)).date()
        counted.update(_asked(settings, partial(metrics.figures, redis, day)))
    places = [(name, n) for name, n in counted.most_common() if name.startswith(MISUNDERSTOOD)]
    yield f"Not understood in the last {days} days: {sum(n for _, n in places)} texts."
    for name, n in places:
        _, place, language = name.split(".")
        yield f"{n:6}  {place} ({language})"
    public = book_for(settings).reader.public
    for week, at in (("this week", now), ("last week", now - timedelta(days=7))):
        people = _asked(settings, partial(missed.by_people, redis, secrets, public, at))
        words = ", ".join(f"{word} {n}" for word, n in people.most_common(MOST_WORDS_SHOWN)) or "none"
        yield f"Words used by three or more people, {week}: {words}"


def seal_anew(settings: Settings) -> str:
    """Re-encrypt all stored numbers with the newest secret. Raise NotReported if some cannot be decrypted."""
    purge = Purge(connect(settings.redis_url), open_secrets(settings))
    done = _asked(settings, lambda: purge.run_all(clock.now()))
    if done.shut:
        raise NotReported(
            f"{done.sealed} numbers re-encrypted; {done.shut} cannot be decrypted with the secrets given here"
        )
    return f"{done.sealed} numbers re-encrypted; all can be decrypted"


def back_up(settings: Settings, file: Path) -> str:
    """Write all stored data to a file and return a summary. Raise NotReported on failure."""
    try:
        done = _asked(
            settings, lambda: backup.back_up(backup.open_redis(settings.redis_url), file, clock.now())
        )
    except OSError as error:
        raise NotReported(f"{file} cannot be written: {error.strerror}") from None
    return (
        f"{done.keys} keys are in {file}. Store HOTLINE_SECRET and SEAL_SECRET somewhere else: the backup is useless "
        "without them."
    )


def restore(settings: Settings, file: Path) -> str:
    """Restore a backup and return a summary. Raise NotReported on failure."""
    try:
        done = _asked(
            settings, lambda: backup.restore(backup.open_redis(settings.redis_url), file, clock.now())
        )
    except backup.NotRestored as error:
        raise NotReported(str(error)) from None
    at = done.at.astimezone(settings.time_zone)
    return (
        f"{done.keys} keys from {at:%Y-%m-%d %H:%M %Z} are restored. Start worker and clock, then web: planned texts wait "
        "until the carrier has been checked for texts received since then."
    )


def _asked(settings: Settings, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except StoreBusy:
        raise NotReported(why_away(settings.redis_url)) from None
