"""Texts and messages missed during an outage are found at the carrier."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from structlog.testing import capture_logs

from devtools.twilio_sim import Carrier
from devtools.twilio_sim.messages import written
from devtools.twilio_sim.recordings import Recording
from hotline.carrier import inbox
from hotline.carrier.inbox import Inbox
from hotline.channels.twiml import EMPTY
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.book import Book
from hotline.conversation.engine.step import step
from hotline.conversation.model.events import (
    AskPerson,
    Channel,
    Consent,
    Erase,
    Event,
    EventKind,
    Restart,
    Texting,
)
from hotline.conversation.model.session import Session, Turn
from hotline.publishing.versions import Versions
from hotline.store import carrier_notices
from hotline.store.audit import Audit
from hotline.store.followups import FollowUps
from hotline.store.heartbeat import INBOX, last_beat
from hotline.store.inbox_runs import ASKED, PROGRESS, RUNS, RUNS_FOR, InboxRuns
from hotline.store.keys import Secrets
from hotline.store.metrics import figures
from hotline.store.requests import Requests
from hotline.store.turns import Turns
from hotline.store.usage import Spend
from hotline.web import checks
from hotline.web.app import create_app
from tests.store.working import do
from tests.turns_taken import take_turn
from tests.workers.parent import DAY, MINUTE, PARENT, Ask, Plan
from workers import reconcile
from workers.queue import enqueue
from workers.reconcile import LONGEST, SETTLED, CatchUp

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)

Texted = Callable[..., str]
Left = Callable[..., str]


@pytest.fixture
def job(
    book: Book, settings: Settings, redis: Redis, secrets: Secrets, turns: Turns, followups: FollowUps
) -> CatchUp:
    versions, requests = Versions(OWN_FLOWS, lambda _: book), Requests(redis)
    return CatchUp(
        *(settings, redis, versions, secrets, turns, followups), requests, Inbox(settings), InboxRuns(redis)
    )


@pytest.fixture
def texted(carrier: Carrier) -> Texted:
    """Have a text arrive at the carrier that we miss; return its id."""

    def came(body: str, n: int = 1, ago: timedelta = MINUTE, number: str = PARENT) -> str:
        account = carrier.account
        text = written(f"SM{n:032x}", account.account_sid, from_=number, to=account.number, body=body)
        return carrier.ledger.add(replace(text, at=NOW - ago)).sid

    return came


@pytest.fixture
def left(carrier: Carrier) -> Left:
    """Have a caller leave a message without a webhook; return its id."""

    def message(n: int = 1, ago: timedelta = MINUTE, number: str = PARENT) -> str:
        call = carrier.call(number)
        call.finish("caller")
        account, sid = carrier.account.account_sid, f"RE{n:032x}"
        carrier.recordings.add(Recording(sid, account, call.facts.sid, number, "Call me", 2, NOW - ago))
        return sid

    return message


def texting(job: CatchUp, number: str = PARENT) -> Texting:
    return job.turns.load(job.secrets.who(number), "SM9", NOW).session.texting


def records(job: CatchUp) -> dict[str, dict[str, Any]]:
    return job.followups.records(job.secrets.who(PARENT))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """List a few texts per page, one page per run."""
    monkeypatch.setattr(reconcile, "AT_MOST_SECONDS", -1.0)
    monkeypatch.setattr(inbox, "PAGE", 4)


class TestAStop:
    """A missed STOP is obeyed."""

    @pytest.mark.parametrize(
        "body", ["STOP", "stop texting me", "Alto", "ya no me manden mensajes", "unsubscribe"]
    )
    def test_is_obeyed_in_any_wording(self, job: CatchUp, texted: Texted, plan: Plan, body: str) -> None:
        plan(due=NOW + DAY, after=2 * DAY)
        texted(body)
        job.run(NOW)
        assert Texting.STOPPED is texting(job)
        assert {"dropped"} == {record["state"] for record in records(job).values()}
        (row,) = [row for row in Audit(job.redis).rows(NOW - DAY) if row.what == "stop"]
        assert ((NOW - MINUTE).isoformat(), "sms") == (row.at, row.channel)

    @pytest.mark.parametrize("texting_now", [Texting.STOPPED, Texting.YES], ids=["by text", "in a call"])
    def test_outlives_a_no_to_an_earlier_question(
        self, job: CatchUp, texted: Texted, turns: Turns, who: str, book: Book, texting_now: Texting
    ) -> None:
        asked = Session(book=book.version, texting=texting_now, before_stop=Texting.YES, state="stop_or_not")
        first = Event("SM1", NOW - DAY, Channel.SMS, EventKind.SAID, "enough")
        turns.commit(who, first, turns.load(who, first.id, first.at), Turn(asked), "", PARENT, Spend())
        texted("STOP")
        job.run(NOW)
        later = Event("SM2", NOW + 2 * DAY, Channel.SMS, EventKind.SAID, "2")
        turn = step(book, turns.load(who, later.id, later.at).session, later)
        assert Texting.STOPPED is turn.session.texting
        assert [row.what for row in Audit(job.redis).rows(NOW - DAY)] == ["stop"]

    @pytest.mark.parametrize(("said", "language"), [("ALTO", "es"), ("STOP", "en")])
    def test_sets_the_language_of_later_calls(
        self, job: CatchUp, texted: Texted, turns: Turns, who: str, said: str, language: str
    ) -> None:
        texted(said)
        job.run(NOW)
        session = turns.load(who, "CA1", NOW + DAY).session
        assert (Texting.STOPPED, language) == (session.texting, session.language)

    def test_on_whatsapp_counts(self, job: CatchUp, carrier: Carrier, plan: Plan, settings: Settings) -> None:
        plan(due=NOW + DAY, after=2 * DAY)
        ours, theirs = "whatsapp:+15105550101", f"whatsapp:{PARENT}"
        stop = written("SM" + "1" * 32, settings.twilio_account_sid, from_=theirs, to=ours, body="STOP")
        carrier.ledger.add(replace(stop, at=NOW - MINUTE))
        both = replace(settings, hotline_numbers=(settings.sender, ours))
        replace(job, inbox=Inbox(both)).run(NOW)
        assert Texting.STOPPED is texting(job)

    def test_followed_by_a_delete_erases(self, job: CatchUp, texted: Texted, plan: Plan) -> None:
        plan()
        texted("DELETE", 2)
        texted("STOP", 1, 2 * MINUTE)
        job.run(NOW)
        assert Texting.STOPPED is texting(job)
        assert ["erase"] == [record["kind"] for record in records(job).values()]
        job.run(NOW)
        assert 1 == len(records(job))

    @pytest.mark.usefixtures("small_pages")
    def test_with_a_delete_on_an_earlier_page_erases(
        self, job: CatchUp, texted: Texted, plan: Plan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inbox, "PAGE", 2)
        plan()
        texted("DELETE", 3, 70 * SECOND)
        texted("hi", 4, 80 * SECOND, "+12025550177")
        texted("STOP", 2, 2 * MINUTE)
        for _ in range(8):
            job.run(NOW)
            if last_beat(job.redis, INBOX) is not None:
                break
        assert last_beat(job.redis, INBOX) is not None
        assert Texting.STOPPED is texting(job)
        assert ["erase"] == [record["kind"] for record in records(job).values()]

    def test_a_delete_without_a_stop_is_ignored(self, job: CatchUp, texted: Texted, plan: Plan) -> None:
        plan()
        before = records(job)
        texted("DELETE")
        job.run(NOW)
        assert before == records(job)

    def test_gets_no_late_reply(self, job: CatchUp, texted: Texted, plan: Plan, carrier: Carrier) -> None:
        """A late reply would be a text that we initiate."""
        plan()
        sid = texted("stop texting me")
        job.run(NOW)
        assert [sid] == [text.sid for text in carrier.ledger.all()]
        assert EMPTY == job.turns.load(job.secrets.who(PARENT), sid, NOW).answer

    @pytest.mark.parametrize(
        "body",
        ["1", "hi", "yes", "how do i stop the school from calling me", "never mind", "i want it to stop", ""],
    )
    def test_others_are_ignored(
        self, job: CatchUp, texted: Texted, plan: Plan, redis: Redis, body: str
    ) -> None:
        plan()
        before = redis.dbsize(), records(job)
        texted(body)
        job.run(NOW)
        for key in (f"heartbeat:{INBOX}", ASKED, "heartbeat:emptied"):
            redis.delete(key)
        assert before == (redis.dbsize(), records(job))

    def test_already_taken_is_ignored(self, job: CatchUp, texted: Texted, turns: Turns, who: str) -> None:
        sid = texted("STOP")
        event = Event(sid, NOW - MINUTE, Channel.SMS, EventKind.SAID, "STOP")
        assert carrier_notices.opt_out(turns, who, event)
        again = Session(texting=Texting.UNASKED)
        take_turn(turns, PARENT, replace(event, id="SM2"), Restart(), session=again)
        job.run(NOW)
        assert Texting.UNASKED is texting(job)

    @pytest.mark.parametrize("effect", [Consent("w"), Restart()], ids=["yes", "start"])
    @pytest.mark.parametrize(("later", "ends"), [(SECOND, False), (-SECOND, True)], ids=["since", "before"])
    def test_before_a_consent_is_ignored(
        self,
        job: CatchUp,
        texted: Texted,
        ask: Ask,
        effect: Consent | Restart,
        later: timedelta,
        *,
        ends: bool,
    ) -> None:
        texted("STOP")
        ask(effect, at=NOW - MINUTE + later, session=Session(texting=Texting.YES))
        job.run(NOW)
        assert (Texting.STOPPED if ends else Texting.YES) is texting(job)

    def test_of_this_moment_waits_for_the_next_run(self, job: CatchUp, texted: Texted, plan: Plan) -> None:
        plan()
        texted("STOP", ago=SETTLED - SECOND)
        job.run(NOW)
        assert Texting.YES is texting(job)
        job.run(NOW + 2 * SECOND)
        assert Texting.STOPPED is texting(job)

    @pytest.mark.parametrize(
        "number", ["+447700900123", "72345", "+15105550100"], ids=["UK", "short", "ours"]
    )
    def test_of_others_is_ignored(self, job: CatchUp, texted: Texted, redis: Redis, number: str) -> None:
        texted("STOP", number=number)
        job.run(NOW)
        assert {f"heartbeat:{INBOX}", ASKED} == set(redis.scan_iter())


class TestAMessage:
    """A missed message for the staff is listed."""

    def test_is_listed_once(self, job: CatchUp, left: Left, secrets: Secrets) -> None:
        sid = left()
        job.run(NOW)
        job.run(NOW + SECOND)
        (request,) = job.requests.waiting()
        assert (sid, "voice", NOW - MINUTE) == (request.recording, request.channel, request.at)
        assert PARENT == secrets.unseal(request.sealed)

    def test_of_a_hidden_number_is_listed_without_it(self, job: CatchUp, left: Left) -> None:
        sid = left(number="anonymous")
        job.run(NOW)
        (request,) = job.requests.waiting()
        assert (sid, "") == (request.recording, request.sealed)

    def test_already_listed_is_left_alone(self, job: CatchUp, left: Left, ask: Ask) -> None:
        sid = left()
        ask(AskPerson(recording=sid), at=NOW - MINUTE)
        job.run(NOW)
        assert 1 == len(job.requests.waiting())

    def test_already_done_is_ignored(self, job: CatchUp, left: Left, carrier: Carrier, redis: Redis) -> None:
        sid = left()
        job.run(NOW)
        (request,) = job.requests.waiting()
        do(redis, request.id, NOW)
        job.run(NOW + SECOND)
        assert [] == job.requests.waiting()
        carrier.recordings.delete(sid)
        job.requests.drop(request.id)
        job.run(NOW + 2 * SECOND)
        assert [] == job.requests.waiting()

    def test_of_a_person_being_erased_is_not_listed(self, job: CatchUp, left: Left, ask: Ask) -> None:
        left()
        ask(Erase(), at=NOW, session=Session())
        job.run(NOW)
        assert [] == job.requests.waiting()


class TestHowFarBack:
    """Each run continues where the last one ended."""

    def test_the_first_run_goes_back_a_week(self, job: CatchUp, texted: Texted) -> None:
        other = "+12025550177"
        texted("STOP", ago=LONGEST - MINUTE)
        texted("STOP", n=2, ago=LONGEST + MINUTE, number=other)
        job.run(NOW)
        assert Texting.STOPPED is texting(job)
        assert Texting.UNASKED is texting(job, other)

    def test_a_run_goes_back_to_the_last_one(self, job: CatchUp, texted: Texted) -> None:
        job.run(NOW)
        assert NOW == last_beat(job.redis, INBOX)
        texted("STOP", ago=5 * MINUTE)
        job.run(NOW + MINUTE)
        assert Texting.UNASKED is texting(job), "it lay before"
        texted("STOP", n=2, ago=SETTLED)
        job.run(NOW + 2 * MINUTE)
        assert Texting.STOPPED is texting(job)

    def test_failed_runs_do_not_count(
        self, job: CatchUp, texted: Texted, plan: Plan, settings: Settings
    ) -> None:
        plan()
        texted("STOP")
        refused = Inbox(replace(settings, twilio_auth_token="another"))
        replace(job, inbox=refused).run(NOW)
        assert last_beat(job.redis, INBOX) is None
        job.run(NOW + DAY)
        assert Texting.STOPPED is texting(job)


class TestALongList:
    """Twilio lists the newest first, so a missed text is at the end."""

    def test_a_stop_among_thousands_is_obeyed(self, job: CatchUp, texted: Texted, plan: Plan) -> None:
        plan()
        texted("STOP", ago=2 * MINUTE)
        for n in range(2, 5102):
            texted("hi", n=n, number="+12025550177")
        job.run(NOW)
        assert Texting.STOPPED is texting(job)
        assert NOW == last_beat(job.redis, INBOX)

    @pytest.mark.usefixtures("small_pages")
    def test_an_interrupted_run_resumes(self, job: CatchUp, texted: Texted, left: Left, plan: Plan) -> None:
        plan()
        texted("STOP", ago=30 * MINUTE)
        for n in range(2, 22):
            texted("hi", n=n, number="+12025550177", ago=MINUTE + n * SECOND)
        left()
        runs = 0
        while last_beat(job.redis, INBOX) is None:
            assert Texting.YES is texting(job) or runs > 5
            job.run(NOW + runs * MINUTE)
            runs += 1
            assert runs < 20
        assert Texting.STOPPED is texting(job)
        assert 1 == len(job.requests.waiting())
        assert NOW == last_beat(job.redis, INBOX)
        assert not job.redis.exists(PROGRESS)

    @pytest.mark.usefixtures("small_pages")
    def test_an_outage_of_the_carrier_loses_nothing(
        self, job: CatchUp, texted: Texted, plan: Plan, settings: Settings
    ) -> None:
        plan()
        texted("STOP", ago=30 * MINUTE)
        for n in range(2, 12):
            texted("hi", n=n, number="+12025550177", ago=MINUTE + n * SECOND)
        job.run(NOW)
        refused = Inbox(replace(settings, twilio_auth_token="another"))
        for n in range(3):
            replace(job, inbox=refused).run(NOW + n * MINUTE)
        assert last_beat(job.redis, INBOX) is None
        for n in range(10):
            job.run(NOW + 6 * timedelta(days=1) + n * MINUTE)
        assert Texting.STOPPED is texting(job)

    def test_only_one_worker_runs(self, job: CatchUp, texted: Texted) -> None:
        texted("STOP")
        assert job.looks.begin()
        job.run(NOW)
        assert last_beat(job.redis, INBOX) is None
        assert 0 < job.redis.ttl(RUNS) <= RUNS_FOR.total_seconds()
        job.looks.end()
        job.run(NOW)
        assert NOW == last_beat(job.redis, INBOX)


def test_texts_without_bodies_raise_an_alarm(
    job: CatchUp, texted: Texted, carrier: Carrier, capsys: pytest.CaptureFixture[str]
) -> None:
    carrier.ledger.change(texted("", n=3), lambda text: replace(text, media=("https://example.org/a",)))
    job.run(NOW)
    assert "texts_without_words" not in capsys.readouterr().out
    carrier.account = replace(carrier.account, keeps_bodies=False)
    texted("STOP")
    job.redis.delete(f"heartbeat:{INBOX}")
    job.run(NOW)
    assert 1 == capsys.readouterr().out.count("texts_without_words")


def test_found_texts_are_counted_on_the_centers_day(
    job: CatchUp, left: Left, redis: Redis, settings: Settings
) -> None:
    evening = datetime.combine(NOW.date() - DAY, time(1, 30), UTC)
    left(ago=NOW - evening)
    job.run(NOW)
    day = evening.astimezone(settings.time_zone).date()
    assert day != evening.date()
    assert 1 == figures(redis, day)["message_left"]


def test_it_runs_in_a_worker(
    job: CatchUp, queue: Queue, work_off: Callable[[], None], texted: Texted, plan: Plan
) -> None:
    plan()
    texted("STOP")
    enqueue(queue, "workers.jobs.catch_up")
    work_off()
    assert Texting.STOPPED is texting(job)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"twilio_auth_token": "another"}, 20003), ({"twilio_account_sid": "AC" + "9" * 32}, 20003)],
    ids=["a wrong token", "a wrong account"],
)
def test_a_refused_list_is_reported_with_its_code(
    job: CatchUp, settings: Settings, changed: dict[str, str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.clock.now", lambda: NOW + MINUTE)  # the tests before may have taken long
    refused = replace(job, inbox=Inbox(replace(settings, **changed)))  # type: ignore[arg-type]
    with capture_logs() as logs:
        refused.run(NOW)
    assert {"event": "inbox_not_listed", "code": code, "log_level": "warning"} in logs
    found = job.looks.refusal()
    assert found is not None
    assert (code, NOW) == (found.code, found.since)
    service = create_app(settings).extensions["hotline"]
    told = checks.run_checks(service, ["inbox", "carrier"])
    assert f"refuses to list our messages: {code} since" in told["inbox"]
    assert told["carrier"].startswith(f"the carrier refuses our account: {code} since")
    job.looks._redis.delete(ASKED)
    job.run(NOW + MINUTE)
    assert {"inbox": "ok", "carrier": "ok"} == checks.run_checks(service, ["inbox", "carrier"])


def test_an_unreachable_carrier_is_not_a_refusal(job: CatchUp, settings: Settings) -> None:
    replace(job, inbox=Inbox(replace(settings, twilio_api_base_url="http://127.0.0.1:1"))).run(NOW)
    assert job.looks.refusal() is None
