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
    """Check that each replaced part exists, and its words exactly once; otherwise the sabotage has no effect."""
    for one in BREAKS[name]:
        whole = one.whole()
        assert not one.words or 1 == whole.count(one.words)


def test_the_broken_service_is_the_service() -> None:
    """Check that the sabotaged service has the same commands."""
    command = [sys.executable, "-m", "tests.chaos.sabotage", "commit", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "worker" in done.stdout


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("comit", f"BREAK is 'comit'; it must be one of {', '.join(BREAKS)}"),
        ("replica", "BREAK=replica needs ON=sentinel or ON=cluster: only then a replica takes over"),
    ],
)
def test_only_what_can_be_broken_is_broken(broken: str, message: str, tmp_path: Path) -> None:
    """Check that an impossible BREAK is an error, not a run of the intact service, and leaves nothing behind."""
    command = [sys.executable, "-m", "tests.chaos"]
    environ = {"BREAK": broken, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (2, f"{message}\n") == (done.returncode, done.stderr)
    assert [] == list(tmp_path.iterdir())
