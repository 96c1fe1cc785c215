"""While Redis is down, slow, full or failing over, parents get an answer in time; then it recovers."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from redis.exceptions import RedisError

from hotline.config.settings import Settings
from hotline.web.app import create_app
from tests.own_redis import OwnRedis, changing_way_to, own_redis
from tests.waiting import wait_until
from tests.web.twilio_forms import Caller, messages, spoken

PATIENCE_SECONDS = 2.0
"""Maximum wait for the safe words."""

RECOVERY_SECONDS = 2.0

AT_ONCE_SECONDS = 0.3
"""Redis was not called."""

SAFE = "ask the school in writing"


@pytest.fixture
def own(settings: Settings, server: OwnRedis) -> Settings:
    """Return settings with a Redis that the test may kill."""
    return replace(settings, redis_url=server.url)


@pytest.fixture
def app(own: Settings) -> Flask:
    return create_app(own)


@pytest.fixture
def parent(app: Flask, own: Settings) -> Caller:
    """Return the phone of a parent in the middle of the questions."""
    caller = Caller(app.test_client(), own)
    for body in ("hi", "1"):
        assert SAFE not in "".join(messages(caller.text(body)))
    return caller


def timed(say: Callable[[], str]) -> tuple[str, float]:
    """Return what is said, and how long it took."""
    began = time.monotonic()
    said = say()
    return said, time.monotonic() - began


def texted(caller: Caller, body: str = "3") -> str:
    answer = caller.text(body)
    assert (200, "text/xml") == (answer.status_code, answer.mimetype)
    return "".join(messages(answer))


def gets_safe_words_in_time(caller: Caller) -> None:
    for say in (lambda: texted(caller), lambda: spoken(caller.dial()), lambda: texted(caller)):
        said, took = timed(say)
        assert SAFE in said
        assert "por escrito" in said, "nothing is known of the person: both languages"
        assert took < PATIENCE_SECONDS


def is_served_again(caller: Caller) -> None:
    """Check that the parent continues where they were within RECOVERY_SECONDS."""
    end = time.monotonic() + RECOVERY_SECONDS
    while SAFE in (said := texted(caller)):
        assert time.monotonic() < end, "not within 2 s"
        time.sleep(0.05)
    assert "suspended" in said, "the question after the one that waited"


def test_a_redis_that_dies_and_comes_back(server: OwnRedis, parent: Caller) -> None:
    server.kill()
    gets_safe_words_in_time(parent)
    server.start()
    is_served_again(parent)


def test_a_redis_that_hangs(server: OwnRedis, parent: Caller) -> None:
    server.pause()
    try:
        gets_safe_words_in_time(parent)
        said, took = timed(lambda: texted(parent))
        assert SAFE in said
        assert took < AT_ONCE_SECONDS
    finally:
        server.go_on()
    is_served_again(parent)


def test_a_hanging_redis_does_not_block_every_request(
    server: OwnRedis, app: Flask, own: Settings, parent: Caller
) -> None:
    server.pause()
    try:
        with ThreadPoolExecutor(4) as pool:
            callers = [Caller(app.test_client(), own, f"+1202555{n:04d}") for n in range(40)]
            (said, took) = timed(lambda: "|".join(pool.map(texted, callers)))
    finally:
        server.go_on()
    assert 40 == sum(SAFE in each for each in said.split("|"))
    assert took < 3 * PATIENCE_SECONDS
    is_served_again(parent)


@pytest.mark.parametrize(
    "seconds", [0.45, *(pytest.param(each, marks=pytest.mark.whole) for each in (0.2, 0.6, 1.0))]
)
def test_a_slow_redis_is_awaited_only_as_long_as_a_parent_waits(
    seconds: float, server: OwnRedis, own: Settings, parent: Caller, tmp_path: Path
) -> None:
    with changing_way_to(server, tmp_path / "slow.sock") as way:
        far = Caller(create_app(replace(own, redis_url=way.url)).test_client(), own, parent.number)
        way.seconds = seconds
        for _ in range(3):
            said, took = timed(lambda: texted(far, "hi"))
            assert said
            assert took < PATIENCE_SECONDS


def test_conflicts_at_a_slow_redis_are_answered_in_time(
    server: OwnRedis, app: Flask, own: Settings, parent: Caller, tmp_path: Path
) -> None:
    over = threading.Event()

    def text_on() -> None:
        near = Caller(app.test_client(), own, parent.number)
        while not over.is_set():
            near.text(f"what is an iep {time.monotonic()}")

    with changing_way_to(server, tmp_path / "slow.sock") as way:
        far = Caller(create_app(replace(own, redis_url=way.url)).test_client(), own, parent.number)
        far.text("hi")
        way.seconds = 0.3
        texting = threading.Thread(target=text_on)
        texting.start()
        try:
            said, took = timed(lambda: texted(far))
        finally:
            over.set()
            texting.join()
    assert SAFE in said
    assert took < PATIENCE_SECONDS


def test_a_full_redis_stores_nothing_of_a_turn(server: OwnRedis, parent: Caller) -> None:
    server.fill()
    before = server.everything()
    gets_safe_words_in_time(parent)
    assert before == server.everything()
    server.make_room()
    is_served_again(parent)


def test_a_redis_demoted_to_a_replica_is_left_for_the_new_primary(
    server: OwnRedis, own: Settings, tmp_path: Path
) -> None:
    """After a failover the address points elsewhere, but connections to the old primary remain."""
    address = tmp_path / "current.sock"
    address.symlink_to(server.socket)
    with own_redis(tmp_path / "other") as other:
        caller = Caller(create_app(replace(own, redis_url=f"unix://{address}")).test_client(), own)
        for body in ("hi", "1"):
            texted(caller, body)
        server.client.replicaof("127.0.0.1", 1)
        gets_safe_words_in_time(caller)
        server.client.replicaof("NO", "ONE")
        is_served_again(caller)
        server.client.replicaof("127.0.0.1", 1)
        address.unlink()
        address.symlink_to(other.socket)
        assert SAFE not in texted(caller, "hi"), "asked anew, on a new connection"
        assert other.client.dbsize()


def test_a_loading_redis_is_awaited(server: OwnRedis, parent: Caller) -> None:
    server.client.config_set("appendonly", "no")
    server.client.eval("for i = 1, 400 do redis.call('SET', 'filler:' .. i, i) end", 0)
    server.client.save()
    server.kill()
    slowly = ("--key-load-delay", "2500", "--loading-process-events-interval-bytes", "1024")
    server.start(*slowly, "--appendonly", "no", wait=False)
    wait_until(lambda: server.client.info("persistence")["loading"] == 1, ignoring=(RedisError,))
    assert SAFE in texted(parent)
    wait_until(lambda: server.client.info("persistence")["loading"] == 0, ignoring=(RedisError,))
    is_served_again(parent)


@pytest.mark.parametrize(
    ("body", "first", "end"),
    [
        ("my son wants to kill himself", "call 911", OwnRedis.pause),
        ("quiero morirme", "llame al 911", OwnRedis.kill),
        ("my husband hits my son", "call 911", OwnRedis.kill),
        ("STOP", "no more texts", OwnRedis.pause),
        ("stop texting me", "no more texts", OwnRedis.kill),
    ],
)
def test_danger_and_stop_are_recognized_without_redis(
    parent: Caller, server: OwnRedis, body: str, first: str, end: Callable[[OwnRedis], None]
) -> None:
    end(server)
    for _ in range(2):
        said = texted(parent, body)
        assert (True, False) == (first in said, SAFE in said)


def test_danger_is_recognized_in_a_call_without_redis(parent: Caller, server: OwnRedis) -> None:
    parent.dial()
    server.kill()
    answer = parent.turn(1, SpeechResult="i want to die")
    assert ("9 8 8" in spoken(answer), "<Gather" in answer.text) == (True, False)
    assert SAFE in spoken(parent.turn(2, Digits="9"))
    assert SAFE in spoken(parent.turn(3, SpeechResult="stop texting me"))


def test_a_stop_that_twilio_answered_gets_no_safe_words(parent: Caller, server: OwnRedis) -> None:
    """They would not arrive, because Twilio blocks texts after it."""
    server.kill()
    assert [] == messages(parent.text("STOP", OptOutType="STOP"))


def test_the_end_of_a_call_is_reported_again(parent: Caller, server: OwnRedis) -> None:
    """With a 503 Twilio retries; otherwise the text after a dropped call would never be planned."""
    parent.dial()
    server.kill()
    assert 503 == parent.post("/voice/ended", parent.voice_form()).status_code
