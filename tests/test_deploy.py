"""The files in deploy/ fit the service."""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import COMMANDS
from hotline.config.oddities import known_names
from hotline.config.settings import Settings
from hotline.doctor.examination import doctor
from hotline.doctor.lines import Grade, Line
from hotline.web.checks import CHECKS
from hotline.web.prometheus import all_metrics, of_day
from hotline.web.service import Service

PROMTOOL, SYSTEMD = shutil.which("promtool") or "", shutil.which("systemd-analyze") or ""

DEPLOY = Path(__file__).parent.parent / "deploy"
ALERTS = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD = (DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8")

SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def measured(settings: Settings) -> set[str]:
    """Return the names of all metrics, including those omitted while zero."""
    page = "".join((*all_metrics(Service(settings)), *of_day(Counter(), 1)))
    named = set(re.findall(r"^# TYPE (\w+) ", page, re.MULTILINE))
    return named | {
        "hotline_webhooks_last_hour",
        "hotline_webhook_age_seconds",
        "hotline_process_age_seconds",
    }


@pytest.mark.parametrize("text", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_metric_used_exists(text: str, settings: Settings) -> None:
    used = {SUFFIX.sub("", name) for name in re.findall(r"\bhotline_[a-z_]+", text)}
    assert len(used) > 8
    assert set() == used - measured(settings)


def test_the_dashboard_has_every_metric(settings: Settings) -> None:
    assert {name for name in measured(settings) if name not in DASHBOARD} == set()
    assert json.loads(DASHBOARD)["title"] == "Parent Hotline"


def test_alerts_name_checks_that_there_are() -> None:
    named = re.findall(r'check(?:=~|=|!~)"([a-z|]+)"', ALERTS)
    assert len(named) > 5
    assert {check for each in named for check in each.split("|")} <= set(CHECKS)
    assert 'check!~"' in ALERTS


@pytest.mark.skipif(not PROMTOOL, reason="Prometheus's promtool is not installed")
def test_alerts_go_off_as_they_should() -> None:
    subprocess.run([PROMTOOL, "test", "rules", "alerts_test.yml"], cwd=DEPLOY / "prometheus", check=True)


COMMAND = re.compile(r"python -m hotline (\w+)")
STARTING = [
    "deploy/Dockerfile",
    "deploy/compose.yml",
    "deploy/render/render.yaml",
    "Procfile",
    *(f"deploy/systemd/hotline-{process}.service" for process in ("web", "worker", "clock", "backup")),
]


@pytest.mark.parametrize("file", STARTING)
def test_each_started_program_is_a_command(file: str) -> None:
    text = (DEPLOY.parent / file).read_text(encoding="utf-8").replace('", "', " ")
    commands = COMMAND.findall(text)
    assert commands
    assert [name for name in commands if name not in COMMANDS] == []


@pytest.mark.parametrize("file", ["compose.yml", "render/render.yaml", "Dockerfile"])
def test_every_variable_is_a_setting(file: str) -> None:
    text = (DEPLOY / file).read_text(encoding="utf-8")
    names = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text))
    theirs = {
        "HOTLINE_HOST",
        "HOTLINE_WEB",
        "REDIS_PASSWORD",
        "PYTHON_VERSION",
        "REDISCLI_AUTH",
        "DAC_OVERRIDE",
    }
    ours = {name for name in names - theirs if not name.startswith(("PYTHON", "CMD"))}
    assert ours
    assert ours - known_names() == set()


def test_the_image_takes_no_secret_and_no_tool_of_developers() -> None:
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+) ", image, re.MULTILINE)
    ignored = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)
    assert all((DEPLOY.parent / name).exists() for name in copied)
    assert "\nUSER hotline\n" in image


def test_composes_redis_drops_root_and_its_password_is_in_no_process_list(tmp_path: Path) -> None:
    """The image's entrypoint drops root only for the command redis-server."""
    compose = (DEPLOY / "compose.yml").read_text(encoding="utf-8")
    (script,) = re.findall(r"- sh\n +- -c\n +- \|\n((?: {8}.*\n)+)", compose)
    entrypoint = tmp_path / "docker-entrypoint.sh"
    entrypoint.write_text('#!/bin/sh\necho "$@"\ncat\n', encoding="ascii")
    entrypoint.chmod(0o700)
    done = subprocess.run(
        ["/bin/sh", "-c", textwrap.dedent(script).replace("$$", "$")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "REDIS_PASSWORD": "the password"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    command, config = done.stdout.splitlines()
    assert ["redis-server", "-"] == command.split()[:2]
    assert "requirepass the password" == config


@pytest.mark.skipif(not SYSTEMD, reason="systemd is not installed")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/hotline/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("Documentation=file:/opt", "Documentation=file:/"))
    units = [str(each) for each in tmp_path.iterdir()]
    done = subprocess.run(
        [SYSTEMD, "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "hotline" in line]
    assert [] == ours
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("name", ["HONCHO_PROCESS_NAME", "PS"])
@pytest.mark.parametrize(("value", "stays"), [("release.1", True), ("web.1", False), ("", False)])
def test_a_release_that_honcho_or_foreman_started_does_not_end(
    name: str, value: str, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stop everything when one process ends. A platform waits for the end of its release."""
    paused: list[bool] = []
    monkeypatch.setenv(name, value)
    monkeypatch.setattr("hotline.doctor.examination.examine", lambda *_, **__: iter([Line("redis")]))
    monkeypatch.setattr("hotline.log.silence", lambda: None)
    monkeypatch.setattr("signal.pause", lambda: paused.append(True))
    assert 0 == CliRunner().invoke(doctor, ["--release"]).exit_code
    assert [True] * stays == paused
    assert 0 == CliRunner().invoke(doctor, []).exit_code
    assert [True] * stays == paused, "only a release waits"


def test_a_release_that_fails_ends_also_there(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Line("flows", "broken", Grade.BREAKS)
    monkeypatch.setenv("HONCHO_PROCESS_NAME", "release.1")
    monkeypatch.setattr("hotline.doctor.examination.examine", lambda *_, **__: iter([broken]))
    monkeypatch.setattr("hotline.log.silence", lambda: None)
    assert 1 == CliRunner().invoke(doctor, ["--release"]).exit_code
