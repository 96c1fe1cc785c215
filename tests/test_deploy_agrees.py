"""The files of deploy/, the guides and the settings agree."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from hotline.cli import COMMANDS, hotline
from hotline.config import settings_file
from hotline.config.oddities import known_names
from hotline.doctor.store import OLDEST

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
GUIDES = ["README.md", "SECURITY.md", *(str(each.relative_to(ROOT)) for each in (ROOT / "docs").glob("*.md"))]

SETTING = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w-])")
"""A name that looks like one of ours."""

OTHERS = frozenset(
    {
        *(
            "TWILIO_OPENAPI",
            "REDIS_PASSWORD",
            "HOTLINE_HOST",
            "HOTLINE_WEB",
            "REQUESTS_CA_BUNDLE",
            "PYTHON_VERSION",
        )
    }
)
"""Names of other programs, of the tests, and of the compose file."""


def text(file: str | Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def example() -> dict[str, str]:
    return dict(settings_file.read(ROOT / ".env.example"))


@pytest.mark.parametrize("file", GUIDES)
def test_each_setting_named_in_a_guide_exists(file: str) -> None:
    ours = {name.split("_")[0] for name in known_names()}
    named = {
        name
        for code in re.findall(r"`([^`\n]+)`|^ {4,}(.+)$", text(file), re.MULTILINE)
        for name in SETTING.findall(" ".join(code))
        if name.split("_")[0] in ours
    }
    assert set() == named - known_names() - OTHERS


@pytest.mark.parametrize("file", GUIDES)
def test_each_command_that_a_guide_names_is_one(file: str) -> None:
    for command, option in re.findall(
        r"(?:`| {4})hotline ([a-z]+)(?: [\w./\"][\w./\"-]*)?(?: (--[a-z-]+))?", text(file)
    ):
        assert command in COMMANDS, command
        found = hotline.get_command(click.Context(hotline), command)
        if option and found and not isinstance(found, click.Group):
            options = {each for parameter in found.params for each in parameter.opts}
            assert option in options, f"{command} {option}"


@pytest.mark.parametrize("file", GUIDES)
def test_each_deploy_file_named_in_a_guide_exists(file: str) -> None:
    for named in set(re.findall(r"\bdeploy/[\w./-]*\w", text(file))):
        assert (ROOT / named).exists() or list((ROOT / named).parent.glob(f"{Path(named).name}*")), named


@pytest.mark.parametrize("file", GUIDES)
def test_each_link_of_a_guide_leads_somewhere(file: str) -> None:
    for link, heading in re.findall(r"\]\(([^)\s#:]*)#?([\w-]*)\)", text(file)):
        target = (ROOT / file).parent / link if link else ROOT / file
        assert target.exists(), link
        assert not heading or heading in headings(target), f"{link}#{heading}"


def headings(file: Path) -> set[str]:
    """Return the anchors that GitHub gives to a page's headings."""
    found = re.findall(r"^#{2,} (.*)$", text(file), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_example_has_exactly_the_settings() -> None:
    without_files = {name for name in known_names() if not name.endswith("_FILE")}
    assert without_files - {settings_file.VARIABLE, "SIMULATOR_PORT"} <= example().keys()
    assert set() == example().keys() - known_names()


@pytest.mark.parametrize("unit", sorted(each.name for each in UNITS.glob("*.service")))
def test_units_set_settings_and_read_the_guides_file(unit: str) -> None:
    lines = re.findall(r"^Environment=(.*)$", text(UNITS / unit), re.MULTILINE)
    given = dict(pair.split("=", 1) for line in lines for pair in shlex.split(line))
    assert set() == {name for name in given if not name.startswith("PYTHON")} - known_names()
    file = given[settings_file.VARIABLE]
    assert f".env.example {file}\n" in text("docs/operate.md")
    assert f"{settings_file.VARIABLE}={file} " in text("deploy/bin/hotline")
    assert "EnvironmentFile" not in text(UNITS / unit), "systemd would read the file by other rules"


def test_units_and_command_line_agree_on_folders() -> None:
    guide, program = text("docs/operate.md"), text("deploy/bin/hotline")
    for unit in UNITS.glob("*.service"):
        unit_text = text(unit)
        for folder in re.findall(r"BOOKS_DIR=(\S+)", unit_text):
            assert folder in guide
            assert f"BOOKS_DIR={folder} " in program
            assert (
                folder.removeprefix("/var/lib/") in re.findall(r"StateDirectory=(.*)", unit_text)[0].split()
            )
        assert "User=hotline\n" in unit_text
        assert "WorkingDirectory=/opt/hotline\n" in unit_text
    assert "/opt/hotline/.venv/bin/python" in program
    for service in ("web", "worker", "clock"):
        assert f"hotline-{service}" in guide
        assert f"hotline-{service}.service" in text(UNITS / "hotline.target")


def test_everything_before_the_web_leads_to_its_port() -> None:
    port = example()["PORT"]
    address = f"{example()['HOST']}:{port}"
    assert f"ListenStream={address}\n" in text(UNITS / "hotline-web.socket")
    assert f"server {address};" in text("deploy/nginx/hotline.conf")
    assert f"{{$HOTLINE_WEB:{address}}}" in text("deploy/caddy/Caddyfile")
    assert f"PORT={port}" in text("deploy/Dockerfile")
    assert f"EXPOSE {port}\n" in text("deploy/Dockerfile")
    compose = text("deploy/compose.yml")
    assert f'PORT: "{port}"' in compose
    assert f"HOTLINE_WEB: web:{port}\n" in compose


def test_the_socket_stops_with_the_line_and_not_with_the_web() -> None:
    """Else a text that comes during a restore would start a web on an empty Redis."""
    socket, web = text(UNITS / "hotline-web.socket"), text(UNITS / "hotline-web.service")
    assert "PartOf=hotline.target\n" in socket
    assert "Requires=hotline-web.socket\n" in web
    assert "hotline-web.socket" in next(line for line in web.splitlines() if line.startswith("After="))
    upgrade = text("docs/operate.md").partition("## Upgrade")[2].partition("\n## ")[0]
    assert "systemctl restart hotline-web hotline-worker hotline-clock" in upgrade
    assert "restart hotline.target" not in upgrade, "which would close the socket"


def test_a_proxys_timeout_fits_twilios() -> None:
    """Longer than a restart, shorter than Twilio's 15 seconds."""
    (read,) = re.findall(r"proxy_read_timeout (\d+)s;", text("deploy/nginx/hotline.conf"))
    (header,) = re.findall(r"response_header_timeout (\d+)s", text("deploy/caddy/Caddyfile"))
    assert 10 <= int(read) == int(header) < 15


def test_versions_agree() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    pythons = re.findall(r"FROM python:(\d+\.\d+)-slim", text("deploy/Dockerfile"))
    (render,) = re.findall(r"PYTHON_VERSION, value: (\d+\.\d+)\.\d+", text("deploy/render/render.yaml"))
    assert {render} == set(pythons)
    assert tuple(map(int, render.split("."))) >= least
    assert f"Python {'.'.join(map(str, least))} or newer" in text("README.md")
    (redis,) = re.findall(r"image: redis:(\d+)-alpine", text("deploy/compose.yml"))
    assert (int(redis), 0) >= OLDEST
    assert "noeviction" in text("deploy/render/render.yaml")
    assert "--maxmemory-policy noeviction" in text("deploy/compose.yml")
    assert "maxmemory-policy noeviction" in text("docs/operate.md")


def test_what_runs_a_process_installs_what_a_server_needs() -> None:
    for file in ("deploy/Dockerfile", "deploy/render/render.yaml", "docs/operate.md"):
        assert "--require-hashes --requirement constraints-run.txt" in text(file), file
