"""Each follow-up is handed out, claimed, and moved forward once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from redis import Redis

from hotline.store.followups import CLAIM, LEASE, FollowUps, who_of
from hotline.store.keys import Keys, Secrets

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
Plan = Callable[..., str]


def state(followups: FollowUps, id: str) -> tuple[str, str | None]:
    """A follow-up's state, and the provider's id."""
    record = followups.records(who_of(id))[id]
    return record["state"], record.get("sid")


def test_what_is_due_is_handed_out_once_a_lease(followups: FollowUps, plan: Plan) -> None:
    """A job that is lost with its worker is handed out again, and not before."""
    due, _later = plan("a"), plan("b", DAY)
    assert followups.take_due(NOW) == [due]
    assert followups.take_due(NOW + LEASE - SECOND) == []
    assert followups.take_due(NOW + LEASE) == [due]


def test_nothing_is_handed_out_early(followups: FollowUps, plan: Plan) -> None:
    """Due means due, to the second."""
    id = plan("a", DAY)
    assert followups.take_due(NOW + DAY - SECOND) == []
    assert followups.take_due(NOW + DAY) == [id]


def test_a_redis_that_forgot_the_scripts_gets_them_again(
    followups: FollowUps, redis: Redis, plan: Plan
) -> None:
    """After a restart or a fail-over nothing is handed out late, claimed twice or left undone."""
    id = plan()
    redis.script_flush()
    assert followups.take_due(NOW) == [id]
    redis.script_flush()
    assert followups.claim(id, NOW) is not None
    redis.script_flush()
    followups.sent(id, "SM1")
    assert state(followups, id) == ("sent", "SM1")


def test_two_clocks_share_the_work(followups: FollowUps, plan: Plan) -> None:
    """Two clocks at the same moment hand out all, and each follow-up once."""
    planned = [plan(number=f"+1202555{n:04d}") for n in range(60)]
    together = Barrier(2)

    def clock(_: int) -> list[str]:
        together.wait(5)
        return followups.take_due(NOW)

    with ThreadPoolExecutor(2) as pool:
        taken = [id for ids in pool.map(clock, range(2)) for id in ids]
    assert sorted(taken) == sorted(planned)


def test_a_claim_holds_all_that_sending_needs(followups: FollowUps, plan: Plan, secrets: Secrets) -> None:
    """The reminder, when it was due, and the person as the last turn left them."""
    id = plan("sent_yet", DAY, language="es")
    claimed = followups.claim(id, NOW + DAY)
    assert claimed is not None
    assert (claimed.id, claimed.reminder, claimed.due) == (id, "sent_yet", NOW + DAY)
    assert (claimed.attempts, claimed.texting, claimed.language) == (1, "yes", "es")
    assert secrets.unseal(claimed.sealed or "") == PARENT
    assert claimed.claimed_before is None


def test_a_claim_is_one_workers(followups: FollowUps, plan: Plan) -> None:
    """Four workers with the same job: one claims it, the others have nothing to do."""
    id, together = plan(), Barrier(4)

    def worker(_: int) -> bool:
        together.wait(5)
        return followups.claim(id, NOW) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(worker, range(4))) == [False, False, False, True]


def test_a_fresh_claim_is_left_alone(followups: FollowUps, plan: Plan) -> None:
    """A worker that is at it keeps its claim until CLAIM is over, and the follow-up stays due."""
    id = plan()
    followups.claim(id, NOW)
    assert followups.claim(id, NOW + CLAIM - SECOND) is None
    assert followups.take_due(NOW + LEASE) == [id]


def test_a_dead_workers_claim_is_taken_over(followups: FollowUps, plan: Plan) -> None:
    """The next worker learns when the claim was made, for it must look at the carrier from there."""
    id = plan()
    followups.claim(id, NOW)
    taken_over = followups.claim(id, NOW + CLAIM)
    assert taken_over is not None
    assert (taken_over.claimed_before, taken_over.attempts) == (NOW, 2)


def test_the_first_death_is_remembered_over_the_second(followups: FollowUps, plan: Plan) -> None:
    """The text may have left with the first worker, so that is how far back the third must look."""
    id = plan()
    for worker in range(3):
        followups.claim(id, NOW + worker * LEASE)
    fourth = followups.claim(id, NOW + 3 * LEASE)
    assert fourth is not None
    assert fourth.claimed_before == NOW


def test_what_was_settled_is_no_longer_unsure(followups: FollowUps, plan: Plan) -> None:
    """A claim given back was looked up; the next one is a first claim again."""
    id = plan()
    followups.claim(id, NOW)
    followups.claim(id, NOW + LEASE)
    followups.postpone(id, NOW + DAY, "not_now", attempts=1)
    again = followups.claim(id, NOW + DAY)
    assert again is not None
    assert again.claimed_before is None


def test_a_follow_up_that_is_gone_is_taken_off_the_list(
    followups: FollowUps, redis: Redis, plan: Plan
) -> None:
    """When the record has expired nothing is claimed, and the clock does not see it again."""
    id = plan()
    redis.delete(Keys(who_of(id)).followups)
    assert followups.claim(id, NOW) is None
    assert followups.take_due(NOW + DAY) == []


MOVES: dict[str, Callable[[FollowUps, str], object]] = {
    "claim": lambda followups, id: followups.claim(id, NOW),
    "sent": lambda followups, id: followups.sent(id, "SM1"),
    "sent_again": lambda followups, id: followups.sent(id, "SM2"),
    "delivered": lambda followups, id: followups.ended(id, "delivered"),
    "failed": lambda followups, id: followups.ended(id, "failed", "30003"),
    "dropped": lambda followups, id: followups.ended(id, "dropped", "no_consent"),
    "postponed": lambda followups, id: followups.postpone(id, NOW + DAY, "not_now", attempts=0),
}


@pytest.mark.parametrize(
    ("moves", "ends", "sid"),
    [
        ("", "waiting", None),
        ("claim", "claimed", None),
        ("claim sent", "sent", "SM1"),
        ("claim sent delivered", "delivered", "SM1"),
        ("claim sent failed", "failed", "SM1"),
        ("claim dropped", "dropped", None),
        ("claim postponed", "waiting", None),
        ("claim delivered sent", "delivered", "SM1"),
        ("claim sent delivered sent_again", "delivered", "SM1"),
        ("claim sent sent_again", "sent", "SM1"),
        ("claim sent delivered failed", "delivered", "SM1"),
        ("claim sent failed delivered", "failed", "SM1"),
        ("claim sent postponed", "sent", "SM1"),
        ("claim sent claim", "sent", "SM1"),
        ("claim dropped postponed", "dropped", None),
        ("claim sent delivered dropped", "delivered", "SM1"),
    ],
)
def test_states_never_go_back(
    followups: FollowUps, plan: Plan, moves: str, ends: str, sid: str | None
) -> None:
    """Callbacks come late, twice and out of order; the provider's id is kept whenever it comes."""
    id = plan()
    for move in moves.split():
        MOVES[move](followups, id)
    assert state(followups, id) == (ends, sid)


@pytest.mark.parametrize("end", ["sent", "delivered", "failed", "dropped"])
def test_what_is_finished_is_no_longer_due(followups: FollowUps, plan: Plan, end: str) -> None:
    """The clock never sees it again."""
    id = plan()
    followups.claim(id, NOW)
    MOVES[end](followups, id)
    assert followups.take_due(NOW + DAY) == []


def test_why_it_ended_is_kept(followups: FollowUps, plan: Plan) -> None:
    """The provider's code or our word, for whoever looks into it."""
    id = plan()
    followups.ended(id, "failed", "30003")
    assert followups.records(who_of(id))[id]["reason"] == "30003"


def test_a_postponed_follow_up_waits_for_its_new_time(followups: FollowUps, plan: Plan) -> None:
    """Then it is claimed anew, with as many attempts as were counted."""
    id = plan()
    followups.claim(id, NOW)
    followups.postpone(id, NOW + DAY, "not_now", attempts=0)
    assert followups.take_due(NOW + DAY - SECOND) == []
    assert followups.take_due(NOW + DAY) == [id]
    again = followups.claim(id, NOW + DAY)
    assert again is not None
    assert (again.due, again.attempts) == (NOW + DAY, 1)


def test_moving_what_is_gone_does_nothing(followups: FollowUps, redis: Redis, who: str) -> None:
    """A callback for a record that has expired brings nothing back."""
    followups.sent(f"{who}-000000000000", "SM1")
    assert redis.dbsize() == 0


def test_what_waits_too_long_is_counted(followups: FollowUps, plan: Plan) -> None:
    """Over all buckets; what is finished or not yet due does not count."""
    for n in range(5):
        plan(number=f"+1202555{n:04d}")
    plan("later", DAY)
    finished = plan("finished")
    followups.ended(finished, "delivered")
    assert followups.waiting_longer_than(NOW + MINUTE) == 5
    assert followups.waiting_longer_than(NOW - MINUTE) == 0


def test_what_the_carrier_tells_early_counts_once_the_worker_has_written(
    followups: FollowUps, plan: Plan
) -> None:
    """A status that overtakes the worker ends no claim: if the worker dies, another finishes its work."""
    id = plan()
    assert followups.claim(id, NOW) is not None
    followups.heard(id, "delivered", "SM1")
    assert state(followups, id) == ("claimed", "SM1")
    again = followups.claim(id, NOW + CLAIM)
    assert again is not None
    assert again.claimed_before == NOW
    followups.sent(id, "SM1")
    assert state(followups, id) == ("delivered", "SM1")
