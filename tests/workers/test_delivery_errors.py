"""A text that could not be sent is retried after the right delay, and is not lost."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from redis import Redis
from structlog.testing import capture_logs

from devtools.twilio_sim import Carrier, Fault
from devtools.twilio_sim.faults import FaultKind
from hotline.carrier import client
from hotline.carrier.errors import CONSENT_ENDS, NO_TEXTS, VERDICTS, Verdict
from hotline.carrier.messages import Messages
from hotline.config.settings import Settings
from hotline.conversation.model import segments
from hotline.conversation.model.events import LineType
from hotline.store.due_set import LEASE
from hotline.store.keys import Keys
from hotline.store.send_rate import FIRST_PAUSE, IN_A_ROW, PACE, PLANNED_BURST, PROBE_EVERY
from tests.workers.parent import (
    AT_ONCE,
    DAY,
    MINUTE,
    NOON,
    QUESTION,
    STATEMENT,
    THIS,
    Ask,
    Plan,
    PlanFor,
    bodies,
    due,
    outcome,
    record,
    refuse,
    session_of,
)
from workers.delivery_errors import BACK_OFF, JITTER, NOT_NOW, TRIES
from workers.send import Sender

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture
def wrong(post: Sender, settings: Settings) -> Sender:
    """Return a sender with a token that the carrier refuses."""
    return replace(post, messages=Messages(replace(settings, twilio_auth_token="not the token")))


def tried(post: Sender, id: str) -> tuple[str, str, int]:
    return *outcome(post, id), record(post, id)["attempts"]


@pytest.mark.parametrize(
    ("verdict", "code"), {verdict: code for code, (verdict, _) in VERDICTS.items()}.items(), ids=str
)
def test_every_verdict_has_its_consequence(
    post: Sender, plan: Plan, carrier: Carrier, verdict: Verdict, code: int
) -> None:
    id = plan(QUESTION)
    refuse(carrier, code)
    post.send(id, NOON)
    state = "failed" if verdict in (Verdict.PERMANENT, Verdict.OPTED_OUT) else "waiting"
    tries = 1 if state == "failed" or verdict is Verdict.LATER else 0
    assert (state, str(code), tries) == tried(post, id)
    assert bodies(carrier) == []
    assert (verdict is Verdict.STOP) == (post.refusals.sending.refusal() is not None)


@pytest.mark.parametrize(
    "code",
    [
        *(20003, 21704, 30027, 59999),
        *(pytest.param(each, marks=pytest.mark.whole) for each in (21408, 21730, 14107)),
    ],
)
def test_an_hour_of_refusals_is_survived(
    post: Sender, plan_for: PlanFor, carrier: Carrier, code: int
) -> None:
    ids, now = [plan_for(n) for n in range(8)], NOON
    refuse(carrier, code, times=10_000)
    with capture_logs() as logs:
        for id in ids:
            post.send(id, NOON)
        alarms = [
            line for line in logs if line["log_level"] in ("error", "warning") and line.get("code") == code
        ]
        while now < NOON + HOUR:
            now = min(due(post, id) for id in ids)
            for id in ids:
                if due(post, id) <= now:
                    post.send(id, now)
            assert {"waiting"} == {record(post, id)["state"] for id in ids}
            assert alarms, "within the minute of the first texts"
    assert [] == carrier.ledger.all()
    carrier.faults.clear()
    for _ in range(40):
        for id in ids:
            if record(post, id)["state"] == "waiting":
                post.send(id, due(post, id))
    assert {"sent"} == {record(post, id)["state"] for id in ids}
    assert len(ids) == len(carrier.ledger.all())


@pytest.mark.parametrize("code", sorted(CONSENT_ENDS))
def test_a_disconnected_number_loses_its_consent(
    post: Sender, plan: Plan, carrier: Carrier, redis: Redis, code: int
) -> None:
    id, later = plan(QUESTION), plan(STATEMENT, due=NOON + DAY)
    refuse(carrier, code)
    post.send(id, NOON)
    assert ["failed", "dropped"] == [record(post, each)["state"] for each in (id, later)]
    person = redis.hgetall(Keys(id[:32]).person)
    assert "no" == person["texting"]
    assert "sealed" not in person


class TestThePace:
    """Sends no faster than the carrier accepts."""

    def test_delayed_texts_return_one_by_one(self, post: Sender, plan_for: PlanFor, carrier: Carrier) -> None:
        slow = replace(post, refusals=replace(post.refusals, pace=1))
        ids = [plan_for(n) for n in range(12)]
        for id in ids:
            slow.send(id, NOON)
        texts, waiting = carrier.ledger.all(), [id for id in ids if record(post, id)["state"] == "waiting"]
        assert 12 == len(texts) + len(waiting)
        assert 1 <= len(texts) <= PLANNED_BURST / SECOND + 1
        assert {("pace", 0)} == {(record(post, id)["reason"], record(post, id)["attempts"]) for id in waiting}
        back = sorted(due(post, id) - NOON for id in waiting)
        assert len(set(back)) == len(waiting)
        assert (
            (len(waiting) - 1) * SECOND - JITTER <= back[-1] - back[0] <= len(waiting) * 3 * SECOND + JITTER
        )

    def test_a_requested_text_goes_before_a_thousand_reminders(
        self, post: Sender, plan: Plan, ask: Ask, carrier: Carrier
    ) -> None:
        slow = replace(post, refusals=replace(post.refusals, pace=1))
        reminder, asked = plan(AT_ONCE), ask(THIS)
        for _ in range(1000):
            post.refusals.sending.ask(2, 1, NOON, planned=True)
        slow.send(reminder, NOON)
        assert ("waiting", "pace") == outcome(post, reminder)
        slow.send(asked, NOON)
        assert 1 == len(carrier.ledger.all())

    def test_a_text_takes_its_segments(self, post: Sender, ask: Ask, carrier: Carrier, redis: Redis) -> None:
        slow = replace(post, refusals=replace(post.refusals, pace=1))
        slow.send(ask(THIS), NOON)
        (body,) = bodies(carrier)
        taken = float(str(redis.hget(PACE, "free"))) - datetime.now(UTC).timestamp()
        assert segments.count(body) > 2
        assert taken == pytest.approx(segments.count(body), abs=1)

    def test_no_worker_waits_with_a_claim(self, post: Sender, plan: Plan) -> None:
        for _ in range(int(PLANNED_BURST / SECOND) + 1):
            post.refusals.sending.ask(5, 1, NOON)
        id = plan(AT_ONCE)
        replace(post, refusals=replace(post.refusals, pace=1)).send(id, NOON)
        assert "waiting" == record(post, id)["state"]

    def test_rate_limits_are_no_try(self, post: Sender, plan: Plan, carrier: Carrier, redis: Redis) -> None:
        id, now = plan(AT_ONCE), NOON
        refuse(carrier, 20429, times=TRIES + 2)
        for _ in range(TRIES + 2):
            post.send(id, now)
            assert ("waiting", "20429", 0) == tried(post, id)
            assert due(post, id) - now >= FIRST_PAUSE - SECOND
            now = due(post, id)
            redis.hdel(PACE, "slow_until")  # the time that went by for us went by for Redis as well
        post.send(id, now)
        assert 1 == len(bodies(carrier))

    def test_too_many_requests_pauses_all(self, post: Sender, plan_for: PlanFor, carrier: Carrier) -> None:
        first, second = plan_for(1), plan_for(2)
        refuse(carrier, 20429)
        post.send(first, NOON)
        post.send(second, NOON)
        assert ("waiting", "pace") == outcome(post, second)
        assert [] == carrier.ledger.all()


class TestARefusedAccount:
    """A configuration error stops sending, and no waiting text is lost."""

    def test_only_a_probe_leaves(
        self, post: Sender, wrong: Sender, plan_for: PlanFor, carrier: Carrier
    ) -> None:
        ids = [plan_for(n) for n in range(5)]
        wrong.send(ids[0], NOON)
        for id in ids[1:]:
            post.send(id, NOON + SECOND)
        assert [] == carrier.ledger.all()
        assert {("waiting", "20003", 0)} == {tried(post, id) for id in ids}

    def test_a_successful_probe_releases_the_others(
        self, post: Sender, wrong: Sender, plan_for: PlanFor, carrier: Carrier
    ) -> None:
        ids = [plan_for(n) for n in range(5)]
        for id in ids:
            wrong.send(id, NOON)
        later = NOON + NOT_NOW + MINUTE
        wrong.send(ids[0], later)
        post.send(ids[1], later)
        assert [] == carrier.ledger.all(), "one probe was made already"
        for id in ids[1:]:
            post.send(id, later + PROBE_EVERY)
        post.send(ids[0], later + PROBE_EVERY + DAY)
        assert 5 == len(carrier.ledger.all())
        assert {"sent"} == {record(post, id)["state"] for id in ids}
        assert post.refusals.sending.refusal() is None

    def test_unknown_codes_use_up_no_tries(self, post: Sender, plan_for: PlanFor, carrier: Carrier) -> None:
        ids = [plan_for(n) for n in range(8)]
        refuse(carrier, 29999, times=IN_A_ROW)
        for n, id in enumerate(ids):
            assert (n >= IN_A_ROW) == (post.refusals.sending.refusal() is not None)
            post.send(id, NOON)
        assert [] == carrier.ledger.all()
        assert {("waiting", "29999", 0)} == {tried(post, id) for id in ids}
        later = NOON + NOT_NOW + PROBE_EVERY
        for id in ids:
            post.send(id, later)
        assert 8 == len(carrier.ledger.all())

    def test_other_codes_reset_the_count(self, post: Sender, plan_for: PlanFor, carrier: Carrier) -> None:
        for n in range(3 * (IN_A_ROW - 1)):
            if n % (IN_A_ROW - 1):
                refuse(carrier, 29999)
            post.send(plan_for(n), NOON)
        assert post.refusals.sending.refusal() is None

    def test_one_texts_fault_is_not_the_accounts(self, post: Sender, plan: Plan, carrier: Carrier) -> None:
        refuse(carrier, 21211)
        post.send(plan(QUESTION), NOON)
        assert post.refusals.sending.refusal() is None


@pytest.mark.parametrize("code", [code for code, row in VERDICTS.items() if row[0] is Verdict.NEXT_DAY])
def test_a_daily_cap_delays_to_the_next_day(post: Sender, plan: Plan, carrier: Carrier, code: int) -> None:
    id = plan(QUESTION)
    refuse(carrier, code)
    post.send(id, NOON)
    assert NOON.replace(hour=8) + DAY <= due(post, id) <= NOON.replace(hour=9) + DAY
    assert post.refusals.sending.refusal() is None


@pytest.mark.parametrize("code", sorted(NO_TEXTS))
def test_a_line_without_texts_is_remembered(post: Sender, plan: Plan, carrier: Carrier, code: int) -> None:
    refuse(carrier, code)
    post.send(plan(QUESTION), NOON)
    assert LineType.LANDLINE is session_of(post, "CA9:1", NOON).line


def test_an_unknown_result_is_checked_before_a_retry(post: Sender, plan: Plan, carrier: Carrier) -> None:
    id = plan(QUESTION)
    refuse(carrier, 20503)
    post.send(id, NOON)
    post.send(id, NOON + BACK_OFF / 2)
    assert "claimed" == record(post, id)["state"]
    assert [] == bodies(carrier)


@pytest.fixture
def taken_in_silence(
    post: Sender, plan: Plan, carrier: Carrier, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, datetime]:
    """Send a text whose request times out after the carrier accepted it; return its id and the time."""
    now = datetime.now(UTC)
    id = plan(AT_ONCE, due=now)
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.3)
    carrier.faults.add(Fault(FaultKind.STALL, seconds=5))
    replace(post, messages=Messages(settings)).send(id, now)
    monkeypatch.undo()
    assert "claimed" == record(post, id)["state"]
    return id, now


def test_a_text_accepted_before_a_timeout_is_not_sent_twice(
    post: Sender, taken_in_silence: tuple[str, datetime], carrier: Carrier
) -> None:
    id, now = taken_in_silence
    post.send(id, now + LEASE)
    (text,) = carrier.ledger.all()
    assert ("sent", text.sid) == (record(post, id)["state"], record(post, id)["sid"])


def test_a_text_listed_without_its_body_is_not_sent_twice(
    post: Sender, taken_in_silence: tuple[str, datetime], carrier: Carrier
) -> None:
    id, now = taken_in_silence
    carrier.account = replace(carrier.account, keeps_bodies=False)
    for n in range(1, 9):
        post.send(id, now + n * LEASE)
        assert "claimed" == record(post, id)["state"]
    post.send(id, now + DAY + 9 * LEASE)
    assert ("failed", "unknown") == outcome(post, id)
    assert 1 == len(carrier.ledger.all())


def test_a_connection_cut_in_the_response_is_checked(
    post: Sender, plan: Plan, carrier: Carrier, settings: Settings
) -> None:
    now = datetime.now(UTC)
    id = plan(AT_ONCE, due=now)
    with cutting_off(settings.twilio_api_base_url) as address:
        replace(post, messages=Messages(replace(settings, twilio_api_base_url=address))).send(id, now)
    assert 1 == len(carrier.ledger.all())
    assert "claimed" == record(post, id)["state"]
    post.send(id, now + LEASE)
    assert 1 == len(carrier.ledger.all())
    assert "sent" == record(post, id)["state"]


@contextmanager
def cutting_off(address: str) -> Iterator[str]:
    """Yield a proxy to this carrier that forwards one request, and hangs up on the response."""
    to = urlsplit(address)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def hand_on() -> None:
            came, _ = listening.accept()
            with came, socket.create_connection((str(to.hostname), int(to.port or 0)), 5) as carrier:
                came.settimeout(0.5)
                with suppress(TimeoutError):
                    while piece := came.recv(65536):
                        carrier.sendall(piece)
                carrier.settimeout(5)
                assert carrier.recv(65536)

        thread = threading.Thread(target=hand_on, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)
