"""`make fuzz`: send REQUESTS (10,000) requests of all kinds, with random seed SEED, and print counts.

Exit code 1 if a response is wrong or too little was tried.
"""

import os
import sys
from pathlib import Path
from random import SystemRandom

import pytest

REQUESTS = 10_000
FOLDER = Path(__file__).parent


def main() -> int:
    """Run the tests, print the counts of requests, and return the exit code."""
    requests = os.environ["REQUESTS"] = os.environ.get("REQUESTS") or str(REQUESTS)
    seed = os.environ.get("SEED") or str(SystemRandom().randrange(10**6))
    print(f"The same again with: make fuzz REQUESTS={requests} SEED={seed}", flush=True)
    failed = pytest.main([str(FOLDER), "--quiet", "--show-capture=no", f"--hypothesis-seed={seed}"])

    from tests.web.fuzz.addresses import ADDRESSES  # imported late, because they read REQUESTS
    from tests.web.fuzz.tally import TALLY

    print(f"\n{TALLY.table()}\n")
    short = TALLY.too_little(int(requests), ADDRESSES)
    print("; ".join(["Too little was tried", *short]) if short else f"{TALLY.requests} requests, SEED={seed}")
    return 1 if failed or short else 0


if __name__ == "__main__":
    sys.exit(main())
