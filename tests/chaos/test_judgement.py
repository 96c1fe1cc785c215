"""The judgement finds planted faults, and none in correct evidence."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from hotline.channels.twiml import EMPTY
from hotline.conversation.book.book import Book
from hotline.conversation.model import session_json
from hotline.conversation.model.events import Texting
from hotline.conversation.model.session import Session
from tests.chaos import secrecy
from tests.chaos.evidence import Evidence, Kept, Sent, Told, named
from tests.chaos.expected import Person, Plan, Planned, came_due, webhook
from tests.chaos.findings import Findings, Promise
from tests.chaos.history import History, _record_misfit, _webhook
from tests.chaos.judgement import judge
from tests.chaos.orders import Move, Order
from tests.chaos.posting import Answer, Asked
from tests.chaos.texts import sent_once
from tests.chaos.town import Outage

NOON = datetime(2026, 11, 23, 19, tzinfo=UTC)
PARENT, WHO = "+12025550001", "a" * 32
SAFE = "<Response>safe</Response>"
SCREENING = ("hi", "1", "1", "1")
"""A screening for a toddler: the fourth text consents to reminders, one of them immediate."""


@pytest.fixture
def evidence(book: Book) -> Evidence:
    """Return the evidence of one parent who consented to reminders and got the first."""
    asked, person = [], Person(WHO)
    for n, words in enumerate(SCREENING):
        began = NOON + timedelta(seconds=2 * n)
        form = {"MessageSid": f"SM{n}", "Body": words, "From": PARENT}
        person, document = webhook(book, person, "/sms", form, began)
        answers = [Answer(began, began + timedelta(seconds=1), 200, document)]
        asked.append(Asked(PARENT, f"SM{n}", "/sms", form, words, began, answers))
    yes = NOON + timedelta(seconds=6)
    records = {plan.id: record(yes, plan.reminder, yes + plan.after) for plan in person.plans}
    now = next(id for id, one in records.items() if one["first_due"] == yes.timestamp())
    records[now] |= {"state": "delivered", "claimed_at": yes.timestamp() + 2}
    assert person.session is not None
    kept = Kept(
        session=session_json.encode(person.session),
        answers={one.id: one.answers[0].document for one in asked},
        person={"texting": "yes", "language": "en", "sealed": "x"},
        records=records,
    )
    sent = Sent(
        "SM9", PARENT, yes + timedelta(seconds=3), ("queued", "sent", "delivered"), now, deleted=False
    )
    return Evidence(
        asked=asked,
        safe=frozenset({SAFE}),
        whose={PARENT: WHO},
        kept={WHO: kept},
        due={id: one["due"] for id, one in records.items() if id != now},
        sent=[sent],
        told=[Told("SM9", "delivered", 204, yes + timedelta(seconds=4))],
        outages=[],
        horizon=yes + timedelta(hours=1),
    )


def record(asked: datetime, reminder: str, due: datetime) -> dict[str, Any]:
    """Return a record as the store writes it."""
    times = {"asked": asked.timestamp(), "first_due": due.timestamp(), "due": due.timestamp()}
    return {"kind": "reminder", "reminder": reminder, "state": "waiting", **times}


def broken(book: Book, evidence: Evidence) -> set[Promise]:
    return {promise for promise, _ in judge(book, evidence).faults}


def test_correct_evidence_has_no_findings(book: Book, evidence: Evidence) -> None:
    findings = judge(book, evidence)
    assert ([], []) == (findings.faults, findings.named)
    assert (4, 1, 3) == tuple(
        findings.figures[name] for name in ("webhooks taken", "came due: sent once", "not due yet")
    ), findings.table()


def kept(evidence: Evidence, **changes: Any) -> None:
    """Change the person's data in Redis."""
    evidence.kept = {WHO: replace(evidence.kept[WHO], **changes)}


def first_record(evidence: Evidence, **changes: Any) -> None:
    id = evidence.sent[0].plan
    records = dict(evidence.kept[WHO].records)
    kept(evidence, records=records | {id: {**records[id], **changes}})


def a_turn_was_lost(evidence: Evidence) -> None:
    kept(evidence, session=None)


def an_answer_was_lost(evidence: Evidence) -> None:
    kept(evidence, answers={})


def an_answer_was_wrong(evidence: Evidence) -> None:
    """Replace a response with another one."""
    answer = evidence.asked[1].answers[0]
    evidence.asked[1].answers[0] = replace(answer, document=evidence.asked[2].answers[0].document)


def a_copy_was_answered_differently(evidence: Evidence) -> None:
    """Add a different response to a copy of a webhook."""
    evidence.asked[1].answers.append(evidence.asked[2].answers[0])


def a_record_was_lost(evidence: Evidence) -> None:
    kept(evidence, records={})
    evidence.due = {}


def a_web_failed(evidence: Evidence) -> None:
    """Add a response with status 500."""
    evidence.asked[1].answers.append(replace(evidence.asked[1].answers[0], status=500))


def an_answer_came_late(evidence: Evidence) -> None:
    """Have a response take longer than the carrier waits."""
    answer = evidence.asked[1].answers[0]
    evidence.asked[1].answers[0] = replace(answer, began=answer.ended - timedelta(seconds=15))


def nobody_answered(evidence: Evidence) -> None:
    """Add a webhook without a response."""
    form = {"MessageSid": "SM7", "Body": "hi", "From": PARENT}
    evidence.asked.append(Asked(PARENT, "SM7", "/sms", form, "hi", NOON + timedelta(minutes=1)))


def a_text_was_sent_twice(evidence: Evidence) -> None:
    """Add a second send of the same text."""
    evidence.sent.append(replace(evidence.sent[0], sid="SM8", at=evidence.sent[0].at + timedelta(minutes=2)))


def a_text_was_never_sent(evidence: Evidence) -> None:
    evidence.sent.clear()
    evidence.told.clear()


def a_text_was_dropped(evidence: Evidence) -> None:
    first_record(evidence, state="dropped", reason="no_consent")
    a_text_was_never_sent(evidence)


def nobody_asked_for_it(evidence: Evidence) -> None:
    """Add a sent text without a record."""
    evidence.sent.append(replace(evidence.sent[0], sid="SM8", plan=f"{WHO}-000000000000"))


def a_delivery_was_forgotten(evidence: Evidence) -> None:
    first_record(evidence, state="sent")


def a_status_failed(evidence: Evidence) -> None:
    """Add a status callback that got a 503."""
    evidence.told.append(replace(evidence.told[0], status="sent", code=503))


def a_claim_was_left(evidence: Evidence) -> None:
    first_record(evidence, state="claimed")


def a_number_was_kept(evidence: Evidence) -> None:
    """Leave the number in the record of the sent text."""
    first_record(evidence, sealed="x")


def what_waits_is_due_no_more(evidence: Evidence) -> None:
    """Remove the schedule of the waiting texts."""
    evidence.due = {}


PLANTED: list[tuple[Callable[[Evidence], None], Promise]] = [
    (a_turn_was_lost, Promise.RETENTION),
    (an_answer_was_lost, Promise.RETENTION),
    (an_answer_was_wrong, Promise.RETENTION),
    (a_copy_was_answered_differently, Promise.RETENTION),
    (a_record_was_lost, Promise.RETENTION),
    (a_web_failed, Promise.ANSWERED),
    (an_answer_came_late, Promise.ANSWERED),
    (nobody_answered, Promise.ANSWERED),
    (a_text_was_sent_twice, Promise.ONCE),
    (a_text_was_never_sent, Promise.ONCE),
    (a_text_was_dropped, Promise.ONCE),
    (nobody_asked_for_it, Promise.ONCE),
    (a_delivery_was_forgotten, Promise.NOTED),
    (a_status_failed, Promise.ANSWERED),
    (a_claim_was_left, Promise.ALIVE),
    (a_number_was_kept, Promise.SECRET),
    (what_waits_is_due_no_more, Promise.ALIVE),
]


@pytest.mark.parametrize(
    ("status", "faults"), [("undelivered", []), ("delivered", [Promise.ONCE])], ids=["lost", "arrived"]
)
def test_words_for_a_caller_are_too_late_only_if_none_arrived(
    evidence: Evidence, status: str, faults: list[Promise]
) -> None:
    """A carrier may lose the text and then refuse it for an hour, by which it no longer replies to the caller."""
    id = evidence.sent[0].plan
    first_record(evidence, state="dropped", reason="too_late")
    evidence.sent[0] = replace(evidence.sent[0], statuses=("queued", status))
    plan = Plan(id, Planned.THIS, "", timedelta(), "SM3")
    findings = Findings()
    sent_once(evidence, {WHO: Order(Person(WHO, plans=(plan,)), (), ())}, findings)
    assert faults == [promise for promise, _ in findings.faults]


@pytest.mark.parametrize(("plant", "promise"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_a_planted_fault_is_found(
    book: Book, evidence: Evidence, plant: Callable[[Evidence], None], promise: Promise
) -> None:
    plant(evidence)
    assert promise in broken(book, evidence)


def test_a_text_after_stop_is_found(book: Book, evidence: Evidence) -> None:
    """The record says that it was sent before; only the ledger shows it."""
    began = NOON + timedelta(minutes=1)
    answers = [Answer(began, began + timedelta(seconds=1), 200, "<Response/>")]
    evidence.asked.append(
        Asked(PARENT, "SM5", "/sms", {"MessageSid": "SM5", "Body": "STOP"}, "STOP", began, answers)
    )
    kept(evidence, person={"texting": "stopped", "language": "en"})
    evidence.sent[0] = replace(evidence.sent[0], at=began + timedelta(seconds=2.5))
    assert Promise.STOPPED not in broken(book, evidence), "it was on its way"
    evidence.sent[0] = replace(evidence.sent[0], at=began + timedelta(seconds=4))
    assert Promise.STOPPED in broken(book, evidence)


def test_an_unobeyed_stop_is_found(book: Book, evidence: Evidence) -> None:
    began = NOON + timedelta(minutes=1)
    answers = [Answer(began, began + timedelta(seconds=1), 200, SAFE)]
    evidence.asked.append(
        Asked(PARENT, "SM5", "/sms", {"MessageSid": "SM5", "Body": "STOP"}, "STOP", began, answers)
    )
    assert Promise.STOPPED in broken(book, evidence)
    evidence.horizon = began + timedelta(minutes=1)
    assert Promise.STOPPED not in broken(book, evidence), "nobody has looked yet"


def test_consent_in_a_call_overrides_a_missed_stop(book: Book, evidence: Evidence) -> None:
    began = NOON - timedelta(hours=1)
    answers = [Answer(began, began, 200, SAFE)]
    form = {"MessageSid": "SM5", "Body": "STOP"}
    evidence.asked.insert(0, Asked(PARENT, "SM5", "/sms", form, "STOP", began, answers))
    assert Promise.STOPPED in broken(book, evidence)
    agreed = json.dumps({"at": (NOON + timedelta(seconds=6)).isoformat()})
    kept(evidence, person=dict(evidence.kept[WHO].person) | {"consent": agreed})
    assert Promise.STOPPED not in broken(book, evidence)


def test_a_stop_recovered_from_the_carrier_is_not_a_fault(book: Book, evidence: Evidence) -> None:
    began = NOON + timedelta(minutes=1)
    answers = [Answer(began, began + timedelta(seconds=1), 200, SAFE)]
    evidence.asked.append(
        Asked(PARENT, "SM5", "/sms", {"MessageSid": "SM5", "Body": "STOP"}, "STOP", began, answers)
    )
    before = evidence.kept[WHO]
    assert before.session is not None
    session = replace(session_json.decode(before.session), texting=Texting.STOPPED)
    records = {
        id: {**one, "state": "dropped"} if one["state"] == "waiting" else one
        for id, one in before.records.items()
    }
    kept(
        evidence,
        session=session_json.encode(session),
        person={"texting": "stopped", "language": "en"},
        records=records,
        answers={**before.answers, "SM5": EMPTY},
    )
    evidence.due = {}
    assert set() == broken(book, evidence)


def killed(evidence: Evidence, after: float) -> None:
    at = NOON + timedelta(seconds=after)
    evidence.outages.append(Outage(at, at + timedelta(seconds=1)))


def test_a_turn_lost_shortly_before_a_kill_is_an_exception(book: Book, evidence: Evidence) -> None:
    asked, person = evidence.asked.pop(), Person(WHO)
    for one in evidence.asked:
        person, _ = webhook(book, person, one.path, one.form, one.began)
    assert person.session is not None
    kept(evidence, session=session_json.encode(person.session), records={}, person={"language": "en"})
    evidence.asked.append(asked)
    evidence.due, evidence.sent[:], evidence.told[:] = {}, [], []
    assert Promise.RETENTION in broken(book, evidence)
    killed(evidence, after=7.5)
    findings = judge(book, evidence)
    assert [] == findings.faults
    assert ["lost with Redis within its fsync window: SM3 of " + WHO] == findings.named
    evidence.outages[0] = replace(evidence.outages[0], loses_turns=False)
    assert Promise.RETENTION in broken(book, evidence), "a replica had it"
    evidence.outages.clear()
    killed(evidence, after=12)
    assert Promise.RETENTION in broken(book, evidence), "five seconds are no window"


def test_a_failover_excuses_a_lost_turn_only_if_logged(tmp_path: Path) -> None:
    (tmp_path / "web-0.log").write_text(
        f'no JSON\n{{"event": "turn_not_replicated", "time": "{NOON.isoformat()}"}}\n'
    )
    logged = secrecy.not_replicated(tmp_path)
    after = [Outage(NOON, NOON, NOON + timedelta(seconds=seconds)) for seconds in (-2, 0, 5, 8)]
    assert [False, True, True, False] == [one.loses_turns for one in named(after, logged)]
    assert [True] == [one.loses_turns for one in named([Outage(NOON, NOON)], [])], (
        "one server, that was killed"
    )


def test_a_text_in_flight_at_a_kill_is_an_exception(book: Book, evidence: Evidence) -> None:
    a_text_was_sent_twice(evidence)
    killed(evidence, after=10)
    findings = judge(book, evidence)
    assert ([], 1) == (findings.faults, len(findings.named))
    evidence.outages.clear()
    killed(evidence, after=60)
    assert {Promise.ONCE} == broken(book, evidence)


def test_numbers_and_words_are_found_everywhere(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    with Redis.from_url(redis_url) as raw:
        redis.set("harmless", f"x{PARENT[2:]}f")
        assert [] == list(secrecy.in_redis(raw))
        redis.set(f"session:{PARENT}", "1")
        redis.hset("hash", "field", '{"to":"12025550001"}')
        redis.rpush("list", "asdf qwer")
        redis.zadd("zset", {PARENT: 1})
        places = ["the name of a key", *(f"the value of {name}" for name in ("hash", "list", "zset"))]
        assert sorted(places) == sorted(secrecy.in_redis(raw))
    (tmp_path / "web.log").write_text(f'{{"event": "turn_taken", "to": "{PARENT}"}}\n{{"event": "uncaught"}}')
    assert ["web.log"] == list(secrecy.in_logs(tmp_path))
    assert ['web.log: {"event": "uncaught"}'] == list(secrecy.failures(tmp_path))


def test_a_day_is_the_centers(book: Book) -> None:
    """Check that "today" at half past seven in the evening is that day, although the next has begun in UTC."""
    evening = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    form = {"MessageSid": "SM1", "Body": "out today", "From": PARENT}
    person, _ = webhook(book, Person(WHO), "/sms", form, evening)
    assert person.session is not None
    assert ("2026-11-23",) == person.session.days_out


def test_the_table_has_every_promise() -> None:
    findings = Findings()
    findings.broken(Promise.ONCE, "text 7 was sent 2 times")
    findings.leave_out("lost with Redis", "SM1")
    table = findings.table()
    assert all(promise in table for promise in Promise)
    assert f"       1  {Promise.ONCE}" in table
    assert "lost with Redis: SM1" in table
    assert "text 7 was sent 2 times" in table


def test_an_answer_to_an_unseen_question_is_found(book: Book, evidence: Evidence) -> None:
    third = evidence.asked[2]
    third.answers[:] = [replace(third.answers[0], document=SAFE)]
    assert Promise.SEEN in {promise for promise, _ in judge(book, evidence).faults}


def test_a_repeated_answer_is_not_a_fault(book: Book, evidence: Evidence) -> None:
    third, fourth = evidence.asked[2:]
    told, yes = third.answers[0].document, fourth.answers[0]
    third.answers[:] = [replace(third.answers[0], document=SAFE)]
    late = replace(fourth, id="SM4", form={**fourth.form, "MessageSid": "SM4"})
    again = [replace(yes, began=yes.began - timedelta(seconds=0.5), ended=yes.began, document=told)]
    evidence.asked[3] = replace(fourth, began=yes.began - timedelta(seconds=0.5), answers=again)
    evidence.asked.append(late)
    faults = [how for promise, how in judge(book, evidence).faults if promise is Promise.SEEN]
    assert [] == faults


def test_a_text_may_get_what_was_not_heard_in_a_call(book: Book) -> None:
    """Check that a response that a caller did not hear may be repeated by text, also after they hung up."""
    call = {"CallSid": "CA1", "From": PARENT, "To": "+12025550100"}
    caller, spoken = webhook(book, Person(WHO), "/voice", call, NOON)
    caller, _ = webhook(book, replace(caller, unseen=spoken), "/voice/ended", call, NOON)
    text = {"MessageSid": "SM1", "From": PARENT}
    _, repeated = webhook(book, caller, "/sms", {**text, "Body": "repeat"}, NOON)
    after, document = webhook(book, caller, "/sms", {**text, "Body": "1"}, NOON, repeated)
    assert caller.session
    assert after.session
    assert (repeated, caller.session.state) == (document, after.session.state)


def test_an_answer_to_an_unseen_question_is_found_by_the_order(book: Book, evidence: Evidence) -> None:
    third = evidence.asked[2]
    third.answers[:] = [replace(third.answers[0], document=SAFE)]
    answers = {id: answer for id, answer in evidence.kept[WHO].answers.items() if id != third.id}
    kept(evidence, answers=answers)
    assert Promise.SEEN in broken(book, evidence)


@pytest.mark.parametrize(("copies", "unseen"), [([], False), ([SAFE], True)])
def test_a_copys_fallback_text_marks_the_answer_as_unseen(
    book: Book, evidence: Evidence, copies: list[str], unseen: bool
) -> None:
    first = evidence.asked[0]
    document = first.answers[0].document
    first.answers += [replace(first.answers[0], document=copy) for copy in copies]
    move = _webhook(book, first, History(WHO, evidence.asked, [], evidence.kept[WHO]), evidence)
    assert move is not None
    after = move.take(Person(WHO), first.began)
    assert after is not None
    assert (document if unseen else "") == after[0].unseen


def test_a_text_recorded_after_a_stop_moves_nobody(book: Book) -> None:
    plan = Plan("plan", Planned.REMINDER, "sent_yet", timedelta(), asked="SM1")
    for texting, moves in ((Texting.YES, True), (Texting.STOPPED, False)):
        person = Person(WHO, Session(texting=texting), plans=(plan,))
        assert moves is (came_due(book, person, plan.id, NOON) != person)


@pytest.mark.parametrize(("late", "fits"), [(0, True), (1, False)])
def test_times_of_records_are_whole_seconds(late: int, fits: bool) -> None:
    """Check that a text due at an hour, not some time after the event, is not found due a fraction of a second off."""
    asked = NOON + timedelta(seconds=0.35)
    plan = Plan("plan", Planned.REMINDER, "meeting_tomorrow", timedelta(seconds=59.65), asked="SM1")
    move = Move("SM1", asked, asked, lambda person, _: (person, None))
    stored = record(NOON, plan.reminder, NOON + timedelta(seconds=60 + late))
    assert fits is (not _record_misfit(stored, plan, move))
