"""WhatsApp without a template: texts due after 24 hours wait until the parent writes."""

from collections.abc import Iterator

import pytest

from devtools.twilio_sim import Carrier, Phone
from hotline.store.followups import FollowUps
from hotline.store.keys import Secrets
from tests.end_to_end.test_whatsapp import bare, on, parent, started
from tests.end_to_end.town import Town, screen
from tests.waiting import wait_until


@pytest.fixture
def without(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Carrier]]:
    yield from on({}, redis_url, tmp_path_factory)


def test_without_a_template_it_waits_until_the_parent_writes(without: tuple[Town, Carrier]) -> None:
    town, carrier = without
    phone = parent(town, "whatsapp:")
    screen(phone, phone.text("hi"))
    phone.text("yes")
    wait_until(lambda: bool(started(carrier, phone)), 60)
    town.noon_after(days=2)
    wait_until(lambda: any(each.get("reason") == "window_closed" for each in records(town, phone)), 60)
    assert 1 == len(started(carrier, phone))
    phone.text("MENU")
    town.later(hours=7)
    wait_until(lambda: len(started(carrier, phone)) > 1, 60)
    assert not started(carrier, phone)[1].body.startswith("From ")


def records(town: Town, phone: Phone) -> list[dict[str, str]]:
    """Return the records of this person's follow-ups."""
    who = Secrets(town.secret).who(bare(phone).number)
    return [dict(each) for each in FollowUps(town.redis).records(who).values()]
