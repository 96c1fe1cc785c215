"""Benchmark the hotline's screening against a bare survey and a bare Flask view, and print the ratios.

All take turns on the same server (granian) and Redis, with the same number of processes and threads; the hotline is
started as in production, by `hotline web`. Absolute figures depend on the machine; the ratios are comparable.

    python -m bench.measure [--rounds 5] [--conversations 600] [--connections 16] [--pace 1000,1500] [--before FOLDER]

`--pace` adds runs that offer this many turns per second; `--before` also measures another copy of this project, such as
an earlier version.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from devtools.local.embedded import redis_server
from devtools.local.made_up import complete
from hotline.web.rsgi import THREADS
from tests.running import free_ports

HERE = Path(__file__).resolve().parent
PROCESSES = 2
HOTLINE = "hotline.rsgi:app"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--pace", default="", help="turns per second to offer, separated by commas")
    parser.add_argument("--before", type=Path, help="the folder of another copy of this project to measure")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        url = stack.enter_context(redis_server(folder / "redis"))

        def start(app, home=HERE.parent):
            port, environ = production(folder, url)
            return Served(stack.enter_context(served(app, port, environ, home)), port, environ)

        hotline = start(HOTLINE)
        plays = {"hotline": (hotline, "screening-sms"), "voice": (hotline, "screening-voice")}
        if options.before:
            plays["before"] = (start(HOTLINE, options.before.resolve()), "screening-sms")
        plays["survey"] = (start("survey_ref:app"), "survey6-sms")
        plays["Flask"] = (start("bare_flask:app"), "constant-sms")
        rows = []
        for number in range(options.rounds + 1):
            row = {name: play(dialog, of, options) for name, (of, dialog) in plays.items()}
            if number:  # the first round is a warm-up
                rows.append(row)
                figures = "; ".join(
                    f"{name} {each['turns_s']:.0f} turns/s, {each['server_us']:.0f} us of CPU, p99 {each['p99_ms']:.0f} ms"
                    for name, each in row.items()
                )
                print(
                    f"round {number}: {figures}; other programs use {row['hotline']['other_cores']:.1f} cores",
                    flush=True,
                )
        for name in plays:
            if name != "hotline":
                print(f"hotline relative to {name}: {compared(rows, name)}")
        for rate in filter(None, options.pace.split(",")):
            paced = [play("screening-sms", hotline, options, rate) for _ in range(3)]
            middle = sorted(paced, key=lambda each: each["p99_ms"])[1]
            print(
                f"offered {rate} turns/s: {middle['turns_s']:.0f}, p50 {middle['p50_ms']:.1f} ms, p99 {middle['p99_ms']:.1f}"
            )


def production(folder, url):
    """Return a free port, and the environment for a production-like service on it, with this Redis."""
    (port,) = free_ports(1)
    environ = {
        **complete({**os.environ, "PORT": str(port)}, folder),
        "REDIS_URL": url,
        "PORT": str(port),
        "WEB_PROCESSES": str(PROCESSES),
        "LOG_LEVEL": "info",
    }
    del environ["CLOCK_FILE"]  # production has no clock file
    return port, environ


def compared(rows, name, of="hotline"):
    """Return the median ratios of `of` to `name`: of turns per second, and of the server's CPU time per turn."""
    speed = statistics.median(row[of]["turns_s"] / row[name]["turns_s"] for row in rows)
    cpu = statistics.median(row[name]["server_us"] / row[of]["server_us"] for row in rows)
    return f"{speed:.2f} times its turns/s; {1 / cpu:.2f} times its CPU time per turn"


@dataclass
class Served:
    """A running server: its process id, its port, and its environment."""

    pid: int
    port: int
    environ: dict


@contextmanager
def served(app, port, environ, home):
    """Run the hotline with `hotline web`, or a bare WSGI app under granian with the same number of threads.

    Yields the process id, and stops the process afterward.
    """
    if app == HOTLINE:
        command = [sys.executable, "-m", "hotline", "web"]
    else:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--blocking-threads", str(THREADS)]
        command += ["--workers", str(PROCESSES), "--no-ws", app]
    path = os.pathsep.join([str(HERE / "baseline"), str(home)])
    process = subprocess.Popen(
        command,
        cwd=home,
        env={**environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def play(dialog, of, options, rate="0"):
    """Play one round of conversations and return the figures.

    Raises SystemExit if a conversation fails.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.drive", str(HERE / "dialogs" / f"{dialog}.json")),
            *("--base", f"http://127.0.0.1:{of.port}", "--token", of.environ["TWILIO_AUTH_TOKEN"]),
            *("-n", str(options.conversations), "-c", str(options.connections), "--pid", str(of.pid)),
            *("--rate", rate),
        ],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["convs_bad"]:
        raise SystemExit(f"{dialog}: conversations failed: {figures['bad']}")
    return figures


if __name__ == "__main__":
    main()
