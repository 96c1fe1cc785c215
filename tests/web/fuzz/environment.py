"""The environment under test: an app on a real Redis, a carrier, and sample requests from parents.

Rule: the requests come in through the webhooks, from phones that send MARK in every possible field. In addition, one
record that no webhook creates has PLANTED in each field that the desk shows, as another version or a bug might leave it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from redis import Redis
from redis.client import Pipeline

from devtools.twilio_sim import Account, Carrier, serve
from devtools.twilio_sim.recordings import Recording
from hotline import clock
from hotline.config.settings import Settings
from hotline.store.heartbeat import beat
from hotline.store.keys import Keys, Secrets
from hotline.store.request_calls import CallBacks
from hotline.store.request_work import RequestWork
from hotline.store.webhook_counts import PREFIX
from hotline.web.app import create_app
from hotline.web.desk import words_publish
from hotline.web.service import Service
from tests.running import free_ports
from tests.web.fuzz.asking import Answer, Asked, ask
from tests.web.fuzz.hostile_text import MARK
from tests.web.fuzz.staff import add_staff
from tests.web.fuzz.tally import TALLY
from tests.web.twilio_forms import OFFERED, Caller

METRICS_TOKEN: Final = "a token of the tests"
MOTHER, FATHER, AUNT = "+12025550123", "+12025550177", "+12025550188"
UNCLE, STAFF_PHONE = "+12025550166", "+15105550123"
VOICEMAIL, HIDDEN_VOICEMAIL = "RE" + "1" * 32, "RE" + "2" * 32
PLANTED: Final = """Qzyv<b onload='x'>"</dd><script>{{7*7}}&#0;"""
NAME: Final = """Qzyw <i title='x'>"&</i> {{7*7}} Line"""
"""The operator's name of the line, which must be shown and spoken unchanged."""

STRANGE: Final = f'{MARK}<b>"\u202e{{{{7*7}}}}'
FIELDS: Final = dict.fromkeys(
    ("FromCity", "CallerName", "ProfileName", "Body2", "RecordingUrl", "AddOns"), STRANGE
)


class Away(StrEnum):
    """The dependency that is down."""

    NOTHING = "nothing"
    REDIS = "Redis"
    CARRIER = "the carrier"


class Environment:
    """The service with its dependencies and the initial content of its store.

    Not a dataclass, because Hypothesis prints the fields of those, and these are endless.
    """

    def __init__(self, settings: Settings, apps: dict[Away, Flask], redis: Redis, carrier: Carrier) -> None:
        self.settings, self.apps, self.redis, self.carrier = settings, apps, redis, carrier
        self.waiting: tuple[str, ...] = ()
        """Ids of the initial requests for a person."""
        self.message = ""
        """The id of one of these that has a voicemail."""
        self.called, self.token = "", ""
        """The id of the request that is being called back, and of that call."""
        self.followup = ""
        """The id of a reminder for MOTHER."""
        self._at_first: dict[bytes, tuple[bytes, int]] = {}

    def ask(self, asked: Asked, away: Away = Away.NOTHING) -> Answer:
        """Send a request to the app with this dependency down, and count the response."""
        answer = ask(self.apps[away], self.settings, asked)
        TALLY.count(answer.rule, answer.status)
        return answer

    @property
    def service(self) -> Service:
        found = self.apps[Away.NOTHING].extensions["hotline"]
        assert isinstance(found, Service)
        return found

    @property
    def finished_letter(self) -> str:
        """The token of a letter with answers in it."""
        specification = "evaluation es letter_grade=3 hardest=behavior letter_since=years"
        link = self.service.finished_letters.link(specification, self.service.book, clock.now())
        return link.rsplit("/", 1)[1]

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(self.service.letters.by_kind)

    def who_waits(self) -> tuple[str, ...]:
        """Return the ids of the waiting requests, oldest first."""
        return tuple(request.id for request in self.service.requests.waiting())

    def kept(self) -> dict[bytes, Any]:
        """Return the content of the store by key, without the webhook counts, which are written later.

        As values, because two dumps of the same hash may differ in order.
        """
        for away in (Away.NOTHING, Away.CARRIER):
            self.apps[away].extensions["hotline"].measured.write()  # else the next request would change it
        keys = [key for key in self._keys() if not key.startswith(f"{PREFIX}:".encode())]
        with self.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.type(key)
            kinds = dict(zip(keys, pipe.execute(), strict=True))
            present = {key: kind for key, kind in kinds.items() if kind in READ}  # others have just expired
            for key, kind in present.items():
                READ[kind](pipe, key)
            return dict(zip(present, pipe.execute(), strict=True))

    def remember(self) -> None:
        """Save the state that `begin_again` restores."""
        self._at_first = self._read()

    def begin_again(self) -> None:
        """Restore the initial state of the store and the carrier."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.flushall()
            for key, (dumped, lives) in self._at_first.items():
                pipe.restore(key, max(lives, 0), dumped)
            pipe.execute()
        for process in ("clock", "worker"):
            beat(self.redis, process, clock.now())
        self.carrier.recordings.clear()
        account, words = self.settings.twilio_account_sid, "call me"
        at = datetime(2026, 11, 23, 15, tzinfo=UTC)
        for sid in (VOICEMAIL, HIDDEN_VOICEMAIL):
            self.carrier.recordings.add(Recording(sid, account, "CA1", FATHER, words, 2, at))

    def _keys(self) -> list[bytes]:
        return sorted(self.redis.scan_iter(count=1000))

    def _read(self) -> dict[bytes, tuple[bytes, int]]:
        keys = self._keys()
        with self.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.dump(key)
                pipe.pttl(key)
            found = pipe.execute()
        return {key: (found[2 * n], found[2 * n + 1]) for n, key in enumerate(keys)}


READ: Final[Mapping[bytes, Callable[[Pipeline, bytes], object]]] = {
    b"string": lambda pipe, key: pipe.get(key),
    b"hash": lambda pipe, key: pipe.hgetall(key),
    b"set": lambda pipe, key: pipe.smembers(key),
    b"list": lambda pipe, key: pipe.lrange(key, 0, -1),
    b"zset": lambda pipe, key: pipe.zrange(key, 0, -1, withscores=True),
}
"""Redis type -> how to read a key of it. There are no other types."""


@contextmanager
def open_environment(settings: Settings, folder: Path) -> Iterator[Environment]:
    """Yield an environment with sample data, and empty its Redis at the end."""
    account = Account(settings.twilio_account_sid, settings.twilio_auth_token, settings.sender)
    with (
        serve(Carrier(account)) as serving,
        Redis.from_url(settings.redis_url) as redis,
        pytest.MonkeyPatch.context() as patch,
    ):
        ours = replace(
            settings,
            metrics_token=METRICS_TOKEN,
            twilio_auth_token_previous="the-token-before-it",
            twilio_webhook_keys=("the-shared-key-of-the-tests",),
            twilio_api_base_url=serving.url,
            hotline_name=NAME,
            center_name=NAME,
        )
        patch.setattr(words_publish, "start", lambda _: None)  # starts no process
        apps = {
            Away.NOTHING: create_app(ours),
            Away.REDIS: create_app(replace(ours, redis_url=f"unix://{folder / 'nobody'}")),
            Away.CARRIER: create_app(
                replace(ours, twilio_api_base_url=f"http://127.0.0.1:{free_ports(1)[0]}")
            ),
        }
        environment = Environment(ours, apps, redis, serving.carrier)
        redis.flushall()
        add_sample_data(environment)
        environment.remember()
        yield environment
        redis.flushall()


def add_sample_data(environment: Environment) -> None:
    """Create the sample data.

    A mother who consents to texts and wants a call, a father who leaves a message, an aunt who hides her number, an
    uncle whom Ben is calling back, and a record that no webhook creates.
    """
    client = environment.apps[Away.NOTHING].test_client()
    mother = Caller(client, environment.settings, MOTHER)
    for body in ("hola", *OFFERED[1:], STRANGE, "1", "PERSON", "1", STRANGE, "1"):
        mother.text(body, **FIELDS)
    father = Caller(client, environment.settings, FATHER, call="CA" + "f" * 32)
    aunt = Caller(client, environment.settings, f"anonymous{STRANGE}", call="CA" + "a" * 32)
    for caller, voicemail, key in ((father, VOICEMAIL, "3"), (aunt, HIDDEN_VOICEMAIL, "1")):
        caller.dial(**FIELDS)
        turns = ({"Digits": "1"}, {"Digits": "2"}, {"SpeechResult": STRANGE}, {"Digits": "0"})
        last = ({"DialCallStatus": STRANGE}, {"Digits": key}, {**FIELDS, "RecordingSid": voicemail})
        for n, fields in enumerate((*turns, *last), 1):
            caller.turn(n, **{**fields, "Caller": STRANGE})
    uncle = Caller(client, environment.settings, UNCLE)
    for body in ("hi", "PERSON", "1", "1"):
        uncle.text(body, **FIELDS)
    who = Secrets(environment.settings.hotline_secret).who
    service = environment.service
    plant(environment, who(AUNT))
    environment.followup = next(iter(service.followups.records(who(MOTHER))))
    environment.waiting = environment.who_waits()
    environment.message = next(request.id for request in service.requests.waiting() if request.recording)
    add_staff(environment.redis)
    work = RequestWork(service.redis, service.secrets)
    work.claim(environment.message, "ann", clock.now())
    environment.called = next(id for id in environment.waiting if id.startswith(who(UNCLE)))
    work.claim(environment.called, "ben", clock.now())
    calls = CallBacks(service.redis, service.secrets)
    environment.token = calls.start(environment.called, "ben", STAFF_PHONE, clock.now())
    assert 5 == len(environment.waiting), "else the desk has too little to show"


def plant(environment: Environment, who: str) -> None:
    """Store a record with markup in each field that the desk shows."""
    keys, at = Keys(who), clock.now().timestamp()
    id = f"{who}-{'0' * 12}"
    named = dict.fromkeys(("language", "channel", "when", "us_state"), PLANTED)
    record = {**named, "at": at, "since": at, "by": "call", "recording": "", "sealed": "", "done": ""}
    environment.redis.hset(keys.requests, id, json.dumps(record))
    environment.redis.zadd(keys.requested, {id: at})
