"""Per-thread connections for scripts: reopened after a fork or disconnect, and never shared."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooSlow

from hotline.store.connection import connect
from hotline.store.held import Held, held_by
from tests.conftest import STORE
from tests.own_redis import own_redis


@pytest.fixture
def held(redis_url: str) -> Held:
    """Yield the held connections of a client."""
    if STORE == "cluster":
        pytest.skip("connections are kept to one server alone")
    client = connect(redis_url)
    found = held_by(client)
    assert found is not None
    found.client = client  # type: ignore[attr-defined]  # only so that it lives
    return found


def test_a_client_has_one_set_and_a_pipeline_none(redis_url: str) -> None:
    with connect(redis_url) as client:
        assert held_by(client) is held_by(client)
        assert held_by(client.pipeline()) is None


def test_a_thread_keeps_its_connection(held: Held) -> None:
    mine = {held.call("CLIENT", "ID") for _ in range(3)}
    with ThreadPoolExecutor(1) as pool:
        others = {pool.submit(held.call, "CLIENT", "ID").result() for _ in range(3)}
    assert (1, 1, 2) == (len(mine), len(others), len(mine | others))


def test_ended_threads_leave_no_connection(held: Held, redis: Redis) -> None:
    held.call("PING")
    before = len(redis.client_list())
    for _ in range(150):
        thread = threading.Thread(target=held.call, args=("PING",))
        thread.start()
        thread.join()
    assert len(redis.client_list()) <= before + 5


def test_a_forked_process_has_its_own(held: Held) -> None:
    mine = held.call("CLIENT", "ID")
    reads, writes = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(writes, str(held.call("CLIENT", "ID")).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    theirs = int(os.read(reads, 20))
    assert mine != theirs
    assert mine == held.call("CLIENT", "ID"), "the parent's is left as it was"


def test_a_broken_connection_is_replaced(held: Held, redis: Redis) -> None:
    mine = held.call("CLIENT", "ID")
    redis.client_kill_filter(_id=mine)
    assert mine != held.call("CLIENT", "ID")


def test_an_error_of_redis_leaves_the_connection_usable(held: Held) -> None:
    mine = held.call("CLIENT", "ID")
    with pytest.raises(ResponseError):
        held.call("NO SUCH COMMAND")
    assert mine == held.call("CLIENT", "ID")


def test_a_late_reply_is_dropped(tmp_path: Path) -> None:
    with own_redis(tmp_path / "data") as server:
        client = connect(server.url)
        held = held_by(client)
        assert held is not None
        held.call("SET", "key", "right")
        with pytest.raises(TooSlow):
            held.call("BLPOP", "nothing", 2)
        assert "right" == held.call("GET", "key")
