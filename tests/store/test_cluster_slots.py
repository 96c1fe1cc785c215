"""The slot table is read from the nodes: rarely, from one that responds, in bounded time."""

import os
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from redis import Redis
from redis.exceptions import ClusterDownError, MovedError
from redis.exceptions import ConnectionError as Cut

from hotline.store.cluster_slots import AGAIN_AFTER, READ_SECONDS, SLOTS, Node, Slots, read_table

ONE, TWO, THREE = (("one", 1), ("two", 2), ("three", 3))
HALVES = [[0, 8191, ["one", 1, "id"], ["four", 4, "id"]], [8192, 16383, ["two", 2, "id"]]]


class Watch:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class Cluster:
    """Fake nodes that report a test's table, or are down; counts the reads."""

    def __init__(self, told: Any = HALVES) -> None:
        self.told: dict[Node, Any] = dict.fromkeys((ONE, TWO, THREE), told)
        self.away: set[Node] = set()
        self.asked: list[Node] = []
        self.watch = Watch()
        self.takes = 0.0

    def slots(self, *seeds: Node) -> Slots:
        return Slots(
            seeds or (ONE,), cast("Callable[[Node], Redis]", lambda node: _Client(self, node)), self.watch
        )


class _Client:
    def __init__(self, cluster: Cluster, node: Node) -> None:
        self.cluster, self.node = cluster, node

    def execute_command(self, *command: str) -> Any:
        assert command == ("CLUSTER", "SLOTS")
        self.cluster.asked.append(self.node)
        self.cluster.watch.seconds += self.cluster.takes
        if self.node in self.cluster.away:
            raise Cut
        return self.cluster.told[self.node]

    def close(self) -> None:
        pass


def test_each_slot_has_the_primary_that_redis_named() -> None:
    slots = Cluster().slots()
    assert (ONE, ONE, TWO, TWO) == tuple(map(slots.node, (0, 8191, 8192, SLOTS - 1)))
    assert (ONE, TWO) == slots.primaries()


def test_it_is_asked_once() -> None:
    cluster = Cluster()
    slots = cluster.slots()
    for slot in range(100):
        slots.node(slot)
    assert [ONE] == cluster.asked


def test_a_node_without_its_own_name_is_the_one_asked() -> None:
    for unknown in ("", None, "?", b""):
        assert ("asked", 7) == read_table([[0, 1, [unknown, 7, "id"]]], ("asked", 9)).slots[0]
    assert ("b", 7) == read_table([[0, 1, [b"b", 7, b"id"]]], ("asked", 9)).slots[1]


def test_the_next_node_is_asked_when_one_is_down() -> None:
    cluster = Cluster()
    cluster.away = {ONE, TWO}
    assert ONE == cluster.slots(ONE, TWO, THREE).node(0)
    assert THREE == cluster.asked[-1]


def test_an_unreachable_cluster_is_known_in_bounded_time() -> None:
    cluster = Cluster()
    cluster.away, cluster.takes = {ONE, TWO, THREE}, READ_SECONDS
    with pytest.raises(ClusterDownError):
        cluster.slots(ONE, TWO, THREE).node(0)
    assert 1 == len(cluster.asked), "the first took all of the time"


def test_many_who_find_out_about_one_failure_ask_once() -> None:
    cluster = Cluster()
    slots = cluster.slots()
    slots.node(0)
    cluster.watch.seconds += AGAIN_AFTER
    for _ in range(50):
        slots.refresh(but=ONE)
    assert [ONE, TWO] == cluster.asked, "not the one that failed"
    cluster.watch.seconds += AGAIN_AFTER
    slots.refresh()
    assert 3 == len(cluster.asked)


def test_the_known_slots_stay_while_no_node_answers() -> None:
    cluster = Cluster()
    slots = cluster.slots()
    assert ONE == slots.node(0)
    cluster.away = {ONE, TWO, THREE, ("four", 4)}
    cluster.watch.seconds += 1
    slots.refresh(but=ONE)
    assert ONE == slots.node(0)


def test_a_moved_slot_is_known_at_once() -> None:
    cluster = Cluster()
    slots = cluster.slots()
    slots.node(5)
    cluster.watch.seconds += 1
    slots.moved(5, MovedError("5 three:3"), by=ONE)
    assert (THREE, ONE) == (slots.node(5), slots.node(6))
    slots.moved(6, MovedError("6 :9"), by=ONE)
    assert ("one", 9) == slots.node(6)


def test_a_lock_held_at_a_fork_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for jobs is forked while other threads run."""
    slots = Cluster().slots()
    with slots._lock:
        monkeypatch.setattr(os, "getpid", lambda: -1)
        found: list[Node] = []
        child = threading.Thread(target=lambda: found.append(slots.node(0)), daemon=True)
        child.start()
        child.join(5)
    assert [ONE] == found


def test_uncovered_slots_are_counted() -> None:
    slots = Cluster([[0, 99, ["one", 1, "id"]]]).slots()
    assert ONE == slots.node(0)
    assert SLOTS - 100 == slots.uncovered()
    with pytest.raises(ClusterDownError):
        slots.node(100)
