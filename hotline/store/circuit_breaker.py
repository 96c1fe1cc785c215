"""Keeps a Redis that does not answer from holding every request.

Rule 1: what was not answered in time is not asked again: that would take as long once more. A connection that
        was cut is made anew, once: an idle one may have been closed by anybody on the way. So is one whose
        Redis is not the one to write to any more (ELSEWHERE), for the name may lead to another by now.
Rule 2: after FAILURES in a row nothing is asked for PAUSE, and all get NotAsked at once. Then one asks again;
        when it is answered, so are all, and else they wait as long again.
Rule 3: an error that Redis tells is an answer.
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
"""One or two may be a moment's trouble of the network."""

PAUSE: Final = timedelta(seconds=1)
"""So long does one that came back stay unnoticed at most."""

ELSEWHERE: Final = ("READONLY", "MASTERDOWN", "UNBLOCKED", "MOVED ", "NOREPLICAS")
"""What a Redis says that has become a replica, has lost its master or its replicas, stopped a wait as it became one, or
stands in a cluster whose slots are elsewhere."""

T = TypeVar("T")


class NotAsked(Cut):
    """Redis has not answered of late, so it was not asked."""


class Breaker(Retry):
    """How all connections of one client try again, and when they do not try at all. Give it to the client as
    its `retry`. Safe to use from several threads. `clock` gives seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(NoBackoff(), retries=1)
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._ask_at = 0.0
        self._here = threading.local()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: redis-py copies what it is given for each connection, and all must know of each other."""
        return self

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,  # noqa: ARG002 -- Rule 1 decides
        with_failure_count: bool = False,
    ) -> T:
        """What `do` returns. Before each new try, and before giving up, `fail` is told the error. Raises what
        `do` raises, and NotAsked.
        """
        if getattr(self._here, "asking", False):  # it connects, within a call that is tried again as a whole
            return do()
        self._let_through()
        self._here.asking = True
        answered = False
        try:
            found = self._tried(do, fail, with_failure_count)
            answered = True
        except (Cut, TooSlow) as error:
            self._not_answered(error)
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
                again = isinstance(error, Cut) or leads_elsewhere(error)
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

    def _not_answered(self, error: Exception) -> None:
        with self._lock:
            self._failed += 1
            self._ask_at = self._clock() + PAUSE.total_seconds()
            if self._failed == FAILURES:
                log.error("store_away", cause=type(error).__name__)

    def _answered(self) -> None:
        if not self._failed:
            return
        with self._lock:
            was_away, self._failed = self._failed >= FAILURES, 0
        if was_away:
            log.info("store_back")


def leads_elsewhere(error: Exception) -> bool:
    """Whether Redis says that it is not the one to write to. Older ones tell it of a script as an error like any other,
    with the word in its middle; the client takes it from the front of what it knows.
    """
    known = isinstance(error, ReadOnlyError | AskError | MasterDownError)
    return known or (isinstance(error, ResponseError) and any(word in str(error) for word in ELSEWHERE))
