"""The safeguards that sabotage removes exist in the service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.sabotage import BREAKS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", BREAKS)
def test_each_safeguard_stands_where_it_is_broken(name: str) -> None:
    """Check that each removed part occurs exactly once; otherwise the sabotage has no effect."""
    for one in BREAKS[name]:
        assert 1 == one.whole.count(one.words)


def test_the_broken_service_is_the_service() -> None:
    """Check that the sabotaged service has the same commands."""
    command = [sys.executable, "-m", "tests.chaos.sabotage", "commit", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "worker" in done.stdout


def test_only_what_is_known_can_be_broken() -> None:
    """Check that a misspelled BREAK is an error, not a run of the intact service."""
    command = [sys.executable, "-m", "tests.chaos"]
    done = subprocess.run(
        command, cwd=ROOT, env={"BREAK": "comit"}, capture_output=True, text=True, check=False
    )
    assert (2, f"BREAK is 'comit'; it must be one of {', '.join(BREAKS)}\n") == (
        done.returncode,
        done.stderr,
    )
