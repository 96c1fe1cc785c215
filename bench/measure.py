"""Benchmark of the hotline's screening against a bare survey and a bare Flask view; prints the ratios.

All run in turn on the same server (granian) and Redis, with the same number of processes and threads. Absolute figures
depend on the machine; the ratio is comparable.

    python bench/measure.py [--rounds 5] [--conversations 600] [--connections 16]
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
from pathlib import Path

from hotline.web.rsgi import THREADS
from devtools.local.embedded import redis_server
from devtools.local.made_up import complete

HERE = Path(__file__).resolve().parent
PROCESSES = 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        url = stack.enter_context(redis_server(folder / "redis"))
        ours, floor, flask = free_port(), free_port(), free_port()
        environ = {
            **complete({**os.environ, "PORT": str(ours)}, folder),
            "REDIS_URL": url,
            "PORT": str(ours),
            "LOG_LEVEL": "info",
        }
        del environ["CLOCK_FILE"]  # production has no clock file
        hotline = stack.enter_context(served("hotline.rsgi:app", ours, environ))
        survey = stack.enter_context(served("survey_ref:app", floor, environ))
        bare = stack.enter_context(served("bare_flask:app", flask, environ))
        rows = []
        for number in range(options.rounds + 1):
            a = play("screening-sms", ours, hotline, environ, options)
            b = play("survey6-sms", floor, survey, environ, options)
            c = play("constant-sms", flask, bare, environ, options)
            if number:  # the first round is a warm-up
                rows.append((a, b, c))
                print(
                    f"round {number}: turns/s {a['turns_s']:.0f}, survey {b['turns_s']:.0f}, Flask {c['turns_s']:.0f}; "
                    f"{a['server_us']:.0f} us of CPU a turn, survey {b['server_us']:.0f}, Flask {c['server_us']:.0f}; "
                    f"p99 {a['p99_ms']:.0f} ms; others take {a['other_cores']:.1f} cores",
                    flush=True,
                )
    for name, of in (("the bare survey", 1), ("bare Flask", 2)):
        ratio = statistics.median(row[0]["turns_s"] / row[of]["turns_s"] for row in rows)
        cpu = statistics.median(row[of]["server_us"] / row[0]["server_us"] for row in rows)
        print(f"median ratio {ratio:.2f} of {name}'s turns/s; by CPU time of the servers {cpu:.2f}")


@contextmanager
def served(app, port, environ):
    """Run the app under granian, as `hotline web` does, or a bare WSGI app with as many threads.

    Yields the process id, and stops the process afterward.
    """
    ours = app == "hotline.rsgi:app"
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "rsgi" if ours else "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += [] if ours else ["--blocking-threads", str(THREADS)]
    command += ["--workers", str(PROCESSES), "--no-ws", app]
    path = os.pathsep.join([str(HERE / "baseline"), str(HERE.parent)])
    process = subprocess.Popen(
        command, env={**environ, "PYTHONPATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def play(dialog, port, pid, environ, options):
    """Play one round of conversations and return the figures.

    Raises SystemExit if a conversation goes wrong.
    """
    done = subprocess.run(
        [
            *(sys.executable, str(HERE / "drive.py"), str(HERE / "dialogs" / f"{dialog}.json")),
            *("--base", f"http://127.0.0.1:{port}", "--token", environ["TWILIO_AUTH_TOKEN"]),
            *("-n", str(options.conversations), "-c", str(options.connections), "--pid", str(pid)),
        ],
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    if figures["convs_bad"]:
        raise SystemExit(f"{dialog}: conversations went wrong: {figures['bad']}")
    return figures


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


if __name__ == "__main__":
    main()
