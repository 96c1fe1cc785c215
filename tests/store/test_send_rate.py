"""All workers share one send rate, and stop while the carrier refuses our account."""

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
    """Report the carrier's "too many requests" after the previous pause."""
    redis.hdel(PACE, "slow_until")
    return sending.pause()


class TestThePace:
    def test_texts_within_the_burst_are_sent_at_once(self, sending: Sending) -> None:
        for _ in range(BURST_SECONDS):
            assert Go() == sending.ask(1, 1, NOW)

    def test_a_requested_text_goes_before_a_thousand_reminders(self, sending: Sending) -> None:
        for _ in range(1000):
            sending.ask(2, 1, NOW, planned=True)
        assert Go() == sending.ask(2, 1, NOW)
        waits = []
        for _ in range(6):
            answer = sending.ask(2, 1, NOW)
            waits.append(answer.time / SECOND if isinstance(answer, Wait) else 0)
        assert waits == sorted(waits)
        assert waits[-1] <= 6 * 2

    def test_a_reserved_slot_is_kept(self, sending: Sending) -> None:
        while (answer := sending.ask(2, 5, NOW)) == Go():
            pass
        assert isinstance(answer, Wait)
        time.sleep(answer.time / SECOND)
        for _ in range(10):
            assert isinstance(sending.ask(1, 5, NOW, planned=True), Wait)
        assert Go() == sending.ask(2, 5, NOW)

    def test_planned_texts_get_the_unused_rate(self, sending: Sending) -> None:
        left, began = 0, time.monotonic()
        while time.monotonic() - began < 1.5:
            left += sending.ask(1, 20, NOW, planned=True) == Go()
            time.sleep(0.01)
        least = 20 * (PLANNED_BURST / SECOND + 1)
        assert least <= left <= 20 * (PLANNED_BURST / SECOND + time.monotonic() - began) + 1

    def test_texts_beyond_the_rate_get_consecutive_slots(self, sending: Sending) -> None:
        for _ in range(BURST_SECONDS):
            sending.ask(2, 1, NOW)
        waits = [sending.ask(2, 1, NOW) for _ in range(4)]
        seconds = [wait.time / SECOND for wait in waits if isinstance(wait, Wait)]
        steps = [later - earlier for earlier, later in pairwise(seconds)]
        assert [pytest.approx(2, abs=0.3)] * 3 == steps

    def test_a_long_text_takes_its_share(self, sending: Sending) -> None:
        assert Go() == sending.ask(11, 1, NOW)
        match sending.ask(1, 1, NOW):
            case Wait(time=wait):
                assert wait / SECOND == pytest.approx(11 - BURST_SECONDS, abs=0.3)
            case Go() | Refused():
                pytest.fail("it should have waited")

    def test_many_workers_keep_one_rate(self, redis_url: str, redis: Redis) -> None:
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

    def test_a_rate_limit_error_pauses_everyone(self, sending: Sending) -> None:
        assert sending.pause() / SECOND == pytest.approx(FIRST_PAUSE / SECOND, abs=0.1)
        assert isinstance(sending.ask(1, 1000, NOW), Wait)

    def test_consecutive_pauses_double(self, sending: Sending, redis: Redis) -> None:
        pauses = []
        for _ in range(12):
            pauses.append(round(slowed_once(sending, redis) / SECOND))
            sending.pause()
        doubled = [min(FIRST_PAUSE / SECOND * 2**n, LONGEST_PAUSE / SECOND) for n in range(12)]
        assert doubled == pauses

    def test_a_sent_text_resets_the_pause(self, sending: Sending) -> None:
        for _ in range(5):
            sending.pause()
        sending.accepted()
        assert Go() == sending.ask(1, 1, NOW)
        assert sending.pause() / SECOND == pytest.approx(FIRST_PAUSE / SECOND, abs=0.1)


class TestARefusal:
    """Our account is at fault."""

    def test_it_is_reported_with_its_code_and_time(self, sending: Sending) -> None:
        assert sending.refusal() is None
        sending.refuse(20003, NOW)
        sending.refuse(30002, NOW + SECOND)
        assert Refusal(30002, NOW) == sending.refusal()

    def test_only_a_probe_is_sent(self, sending: Sending) -> None:
        sending.refuse(20003, NOW)
        assert Refused(20003) == sending.ask(1, 1, NOW)
        assert Refused(20003) == sending.ask(1, 1, NOW + PROBE_EVERY - SECOND)
        assert Go() == sending.ask(1, 1, NOW + PROBE_EVERY)
        assert Refused(20003) == sending.ask(1, 1, NOW + PROBE_EVERY)

    def test_a_refused_probe_changes_nothing(self, sending: Sending) -> None:
        sending.refuse(20003, NOW)
        sending.refuse(20003, NOW + PROBE_EVERY)
        assert Refused(20003) == sending.ask(1, 1, NOW + 2 * PROBE_EVERY - SECOND)
        assert Refusal(20003, NOW) == sending.refusal()

    def test_refused_texts_take_no_slot(self, sending: Sending) -> None:
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
    def test_a_late_refusal_ends_with_a_delivery(self, sending: Sending, code: int) -> None:
        sending.refuse(code, NOW)
        assert not sending.accepted()
        assert Refusal(code, NOW) == sending.refusal()
        assert sending.accepted(delivered=True)
        assert sending.refusal() is None

    def test_five_of_an_unknown_code_in_a_row_count(self, sending: Sending) -> None:
        assert [False] * 4 == [sending.count_unknown(29999, NOW) for _ in range(4)]
        assert not sending.count_unknown(29998, NOW)
        assert [False] * 4 == [sending.count_unknown(29999, NOW) for _ in range(4)]
        sending.accepted()
        assert [False] * 4 + [True] == [sending.count_unknown(29999, NOW) for _ in range(5)]
        assert Refusal(29999, NOW) == sending.refusal()

    def test_late_refusals_are_counted_until_a_delivery(self, sending: Sending) -> None:
        for _ in range(3):
            assert not sending.count_unknown(39999, NOW)
            sending.accepted()
        sending.accepted(delivered=True)
        assert not sending.count_unknown(39999, NOW)
        assert sending.refusal() is None

    def test_it_expires_when_nothing_waits(self, sending: Sending, redis: Redis) -> None:
        sending.refuse(20003, NOW)
        assert 0 < redis.ttl(REFUSED) <= RETENTION.total_seconds()


def test_the_rate_state_expires(sending: Sending, redis: Redis) -> None:
    sending.ask(1, 1, NOW)
    assert 0 < redis.ttl(PACE) <= 2 * 3600
