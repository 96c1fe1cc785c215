"""Wrong passwords lock the desk for a while."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from hotline.store.login_throttle import (
    ALL,
    LOCKED_FOR,
    MOST,
    MOST_TOGETHER,
    WINDOW,
    LoginThrottle,
    locked_key,
    wrong_key,
)

BY = "somebody"
WRONG, LOCKED = wrong_key(BY), locked_key(BY)


@pytest.fixture
def guesses(redis: Redis) -> LoginThrottle:
    return LoginThrottle(redis)


def guess(guesses: LoginThrottle, times: int) -> None:
    for _ in range(times):
        guesses.wrong(BY)


def test_a_few_wrong_passwords_lock_nothing(guesses: LoginThrottle) -> None:
    assert timedelta() == guesses.locked_for(BY)
    guess(guesses, MOST - 1)
    assert timedelta() == guesses.locked_for(BY)


def test_ten_within_the_window_lock_the_desk_for_as_long(guesses: LoginThrottle, redis: Redis) -> None:
    guess(guesses, MOST)
    assert LOCKED_FOR - timedelta(seconds=5) < guesses.locked_for(BY) <= LOCKED_FOR
    redis.pexpire(LOCKED, 0)
    assert timedelta() == guesses.locked_for(BY)
    guess(guesses, MOST - 1)
    assert timedelta() == guesses.locked_for(BY)


def test_the_window_begins_with_the_first(guesses: LoginThrottle, redis: Redis) -> None:
    guess(guesses, 1)
    assert 0 < redis.pttl(WRONG) <= WINDOW / timedelta(milliseconds=1)
    redis.pexpire(WRONG, 1000)
    guess(guesses, MOST - 2)
    assert redis.pttl(WRONG) <= 1000
    redis.pexpire(WRONG, 0)
    guess(guesses, MOST - 1)
    assert timedelta() == guesses.locked_for(BY)


def test_pacing_gets_no_more_guesses_than_the_lock(guesses: LoginThrottle, redis: Redis) -> None:
    guess(guesses, MOST - 1)
    assert (
        LOCKED_FOR - timedelta(seconds=5) < timedelta(milliseconds=int(str(redis.pttl(WRONG)))) <= LOCKED_FOR
    )


def test_nothing_about_guessers_is_stored(guesses: LoginThrottle, kept: Callable[[], dict[str, Any]]) -> None:
    guess(guesses, MOST + 3)
    assert {WRONG: "3", LOCKED: "1"} == kept()


def test_one_who_guesses_shuts_nobody_else_out(guesses: LoginThrottle) -> None:
    for _ in range(MOST):
        guesses.wrong(BY, ALL)
    assert guesses.locked_for(BY, ALL)
    assert not guesses.locked_for("another", ALL)


def test_very_many_who_guess_shut_out_all_strangers(guesses: LoginThrottle) -> None:
    for n in range(MOST_TOGETHER):
        guesses.wrong(str(n), ALL)
    assert guesses.locked_for("another", ALL)
    assert not guesses.locked_for("a browser")
