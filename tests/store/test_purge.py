"""Nothing is stored longer than stated, and a secret change loses no number."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from redis import Redis
from redis.connection import AbstractConnection

from hotline.conversation.model.events import AskPerson, Consent, FollowUp, LineType, LookUp, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from hotline.store.people import LINE_RETENTION
from hotline.store.purge import ASKED, CURSOR, ENDED_RETENTION, LOST_AFTER, Purge, Purged
from hotline.store.requests import RETENTION as REQUESTS_RETENTION
from hotline.store.requests import Requests
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.store.conftest import NOW, PARENT
from tests.store.working import do
from tests.turns_taken import claim
from workers.send_policy import PROMISED_WITHIN

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SECRET = "the secret of the tests, long enough"
NEW = "the seal of the tests from now on, long"
ALONE = FollowUp("call_dropped", DAY, one_text=True)
Take = Callable[..., str | None]


@pytest.fixture
def purge(redis: Redis, secrets: Secrets) -> Purge:
    return Purge(redis, secrets)


def test_a_finished_text_is_stored_as_long_as_the_promise_counts() -> None:
    """Otherwise a thirteenth text could be sent."""
    assert PROMISED_WITHIN < ENDED_RETENTION <= PROMISED_WITHIN + DAY


@pytest.mark.parametrize("end", ["sent", "delivered", "failed", "dropped"])
def test_a_finished_follow_up_is_deleted_after_91_days(
    plan: Callable[..., str], followups: FollowUps, purge: Purge, who: str, end: Any
) -> None:
    id = plan()
    followups.claim(id, NOW)
    if end == "sent":
        followups.sent(id, "SM1")
    else:
        followups.ended(id, end)
    purge.run(NOW + ENDED_RETENTION - SECOND)
    assert {id} == set(followups.records(who))
    assert 1 == purge.run(NOW + ENDED_RETENTION + SECOND).gone
    assert {} == followups.records(who)


def test_a_dropped_follow_up_is_deleted_too(take: Take, followups: FollowUps, purge: Purge, who: str) -> None:
    take(Consent("w"), FollowUp("a", 300 * DAY), session=Session(texting=Texting.YES))
    take(StopAll(), id="SM2", session=Session(texting=Texting.STOPPED))
    purge.run(NOW + ENDED_RETENTION + SECOND)
    assert {} == followups.records(who)


def test_a_waiting_follow_up_stays(take: Take, followups: FollowUps, purge: Purge, who: str) -> None:
    take(Consent("w"), FollowUp("a", 300 * DAY), session=Session(texting=Texting.YES))
    purge.run(NOW + 299 * DAY)
    assert 1 == len(followups.records(who))


def test_a_line_type_is_deleted_after_90_days(
    take: Take, followups: FollowUps, purge: Purge, redis: Redis, who: str
) -> None:
    take(Consent("w"), LookUp(), session=Session(texting=Texting.YES))
    (id,) = followups.records(who)
    followups.claim(id, NOW)
    followups.line_found(id, LineType.TEXTS, NOW, done=True)
    purge.run(NOW + LINE_RETENTION)
    assert {"line", "line_at"} <= redis.hgetall(Keys(who).person).keys()
    purge.run(NOW + LINE_RETENTION + SECOND)
    left = redis.hgetall(Keys(who).person).keys()
    assert not {"line", "line_at"} & left
    assert {"texting", "consent", "sealed"} <= left


def test_a_finished_request_is_deleted_after_90_days(take: Take, redis: Redis, purge: Purge) -> None:
    requests = Requests(redis)
    take(AskPerson(""), id="SM1")
    take(AskPerson("", "RE" + "1" * 32), id="SM2", at=NOW + SECOND)
    done = requests.waiting()[0]
    do(redis, done.id, NOW)
    purge.run(NOW + REQUESTS_RETENTION)
    assert requests.get(done.id) is not None
    purge.run(NOW + REQUESTS_RETENTION + SECOND)
    assert requests.get(done.id) is None
    assert 1 == len(requests.waiting())


class TestTheSeal:
    """SEAL_SECRET changes while numbers are stored."""

    def test_all_numbers_are_resealed(
        self, take: Take, redis: Redis, kept: Callable[[], Any], who: str
    ) -> None:
        asked = AskPerson("", words="after five")
        take(Consent("w"), ALONE, asked, session=Session(texting=Texting.YES))
        assert Purged(sealed=3) == Purge(redis, Secrets(SECRET, NEW)).run(NOW)
        assert Purged() == Purge(redis, Secrets(SECRET, NEW)).run(NOW)
        new = Secrets("another secret, so that the seal alone reads", NEW)
        sealed = [redis.hget(Keys(who).person, "sealed"), Requests(redis).waiting()[0].sealed]
        sealed += [record["sealed"] for record in FollowUps(redis).records(who).values()]
        assert [PARENT] * 3 == [new.unseal(str(each)) for each in sealed]
        assert "after five" == new.unseal(Requests(redis).waiting()[0].words)
        assert PARENT.removeprefix("+1") not in repr(kept())

    def test_the_staffs_phones_are_sealed_again(self, redis: Redis, secrets: Secrets) -> None:
        accounts = Accounts(redis)
        for name in ("anna", "sealed", "ben"):
            assert accounts.add(name, Role.STAFF)
        for name in ("anna", "sealed"):
            accounts.set_phone(name, secrets.seal(PARENT))
        before = accounts.all()
        assert Purged(sealed=2) == Purge(redis, Secrets(SECRET, NEW)).run_all(NOW)
        assert Purged() == Purge(redis, Secrets(SECRET, NEW)).run_all(NOW)
        new, after = Secrets("another secret, so that the seal alone reads", NEW), accounts.all()
        assert [PARENT, "", PARENT] == [new.unseal(each.phone) if each.phone else "" for each in after]
        assert [replace(each, phone="") for each in before] == [replace(each, phone="") for each in after]

    def test_a_record_is_else_unchanged(
        self, take: Take, redis: Redis, followups: FollowUps, who: str
    ) -> None:
        take(ALONE)
        (id,), before = followups.records(who), followups.records(who)
        Purge(redis, Secrets(SECRET, NEW)).run(NOW)
        after = followups.records(who)
        assert before[id] | {"sealed": ""} == after[id] | {"sealed": ""}
        assert before[id]["sealed"] != after[id]["sealed"]
        assert PARENT == Secrets(SECRET, NEW).unseal(str(claim(followups, id, NOW + DAY).sealed))

    def test_a_concurrently_changed_record_is_left_for_the_next_run(
        self, take: Take, redis: Redis, followups: FollowUps, who: str
    ) -> None:
        take(ALONE)
        (id,) = followups.records(who)
        secrets = Secrets(SECRET, NEW)
        unseal = secrets.unseal

        class ClaimedMeanwhile(Secrets):
            def unseal(self, sealed: str) -> str | None:
                followups.claim(id, NOW + DAY)
                return unseal(sealed)

        assert 0 == Purge(redis, ClaimedMeanwhile(SECRET, NEW)).run(NOW).sealed
        assert "claimed" == followups.records(who)[id]["state"]
        assert 1 == Purge(redis, secrets).run(NOW).sealed
        assert "claimed" == followups.records(who)[id]["state"]

    def test_an_unreadable_number_is_reported_and_left(self, take: Take, redis: Redis) -> None:
        take(ALONE)
        assert Purged(undecryptable=1) == Purge(redis, Secrets(NEW)).run(NOW)
        assert Purged(sealed=1) == Purge(redis, Secrets(SECRET, NEW)).run(NOW)


def test_an_interrupted_scan_resumes(redis: Redis, secrets: Secrets) -> None:
    for n in range(2500):
        redis.hset(Keys(secrets.who(f"+1202{n:07d}")).person, "sealed", secrets.seal("+12025550123"))
    renewing, runs, sealed = Purge(redis, Secrets(SECRET, NEW)), 0, 0
    while sealed < 2500 and runs < 100:
        sealed += renewing.run(NOW, seconds=0).sealed
        runs += 1
    assert 2500 == sealed
    assert runs > 1
    assert 0 < redis.ttl(CURSOR)


def test_one_part_waits_at_a_time(take: Take, redis: Redis, secrets: Secrets) -> None:
    purge = Purge(redis, secrets)
    assert [True, False] == [purge.ask(), purge.ask()]
    assert 0 < redis.ttl(ASKED) <= LOST_AFTER.total_seconds()
    take(ALONE)
    purge.run(NOW)
    assert purge.ask()
    assert not purge.unfinished()
    redis.set(CURSOR, 12345)
    assert purge.unfinished()


def test_a_part_is_a_few_round_trips(redis: Redis, secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two per key a million people took a week."""
    for n in range(1000):
        redis.hset(Keys(secrets.who(f"+1202{n:07d}")).person, "sealed", secrets.seal("+12025550123"))
    trips, send = [0], cast("Callable[..., None]", AbstractConnection.send_packed_command)

    def counted(connection: AbstractConnection, *args: Any, **named: Any) -> None:
        trips[0] += 1
        send(connection, *args, **named)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    Purge(redis, secrets).run(NOW)
    assert 0 < trips[0] < 60


def test_all_of_it_is_one_walk_when_somebody_waits_for_it(take: Take, redis: Redis) -> None:
    take(ALONE)
    redis.set(CURSOR, 12345)
    assert Purged(sealed=1) == Purge(redis, Secrets(SECRET, NEW)).run_all(NOW)
