"""Wait until writes are durable: on disk, and on a replica if there is one.

With `appendfsync everysec` Redis replies up to a second before a write is on disk; a host that crashes in
that second loses it, and so does a failover to a replica that lags. Three writes must not be lost: the mark
before a text is sent, an opt-out, and an erasure.

Rule 1: a wait is bounded. A write that is not durable by then is logged, and the turn or the send
        continues.
Rule 2: a server that cannot report it (no append-only file, an older version, a managed one) is not waited
        for, and is asked again every ASK_EVERY.
Rule 3: Redis writes in order, so it is enough to write one more key and wait for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

from hotline.log import log
from hotline.store.connection import raise_store_busy

IN_A_TURN: Final = timedelta(milliseconds=400)
"""The wait for an opt-out or an erasure: less than `connection.ANSWER_SECONDS`, as a parent is waiting."""

BEFORE_A_SEND: Final = timedelta(milliseconds=1200)
"""Longer than a disk takes that is flushed every second."""

A_TRY: Final = timedelta(milliseconds=400)
"""How long one wait command blocks; a longer wait repeats it."""

ASK_EVERY: Final = 60.0

WRITTEN: Final = "{durable}"


class Durable:
    """Waits for the disk and a replica. Thread-safe. `clock` returns monotonic seconds."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis, self._clock = redis, clock
        self._disk = self._replica = True
        self._ask_at = 0.0

    def wait(self, at_most: timedelta) -> bool:
        """Wait until all earlier writes of this process are durable, and return whether they are.

        False means that they may not be yet: it took longer than `at_most`, or this server cannot report
        it. Raises StoreBusy if Redis is down: then nothing is known about the writes.
        """
        with raise_store_busy():
            self._find_out()
            end = self._clock() + at_most.total_seconds()
            while self._can_tell and (left := end - self._clock()) > 0:
                if self._is_safe(min(A_TRY, timedelta(seconds=left))):
                    return True
        if self._can_tell:
            log.warning("not_durable_yet", ms=at_most // timedelta(milliseconds=1))
        return False

    @property
    def _can_tell(self) -> bool:
        return self._disk or self._replica

    def after_commit(self) -> None:
        """Wait as long as a turn may for writes already committed. Never raises."""
        try:
            self.wait(IN_A_TURN)
        except Exception as error:  # noqa: BLE001 -- the turn is taken, whatever becomes of the wait
            log.warning("not_durable_yet", cause=type(error).__name__)

    def _find_out(self) -> None:
        """Every ASK_EVERY, check again for a replica, and assume again that the disk can be waited for."""
        now = self._clock()
        if now < self._ask_at:
            return
        self._ask_at, self._disk = now + ASK_EVERY, True
        try:
            self._replica = bool(self._redis.info("replication").get("connected_slaves"))
        except ResponseError:
            self._replica = False

    def _is_safe(self, wait: timedelta) -> bool:
        milliseconds = max(1, wait // timedelta(milliseconds=1))
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(WRITTEN, 1, px=1)
            if self._disk:
                pipe.waitaof(1, 0, milliseconds)
            if self._replica:
                pipe.wait(1, milliseconds)
            written, *waits = pipe.execute(raise_on_error=False)
        if isinstance(written, RedisError):
            raise written
        if self._disk:
            self._disk = self._can(waits[0])
        return bool(waits) and all(map(_reached, waits))

    def _can(self, answer: Any) -> bool:
        """Check whether this server supports the command. Raise an error that says Redis is down."""
        if isinstance(answer, Cut | TooSlow):
            raise answer
        return not isinstance(answer, RedisError)


def _reached(answer: Any) -> bool:
    """Check a WAITAOF reply for the local disk, or a WAIT reply for a replica; an error is False."""
    if isinstance(answer, RedisError):
        return False
    return int(answer[0] if isinstance(answer, list) else answer) >= 1
