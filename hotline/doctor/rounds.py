"""Runs the doctor on the running line, once a minute, so that /status and the desk say what it would.

/status itself asks nobody but Redis. Whether the carrier still sends texts here, and whether a signed request gets
through PUBLIC_BASE_URL, only a trial can tell: a thread of each clock, one of them at a time.

Rule 1: what is only worth a look (Grade.ADVICE) is left to `hotline doctor`.
Rule 2: a round that fails ends nothing. The clock goes on, and so does the next round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from redis import Redis

from hotline.config.settings import Settings
from hotline.doctor import carrier, machine, ourselves, store
from hotline.doctor.lines import Grade, Line
from hotline.log import log
from hotline.store.connection import connect
from hotline.store.rounds import RoundsFound

EVERY: Final = timedelta(seconds=40)
"""A mistake is reported within a minute: this, and what a round takes."""

FIRST_AFTER: Final = 15.0
"""Seconds that the web gets to start, in a service that starts as a whole."""

LOOKS_FOR_TURN: Final = 5.0
"""Seconds between two tries to have the next round."""


def problems(settings: Settings) -> tuple[str, ...]:
    """Return what is wrong outside of this machine, and with its clock, each with its cure."""
    return tuple(f"{line.name}: {line.message}" for line in _lines(settings) if line.grade >= Grade.WRONG)


def _lines(settings: Settings) -> Iterator[Line]:
    yield machine.zones()
    yield from store.lines(settings)
    yield from carrier.lines(settings)
    yield from ourselves.lines(settings)


def go_round(settings: Settings, redis: Redis) -> bool:
    """Do a round if it is due, and return whether it was. Raises StoreBusy."""
    found = RoundsFound(redis)
    if not found.my_turn(EVERY):
        return False
    found.keep(problems(settings))
    return True


def start(settings: Settings) -> threading.Thread:
    """Go rounds in a thread of their own for as long as the process lives."""
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
        time.sleep(LOOKS_FOR_TURN)
