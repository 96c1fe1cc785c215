"""Per-thread Redis connections for the scripts: taking one from the pool costs a third of a call.

Rule 1: a connection belongs to one thread of one process. A forked process opens its own.
Rule 2: the circuit breaker and its retry apply as for every other call, and a connection with an unread reply
        is closed.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Final

from hiredis import pack_command
from redis import ConnectionPool, Redis


class Held:
    """The connections of the threads to one server."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = weakref.ref(pool)
        self._here = threading.local()

    def call(self, *command: Any) -> Any:
        """Send a command and return its reply. Raises RedisError."""
        connection, packed = self._connection(), [pack_command(command)]

        def once() -> Any:
            connection.send_packed_command(packed, check_health=False)
            return connection.read_response()

        def failed(*_: object) -> None:
            connection.disconnect()

        return connection.retry.call_with_retry(once, failed)

    def _connection(self) -> Any:
        pid = os.getpid()
        if getattr(self._here, "pid", None) != pid:
            pool = self._pool()
            assert pool is not None, "its client is in use"
            # Not from the pool, which would count connections of threads that have ended.
            self._here.connection, self._here.pid = pool.connection_class(**pool.connection_kwargs), pid
        return self._here.connection


_BY_POOL: Final[weakref.WeakKeyDictionary[ConnectionPool, Held]] = weakref.WeakKeyDictionary()


def held_by(redis: Redis) -> Held | None:
    """Return the per-thread connections of a single-server client; None for any other client, such as a pipeline."""
    if type(redis) is not Redis or type(redis.connection_pool) is not ConnectionPool:
        return None
    pool = redis.connection_pool
    return _BY_POOL.setdefault(pool, Held(pool))
