"""Wait until writes are durable: on disk, and on a replica if there is one.

With `appendfsync everysec` Redis replies up to a second before a write is on disk; a host that crashes in
that second loses it, and so does a failover to a replica that lags. Three writes must not be lost: the mark
before a text is sent, an opt-out, and an erasure.

Rule 1: a wait is bounded. A write that is not durable by then is logged, and the turn or the send
        continues.
Rule 2: a server that cannot report it (no append-only file, an older version, a managed one) is not waited
        for, and is checked again every ASK_EVERY.
Rule 3: Redis writes in order, so it is enough to write one more key and wait for that: on a cluster, one in the slot
        of the earlier write.

On a cluster and with Sentinel a write that no replica has is lost when its primary dies (`turns`, Rule 8).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from redis import Redis
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as TooSlow

from hotline.log import log
from hotline.store.connection import raise_store_busy
from hotline.store.keys import Keys
from hotline.store.nodes import is_cluster, server_of

IN_A_TURN: Final = timedelta(milliseconds=400)
"""The wait for an opt-out or an erasure: less than `connection.ANSWER_SECONDS`, as a parent is waiting."""

BEFORE_A_SEND: Final = timedelta(milliseconds=1200)
"""Longer than a flush takes on a disk that is flushed every second."""

A_TRY: Final = timedelta(milliseconds=400)
"""How long one wait command blocks; a longer wait repeats it."""

ASK_EVERY: Final = 60.0

WRITTEN: Final = "{durable}"


@dataclass(slots=True)
class _Server:
    """What a server is known to report, and when to ask it again."""

    disk: bool = True
    replica: bool = True
    ask_at: float = 0.0

    @property
    def can_tell(self) -> bool:
        """Whether it can report anything."""
        return self.disk or self.replica


class Durable:
    """Waits for the disk and a replica. Thread-safe."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._servers: dict[str, _Server] = {}

    def wait(self, at_most: timedelta, who: str = "") -> bool:
        """Wait until this process's earlier writes for `who` are durable, and return whether they are.

        False means that they may not be yet: it took longer than `at_most`, or this server cannot report
        it. Raises StoreBusy if Redis is down: then nothing is known about the writes.
        """
        with raise_store_busy():
            key = Keys(who).beside("durable") if is_cluster(self._redis) else WRITTEN
            server = self._find_out(key)
            end = time.monotonic() + at_most.total_seconds()
            while server.can_tell and (left := end - time.monotonic()) > 0:
                if self._is_safe(key, server, min(A_TRY, timedelta(seconds=left))):
                    return True
        if server.can_tell:
            log.warning("not_durable_yet", ms=at_most // timedelta(milliseconds=1))
        return False

    def after_commit(self, who: str = "") -> None:
        """Wait, as long as a turn may, until the commit for `who` is durable. Never raises."""
        try:
            self.wait(IN_A_TURN, who)
        except Exception as error:  # noqa: BLE001 -- the turn is committed, whether or not the wait succeeds
            log.warning("not_durable_yet", cause=type(error).__name__)

    def _find_out(self, key: str) -> _Server:
        """Every ASK_EVERY, check again for a replica, and assume again that the disk can be waited for."""
        now, at = time.monotonic(), server_of(self._redis, key)
        server = self._servers.setdefault(at.name, _Server())
        if now < server.ask_at:
            return server
        server.ask_at, server.disk = now + ASK_EVERY, True
        try:
            server.replica = bool(at.redis.info("replication").get("connected_slaves"))
        except ResponseError:
            server.replica = False
        return server

    def _is_safe(self, key: str, server: _Server, wait: timedelta) -> bool:
        milliseconds = max(1, wait // timedelta(milliseconds=1))
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(key, 1, px=1)
            if server.disk:
                pipe.waitaof(1, 0, milliseconds)
            if server.replica:
                pipe.wait(1, milliseconds)
            written, *waits = pipe.execute(raise_on_error=False)
        if isinstance(written, RedisError):
            raise written
        if server.disk:
            server.disk = self._can(waits[0])
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
