"""The proxies of deploy/, with only names, ports and files changed: TLS, signatures, logs."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from redis import Redis

from devtools.twilio_sim import Carrier
from tests.end_to_end import certificates
from tests.end_to_end.certificates import Made
from tests.end_to_end.other_wires import town_on
from tests.end_to_end.town import SOON_SECONDS, Town, screened, sent
from tests.running import free_ports
from tests.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAMS = {name: shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin") for name in ("nginx", "caddy")}
ROUND_SECONDS = 90


class Ports(NamedTuple):
    """The ports of the web and the proxy."""

    web: int
    plain: int
    tls: int


def nginx(folder: Path, ports: Ports, made: Made) -> list[str]:
    """Run Debian's nginx as an unprivileged user."""
    text = (DEPLOY / "nginx" / "hotline.conf").read_text(encoding="utf-8")
    for written, here in {
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "listen 80;": f"listen 127.0.0.1:{ports.plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{ports.tls} ssl http2;",
        "127.0.0.1:8000": f"127.0.0.1:{ports.web}",
        "/etc/letsencrypt/live/hotline.example.org/fullchain.pem": str(made.chain),
        "/etc/letsencrypt/live/hotline.example.org/privkey.pem": str(made.key),
        "hotline.example.org": "localhost",
        "/var/log/nginx/": f"{folder}/",
        "/var/www/html": str(folder),
    }.items():
        assert written in text
        text = text.replace(written, here)
    (folder / "hotline.conf").write_text(text, encoding="utf-8")
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.getuid() == 0 else ''}\npid {folder}/pid;\ndaemon off;\nevents {{}}\nhttp {{\n{kept}include {folder}/hotline.conf;\n}}\n",
        encoding="utf-8",
    )
    return [
        PROGRAMS["nginx"] or "",
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "hotline.error.log"),
    ]


def caddy(folder: Path, ports: Ports, made: Made) -> list[str]:
    """Run Debian's Caddy with a test certificate."""
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    for written, here in {
        "\tadmin off\n": f"\tadmin off\n\thttp_port {ports.plain}\n\thttps_port {ports.tls}\n",
        "\trequest_body {": f"\ttls {made.chain} {made.key}\n\trequest_body {{",
        "{$HOTLINE_HOST:hotline.example.org}": "localhost",
        "{$HOTLINE_WEB:127.0.0.1:8000}": f"127.0.0.1:{ports.web}",
    }.items():
        assert written in text
        text = text.replace(written, here)
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    return [PROGRAMS["caddy"] or "", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def listens(port: int) -> bool:
    """Return whether something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def proxied(command: list[str], folder: Path, port: int) -> Iterator[None]:
    environ = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
    with (
        (folder / "proxy.log").open("wb") as log,
        subprocess.Popen(command, env=environ, stdout=log, stderr=log) as proxy,
    ):
        try:
            end = time.monotonic() + 20
            while not listens(port):
                assert proxy.poll() is None, (folder / "proxy.log").read_text()
                assert time.monotonic() < end
                time.sleep(0.05)
            yield
        finally:
            proxy.terminate()


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"], scope="module")
def behind(
    request: pytest.FixtureRequest, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Town, Carrier, Ports, Path]]:
    """Yield a service behind one of them."""
    name = request.param.__name__
    if not PROGRAMS[name]:
        pytest.skip(f"{name} is not installed")
    folder: Path = tmp_path_factory.mktemp(name)
    made, ports = certificates.make(folder), Ports(*free_ports(3))
    command = request.param(folder, ports, made)
    environ = {
        "PORT": str(ports.web),
        "PUBLIC_BASE_URL": f"https://localhost:{ports.tls}",
        "REQUESTS_CA_BUNDLE": str(made.authority),
        "SSL_CERT_FILE": str(made.authority),
    }
    account = {"trusted_ca": str(made.authority)}
    with (
        Redis.from_url(redis_url, decode_responses=True) as redis,
        proxied(command, folder, ports.tls),
        town_on(account, environ, redis, redis_url, folder) as (town, carrier),
    ):
        yield town, carrier, ports, folder


def test_signed_webhooks_pass_the_proxy(behind: tuple[Town, Carrier, Ports, Path]) -> None:
    town, carrier, _, _ = behind
    phone = screened(town, "yes")
    assert "IEP evaluation" in "".join(bubble.body for bubble in phone.bubbles())
    call = phone.call()
    call.press("1")
    assert not call.over
    call.hang_up()
    wait_until(lambda: bool(sent(phone)), 60)
    wait_until(lambda: "delivered" in town.records(phone).values(), SOON_SECONDS)
    assert [] == list(carrier.webhooks.alerts)
    assert {200, 204} >= {each.status for each in carrier.webhooks.exchanges}
    assert all(each.url.startswith("https://localhost") for each in carrier.webhooks.exchanges)


def test_a_long_text_in_any_characters_passes(behind: tuple[Town, Carrier, Ports, Path]) -> None:
    town, carrier, _, _ = behind
    phone = town.phone()
    assert phone.text("¿Sí? a+b & c = d % 20 \U0001f600")
    assert phone.text("\u4e2d" * 1600)
    assert [] == list(carrier.webhooks.alerts)


def test_the_doctor_finds_no_problem(behind: tuple[Town, Carrier, Ports, Path]) -> None:
    town, _, ports, folder = behind
    base, trusted = f"https://localhost:{ports.tls}", str(folder / "ca.pem")

    def found() -> str:
        said = requests.get(f"{base}/status", timeout=10, verify=trusted).json()["doctor"]
        return str(said) if town.redis.exists("heartbeat:doctor") else "not yet"

    # the test's carrier has addresses without their ends, so a round that was done says that, and only that
    wait_until(lambda: "addresses:" in found() and "ourselves:" not in found(), ROUND_SECONDS)
    assert "certificate" not in found()
    forged = requests.post(
        f"{base}/sms", {"Body": "hi"}, headers={"X-Twilio-Signature": "x"}, timeout=10, verify=trusted
    )
    assert 403 == forged.status_code


def test_plain_http_is_redirected_and_no_log_has_a_number(behind: tuple[Town, Carrier, Ports, Path]) -> None:
    town, _, ports, folder = behind
    phone = town.phone()
    phone.text("my son has dyslexia")
    plain = requests.get(
        f"http://localhost:{ports.plain}/letters?from={phone.number}", timeout=10, allow_redirects=False
    )
    assert plain.status_code in (301, 308)
    requests.get(
        f"https://localhost:{ports.tls}/nowhere?from={phone.number}",
        timeout=10,
        verify=str(folder / "ca.pem"),
    )
    for log in folder.glob("*.log"):
        text = log.read_text(errors="replace")
        assert phone.number[2:] not in text, log.name
        assert "dyslexia" not in text, log.name
