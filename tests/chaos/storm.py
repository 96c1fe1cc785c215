"""Random failures from their own random generator: kills, carrier faults, Redis stalls, and duplicate jobs.

Rule 1: kills hit busy processes: a worker is killed while it runs a job.
Rule 2: failures happen continuously between `blow` and `calm`; after `calm` no new ones do.
"""

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
"""How long a kill waits for a worker to run a job."""

STALL_EVERY = 2.5
STALLED = (0.3, 3.0, 0.8)
"""Minimum, maximum and most likely duration of a Redis stall: from about a client's timeout to much longer.

They are frequent enough that some fall between a turn's load and its commit.
"""

KILLS = {"redis": 3, "web": 3, "web process": 2, "worker": 2, "worker alone": 3, "job": 6, "clock": 2}
"""What is killed -> its weight.

A program with its children, a worker without its job, a job without its worker, or one process of a web server. Redis
is killed first, then one of each, so that a short storm has them all.
"""


@dataclass(slots=True)
class Storm:
    """Causes failures in a town, in its own thread."""

    town: Town
    control: Control
    queue: Queue
    dice: Random
    kill_every: float
    crowd: int
    """Texts that come to the carrier at once. A STOP that was missed before them is at the end of a long list."""
    doubled: int = 0
    crowded: bool = False
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
        self.control.post("luck", bad=True)
        self.control.post("late")
        self._blowing.set()

    def calm(self) -> None:
        """Stop causing failures, and return after the last one."""
        self._blowing.clear()
        with self._still:
            self.control.post("luck", bad=False)

    def end(self) -> None:
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
        if not self.crowded and self.town.kills:
            self.crowded = True
            self.control.post("crowd", count=self.crowd)

    def _due(self, what: str, every: float) -> bool:
        """Check whether a failure is due, which is about every `every` seconds."""
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
        """Return a worker that runs a job; if none does for JOB_WAIT_SECONDS, any."""
        end = time.monotonic() + JOB_WAIT_SECONDS
        while time.monotonic() < end:
            if busy := [name for name in workers if self.town.workhorses(name)]:
                time.sleep(self.dice.uniform(0, 0.03))
                return self.dice.choice(busy)
            time.sleep(0.002)
        return self.dice.choice(workers)

    def _double(self) -> None:
        """Enqueue a waiting job a second time, as RQ may do after a crash."""
        with suppress(RedisError, NoSuchJobError):
            ids = self.queue.get_job_ids(0, 5)
            job = self.queue.fetch_job(self.dice.choice(ids)) if ids else None
            if job is not None and job.func_name:
                enqueue(self.queue, job.func_name, *job.args)
                self.doubled += 1
