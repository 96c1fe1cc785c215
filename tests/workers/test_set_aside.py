"""A planned text that fails with the same error each time is handed to the staff."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from redis import Redis
from structlog.testing import capture_logs

from devtools.twilio_sim import Carrier
from hotline.conversation.model.events import AskPerson, LookUp, ReachBy, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.store.connection import StoreBusy
from hotline.store.followup_record import who_of
from hotline.store.keys import Secrets
from hotline.store.metrics import figures
from hotline.store.requests import BY_HAND, Requests
from hotline.store.turns import Turns
from hotline.telemetry.measures import SET_ASIDE
from tests.workers.parent import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PARENT,
    Ask,
    Plan,
    bodies,
    commit,
    due,
    outcome,
    record,
)
from workers import jobs
from workers.delivery_errors import TRIES
from workers.send import Sender
from workers.set_aside import REASON, SetAside


@pytest.fixture
def aside(post: Sender, turns: Turns, secrets: Secrets, redis: Redis) -> SetAside:
    return SetAside(post.followups, turns, Requests(redis), secrets, redis, UTC)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every check of a text raise."""

    def raises(*_: object) -> None:
        raise KeyError("2025550123 said this")

    monkeypatch.setattr(Sender, "_send_if_wanted", raises)


def attempt(aside: SetAside, post: Sender, id: str, at: datetime) -> None:
    with pytest.raises(KeyError):
        aside.guard(lambda: post.send(id, at), id, at)


def to_the_end(aside: SetAside, post: Sender, id: str) -> list[datetime]:
    """Try a text whenever it is due until it ends; return when."""
    at = [NOON]
    attempt(aside, post, id, NOON)
    while record(post, id)["state"] == "waiting":
        at.append(due(post, id))
        attempt(aside, post, id, at[-1])
        assert len(at) < 20
    return at


@pytest.mark.usefixtures("broken")
def test_attempts_are_few_and_spaced(aside: SetAside, post: Sender, plan: Plan, redis: Redis) -> None:
    id = plan()
    with capture_logs() as logs:
        tried = to_the_end(aside, post, id)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert TRIES == len(tried)
    assert sorted(waits) == waits
    assert 2 * MINUTE == waits[0]
    assert ("failed", REASON) == outcome(post, id)
    assert 1 == sum(figures(redis, tried[-1].date() - DAY * n)[SET_ASIDE] for n in (0, 1))
    assert ["followup_raised"] * (TRIES - 1) + ["followup_set_aside"] == [log["event"] for log in logs]
    assert "2025550123" not in str(logs)


@pytest.mark.usefixtures("broken")
def test_the_staff_see_the_parent_once(aside: SetAside, post: Sender, plan: Plan, secrets: Secrets) -> None:
    to_the_end(aside, post, plan())
    (task,) = aside.requests.waiting()
    assert (BY_HAND, ReachBy.CALL, PARENT) == (task.when, task.by, secrets.unseal(task.sealed))


@pytest.mark.usefixtures("broken")
def test_a_parents_own_request_is_unchanged(aside: SetAside, post: Sender, plan: Plan, ask: Ask) -> None:
    id = plan()
    ask(AskPerson("text_evening", by=ReachBy.TEXT), session=Session(texting=Texting.YES))
    to_the_end(aside, post, id)
    (waits,) = aside.requests.waiting()
    assert ("text_evening", ReachBy.TEXT) == (waits.when, waits.by)


@pytest.mark.usefixtures("broken")
def test_a_redis_failure_at_the_last_attempt_loses_no_parent(
    aside: SetAside, post: Sender, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("away")

    id, at = plan(), NOON
    for _ in range(TRIES - 1):
        attempt(aside, post, id, at)
        at = due(post, id)
    with monkeypatch.context() as patched:
        patched.setattr(SetAside, "_ask_staff", busy)
        with pytest.raises(StoreBusy):
            aside.guard(lambda: post.send(id, at), id, at)
    attempt(aside, post, id, at + HOUR)
    assert ("failed", REASON) == outcome(post, id)
    assert [BY_HAND] == [each.when for each in aside.requests.waiting()]


@pytest.mark.usefixtures("broken")
def test_a_parent_who_cannot_be_listed_is_logged(
    aside: SetAside, post: Sender, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise ValueError("session")

    monkeypatch.setattr(SetAside, "_ask_staff", unreadable)
    id = plan()
    with capture_logs() as logs:
        to_the_end(aside, post, id)
    assert ("failed", REASON) == outcome(post, id)
    assert "set_aside_without_staff" in [log["event"] for log in logs]


@pytest.mark.usefixtures("broken")
def test_a_stopped_parent_is_not_a_task(aside: SetAside, post: Sender, plan: Plan) -> None:
    id = plan()
    for at in (NOON, NOON + 2 * MINUTE):
        attempt(aside, post, id, at)
    commit(post, "SMstop", Session(texting=Texting.STOPPED), StopAll())
    assert "dropped" == record(post, id)["state"]
    assert [] == aside.requests.waiting()


def test_a_text_that_may_have_been_sent_keeps_its_claim(
    aside: SetAside, post: Sender, plan: Plan, monkeypatch: pytest.MonkeyPatch, carrier: Carrier
) -> None:
    def raises(*_: object) -> None:
        raise KeyError("raised")

    id = plan()
    monkeypatch.setattr(Sender, "_written_down", raises)
    attempt(aside, post, id, NOON)
    assert "claimed" == record(post, id)["state"]
    monkeypatch.undo()
    aside.guard(lambda: post.send(id, NOON + HOUR), id, NOON + HOUR)
    assert "sent" == record(post, id)["state"]
    assert 1 == len(bodies(carrier))


@pytest.mark.usefixtures("broken", "in_process")
def test_it_runs_in_a_worker(post: Sender, plan: Plan) -> None:
    for ids in ((plan(),), (plan("where_to_send"), "0" * 32 + " reminder none")):
        with pytest.raises(KeyError):
            jobs.send_followup(*ids)
        assert ("waiting", REASON) == outcome(post, ids[0])


def test_a_redis_failure_is_not_an_attempt(aside: SetAside, post: Sender, plan: Plan) -> None:
    id = plan()

    def away() -> None:
        post.followups.claim(id, NOON)
        raise StoreBusy("away")

    with pytest.raises(StoreBusy):
        aside.guard(away, id, NOON)
    assert "claimed" == record(post, id)["state"]


def test_a_failed_look_up_creates_no_task(aside: SetAside, post: Sender, ask: Ask) -> None:
    id = ask(LookUp())

    def raises() -> None:
        post.followups.claim(id, at)
        raise KeyError(id)

    at = NOON
    for _ in range(TRIES):
        with pytest.raises(KeyError):
            aside.guard(raises, id, at)
        at = at + DAY
    assert "failed" == post.followups.records(who_of(id))[id]["state"]
    assert [] == aside.requests.waiting()
