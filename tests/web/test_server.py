"""Socket activation by systemd: a request that arrives while no web process runs waits for the next one."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from redis import Redis

from devtools.local.made_up import complete
from hotline.web.server import FIRST_PASSED, activation_socket, address_of
from tests.running import PROJECT, STOP_SECONDS

AS_SYSTEMD = """
import os, sys

os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="web")
os.execv(sys.executable, [sys.executable, "-m", "hotline", "web"])
"""
"""Starts `hotline web` with a passed socket, according to sd_listen_fds(3)."""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Open a socket for the whole test, like the socket unit."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


@contextmanager
def web(listening: socket.socket, environ: dict[str, str], output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a web process on that socket, and stop it as systemd does."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    with (
        output.open("ab") as lines,
        subprocess.Popen(
            [sys.executable, "-c", AS_SYSTEMD, str(listening.fileno())],
            env={**inherited, **environ},
            cwd=PROJECT,
            pass_fds=(listening.fileno(),),
            stdout=lines,
            stderr=lines,
        ) as process,
    ):
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(STOP_SECONDS)
        finally:
            process.kill()


@pytest.mark.whole
def test_no_request_is_refused_during_a_restart(
    redis: Redis, redis_url: str, tmp_path: Path, listening: socket.socket
) -> None:
    redis.ping()
    output = tmp_path / "output"
    environ = complete({"REDIS_URL": redis_url, "WEB_PROCESSES": "2", "PORT": "1"}, tmp_path)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/fallback/sms"
    with web(listening, environ, output):
        for _ in range(20):
            assert "911" in requests.post(url, timeout=60).text
    found: list[int] = []
    waiting = [
        threading.Thread(target=lambda: found.append(requests.post(url, timeout=60).status_code))
        for _ in range(20)
    ]
    for each in waiting:
        each.start()
    with web(listening, environ, output):
        for each in waiting:
            each.join(60)
        assert [200] * 20 == found
    assert (
        f"systemd listens on {address_of(listening.fileno())}; HOST and PORT (127.0.0.1:1) are ignored."
        in output.read_text()
    )


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_PID": "1", "LISTEN_FDS": "1"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2"},
        {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "none"},
    ],
    ids=["nothing", "for another process", "two", "no number"],
)
def test_variables_for_another_process_are_ignored(environ: dict[str, str]) -> None:
    assert activation_socket(environ) is None
    assert {} == environ


def test_a_descriptor_that_is_not_a_listening_socket_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    with socket.socket() as unbound:
        for number in (read, unbound.fileno(), 10_000):
            monkeypatch.setattr("hotline.web.server.FIRST_PASSED", number)
            assert activation_socket({"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}) is None
    os.close(read)
    os.close(write)
    assert 3 == FIRST_PASSED
