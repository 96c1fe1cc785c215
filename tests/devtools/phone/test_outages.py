"""Only a process that the supervisor's file means is killed or made to wait, and whoever waits goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devtools.local.processes import Program, Supervisor
from devtools.phone import outages
from devtools.phone.outages import NotRunning

if sys.platform != "linux":
    pytest.skip("reads how a process fares from /proc", allow_module_level=True)

FOREVER = "import time\nwhile True: time.sleep(60)"


def start(code: str = FOREVER) -> subprocess.Popen[bytes]:
    """A process of the test's own."""
    return subprocess.Popen([sys.executable, "-c", code])


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs until the test is over."""
    with start() as process:
        yield process
        process.kill()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "processes.json"


def state(pid: int) -> str:
    """As ps shows it: S sleeps, T was stopped, Z has ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def soon(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_the_worker_is_killed_and_the_others_are_not(file: Path, process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, to that process alone."""
    with start() as worker:
        file.write_text(json.dumps({"web": process.pid, "worker": worker.pid}))
        assert {"web": process.pid, "worker": worker.pid} == outages.processes(file)
        outages.kill_worker(file)
        assert worker.wait(5) == -signal.SIGKILL
    assert process.poll() is None
    assert {"web": process.pid} == outages.processes(file)
    with pytest.raises(NotRunning, match="no worker of this service is running"):
        outages.kill_worker(file)


def test_a_killed_worker_is_started_again_and_the_file_says_so(file: Path) -> None:
    """By the supervisor, with another id; when the stop begins the file goes."""
    with Supervisor(io.BytesIO(), file) as supervisor:
        for name in ("redis", "worker"):
            supervisor.start(Program(name, (sys.executable, "-c", FOREVER), os.environ, 0))
        before = outages.processes(file)
        outages.kill_worker(file)
        end = time.monotonic() + 10
        supervisor.watch(lambda: "worker" not in outages.processes(file) or time.monotonic() > end)
        assert set(outages.processes(file)) == {"redis"}
        supervisor.watch(lambda: "worker" in outages.processes(file) or time.monotonic() > end)
        after = outages.processes(file)
    assert set(before) == set(after) == {"redis", "worker"}
    assert before["redis"] == after["redis"]
    assert before["worker"] != after["worker"]
    assert not file.exists()
    assert outages.processes(file) == {}


def test_an_id_that_was_given_again_is_left_alone(file: Path, process: subprocess.Popen[bytes]) -> None:
    """A process that began after the file was written is not the one it means."""
    file.write_text(json.dumps({"worker": process.pid, "redis": process.pid}))
    long_ago = time.time() - 60
    os.utime(file, (long_ago, long_ago))
    assert outages.processes(file) == {}
    with pytest.raises(NotRunning):
        outages.kill_worker(file)
    with pytest.raises(NotRunning):
        outages.pause_redis(1, file)
    assert process.poll() is None
    assert state(process.pid) != "T"


def test_a_process_that_ended_before_the_signal_is_left_alone(process: subprocess.Popen[bytes]) -> None:
    """Also when its id was given again meanwhile: then it began at another time."""
    began = outages.began_at(process.pid)
    assert began is not None
    assert not outages.Process(process.pid, began - 60).signal(signal.SIGKILL)
    assert process.poll() is None
    process.kill()
    process.wait()
    assert not outages.Process(process.pid, began).signal(signal.SIGKILL)


def test_redis_stands_still_for_a_while(file: Path, process: subprocess.Popen[bytes]) -> None:
    """And then goes on by itself."""
    file.write_text(json.dumps({"redis": process.pid}))
    began = time.monotonic()
    outages.pause_redis(0.5, file)
    assert time.monotonic() - began < 0.4, "it does not wait for the end"
    assert soon(lambda: state(process.pid) == "T")
    assert soon(lambda: state(process.pid) != "T")
    assert time.monotonic() - began >= 0.5


def test_a_second_pause_makes_the_first_longer(file: Path, process: subprocess.Popen[bytes]) -> None:
    """The end of the first does not end the second; the shorter of two does not shorten."""
    file.write_text(json.dumps({"redis": process.pid}))
    began = time.monotonic()
    for seconds in (0.2, 0.8, 0.1):
        outages.pause_redis(seconds, file)
    assert soon(lambda: state(process.pid) == "T")
    while time.monotonic() - began < 0.7:
        assert state(process.pid) == "T"
        time.sleep(0.02)
    assert soon(lambda: state(process.pid) != "T")


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)", "raise RuntimeError"])
def test_who_paused_redis_and_ends_lets_it_go_on(
    file: Path, process: subprocess.Popen[bytes], ending: str
) -> None:
    """However that process ends, unless it is killed."""
    file.write_text(json.dumps({"redis": process.pid}))
    code = (
        f"from devtools.phone import outages; outages.pause_redis(60); print(flush=True); input()\n{ending}"
    )
    pausing = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PROCESSES_FILE": str(file)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with pausing:
        assert pausing.stdout is not None
        assert pausing.stdout.readline() == b"\n"
        assert soon(lambda: state(process.pid) == "T")
        pausing.communicate(b"\n", timeout=20)
    assert soon(lambda: state(process.pid) != "T")


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan")])
def test_a_pause_has_bounds(file: Path, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Nothing stands still for ever."""
    file.write_text(json.dumps({"redis": process.pid}))
    with pytest.raises(ValueError, match="at most 60 seconds"):
        outages.pause_redis(seconds, file)
    assert state(process.pid) != "T"


def test_without_a_file_there_is_nobody(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Not started by `make run`, or not any more; the environment names the file."""
    monkeypatch.delenv("PROCESSES_FILE", raising=False)
    assert outages.processes() == {}
    monkeypatch.setenv("PROCESSES_FILE", str(file))
    assert outages.processes() == {}
    with pytest.raises(NotRunning, match="make run"):
        outages.kill_worker()
    file.write_text(json.dumps({"worker": os.getpid()}))
    assert outages.processes() == {"worker": os.getpid()}


def test_both_ways_to_ask_agree(process: subprocess.Popen[bytes]) -> None:
    """/proc, and ps where there is none; both to the second, neither for one that has ended."""
    by_proc, by_ps = outages.began_at(process.pid), outages.began_by_ps(process.pid)
    assert by_proc is not None
    assert by_ps is not None
    assert abs(by_proc - by_ps) <= outages.SLACK_SECONDS
    assert abs(by_proc - time.time()) < 30
    process.kill()
    assert soon(lambda: outages.began_at(process.pid) is None), "a zombie has ended"
    assert outages.began_by_ps(process.pid) is None
