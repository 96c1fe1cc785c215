"""Run the doctor's checks in rounds, about once a minute, so that /status and the desk report what they find.

/status itself queries only Redis. Whether the carrier still sends texts here, and whether a signed request gets
through PUBLIC_BASE_URL, takes a request to find out. Each clock process has a thread for that; one does each round.

Rule 1: findings of Grade.ADVICE are left to `hotline doctor`.
Rule 2: a failed round stops neither the clock nor the next round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.config.settings import Settings
from hotline.doctor import carrier, ourselves, store
from hotline.doctor.lines import Grade, Line
from hotline.log import log
from hotline.store.connection import connect
from hotline.store.heartbeat import store_problems
from hotline.store.leases import acquire_alert

EVERY: Final = timedelta(seconds=40)
"""Interval of rounds. With the duration of a round, a mistake is reported within a minute."""

FIRST_AFTER: Final = 15.0
"""Seconds before the first round, in which the web can start too."""

RETRY_SECONDS: Final = 5.0
"""Seconds between a process's attempts to do the next round."""


def problems(settings: Settings) -> tuple[str, ...]:
    """Return the problems at the carrier, with our public URL, and in Redis.

    Each names its check and includes the fix.
    """
    return tuple(f"{line.name}: {line.message}" for line in _lines(settings) if line.grade >= Grade.WRONG)


def _lines(settings: Settings) -> Iterator[Line]:
    yield from store.lines(settings)
    yield from carrier.lines(settings)
    yield from ourselves.lines(settings)


def go_round(settings: Settings, redis: Redis) -> bool:
    """Do a round if one is due; return whether it was. Raise StoreBusy."""
    if not acquire_alert(redis, "rounds", EVERY):
        return False
    store_problems(redis, problems(settings))
    return True


def start(settings: Settings) -> threading.Thread:
    """Start a daemon thread that does rounds until the process exits; return it."""
    thread = threading.Thread(target=_go_on, args=(settings,), name="doctor", daemon=True)
    thread.start()
    return thread


def _go_on(settings: Settings) -> None:
    time.sleep(FIRST_AFTER)
    redis = connect(settings.redis_url)
    while True:
        try:
            go_round(settings, redis)
        except Exception as error:  # noqa: BLE001 -- Rule 2
            log.warning("round_failed", error=type(error).__name__)
        time.sleep(RETRY_SECONDS)
