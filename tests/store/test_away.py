"""Why Redis does not respond: the cause and its fix, and no password."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import hotline
from hotline.config.settings import Settings
from hotline.store.away import DOES_NOT_ANSWER, why_away
from hotline.web import checks
from hotline.web.app import create_app
from tests.own_redis import OwnRedis
from tests.running import free_ports

PASSWORD = "a-password-that-is-in-no-message"


def by_tcp(server: OwnRedis) -> str:
    """Return its TCP URL, without a password."""
    (port,) = free_ports(1)
    server.client.config_set("port", port)
    return f"redis://127.0.0.1:{port}/0"


def wants(server: OwnRedis, password: str) -> None:
    server.client.config_set("requirepass", password)


def test_a_required_password_is_reported(server: OwnRedis) -> None:
    url = by_tcp(server)
    wants(server, PASSWORD)
    for login in ("", ":another@", "nobody:x@"):
        found = why_away(url.replace("redis://", f"redis://{login}"))
        assert found.startswith(DOES_NOT_ANSWER)
        assert "it runs, but refuses the password in REDIS_URL, or there is none" in found
        assert "another" not in found


PLANTED: dict[str, tuple[Callable[[str], str], str]] = {
    "another port": (lambda _: f"redis://127.0.0.1:{free_ports(1)[0]}/0", "; check REDIS_URL and that"),
    "no such name": (lambda _: "redis://redis.invalid:6379/0", "the host in REDIS_URL is unknown"),
    "no such socket": (lambda _: "unix:///no/such/socket", "; check REDIS_URL and that it runs"),
    "TLS where there is none": (lambda url: url.replace("redis:", "rediss:"), "only where Redis speaks TLS"),
}


@pytest.mark.parametrize(("change", "words"), PLANTED.values(), ids=PLANTED.keys())
def test_a_wrong_address_is_reported(change: Callable[[str], str], words: str, server: OwnRedis) -> None:
    assert words in why_away(change(by_tcp(server)))


def test_a_tls_failure_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:

        def answer() -> None:
            connection, _ = there.accept()
            with connection:
                connection.sendall(b"-ERR this is no TLS\r\n" * 4)
                connection.recv(4096)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert "TLS with it fails" in why_away(f"rediss://127.0.0.1:{there.getsockname()[1]}/0")
        thread.join(5)


def test_a_slow_or_full_redis_is_reported(server: OwnRedis) -> None:
    url = by_tcp(server)
    server.client.config_set("maxclients", 1)
    assert "raise maxclients" in why_away(url)
    server.client.config_set("maxclients", 100)
    server.pause()
    try:
        assert "Redis does not answer in time" in why_away(url)
    finally:
        server.go_on()
    assert "check what keeps it busy" in why_away(url), "it answers by now"


def test_every_report_gives_the_cause(
    settings: Settings, server: OwnRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`/status`, for the queue too, and an operator's commands."""
    url = by_tcp(server)
    wants(server, PASSWORD)
    service = create_app(replace(settings, redis_url=url, queue_redis_url=url)).extensions["hotline"]
    found = checks.run_checks(service, ["redis", "queue", "memory"])
    assert "refuses the password in REDIS_URL" in found["redis"]
    assert checks.AWAY == found["queue"] == found["memory"]
    (queue,) = checks.run_checks(
        create_app(replace(settings, queue_redis_url=url)).extensions["hotline"], ["queue"]
    ).values()
    assert "refuses the password in QUEUE_REDIS_URL" in queue
    away = replace(settings, redis_url=url)
    monkeypatch.setattr(Settings, "read", lambda _: away)
    monkeypatch.setenv("REDIS_URL", url)
    for command in (["backup", str(tmp_path / "b")], ["staff", "list"], ["retention"]):
        done = CliRunner().invoke(hotline, command)
        assert 1 == done.exit_code
        assert "refuses the password in REDIS_URL" in done.output
