"""`hotline run`, started once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from devtools.local.embedded import redis_server
from tests.end_to_end.town import Town
from tests.running import free_ports, running, wait_until_up


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`hotline run` with a Redis that the test can look into."""
    folder = tmp_path_factory.mktemp("town")
    with redis_server(folder / "redis") as url, Redis.from_url(url, decode_responses=True) as redis:
        port, carrier_port = free_ports(2)
        environ = {
            "PORT": str(port),
            "SIMULATOR_PORT": str(carrier_port),
            "REDIS_URL": url,
            "HOTLINE_SECRET": "s" * 40,
            "CLOCK_FILE": str(folder / "clock"),
        }
        with running(environ) as process:
            wait_until_up(process, port)
            yield Town(f"http://127.0.0.1:{carrier_port}", redis, folder / "clock", "s" * 40)
