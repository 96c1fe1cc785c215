"""Texts and calls only go to the sender or caller, and to staff, never to a number in a text."""

import ast
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
import time_machine
from redis import Redis
from rq import Queue

from devtools.twilio_sim import Serving
from hotline.config.settings import Settings
from hotline.conversation.model.session import Session
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from hotline.store.turns import Turns
from hotline.web.app import create_app
from tests.devtools.twilio_sim.recorder import recorded
from tests.web.twilio_forms import PARENT, Caller
from tests.workers.conftest import NOON
from workers.clock import tick

ROOT = Path(__file__).parents[2]
Screened = Callable[[Callable[[str], str]], list[str]]

TYPED = ["+19005550199", "900-555-0199", "(900) 555 0199", "9005550199"]
TYPED += ["nine hundred five five five oh one nine nine"]
THEIRS = "9005550199"
"""The number, typed in different ways."""

SCREENING = {
    "begin": "questions",
    "menu": "questions",
    "child_age": "grade 3",
    "sent_home": "no",
    "if_call_drops": "no",
    "plan_now": "no plan",
    "asked_before": "not yet",
    "hardest": "reading",
    "kind_of_help": "teaching",
    "how_often": "every day",
    "hear_letter": "go on",
    "kind_of_school": "public",
    "can_it_get_texts": "yes",
    "may_we_text": "yes",
}
"""An answer to each question of a whole screening, the last a yes to texts."""

BODIES = """
text me at {} / call me at {} / please text my sister {} / my number is {} / {} / person / {} / 1 / any time
text {} instead / send it to {} / yes text {} / HELP {} / menu
"""
"""After a whole screening, tries every known way to name another number."""

DIALLED: dict[str, set[str]] = {
    "hotline/carrier/messages.py": {"messages.create"},
    "hotline/channels/voice.py": {"dial.number"},
    "hotline/carrier/calls.py": {"calls.create"},
    "hotline/channels/call_back.py": {"ringing.number"},
}
"""The only places that send a text or ring a phone. The first is given the number that a record sealed, by
`workers.send`; the second a staff number, by `hotline.web`; the third a staff number or an account's own, by
`hotline.web.desk.reach`; the fourth, after a key press there, the number of a taken request, by
`hotline.web.staff_calls`."""

SENDING = set(
    "messages.create calls.create dial.number ringing.number dial.sip dial.client dial.conference response.dial "
    "response.sms response.enqueue response.refer verifications.create".split()
)


def digits(words: str) -> str:
    return re.sub(r"\D", "", words)


def test_the_places_that_send_are_known() -> None:
    found: dict[str, set[str]] = {}
    for folder in ("hotline", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    called = ".".join(ast.unparse(node.func).split(".")[-2:])
                    if called in SENDING:
                        found.setdefault(name, set()).add(called)
    assert DIALLED == found


@pytest.fixture
def screened(turns: Turns, secrets: Secrets) -> Screened:
    """Answer each question of the screening; listen to parts with key 1."""
    who = secrets.who(PARENT)

    def asked() -> Session:
        return turns.load(who, "", NOON).session

    def answered(say: Callable[[str], str]) -> list[str]:
        answers: list[str] = []
        seen: set[str] = set()
        while (session := asked()).more or session.state in SCREENING:
            seen.add(session.state)
            answers.append(say("1" if session.more else SCREENING[session.state]))
            assert len(answers) < 3 * len(SCREENING), f"it goes round at {session.state}"
        assert {"child_age", "how_often", "kind_of_school", "may_we_text"} <= seen
        return answers

    return answered


@pytest.fixture
def numbers_reached(
    settings: Settings, serving: Serving, followups: FollowUps, queue: Queue, work_off: Callable[[], None]
) -> Callable[[Callable[[Caller], list[str]]], set[str]]:
    """Play something against the service, run the work due in the next months, and return every number in our
    requests and TwiML.
    """

    def reached(play: Callable[[Caller], list[str]]) -> set[str]:
        caller = Caller(create_app(settings).test_client(), settings)
        found: set[str] = set()
        with recorded(serving) as asked:
            with time_machine.travel(NOON):
                documents = play(caller)
            for document in documents:
                elements = list(ET.fromstring(document).iter())  # noqa: S314 -- ours
                found |= {
                    e.text or "" for e in elements if e.tag in ("Number", "Dial", "Sip", "Client") and e.text
                }
                found |= {e.attrib["to"] for e in elements if "to" in e.attrib}
            for passed in (timedelta(minutes=2), *(timedelta(days=days) for days in range(1, 120, 12))):
                with time_machine.travel(NOON + passed):
                    tick(followups, queue, datetime.now(UTC))
                    work_off()
        for request in asked:
            form = parse_qs(request.body.decode())
            found |= {*form.get("To", []), *re.findall(r"PhoneNumbers/([^?/]+)", request.target)}
        return {number.replace("%2B", "+") for number in found}

    return reached


def test_a_text_reaches_only_its_sender(
    numbers_reached: Callable[..., set[str]], screened: Screened, redis: Redis, secrets: Secrets
) -> None:
    spelled = count()

    def play(caller: Caller) -> list[str]:
        answers = [caller.text("hi").text, *screened(lambda said: caller.text(said).text)]
        answers += [
            caller.text(body.format(TYPED[next(spelled) % len(TYPED)])).text
            for body in re.split(r" / |\n", BODIES.strip())
        ]
        assert all(THEIRS not in digits(answer) for answer in answers)
        return answers

    assert {PARENT} == numbers_reached(play)
    held = [json.loads(line) for key in redis.scan_iter("*:requests:*") for line in redis.hvals(key)]
    assert [PARENT] == [secrets.unseal(request["sealed"]) for request in held], "whom the staff call back"


def test_a_call_reaches_only_the_caller_and_the_staff(
    numbers_reached: Callable[..., set[str]], screened: Screened, settings: Settings
) -> None:
    def play(caller: Caller) -> list[str]:
        turn = count(1)

        def say(said: str) -> str:
            field = "Digits" if said.isdigit() and len(said) == 1 else "SpeechResult"
            return caller.turn(next(turn), **{field: said}).text

        answers = [caller.dial().text, *screened(say)]
        answers += [say(said) for said in ("7", "yes", "yes", *TYPED, "0")]
        answers.append(caller.turn(next(turn), DialCallStatus="no-answer", DialCallSid="CA" + "1" * 32).text)
        answers += [caller.turn(next(turn), Digits=typed).text for typed in TYPED]
        recording = {"RecordingUrl": "https://a.example/x", "RecordingSid": "RE" + "1" * 32}
        answers.append(caller.turn(next(turn), **recording).text)
        return answers

    reached = numbers_reached(play)
    assert {PARENT, settings.staff_number} == reached, "the caller was looked up, the staff rung"
