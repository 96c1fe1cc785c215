"""The whole service on a Redis Cluster, its queue on Sentinel, while a primary of each dies: real processes, real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis.crc import key_slot

from devtools.local import made_up
from devtools.twilio_sim import Account, Carrier, Phone, Serving, serve
from hotline.store.connection import connect
from hotline.store.keys import Keys, Secrets
from tests.end_to_end.town import Town, screened, sent
from tests.many_redis import Nodes, Trio, redis_cluster, sentinel_trio
from tests.running import free_ports, running, wait_until_up
from tests.waiting import wait_until

PHONES = 12
SERVED_SECONDS, SENT_SECONDS = 60, 180
"""Bounds of a failover and of a lease of two minutes, on a machine that is busy."""

SAFE = "ask the school in writing"
SECRET = "s" * 40


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with redis_cluster(tmp_path / "cluster") as nodes:
        yield nodes


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[Trio]:
    with sentinel_trio(tmp_path / "trio") as trio:
        yield trio


@pytest.fixture
def serving(nodes: Nodes, trio: Trio, tmp_path: Path) -> Iterator[Serving]:
    """A carrier in this process, and `hotline run` behind it."""
    (port,) = free_ports(1)
    service = f"http://127.0.0.1:{port}"
    account = Account(
        account_sid=made_up.ACCOUNT_SID,
        auth_token=made_up.AUTH_TOKEN,
        number="+15105550100",
        sms_url=f"{service}/sms#rc=3&rp=ct,rt,5xx",
    )
    with serve(Carrier(account)) as serving:
        environ = {
            "PORT": str(port),
            "REDIS_URL": nodes.url,
            "QUEUE_REDIS_URL": trio.url,
            "TWILIO_API_BASE_URL": serving.url,
            "HOTLINE_NUMBER": account.number,
            "HOTLINE_SECRET": SECRET,
            "CLOCK_FILE": str(tmp_path / "clock"),
        }
        with (tmp_path / "said").open("wb") as said, running(environ, tmp_path / "run", said) as process:
            wait_until_up(process, port)
            yield serving


def yes(phone: Phone) -> None:
    """Says yes to texts, again while the line gives only its safe words."""
    end = time.monotonic() + SERVED_SECONDS
    while SAFE in "\n".join(bubble.body for bubble in phone.text("1")):
        assert time.monotonic() < end, "never served again"
        time.sleep(0.5)


def test_primaries_die_while_parents_answer_and_texts_leave(
    nodes: Nodes, trio: Trio, serving: Serving, tmp_path: Path
) -> None:
    """Every text and call is answered with 200; each who said yes gets the first text once, and nothing else."""
    with connect(nodes.url) as redis:
        town = Town(serving.url, redis, tmp_path / "clock", SECRET)
        with ThreadPoolExecutor(4) as answering:
            phones = list(answering.map(lambda _: screened(town), range(PHONES)))
            who = Secrets(SECRET).who(phones[0].number)
            nodes.primary(key_slot(Keys(who).session.encode())).kill()
            trio.primary().kill()
            list(answering.map(yes, phones))
        wait_until(lambda: all(sent(phone) for phone in phones), SENT_SECONDS)
        time.sleep(5)  # whatever would leave a second time
        for phone in phones:
            (text,) = sent(phone)
            assert text.startswith("Next step: ask in writing.")
            wait_until(lambda: town.records(phone)["next_step_now"] == "delivered", SERVED_SECONDS)  # noqa: B023
        exchanges = serving.carrier.webhooks.exchanges
        assert {each.status for each in exchanges if "/status" not in each.url} == {200}
        last = {each.url: each.status for each in exchanges if "/status?" in each.url}
        assert set(last.values()) == {204}, (
            "what became of a planned text is asked for again, until it is written"
        )
        alerts = [each for each in serving.carrier.webhooks.alerts if "/status/reply" not in str(each)]
        assert alerts == [], "of a reply, what became of it is a figure, which a fail-over may cost"
