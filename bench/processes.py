"""Measure how soon each process is ready, how much memory it uses, and whether that grows while parents text.

Memory is PSS: each process is charged its share of memory that several of them share.

    python -m bench.processes [--minutes 10] [--pace 200]
"""

import argparse
import json
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

from bench.measure import HERE, Served, play, production
from devtools.local.embedded import redis_server
from devtools.local.run import is_up
from hotline.store.connection import connect
from hotline.store.heartbeat import last_beat
from tests.proc import cpu_seconds, family, memory_kb
from tests.running import START_SECONDS, program

DIALOG = "screening-sms"
MB = 1024


def main():
    """Print the startup time of each process, and the memory of the web processes and Redis during the soak test."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--pace", default="200", help="turns per second during the soak test")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-processes-")))
        url = stack.enter_context(redis_server(folder / "redis"))
        port, environ = production(folder, url)
        redis = stack.enter_context(connect(url))
        web = stack.enter_context(started("web", environ, lambda: is_up(port)))
        for name in ("worker", "clock"):
            stack.enter_context(started(name, environ, lambda name=name: last_beat(redis, name) is not None))
        hotline = Served(web.pid, port, environ)
        soak(hotline, redis, options)


@contextmanager
def started(name, environ, ready):
    """Start a process, and print how long it took to be ready. Yields the process."""
    began = time.monotonic()
    with program(name, environ) as process:
        while not ready():
            if process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise SystemExit(f"{name} did not start")
            time.sleep(0.01)
        took = time.monotonic() - began
        pids = family(process.pid)
        print(
            f"{name}: ready after {took:.2f} s, {sum(map(cpu_seconds, pids)):.2f} s of CPU time; "
            f"{', '.join(f'{memory_kb(pid) / MB:.0f} MB' for pid in pids)}",
            flush=True,
        )
        yield process


def soak(hotline, redis, options):
    """Play conversations at the given pace, and print the memory after each minute."""
    turns = len(json.loads((HERE / "dialogs" / f"{DIALOG}.json").read_text())["turns"])
    play_options = SimpleNamespace(conversations=int(options.pace) * 60 // turns, connections=16)
    for minute in range(1, options.minutes + 1):
        figures = play(DIALOG, hotline, play_options, options.pace)
        used = [memory_kb(pid) / MB for pid in family(hotline.pid)]
        print(
            f"minute {minute}: {figures['turns_s']:.0f} turns/s, p99 {figures['p99_ms']:.1f} ms; web "
            f"{', '.join(f'{each:.1f}' for each in used)} MB; Redis {redis.info('memory')['used_memory'] / MB / MB:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
