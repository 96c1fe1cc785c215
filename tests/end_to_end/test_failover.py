"""The whole service on a Redis Cluster, its queue on Sentinel, while a primary of each dies."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis.crc import key_slot

from devtools.twilio_sim import Carrier, Phone
from hotline.store.connection import connect
from hotline.store.keys import Keys, Secrets
from tests.end_to_end.other_wires import town_on
from tests.end_to_end.town import Town, screened, sent
from tests.many_redis import Nodes, Trio, redis_cluster, sentinel_trio
from tests.running import free_ports
from tests.waiting import wait_until

PHONES = 12
SERVED_SECONDS, SENT_SECONDS = 60, 180
"""Bounds of a failover and of a lease of two minutes, on a machine that is busy."""

SAFE = "ask the school in writing"


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with redis_cluster(tmp_path / "cluster") as nodes:
        yield nodes


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    with sentinel_trio(tmp_path / "trio") as trio:
        yield trio


@pytest.fixture
def place(nodes: Nodes, trio: Trio, tmp_path: Path) -> Iterator[tuple[Town, Carrier]]:
    """Yield the whole service and a carrier that retries texts."""
    (port,) = free_ports(1)
    account = {"sms_url": f"http://127.0.0.1:{port}/sms#rc=3&rp=ct,rt,5xx"}
    environ = {"PORT": str(port), "QUEUE_REDIS_URL": trio.url, "WEB_PROCESSES": "2"}
    with connect(nodes.url) as redis, town_on(account, environ, redis, nodes.url, tmp_path) as place:
        yield place


def yes(phone: Phone) -> None:
    """Consent to texts, again while the line gives only the safe words."""
    end = time.monotonic() + SERVED_SECONDS
    while SAFE in "\n".join(bubble.body for bubble in phone.text("1")):
        assert time.monotonic() < end, "never served again"
        time.sleep(0.5)


def test_failovers_lose_no_answer_and_no_text(nodes: Nodes, trio: Trio, place: tuple[Town, Carrier]) -> None:
    """Every text and call gets a 200, and each consenting parent gets the first text once."""
    town, carrier = place
    with ThreadPoolExecutor(4) as answering:
        phones = list(answering.map(lambda _: screened(town), range(PHONES)))
        who = Secrets(town.secret).who(phones[0].number)
        nodes.primary(key_slot(Keys(who).session.encode())).kill()
        trio.primary().kill()
        list(answering.map(yes, phones))
    wait_until(lambda: all(sent(phone) for phone in phones), SENT_SECONDS)
    time.sleep(5)  # whatever would leave a second time
    for phone in phones:
        (text,) = sent(phone)
        assert text.startswith("Next step: ask in writing.")
        wait_until(lambda: town.records(phone)["next_step_now"] == "delivered", SERVED_SECONDS)  # noqa: B023
    exchanges = carrier.webhooks.exchanges
    assert {each.status for each in exchanges if "/status" not in each.url} == {200}
    last = {each.url: each.status for each in exchanges if "/status?" in each.url}
    assert set(last.values()) == {204}, (
        "what became of a planned text is asked for again, until it is written"
    )
    alerts = [each for each in carrier.webhooks.alerts if "/status/reply" not in str(each)]
    assert alerts == [], "of a reply, what became of it is a figure, which a fail-over may cost"
