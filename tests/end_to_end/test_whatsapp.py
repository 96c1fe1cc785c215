"""WhatsApp and RCS: replies on the parent's channel, and planned texts within 24 hours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from devtools.twilio_sim import Carrier, Phone
from devtools.twilio_sim.messages import Text
from tests.end_to_end.other_wires import town_on
from tests.end_to_end.town import SOON_SECONDS, Town, screen
from tests.waiting import wait_until

NUMBER, WHATSAPP, RCS = "+15105550100", "whatsapp:+15105550101", "rcs:center_agent"
ENGLISH = "HX" + "1" * 32
ACCOUNT = {"number": NUMBER, "others": (WHATSAPP, RCS), "templates": frozenset({ENGLISH})}
NUMBERS = {"HOTLINE_NUMBER": f"{NUMBER},{WHATSAPP},{RCS}"}


def on(
    environ: dict[str, str], redis_url: str, factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, Carrier]]:
    folder: Path = factory.mktemp("whatsapp")
    with (
        Redis.from_url(redis_url, decode_responses=True) as redis,
        town_on(ACCOUNT, {**NUMBERS, **environ}, redis, redis_url, folder) as town,
    ):
        yield town


@pytest.fixture(scope="module")
def with_template(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Carrier]]:
    """Yield a service with an approved English template."""
    yield from on({"WHATSAPP_TEMPLATES": f"en={ENGLISH}"}, redis_url, tmp_path_factory)


def parent(town: Town, scheme: str, number: str = "") -> Phone:
    """Return a phone on this channel."""
    return Phone(town.carrier, scheme + (number or town.phone().number))


def started(carrier: Carrier, phone: Phone) -> list[Text]:
    """Return the texts that the service initiated."""
    return [
        each for each in carrier.ledger.all() if each.to == phone.number and each.direction == "outbound-api"
    ]


def bare(phone: Phone) -> Phone:
    """Return the same person's plain number."""
    return Phone("", phone.number.partition(":")[2])


@pytest.mark.parametrize(("scheme", "ours"), [("whatsapp:", WHATSAPP), ("rcs:", RCS)])
def test_replies_and_reminders_use_the_parents_channel(
    scheme: str, ours: str, with_template: tuple[Town, Carrier]
) -> None:
    town, carrier = with_template
    phone = parent(town, scheme)
    hello = phone.text("hi")
    answers = [*hello, *screen(phone, hello), *phone.text("yes")]
    assert {ours} == {answer.from_ for answer in answers}
    wait_until(lambda: bool(started(carrier, phone)), SOON_SECONDS)
    (first,) = started(carrier, phone)
    assert (ours, phone.number) == (first.from_, first.to)
    wait_until(lambda: "delivered" in town.records(bare(phone)).values(), SOON_SECONDS)


def test_one_person_on_two_channels_is_one_conversation(with_template: tuple[Town, Carrier]) -> None:
    town, _ = with_template
    number = town.phone().number
    Phone(town.carrier, number).text("hi")
    (answer, *_) = parent(town, "whatsapp:", number).text("1")
    assert "age group" in answer.body.lower()
    assert WHATSAPP == answer.from_


def test_stop_on_whatsapp_is_answered_and_obeyed(with_template: tuple[Town, Carrier]) -> None:
    town, carrier = with_template
    phone = parent(town, "whatsapp:")
    screen(phone, phone.text("hi"))
    phone.text("yes")
    wait_until(lambda: bool(started(carrier, phone)), SOON_SECONDS)
    (answer,) = phone.text("STOP")
    assert "reply" == answer.source
    assert "waiting" not in town.records(bare(phone)).values()


def test_after_24_hours_a_reminder_uses_the_template(with_template: tuple[Town, Carrier]) -> None:
    town, carrier = with_template
    phone = parent(town, "whatsapp:")
    screen(phone, phone.text("hi"))
    phone.text("yes")
    wait_until(lambda: bool(started(carrier, phone)), SOON_SECONDS)
    town.noon_after(days=2)
    wait_until(lambda: len(started(carrier, phone)) > 1, 30)
    late = started(carrier, phone)[1]
    assert late.body.startswith("From Parent Hotline: ")
    assert "\n" not in late.body
    wait_until(lambda: started(carrier, phone)[1].status == "delivered", SOON_SECONDS)
    town.as_it_is()


def test_delete_on_whatsapp_removes_what_the_carrier_has(with_template: tuple[Town, Carrier]) -> None:
    town, _ = with_template
    phone = parent(town, "whatsapp:")
    for words in ("hi", "DELETE", "1"):
        phone.text(words)
    wait_until(lambda: town.copies_at_the_carrier(phone) == 0, 60)
