"""The slot table of a Redis Cluster, as its nodes report it, and a client for each node.

Rule 1: only primaries count. A replica may lag, and a turn based on its data would be lost.
Rule 2: the table is read when first needed and again when a node fails, refuses or redirects, by one thread at a
        time and at most every AGAIN_AFTER, because many requests see the same failure.
Rule 3: a read is bounded by READ_SECONDS. The old table stays in use until a new one is read.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis import Redis
from redis.exceptions import ClusterDownError, MovedError, RedisError

from hotline.log import log

SLOTS: Final = 16384

AGAIN_AFTER: Final = 0.2
"""Seconds."""

READ_SECONDS: Final = 0.5
"""Time after which no further node is asked. With one try before and one after, a parent gets an answer in two seconds."""

Node = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True, slots=True)
class Table:
    """The primary of each slot, None if there is none; and all nodes, replicas too."""

    slots: tuple[Node | None, ...] = (None,) * SLOTS
    nodes: frozenset[Node] = frozenset()

    @property
    def primaries(self) -> tuple[Node, ...]:
        """Every primary that has slots, in a fixed order."""
        return tuple(sorted({node for node in self.slots if node is not None}))

    def moved(self, slot: int, to: Node) -> Table:
        """Return the table with one slot at another node."""
        return Table((*self.slots[:slot], to, *self.slots[slot + 1 :]), self.nodes | {to})


class Slots:
    """The table of a cluster, and clients of its nodes. Thread-safe and fork-safe."""

    def __init__(
        self,
        seeds: Sequence[Node],
        connect: Callable[[Node], Redis],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seeds, self._connect, self._clock = tuple(seeds), connect, clock
        self._clients: dict[Node, Redis] = {}
        self._table = Table()
        self._read_at = float("-inf")
        self._pid, self._lock = os.getpid(), threading.Lock()

    @property
    def seeds(self) -> tuple[Node, ...]:
        """The nodes that the setting names."""
        return self._seeds

    def client(self, node: Node) -> Redis:
        """Return the client of a node. It connects when it is first used."""
        found = self._clients.get(node)
        return found if found is not None else self._clients.setdefault(node, self._connect(node))

    def node(self, slot: int) -> Node:
        """Return the primary of a slot. Raises ClusterDownError if no node knows it."""
        found = self._table.slots[slot]
        if found is None:
            self.refresh()
            found = self._table.slots[slot]
        if found is None:
            raise ClusterDownError("no node of the cluster says who has this slot")
        return found

    def primaries(self) -> tuple[Node, ...]:
        """Return every primary that has slots. Raises ClusterDownError if none is known."""
        if not self._table.primaries:
            self.refresh()
        if not (found := self._table.primaries):
            raise ClusterDownError("no node of the cluster says who its primaries are")
        return found

    def uncovered(self) -> int:
        """Return how many slots have no known primary."""
        return self._table.slots.count(None)

    def moved(self, slot: int, error: MovedError, by: Node) -> None:
        """Record a node's redirect of a slot that it no longer has, and reread the table if that is due."""
        to = (error.host or by[0], int(error.port))
        if self._table.slots[slot] == to:
            return
        self._table = self._table.moved(slot, to)
        self.refresh(but=by)
        if self._table.slots[slot] == by:  # the node we read from does not know yet
            self._table = self._table.moved(slot, to)

    def refresh(self, but: Node | None = None) -> None:
        """Reread the table, unless that was just done. `but` is a node that failed: it is asked last."""
        before = self._read_at
        with self._own_lock():
            if self._read_at != before or self._clock() - before < AGAIN_AFTER:
                return
            try:
                self._read(but)
            finally:
                self._read_at = self._clock()

    def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            client.close()

    def _own_lock(self) -> threading.Lock:
        if self._pid != os.getpid():  # another thread may have held it at the fork
            self._pid, self._lock = os.getpid(), threading.Lock()
        return self._lock

    def _read(self, but: Node | None) -> None:
        known = [*self._table.primaries]
        random.shuffle(known)
        others = [node for node in (*self._table.nodes, *self._seeds) if node not in known]
        until = self._clock() + READ_SECONDS
        for node in sorted(dict.fromkeys((*known, *others)), key=lambda node: node == but):
            try:
                reported = self.client(node).execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]
            except RedisError as error:
                log.debug("cluster_node_silent", cause=type(error).__name__)
            else:
                self._table = read_table(reported, node)
                return
            if self._clock() >= until:
                return


def read_table(reported: Any, by: Node) -> Table:
    """Parse the answer to CLUSTER SLOTS. A node that does not know its own host says "" or None: it is `by`."""
    slots: list[Node | None] = [None] * SLOTS
    nodes: set[Node] = set()
    for first, last, *holders in reported:
        places = [(_text(host) or by[0], int(port)) for host, port, *_ in holders]
        nodes.update(places)
        slots[int(first) : int(last) + 1] = [places[0]] * (int(last) + 1 - int(first))
    return Table(tuple(slots), frozenset(nodes))


def _text(host: Any) -> str:
    found = host.decode() if isinstance(host, bytes) else str(host or "")
    return "" if found == "?" else found
