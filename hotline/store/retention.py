"""The retention table: which data is stored, for how long and why.

Rule 1: each of our keys belongs to one kind in KINDS. A key either has a TTL (EXPIRE) or is trimmed by
        `purge` whenever the retention job runs. Nothing is stored forever.
Rule 2: `retention_figures` compares the table with what is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

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
    why: str
    expires: bool = True


KINDS: tuple[RecordKind, ...] = (
    RecordKind(
        "where a conversation is",
        f"{BUCKET}:session:{WHO}",
        turns.SESSION_TTL,
        "so that a parent can continue later",
    ),
    RecordKind(
        "answers given",
        f"{BUCKET}:answers:{WHO}",
        unseen.UNSEEN_TTL,
        "so that a repeated webhook gets the same answer",
    ),
    RecordKind(
        "language, consent, opt-out, sealed number",
        f"{BUCKET}:person:{WHO}",
        turns.PERSON_TTL,
        "longer than any planned text; 7 days without a consent or a STOP; 90 days for the line type",
    ),
    RecordKind(
        "follow-ups",
        f"{BUCKET}:followups:{WHO}",
        turns.PERSON_TTL,
        "until they are sent, then 90 days, to keep the promise of 12 texts in that time; an answer counts for 30 days",
    ),
    RecordKind(
        "requests for a person",
        f"{BUCKET}:requests:{WHO}",
        requests.EXPIRES_AFTER,
        "90 days, and a week more if no worker runs; deleted a day after the request is done",
    ),
    RecordKind(
        "consents and opt-outs, without numbers",
        f"{BUCKET}:audit",
        AUDIT_RETENTION,
        "TCPA claims can be made for 4 years (28 USC 1658), plus a year",
        expires=False,
    ),
    RecordKind(
        "figures for each day",
        f"{BUCKET}:counts:[0-9-]{{10}}",
        turns.PERSON_TTL,
        "to compare a month with the previous year's; anonymous",
    ),
    RecordKind(
        "figures for each month",
        r"\{desk\}:(month:[0-9-]{7}|day:[0-9-]{10})",
        metrics.RETENTION,
        "the sum of its days, so that a report loads at once, and for 45 days the sum of each day; anonymous",
    ),
    RecordKind(
        "days that a child was out of school",
        f"{BUCKET}:days_out:{WHO}",
        turns.DAYS_OUT_TTL,
        "only dates, for a school year: the rules count them, and the parent can get the list; DELETE erases it",
    ),
    RecordKind(
        "the last very short texts",
        f"{BUCKET}:tail:{WHO}",
        JOINED_WITHIN,
        "numbers of public words, so that a sentence sent in pieces is read as one",
    ),
    RecordKind(
        "public words that were not understood, as marks",
        f"{BUCKET}:missed:[0-9]{{4}}-W[0-9]{{2}}",
        misunderstood.RETENTION,
        "to train the reader on what three or more people said; the marks identify no one",
    ),
    RecordKind(
        "a number's recent usage",
        f"{BUCKET}:(spent|said):[0-9a-f]+",
        usage.COUNTED_FOR,
        "to stop floods of texts; counts and a mark, under a daily name that identifies no one",
    ),
    RecordKind(
        "processed events, by marks of their id and signature",
        f"{BUCKET}:taken:[0-9]+:[0-9a-f]+",
        taken.RETENTION,
        "so that a recorded request cannot be replayed",
    ),
    RecordKind(
        "earlier questions and words, for parents partway through",
        r"\{books\}:(version:[0-9a-z]{1,64}|current)",
        books.RETENTION,
        "so that an answer is read by the book that asked, on every machine; no parent's data",
    ),
    RecordKind(
        "new numbers that were texted from calls in an hour",
        r"\{calls\}:(new|told):.+",
        rate_limits.NEW_NUMBERS_TTL,
        "so that a caller with fake numbers cannot have many strangers texted; keyed hashes",
    ),
    RecordKind(
        "lists of waiting records, by id",
        f"{BUCKET}:(due|requested|finished)",
        turns.PERSON_TTL,
        "an id is deleted with its record",
        expires=False,
    ),
    RecordKind(
        "counts of accepted and refused webhooks",
        r"webhooks:(last|[0-9]+)",
        webhook_counts.LAST_RETENTION,
        "to tell a broken line from a quiet one: counts per hour, and when the last one came; anonymous",
    ),
    RecordKind(
        "the staff's accounts",
        r"\{desk\}:accounts",
        FOR_GOOD,
        "until one is removed; a name, a role, the hash of a passphrase, and the person's own phone number, sealed",
        expires=False,
    ),
    RecordKind(
        "hours, closed days and staff numbers set at the desk",
        r"\{desk\}:opening",
        FOR_GOOD,
        "the current version, and 50 to roll back to; no parent's data",
        expires=False,
    ),
    RecordKind(
        "the center's own words, as published at the desk",
        r"\{desk\}:words",
        FOR_GOOD,
        "the current version, and 50 to roll back to; no parent's data",
        expires=False,
    ),
    RecordKind(
        "words that are being checked, and results of walking the flows",
        r"\{desk\}:words:(waiting|results|walked:[0-9a-f]{32}(:now)?)",
        max(words_versions.WAITING_LASTS, words_versions.WALKED_LASTS),
        "so that a change of words is checked in seconds; no parent's data",
    ),
    RecordKind(
        "links to set a passphrase, and who is signed in at the desk",
        r"\{desk\}:(link|session):[0-9a-f]{64}",
        max(staff_accounts.LINK_LASTS, desk_sessions.IDLE),
        "under the hash of a random token, which only the browser has",
    ),
    RecordKind(
        "finished requests, without numbers and names",
        r"\{desk\}:history",
        request_work.HISTORY_RETENTION,
        "their languages, results and waiting times; anonymous",
    ),
    RecordKind(
        "who did what at the desk, without numbers",
        r"\{desk\}:audit",
        desk_audit.RETENTION,
        "to find out a year later who viewed a number",
    ),
    RecordKind(
        "heartbeats, send rate, wrong passwords",
        r"(heartbeat|retention|\{(notify|sending|spending)\}):[a-z]+|\{(durable|restarts)\}|\{[0-9]{2}[a-z]{2}\}:(durable|restarts)|\{desk\}:(wrong|shut|calls):[0-9a-z]*",
        max(heartbeat.RETENTION, login_throttle.SHUT_FOR, send_rate.RETENTION, restarts.DOUBTED_FOR),
        "about the service, not people",
    ),
)

JOBS = re.compile(r"rq:.*")
"""RQ's own keys: jobs with only ids. A finished job is deleted at once, a failed one after a week."""


def kind_of_key(key: str) -> RecordKind | None:
    """Return the kind a key belongs to, or None."""
    return next((kind for kind in KINDS if re.fullmatch(kind.keys, key)), None)
