"""Two hundred phones text and call the whole service at once. The expected words are those of a parent who is
alone on the line.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree as ET

import pytest
from redis import Redis

from devtools.twilio_sim import Carrier, Phone
from devtools.twilio_sim.heard import Heard, Said
from tests.end_to_end.other_wires import town_on

PHONES, THREADS = 200, 16
BOUND_SECONDS = 40
MOST_MOVES = 20
"""A screening has seven questions; a call has its pauses for breath as well."""

PAST_THE_LETTER = "go on"
"""Of the choices about the words for a letter, which a call reads line by line."""

TEXTED = re.compile(r"^(\d) (.+)$", re.MULTILINE)
SAID = re.compile(r"([^ .?!:][^.?!:]*): press (\d)")
OUTCOME = "legal advice"
"""In the last words of every outcome: that they are none."""
TO_HEAR_MORE = "Want to hear more? Yes: press 1. No: press 2."

SCHOOL = ("ask the school", "21", "no plan")
NEW = (*SCHOOL, "no, not yet")
PARENTS = {
    "teaching, most days": (*NEW, "reading, writing", "teaching or", "most days", "=no"),
    "teaching, some days": (*NEW, "health, mood", "teaching or", "some days", "=no"),
    "comes and goes": (*NEW, "talking, focus", "teaching or", "just started", "=no"),
    "changes": (*NEW, "reading, writing", "changes in", "=no"),
    "both": (*NEW, "talking, focus", "both", "=no"),
    "no concern": (*NEW, "none of these", "=no"),
    "suspended": (*NEW, "=yes"),
    "no answer": (*SCHOOL, "yes, no answer", "=no"),
    "refused": (*SCHOOL, "yes, they said no", "=no"),
    "will be tested": (*SCHOOL, "yes, they will test", "=no"),
    "a 504 Plan": ("ask the school", "21", "a 504", "five oh four", "=no"),
    "an IEP": ("ask the school", "21", "an iep", "an i e p", "=no"),
    "a toddler": ("ask the school", "under 3"),
    "a preschooler": ("ask the school", "3 to 5", "no, not yet"),
}
"""What each parent looks for among the choices, the most telling first; with = the whole choice, else a part."""


@pytest.fixture(scope="module")
def carrier(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Carrier]]:
    """Yield a carrier in this process, its address, and the whole service."""
    environ = {"WEB_PROCESSES": "2"}
    with (
        Redis.from_url(redis_url, decode_responses=True) as redis,
        town_on({}, environ, redis, redis_url, tmp_path_factory.mktemp("town")) as (town, carrier),
    ):
        yield town.carrier, carrier


def choose(wishes: tuple[str, ...], choices: list[tuple[str, str]], words: str) -> str:
    """Return the key of the matching choice, or the one for more choices."""
    if words.rstrip().endswith(TO_HEAR_MORE):
        return "1"
    for wish in (PAST_THE_LETTER, *wishes):
        for key, choice in choices:
            if wish == f"={choice.lower()}" or (wish[0] != "=" and wish in choice.lower()):
                return key
    return choices[0][0]


def text_it_through(phone: Phone, wishes: tuple[str, ...]) -> list[str]:
    """Return every bubble of a screening by text."""
    shown: list[str] = []
    answer = "hi"
    for _ in range(MOST_MOVES):
        bodies = [bubble.body for bubble in phone.text(answer)]
        shown += bodies
        words = "\n".join(bodies)
        if OUTCOME in words:
            return shown
        choices = TEXTED.findall(words)
        assert choices, f"nothing to choose from, and no outcome: {words}"
        answer = choose(wishes, choices, words)
    raise AssertionError(f"no outcome: {shown}")


def talk_it_through(phone: Phone, wishes: tuple[str, ...]) -> list[str]:
    """Return everything said in a screening by call. How it is divided depends on whether the line type is known
    in time.
    """
    call = phone.call()
    told: list[Heard] = call.heard
    for _ in range(MOST_MOVES):
        words = " ".join(each.text for each in told if isinstance(each, Said))
        if OUTCOME in words:
            call.hang_up()
            said = [each.text for each in call.heard if isinstance(each, Said) and each.text != TO_HEAR_MORE]
            return said[: 1 + next(at for at, text in enumerate(said) if OUTCOME in text)]
        choices = [(key, choice) for choice, key in SAID.findall(words)]
        assert choices, f"nothing to choose from, and no outcome: {words}"
        told = call.press(choose(wishes, choices, words))
    raise AssertionError(f"no outcome: {call.words()}")


WAYS = {"sms": text_it_through, "voice": talk_it_through}
CASES = [(way, parent) for parent in PARENTS for way in WAYS]


def test_two_hundred_phones_get_their_own_screening(carrier: tuple[str, Carrier]) -> None:
    url, simulator = carrier
    alone = {
        (way, parent): WAYS[way](Phone(url, number(9000 + at)), PARENTS[parent])
        for at, (way, parent) in enumerate(CASES)
    }
    assert len({tuple(words) for words in alone.values()}) > len(PARENTS), "parents differ"

    def go_through(at: int) -> list[str]:
        way, parent = CASES[at % len(CASES)]
        return WAYS[way](Phone(url, number(at)), PARENTS[parent])

    with ThreadPoolExecutor(THREADS) as threads:
        told = list(threads.map(go_through, range(PHONES), timeout=BOUND_SECONDS))
    for at, words in enumerate(told):
        assert alone[CASES[at % len(CASES)]] == words, f"phone {at}"
        texted = answered(simulator, number(at))
        assert texted == sent(simulator, number(at)) == (words if at % 2 == 0 else [])
    assert list(simulator.webhooks.alerts) == []


def number(at: int) -> str:
    return f"+1202556{at:04}"


def answered(carrier: Carrier, phone: str) -> list[str]:
    """Return the service's responses to this phone's texts."""
    return [
        message.text or ""
        for exchange in carrier.webhooks.exchanges
        if exchange.params["From"] == phone and "MessageSid" in exchange.params
        for message in ET.fromstring(exchange.body).iter("Message")  # noqa: S314 -- our own
    ]


def sent(carrier: Carrier, phone: str) -> list[str]:
    rows = [text for text in carrier.ledger.all() if text.to == phone]
    assert [bubble.sid for bubble in carrier.ledger.bubbles(phone)] == [row.sid for row in rows]
    assert {row.direction for row in rows} <= {"outbound-reply"}
    return [row.body for row in rows]
