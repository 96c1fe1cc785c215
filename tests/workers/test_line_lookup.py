"""A caller's line is looked up during the call, and no more often than needed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Serving
from devtools.twilio_sim.lines import LineKind
from hotline.carrier.lookups import Lookups
from hotline.config.settings import Settings
from hotline.conversation.model.events import Erase, LineType, LookUp, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.store.due_set import LEASE
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets, counts_key
from hotline.store.metrics import figures
from hotline.store.turns import Turns
from tests.carrier.spoiling import Spoil
from tests.devtools.twilio_sim.recorder import recorded
from workers.clock import tick
from workers.jobs import Dependencies
from workers.line_lookup import AGAIN_AFTER, ASKED, LOOK_UPS, MOST_A_DAY, Lines

PARENT = "+12025550123"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
Ask = Callable[..., str]


@pytest.fixture
def lines(settings: Settings, followups: FollowUps, secrets: Secrets, redis: Redis) -> Lines:
    return Lines(followups, Lookups(settings), secrets, redis, settings.time_zone)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LineKind.MOBILE, LineType.TEXTS),
        (LineKind.LANDLINE, LineType.LANDLINE),
        (LineKind.FIXED_VOIP, LineType.UNSURE),
    ],
    ids=str,
)
def test_the_next_turn_knows_the_line(
    settings: Settings, ask: Ask, serving: Serving, turns: Turns, who: str, kind: LineKind, expected: LineType
) -> None:
    serving.carrier.set_kind(PARENT, kind)
    Dependencies(settings).lines.look_up(ask(LookUp()), NOON)
    assert expected is turns.load(who, "CA1:2", NOON).session.line


def test_it_runs_through_clock_and_queue(
    ask: Ask, followups: FollowUps, queue: Queue, work_off: Callable[[], None], turns: Turns, who: str
) -> None:
    now = datetime.now(UTC)
    id = ask(LookUp(), at=now)
    tick(followups, queue, now)
    assert [("workers.jobs.look_up", [id])] == [(job.func_name, job.args) for job in queue.jobs]
    work_off()
    assert LineType.TEXTS is turns.load(who, "CA1:2", now).session.line


def test_one_look_up_is_paid_for_once(lines: Lines, ask: Ask, serving: Serving, followups: FollowUps) -> None:
    id = ask(LookUp())
    with recorded(serving) as asked:
        for moment in (NOON, NOON + SECOND, NOON + DAY):
            lines.look_up(id, moment)
    assert 1 == len(asked)
    assert {} == followups.records(id[:32])


def test_a_failed_look_up_is_tried_three_times(
    lines: Lines, ask: Ask, spoil: Spoil, serving: Serving, followups: FollowUps, turns: Turns, who: str
) -> None:
    id, now = ask(LookUp()), NOON
    spoil("GET", "PhoneNumbers", 500, times=9)
    waits = []
    with recorded(serving) as asked:
        while (record := followups.records(who)[id])["state"] == "waiting":
            lines.look_up(id, now)
            after = followups.records(who)[id]
            waits.append(timedelta(seconds=after["due"] - record["due"]))
            now = datetime.fromtimestamp(after["due"], UTC)
    assert [AGAIN_AFTER, 4 * AGAIN_AFTER, timedelta()] == waits
    assert now - NOON <= MINUTE
    assert LOOK_UPS == len(asked) == 3
    assert "sealed" not in followups.records(who)[id]
    assert [] == followups.due.take(NOON + DAY)
    assert LineType.UNKNOWN is turns.load(who, "CA1:2", NOON).session.line


def test_a_death_is_a_try(lines: Lines, ask: Ask, serving: Serving, followups: FollowUps, who: str) -> None:
    id = ask(LookUp())
    for n in range(LOOK_UPS):
        assert followups.claim(id, NOON + n * LEASE) is not None
    with recorded(serving) as asked:
        lines.look_up(id, NOON + LOOK_UPS * LEASE)
    assert [] == asked
    assert "failed" == followups.records(who)[id]["state"]


def test_a_dead_worker_is_replaced(lines: Lines, ask: Ask, turns: Turns, who: str) -> None:
    id = ask(LookUp())
    lines.followups.claim(id, NOON)
    lines.look_up(id, NOON + LEASE)
    assert LineType.TEXTS is turns.load(who, "CA1:2", NOON).session.line


@pytest.mark.parametrize("effect", [StopAll(), Erase()], ids=["stop", "delete"])
def test_stopped_and_deleted_people_are_not_looked_up(
    lines: Lines, ask: Ask, serving: Serving, effect: StopAll | Erase
) -> None:
    id = ask(LookUp())
    ask(effect, session=Session(texting=Texting.STOPPED))
    with recorded(serving) as asked:
        lines.look_up(id, NOON)
    assert [] == asked


def test_a_number_sealed_with_another_secret_is_not_looked_up(
    lines: Lines, ask: Ask, serving: Serving, redis: Redis, who: str, followups: FollowUps
) -> None:
    id = ask(LookUp())
    line = str(redis.hget(Keys(who).followups, id)).replace('"sealed":"', '"sealed":"x')
    redis.hset(Keys(who).followups, id, line)
    with recorded(serving) as asked:
        lines.look_up(id, NOON)
    assert [] == asked
    assert "failed" == followups.records(who)[id]["state"]


def test_paid_look_ups_per_day_are_limited(
    lines: Lines, ask: Ask, serving: Serving, redis: Redis, followups: FollowUps, who: str
) -> None:
    redis.hset(counts_key(0, NOON.date()), ASKED, MOST_A_DAY - 1)
    with recorded(serving) as asked:
        lines.look_up(ask(LookUp()), NOON)
        one_too_many = ask(LookUp(), id="CA8:1")
        lines.look_up(one_too_many, NOON)
        assert 1 == len(asked)
        assert ("failed", "too_many") == tuple(
            followups.records(who)[one_too_many][name] for name in ("state", "reason")
        )
        lines.look_up(ask(LookUp(), id="CA9:1"), NOON + DAY)
        assert 2 == len(asked)
    assert MOST_A_DAY + 1 == figures(redis, NOON.date())[ASKED]


def test_the_limit_is_per_day_of_the_center(lines: Lines, ask: Ask, redis: Redis, settings: Settings) -> None:
    evening = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    lines.look_up(ask(LookUp(), at=evening), evening)
    assert 1 == figures(redis, evening.astimezone(settings.time_zone).date())[ASKED]
    assert 0 == figures(redis, evening.date())[ASKED]
