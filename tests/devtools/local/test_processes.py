"""The supervisor of the local processes."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from devtools.local import processes
from devtools.local.processes import EndedAtStart, Program, Supervisor
from tests.proc import alive
from tests.waiting import wait_until

FOREVER = "import time; print('up', flush=True)\nwhile True: time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER


def program(name: str, code: str, stage: int = 0) -> Program:
    return Program(name, (sys.executable, "-c", code), {**os.environ, "PYTHONUNBUFFERED": "1"}, stage)


def lines(out: io.BytesIO) -> list[str]:
    """Return the supervisor's output as name and line."""
    return re.sub(r" +\| ", " ", out.getvalue().decode()).splitlines()


def within(seconds: float, happened: Callable[[], bool]) -> Callable[[], bool]:
    """Return a condition for `watch`, which fails after a timeout."""
    end = time.monotonic() + seconds

    def done() -> bool:
        assert time.monotonic() < end, "it did not happen in time"
        return happened()

    return done


def test_each_line_has_its_programs_name() -> None:
    out = io.BytesIO()
    code = "import sys; print('one'); print('two', file=sys.stderr, flush=True); sys.stdout.write('three')"
    with Supervisor(out) as supervisor:
        supervisor.start(program("web", code))
        with pytest.raises(EndedAtStart, match=r"web exited during startup \(exit code 0\)"):
            supervisor.watch(within(5, lambda: False), restart=False)
    assert sorted(lines(out)) == ["web one", "web three", "web two"]


def test_a_program_is_restarted_with_longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.1)
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        supervisor.start(program("worker", "print('hello'); raise SystemExit(3)"))
        supervisor.watch(within(5, lambda: lines(out).count("worker hello") == 3))
    told = [line for line in lines(out) if "restarting" in line]
    assert told[:2] == [
        "worker exited (exit code 3); restarting in 0.1 s",
        "worker exited (exit code 3); restarting in 0.2 s",
    ]


def test_a_killed_program_is_restarted_and_its_children_end() -> None:
    code = (
        "import subprocess, sys, time, os\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
    )
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        supervisor.start(program("web", code))
        supervisor.watch(within(5, lambda: len(lines(out)) == 1))
        parent, child = (int(word) for word in lines(out)[0].split()[1:])
        os.kill(parent, signal.SIGKILL)
        supervisor.watch(within(5, lambda: len(lines(out)) == 3))
        wait_until(lambda: not alive(child))
        assert lines(out)[1] == "web exited (killed by SIGKILL); restarting in 0.5 s"
        again = int(lines(out)[2].split()[1])
        assert alive(again)
    wait_until(lambda: not alive(again))


def test_the_last_stage_stops_first() -> None:
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye', flush=True), sys.exit()))\n" + FOREVER
    )
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        for stage, name in enumerate(["redis", "carrier", "web"]):
            supervisor.start(program(name, code, stage))
        supervisor.watch(within(5, lambda: len(lines(out)) == 3))
    assert [line for line in lines(out) if "bye" in line] == ["web bye", "carrier bye", "redis bye"]


def test_a_process_that_ignores_the_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_BOUND_SECONDS", 0.3)
    out = io.BytesIO()
    began = 0.0
    with Supervisor(out) as supervisor:
        process = supervisor.start(program("web", STUBBORN))
        supervisor.watch(within(5, lambda: len(lines(out)) == 1))
        began = time.monotonic()
    assert 0.3 <= time.monotonic() - began < 2
    wait_until(lambda: not alive(process.pid))
    assert "web did not stop in time and was killed" in lines(out)


@pytest.mark.parametrize("number", processes.STOP_SIGNALS)
def test_a_stop_signal_ends_the_watch(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Supervisor(io.BytesIO()) as supervisor:
        process = supervisor.start(program("web", FOREVER))
        os.kill(os.getpid(), number)
        supervisor.watch(within(5, lambda: False))
        assert supervisor.asked_to_stop
    wait_until(lambda: not alive(process.pid))
    assert signal.getsignal(number) is before


def test_a_second_signal_does_not_wait() -> None:
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        supervisor.start(program("web", STUBBORN))
        supervisor.watch(within(5, lambda: len(lines(out)) == 1))
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        began = time.monotonic()
    assert time.monotonic() - began < 2


def test_programs_end_when_the_supervisor_is_killed() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux can tell a child that its parent has ended")
    code = (
        "import os, sys\nfrom devtools.local.processes import Program, Supervisor\n"
        "with Supervisor(sys.stdout.buffer) as supervisor:\n"
        "    child = Program('web', (sys.executable, '-c', 'import time; time.sleep(60)'), os.environ, 0)\n"
        "    print(supervisor.start(child).pid, flush=True); supervisor.watch(lambda: False)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        child = int(supervisor.stdout.readline())
        assert alive(child)
        supervisor.kill()
    wait_until(lambda: not alive(child))


def test_a_line_without_an_end_is_written_in_pieces() -> None:
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        supervisor.start(program("web", "import sys, time; sys.stdout.write('x' * 200_000); time.sleep(60)"))
        supervisor.watch(within(5, lambda: out.getvalue().count(b"x") > 150_000))
    assert len(lines(out)) >= 2
    assert max(map(len, lines(out))) <= 2 * processes.LONGEST_LINE + 10


def test_a_closed_output_does_not_make_the_supervisor_spin() -> None:
    out = io.BytesIO()
    with Supervisor(out) as supervisor:
        supervisor.start(program("web", "import os, time; os.close(1); os.close(2); time.sleep(60)"))
        end = time.monotonic() + 0.5
        used = time.process_time()
        supervisor.watch(lambda: time.monotonic() > end)
        assert time.process_time() - used < 0.2
