"""Memory and startup time of the processes."""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from devtools.local import made_up
from tests.proc import children, command, cpu_seconds, memory_kb
from tests.running import free_ports, program, wait_until_up

MB = 1024

OF_TOOLS = 6 if find_spec("rich") else 0
"""MB that structlog takes for Rich where that is installed, as it is with the tools of this project."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def environ(redis_url: str, tmp_path: Path) -> dict[str, str]:
    (port,) = map(str, free_ports(1))
    own = made_up.complete({**os.environ, "PORT": port, "WEB_PROCESSES": "2"}, tmp_path)
    return {**own, "REDIS_URL": redis_url}


def test_web_processes_share_memory(environ: dict[str, str]) -> None:
    with program("web", environ) as process:
        wait_until_up(process, int(environ["PORT"]))
        server, webs = process.pid, [each for each in children(process.pid) if "hotline" in command(each)]
        assert len(webs) == 2
        assert sum(map(cpu_seconds, webs)) < 0.4, "each has loaded the app again"
        assert cpu_seconds(server) < 4
        assert all(memory_kb(web) < 90 * MB for web in (server, *webs))


def test_a_worker_does_not_load_the_model(environ: dict[str, str]) -> None:
    with program("worker", environ) as process:
        pid, end = process.pid, time.monotonic() + 60
        while cpu_seconds(pid) < 0.5 or _works(pid):
            assert time.monotonic() < end
        assert memory_kb(pid) < (80 + OF_TOOLS) * MB
        assert "numpy" not in Path(f"/proc/{pid}/maps").read_text()


def _works(pid: int) -> bool:
    """Return whether it used processor time within the last second."""
    before = cpu_seconds(pid)
    time.sleep(1)
    return cpu_seconds(pid) - before > 0.05
