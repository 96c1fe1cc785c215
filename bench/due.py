"""Measure how fast due follow-ups are taken from the due sets when all are due at the same time, as at 9:00 a.m.

python -m bench.due [--records 100000]
"""

import argparse
import secrets
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devtools.local.embedded import redis_server
from hotline.store.connection import connect
from hotline.store.due_set import ROOM
from hotline.store.followups import FollowUps
from hotline.store.keys import Keys


def main():
    """Print how long taking all records took, and the slowest tick of the clock and command of Redis."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    options = parser.parse_args()
    now = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory(prefix="hotline-due-") as folder,
        redis_server(Path(folder) / "r") as url,
    ):
        redis = connect(url)
        plan(redis, options.records, now - timedelta(minutes=1))
        followups, taken, longest = FollowUps(redis), 0, 0.0
        began, cpu = time.perf_counter(), time.process_time()
        while True:
            started = time.perf_counter()
            ids = followups.due.take(now, room=ROOM)
            longest = max(longest, time.perf_counter() - started)
            if not ids:
                break
            taken += len(ids)
        took, spent = time.perf_counter() - began, time.process_time() - cpu
        slowest = max(int(each["duration"]) for each in redis.slowlog_get(128)) if redis.slowlog_len() else 0
    print(
        f"{taken} due records taken in {took:.2f} s ({spent:.2f} s of CPU); longest tick of the clock {longest:.2f} s;"
    )
    print(f"slowest Redis command {slowest / 1000:.1f} ms (0: none above 10 ms)")
    if taken != options.records:
        raise SystemExit(f"{options.records - taken} records were not taken")


def plan(redis, records, due):
    """Write this many ids into the due sets, all due at `due`."""
    sets = defaultdict(dict)
    for _ in range(records):
        who = secrets.token_hex(16)
        sets[Keys(who).due][f"{who}-{secrets.token_hex(6)}"] = due.timestamp()
    for key, ids in sets.items():
        redis.zadd(key, ids)


if __name__ == "__main__":
    main()
