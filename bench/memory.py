"""Measure the bytes in Redis per person: right after a screening, a day later, and for a waiting follow-up.

Plays whole screenings on the app in this process, each from its own number, and adds up MEMORY USAGE of all keys that
grow with the number of people. The figure for a day later is of the keys that do not expire within a day.

    python -m bench.memory [--people 64]
"""

import argparse
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from devtools.local.embedded import redis_server
from devtools.local.made_up import complete
from hotline.config.settings import Settings
from hotline.log import configure
from hotline.store import packing
from hotline.store.connection import connect
from hotline.web.app import create_app
from tests.web.stored_memory import CONSENT, SCREENING, measure


def main():
    """Print the bytes by kind of key, for a screening, and for one followed by a yes to reminders."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=64)
    options = parser.parse_args()
    packing.DEPLOY_LASTS = timedelta()  # behave like a process that has been running for a while
    for texts, called in (((), "a screening"), (CONSENT, "a screening and a yes to reminders")):
        with tempfile.TemporaryDirectory(prefix="hotline-memory-") as folder:
            show(called, play(Path(folder), options.people, SCREENING + texts))


def play(folder, people, texts):
    """Return the memory used after these texts, on a new, empty Redis."""
    with redis_server(folder / "redis") as url:
        environ = {**complete({"PATH": os.environ["PATH"]}, folder), "REDIS_URL": url, "LOG_LEVEL": "error"}
        settings = Settings.read(environ)
        configure(settings.log_level, "web", settings.log_format)
        with connect(url) as redis:
            return measure(create_app(settings), redis, settings, people, texts)


def show(called, used):
    """Print a table of the kinds of keys, with totals."""
    print(f"{called}: bytes per person right after it, and a day later")
    for kind, size in used.at_once.most_common():
        print(f"  {kind:10} {size:6} {used.day_later[kind]:6}")
    print(f"  {'all':10} {used.at_once.total():6} {used.day_later.total():6}")
    if used.waiting:
        print(f"  {used.waiting:.0f} waiting follow-ups of {used.of_a_followup:.0f} bytes each")


if __name__ == "__main__":
    main()
