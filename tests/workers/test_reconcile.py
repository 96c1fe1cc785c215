"""Texts and messages missed during an outage are found at the carrier: a STOP is obeyed, a message is listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

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
def catch_up(
    book: Book, settings: Settings, redis: Redis, secrets: Secrets, turns: Turns, followups: FollowUps
) -> CatchUp:
    versions, requests = Versions(OWN_FLOWS, lambda _: book), Requests(redis)
    return CatchUp(
        *(settings, redis, versions, secrets, turns, followups), requests, Inbox(settings), InboxRuns(redis)
    )


@pytest.fixture
def texted(carrier: Carrier) -> Texted:
    """Makes a text arrive at the carrier that we miss; returns its id."""

    def came(body: str, n: int = 1, ago: timedelta = MINUTE, number: str = PARENT) -> str:
        account = carrier.account
        text = written(f"SM{n:032x}", account.account_sid, from_=number, to=account.number, body=body)
        return carrier.ledger.add(replace(text, at=NOW - ago)).sid

    return came


@pytest.fixture
def left(carrier: Carrier) -> Left:
    """Makes a caller leave a message without a webhook; returns its id."""

    def message(n: int = 1, ago: timedelta = MINUTE, number: str = PARENT) -> str:
        call = carrier.call(number)
        call.finish("caller")
        account, sid = carrier.account.account_sid, f"RE{n:032x}"
        carrier.recordings.add(Recording(sid, account, call.facts.sid, number, "Call me", 2, NOW - ago))
        return sid

    return message


def texting(turns: Turns, who: str) -> Texting:
    return turns.load(who, "SM9", NOW).session.texting


class TestAStop:
    """A STOP is obeyed even if it was catch_up."""

    @pytest.mark.parametrize(
        "body", ["STOP", "stop texting me", "Alto", "ya no me manden mensajes", "unsubscribe"]
    )
    def test_one_that_was_missed_is_obeyed(
        self,
        catch_up: CatchUp,
        texted: Texted,
        plan: Plan,
        turns: Turns,
        followups: FollowUps,
        who: str,
        body: str,
    ) -> None:
        """In any wording: waiting texts are dropped, and the audit has the time."""
        plan(due=NOW + DAY, after=2 * DAY)
        texted(body)
        catch_up.run(NOW)
        assert Texting.STOPPED is texting(turns, who)
        assert {"dropped"} == {record["state"] for record in followups.records(who).values()}
        (row,) = [row for row in Audit(catch_up.redis).rows(NOW - DAY) if row.what == "stop"]
        assert ((NOW - MINUTE).isoformat(), "sms") == (row.at, row.channel)

    @pytest.mark.parametrize("texting_now", [Texting.STOPPED, Texting.YES], ids=["by text", "in a call"])
    def test_one_stays_after_a_no_to_whether_an_earlier_text_was_one(
        self, catch_up: CatchUp, texted: Texted, turns: Turns, who: str, book: Book, texting_now: Texting
    ) -> None:
        """A text or a key asked "shall we stop?", then came a STOP that we missed; what is pressed later is no START."""
        asked = Session(book=book.version, texting=texting_now, before_stop=Texting.YES, state="stop_or_not")
        first = Event("SM1", NOW - DAY, Channel.SMS, EventKind.SAID, "enough")
        turns.commit(who, first, turns.load(who, first.id, first.at), Turn(asked), "", PARENT, Spend())
        texted("STOP")
        catch_up.run(NOW)
        later = Event("SM2", NOW + 2 * DAY, Channel.SMS, EventKind.SAID, "2")
        turn = step(book, turns.load(who, later.id, later.at).session, later)
        assert Texting.STOPPED is turn.session.texting
        assert [row.what for row in Audit(catch_up.redis).rows(NOW - DAY)] == ["stop"]

    @pytest.mark.parametrize(("said", "language"), [("ALTO", "es"), ("STOP", "en")])
    def test_calls_are_answered_in_its_language(
        self, catch_up: CatchUp, texted: Texted, turns: Turns, who: str, said: str, language: str
    ) -> None:
        """A person of whom we know nothing else."""
        texted(said)
        catch_up.run(NOW)
        session = turns.load(who, "CA1", NOW + DAY).session
        assert (Texting.STOPPED, language) == (session.texting, session.language)

    def test_one_on_whatsapp_is_obeyed(
        self,
        catch_up: CatchUp,
        carrier: Carrier,
        plan: Plan,
        turns: Turns,
        settings: Settings,
        who: str,
    ) -> None:
        """The carrier lists it under the channel's address, and the person is the same."""
        plan(due=NOW + DAY, after=2 * DAY)
        ours, theirs = "whatsapp:+15105550101", f"whatsapp:{PARENT}"
        stop = written("SM" + "1" * 32, settings.twilio_account_sid, from_=theirs, to=ours, body="STOP")
        carrier.ledger.add(replace(stop, at=NOW - MINUTE))
        both = replace(settings, hotline_numbers=(settings.sender, ours))
        replace(catch_up, inbox=Inbox(both)).run(NOW)
        assert Texting.STOPPED is texting(turns, who)

    def test_a_delete_after_it_is_obeyed_as_well(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, turns: Turns, followups: FollowUps, who: str
    ) -> None:
        """Deletes everything but the opt-out, here and at the carrier, once."""
        plan()
        texted("DELETE", 2)
        texted("STOP", 1, 2 * MINUTE)
        catch_up.run(NOW)
        assert Texting.STOPPED is texting(turns, who)
        assert ["erase"] == [record["kind"] for record in followups.records(who).values()]
        catch_up.run(NOW)
        assert 1 == len(followups.records(who))

    def test_a_delete_that_is_read_on_a_page_before_its_stop_is_obeyed(
        self,
        catch_up: CatchUp,
        texted: Texted,
        plan: Plan,
        turns: Turns,
        followups: FollowUps,
        who: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Lists are newest first. Works even if the run continues in another job."""
        monkeypatch.setattr(inbox, "PAGE", 2)
        monkeypatch.setattr(reconcile, "AT_MOST_SECONDS", -1.0)
        plan()
        texted("DELETE", 3, 70 * SECOND)
        texted("hi", 4, 80 * SECOND, "+12025550177")
        texted("STOP", 2, 2 * MINUTE)
        for _ in range(8):
            catch_up.run(NOW)
            if last_beat(catch_up.redis, INBOX) is not None:
                break
        assert last_beat(catch_up.redis, INBOX) is not None
        assert Texting.STOPPED is texting(turns, who)
        assert ["erase"] == [record["kind"] for record in followups.records(who).values()]

    def test_a_delete_of_somebody_who_did_not_stop_is_not_done_late(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, followups: FollowUps, who: str
    ) -> None:
        """The hotline would have asked them first."""
        plan()
        before = followups.records(who)
        texted("DELETE")
        catch_up.run(NOW)
        assert before == followups.records(who)

    def test_no_text_confirms_it(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, carrier: Carrier
    ) -> None:
        """A late reply would be a text that we initiate; the same webhook, if it arrives now, gets no reply."""
        plan()
        sid = texted("stop texting me")
        catch_up.run(NOW)
        assert [sid] == [text.sid for text in carrier.ledger.all()]
        assert EMPTY == catch_up.turns.load(catch_up.secrets.who(PARENT), sid, NOW).answer

    @pytest.mark.parametrize(
        "body",
        ["1", "hi", "yes", "how do i stop the school from calling me", "never mind", "i want it to stop", ""],
    )
    def test_nothing_else_is_done_late(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, redis: Redis, who: str, body: str
    ) -> None:
        """Ignores answers and possible STOPs: their senders got the safe words, and will text again."""
        plan()
        before = redis.dbsize(), catch_up.followups.records(who)
        texted(body)
        catch_up.run(NOW)
        for key in (f"heartbeat:{INBOX}", ASKED, "heartbeat:emptied"):
            redis.delete(key)
        assert before == (redis.dbsize(), catch_up.followups.records(who))

    def test_one_that_was_taken_is_left_alone(
        self, catch_up: CatchUp, texted: Texted, turns: Turns, who: str
    ) -> None:
        """Even if the person has consented since, in the same second."""
        sid = texted("STOP")
        event = Event(sid, NOW - MINUTE, Channel.SMS, EventKind.SAID, "STOP")
        assert carrier_notices.opt_out(turns, who, event)
        again = Session(texting=Texting.UNASKED)
        take_turn(turns, PARENT, replace(event, id="SM2"), Restart(), session=again)
        catch_up.run(NOW)
        assert Texting.UNASKED is texting(turns, who)

    @pytest.mark.parametrize("effect", [Consent("w"), Restart()], ids=["yes", "start"])
    @pytest.mark.parametrize(("later", "ends"), [(SECOND, False), (-SECOND, True)], ids=["since", "before"])
    def test_a_yes_counts_when_it_came_later(
        self,
        catch_up: CatchUp,
        texted: Texted,
        ask: Ask,
        turns: Turns,
        who: str,
        effect: Consent | Restart,
        later: timedelta,
        *,
        ends: bool,
    ) -> None:
        """A consent after the STOP is a new decision."""
        texted("STOP")
        ask(effect, at=NOW - MINUTE + later, session=Session(texting=Texting.YES))
        catch_up.run(NOW)
        assert (Texting.STOPPED if ends else Texting.YES) is texting(turns, who)

    def test_what_came_this_moment_may_still_be_taken(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, turns: Turns, who: str
    ) -> None:
        """A STOP during an outage is confirmed then, and the next run applies it."""
        plan()
        texted("STOP", ago=SETTLED - SECOND)
        catch_up.run(NOW)
        assert Texting.YES is texting(turns, who)
        catch_up.run(NOW + 2 * SECOND)
        assert Texting.STOPPED is texting(turns, who)

    @pytest.mark.parametrize(
        "number", ["+447700900123", "72345", "+15105550100"], ids=["UK", "short", "ours"]
    )
    def test_whom_the_line_is_not_for_is_not_kept(
        self, catch_up: CatchUp, texted: Texted, redis: Redis, number: str
    ) -> None:
        """Stores nothing about an erased person, not even an opt-out."""
        texted("STOP", number=number)
        catch_up.run(NOW)
        assert {f"heartbeat:{INBOX}", ASKED} == set(redis.scan_iter())


class TestAMessage:
    """A message for the staff is listed even if its webhook was catch_up."""

    def test_one_that_was_missed_is_listed(self, catch_up: CatchUp, left: Left, secrets: Secrets) -> None:
        """Lists it with its number, once, however often a run finds it."""
        sid = left()
        catch_up.run(NOW)
        catch_up.run(NOW + SECOND)
        (request,) = catch_up.requests.waiting()
        assert (sid, "voice", NOW - MINUTE) == (request.recording, request.channel, request.at)
        assert PARENT == secrets.unseal(request.sealed)

    def test_one_of_a_hidden_number_is_listed_without_it(self, catch_up: CatchUp, left: Left) -> None:
        """The message says how to reach them."""
        sid = left(number="anonymous")
        catch_up.run(NOW)
        (request,) = catch_up.requests.waiting()
        assert (sid, "") == (request.recording, request.sealed)

    def test_one_that_is_listed_is_left_alone(self, catch_up: CatchUp, left: Left, ask: Ask) -> None:
        """The webhook stored it, with another id."""
        sid = left()
        ask(AskPerson(recording=sid), at=NOW - MINUTE)
        catch_up.run(NOW)
        assert 1 == len(catch_up.requests.waiting())

    def test_one_that_was_done_does_not_come_back(
        self, catch_up: CatchUp, left: Left, carrier: Carrier, redis: Redis
    ) -> None:
        """Creates no second request while a finished one can be undone, nor once both are deleted."""
        sid = left()
        catch_up.run(NOW)
        (request,) = catch_up.requests.waiting()
        do(redis, request.id, NOW)
        catch_up.run(NOW + SECOND)
        assert [] == catch_up.requests.waiting()
        carrier.recordings.delete(sid)
        catch_up.requests.drop(request.id)
        catch_up.run(NOW + 2 * SECOND)
        assert [] == catch_up.requests.waiting()

    def test_nothing_is_written_of_somebody_who_is_being_erased(
        self, catch_up: CatchUp, left: Left, ask: Ask
    ) -> None:
        """The erasure also deletes the message, a moment later."""
        left()
        ask(Erase(), at=NOW, session=Session())
        catch_up.run(NOW)
        assert [] == catch_up.requests.waiting()


class TestHowFarBack:
    """Each run continues where the last one ended."""

    def test_the_first_look_goes_back_a_week(
        self, catch_up: CatchUp, texted: Texted, turns: Turns, secrets: Secrets
    ) -> None:
        """The missing part is unknown, because Redis may have lost its data."""
        other = "+12025550177"
        texted("STOP", ago=LONGEST - MINUTE)
        texted("STOP", n=2, ago=LONGEST + MINUTE, number=other)
        catch_up.run(NOW)
        assert Texting.STOPPED is texting(turns, secrets.who(PARENT))
        assert Texting.UNASKED is texting(turns, secrets.who(other))

    def test_a_look_goes_back_to_the_last_one(
        self, catch_up: CatchUp, texted: Texted, turns: Turns, who: str
    ) -> None:
        """Reads the part that the previous run skipped, and no further."""
        catch_up.run(NOW)
        assert NOW == last_beat(catch_up.redis, INBOX)
        texted("STOP", ago=5 * MINUTE)
        catch_up.run(NOW + MINUTE)
        assert Texting.UNASKED is texting(turns, who), "it lay before"
        texted("STOP", n=2, ago=SETTLED)
        catch_up.run(NOW + 2 * MINUTE)
        assert Texting.STOPPED is texting(turns, who)

    def test_a_look_that_came_to_nothing_is_none(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, turns: Turns, settings: Settings, who: str
    ) -> None:
        """If the carrier does not answer, the next run begins where this one would have."""
        plan()
        texted("STOP")
        refused = Inbox(replace(settings, twilio_auth_token="another"))
        replace(catch_up, inbox=refused).run(NOW)
        assert last_beat(catch_up.redis, INBOX) is None
        catch_up.run(NOW + DAY)
        assert Texting.STOPPED is texting(turns, who)


class TestALongList:
    """Twilio lists the newest first, so a missed text is at the end."""

    def test_a_stop_behind_thousands_of_texts_is_obeyed(
        self, catch_up: CatchUp, texted: Texted, plan: Plan, turns: Turns, who: str
    ) -> None:
        """More texts in a minute than the former list limit (5,000), as on a busy day."""
        plan()
        texted("STOP", ago=2 * MINUTE)
        for n in range(2, 5102):
            texted("hi", n=n, number="+12025550177")
        catch_up.run(NOW)
        assert Texting.STOPPED is texting(turns, who)
        assert NOW == last_beat(catch_up.redis, INBOX)

    def test_a_look_that_is_cut_goes_on_where_it_was(
        self,
        catch_up: CatchUp,
        texted: Texted,
        left: Left,
        plan: Plan,
        turns: Turns,
        who: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Reads a page at a time; the run counts when all is read, as of its start."""
        monkeypatch.setattr(reconcile, "AT_MOST_SECONDS", -1.0)
        monkeypatch.setattr(inbox, "PAGE", 4)
        plan()
        texted("STOP", ago=30 * MINUTE)
        for n in range(2, 22):
            texted("hi", n=n, number="+12025550177", ago=MINUTE + n * SECOND)
        left()
        runs = 0
        while last_beat(catch_up.redis, INBOX) is None:
            assert Texting.YES is texting(turns, who) or runs > 5
            catch_up.run(NOW + runs * MINUTE)
            runs += 1
            assert runs < 20
        assert Texting.STOPPED is texting(turns, who)
        assert 1 == len(catch_up.requests.waiting())
        assert NOW == last_beat(catch_up.redis, INBOX)
        assert not catch_up.redis.exists(PROGRESS)

    def test_a_carrier_that_goes_away_meanwhile_loses_nothing(
        self,
        catch_up: CatchUp,
        texted: Texted,
        plan: Plan,
        turns: Turns,
        settings: Settings,
        who: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Pages read stay read; the rest is read when the carrier is back, even if it is old by then."""
        monkeypatch.setattr(reconcile, "AT_MOST_SECONDS", -1.0)
        monkeypatch.setattr(inbox, "PAGE", 4)
        plan()
        texted("STOP", ago=30 * MINUTE)
        for n in range(2, 12):
            texted("hi", n=n, number="+12025550177", ago=MINUTE + n * SECOND)
        catch_up.run(NOW)
        refused = Inbox(replace(settings, twilio_auth_token="another"))
        for n in range(3):
            replace(catch_up, inbox=refused).run(NOW + n * MINUTE)
        assert last_beat(catch_up.redis, INBOX) is None
        for n in range(10):
            catch_up.run(NOW + 6 * timedelta(days=1) + n * MINUTE)
        assert Texting.STOPPED is texting(turns, who)

    def test_two_workers_do_not_look_at_once(self, catch_up: CatchUp, texted: Texted) -> None:
        """A second worker leaves the run to the first; a dead worker holds the lock no longer than a job."""
        texted("STOP")
        assert catch_up.looks.begin()
        catch_up.run(NOW)
        assert last_beat(catch_up.redis, INBOX) is None
        assert 0 < catch_up.redis.ttl(RUNS) <= RUNS_FOR.total_seconds()
        catch_up.looks.end()
        catch_up.run(NOW)
        assert NOW == last_beat(catch_up.redis, INBOX)


def test_texts_without_their_words_are_an_alarm(
    catch_up: CatchUp, texted: Texted, carrier: Carrier, capsys: pytest.CaptureFixture[str]
) -> None:
    """With Message Redaction an empty text may have been a STOP; a picture has no text either, and raises no alarm."""
    carrier.ledger.change(texted("", n=3), lambda text: replace(text, media=("https://example.org/a",)))
    catch_up.run(NOW)
    assert "texts_without_words" not in capsys.readouterr().out
    carrier.account = replace(carrier.account, keeps_bodies=False)
    texted("STOP")
    catch_up.redis.delete(f"heartbeat:{INBOX}")
    catch_up.run(NOW)
    assert 1 == capsys.readouterr().out.count("texts_without_words")


def test_what_is_found_is_counted_on_the_centers_day(
    catch_up: CatchUp, left: Left, redis: Redis, settings: Settings
) -> None:
    """Uses the center's day, not UTC's, which begins in the evening."""
    evening = datetime.combine(NOW.date() - DAY, time(1, 30), UTC)
    left(ago=NOW - evening)
    catch_up.run(NOW)
    day = evening.astimezone(settings.time_zone).date()
    assert day != evening.date()
    assert 1 == figures(redis, day)["message_left"]


def test_a_worker_does_it(
    queue: Queue, work_off: Callable[[], None], texted: Texted, plan: Plan, turns: Turns, who: str
) -> None:
    """Runs through the queue."""
    plan()
    texted("STOP")
    enqueue(queue, "workers.jobs.catch_up")
    work_off()
    assert Texting.STOPPED is texting(turns, who)


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"twilio_auth_token": "another"}, 20003), ({"twilio_account_sid": "AC" + "9" * 32}, 20003)],
    ids=["a wrong token", "a wrong account"],
)
def test_a_list_that_is_refused_is_told_with_its_code(
    catch_up: CatchUp,
    settings: Settings,
    changed: dict[str, str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reports it at once in the log and as inbox and carrier of /status, until a list works. Planned texts are not held."""
    monkeypatch.setattr("hotline.clock.now", lambda: NOW + MINUTE)  # the tests before may have taken long
    refused = replace(catch_up, inbox=Inbox(replace(settings, **changed)))  # type: ignore[arg-type]
    with capture_logs() as logs:
        refused.run(NOW)
    assert {"event": "inbox_not_listed", "code": code, "log_level": "warning"} in logs
    found = catch_up.looks.refusal()
    assert found is not None
    assert (code, NOW) == (found.code, found.since)
    service = create_app(settings).extensions["hotline"]
    told = checks.run_checks(service, ["inbox", "carrier"])
    assert f"refuses to list our messages: {code} since" in told["inbox"]
    assert told["carrier"].startswith(f"the carrier refuses our account: {code} since")
    catch_up.looks._redis.delete(ASKED)
    catch_up.run(NOW + MINUTE)
    assert {"inbox": "ok", "carrier": "ok"} == checks.run_checks(service, ["inbox", "carrier"])


def test_a_carrier_that_is_away_is_no_refusal(catch_up: CatchUp, settings: Settings) -> None:
    """The carrier recovers by itself, and no one is asked to fix a key."""
    replace(catch_up, inbox=Inbox(replace(settings, twilio_api_base_url="http://127.0.0.1:1"))).run(NOW)
    assert catch_up.looks.refusal() is None
