"""`hotline run`, started once for all tests of this folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from redis import Redis

from hotline.local.embedded import redis_server
from hotline.local.run import is_up
from tests.end_to_end.town import Town, wait_until

START_SECONDS = 40


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """`hotline run` with a Redis that the test can look into."""
    folder = tmp_path_factory.mktemp("town")
    with redis_server(folder / "redis") as url, Redis.from_url(url, decode_responses=True) as redis:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        port, carrier_port = (one.getsockname()[1] for one in sockets)
        for one in sockets:
            one.close()
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ},
            "PORT": str(port),
            "SIMULATOR_PORT": str(carrier_port),
            "REDIS_URL": url,
            "HOTLINE_SECRET": "s" * 40,
            "CLOCK_FILE": str(folder / "clock"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "hotline", "run"], env=environ, stdout=subprocess.DEVNULL
        )
        try:
            wait_until(lambda: is_up(port), START_SECONDS)
            yield Town(f"http://127.0.0.1:{carrier_port}", redis, folder / "clock", "s" * 40)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
