"""What goes wrong, at random and by dice of its own: kills, faults of the carrier, jobs that come twice.

Rule 1: the kills hit what is at work: a worker's process is killed while it is at a job.
Rule 2: between `blow` and `calm` something happens all the time; after `calm` nothing new does.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError

from devtools.twilio_sim.phone import Control
from tests.chaos.town import REDIS, Town
from workers.queue import enqueue

TICK_SECONDS = 0.02
JOB_WAIT_SECONDS = 0.6
"""How long a kill waits for a worker to be at a job."""

STALL_EVERY = 2.5
STALLED = (0.3, 3.0, 0.8)
"""How long Redis stands still at a time, at least, at most and mostly: about what a client waits for, and much longer. So
often that some stalls fall between a turn's load and its commit."""

KILLS = {
    "redis": 3,
    "web": 3,
    "web process": 2,
    "worker": 2,
    "worker alone": 3,
    "job": 6,
    "clock": 2,
}
"""What is killed, and how often beside the others: a program with all it started, a worker but not its job, a
job but not its worker, one process of a web server. Redis comes first, then one of each, so that a short storm has them all."""


@dataclass(slots=True)
class Storm:
    """Blows over a town, in a thread of its own."""

    town: Town
    control: Control
    queue: Queue
    dice: Random
    kill_every: float
    doubled: int = 0
    _blowing: threading.Event = field(default_factory=threading.Event)
    _over: threading.Event = field(default_factory=threading.Event)
    _still: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread = field(init=False)
    _next: dict[str, float] = field(default_factory=dict)
    _first: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._first = [*self.dice.sample([what for what in KILLS if what != REDIS], len(KILLS) - 1), REDIS]
        self._thread = threading.Thread(target=self._run, name="storm", daemon=True)
        self._thread.start()

    def blow(self) -> None:
        """From now on things go wrong."""
        self.control.post("luck", bad=True)
        self._blowing.set()

    def calm(self) -> None:
        """From now on nothing new does. Returns when the last has happened."""
        self._blowing.clear()
        with self._still:
            self.control.post("luck", bad=False)

    def end(self) -> None:
        """For good."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(TICK_SECONDS):
            with self._still:
                if self._blowing.is_set():
                    self._gust()

    def _gust(self) -> None:
        if self._due("kill", self.kill_every):
            self._kill()
        if self._due("stall", STALL_EVERY):
            self.town.stall(self.dice.triangular(*STALLED))
        if self._due("double", 0.25):
            self._double()

    def _due(self, what: str, every: float) -> bool:
        """Whether it is time again: after `every` seconds on the average."""
        now = time.monotonic()
        if now < self._next.setdefault(what, now + self.dice.uniform(0.3, 1) * every):
            return False
        self._next[what] = now + self.dice.uniform(0.5, 1.5) * every
        return True

    def _kill(self) -> None:
        what = self._first.pop() if self._first else self.dice.choices(list(KILLS), list(KILLS.values()))[0]
        kind = {"web process": "web", "worker alone": "worker", "job": "worker"}.get(what, what)
        running = self.town.names(kind)
        if not running:
            return
        name = self._at_work(running) if kind == "worker" else self.dice.choice(running)
        if what in ("web process", "job"):
            self.town.kill_child(name, what)
        elif what == "worker alone":
            self.town.kill_alone(name)
        else:
            self.town.kill(REDIS if what == "redis" else name)

    def _at_work(self, workers: list[str]) -> str:
        """A worker that is at a job; if none is for a while, any."""
        end = time.monotonic() + JOB_WAIT_SECONDS
        while time.monotonic() < end:
            if busy := [name for name in workers if self.town.workhorses(name)]:
                time.sleep(self.dice.uniform(0, 0.03))
                return self.dice.choice(busy)
            time.sleep(0.002)
        return self.dice.choice(workers)

    def _double(self) -> None:
        """A job comes twice, as RQ may have it after a crash."""
        with suppress(RedisError, NoSuchJobError):
            ids = self.queue.get_job_ids(0, 5)
            job = self.queue.fetch_job(self.dice.choice(ids)) if ids else None
            if job is not None and job.func_name:
                enqueue(self.queue, job.func_name, *job.args)
                self.doubled += 1
