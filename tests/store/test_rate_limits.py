"""Budgets suppress replies, but nothing urgent; loops with robots end."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from structlog.testing import capture_logs

from hotline.store.connection import StoreBusy, connect
from hotline.store.keys import counts_key
from hotline.store.rate_limits import (
    ALARMED,
    AUTOMATIC,
    MOST_IN_BURST,
    MOST_URGENT,
    SAME_TEXTS,
    SAME_URGENT,
    Asked,
    Budgets,
    Limits,
    NewNumbers,
    Verdict,
)
from hotline.store.usage import NOTHING, Usage, burst_of, hour_of
from tests.store.conftest import NOW

LIMITS = Limits(hour_of_number=10, day_of_number=30, day=100)
HOUR = hour_of(NOW)
ASKED = Asked(NOW, segments=3, messages=2)
GO, LAST_WORD, SAFE_WORDS, SILENCE = Verdict.GO, Verdict.LAST_WORD, Verdict.SAFE_WORDS, Verdict.SILENCE


@pytest.fixture
def budgets(redis: Redis) -> Budgets:
    """Return budgets that have just been refreshed; nothing was spent today."""
    budgets = Budgets(redis, LIMITS)
    budgets.look(NOW.date())
    return budgets


def spend(redis: Redis, segments: int, day: datetime = NOW, bucket: int = 7) -> None:
    """Spend this much, on anyone."""
    redis.hincrby(counts_key(bucket, day.date()), "segments", segments)


@pytest.mark.parametrize(
    ("usage", "expected", "told"),
    [
        pytest.param(NOTHING, GO, "", id="nothing so far"),
        pytest.param(Usage(hour=7, day=27), GO, "", id="just enough"),
        pytest.param(Usage(hour=8, day=8), LAST_WORD, HOUR, id="the hour is used up"),
        pytest.param(Usage(hour=8, day=8, reported=(HOUR,)), SILENCE, "", id="and that was told"),
        pytest.param(Usage(hour=2, day=2, reported=(HOUR,)), SILENCE, "", id="told, and less would fit"),
        pytest.param(Usage(hour=0, day=2, reported=("day",)), SILENCE, "", id="the day's told, likewise"),
        pytest.param(Usage(hour=2, day=2, reported=("all",)), GO, "", id="all may be sent more again"),
        pytest.param(Usage(hour=0, day=28), LAST_WORD, "day", id="the day is used up"),
        pytest.param(Usage(hour=9, day=29, reported=(HOUR,)), LAST_WORD, "day", id="the day, after an hour"),
        pytest.param(Usage(hour=9, day=29, reported=("day",)), SILENCE, "", id="the day, and it was told"),
        pytest.param(Usage(hour=8, day=8, reported=("all",)), LAST_WORD, HOUR, id="another was told"),
    ],
)
def test_a_number_has_its_budgets(budgets: Budgets, usage: Usage, expected: Verdict, told: str) -> None:
    """One last message per budget, then silence; a suppressed reply is not counted."""
    verdict, noted = budgets.judge(usage, ASKED)
    assert (expected, told) == (verdict, noted.reported)
    counted = {HOUR: 3, "day": 3} if expected is GO else {}
    assert (counted, 3 if counted else 0) == (noted.add, noted.segments)
    assert GO == budgets.judge(usage, ASKED._replace(urgent=True))[0]


@pytest.mark.parametrize("spent", [97, 99, 100, 5000])
def test_there_is_a_total_budget(budgets: Budgets, redis: Redis, spent: int) -> None:
    """Once used up, each number gets the safe words once a day. Urgent texts are answered."""
    spend(redis, spent - 20)
    spend(redis, 20, bucket=40)
    budgets.look(NOW.date())
    expected = (SAFE_WORDS, "all") if spent >= 100 else (GO, "")
    verdict, noted = budgets.judge(NOTHING, ASKED)
    assert expected == (verdict, noted.reported)
    if spent >= 100:
        assert SILENCE == budgets.judge(Usage(reported=("all",)), ASKED)[0]
    verdict, noted = budgets.judge(Usage(reported=("all",)), ASKED._replace(urgent=True))
    assert (GO, 3) == (verdict, noted.segments)


def test_a_new_day_begins_with_nothing_spent(budgets: Budgets, redis: Redis) -> None:
    spend(redis, 100)
    budgets.look(NOW.date())
    tomorrow = ASKED._replace(at=NOW + timedelta(days=1))
    assert GO == budgets.judge(NOTHING, tomorrow)[0]


def test_this_processs_spending_counts_while_redis_is_away(redis: Redis, tmp_path: Path) -> None:
    with connect(f"unix://{tmp_path}/none.sock") as dead:
        budgets = Budgets(dead, LIMITS)
        budgets._looked = (NOW.date(), 90)
        budgets.add(10)
        with pytest.raises(StoreBusy):
            budgets.look(NOW.date())
        assert budgets.used_up(NOW.date())
    budgets = Budgets(redis, LIMITS)
    budgets.add(100)
    budgets.look(NOW.date())
    assert not budgets.used_up(NOW.date())


def test_the_operator_is_warned_once_an_hour(budgets: Budgets, redis: Redis) -> None:
    with capture_logs() as told:
        spend(redis, 79)
        budgets.look(NOW.date())
        assert [] == told
        spend(redis, 1)
        for each in (budgets, Budgets(redis, LIMITS), budgets):
            each.look(NOW.date())
        assert 3590 < redis.ttl(ALARMED) <= 3600
        redis.delete(ALARMED)
        spend(redis, 20)
        budgets.look(NOW.date())
    alarm = {"event": "spend_alarm", "log_level": "error"}
    assert [{**alarm, "reason": "budget_nearly_used_up"}, {**alarm, "reason": "budget_used_up"}] == told


def test_the_total_is_read_now_and_then(redis: Redis) -> None:
    budgets, tomorrow = Budgets(redis, LIMITS), NOW + timedelta(days=1)
    budgets.keep_up(NOW.date())
    spend(redis, 100)
    spend(redis, 100, tomorrow)
    budgets.keep_up(NOW.date())
    assert GO == budgets.judge(NOTHING, ASKED)[0]
    budgets.keep_up(tomorrow.date())
    assert SAFE_WORDS == budgets.judge(NOTHING, ASKED._replace(at=tomorrow))[0]


def test_an_unreadable_total_blocks_no_one() -> None:
    with connect("redis://127.0.0.1:9/0") as nowhere:
        budgets = Budgets(nowhere, LIMITS)
        budgets.keep_up(NOW.date())
        assert GO == budgets.judge(NOTHING, ASKED)[0]
        with pytest.raises(StoreBusy):
            budgets.look(NOW.date())


def test_a_turn_that_sends_nothing_is_not_limited(redis: Redis) -> None:
    budgets = Budgets(redis, Limits(0, 0, 0))
    verdict, noted = budgets.judge(Usage(hour=99, day=99, said="x", times=9), Asked(NOW))
    assert (GO, {}, None) == (verdict, noted.add, noted.said)


def said_again(budgets: Budgets, times: int, said: str, *, urgent: bool = False) -> list[Verdict]:
    """Return the results of repeating the same text."""
    usage, verdicts = NOTHING, []
    for _ in range(times):
        verdict, noted = budgets.judge(usage, ASKED._replace(said=said, urgent=urgent))
        mark, _, count = str(noted.said).partition(" ")
        usage = Usage(said=mark, times=int(count or 0))
        verdicts.append(verdict)
    return verdicts


def test_a_repeated_text_is_answered_a_few_times(budgets: Budgets) -> None:
    expected = [GO] * SAME_TEXTS + [LAST_WORD] + [SILENCE] * 5
    assert expected == said_again(budgets, SAME_TEXTS + 6, said="mark")


def test_a_repeated_urgent_text_is_answered_more_often(budgets: Budgets) -> None:
    verdicts = said_again(budgets, SAME_URGENT + 3, said="mark", urgent=True)
    assert [GO] * SAME_URGENT + [LAST_WORD, SILENCE, SILENCE] == verdicts


@pytest.mark.parametrize(
    ("day", "told", "expected"),
    [
        (LIMITS.day_of_number + MOST_URGENT - 1, (), GO),
        (LIMITS.day_of_number + MOST_URGENT, (), LAST_WORD),
        (LIMITS.day_of_number + MOST_URGENT, ("day",), SILENCE),
    ],
)
def test_urgent_texts_are_limited(
    budgets: Budgets, day: int, told: tuple[str, ...], expected: Verdict
) -> None:
    assert expected == budgets.judge(Usage(day=day, reported=told), ASKED._replace(urgent=True))[0]


def test_a_machine_is_answered_once(budgets: Budgets) -> None:
    assert [GO, SILENCE, SILENCE] == said_again(budgets, 3, said=AUTOMATIC)
    assert [GO, SILENCE, SILENCE] == said_again(budgets, 3, said=AUTOMATIC, urgent=True)


def test_another_text_resets_the_repetition(budgets: Budgets) -> None:
    quiet = Usage(said="mark", times=9)
    verdict, noted = budgets.judge(quiet, ASKED._replace(said="other"))
    assert (GO, "other 1") == (verdict, noted.said)
    verdict, noted = budgets.judge(quiet, ASKED)
    assert (GO, "") == (verdict, noted.said)


def test_the_repetition_window_starts_with_the_first(budgets: Budgets) -> None:
    lasts = [
        budgets.judge(Usage(said="mark", times=times), ASKED._replace(said="mark"))[1].said_for
        for times in range(SAME_TEXTS + 2)
    ]
    minutes = timedelta(minutes=10)
    assert [minutes, *[None] * (SAME_TEXTS - 1), minutes, minutes] == lasts


def test_a_used_up_budget_has_one_last_word(budgets: Budgets) -> None:
    over = Usage(hour=9, day=9, reported=(HOUR,), said="mark", times=SAME_TEXTS)
    assert SILENCE == budgets.judge(over, ASKED._replace(said="mark"))[0]


def test_misunderstood_texts_are_rate_limited(budgets: Budgets) -> None:
    lost = ASKED._replace(lost=True)
    verdict, noted = budgets.judge(Usage(burst=MOST_IN_BURST - 2), lost)
    assert (GO, 2) == (verdict, noted.add[burst_of(NOW)])
    assert SILENCE == budgets.judge(Usage(burst=MOST_IN_BURST - 1), lost)[0]
    assert GO == budgets.judge(Usage(burst=MOST_IN_BURST), ASKED)[0], "what is understood has none"
    assert 2 * MOST_IN_BURST < 30


@pytest.mark.parametrize(
    ("used", "usage", "new", "expected"),
    [
        (0.4, Usage(day=150), True, GO),
        (0.5, Usage(day=50, new=True), False, GO),
        (0.5, Usage(day=100, new=True), False, LAST_WORD),
        (0.5, Usage(day=150), False, GO),
        (0.9, NOTHING, True, SAFE_WORDS),
        (0.9, Usage(new=True), False, SAFE_WORDS),
        (0.9, Usage(day=150), False, GO),
        (1.0, NOTHING, False, SAFE_WORDS),
    ],
)
def test_new_numbers_leave_budget_for_others(
    redis: Redis, used: float, usage: Usage, new: bool, expected: Verdict
) -> None:
    """From half the budget on they get two screenings, and nothing of its last tenth. Danger is answered."""
    budgets = Budgets(redis, Limits(hour_of_number=1000, day_of_number=900, day=10_000))
    spend(redis, int(used * 10_000))
    budgets.look(NOW.date())
    asked = ASKED._replace(new=new)
    assert expected == budgets.judge(usage, asked)[0]
    assert GO == budgets.judge(usage, asked._replace(urgent=True))[0]


def test_a_number_that_is_new_is_noted_so_for_the_day(budgets: Budgets) -> None:
    assert 1 == budgets.judge(NOTHING, ASKED._replace(new=True))[1].add["new"]
    assert "new" not in budgets.judge(Usage(new=True), ASKED)[1].add


def test_new_numbers_per_hour_are_limited(redis: Redis) -> None:
    numbers = NewNumbers(redis, 20)
    with capture_logs() as lines:
        allowed = [numbers.allows(f"who {n}", NOW) for n in range(30)]
    assert [True] * 20 + [False] * 10 == allowed
    assert [("spend_alarm", "too_many_new_numbers_from_calls")] == [
        (one["event"], one["reason"]) for one in lines
    ]
    assert numbers.allows("who 0", NOW)
    assert numbers.allows("who 29", NOW + timedelta(hours=1))


def test_new_numbers_are_kept_for_an_hour(redis: Redis) -> None:
    NewNumbers(redis, 1).allows("who", NOW)
    (key,) = redis.scan_iter("{calls}*")
    assert 0 < int(str(redis.ttl(key))) <= 3600
