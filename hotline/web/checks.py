"""The checks of /status, the desk and the doctor; those of Redis are in `store_checks`.

Each returns "ok", or the problem and its fix. /status needs no login, so no result names a target of notices or a
parent, only how many parents wait and the day of the oldest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from redis.exceptions import NoPermissionError, RedisError

from hotline import clock
from hotline.carrier.errors import DROPS, WHAT_TO_DO, Verdict, verdict, why
from hotline.config.oddities import oddities
from hotline.conversation.book.book import Book
from hotline.publishing.lint.reviews import Review, due, of_letters, of_states, rows, summary
from hotline.publishing.sources import Sources
from hotline.store.away import DOES_NOT_ANSWER
from hotline.store.connection import StoreBusy
from hotline.store.heartbeat import INBOX, SILENT_AFTER, last_beat, last_problems
from hotline.store.inbox_runs import InboxRuns
from hotline.store.metrics import figures
from hotline.store.notices import targets
from hotline.store.rate_limits import ALARM_AT
from hotline.store.send_rate import Refusal
from hotline.telemetry.measures import SET_ASIDE
from hotline.web import store_checks
from hotline.web.service import Service
from hotline.web.statuses import REPLY_DELIVERED, REPLY_LOST

OK: Final = "ok"
"""Result of a check that finds no problem."""

UNSEEN_AFTER = timedelta(minutes=20)
"""Long enough for a few failed inbox checks in a row."""

DROPPED_SHARE: Final = 0.05
"""Tolerated share of a day's replies: filters drop one now and then, which is not the hotline's fault."""

AWAY: Final = f"{DOES_NOT_ANSWER}; see `redis`"

NOT_REPORTED = "Redis does not report this: its user may not use INFO. Check it in the provider's console"
"""A result that is not a problem by itself."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check, and what the desk says when it passes."""

    label: str
    run: Callable[[Service], str]


def is_well(state: str) -> bool:
    """Check whether a result is "ok", or one that Redis is not allowed to report."""
    return state in (OK, NOT_REPORTED)


def run_checks(service: Service, names: Iterable[str] | None = None) -> dict[str, str]:
    """Run these checks, or all for None; return "ok" or the problem, by name."""
    names = CHECKS if names is None else names
    return {name: _result(CHECKS[name].run, service) for name in names}


def _beats(process: str) -> Callable[[Service], str]:
    def check(service: Service) -> str:
        seen = last_beat(service.redis, process)
        if seen is None or clock.now() - seen > SILENT_AFTER:
            start = f"start one: systemctl start hotline-{process}, or elsewhere python -m hotline {process}"
            return f"no {process} has sent a heartbeat for a while; {start}"
        return "ok"

    return check


def _inbox(service: Service) -> str:
    """Check that a worker reads what arrived while Redis or the web was down (`workers.reconcile`)."""
    if refusal := InboxRuns(service.redis).refusal():
        return (
            f"the carrier refuses to list our messages: {_since(service, refusal)}. Planned texts are sent "
            "anyway, and a missed STOP is not found: allow TWILIO_API_KEY to list messages, recordings and calls"
        )
    looked = last_beat(service.redis, INBOX)
    if looked is None or clock.now() - looked > UNSEEN_AFTER:
        unseen = "no one has checked the carrier for missed texts, such as a STOP, for a while"
        if _beats("worker")(service) != "ok":
            return f"{unseen}; a worker checks as soon as one runs"
        return f"{unseen}; check the worker's log, and allow TWILIO_API_KEY to list messages, recordings and calls"
    return "ok"


def _spending(service: Service) -> str:
    today = service.now().date()
    spent, most = service.budgets.spent(today), service.settings.segments_per_day
    if spent < ALARM_AT * most:
        return "ok"
    used = f"{spent} of {most} segments used today"
    if spent < most:
        return f"{used}; at the limit parents get one last answer each. If the texts are parents', raise SEGMENTS_PER_DAY"
    return f"{used}: parents get one last answer each until midnight, in calls too. To continue, raise SEGMENTS_PER_DAY"


def _flows(service: Service) -> str:
    service.versions.current()
    if problem := service.versions.problem:
        return f"the flows are broken, and {service.versions.serves}: {problem}"
    if problem := service.printed.letters_problem:
        return f"the letters are broken, and the built-in ones are served instead: {problem}"
    if problem := service.printed.pages_problem:
        return f"the pages are broken, and the built-in ones are served instead: {problem}"
    return "ok"


def _review(service: Service) -> str:
    """Check for law that is due for review, and for a center's own texts that conflict with the flows. Blocks nothing."""
    today = service.now().date()
    unfit = len(service.versions.conflicts)
    decide = f"{unfit} of the center's own texts conflict with the flows: decide at /desk/words/conflicts"
    return "; ".join(filter(None, (summary(_reviews(service), today), decide if unfit else ""))) or "ok"


def reviews_due(service: Service, today: date) -> tuple[int, int]:
    """Return how many statements of law are past their review date, and how many are due within a month."""
    found = due(_reviews(service), today)
    past = sum(each.by < today for each in found)
    return past, len(found) - past


def _reviews(service: Service) -> tuple[Review, ...]:
    return tuple(sorted((*_law(service.versions.in_force, service.book), *of_letters(service.letters))))


@lru_cache(maxsize=2)
def _law(sources: Sources, book: Book) -> tuple[Review, ...]:
    """Return the reviews of a book and of the reference that it was loaded from, cached."""
    return (*of_states(book), *rows(sources))


def _lateness(service: Service) -> str:
    late = service.followups.due.late(clock.now())
    return f"{late} follow-ups are over 10 minutes late; check the worker's log" if late else "ok"


def _carrier(service: Service) -> str:
    if refusal := service.sending.refusal():
        return (
            f"the carrier refuses our account: {_since(service, refusal)}. "
            "Planned texts wait, and are sent automatically once it is fixed"
        )
    unlisted = InboxRuns(service.redis).refusal()
    if unlisted and verdict(unlisted.code, unlisted.code) is Verdict.STOP:  # found before any text was due
        return f"the carrier refuses our account: {_since(service, unlisted)}. No text of ours would be sent"
    return "ok"


def _since(service: Service, refusal: Refusal) -> str:
    """Return a refusal's code, its start in the center's time zone, and its meaning."""
    since = refusal.since.astimezone(service.settings.time_zone)
    return f"{refusal.code} since {since:%Y-%m-%d %H:%M}: {why(refusal.code)}"


def _settings(service: Service) -> str:
    """Check for settings that are valid but implausible, such as an example value."""
    return "; ".join(oddities(service.settings, os.environ)) or "ok"


def _replies(service: Service) -> str:
    """Check how many of today's replies carriers dropped, if they report it (`statuses.note_reply`)."""
    today = figures(service.redis, service.now().date())
    lost = {code: count for code in DROPS if (count := today[f"{REPLY_LOST}{code}"])}
    dropped = sum(lost.values())
    if dropped <= DROPPED_SHARE * (dropped + today[REPLY_DELIVERED]):
        return "ok"
    most = max(lost, key=lambda code: lost[code])
    return (
        f"carriers drop our replies: {dropped} today, {today[REPLY_DELIVERED]} arrived; Twilio code {most}: {why(most)}. "
        f"Parents who text get nothing; calls are answered. To do: {WHAT_TO_DO[most]}"
    )


def _records(service: Service) -> str:
    unreadable = service.followups.due.unreadable() + service.requests.unreadable()
    today = service.now().date()
    aside = sum(figures(service.redis, today - timedelta(days=ago))[SET_ASIDE] for ago in (0, 1))
    problems = (
        f"{unreadable} records cannot be read and are skipped. Someone wrote to Redis by hand, or a "
        "newer version did: see SECURITY.md for who may write to it"
        if unreadable
        else "",
        f"{aside} planned texts were set aside since yesterday, because each attempt raised an error: see "
        "followup_set_aside in the worker's log. Staff have those parents on the desk"
        if aside
        else "",
    )
    return "; ".join(filter(None, problems)) or "ok"


def _doctor(service: Service) -> str:
    """Check the findings of the doctor's last round: at the carrier, and at the public address (`doctor.rounds`)."""
    found = last_problems(service.redis)
    if found is None and _beats("clock")(service) == "ok":  # otherwise the clock's own check reports it
        return (
            "the carrier and the public address have not been checked for five minutes; see the clock's log"
        )
    return "; ".join(found or ()) or "ok"


def _desk(service: Service) -> str:
    """Check that staff can see who asked to be called back. Accounts are asked for again: `live` never raises."""
    if service.live.now().requests_are_seen or service.accounts.any():
        return "ok"
    return (
        "there is no desk, so no one sees who asked to be called back or left a message; create an account with "
        f"`hotline staff add NAME`, and check {service.settings.public_base_url}/desk each day"
    )


def _notify(service: Service) -> str:
    """Check that each target accepts its notices; return "ok" or the failures."""
    target_states = service.notices.target_states()
    zone = service.settings.time_zone
    wrong = [
        f"{target.label} since {how.began.astimezone(zone):%Y-%m-%d %H:%M}: {how.why}"
        for target in targets(service.settings.notify, service.secrets)
        if (how := target_states.get(target.mark)) is not None and how.refusals
    ]
    if not wrong:
        return "ok"
    return f"the center is not notified that a parent waits: {'; '.join(wrong)}. It is retried automatically"


def _waiting(service: Service) -> str:
    """Check that no parent has waited for over a working day, and that staff can see who waits."""
    found = service.requests.waiting()
    if not found:
        return "ok"
    oldest = min(each.since for each in found)
    day = f"{oldest.astimezone(service.settings.time_zone):%Y-%m-%d}"
    who = "1 parent waits" if len(found) == 1 else f"{len(found)} parents wait"
    in_force = service.live.now()
    if not in_force.requests_are_seen:
        return f"{who} since {day}, and no one sees who: create an account (hotline staff add NAME) or set DESK_PASSWORD, and call them from /desk"
    over = in_force.hours.working_day_after(oldest)
    if over is None or clock.now() < over:
        return "ok"
    return (
        f"{who}, the first since {day}, longer than one working day: call them, and mark it as done at /desk"
    )


CHECKS: Final[Mapping[str, Check]] = {
    "settings": Check("The settings look right", _settings),
    "webhooks": Check("Texts and calls reach the hotline", lambda service: service.webhook_health.summary()),
    "doctor": Check("The carrier and the public address are set up correctly", _doctor),
    "redis": Check("The database answers", store_checks.redis),
    "persistence": Check("Parents' answers survive a crash", store_checks.persistence),
    "memory": Check("The database never drops data", store_checks.memory),
    "failover": Check(
        "If the database's server fails, another takes over, if there is one", store_checks.failover
    ),
    "queue": Check("Due texts can be queued", store_checks.queue),
    "clock": Check("The clock is running", _beats("clock")),
    "worker": Check("Texts are sent", _beats("worker")),
    "followups": Check("Reminders are sent on time", _lateness),
    "carrier": Check("The carrier accepts our texts", _carrier),
    INBOX: Check("No message from a parent was missed", _inbox),
    "replies": Check("Our replies reach parents", _replies),
    "records": Check("Everything stored can be processed", _records),
    "desk": Check("Staff can see who is waiting for a call", _desk),
    "notify": Check("Staff notices are delivered, if set up", _notify),
    "waiting": Check("No one has waited longer than a working day", _waiting),
    "spending": Check("Texts are within the daily budget", _spending),
    "flows": Check("The latest words are in use", _flows),
    "password": Check("The database requires a password", store_checks.password),
    "review": Check("The law in our words was reviewed on time", _review),
}
"""The checks by name, in the order of /status and the desk."""


def _result(check: Callable[[Service], str], service: Service) -> str:
    try:
        return check(service)
    except NoPermissionError:
        return NOT_REPORTED
    except (RedisError, StoreBusy):
        return AWAY
