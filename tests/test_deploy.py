"""What stands in deploy/ fits the service: what a dashboard shows is measured, what a unit starts is a command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from hotline.config.settings import Settings
from hotline.web.day_metrics import of
from hotline.web.exposition import written
from hotline.web.health import CHECKS
from hotline.web.prometheus import all_metrics
from hotline.web.service import open_service

DEPLOY = Path(__file__).parent.parent / "deploy"
ALERTS = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD = (DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8")

SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def measured(settings: Settings) -> set[str]:
    """The names of all that is measured; those that are left out where nothing happened stand beside them."""
    page = written((*all_metrics(open_service(settings)), *of(Counter(), 1)))
    named = set(re.findall(r"^# TYPE (\w+) ", page, re.MULTILINE))
    return named | {
        "hotline_webhooks_last_hour",
        "hotline_webhook_age_seconds",
        "hotline_process_age_seconds",
    }


@pytest.mark.parametrize("text", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_what_is_looked_at_is_measured(text: str, settings: Settings) -> None:
    """A name that is misspelt is never an alarm."""
    used = {SUFFIX.sub("", name) for name in re.findall(r"\bhotline_[a-z_]+", text)}
    assert len(used) > 8
    assert set() == used - measured(settings)


def test_the_dashboard_shows_everything_that_is_measured(settings: Settings) -> None:
    """What nobody looks at need not be counted."""
    assert {name for name in measured(settings) if name not in DASHBOARD} == set()
    assert json.loads(DASHBOARD)["title"] == "Parent Hotline"


def test_alerts_name_checks_that_there_are() -> None:
    """And the last rule is for all the others."""
    named = re.findall(r'check(?:=~|=|!~)"([a-z|]+)"', ALERTS)
    assert len(named) > 5
    assert {check for each in named for check in each.split("|")} <= set(CHECKS)
    assert 'check!~"' in ALERTS


@pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus's promtool is not installed")
def test_alerts_go_off_as_they_should() -> None:
    """By Prometheus itself."""
    subprocess.run(["promtool", "test", "rules", "alerts_test.yml"], cwd=DEPLOY / "prometheus", check=True)  # noqa: S607
