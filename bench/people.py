"""Measure how the time of a turn depends on the number of people in the store.

Each size has its own Redis and hotline, so that all sizes take turns in each round. A few dozen people are real, with a
screening and waiting reminders; the others are copies of their keys, made within Redis.

    python -m bench.people [--people 1000,100000,1000000] [--rounds 5] [--conversations 300]

A million people take six gigabytes of memory, and a few minutes to create.
"""

import argparse
import secrets
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.measure import HOTLINE, Served, compared, play, production, served
from devtools.local.embedded import redis_server
from hotline.config.settings import Settings
from hotline.log import configure
from hotline.store.connection import connect, patient
from hotline.store.keys import WHO_LENGTH, Keys
from hotline.web.app import create_app
from tests.web.stored_memory import CONSENT, SCREENING
from tests.web.twilio_forms import Caller

ROOT = Path(__file__).resolve().parent.parent
REAL = 32
AT_ONCE = 2000
"""Maximum people to copy in one pipeline."""


def main():
    """Print the turns per second and the latency for each number of people, and the ratios to the smallest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", default="1000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--conversations", type=int, default=300)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    sizes = [int(size) for size in options.people.split(",")]
    with ExitStack() as stack:
        hotlines = {size: start(stack, size) for size in sizes}
        rows = []
        for number in range(options.rounds + 1):
            row = {size: play("screening-sms", hotline, options) for size, hotline in hotlines.items()}
            if number:  # the first round is a warm-up
                rows.append(row)
        for size in sizes:
            speed, p50 = (
                statistics.median(row[size][name] for row in rows) for name in ("turns_s", "p50_ms")
            )
            print(
                f"{size} people: {speed:.0f} turns/s, p50 {p50:.1f} ms; relative to {sizes[0]}: {compared(rows, sizes[0], size)}",
                flush=True,
            )


def start(stack, size):
    """Start a hotline whose store has this many people."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-people-")))
    url = stack.enter_context(redis_server(folder / "redis"))
    port, environ = production(folder, url)
    fill(environ, size)
    return Served(stack.enter_context(served(HOTLINE, port, environ, ROOT)), port, environ)


def fill(environ, size):
    """Fill the store: play a few real people, and copy their keys until there are `size` people."""
    settings = Settings.read({**environ, "LOG_LEVEL": "error"})
    configure(settings.log_level, "web", settings.log_format)
    with connect(settings.redis_url) as redis:
        app = create_app(settings)
        for number in range(REAL):
            caller = Caller(app.test_client(), settings, number=f"+1202{5_550_000 + number}")
            for text in SCREENING + CONSENT:
                assert caller.text(text).status_code == 200
        whos = [str(key).rpartition(":")[2] for key in redis.scan_iter("{*}:person:*")]
        real = [(Keys(who), redis.zrange(Keys(who).due, 0, -1, withscores=True)) for who in whos]
        client, left = patient(redis, 60), size - len(whos)
        while left > 0:
            with client.pipeline(transaction=False) as pipe:
                for _ in range(min(left, AT_ONCE)):
                    keys, due = real[left % len(real)]
                    copy(pipe, keys, due, Keys(secrets.token_hex(WHO_LENGTH // 2)))
                    left -= 1
                pipe.execute()
        print(f"{size} people in {redis.info('memory')['used_memory_human']} of Redis", flush=True)


def copy(pipe, keys, due, other):
    """Copy the keys of one person, and their entries in the due set, to another person."""
    for name in ("session", "answers", "person", "followups", "tail"):
        pipe.copy(getattr(keys, name), getattr(other, name))
    mine = {id.replace(keys.who, other.who): at for id, at in due if id.startswith(keys.who)}
    if mine:
        pipe.zadd(other.due, mine)


if __name__ == "__main__":
    main()
