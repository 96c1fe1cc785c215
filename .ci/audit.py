"""Check constraints.txt for known vulnerabilities: `make audit`.

Rule 1: pip-audit is installed in a folder of its own, so it changes nothing that is tested or served.
Rule 2: Exit with 1 for a known vulnerability and for nothing else. If the advisory database cannot be reached, say so:
        pip-audit itself skips what it cannot look up, and then says "No known vulnerabilities found".
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv" / "audit"
PIP_AUDIT = "pip-audit==2.10.1"
BOUND_SECONDS = 300

NOT_ASKED = "audit: the advisory database cannot be reached: NOTHING was checked"


def judged(report: dict[str, Any] | None) -> tuple[list[str], int]:
    """Return the lines to print for a report of pip-audit, and the exit code. None means there is no report."""
    packages = report["dependencies"] if report else []
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    checked = [each for each in packages if "skip_reason" not in each]
    if not checked:
        return [NOT_ASKED], 0
    faults = [
        f"audit: {each['name']} {each['version']}: {fault['id']}, fixed in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for each in checked
        for fault in each["vulns"]
    ]
    lines = [f"audit: {len(checked)} packages checked, {len(faults)} known vulnerabilities", *faults]
    if skipped:
        lines.append(f"audit: {len(skipped)} could not be checked: {', '.join(skipped)}")
    return lines, 1 if faults else 0


def _report() -> dict[str, Any] | None:
    """Return the report of pip-audit, or None if it cannot be installed or reaches no database."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", PIP_AUDIT)
    if subprocess.run(pip, stderr=subprocess.DEVNULL, check=False).returncode:
        return None
    audit = (python, "-m", "pip_audit", "--requirement", ROOT / "constraints.txt", "--require-hashes")
    options = ("--disable-pip", "--progress-spinner", "off", "--format", "json")
    try:
        done = subprocess.run((*audit, *options), capture_output=True, timeout=BOUND_SECONDS, check=False)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


if __name__ == "__main__":
    lines, code = judged(_report())
    print("\n".join(lines))
    sys.exit(code)
