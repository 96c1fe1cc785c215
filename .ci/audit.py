"""Looks whether anything in constraints.txt has a fault that is known: `make audit`.

Rule 1: pip-audit lives in a folder of its own, so it changes nothing that is tested or served.
Rule 2: exit code 1 for a known fault, and for nothing else. Where the advisories cannot be reached this says so:
        pip-audit itself skips what it cannot look up, and then says "No known vulnerabilities found".
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv" / "audit"
PIP_AUDIT = "pip-audit==2.10.1"
BOUND_SECONDS = 300

NOT_ASKED = "audit: the advisories cannot be reached from here: NOTHING was looked up"


def judged(report: dict[str, Any] | None) -> tuple[list[str], int]:
    """Return the lines that say what a report of pip-audit finds, and the exit code. None is no report."""
    packages = report["dependencies"] if report else []
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    looked_up = [each for each in packages if "skip_reason" not in each]
    if not looked_up:
        return [NOT_ASKED], 0
    faults = [
        f"audit: {each['name']} {each['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for each in looked_up
        for fault in each["vulns"]
    ]
    lines = [f"audit: {len(looked_up)} packages were looked up, with {len(faults)} known faults", *faults]
    if skipped:
        lines.append(f"audit: {len(skipped)} could not be looked up: {', '.join(skipped)}")
    return lines, 1 if faults else 0


def _report() -> dict[str, Any] | None:
    """Return the report of pip-audit, or None when it cannot be installed or reaches no advisories."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", PIP_AUDIT)
    if subprocess.run(pip, stderr=subprocess.DEVNULL, check=False).returncode:
        return None
    with tempfile.NamedTemporaryFile() as written:
        audit = (python, "-m", "pip_audit", "--requirement", ROOT / "constraints.txt", "--require-hashes")
        how = ("--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", written.name)
        try:
            subprocess.run((*audit, *how), stderr=subprocess.DEVNULL, timeout=BOUND_SECONDS, check=False)
            report: dict[str, Any] = json.loads(written.read())
        except (subprocess.TimeoutExpired, ValueError):
            return None
    return report


if __name__ == "__main__":
    told, code = judged(_report())
    print("\n".join(told))
    sys.exit(code)
