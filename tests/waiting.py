"""Waiting for what a test needs, and never for a time."""

import time
from collections.abc import Callable
from contextlib import suppress

PAUSE_SECONDS = 0.02


def wait_until(
    holds: Callable[[], object],
    seconds: float = 10.0,
    what: str = "",
    ignoring: tuple[type[Exception], ...] = (),
) -> None:
    """Return once this holds; an error of `ignoring` means not yet. Raise AssertionError when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(*ignoring):
            if holds():
                return
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"not within {seconds} s{f': {what}' if what else ''}")
