"""What the jobs of a worker need, opened once."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis

from hotline.carrier.erasing import Eraser
from hotline.carrier.inbox import Inbox
from hotline.carrier.lookups import Lookups
from hotline.carrier.messages import Messages
from hotline.carrier.recordings import Recordings
from hotline.config.settings import Settings
from hotline.publishing.versions import open_versions
from hotline.store.audit import Audit
from hotline.store.books import StoredBooks
from hotline.store.connection import connect
from hotline.store.followups import FollowUps
from hotline.store.gave_up import GaveUp
from hotline.store.in_force import Live
from hotline.store.keys import open_secrets
from hotline.store.look_progress import InboxRuns
from hotline.store.purge import Purge
from hotline.store.request_work import RequestWork
from hotline.store.requests import Requests
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from hotline.store.words_versions import LiveWords
from workers.delivery_errors import Refusals
from workers.erasure import Erasures
from workers.line_lookup import Lines
from workers.notify import Notifier, open_notifier
from workers.reconcile import Missed
from workers.retention import Retention
from workers.send import Sender
from workers.set_aside import SetAside
from workers.window import Templates


@dataclass(frozen=True, slots=True)
class Dependencies:
    """One object per kind of job, all with the same client of Redis. One per process; fork-safe."""

    settings: Settings
    redis: Redis
    sender: Sender
    aside: SetAside
    lines: Lines
    erasures: Erasures
    retention: Retention
    missed: Missed
    notifier: Notifier


def open_dependencies(settings: Settings) -> Dependencies:
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
    return Dependencies(
        settings=settings,
        redis=redis,
        sender=Sender(
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
        ),
        aside=SetAside(followups, turns, requests, secrets, redis, zone),
        lines=Lines(followups, Lookups(settings), secrets, redis, zone),
        erasures=Erasures(followups, Eraser(settings), secrets),
        retention=Retention(
            requests=requests,
            recordings=Recordings(settings),
            purge=Purge(redis, secrets, GaveUp(redis, zone)),
            audit=Audit(redis),
            redis=redis,
            work=RequestWork(redis, secrets),
            zone=zone,
        ),
        missed=Missed(
            settings=settings,
            redis=redis,
            versions=versions,
            secrets=secrets,
            turns=turns,
            followups=followups,
            requests=requests,
            inbox=Inbox(settings),
            looks=InboxRuns(redis),
        ),
        notifier=open_notifier(settings, redis),
    )
