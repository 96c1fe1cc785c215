"""`make audit` fails only for a known vulnerability, and says so if nothing was checked."""

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
def test_nothing_was_checked(audit: ModuleType, report: dict[str, Any] | None) -> None:
    """Being offline is neither a failure nor a clean result."""
    assert ([audit.NOT_ASKED], 0) == audit.judged(report)


def test_a_known_vulnerability_fails(audit: ModuleType) -> None:
    lines, code = audit.judged({"dependencies": [SOUND, FAULTY, SKIPPED]})
    assert 1 == code
    assert [
        "audit: 2 packages checked, 2 known vulnerabilities",
        "audit: urllib3 1.0: PYSEC-1, fixed in 1.1, 2.0",
        "audit: urllib3 1.0: PYSEC-2, fixed in no version yet",
        "audit: 1 could not be checked: rq",
    ] == lines


def test_without_a_vulnerability_it_says_how_many_were_checked(audit: ModuleType) -> None:
    assert (["audit: 1 packages checked, 0 known vulnerabilities"], 0) == audit.judged(
        {"dependencies": [SOUND]}
    )


def test_pip_audit_has_one_version(audit: ModuleType) -> None:
    name, _, version = audit.PIP_AUDIT.partition("==")
    assert ("pip-audit", True) == (name, bool(version))
