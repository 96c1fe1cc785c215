"""All workers share one send rate, and stop while the carrier refuses our account."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from redis import Redis

from hotline.store.connection import connect
from hotline.store.send_rate import (
    BURST,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    PACE,
    PLANNED_BURST,
    PROBE_EVERY,
    REFUSED,
    RETENTION,
    Go,
    Refusal,
    Refused,
    Sending,
    Wait,
)
from tests.store.conftest import NOW

SECOND = timedelta(seconds=1)
BURST_SECONDS = int(BURST.total_seconds())


@pytest.fixture
def sending(redis: Redis) -> Sending:
    return Sending(redis)


def slowed_once(sending: Sending, redis: Redis) -> timedelta:
    """The carrier's "too many requests", after the pause before it is over."""
    redis.hdel(PACE, "slow_until")
    return sending.pause()


class TestThePace:
    def test_what_is_within_the_burst_leaves_at_once(self, sending: Sending) -> None:
        for _ in range(BURST_SECONDS):
            assert Go() == sending.ask(1, 1, NOW)

    def test_what_is_asked_for_now_goes_before_a_thousand_reminders(self, sending: Sending) -> None:
        """Its slot is free, whatever the planned texts want; and more of it takes the next slots, not the last."""
        for _ in range(1000):
            sending.ask(2, 1, NOW, planned=True)
        assert Go() == sending.ask(2, 1, NOW)
        waits = []
        for _ in range(6):
            answer = sending.ask(2, 1, NOW)
            waits.append(answer.time / SECOND if isinstance(answer, Wait) else 0)
        assert waits == sorted(waits)
        assert waits[-1] <= 6 * 2

    def test_what_waits_for_its_turn_keeps_it(self, sending: Sending) -> None:
        """No reminder takes a slot reserved for a caller."""
        while (answer := sending.ask(2, 5, NOW)) == Go():
            pass
        assert isinstance(answer, Wait)
        time.sleep(answer.time / SECOND)
        for _ in range(10):
            assert isinstance(sending.ask(1, 5, NOW, planned=True), Wait)
        assert Go() == sending.ask(2, 5, NOW)

    def test_planned_texts_get_what_is_left(self, sending: Sending) -> None:
        """With no one waiting, planned texts get the whole rate."""
        left, began = 0, time.monotonic()
        while time.monotonic() - began < 1.5:
            left += sending.ask(1, 20, NOW, planned=True) == Go()
            time.sleep(0.01)
        least = 20 * (PLANNED_BURST / SECOND + 1)
        assert least <= left <= 20 * (PLANNED_BURST / SECOND + time.monotonic() - began) + 1

    def test_what_is_beyond_it_waits_for_its_turn(self, sending: Sending) -> None:
        """Each a text later than the one before it: none of them comes for nothing."""
        for _ in range(BURST_SECONDS):
            sending.ask(2, 1, NOW)
        waits = [sending.ask(2, 1, NOW) for _ in range(4)]
        seconds = [wait.time / SECOND for wait in waits if isinstance(wait, Wait)]
        steps = [later - earlier for earlier, later in pairwise(seconds)]
        assert [pytest.approx(2, abs=0.3)] * 3 == steps

    def test_a_long_text_takes_its_share(self, sending: Sending) -> None:
        """Also one that is longer than the burst: it leaves, and the next waits for all of it."""
        assert Go() == sending.ask(11, 1, NOW)
        match sending.ask(1, 1, NOW):
            case Wait(time=wait):
                assert wait / SECOND == pytest.approx(11 - BURST_SECONDS, abs=0.3)
            case Go() | Refused():
                pytest.fail("it should have waited")

    def test_many_workers_keep_one_pace(self, redis_url: str, redis: Redis) -> None:
        """Eight at once, for a second and a half: not more than the pace and the burst together."""
        assert not redis.exists(PACE)
        per_second, began = 20, time.monotonic()

        def work(_: int) -> int:
            with connect(redis_url) as own:
                mine, left = Sending(own), 0
                while time.monotonic() - began < 1.5:
                    left += mine.ask(2, per_second, NOW) == Go()
                    time.sleep(0.01)
            return left * 2

        with ThreadPoolExecutor(8) as pool:
            left = sum(pool.map(work, range(8)))
        most = per_second * (BURST_SECONDS + (time.monotonic() - began)) + 2
        assert per_second * (BURST_SECONDS + 1) <= left <= most

    def test_too_fast_is_a_pause_for_all(self, sending: Sending) -> None:
        """Nobody leaves in it, whatever the pace."""
        assert sending.pause() / SECOND == pytest.approx(FIRST_PAUSE / SECOND, abs=0.1)
        assert isinstance(sending.ask(1, 1000, NOW), Wait)

    def test_a_pause_is_twice_as_long_each_time_in_a_row(self, sending: Sending, redis: Redis) -> None:
        """Up to five minutes; told twice in one pause is told once."""
        pauses = []
        for _ in range(12):
            pauses.append(round(slowed_once(sending, redis) / SECOND))
            sending.pause()
        doubled = [min(FIRST_PAUSE / SECOND * 2**n, LONGEST_PAUSE / SECOND) for n in range(12)]
        assert doubled == pauses

    def test_a_text_that_left_ends_it(self, sending: Sending) -> None:
        """The next pause is a short one again."""
        for _ in range(5):
            sending.pause()
        sending.accepted()
        assert Go() == sending.ask(1, 1, NOW)
        assert sending.pause() / SECOND == pytest.approx(FIRST_PAUSE / SECOND, abs=0.1)


class TestARefusal:
    """Our account is at fault."""

    def test_it_is_told_with_its_code_and_since_when(self, sending: Sending) -> None:
        """The first moment counts; the code is the last one."""
        assert sending.refusal() is None
        sending.refuse(20003, NOW)
        sending.refuse(30002, NOW + SECOND)
        assert Refusal(30002, NOW) == sending.refusal()

    def test_nothing_leaves_but_a_probe(self, sending: Sending) -> None:
        """One text in three minutes probes whether it is fixed."""
        sending.refuse(20003, NOW)
        assert Refused(20003) == sending.ask(1, 1, NOW)
        assert Refused(20003) == sending.ask(1, 1, NOW + PROBE_EVERY - SECOND)
        assert Go() == sending.ask(1, 1, NOW + PROBE_EVERY)
        assert Refused(20003) == sending.ask(1, 1, NOW + PROBE_EVERY)

    def test_a_probe_that_is_refused_changes_nothing(self, sending: Sending) -> None:
        """The next one is three minutes later."""
        sending.refuse(20003, NOW)
        sending.refuse(20003, NOW + PROBE_EVERY)
        assert Refused(20003) == sending.ask(1, 1, NOW + 2 * PROBE_EVERY - SECOND)
        assert Refusal(20003, NOW) == sending.refusal()

    def test_those_who_are_refused_take_no_turn(self, sending: Sending) -> None:
        """Once it is fixed, the full rate is available."""
        sending.refuse(20003, NOW)
        for _ in range(50):
            sending.ask(2, 1, NOW)
        sending.accepted()
        assert Go() == sending.ask(2, 1, NOW)

    def test_the_first_text_that_the_carrier_takes_ends_it(self, sending: Sending) -> None:
        sending.refuse(20003, NOW)
        assert [True, False] == [sending.accepted(), sending.accepted()]
        assert sending.refusal() is None

    @pytest.mark.parametrize("code", [30002, 30032, 30034])
    def test_what_is_told_late_ends_late(self, sending: Sending, code: int) -> None:
        """The carrier takes such a text and refuses it afterwards; only one that arrived proves anything."""
        sending.refuse(code, NOW)
        assert not sending.accepted()
        assert Refusal(code, NOW) == sending.refusal()
        assert sending.accepted(delivered=True)
        assert sending.refusal() is None

    def test_five_of_a_code_that_nobody_knows_are_one(self, sending: Sending) -> None:
        """In a row: another code, or a text that got through, begins anew."""
        assert [False] * 4 == [sending.count_unknown(29999, NOW) for _ in range(4)]
        assert not sending.count_unknown(29998, NOW)
        assert [False] * 4 == [sending.count_unknown(29999, NOW) for _ in range(4)]
        sending.accepted()
        assert [False] * 4 + [True] == [sending.count_unknown(29999, NOW) for _ in range(5)]
        assert Refusal(29999, NOW) == sending.refusal()

    def test_what_is_told_late_is_counted_on_till_one_arrives(self, sending: Sending) -> None:
        """Acceptance by the carrier does not prove delivery."""
        for _ in range(3):
            assert not sending.count_unknown(39999, NOW)
            sending.accepted()
        sending.accepted(delivered=True)
        assert not sending.count_unknown(39999, NOW)
        assert sending.refusal() is None

    def test_it_is_forgotten_when_nothing_waits(self, sending: Sending, redis: Redis) -> None:
        """After a day in which no text met it."""
        sending.refuse(20003, NOW)
        assert 0 < redis.ttl(REFUSED) <= RETENTION.total_seconds()


def test_the_pace_is_not_kept_for_ever(sending: Sending, redis: Redis) -> None:
    """It says nothing once its time is over."""
    sending.ask(1, 1, NOW)
    assert 0 < redis.ttl(PACE) <= 2 * 3600
