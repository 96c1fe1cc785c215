"""What the processes take of a machine: memory, and processor time until they are ready."""

from __future__ import annotations

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import requests

from devtools.local import made_up
from tests.running import free_ports, program

MB = 1024

OF_TOOLS = 6 if find_spec("rich") else 0
"""MB that structlog takes for Rich where that is installed, as it is with the tools of this project."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def environ(redis_url: str, tmp_path: Path) -> dict[str, str]:
    (port,) = map(str, free_ports(1))
    own = made_up.complete({**os.environ, "PORT": port, "WEB_PROCESSES": "2"}, tmp_path)
    return {**own, "REDIS_URL": redis_url}


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(each for child in children for each in family(child))]


def memory_kb(pid: int) -> int:
    """Return the memory of a process; what several share counts for each in proportion."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def until_ready(environ: dict[str, str]) -> None:
    """Wait for the web to answer."""
    for _ in range(600):
        try:
            if requests.get(f"http://127.0.0.1:{environ['PORT']}/healthz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the web did not start")


def test_web_processes_share_what_they_load(environ: dict[str, str]) -> None:
    """They are forked with the app open: the flows are loaded once, not once in each."""
    with program("web", environ) as process:
        until_ready(environ)
        server, *webs = family(process.pid)
        webs = [web for web in webs if "hotline" in Path(f"/proc/{web}/cmdline").read_text()]
        assert len(webs) == 2
        assert sum(map(cpu_seconds, webs)) < 0.4, "each has loaded the app again"
        assert cpu_seconds(server) < 4
        assert all(memory_kb(web) < 90 * MB for web in (server, *webs))


def test_a_worker_does_without_what_reads_texts(environ: dict[str, str]) -> None:
    """It sends what is in the flows; the weights of the model are a third of a web process."""
    with program("worker", environ) as process:
        pid, end = process.pid, time.monotonic() + 60
        while cpu_seconds(pid) < 0.5 or _works(pid):
            assert time.monotonic() < end
        assert memory_kb(pid) < (80 + OF_TOOLS) * MB
        assert "numpy" not in Path(f"/proc/{pid}/maps").read_text()


def _works(pid: int) -> bool:
    """Whether it has taken processor time within the last second: it is not ready yet."""
    before = cpu_seconds(pid)
    time.sleep(1)
    return cpu_seconds(pid) - before > 0.05
