"""The processes of a chaos run: Redis, carrier, web servers, workers and clocks, restarted when they exit.

Rule 1: only processes started here are killed, by their id: a program, or a child process of it.
Rule 2: a process that exits is restarted after a moment, as a host would; a worker exits by itself without Redis.
Rule 3: all processes die with the thread that started them. So one thread starts everything and lives to the end.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Protocol, Self

from redis import Redis
from redis.exceptions import RedisError

from devtools.local.embedded import Server, answers
from devtools.local.processes import die_with_parent
from hotline.store.connection import connect
from hotline.store.nodes import try_a_write
from tests.chaos.hours import Clock
from tests.many_redis import Running, eventually
from tests.proc import alive, children, command

ROOT = Path(__file__).resolve().parent.parent.parent
REDIS, CARRIER = "redis", "carrier"
STORE = "store"
"""A primary with replicas."""
TRACKER = "resource_tracker"
"""Python's helper process of a multi-process server, which is not worth killing."""
TICK_SECONDS = 0.05
AGAIN_AFTER = (0.1, 0.8)
"""Minimum and maximum seconds until a process is restarted."""


class Store(Protocol):
    """Servers of which others take over: `tests.many_redis.Trio` and `Nodes`."""

    @property
    def url(self) -> str:
        """The address of all of them."""

    def has_replicas(self) -> bool:
        """Check whether a replica follows every primary."""

    def kill_one(self, dice: Random) -> Running:
        """Cut a primary off from its replica, kill it, wait until that has taken over, and return the old one."""


class Stuck(Exception):
    """Raised when the town does not start or does not become idle. The message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: a name such as `worker 2`, its command, and its whole environment."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    inherits: tuple[int, ...] = ()

    @property
    def kind(self) -> str:
        return self.name.split()[0]


@dataclass(slots=True)
class _Kept:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    again_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Outage:
    """The time on the town's clock from a kill of Redis until it responded again, or of a stall.

    `real` is when it began by the machine's clock, as logs have it, if a replica took over. `loses_turns` says whether
    turns that were answered just before may be lost.
    """

    began: datetime
    ended: datetime
    real: datetime | None = None
    loses_turns: bool = True


@dataclass(slots=True)
class Town:
    """A context manager that keeps the programs running. Each logs to a file in `folder`."""

    folder: Path
    clock: Clock
    server: Server
    programs: tuple[Program, ...]
    dice: Random
    store: Store | None = None
    """Where everything but the queue is, if not on the one server: what is killed as Redis then."""
    redis: Redis = field(init=False)
    queue_redis: Redis = field(init=False)
    outages: list[Outage] = field(default_factory=list)
    kills: list[tuple[str, datetime]] = field(default_factory=list)
    stalls: list[Outage] = field(default_factory=list)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _down_since: datetime | None = None
    _orphans: set[int] = field(default_factory=set)
    _fallen: list[Running] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.queue_redis = Redis.from_url(
            self.server.url, decode_responses=True, encoding_errors="surrogateescape", socket_timeout=5
        )
        self.redis = connect(self.store.url) if self.store else self.queue_redis
        first = Program(REDIS, self.server.command, os.environ, inherits=(self.server.lock,))
        self._kept = {one.name: _Kept(one) for one in (first, *self.programs)}
        self._keeper = threading.Thread(target=self._keep, name="keeper")

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._keeper.join()
        self.redis.close()
        self.queue_redis.close()

    def names(self, kind: str) -> list[str]:
        with self._lock:
            return [name for name, one in self._kept.items() if one.program.kind == kind and _runs(one)]

    def all_up(self) -> bool:
        """Check whether every program is running and Redis responds."""
        with self._lock:
            running = all(map(_runs, self._kept.values())) and not self._fallen
        return running and self._down_since is None and answers(self.queue_redis)

    def workhorses(self, name: str | None = None) -> list[int]:
        """Return the ids of processes running a job: of this worker, or of all and of killed ones.

        A worker's process stays between jobs, so Redis says whether it is at one. One whose worker was killed
        ends after its job.
        """
        busy = busy_workers(self.queue_redis)  # without the lock: Redis may stand still
        with self._lock:
            workers = [name] if name else self.names("worker")
            pids = [one.process.pid for one in map(self._kept.__getitem__, workers) if one.process]
            self._orphans = set(filter(alive, self._orphans))
            at_work = [child for pid in pids if pid in busy for child in children(pid)]
            return at_work + ([] if name else [*self._orphans])

    def kill(self, name: str) -> None:
        """Send SIGKILL to a program and its children; for Redis, to a primary of the store if it has replicas."""
        if name == REDIS and self.store:
            self._fail_over(self.store)
            return
        with self._lock:
            one = self._kept[name]
            if not _runs(one) or one.process is None:
                return
            self.kills.append((one.program.kind, self.clock.now()))
            os.kill(one.process.pid, signal.SIGSTOP)  # so that it starts no more children
            for child in children(one.process.pid):
                _end(child)
            os.killpg(one.process.pid, signal.SIGKILL)
            one.process.wait()
            if name == REDIS:
                self._down_since = self.kills[-1][1]

    def _fail_over(self, store: Store) -> None:
        """Cut a primary off and kill it, wait until another one serves, and start the old one, which then follows it.

        Not before the last one follows.
        """
        eventually("every primary has a replica", store.has_replicas)
        began, real = self.clock.now(), datetime.now(UTC)
        self._down_since = began
        self.kills.append((STORE, began))
        old = store.kill_one(self.dice)
        eventually("the store takes writes", self._takes_writes)
        with self._lock:
            self._fallen.append(old)
            self.outages.append(Outage(began, self.clock.now(), real))
            self._down_since = None

    def _takes_writes(self) -> bool:
        try_a_write(self.redis)
        return True

    def stall(self, seconds: float) -> None:
        """Pause Redis for `seconds` with SIGSTOP and SIGCONT. It then executes what it was sent."""
        with self._lock:
            one = self._kept[REDIS]
            if not _runs(one) or one.process is None:
                return
            began, process = self.clock.now(), one.process
            os.kill(process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        with self._lock:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
            self.stalls.append(Outage(began, self.clock.now()))

    def kill_alone(self, name: str) -> None:
        """Send SIGKILL to a program but not its children: a worker's job continues without it."""
        with self._lock:
            one = self._kept[name]
            if not _runs(one) or one.process is None:
                return
            self.kills.append((f"{one.program.kind} alone", self.clock.now()))
            os.kill(one.process.pid, signal.SIGSTOP)
            self._orphans.update(children(one.process.pid))
            _end(one.process.pid)
            one.process.wait()

    def kill_child(self, name: str, called: str) -> None:
        """Send SIGKILL to a random child of this program, if any: a worker's job or a server process."""
        with self._lock:
            one = self._kept[name]
            found = children(one.process.pid) if one.process and _runs(one) else []
            found = [pid for pid in found if TRACKER not in command(pid)]
            if found:
                self.kills.append((called, self.clock.now()))
                _end(self.dice.choice(found))

    def _keep(self) -> None:
        while not self._over.is_set():
            with self._lock:
                for one in self._kept.values():
                    self._start_again(one)
                while self._fallen:
                    self._fallen.pop().start()  # by this thread: Rule 3
                if not (self.store and self.outages):
                    self._see_redis()
            self._over.wait(TICK_SECONDS)
        self._stop()

    def _start_again(self, one: _Kept) -> None:
        if _runs(one):
            return
        if one.process is not None:
            if one.program.kind != "worker":
                with suppress(ProcessLookupError):
                    os.killpg(one.process.pid, signal.SIGKILL)  # a web server's children occupy its port
            one.process, one.again_at = None, time.monotonic() + self.dice.uniform(*AGAIN_AFTER)
        if one.program.kind not in (REDIS, CARRIER) and not self.outages:
            return  # before the first response of Redis
        if time.monotonic() >= one.again_at:
            one.process = self._spawn(one.program)

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        with (self.folder / f"{program.name.replace(' ', '-')}.log").open("ab") as lines:
            return subprocess.Popen(
                program.command,
                env=dict(program.environ),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                pass_fds=program.inherits,
                process_group=0,
                preexec_fn=die_with_parent(),
            )

    def _see_redis(self) -> None:
        waited_for = self._down_since is not None or not self.outages
        if waited_for and _runs(self._kept[REDIS]) and answers(self.queue_redis):
            began = self._down_since or self.clock.now()
            self.outages.append(Outage(began, self.clock.now()))
            self._down_since = None

    def _stop(self) -> None:
        for one in self._kept.values():
            if one.process is not None:
                for pid in (*children(one.process.pid), *self._orphans):
                    _end(pid)
                with suppress(ProcessLookupError):
                    os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()


def busy_workers(redis: Redis) -> set[int]:
    """Return the process ids of workers running a job, as RQ stores them; none while Redis is down."""
    with suppress(RedisError):
        keys = list(redis.smembers("rq:workers"))
        with redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.hmget(key, "state", "pid")
            return {int(pid) for state, pid in pipe.execute() if state == "busy" and pid}
    return set()


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _runs(one: _Kept) -> bool:
    return one.process is not None and one.process.poll() is None


def python(*command: str) -> tuple[str, ...]:
    return (sys.executable, *command)
