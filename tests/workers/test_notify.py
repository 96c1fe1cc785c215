"""The center is notified of a waiting parent: on time, once, and without the parent's data."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Carrier
from devtools.twilio_sim.faults import Fault, FaultKind
from hotline.config.notify import Notify, Smtp
from hotline.config.office_hours import read_spans
from hotline.config.settings import Settings
from hotline.conversation.model.events import AskPerson, Channel, Event, EventKind, ReachBy
from hotline.conversation.model.session import Session
from hotline.store.notices import CLAIMED_FOR, FIRST_RETRY, TOGETHER, Notices, Occasion
from hotline.store.requests import Requests
from hotline.store.retention import figures
from hotline.store.turns import Turns
from hotline.web import checks
from hotline.web.service import Service
from tests.loopback_sink import Sink, sink
from tests.store.working import do
from tests.turns_taken import take_turn
from workers.clock import ask_for_notices
from workers.notify import Notifier
from workers.queue import enqueue

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""10 in the morning in New York, three days before Thanksgiving."""
NIGHT = MONDAY + timedelta(hours=12)
OPENING = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
STAFF = "+15105550142"
NOBODY = Notify((), (), "", Smtp("", 587, "", "", starttls=True, sender=""))
ONE = "1 parent waits, in Spanish. Desk: http://127.0.0.1:8000/desk"

Ask = Callable[..., str]


class Mailbox(socketserver.StreamRequestHandler):
    """A mail server with the SMTP that we need, which stores what it receives."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, MailServer)
        self._say("220 mail.example")
        for line in iter(self.rfile.readline, b""):
            word = line.split()[0].upper().decode()
            match word:
                case "EHLO":
                    self._say("250-mail.example\r\n250 AUTH PLAIN")
                case "AUTH":
                    self._say("535 no" if server.refuses else "235 yes")
                case "DATA":
                    self._say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    server.mails.append(b"".join(lines).decode())
                    self._say("250 kept")
                case "QUIT":
                    self._say(server.farewell)
                    return
                case _:
                    self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server on its own port."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuses = False
        self.farewell = "221 bye"
        super().__init__(("127.0.0.1", 0), Mailbox)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def chat() -> Iterator[Sink]:
    with sink() as chat:
        yield chat


@pytest.fixture
def told(settings: Settings) -> Settings:
    """Return a center with usual hours that is notified by text."""
    hours = read_spans("Mon-Fri 9:00-17:00")
    return replace(settings, office_hours=hours, holidays="US", notify=replace(NOBODY, numbers=(STAFF,)))


@pytest.fixture
def notifier(told: Settings, redis: Redis) -> Notifier:
    return Notifier(told, redis)


@pytest.fixture
def by_mail(told: Settings, mail: MailServer) -> Settings:
    """Return a center that is notified by email, with a login."""
    smtp = Smtp(
        "127.0.0.1", mail.server_address[1], "us", "pass", starttls=False, sender="line@center.example"
    )
    return replace(told, notify=replace(NOBODY, emails=("desk@center.example",), smtp=smtp))


@pytest.fixture
def ask(turns: Turns) -> Ask:
    """Have a parent request a callback, or leave a message."""

    def asked(
        n: int = 1,
        at: datetime = MONDAY,
        language: str = "es",
        recording: str = "",
        by: ReachBy = ReachBy.CALL,
        urgent: bool = False,
        tongue: str = "",
    ) -> str:
        number = f"+1202555{n:04d}"
        event = Event(f"SM{n}{at.timestamp()}", at, Channel.SMS, EventKind.SAID)
        asked = AskPerson("", recording, by, urgent)
        take_turn(turns, number, event, asked, session=Session(language=language, tongue=tongue))
        return number

    return asked


def texts(carrier: Carrier) -> list[str]:
    return [text.body for text in carrier.ledger.all() if text.to == STAFF]


def check(settings: Settings, name: str) -> str:
    """Return the result of a check of /status."""
    return checks.CHECKS[name].run(Service(settings))


def test_in_office_hours_notices_go_out_at_once(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    notifier.tell(MONDAY)
    assert [] == texts(carrier), "nobody waits"
    ask()
    for later in (SECOND, TOGETHER + SECOND, HOUR):
        notifier.tell(MONDAY + later)
    assert [ONE] == texts(carrier)


def test_it_says_who_wants_a_text_and_no_call(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask(1)
    ask(2, by=ReachBy.TEXT)
    notifier.tell(MONDAY)
    assert texts(carrier) == [
        "2 parents wait: 2 in Spanish. 1 wants a text, no call. Desk: http://127.0.0.1:8000/desk"
    ]


def test_it_says_that_a_parent_needs_another_language(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask(1, language="en", tongue="haitian_creole")
    notifier.tell(MONDAY)
    assert texts(carrier) == ["1 parent waits, in another language. Desk: http://127.0.0.1:8000/desk"]


def test_it_says_that_a_parent_may_be_in_danger(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask(1)
    ask(2, urgent=True)
    notifier.tell(MONDAY)
    assert texts(carrier) == [
        "2 parents wait: 2 in Spanish. 1 may be in danger. Desk: http://127.0.0.1:8000/desk"
    ]


def test_at_night_it_is_notified_at_opening(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask(1, NIGHT)
    ask(2, NIGHT, "en")
    ask(3, NIGHT, recording="RE" + "1" * 32)
    notifier.tell(NIGHT)
    notifier.tell(OPENING - SECOND)
    assert [] == texts(carrier)
    assert not notifier.waits(OPENING - SECOND)
    assert notifier.waits(OPENING)
    notifier.tell(OPENING)
    assert texts(carrier) == ["3 parents wait: 2 in Spanish, 1 in English. Desk: http://127.0.0.1:8000/desk"]


def test_after_a_working_day_it_is_notified_again(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    wednesday = MONDAY + 2 * DAY
    ask(at=wednesday)
    for moment in (wednesday, wednesday + DAY, wednesday + 2 * DAY - SECOND):
        notifier.tell(moment)
    assert [ONE] == texts(carrier)
    for later in (SECOND, HOUR, 3 * DAY):
        notifier.tell(wednesday + 2 * DAY + later)
    again = "1 parent has waited one working day, in Spanish. Desk: http://127.0.0.1:8000/desk"
    assert [ONE, again] == texts(carrier)


def test_done_requests_are_ignored(notifier: Notifier, ask: Ask, carrier: Carrier, redis: Redis) -> None:
    ask(at=NIGHT)
    (request,) = Requests(redis).waiting()
    do(redis, request.id, NIGHT)
    assert not notifier.notices.claim(request, Occasion.NEW, notifier.targets[0], OPENING)
    notifier.tell(OPENING)
    assert [] == texts(carrier)


def test_concurrent_jobs_notify_once(told: Settings, redis: Redis, ask: Ask, carrier: Carrier) -> None:
    for n in range(8):
        ask(n)
    together = Barrier(4)

    def run(_: int) -> None:
        mine = Notifier(told, redis)
        together.wait(5)
        mine.tell(MONDAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert 8 == sum(int(text.split()[0]) for text in texts(carrier))


def test_a_dead_jobs_claim_expires(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask()
    (request,) = notifier.requests.waiting()
    assert notifier.notices.claim(request, Occasion.NEW, notifier.targets[0], MONDAY)
    notifier.tell(MONDAY + CLAIMED_FOR - SECOND)
    assert [] == texts(carrier)
    notifier.tell(MONDAY + CLAIMED_FOR)
    assert [ONE] == texts(carrier)


def test_a_newer_request_is_not_announced_again(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask()
    notifier.tell(MONDAY)
    ask(at=MONDAY + HOUR)
    notifier.tell(MONDAY + HOUR)
    assert [ONE] == texts(carrier)
    notifier.tell(MONDAY + DAY)
    assert texts(carrier)[1:] == [
        "1 parent has waited one working day, in Spanish. Desk: http://127.0.0.1:8000/desk"
    ]


def test_many_requests_share_a_notice(notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    for n in range(10):
        ask(n)
        notifier.tell(MONDAY + n * SECOND)
    assert [ONE] == texts(carrier)
    notifier.tell(MONDAY + TOGETHER)
    assert texts(carrier)[1:] == ["9 parents wait: 9 in Spanish. Desk: http://127.0.0.1:8000/desk"]


def test_refused_notices_are_retried(told: Settings, notifier: Notifier, ask: Ask, carrier: Carrier) -> None:
    ask()
    carrier.faults.add(Fault(FaultKind.REFUSE, code=21610))
    notifier.tell(MONDAY)
    assert [] == texts(carrier)
    assert check(told, "notify") == (
        "the center is not notified that a parent waits: text 1 of NOTIFY_NUMBERS since 2026-11-23 10:00: that phone "
        "said STOP to us; text START from it to HOTLINE_NUMBER. It is retried automatically"
    )
    notifier.tell(MONDAY + FIRST_RETRY - SECOND)
    assert [] == texts(carrier), "it is left alone for a minute"
    notifier.tell(MONDAY + FIRST_RETRY)
    assert [ONE] == texts(carrier)
    assert "ok" == check(told, "notify")


def test_one_refusal_does_not_affect_other_recipients(
    told: Settings, ask: Ask, carrier: Carrier, chat: Sink, redis: Redis
) -> None:
    both = replace(told, notify=replace(told.notify, webhook=chat.url))
    notifier = Notifier(both, redis)
    chat.status = 302
    ask()
    notifier.tell(MONDAY)
    notifier.tell(MONDAY + FIRST_RETRY)
    assert [ONE] == texts(carrier)
    assert 2 == len(chat.posted), "a redirect is not followed"
    assert "NOTIFY_WEBHOOK since 2026-11-23 10:00: the webhook answers 302" in check(both, "notify")
    chat.status = 204
    notifier.tell(MONDAY + HOUR)
    assert "ok" == check(both, "notify")
    assert json.loads(chat.posted[-1][2]) == {
        "event": "requests_new",
        "count": 1,
        "languages": {"es": 1},
        "by_text": 0,
        "urgent": 0,
        "text": ONE,
        "desk": "http://127.0.0.1:8000/desk",
    }


def test_an_email_is_delivered(by_mail: Settings, ask: Ask, mail: MailServer, redis: Redis) -> None:
    ask(at=NIGHT)
    mail.farewell = "421 already gone"  # the mail is accepted by then
    notifier = Notifier(by_mail, redis)
    notifier.tell(NIGHT)
    assert [] == mail.mails
    notifier.tell(OPENING)
    notifier.tell(OPENING + HOUR)
    (letter,) = mail.mails
    assert "Subject: Parent Hotline: 1 parent waits" in letter
    assert "To: desk@center.example" in letter
    assert ONE in letter


def test_a_refusing_mail_server_is_reported_with_the_fix(
    by_mail: Settings, ask: Ask, mail: MailServer, redis: Redis
) -> None:
    ask()
    mail.refuses = True
    Notifier(by_mail, redis).tell(MONDAY)
    assert "the mail server refuses our login; check SMTP_USER and SMTP_PASSWORD" in check(by_mail, "notify")
    notify = by_mail.notify
    for n, (smtp, says) in enumerate(
        [
            (replace(notify.smtp, starttls=True), "the mail server has no STARTTLS or login"),
            (replace(notify.smtp, port=1), "the mail server does not answer; check SMTP_HOST and SMTP_PORT"),
        ],
        1,
    ):
        wrong = replace(by_mail, notify=replace(notify, smtp=smtp))
        Notifier(wrong, redis).tell(MONDAY + n * HOUR)
        assert says in check(wrong, "notify")
    mail.refuses = False
    Notifier(by_mail, redis).tell(MONDAY + 4 * HOUR)
    assert 1 == len(mail.mails)


def test_an_undelivered_notice_is_sent_again(
    told: Settings, notifier: Notifier, ask: Ask, carrier: Carrier, redis: Redis
) -> None:
    ask()
    notifier.tell(MONDAY)
    ((_, notice),) = notifier.requests.waiting()[0].notices
    notices, mark = Notices(redis), notifier.targets[0].mark
    assert 1 == notices.never_arrived(notifier.requests.waiting(), mark, str(notice))
    assert 0 == notices.never_arrived(notifier.requests.waiting(), mark, str(notice))
    notices.refused(mark, "the text did not arrive", MONDAY)
    assert "the text did not arrive" in check(told, "notify")
    notifier.tell(MONDAY + HOUR)
    assert [ONE, ONE] == texts(carrier)


def test_a_notice_has_no_data_of_a_parent(
    told: Settings, by_mail: Settings, ask: Ask, mail: MailServer, chat: Sink, carrier: Carrier, redis: Redis
) -> None:
    everybody = replace(told, notify=replace(by_mail.notify, numbers=(STAFF,), webhook=chat.url))
    number = ask()
    Notifier(everybody, redis).tell(MONDAY)
    left = [*texts(carrier), *mail.mails, *map(str, chat.posted)]
    assert 3 == len(left)
    assert not any(number.removeprefix("+1") in each for each in left)
    kept = " ".join(str(redis.hgetall(key)) for key in redis.scan_iter("*") if redis.type(key) == "hash")
    assert "NEW".lower() in kept
    assert not any(secret in kept for secret in (STAFF, number, "desk@center.example", chat.url))
    found, unknown = figures(redis)
    assert 0 == unknown + sum(each.endless for each in found)


def test_overdue_requests_are_a_check(told: Settings, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ok" == check(told, "waiting")
    ask(1)
    ask(2, NIGHT)
    monkeypatch.setattr("hotline.clock.now", lambda: MONDAY + DAY - SECOND)
    assert "ok" == check(told, "waiting")
    monkeypatch.setattr("hotline.clock.now", lambda: MONDAY + DAY)
    assert check(told, "waiting") == (
        "2 parents wait, the first since 2026-11-23, longer than one working day: call them, and mark it as done at /desk"
    )
    assert "no one sees who: create an account" in check(replace(told, desk_password=""), "waiting")


def test_a_clock_queues_a_job_if_needed(notifier: Notifier, ask: Ask, queue: Queue, carrier: Carrier) -> None:
    def tick(now: datetime) -> int:
        for _ in range(2):
            ask_for_notices(notifier, queue, now)
        return queue.count

    ask(at=NIGHT)
    assert 0 == tick(NIGHT)
    assert 1 == tick(OPENING)
    assert 1 == tick(OPENING + HOUR)
    assert [("workers.jobs.tell_staff", [])] == [(job.func_name, job.args) for job in queue.jobs]
    notifier.tell(OPENING + HOUR)
    queue.delete(delete_jobs=True)
    assert 0 == tick(OPENING + 2 * HOUR)
    assert [ONE] == texts(carrier)


def test_a_job_that_runs_twice_notifies_once(
    work_off: Callable[[], None],
    queue: Queue,
    turns: Turns,
    carrier: Carrier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NOTIFY_NUMBERS", STAFF)
    event = Event("SM1", datetime.now(UTC), Channel.SMS, EventKind.SAID)
    take_turn(turns, "+12025550177", event, AskPerson("morning"), session=Session(language="es"))
    for _ in range(2):
        enqueue(queue, "workers.jobs.tell_staff")
    work_off()
    assert [ONE] == texts(carrier)
