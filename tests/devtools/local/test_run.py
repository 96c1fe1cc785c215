"""`hotline run` on this machine."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from devtools.local.made_up import DESK_PASSWORD
from devtools.local.run import Plan, _plan, _print_summary, _simulator, is_up, run
from devtools.twilio_sim.__main__ import read_account
from hotline.config.given import SettingsError
from hotline.config.settings import Settings
from hotline.store.staff_accounts import Accounts
from hotline.store.staff_roles import Role
from tests.proc import command, family
from tests.running import STOP_SECONDS, free_ports, running


def read_until(process: subprocess.Popen[bytes], line: str) -> str:
    """Return the output up to this line; fail if it ends before."""
    assert process.stdout is not None
    lines = []
    for one in map(bytes.decode, process.stdout):
        lines.append(one)
        if line in one:
            return "".join(lines)
    pytest.fail("it ended before it was up:\n" + "".join(lines))


@pytest.mark.whole
def test_everything_starts_responds_and_stops(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    port, simulator_port = free_ports(2)
    environ = {"PORT": str(port), "SIMULATOR_PORT": str(simulator_port)}
    with running(environ, tmp_path, said=subprocess.PIPE) as process:
        told = read_until(process, "Ctrl-C stops everything")
        assert re.search(r"is up after \d+\.\d s", told)
        assert f"http://127.0.0.1:{port}\n" in told
        assert f"http://127.0.0.1:{simulator_port} (a simulator" in told
        assert f"http://127.0.0.1:{simulator_port}/phone (open it in a browser)" in told
        assert f"http://127.0.0.1:{port}/desk (password: try the desk)" in told
        assert is_up(port)
        program = Path(sys.executable).with_name("hotline")
        assert re.search(rf"({program}|  hotline) --settings {tmp_path / 'settings'} staff add NAME", told)
        settings = {**os.environ, "HOTLINE_SETTINGS": str(tmp_path / "settings")}
        added = subprocess.run(
            [sys.executable, "-m", "hotline", "staff", "add", "maria"],
            env=settings,
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"http://127.0.0.1:{port}/desk/passphrase/" in added.stdout
        started = family(process.pid)[1:]
        names = {command(pid) for pid in started}
        for name in ("devtools.phone", "hotline web", "hotline worker", "hotline clock", "redis.sock"):
            assert any(name in one for one in names), name
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0
    assert not is_up(port)
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


def test_the_desks_password_is_shown_while_it_is_needed(
    settings: Settings, redis: Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = Plan({}, replace(settings, desk_password=DESK_PASSWORD), False, None, tmp_path)
    _print_summary(plan, settings.redis_url, took=1)
    assert "/desk (password: try the desk)" in capsys.readouterr().out
    Accounts(redis).add("ana", Role.ADMIN)
    _print_summary(plan, settings.redis_url, took=1)
    assert "(password" not in capsys.readouterr().out


@contextmanager
def taken_port() -> Iterator[int]:
    """Yield a port on which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("setting", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_reported_with_its_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    with taken_port() as port:
        others = dict(zip(["PORT", "SIMULATOR_PORT"], map(str, free_ports(2)), strict=True))
        assert run({**others, setting: str(port)}, tmp_path) == 1
        told = capsys.readouterr().err
        assert f"{setting} is {port}, but 127.0.0.1:{port} is not available (Address already in use)" in told
        assert f"such as {setting}=" in told


def test_wrong_settings_are_reported_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SIMULATOR_PORT is 'x'; it must be a whole number"):
        run({"SIMULATOR_PORT": "x"}, tmp_path)
    with pytest.raises(SettingsError, match="HOTLINE_NUMBER is '5105550100'"):
        run({"HOTLINE_NUMBER": "5105550100"}, tmp_path)


def test_the_simulator_knows_every_number(tmp_path: Path) -> None:
    numbers = ("+15105550100", "whatsapp:+15105550101")
    plan = _plan({"HOTLINE_NUMBER": ",".join(numbers)}, tmp_path)
    assert numbers == read_account(_simulator(plan.settings, plan.environ).environ).numbers


def test_a_redis_that_cannot_start_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = tmp_path / "appendonlydir"
    files.mkdir()
    (files / "appendonly.aof.manifest").write_text("this is no manifest\n")
    ports = dict(zip(["PORT", "SIMULATOR_PORT"], map(str, free_ports(2)), strict=True))
    assert run(ports, tmp_path) == 1
    assert f"Redis did not start; {tmp_path}/redis.log says why" in capsys.readouterr().err
    assert "manifest" in (tmp_path / "redis.log").read_text()


def test_a_port_without_http_is_not_up() -> None:
    (port,) = free_ports(1)
    began = time.monotonic()
    assert not is_up(port)
    with socket.create_server(("127.0.0.1", port)):
        assert not is_up(port)
    assert time.monotonic() - began < 3
