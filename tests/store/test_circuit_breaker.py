"""After a few consecutive failures Redis is not called for a while; an error reply counts as an answer."""

import copy
from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, Thread

import pytest
from redis.exceptions import BusyLoadingError, MasterDownError, MovedError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import TimeoutError as TooSlow

from hotline.store.circuit_breaker import FAILURES, PAUSE, Breaker, NotAsked


class Redis:
    """A fake call that raises these errors in turn, then answers. Counts its calls."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.closed = 0

    def answer(self) -> str:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def close(self, _error: Exception, _failures: int) -> None:
        self.closed += 1


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def ask(breaker: Breaker, redis: Redis) -> str:
    return breaker.call_with_retry(redis.answer, redis.close, with_failure_count=True)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(TooSlow):
            ask(breaker, Redis(TooSlow()))


def is_open(breaker: Breaker) -> bool:
    """Return whether Redis is not called at all."""
    redis = Redis()
    with pytest.raises(NotAsked):
        ask(breaker, redis)
    return redis.asked == 0


READONLY = "ERR Error running script: -READONLY You can't write against a replica."
UNBLOCKED = "UNBLOCKED force unblock from blocking operation, instance state changed"
TRIES = {
    "cut": (Cut("cut"), 2),
    "loading": (BusyLoadingError("loading"), 2),
    "replica": (ReadOnlyError("a replica"), 2),
    "replica of an older kind": (ResponseError(READONLY), 2),
    "moved": (MovedError("1 127.0.0.1:7001"), 2),
    "moved, of a script": (ResponseError("MOVED 1 127.0.0.1:7001"), 2),
    "master down": (MasterDownError("Link with MASTER is down"), 2),
    "a wait that ends": (ResponseError(UNBLOCKED), 2),
    "no replicas": (ResponseError("NOREPLICAS Not enough good replicas to write."), 2),
    "slow": (TooSlow("slow"), 1),
    "full": (ResponseError("OOM command not allowed"), 1),
}


@pytest.mark.parametrize(("error", "tries"), TRIES.values(), ids=TRIES)
def test_only_connection_errors_are_retried_once(breaker: Breaker, error: Exception, tries: int) -> None:
    redis = Redis(error, error)
    with pytest.raises(type(error)):
        ask(breaker, redis)
    assert tries == redis.asked
    assert redis.closed == (0 if "OOM" in str(error) else tries)


def test_a_broken_connection_is_replaced(breaker: Breaker) -> None:
    assert "answer" == ask(breaker, Redis(Cut()))


def test_consecutive_failures_open_it(breaker: Breaker) -> None:
    for answer in (Redis(), Redis(ResponseError("WRONGTYPE"))):
        fail(breaker, FAILURES - 1)
        with suppress(ResponseError):
            ask(breaker, answer)
    fail(breaker, FAILURES)
    assert is_open(breaker)


def test_after_a_pause_one_call_probes(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES)
    for _ in range(3):
        assert is_open(breaker)
        clock.seconds += PAUSE.total_seconds()
        fail(breaker, 1)
    assert is_open(breaker)
    clock.seconds += PAUSE.total_seconds()
    assert "answer" == ask(breaker, Redis())
    assert "answer" == ask(breaker, Redis())


def test_only_one_thread_probes(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, FAILURES)
    clock.seconds += PAUSE.total_seconds()
    together, redis, refused = Barrier(8), Redis(*[TooSlow()] * 8), []

    def come() -> None:
        together.wait(5)
        try:
            ask(breaker, redis)
        except NotAsked as error:
            refused.append(error)
        except TooSlow:
            pass

    threads = [Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (1, 7) == (redis.asked, len(refused))


def test_connecting_is_part_of_the_call(breaker: Breaker) -> None:
    """redis-py connects by the same rules, and must not retry twice."""
    redis = Redis(*[Cut()] * 9)
    connecting: Callable[[], str] = lambda: ask(breaker, redis)  # noqa: E731
    with pytest.raises(Cut):
        breaker.call_with_retry(connecting, redis.close, with_failure_count=True)
    assert 2 == redis.asked


def test_all_connections_share_one(breaker: Breaker) -> None:
    """redis-py copies what it is given."""
    assert copy.deepcopy(breaker) is breaker


def test_a_cluster_node_is_not_retried_elsewhere() -> None:
    breaker = Breaker(reconnects=False)
    once = MovedError("1 127.0.0.1:7001"), ReadOnlyError("a replica")
    for error, tries in (*((each, 1) for each in once), (Cut("cut"), 2)):
        redis = Redis(error)
        with suppress(ResponseError):
            ask(breaker, redis)
        assert tries == redis.asked
