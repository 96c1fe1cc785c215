"""`python -m devtools.phone` as a program."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.local import made_up

SECONDS = 30


def environment(folder: Path, **more: str) -> dict[str, str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**made_up.complete(clean, folder), "REDIS_URL": f"unix://{folder}/none", **more}


@pytest.mark.whole
def test_it_serves_the_page_and_stops_on_a_signal(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "devtools.phone"],
        env=environment(tmp_path, SIMULATOR_PORT=str(port)),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == (
            f"The carrier is at http://127.0.0.1:{port}, the hotline's number is +15105550100\n"
        )
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        asking.request("GET", "/phone")
        assert b"<title>The phone" in asking.getresponse().read()
        asking.close()
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(SECONDS)


def test_a_wrong_setting_is_reported(tmp_path: Path) -> None:
    environ = environment(tmp_path, HOTLINE_SECRET="short")
    command = [sys.executable, "-m", "devtools.phone"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert 2 == done.returncode
    assert "HOTLINE_SECRET is wrong" in done.stderr
    assert "Traceback" not in done.stderr
