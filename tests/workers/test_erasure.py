"""A person's data is deleted at the carrier too, however long that takes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Carrier
from devtools.twilio_sim.messages import Text, written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier import erasing
from hotline.carrier.erasing import ANSWERED_WITHIN, Eraser
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Erase
from hotline.conversation.model.session import Session
from hotline.store.due_set import LEASE
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys, Secrets
from tests.carrier.spoiling import Spoil
from tests.workers.parent import DAY, MINUTE, NOON, PARENT, SECOND, Ask
from workers.clock import tick
from workers.erasure import AGAIN_AFTER, GIVEN_UP_AFTER, GOES_ON_AFTER, LONGEST_WAIT, Erasures
from workers.jobs import Dependencies


@pytest.fixture
def erasures(settings: Settings, followups: FollowUps, secrets: Secrets) -> Erasures:
    return Erasures(followups, Eraser(settings), secrets)


def came(carrier: Carrier, at: datetime = NOON - DAY, statuses: tuple[str, ...] = ("received",)) -> Text:
    account, n = carrier.account, len(carrier.ledger.all())
    text = written(f"SM{n:032d}", account.account_sid, from_=PARENT, to=account.number, body="Zebulon")
    return carrier.ledger.add(replace(text, at=at, statuses=statuses))


def left(carrier: Carrier) -> list[str]:
    return [text.sid for text in carrier.ledger.all() if not text.deleted]


def due(followups: FollowUps, id: str) -> datetime:
    return datetime.fromtimestamp(followups.records(id[:32])[id]["due"], UTC)


def test_an_erasure_runs_at_once_and_once_more(
    erasures: Erasures, ask: Ask, carrier: Carrier, followups: FollowUps, redis: Redis, who: str
) -> None:
    """The second run takes our answer to the request, too."""
    came(carrier)
    id = ask(Erase())
    erasures.erase(id, NOON)
    assert [] == left(carrier)
    came(carrier, NOON, ("queued", "delivered"))
    assert due(followups, id) == NOON + ANSWERED_WITHIN
    erasures.erase(id, NOON + ANSWERED_WITHIN)
    assert [] == left(carrier)
    assert {Keys(who).answers, Keys(who).audit} == {str(key) for key in redis.scan_iter()}


def test_it_runs_through_clock_and_queue(
    settings: Settings,
    ask: Ask,
    carrier: Carrier,
    followups: FollowUps,
    queue: Queue,
    work_off: Callable[[], None],
) -> None:
    now = datetime.now(UTC)
    came(carrier)
    id = ask(Erase(), at=now)
    tick(followups, queue, now)
    assert [("workers.jobs.erase", [id])] == [(job.func_name, job.args) for job in queue.jobs]
    work_off()
    assert [] == left(carrier)
    Dependencies(settings).erasures.erase(id, now + ANSWERED_WITHIN + SECOND)
    assert {} == followups.records(id[:32])


def test_a_voicemail_without_its_call_is_deleted(erasures: Erasures, ask: Ask, carrier: Carrier) -> None:
    sid, account = "RE" + "1" * 32, carrier.account.account_sid
    carrier.recordings.add(Recording(sid, account, "CA" + "1" * 32, PARENT, "call me", 2, NOON - DAY))
    ask(AskPerson("", sid), id="CA1:1")
    erasures.erase(ask(Erase(), id="CA1:2"), NOON + ANSWERED_WITHIN)
    assert carrier.recordings.all()[0].deleted


def test_temporary_obstacles_are_retried(
    erasures: Erasures, ask: Ask, carrier: Carrier, spoil: Spoil, followups: FollowUps
) -> None:
    sending = came(carrier, statuses=("queued", "sent"))
    came(carrier), came(carrier)
    id, now = ask(Erase()), NOON
    spoil("DELETE", "/Messages/", 500)
    waits = []
    for n in range(8):
        erasures.erase(id, now)
        waits.append(due(followups, id) - now)
        now = due(followups, id)
        if n == 1:
            spoil("GET", "/Messages", 429)
    assert [GOES_ON_AFTER] * 2 == waits[:2], "something was removed"
    assert [AGAIN_AFTER * 4**n for n in range(4)] == waits[2:6]
    assert [LONGEST_WAIT, LONGEST_WAIT] == waits[6:]
    assert [sending.sid] == left(carrier)
    carrier.ledger.change(sending.sid, lambda text: replace(text, statuses=("queued", "delivered")))
    erasures.erase(id, now)
    assert [] == left(carrier)
    assert {} == followups.records(id[:32])
    assert [] == followups.due.take(now + GIVEN_UP_AFTER)


def test_after_a_month_an_operator_is_notified(
    erasures: Erasures, ask: Ask, carrier: Carrier, followups: FollowUps, capsys: pytest.CaptureFixture[str]
) -> None:
    came(carrier, statuses=("queued", "sent"))
    id = ask(Erase())
    erasures.erase(id, NOON + GIVEN_UP_AFTER)
    assert "waiting" == followups.records(id[:32])[id]["state"]
    erasures.erase(id, NOON + GIVEN_UP_AFTER + DAY)
    record = followups.records(id[:32])[id]
    assert ("failed", "not_erased") == (record["state"], record["reason"])
    assert "sealed" not in record
    said = capsys.readouterr().out
    assert "erasure_given_up" in said
    assert "error" in said
    for trace in ("5550123", id[:32], "Zebulon"):
        assert trace not in said
    assert [] == followups.due.take(NOON + 2 * GIVEN_UP_AFTER)


def test_what_the_person_starts_again_stays(
    erasures: Erasures, ask: Ask, carrier: Carrier, followups: FollowUps
) -> None:
    came(carrier)
    id = ask(Erase())
    new = came(carrier, NOON + MINUTE)
    erasures.erase(id, NOON + 3 * DAY)
    assert [new.sid] == left(carrier)
    assert {} == followups.records(id[:32])


def test_a_dead_worker_is_replaced(
    erasures: Erasures, ask: Ask, carrier: Carrier, followups: FollowUps
) -> None:
    came(carrier)
    id = ask(Erase())
    followups.claim(id, NOON)
    erasures.erase(id, NOON + SECOND)
    assert 1 == len(left(carrier)), "the claim may still be somebody's"
    erasures.erase(id, NOON + ANSWERED_WITHIN + LEASE)
    assert [] == left(carrier)
    assert {} == followups.records(id[:32])


def test_a_stop_cancels_nothing(
    erasures: Erasures, ask: Ask, carrier: Carrier, redis: Redis, who: str
) -> None:
    came(carrier)
    id = ask(Erase())
    redis.hset(Keys(who).person, mapping={"texting": "stopped"})
    erasures.erase(id, NOON + ANSWERED_WITHIN)
    assert [] == left(carrier)
    assert "stopped" == redis.hget(Keys(who).person, "texting")


def test_an_unreadable_number_ends_it_with_an_error(
    erasures: Erasures, ask: Ask, followups: FollowUps, capsys: pytest.CaptureFixture[str]
) -> None:
    id = ask(Erase())
    other = replace(erasures, secrets=Secrets("another secret of the tests, long enough"))
    other.erase(id, NOON)
    assert "failed" == followups.records(id[:32])[id]["state"]
    assert "erasure_given_up" in capsys.readouterr().out


def test_a_finished_call_is_deleted(
    erasures: Erasures, ask: Ask, carrier: Carrier, followups: FollowUps
) -> None:
    leg = carrier.call(PARENT)
    id = ask(Erase(), id=f"{leg.facts.sid}:5", session=Session())
    deleted = []
    for _ in range(2):
        erasures.erase(id, due(followups, id) + MINUTE)
        deleted.append(leg.facts.deleted)
        leg.finish("caller")
    assert [False, True] == deleted
    assert {} == followups.records(id[:32])


def test_many_texts_take_several_runs(
    erasures: Erasures,
    ask: Ask,
    carrier: Carrier,
    followups: FollowUps,
    who: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(12):
        came(carrier)
    id = ask(Erase())
    monkeypatch.setattr(erasing, "AT_MOST_SECONDS", -1.0)
    for n in range(12):
        now = NOON + ANSWERED_WITHIN + n * GOES_ON_AFTER
        erasures.erase(id, now)
        assert 11 - n == len(left(carrier))
        assert now + GOES_ON_AFTER == due(followups, id)
        assert 0 == followups.records(who)[id]["attempts"]
