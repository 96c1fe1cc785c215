"""`make chaos`: run a chaos test for SECONDS (300) with the random seed SEED, and print the findings.

The same seed gives the same parents and failures, but the order of events varies. A slow machine runs until enough was
tried, up to twice as long. Exit code 1 if a promise is broken or too little was tried; then the folder with Redis's
data and the logs is not deleted, and its path is printed. Exit code 2 if BREAK or ON is invalid. ON is sentinel or
cluster: then everything but the queue is there, and primaries are killed, of which replicas take over. BREAK removes a safeguard
from the service first (`sabotage`), and then faults must be found.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

from tests.chaos.findings import Findings
from tests.chaos.programs import SECONDS, least
from tests.chaos.run import STORES, run_chaos
from tests.chaos.sabotage import BREAKS, NEEDS_STORE


def main() -> int:
    """Run the chaos test, print the findings, and return the exit code."""
    seconds = float(os.environ.get("SECONDS") or SECONDS)
    seed = int(os.environ.get("SEED") or SystemRandom().randrange(10**6))
    broken = os.environ.get("BREAK", "")
    if broken and broken not in BREAKS:
        print(f"BREAK is {broken!r}; it must be one of {', '.join(BREAKS)}", file=sys.stderr)
        return 2
    on = os.environ.get("ON", "")
    if on and on not in STORES:
        print(f"ON is {on!r}; it must be one of {', '.join(STORES)}", file=sys.stderr)
        return 2
    if broken in NEEDS_STORE and not on:
        print(
            f"BREAK={broken} needs ON={' or ON='.join(STORES)}: only then a replica takes over",
            file=sys.stderr,
        )
        return 2
    folder = Path(tempfile.mkdtemp(prefix="hotline-chaos-"))
    began = time.monotonic()
    print(
        f"Chaos for about {seconds:g} s; the same again with: make chaos SECONDS={seconds:g} SEED={seed}{' ON=' * bool(on)}{on}"
    )
    findings = run_chaos(seconds, seed, folder, lambda line: print(f"  {line}", flush=True), broken, on)
    print(f"\n{findings.table()}\n")
    short = too_little(findings, seconds)
    print(f"{len(findings.faults)} faults in {time.monotonic() - began:.0f} s, SEED={seed}{short}")
    if findings.faults or short:
        print(f"The data and the logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def too_little(findings: Findings, seconds: float) -> str:
    """Return a message about what was tried too rarely; "" if everything was tried enough."""
    few = [
        f"{findings.figures[name]} {name}, not {most}"
        for name, most in least(seconds).items()
        if findings.figures[name] < most
    ]
    return f"; too little was tried: {', '.join(few)}" if few else ""


if __name__ == "__main__":
    sys.exit(main())
