"""One function per kind of job, and what they need, opened once. RQ finds them by these names, listed in queue.FUNCTIONS."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime
from functools import cache

from hotline import clock
from hotline.carrier.erasing import Eraser
from hotline.carrier.inbox import Inbox
from hotline.carrier.lookups import Lookups
from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from hotline.publishing.versions import open_versions
from hotline.store.books import StoredBooks
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import beat as write_beat
from hotline.store.in_force import Live
from hotline.store.inbox_runs import InboxRuns
from hotline.store.keys import open_secrets
from hotline.store.metrics import count
from hotline.store.requests import Requests
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.store.words_versions import LiveWords
from workers.delivery_errors import Refusals
from workers.erasure import Erasures
from workers.line_lookup import Lines
from workers.notify import Notifier
from workers.queue import BATCH
from workers.reconcile import CatchUp
from workers.retention import Retention
from workers.send import Sender
from workers.set_aside import SetAside
from workers.window import Templates


def send_followup(*ids: str) -> None:
    """Send follow-ups, several at the same time. Idempotent."""
    if len(ids) == 1:
        _send(ids[0])
        return
    threads = _threads(os.getpid())
    sends = [threads.submit(copy_context().run, _send, id) for id in ids]
    wait(sends)
    for sent in sends:
        sent.result()


def _send(id: str) -> None:
    _guarded(id, lambda needs, now: needs.sender.send(id, now))


def take_over(id: str, before: str, _times: str) -> None:
    """Settle a follow-up whose worker died before that moment, in seconds since 1970. Idempotent.

    `_times` counts its immediate take-overs (`lost_jobs`).
    """
    died = datetime.fromtimestamp(float(before), UTC)
    _guarded(id, lambda needs, now: needs.sender.send(id, now, died))


def look_up(id: str) -> None:
    """Look up the line type of one number. Idempotent."""
    _guarded(id, lambda needs, now: needs.lines.look_up(id, now))


def erase(id: str) -> None:
    """Delete the carrier's data about one number. Idempotent."""
    _guarded(id, lambda needs, now: needs.erasures.erase(id, now))


def _guarded(id: str, work: Callable[[Dependencies, datetime], None]) -> None:
    """Process a record now; one whose processing raises at each attempt is set aside (`set_aside`)."""
    needs, now = _open(), clock.now()
    needs.aside.guard(lambda: work(needs, now), id, now)


def end_retention() -> None:
    """Delete data whose retention period is over. Idempotent."""
    _open().retention.end(clock.now())


def catch_up() -> None:
    """Process events that arrived while the service was down. Idempotent."""
    _open().catch_up.run(clock.now())


def tell_staff() -> None:
    """Notify the center about waiting parents. Idempotent."""
    _open().notifier.tell(clock.now())


def beat() -> None:
    """Record a worker heartbeat."""
    write_beat(_open().redis, "worker", clock.now())


def count_refused() -> None:
    """Count one job that was rejected: it is not JSON, or its function is not in FUNCTIONS."""
    needs = _open()
    count(needs.redis, "job.refused", clock.now().astimezone(needs.settings.time_zone).date())


def prepare() -> None:
    """Create what jobs need and reload the flows if they changed.

    Called before a worker forks, so that each job finds everything ready.
    """
    _open().sender.versions.current()


@cache
def _threads(_pid: int) -> ThreadPoolExecutor:
    """Return the threads that send a batch in this process: a fork has none of them."""
    return ThreadPoolExecutor(BATCH, "send")


@cache
def _open() -> Dependencies:
    return Dependencies(Settings.read(os.environ))


class Dependencies:
    """One object per kind of job, all with the same client of Redis. One per process; fork-safe."""

    def __init__(self, settings: Settings) -> None:
        """Load the flows and open the connections. Raises FlowError."""
        redis, secrets, zone = connect(settings.redis_url), open_secrets(settings), settings.time_zone
        followups, turns, requests = FollowUps(redis), Turns(redis, secrets), Requests(redis)
        live = Live(settings, redis)
        versions = open_versions(
            settings,
            StoredBooks(redis, secrets),
            lambda: live.now().settings,
            LiveWords(redis).now,
            reads=False,
        )
        self.settings, self.redis = settings, redis
        self.sender = Sender(
            versions=versions,
            turns=turns,
            followups=followups,
            messages=Messages(settings),
            secrets=secrets,
            refusals=Refusals(followups, turns, Sending(redis), settings.pace),
            status_url=f"{settings.public_base_url}/status",
            redis=redis,
            serves=settings.serves,
            zone=zone,
            templates=Templates(settings.whatsapp_templates, settings.hotline_name),
        )
        self.aside = SetAside(followups, turns, requests, secrets, redis, zone)
        self.lines = Lines(followups, Lookups(settings), secrets, redis, zone)
        self.erasures = Erasures(followups, Eraser(settings), secrets)
        self.retention = Retention(settings, redis, secrets)
        self.catch_up = CatchUp(
            settings=settings,
            redis=redis,
            versions=versions,
            secrets=secrets,
            turns=turns,
            followups=followups,
            requests=requests,
            inbox=Inbox(settings),
            looks=InboxRuns(redis),
        )
        self.notifier = Notifier(settings, redis)
