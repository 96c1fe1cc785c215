"""Several servers of one test on loopback: a primary that three sentinels watch, and a Redis Cluster.

They run the embedded server's program, have passwords, store nothing on disk, and end with the test.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from devtools.local.embedded import find_program
from devtools.local.processes import die_with_parent
from hotline.store.connection import StoreBusy
from tests.running import free_ports
from tests.waiting import wait_until

PASSWORD = "of the tests"
SENTINELS_PASSWORD = "of the sentinels"
"""Both contain a space, which is written as %20 in a URL."""

SERVICE = "hotline"

UP_SECONDS = 30.0
"""How long servers may take to find each other, and to agree on another primary, on a busy machine."""

NODE_TIMEOUT_MS = 1500
"""After this, a node counts as dead."""

SLOTS = 16384


def eventually(what: str, check: Callable[[], bool], seconds: float = UP_SECONDS) -> None:
    """Wait until the check holds; an error of Redis, or that it is busy, means not yet."""
    wait_until(check, seconds, what, ignoring=(RedisError, StoreBusy))


@dataclass
class Running:
    """A server, and a client to look into it."""

    port: int
    command: tuple[str, ...]
    client: Redis
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent()
        )

    def kill(self) -> None:
        """Kill it with SIGKILL if it is running."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def pause(self) -> None:
        """Stop it: it accepts connections and answers nothing."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def say(self, *args: object) -> Any:
        """Return its answer to a command."""
        return self.client.execute_command(*args)  # type: ignore[no-untyped-call]

    def answers(self) -> bool:
        return bool(self.client.ping())


def _server(folder: Path, port: int, *options: str, password: str = PASSWORD, mode: str = "") -> Running:
    folder.mkdir(mode=0o700, parents=True)
    usual = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--requirepass", password]
    if not mode:
        usual += ["--masterauth", password, "--save", "", "--appendonly", "no"]
        usual += ["--maxmemory-policy", "noeviction", "--repl-diskless-sync-delay", "0"]
    usual += ["--logfile", str(folder / "redis.log")]
    program = str(find_program())
    client = Redis(
        port=port, password=password, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
    )
    return Running(port, (program, *([mode] if mode else []), *usual, *options), client)


@contextmanager
def running(servers: Sequence[Running]) -> Iterator[None]:
    """Start all servers, and kill them at the end."""
    try:
        for each in servers:
            each.start()
        for each in servers:
            eventually("a server answers", each.answers)
        yield
    finally:
        for each in servers:
            each.kill()
            each.client.close()


CUT_OFF_SECONDS = 0.06
"""How long a primary without its replica accepts writes before it is killed; a turn waits longer than this for a replica."""


def cut_off_and_kill(primary: Running, replicas: Sequence[Running]) -> None:
    """Kill a primary that has had no replica for a moment, so that what it was sent in that moment is lost."""
    for each in replicas:
        each.pause()
    try:
        primary.say("CLIENT", "KILL", "TYPE", "REPLICA")
        time.sleep(CUT_OFF_SECONDS)
        primary.kill()
    finally:
        for each in replicas:
            each.go_on()


@dataclass
class Trio:
    """A primary, its replicas, and three sentinels."""

    servers: list[Running]
    sentinels: list[Running]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        passwords = f"{_quoted(PASSWORD)}@{hosts}/{SERVICE}?sentinel_password={_quoted(SENTINELS_PASSWORD)}"
        return f"redis+sentinel://:{passwords}"

    def primary(self) -> Running:
        for sentinel in self.sentinels:
            with suppress(RedisError):
                _, port = sentinel.say("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
                return next(each for each in self.servers if each.port == int(port))
        raise AssertionError("no sentinel answers")

    def replicated(self) -> bool:
        """Check whether each replica has all that the primary has."""
        primary = self.primary().client.info("replication")
        at = primary["master_repl_offset"]
        replicas = [
            value for name, value in primary.items() if name.startswith("slave") and name[5:].isdigit()
        ]
        return bool(replicas) and all(each["state"] == "online" and each["offset"] == at for each in replicas)

    def fail_over(self, end: Callable[[Running], None] = Running.kill) -> Running:
        """End the primary, wait until the sentinels have made another one, and return the old one."""
        old = self.primary()
        end(old)
        eventually("another primary", lambda: self.primary() is not old and _is_primary(self.primary()))
        return old

    def has_replicas(self) -> bool:
        return _has_replica(self.primary())

    def kill_one(self, dice: Random) -> Running:
        del dice  # there is only one primary
        return self.fail_over(
            lambda old: cut_off_and_kill(old, [each for each in self.servers if each is not old])
        )


def _is_primary(server: Running) -> bool:
    return server.say("ROLE")[0] in ("master", b"master")


def _quoted(password: str) -> str:
    return password.replace(" ", "%20")


@contextmanager
def sentinel_trio(folder: Path, *options: str, replicas: int = 1) -> Iterator[Trio]:
    """Run a primary with replicas, and three sentinels. The options are those of the servers."""
    ports = free_ports(1 + replicas + 3)
    first, *others = ports[: 1 + replicas]
    servers = [_server(folder / "first", first, *options)]
    servers += [
        _server(folder / f"replica{n}", port, "--replicaof", "127.0.0.1", str(first), *options)
        for n, port in enumerate(others)
    ]
    sentinels = []
    for n, port in enumerate(ports[1 + replicas :]):
        config = folder / f"sentinel{n}.conf"
        config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.write_text(
            f"""port {port}
bind 127.0.0.1
dir {folder}
requirepass "{SENTINELS_PASSWORD}"
sentinel sentinel-pass "{SENTINELS_PASSWORD}"
sentinel monitor {SERVICE} 127.0.0.1 {first} 2
sentinel auth-pass {SERVICE} "{PASSWORD}"
sentinel down-after-milliseconds {SERVICE} {NODE_TIMEOUT_MS}
sentinel failover-timeout {SERVICE} 6000
logfile {folder}/sentinel{n}.log
""",
            encoding="ascii",
        )
        client = Redis(port=port, password=SENTINELS_PASSWORD, decode_responses=True, socket_timeout=2)
        sentinels.append(Running(port, (str(find_program()), str(config), "--sentinel"), client))
    trio = Trio(servers, sentinels)
    with running(servers):
        eventually(
            "replicas are in step",
            lambda: servers[0].client.info("replication")["connected_slaves"] == replicas,
        )
        with running(sentinels):
            eventually("the sentinels know each other", lambda: all(map(_knows_all, sentinels)))
            yield trio


def _knows_all(sentinel: Running) -> bool:
    told: Any = sentinel.client.sentinel_masters()
    (state,) = told.values()
    return bool(state["num-other-sentinels"] == 2 and state["num-slaves"] >= 1)


@dataclass
class Nodes:
    """A cluster: three primaries, each with a replica."""

    servers: list[Running]

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.servers)
        return f"redis+cluster://:{_quoted(PASSWORD)}@{hosts}"

    def told(self) -> list[Any]:
        """Return the slots as a running node has them: first, last, primary, replicas."""
        for server in self.servers:
            if server.process is not None and server.process.poll() is None:
                with suppress(RedisError):
                    found: list[Any] = server.say("CLUSTER", "SLOTS")
                    return found
        raise AssertionError("no node answers")

    def primaries(self) -> list[Running]:
        """Return the nodes that have slots."""
        ports = {int(holder[1]) for _, _, holder, *_ in self.told()}
        return [each for each in self.servers if each.port in ports]

    def primary(self, slot: int) -> Running:
        return next(each for each in self.servers if each.port == self.port(slot))

    def port(self, slot: int) -> int:
        """Return the port of that primary, which may be down."""
        return next(int(holder[1]) for first, last, holder, *_ in self.told() if first <= slot <= last)

    def replicated(self) -> bool:
        """Check whether each replica has all that its primary has."""
        return all(map(_in_step, self.primaries()))

    def flush(self) -> None:
        for each in self.primaries():
            each.client.flushall()

    def fail_over(self, slot: int, end: Callable[[Running], None] = Running.kill) -> Running:
        """End the primary of a slot, wait until its replica has taken over, and return the old one."""
        old = self.primary(slot)
        others = Nodes([each for each in self.servers if each is not old])
        end(old)
        eventually(
            "another primary", lambda: others.port(slot) != old.port and all(map(_is_well, others.servers))
        )
        return old

    def has_replicas(self) -> bool:
        return all(map(_has_replica, self.primaries()))

    def kill_one(self, dice: Random) -> Running:
        slot = dice.randrange(SLOTS)
        return self.fail_over(slot, lambda old: cut_off_and_kill(old, self._replicas(slot)))

    def _replicas(self, slot: int) -> list[Running]:
        ports = {
            int(replica[1])
            for first, last, _, *replicas in self.told()
            if first <= slot <= last
            for replica in replicas
        }
        return [each for each in self.servers if each.port in ports]


def _in_step(primary: Running) -> bool:
    told = primary.client.info("replication")
    replicas = [value for name, value in told.items() if name.startswith("slave") and name[5:].isdigit()]
    return bool(replicas) and all(
        each["state"] == "online" and each["offset"] == told["master_repl_offset"] for each in replicas
    )


def _has_replica(primary: Running) -> bool:
    """Check whether a replica follows it and answered within a second."""
    told = primary.client.info("replication")
    replicas = [value for name, value in told.items() if name.startswith("slave") and name[5:].isdigit()]
    return any(each["state"] == "online" and int(each["lag"]) <= 1 for each in replicas)


def _is_well(node: Running) -> bool:
    told = node.say("CLUSTER", "INFO")
    if isinstance(told, dict):
        return bool(told["cluster_state"] == "ok")
    return "cluster_state:ok" in str(told)


@contextmanager
def redis_cluster(folder: Path, *options: str, replicas: bool = True) -> Iterator[Nodes]:
    """Run three primaries, each with a replica."""
    count = 6 if replicas else 3
    ports = free_ports(2 * count)
    servers = [
        _server(
            folder / f"node{n}",
            port,
            *("--cluster-enabled", "yes", "--cluster-port", str(bus)),
            *("--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--cluster-require-full-coverage", "no"),
            *("--cluster-replica-validity-factor", "0"),
            *options,
        )
        for n, (port, bus) in enumerate(zip(ports[:count], ports[count:], strict=True))
    ]
    nodes = Nodes(servers)
    with running(servers):
        _join(servers, ports[count:])
        ids = [str(each.say("CLUSTER", "MYID")) for each in servers]
        for replica, primary in zip(servers[3:], ids, strict=False):
            _replicate(replica, primary)
        eventually("the cluster is well", lambda: all(map(_is_well, servers)))
        if replicas:
            eventually(
                "every node knows all replicas",
                lambda: all(
                    len(each.say("CLUSTER", "SLOTS")) == 3
                    and all(len(row) == 4 for row in each.say("CLUSTER", "SLOTS"))
                    for each in servers
                ),
            )
            eventually("the replicas are in step", nodes.replicated)
        yield nodes


def _join(servers: list[Running], buses: list[int]) -> None:
    """Give the first three nodes their slots, and have all nodes meet."""
    third = SLOTS // 3
    ranges = [(0, third), (third + 1, 2 * third), (2 * third + 1, SLOTS - 1)]
    for n, (first, last) in enumerate(ranges):
        servers[n].say("CLUSTER", "ADDSLOTSRANGE", first, last)
    for n, each in enumerate(servers):
        each.say("CLUSTER", "SET-CONFIG-EPOCH", n + 1)
    for each, bus in zip(servers[1:], buses[1:], strict=True):
        servers[0].say("CLUSTER", "MEET", "127.0.0.1", each.port, bus)
    eventually(
        "all nodes know each other", lambda: all(len(_nodes(each)) == len(servers) for each in servers)
    )


def _nodes(server: Running) -> list[str]:
    told = server.say("CLUSTER", "NODES")
    if isinstance(told, dict):
        return [name for name, each in told.items() if "handshake" not in each["flags"]]
    return [line for line in str(told).splitlines() if line and "handshake" not in line]


def _replicate(replica: Running, primary: str) -> None:
    eventually("the replica has a primary", lambda: bool(replica.say("CLUSTER", "REPLICATE", primary)))
