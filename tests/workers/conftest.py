"""Fixtures of the workers' tests: a carrier, a sender, and people who consented."""

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker

from devtools.local import made_up
from devtools.twilio_sim import Account, Carrier, Serving, serve
from hotline.carrier.messages import Messages
from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, Consent, Effect, Event, EventKind, FollowUp, Texting
from hotline.conversation.model.session import Session
from hotline.publishing.versions import Versions
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.send_rate import Sending
from hotline.store.turns import Turns
from tests.carrier.spoiling import Spoil, spoiling
from tests.turns_taken import new_record, take_turn
from workers import jobs
from workers.delivery_errors import Refusals
from workers.queue import ListedJob, open_queue
from workers.send import Sender
from workers.window import Templates

PARENT = "+12025550123"
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""The time zone of PARENT's number, in Washington, DC."""


@pytest.fixture
def serving() -> Iterator[Serving]:
    account = Account(made_up.ACCOUNT_SID, made_up.AUTH_TOKEN, "+15105550100")
    with serve(Carrier(account)) as serving:
        yield serving


@pytest.fixture
def carrier(serving: Serving) -> Carrier:
    return serving.carrier


@pytest.fixture
def spoil(serving: Serving) -> Iterator[Spoil]:
    with spoiling(serving) as spoil:
        yield spoil


@pytest.fixture
def environ(serving: Serving, redis: Redis, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Return the environment of a worker or clock that reaches the tests' Redis and carrier."""
    redis.ping()
    given = {"REDIS_URL": redis_url, "TWILIO_API_BASE_URL": serving.url}
    return made_up.complete(given, tmp_path)


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return Settings.read(environ)


@pytest.fixture
def secrets(settings: Settings) -> Secrets:
    return Secrets(settings.hotline_secret)


@pytest.fixture
def post(
    book: Book, turns: Turns, followups: FollowUps, secrets: Secrets, settings: Settings, redis: Redis
) -> Sender:
    versions, messages = Versions(OWN_FLOWS, lambda _: book), Messages(settings)
    refusals = Refusals(followups, turns, Sending(redis), settings.pace)
    url = "http://127.0.0.1:8000/status"
    serves = settings.serves
    return Sender(
        versions, turns, followups, messages, secrets, refusals, url, redis, serves, UTC, Templates()
    )


@pytest.fixture
def plan(turns: Turns, followups: FollowUps, who: str) -> Callable[..., str]:
    """Return a function that makes PARENT consent to one reminder, and returns its id."""

    def planned(
        reminder: str = "sent_yet",
        due: datetime = NOON,
        after: timedelta = timedelta(),
        session: Session | None = None,
    ) -> str:
        event = Event(f"SM {len(followups.records(who))}", due - after, Channel.SMS, EventKind.SAID, "yes")
        agreed = replace(session or turns.load(who, event.id, event.at).session, texting=Texting.YES)
        effects = (Consent("next_steps.offer.text"), FollowUp(reminder, after))
        return new_record(followups, who, lambda: take_turn(turns, PARENT, event, *effects, session=agreed))

    return planned


@pytest.fixture
def plan_for(post: Sender) -> Callable[..., str]:
    """Return a function that makes another parent consent to a reminder, and returns its id."""

    def planned(n: int, due: datetime = NOON) -> str:
        effects = (Consent("w"), FollowUp("where_to_send", timedelta()))
        event, agreed = Event(f"SM{n}", due, Channel.SMS, EventKind.SAID), Session(texting=Texting.YES)
        who = take_turn(post.turns, f"+1202555{n:04d}", event, *effects, session=agreed)
        (id,) = post.followups.records(who)
        return id

    return planned


@pytest.fixture
def ask(turns: Turns, followups: FollowUps, who: str) -> Callable[..., str]:
    """Return a function that commits one turn of PARENT and returns the id of the record it creates, if any."""

    def asked(
        *effects: Effect,
        at: datetime = NOON,
        session: Session | None = None,
        channel: Channel = Channel.VOICE,
        id: str = "",
    ) -> str:
        event = Event(id or f"CA{len(followups.records(who))}:1", at, channel, EventKind.PRESSED, "1")
        return new_record(followups, who, lambda: take_turn(turns, PARENT, event, *effects, session=session))

    return asked


@pytest.fixture
def in_process(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run jobs in the test process, with the environment of a worker."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    jobs._open.cache_clear()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)  # RQ's worker sets its own
    jobs._open.cache_clear()


@pytest.fixture
def queue(settings: Settings) -> Iterator[Queue]:
    queue = open_queue(settings.queue_redis_url)
    yield queue
    queue.connection.close()


class TakesNoOrders(SimpleWorker):
    """A worker without the thread that listens for commands, which takes a second to end."""

    def subscribe(self) -> None:
        """Start no thread."""


@pytest.fixture
def work_off(in_process: None, queue: Queue) -> Callable[[], None]:
    """Return a function that runs all queued jobs in this process."""
    assert in_process is None

    def work() -> None:
        worker = TakesNoOrders(
            [queue],
            connection=queue.connection,
            job_class=ListedJob,
            serializer="json",
            log_job_description=False,
        )
        worker.work(burst=True, logging_level="CRITICAL")

    return work
