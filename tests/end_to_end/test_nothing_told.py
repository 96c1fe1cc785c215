"""A parent's number and words are planted everywhere and must not appear in logs, Redis or pages, with
LOG_LEVEL=debug and many failures.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from twilio.request_validator import RequestValidator

from devtools.local import made_up
from devtools.twilio_sim import Phone
from devtools.twilio_sim.phone import Control
from hotline.store.keys import Keys, Secrets
from hotline.store.retention import figures
from tests.end_to_end.town import screen, take
from tests.running import SECRET, running_line
from tests.stored import texts
from tests.waiting import wait_until

NUMBER, BROKEN = "+12025550187", "+12025550196"
WORDS = ("Zebulonia", "quokkaphobia", "Marsupial Elementary", "marsupial@example.org")
SENTENCE = f"My son {WORDS[0]} at {WORDS[2]} has {WORDS[1]}, write to {WORDS[3]} or {NUMBER}"
TRACES = re.compile(
    r"202\W{0,3}555\W{0,2}01(87|96)|555\W{0,2}01(87|96)|zebulonia|quokkaphobia|marsupial", re.IGNORECASE
)
"""The number as anybody may write it, and the words."""

WAIT_SECONDS = 15.0


@dataclass
class House:
    """The service, its log, and clients."""

    url: str
    carrier: str
    redis: Redis
    redis_url: str
    log: Path

    def get(self, path: str, **headers: str) -> str:
        """Return a page's text, or that of its error."""
        return self._ask(urllib.request.Request(self.url + path, headers=headers))  # noqa: S310 -- loopback

    def signed(self, path: str, form: dict[str, str], token: str = made_up.AUTH_TOKEN) -> str:
        signature = RequestValidator(token).compute_signature(self.url + path, form)
        body = urllib.parse.urlencode(form).encode()
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(urllib.request.Request(self.url + path, body, headers))  # noqa: S310 -- loopback

    def lines(self) -> str:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return "\n".join(line for line in lines if not line.startswith("carrier "))

    @staticmethod
    def _ask(request: urllib.request.Request) -> str:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- loopback
                return str(answer.read().decode())
        except urllib.error.HTTPError as refused:
            return refused.read().decode()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("told")
    settings = {"LOG_LEVEL": "debug", "PYTHONWARNINGS": "always", "BOOKS_DIR": str(folder / "books")}
    log = folder / "log"
    with log.open("wb") as lines, running_line(folder, settings, lines) as line:
        house = House(line.address, line.carrier, line.redis, line.redis_url, log)
        go_through_everything(house)
        yield house


def go_through_everything(house: House) -> None:
    """Have a conversation by text and one by call, with every failure."""
    phone, control = Phone(house.carrier, NUMBER), Control(house.carrier)
    control.post("faults", choice="500")
    phone.text("hi")
    screen(phone, phone.text(SENTENCE))
    phone.text("yes")
    who = Secrets(SECRET).who(NUMBER)
    wait_until(lambda: bool(house.redis.hgetall(Keys(who).followups)), WAIT_SECONDS)
    wait_until(lambda: "followup_not_sent" in house.lines(), WAIT_SECONDS)
    for words in (SENTENCE, "PERSON", "1", WORDS[0], "SENT", SENTENCE):
        phone.text(words)
    asked_for_a_person(Phone(house.carrier, BROKEN))
    odd_fields(house)
    broken(house)
    away(house, phone)


def asked_for_a_person(phone: Phone) -> None:
    """Leave a message in one call and request a callback in the next."""
    for choices in (["message"], ["^a call back", "after 5"]):
        call = phone.call()
        call.press("1")
        call.press("2")
        call.speak(SENTENCE)
        call.press("0")
        call.dialed("answered")
        for choice in choices:
            take(call, choice)
        if choices == ["message"]:
            call.record(SENTENCE)
        call.hang_up()


def odd_fields(house: House) -> None:
    """Fill fields with names, and send forged forms."""
    account, ours = made_up.ACCOUNT_SID, "+15105550100"
    names = ("FromCity", "CallerName", "ProfileName", "AddOns", "MediaUrl0", "SpeechResult", "Zebulonia")
    odd = dict.fromkeys(names, SENTENCE) | {"NumMedia": "1", "OptOutType": "HELP"}
    form = {"From": NUMBER, "To": ours, "AccountSid": account, "Body": SENTENCE, **odd}
    house.signed("/sms", form | {"MessageSid": "SM" + "a" * 32})
    house.signed("/sms", form | {"MessageSid": "SM" + "b" * 32}, token="another")
    house.signed(f"/sms?{WORDS[0]}={WORDS[1]}", form | {"MessageSid": WORDS[3]})
    house.signed("/voice", form | {"CallSid": "CA" + "a" * 32})
    house.signed(f"/voice/turn?n={WORDS[0]}", form | {"CallSid": "CA" + "a" * 32})
    told = {"From": ours, "To": NUMBER, "AccountSid": account, "MessageSid": "SM" + "d" * 32, **odd}
    id = f"{Secrets(SECRET).who(NUMBER)}-{'0' * 12}"
    for of in (id, NUMBER):
        house.signed(f"/status?followup={of}", told | {"MessageStatus": WORDS[0], "ErrorCode": SENTENCE})
        house.signed(f"/status?followup={of}", told | {"MessageStatus": "failed", "ErrorCode": WORDS[1]})
    for path in (
        f"/letters/{WORDS[0]}?lang={WORDS[1]}",
        f"/desk/recording/{WORDS[0]}",
        f"/{NUMBER}",
        f"/{WORDS[1]}",
    ):
        house.get(path, Referer=WORDS[3], **{"User-Agent": SENTENCE, "X-Forwarded-For": WORDS[0]})


def broken(house: House) -> None:
    """Store an unreadable session, a failing job and a foreign job."""
    keys = Keys(Secrets(SECRET).who(BROKEN))
    house.redis.hset(keys.session, mapping={"version": "1", "session": "{no JSON"})
    Phone(house.carrier, BROKEN).text(SENTENCE)
    house.redis.delete(keys.session)
    with Redis.from_url(house.redis_url) as own:
        queue = Queue("hotline", connection=own, serializer="json")
        queue.enqueue_call(
            "workers.jobs.send_followup", args=("no id",), description="workers.jobs.send_followup"
        )
        queue.enqueue_call("os.getcwd", description="os.getcwd")
        wait_until(lambda: queue.failed_job_registry.count >= 2, WAIT_SECONDS)


def away(house: House, phone: Phone) -> None:
    """Take Redis away for a while, and have the carrier refuse texts."""
    control = Control(house.carrier)
    for code in (21211, 20429, 30003):
        control.post("faults", kind="refuse", code=code)
    house.redis.client_pause(2500, all=True)
    phone.text(SENTENCE)
    phone.text(WORDS[0])
    time.sleep(2.6)
    phone.text("MENU")


def everything(house: House) -> str:
    """Return all keys and values of Redis, unpacked where RQ packed them."""
    with Redis.from_url(house.redis_url) as client:
        return "\n".join(f"{key} {value}" for key, value in texts(client).items())


def found(text: str) -> list[str]:
    """Return the traces of the number and the words, with their context."""
    return [text[max(0, trace.start() - 80) : trace.end() + 40] for trace in TRACES.finditer(text)]


def test_the_failures_did_happen(house: House) -> None:
    lines = house.lines()
    for event in ("request_failed", "request_refused", "store_busy", "followup_not_sent", "turn_taken"):
        assert event in lines, event
    assert "NotAllowed" in everything(house)
    assert 1 == len(found(f"x {NUMBER} x")), "a trace would be found"
    assert 4 == len(found(SENTENCE.replace(NUMBER, ""))), "and words as well"


def test_no_log_tells_of_a_person(house: House) -> None:
    lines = house.lines()
    assert len(lines.splitlines()) > 50
    assert [] == found(lines)


def test_redis_has_no_number_or_words_in_plain_text(house: House) -> None:
    kept = everything(house)
    assert Secrets(SECRET).who(NUMBER) in kept
    assert [] == found(kept)
    who = Secrets(SECRET).who(BROKEN)
    sealed = [json.loads(line)["sealed"] for line in house.redis.hvals(Keys(who).requests)]
    assert {BROKEN} == {Secrets(SECRET).unseal(each) for each in sealed}, "which is what it is kept for"


def test_every_key_has_a_retention_period(house: House) -> None:
    found_kinds, unknown = figures(house.redis)
    assert (0, 0) == (unknown, sum(figure.endless for figure in found_kinds))
    assert sum(figure.keys for figure in found_kinds) > 10


def test_no_page_shows_a_parents_words(house: House) -> None:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    password = urllib.parse.urlencode({"passphrase": made_up.DESK_PASSWORD}).encode()
    desk = browser.open(f"{house.url}/desk/sign-in", password).read().decode()  # which leads to the desk
    assert 3 == desk.count("/claim")
    assert [] == found(desk)
    for path in ("/readyz", "/healthz", "/metrics", "/letters", f"/letters/{WORDS[0]}", "/desk"):
        assert [] == found(house.get(path)), path
