"""A value is reread in a thread; meanwhile the previous one counts."""

import time
from threading import Event, Timer

import pytest

from hotline.store.connection import StoreBusy
from hotline.store.desk_versions import Refreshing


def test_a_fresh_value_is_read_after_the_call() -> None:
    stored, ends = ["before"], Event()

    def read() -> str:
        found = stored[0]
        ends.wait(5)
        return found

    refreshing = Refreshing("test", "at first", read, time.monotonic)
    assert "at first" == refreshing.now(0)
    stored[0] = "after"
    Timer(0.05, ends.set).start()
    assert "after" == refreshing.fresh(5)


@pytest.mark.parametrize("error", [StoreBusy("TimeoutError"), ValueError(), TypeError()], ids=repr)
def test_a_read_that_fails_changes_nothing(error: Exception) -> None:
    results: list[str | Exception] = ["first", error, "third"]

    def read() -> str:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    refreshing = Refreshing("test", "at first", read, time.monotonic)
    assert ["first", "first", "third"] == [refreshing.fresh(5) for _ in range(3)]
