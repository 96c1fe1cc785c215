"""`make audit` fails for a known fault alone, and says so when nobody was asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parent.parent / ".ci" / "audit.py"

SKIPPED = {"name": "rq", "skip_reason": "Dependency not found on PyPI and could not be audited: rq (3.0.0)"}
SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
FAULTY = {
    "name": "urllib3",
    "version": "1.0",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"], "aliases": [], "description": "long"},
        {"id": "PYSEC-2", "fix_versions": [], "aliases": [], "description": "long"},
    ],
}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "report",
    [None, {"dependencies": []}, {"dependencies": [SKIPPED, SKIPPED]}],
    ids=["no report", "nothing", "all skipped"],
)
def test_nobody_was_asked(audit: ModuleType, report: dict[str, Any] | None) -> None:
    """Offline is no fault, and is not taken for a clean result either."""
    assert ([audit.NOT_ASKED], 0) == audit.judged(report)


def test_a_known_fault_fails(audit: ModuleType) -> None:
    """With what would mend it."""
    lines, code = audit.judged({"dependencies": [SOUND, FAULTY, SKIPPED]})
    assert 1 == code
    assert [
        "audit: 2 packages were looked up, with 2 known faults",
        "audit: urllib3 1.0: PYSEC-1, mended in 1.1, 2.0",
        "audit: urllib3 1.0: PYSEC-2, mended in no version yet",
        "audit: 1 could not be looked up: rq",
    ] == lines


def test_without_a_fault_it_says_how_many_were_looked_up(audit: ModuleType) -> None:
    """And nothing else."""
    assert (["audit: 1 packages were looked up, with 0 known faults"], 0) == audit.judged(
        {"dependencies": [SOUND]}
    )


def test_it_is_asked_for_one_version(audit: ModuleType) -> None:
    """As everything else that runs here."""
    name, _, version = audit.PIP_AUDIT.partition("==")
    assert ("pip-audit", True) == (name, bool(version))
