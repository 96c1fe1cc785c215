"""Each follow-up is handed out, claimed, and moved forward once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from redis import Redis

from hotline.conversation.model.events import (
    Cancel,
    Effect,
    Erase,
    FollowUp,
    LookUp,
    Refuse,
    StopAll,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Session
from hotline.store.due_set import FOR_ASKED, LATE_AFTER, LEASE
from hotline.store.followup_record import ASKED_FIRST, Claimed, RecordKind, kind_of, read_claimed, who_of
from hotline.store.followups import CLAIM, RIVAL, FollowUps, Intended
from hotline.store.keys import Keys, Secrets
from tests.one_slot import forget_scripts
from tests.rows import grouped
from tests.turns_taken import claim

PARENT = "+12025550123"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
Plan = Callable[..., str]


def state(followups: FollowUps, id: str) -> tuple[str, str | None]:
    record = followups.records(who_of(id))[id]
    return record["state"], record.get("sid")


def test_a_due_follow_up_is_handed_out_once_per_lease(followups: FollowUps, plan: Plan) -> None:
    due, _later = plan("a"), plan("b", DAY)
    assert followups.due.take(NOW) == [due]
    assert followups.due.take(NOW + LEASE - SECOND) == []
    assert followups.due.take(NOW + LEASE) == [due]


@pytest.mark.parametrize("score", [1.0, 1.0 - ASKED_FIRST], ids=["planned", "asked for"])
def test_malformed_ids_stay_out(followups: FollowUps, redis: Redis, plan: Plan, score: float) -> None:
    due = plan("a")
    redis.zadd(Keys(who_of(due)).due, {"zz": score})
    assert [due] == followups.due.take(NOW)
    assert (1, 0) == (followups.due.unreadable(), followups.due.late(NOW))
    assert 1 == followups.due.late(NOW + LATE_AFTER + SECOND)


def test_forgotten_scripts_are_loaded_again(followups: FollowUps, redis: Redis, plan: Plan) -> None:
    id = plan()
    forget_scripts(redis)
    assert followups.due.take(NOW) == [id]
    forget_scripts(redis)
    assert followups.claim(id, NOW) is not None
    forget_scripts(redis)
    followups.sent(id, "SM1")
    assert state(followups, id) == ("sent", "SM1")


def test_two_clocks_hand_out_each_follow_up_once(followups: FollowUps, plan: Plan) -> None:
    planned = [plan(number=f"+1202555{n:04d}") for n in range(60)]
    together = Barrier(2)

    def clock(_: int) -> list[str]:
        together.wait(5)
        return followups.due.take(NOW)

    with ThreadPoolExecutor(2) as pool:
        taken = [id for ids in pool.map(clock, range(2)) for id in ids]
    assert sorted(taken) == sorted(planned)


def test_a_claim_has_all_that_sending_needs(followups: FollowUps, plan: Plan, secrets: Secrets) -> None:
    id = plan("sent_yet", DAY, language="es")
    claimed = claim(followups, id, NOW + DAY)
    assert (claimed.id, claimed.reminder, claimed.first_due) == (id, "sent_yet", NOW + DAY)
    assert (claimed.attempts, claimed.texting, claimed.language) == (1, "yes", "es")
    assert secrets.unseal(claimed.sealed or "") == PARENT
    assert claimed.claimed_before is None


def test_only_one_worker_gets_a_claim(followups: FollowUps, plan: Plan) -> None:
    id, together = plan(), Barrier(4)

    def worker(_: int) -> bool:
        together.wait(5)
        return followups.claim(id, NOW) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(worker, range(4))) == [False, False, False, True]


def test_a_fresh_claim_is_left_alone(followups: FollowUps, plan: Plan) -> None:
    id = plan()
    followups.claim(id, NOW)
    assert followups.claim(id, NOW + CLAIM - SECOND) is None
    assert followups.due.take(NOW + LEASE) == [id]


def test_a_dead_workers_claim_is_taken_over(followups: FollowUps, plan: Plan) -> None:
    """With the time of the claim, since when the carrier must be checked."""
    id = plan()
    followups.claim(id, NOW)
    taken_over = claim(followups, id, NOW + CLAIM)
    assert (taken_over.claimed_before, taken_over.attempts) == (NOW, 2)


def test_the_first_of_two_deaths_is_remembered(followups: FollowUps, plan: Plan) -> None:
    """The first worker may have sent the text."""
    id = plan()
    for worker in range(3):
        followups.claim(id, NOW + worker * LEASE)
    assert claim(followups, id, NOW + 3 * LEASE).claimed_before == NOW


def test_a_released_claim_is_no_longer_unsure(followups: FollowUps, plan: Plan) -> None:
    id = plan()
    followups.claim(id, NOW)
    followups.claim(id, NOW + LEASE)
    followups.postpone(of_claim(id, 2), NOW + DAY, "not_now", counts=True)
    assert claim(followups, id, NOW + DAY).claimed_before is None


def test_an_expired_follow_up_is_off_the_list(followups: FollowUps, redis: Redis, plan: Plan) -> None:
    id = plan()
    redis.delete(Keys(who_of(id)).followups)
    assert followups.claim(id, NOW) is None
    assert followups.due.take(NOW + DAY) == []


def of_claim(id: str, number: int = 1) -> Claimed:
    """Return what the worker with this claim got."""
    stored = json.dumps({"claim": number, "attempts": 1, "asked": 0, "first_due": 0})
    return read_claimed(id, stored, (None,) * 5, NOW)


MOVES: dict[str, Callable[[FollowUps, str], object]] = {
    "claim": lambda followups, id: followups.claim(id, NOW),
    "sent": lambda followups, id: followups.sent(id, "SM1"),
    "sent_again": lambda followups, id: followups.sent(id, "SM2"),
    "delivered": lambda followups, id: followups.ended(id, "delivered"),
    "failed": lambda followups, id: followups.ended(id, "failed", "30003"),
    "dropped": lambda followups, id: followups.ended(id, "dropped", "no_consent"),
    "postponed": lambda followups, id: followups.postpone(of_claim(id), NOW + DAY, "not_now"),
}


ADVANCES = {
    ("waiting", None): " | claim postponed",
    ("claimed", None): "claim",
    ("sent", "SM1"): "claim sent | claim sent sent_again | claim sent postponed | claim sent claim",
    ("delivered", "SM1"): "claim sent delivered | claim delivered sent | claim sent delivered sent_again | "
    "claim sent delivered failed | claim sent delivered dropped",
    ("failed", "SM1"): "claim sent failed | claim sent failed delivered",
    ("dropped", None): "claim dropped | claim dropped postponed",
}


@pytest.mark.parametrize(("ends", "moves"), grouped(ADVANCES))
def test_states_only_advance(
    followups: FollowUps, plan: Plan, ends: tuple[str, str | None], moves: str
) -> None:
    id = plan()
    for move in moves.split():
        MOVES[move](followups, id)
    assert state(followups, id) == ends
    assert followups.due.take(NOW + DAY) == ([id] if ends[0] in ("waiting", "claimed") else [])


def test_a_postponed_follow_up_waits_for_its_new_time(followups: FollowUps, plan: Plan) -> None:
    id = plan()
    followups.claim(id, NOW)
    followups.postpone(of_claim(id), NOW + DAY, "not_now")
    assert followups.due.take(NOW + DAY - SECOND) == []
    assert followups.due.take(NOW + DAY) == [id]
    again = claim(followups, id, NOW + DAY)
    assert (again.first_due, again.attempts) == (NOW, 1)


def test_moving_an_expired_record_does_nothing(followups: FollowUps, redis: Redis, who: str) -> None:
    followups.sent(f"{who}-000000000000", "SM1")
    assert list(redis.scan_iter()) == []


def test_overdue_follow_ups_are_counted(followups: FollowUps, plan: Plan) -> None:
    for n in range(5):
        plan(number=f"+1202555{n:04d}")
    plan("later", DAY)
    finished = plan("finished")
    followups.ended(finished, "delivered")
    assert followups.due.late(NOW + LATE_AFTER + SECOND) == 5
    assert followups.due.late(NOW + LATE_AFTER) == 0


def test_a_follow_up_that_is_handed_out_again_and_again_is_overdue(followups: FollowUps, plan: Plan) -> None:
    id, now = plan(), NOW
    while now < NOW + LATE_AFTER + LEASE:
        assert [id] == followups.due.take(now)
        now += LEASE
    assert 1 == followups.due.late(now)
    followups.claim(id, now)
    assert 1 == followups.due.late(now), "claimed is not sent"
    followups.sent(id, "SM1")
    assert 0 == followups.due.late(now)


def test_a_postponed_follow_up_is_not_overdue(followups: FollowUps, plan: Plan) -> None:
    id, later = plan(), NOW + LATE_AFTER
    followups.due.take(NOW)
    followups.claim(id, NOW)
    followups.postpone(of_claim(id), later, "pace")
    assert 0 == followups.due.late(later + LATE_AFTER)
    assert 1 == followups.due.late(later + LATE_AFTER + SECOND)


def test_an_early_status_counts_once_the_worker_has_written(followups: FollowUps, plan: Plan) -> None:
    id = plan()
    assert followups.claim(id, NOW) is not None
    followups.record_status(id, "delivered", "SM1")
    assert state(followups, id) == ("claimed", "SM1")
    assert claim(followups, id, NOW + CLAIM).claimed_before == NOW
    followups.sent(id, "SM1")
    assert state(followups, id) == ("delivered", "SM1")


ALONE = FollowUp("call_dropped", timedelta(), one_text=True)
THIS = TextThis((Tell("plans.what_504.text"),))
Take = Callable[..., str | None]


def started(take: Take, followups: FollowUps, who: str, *effects: Effect, id: str = "SM1") -> str:
    """Commit effects that create one more record; return its id."""
    before = followups.records(who).keys()
    take(*effects, id=id)
    (new,) = followups.records(who).keys() - before
    return new


def heard_then_sent(followups: FollowUps, id: str) -> None:
    """Have the carrier report before the worker has stored the send."""
    followups.record_status(id, "delivered", "SM1")
    followups.sent(id, "SM1")


ENDS: dict[str, Callable[[FollowUps, str], object]] = {
    "sent": lambda followups, id: followups.sent(id, "SM1"),
    "delivered": lambda followups, id: followups.ended(id, "delivered"),
    "failed": lambda followups, id: followups.ended(id, "failed", "30006"),
    "dropped": lambda followups, id: followups.ended(id, "dropped", "too_late"),
    "heard": heard_then_sent,
    "cancelled": lambda followups, id: followups.ended(id, "dropped", "cancelled"),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("effect", [ALONE, THIS, LookUp()], ids=["one text", "this", "look-up"])
def test_a_number_of_its_own_goes_when_the_record_ends(
    take: Take, followups: FollowUps, who: str, effect: Effect, end: str
) -> None:
    id = started(take, followups, who, effect)
    followups.claim(id, NOW)
    assert "sealed" in followups.records(who)[id]
    ENDS[end](followups, id)
    assert "sealed" not in followups.records(who)[id]


def test_a_postponed_record_keeps_its_number(take: Take, followups: FollowUps, who: str) -> None:
    id = started(take, followups, who, ALONE)
    followups.claim(id, NOW)
    followups.postpone(of_claim(id), NOW + DAY, "not_now")
    again = claim(followups, id, NOW + DAY)
    assert again.sealed
    assert NOW == again.first_due


def test_the_second_of_two_planned_texts_waits(followups: FollowUps, plan: Plan) -> None:
    first, second = plan("a"), plan("b")
    assert sorted(followups.due.take(NOW)) == sorted((first, second))
    assert followups.claim(first, NOW) is not None
    assert followups.claim(second, NOW) is None
    assert followups.due.take(NOW + RIVAL) == [second]
    followups.sent(first, "SM1")
    assert followups.claim(second, NOW + RIVAL) is not None
    assert followups.sent_at(who_of(first)) == (NOW,)


def test_one_of_many_workers_and_texts_is_claimed(followups: FollowUps, plan: Plan) -> None:
    planned, together = [plan(f"reminder_{n}") for n in range(4)], Barrier(4)

    def worker(n: int) -> bool:
        together.wait(5)
        return followups.claim(planned[n], NOW - n * SECOND) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(worker, range(4))) == [False, False, False, True]


def test_a_dead_claim_is_taken_over_beside_a_rival(followups: FollowUps, plan: Plan) -> None:
    first, second = plan("a"), plan("b")
    followups.claim(first, NOW)
    assert followups.claim(second, NOW + LEASE) is None
    assert followups.claim(first, NOW + LEASE) is not None


@pytest.mark.parametrize("effect", [ALONE, THIS, LookUp(), Erase()], ids=lambda effect: type(effect).__name__)
def test_texts_outside_the_series_wait_for_nothing(
    take: Take, followups: FollowUps, who: str, plan: Plan, effect: Effect
) -> None:
    followups.claim(plan("a"), NOW)
    id = started(take, followups, who, effect, id="SM9")
    assert followups.claim(id, NOW) is not None
    followups.sent(id, "SM9")
    assert followups.sent_at(who) == ()


class TestWhatSomebodyWaitsFor:
    """Texts that a caller waits for have their own range."""

    def test_it_is_handed_out_first_however_much_is_due(
        self, take: Take, followups: FollowUps, redis: Redis, who: str
    ) -> None:
        many = {f"{who}-{n:012x}": (NOW - DAY).timestamp() for n in range(2000)}
        redis.zadd(Keys(who).due, many)
        take(LookUp(), TextThis((Tell("a"),)), id="SM7")
        asked = {id for id in followups.records(who) if kind_of(id) is not RecordKind.REMINDER}
        assert 2 == len(asked)
        assert asked == set(followups.due.take(NOW, reminders=False))
        assert [] == followups.due.take(NOW, reminders=False)
        assert asked == set(followups.due.take(NOW + LEASE, room=10)[:2])

    def test_it_is_handed_out_when_there_is_no_room(
        self, take: Take, followups: FollowUps, plan: Plan, who: str
    ) -> None:
        plan()
        take(LookUp(), id="SM7")
        (asked,) = [id for id in followups.records(who) if kind_of(id) is RecordKind.LOOKUP]
        assert [asked] == followups.due.take(NOW, room=0)
        assert [] == followups.due.take(NOW + LEASE, room=-FOR_ASKED)

    def test_a_postponed_one_waits(self, take: Take, followups: FollowUps) -> None:
        take(LookUp(), id="SM7")
        (id,) = followups.due.take(NOW)
        assert followups.claim(id, NOW) is not None
        followups.postpone(of_claim(id), NOW + MINUTE, "20429", counts=True)
        assert [] == followups.due.take(NOW + MINUTE - SECOND)
        assert [id] == followups.due.take(NOW + MINUTE)
        assert 1 == followups.due.late(NOW + MINUTE + LATE_AFTER + SECOND)


@pytest.mark.parametrize("room", [1, 5, 63, 64, 65, 300, 1500])
def test_no_more_is_handed_out_than_there_is_room_for(
    followups: FollowUps, redis: Redis, secrets: Secrets, room: int
) -> None:
    for n in range(500):
        who = secrets.who(f"+1202555{n:04d}")
        redis.zadd(Keys(who).due, {f"{who}-{n:012x}": NOW.timestamp()})
    one = Keys(secrets.who("+12025550001"))
    redis.zadd(one.due, {f"{one.who}-{n:011x}f": NOW.timestamp() for n in range(1000)})
    taken = followups.due.take(NOW, room=room)
    assert room == len(taken) == len(set(taken))
    assert 1500 - room == len(followups.due.take(NOW))


no_more_texts = pytest.mark.parametrize(
    ("effect", "texting"),
    [(StopAll(), Texting.STOPPED), (Refuse(), Texting.NO), (Cancel(("sent_yet",)), Texting.YES)],
    ids=["stop", "no", "cancel"],
)


class TestWhatIsAboutToBeSent:
    """The mark is written before the text leaves."""

    def test_the_next_worker_gets_all_marks(self, followups: FollowUps, plan: Plan) -> None:
        """The texts may have been edited in between."""
        id = plan()
        for n, mark in enumerate(("first words", "edited words")):
            claimed = claim(followups, id, NOW + n * LEASE)
            assert Intended.GO is followups.intend(claimed, mark)
        assert claim(followups, id, NOW + 2 * LEASE).marks == ("first words", "edited words")

    def test_a_released_claim_leaves_no_marks(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        claimed = claim(followups, id, NOW)
        assert Intended.GO is followups.intend(claimed, "words")
        followups.postpone(claimed, NOW + DAY, "30610")
        assert claim(followups, id, NOW + DAY).marks == ()

    def test_a_lost_claim_sends_nothing(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        slow, quick = followups.claim(id, NOW), followups.claim(id, NOW + LEASE)
        assert slow is not None
        assert quick is not None
        assert Intended.LOST is followups.intend(slow, "words")
        assert Intended.GO is followups.intend(quick, "words")
        assert state(followups, id) == ("claimed", None)

    @no_more_texts
    def test_what_ended_this_moment_is_not_sent(
        self, take: Take, followups: FollowUps, plan: Plan, effect: Effect, texting: Texting
    ) -> None:
        id = plan()
        claimed = claim(followups, id, NOW)
        take(effect, id="SM9", session=Session(texting=texting))
        assert followups.intend(claimed, "words") in (Intended.LOST, Intended.DROPPED)
        assert state(followups, id) == ("dropped", None)
        assert followups.due.take(NOW + DAY) == []

    def test_an_erased_person_is_not_texted(self, take: Take, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        claimed = claim(followups, id, NOW)
        take(Erase(), id="SM9")
        assert followups.intend(claimed, "words") in (Intended.LOST, Intended.DROPPED)
        assert not followups.held(id)


def send(followups: FollowUps, id: str, sid: str) -> None:
    assert followups.claim(id, NOW) is not None
    followups.sent(id, sid)


class TestNotDelivered:
    """The carrier accepted the text, and reports later that it was not delivered."""

    DUES = (NOW + DAY, NOW + 2 * DAY)

    def test_it_is_retried_once_per_wait(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        for n, due in enumerate(self.DUES):
            send(followups, id, f"SM{n}")
            assert followups.not_delivered(id, f"SM{n}", "30003", self.DUES, "", counted=True)
            assert state(followups, id) == ("waiting", None)
            assert followups.due.take(due - SECOND) == []
            assert followups.due.take(due) == [id]
        send(followups, id, "SM2")
        followups.not_delivered(id, "SM2", "30003", self.DUES, "", counted=True)
        assert state(followups, id) == ("failed", "SM2")
        assert followups.records(who_of(id))[id]["reason"] == "30003"
        assert followups.due.take(NOW + 9 * DAY) == []

    def test_an_uncounted_failure_is_retried_without_limit(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        for n in range(8):
            send(followups, id, f"SM{n}")
            followups.not_delivered(id, f"SM{n}", "30034", [NOW + DAY], "", counted=False)
            assert state(followups, id) == ("waiting", None)
        followups.claim(id, NOW + DAY)
        followups.not_delivered(id, "SM9", "30003", [NOW + DAY], "", counted=True)
        followups.sent(id, "SM9")
        assert state(followups, id) == ("waiting", None), "all the waits that count are left"

    def test_a_repeated_report_counts_once(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        send(followups, id, "SM1")
        for _ in range(3):
            followups.not_delivered(id, "SM1", "30003", self.DUES, "", counted=True)
        assert followups.record_status(id, "sent", "SM1")
        assert state(followups, id) == ("waiting", None)
        claimed = claim(followups, id, NOW + DAY)
        assert (claimed.resends, claimed.attempts) == (1, 1), "all tries are left"
        followups.record_status(id, "failed", "SM1", "30005")
        followups.sent(id, "SM2")
        assert state(followups, id) == ("sent", "SM2")

    def test_a_report_about_another_text_is_ignored(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        send(followups, id, "SM1")
        assert followups.not_delivered(id, "SM2", "30003", self.DUES, "", counted=True)
        assert followups.record_status(id, "delivered", "SM3")
        assert state(followups, id) == ("sent", "SM1")

    def test_a_report_during_a_claim_counts_after_it(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        followups.claim(id, NOW)
        followups.not_delivered(id, "SM1", "30003", self.DUES, "", counted=True)
        followups.record_status(id, "sent", "SM1")
        assert state(followups, id) == ("claimed", "SM1")
        followups.sent(id, "SM1")
        assert state(followups, id) == ("waiting", None)
        assert followups.due.take(NOW + DAY) == [id]
        send(followups, id, "SM2")
        followups.record_status(id, "delivered", "SM2")
        followups.not_delivered(id, "SM2", "30003", self.DUES, "", counted=True)
        assert state(followups, id) == ("delivered", "SM2"), "it arrived after all"

    def test_one_off_texts_get_the_callbacks_number(self, take: Take, followups: FollowUps, who: str) -> None:
        id = started(take, followups, who, ALONE)
        send(followups, id, "SM1")
        assert "sealed" not in followups.records(who)[id]
        followups.not_delivered(id, "SM1", "30003", self.DUES, "sealed again", counted=True)
        again = claim(followups, id, NOW + DAY)
        assert again.sealed == "sealed again"

    def test_a_reminder_stores_no_number(self, followups: FollowUps, plan: Plan) -> None:
        id = plan()
        send(followups, id, "SM1")
        followups.not_delivered(id, "SM1", "30003", self.DUES, "sealed again", counted=True)
        assert "sealed" not in followups.records(who_of(id))[id]

    @no_more_texts
    def test_a_canceled_follow_up_is_not_sent_again(
        self, take: Take, followups: FollowUps, plan: Plan, effect: Effect, texting: Texting
    ) -> None:
        id = plan()
        send(followups, id, "SM1")
        take(effect, id="SM9", session=Session(texting=texting))
        followups.not_delivered(id, "SM1", "30003", self.DUES, "", counted=True)
        assert state(followups, id) == ("failed", "SM1")
