"""Measure how soon each process is ready and what memory it takes, and whether either grows while parents write.

Memory is Pss: what several processes share counts for each in part.

    python bench/processes.py [--minutes 10] [--pace 200]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import requests

from bench.measure import PROCESSES, Served, free_port, play
from devtools.local.embedded import redis_server
from devtools.local.made_up import complete
from devtools.local.processes import die_with_parent
from hotline.store.connection import connect
from hotline.store.heartbeat import last_beat
from tests.end_to_end.test_processes import cpu_seconds, family, memory_kb

ROOT = Path(__file__).resolve().parent.parent
MB = 1024


def main():
    """Print the start-up of each process, and their memory during the soak."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=10)
    parser.add_argument("--pace", default="200", help="turns a second during the soak")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-processes-")))
        url = stack.enter_context(redis_server(folder / "redis"))
        port = free_port()
        environ = {
            **complete({**os.environ, "PORT": str(port)}, folder),
            "REDIS_URL": url,
            "PORT": str(port),
            "WEB_PROCESSES": str(PROCESSES),
            "LOG_LEVEL": "info",
        }
        del environ["CLOCK_FILE"]  # production has no clock file
        redis = stack.enter_context(connect(url))
        web = stack.enter_context(started("web", environ, lambda: answers(port)))
        for name in ("worker", "clock"):
            stack.enter_context(started(name, environ, lambda name=name: last_beat(redis, name) is not None))
        hotline = Served(web.pid, port, environ)
        soak(hotline, redis, options)


@contextmanager
def started(name, environ, ready):
    """Start a process, and print how long it took until it was ready."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "hotline", name],
        env={**environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(),
    )
    try:
        while not ready():
            time.sleep(0.01)
        took = time.monotonic() - began
        pids = family(process.pid)
        print(
            f"{name}: ready after {took:.2f} s, {sum(map(cpu_seconds, pids)):.2f} s of processor time; "
            f"{', '.join(f'{memory_kb(pid) / MB:.0f} MB' for pid in pids)}",
            flush=True,
        )
        yield process
    finally:
        process.terminate()
        process.wait(20)


def answers(port):
    """Check whether the web answers."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def soak(hotline, redis, options):
    """Play conversations at a pace, and print the memory after each minute."""
    turns = 9  # of a conversation of this dialog
    play_options = SimpleNamespace(conversations=int(options.pace) * 60 // turns, connections=16)
    for minute in range(1, options.minutes + 1):
        figures = play("screening-sms", hotline, play_options, options.pace)
        used = [memory_kb(pid) / MB for pid in family(hotline.pid)]
        print(
            f"minute {minute}: {figures['turns_s']:.0f} turns/s, p99 {figures['p99_ms']:.1f} ms; web "
            f"{', '.join(f'{each:.1f}' for each in used)} MB; Redis {redis.info('memory')['used_memory'] / MB / MB:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
