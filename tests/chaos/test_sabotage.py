"""The safeguards that sabotage removes exist in the service."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.sabotage import BREAKS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", BREAKS)
def test_each_safeguard_exists(name: str) -> None:
    for one in BREAKS[name]:
        whole = one.whole()
        assert not one.words or 1 == whole.count(one.words)


def test_the_sabotaged_service_has_the_same_commands() -> None:
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
def test_an_impossible_break_is_refused(broken: str, message: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos"]
    environ = {"BREAK": broken, "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (2, f"{message}\n") == (done.returncode, done.stderr)
    assert [] == list(tmp_path.iterdir())
