"""Circuit breaker that keeps an unresponsive Redis from blocking every request.

Rule 1: a timeout is not retried: that would take as long again. A dropped connection is reconnected once,
        since an idle one may have been closed anywhere along the way. So is one whose Redis no longer accepts
        writes (ELSEWHERE), because the host name may point to another server by now.
Rule 2: after FAILURES in a row nothing is sent for PAUSE, and every call raises NotAsked at once. Then one
        call goes through; if it succeeds, all do, else the pause starts again.
Rule 3: an error reply from Redis counts as an answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, Self, TypeVar

from redis.backoff import NoBackoff
from redis.exceptions import AskError, MasterDownError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import TimeoutError as TooSlow
from redis.retry import Retry

from hotline.log import log

FAILURES: Final = 3
"""One or two may be a brief network problem."""

PAUSE: Final = timedelta(seconds=1)
"""The longest time until a recovered Redis is noticed."""

ELSEWHERE: Final = ("READONLY", "MASTERDOWN", "UNBLOCKED", "MOVED ", "NOREPLICAS")
"""Error replies that mean this Redis no longer accepts writes.

It became a replica, unblocked a wait as it did, lost its master or replicas, or its cluster slots moved.
"""

T = TypeVar("T")


class NotAsked(Cut):
    """Redis has not answered recently, so it was not called."""


class Breaker(Retry):
    """The retry policy and circuit breaker of all connections of one client.

    Pass it to the client as `retry`. Thread-safe. `clock` returns monotonic seconds. `reconnects` is False for a node
    of a cluster: its name points to no other, and the client finds the node that has the slot now (`cluster`).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, reconnects: bool = True) -> None:
        super().__init__(NoBackoff(), retries=1)
        self._clock, self._reconnects = clock, reconnects
        self._lock = threading.Lock()
        self._failed = 0
        self._ask_at = 0.0
        self._here = threading.local()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return self: redis-py copies it for each connection, and all must share one state."""
        return self

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,  # noqa: ARG002 -- Rule 1 decides
        with_failure_count: bool = False,
    ) -> T:
        """Return the result of `do`, retrying once where Rule 1 allows it.

        `fail` is called with the error before each retry and before giving up. Raises what `do` raises, and
        NotAsked.
        """
        if getattr(self._here, "asking", False):  # connecting, within a call that is retried as a whole
            return do()
        self._let_through()
        self._here.asking = True
        answered = False
        try:
            found = self._tried(do, fail, with_failure_count)
            answered = True
        except (Cut, TooSlow) as error:
            with self._lock:
                self._failed += 1
                self._ask_at = self._clock() + PAUSE.total_seconds()
                if self._failed == FAILURES:
                    log.error("store_away", cause=type(error).__name__)
            raise
        except RedisError:
            answered = True
            raise
        finally:
            self._here.asking = False
            if answered:
                self._answered()
        return found

    def _tried(self, do: Callable[[], T], fail: Callable[..., Any], with_failure_count: bool) -> T:
        failures = 0
        while True:
            try:
                return do()
            except (Cut, TooSlow, ResponseError) as error:
                again = isinstance(error, Cut) or (self._reconnects and leads_elsewhere(error))
                if not again and isinstance(error, ResponseError):
                    raise
                failures += 1
                if with_failure_count:
                    fail(error, failures)
                else:
                    fail(error)
                if not again or failures > self._retries:
                    raise

    def _let_through(self) -> None:
        if self._failed < FAILURES:
            return
        with self._lock:
            now = self._clock()
            if self._failed >= FAILURES and now < self._ask_at:
                raise NotAsked("Redis has not answered of late")
            self._ask_at = now + PAUSE.total_seconds()

    def _answered(self) -> None:
        if not self._failed:
            return
        with self._lock:
            was_away, self._failed = self._failed >= FAILURES, 0
        if was_away:
            log.info("store_back")


def leads_elsewhere(error: Exception) -> bool:
    """Check whether an error says that this Redis does not accept writes.

    Older versions report it from a script as a generic error with the code in mid-message; the client
    strips the codes it knows from the start.
    """
    known = isinstance(error, ReadOnlyError | AskError | MasterDownError)
    return known or (isinstance(error, ResponseError) and any(word in str(error) for word in ELSEWHERE))
