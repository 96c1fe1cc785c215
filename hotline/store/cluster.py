"""A Redis Cluster client with the interface of a single-server client.

redis-py's own cluster client does not fit: it connects when created, so a web process would not start without Redis;
it rejects scripts in pipelines; some of its errors are not RedisErrors; it has no circuit breaker; and its retries
have no time limit, while a parent waits.

Rule 1: a command goes to the primary of its keys' slot, and all its keys have one slot. A command without a key, such
        as WAIT after a write, goes where the previous one in the pipeline goes. Alone, it must be sent to a node (`nodes`).
Rule 2: each node has its own circuit breaker, so a dead one costs only its own people.
Rule 3: a command that fails is tried at another node if the slot has moved there, at most TRIES times in all and at
        most once after an error of the connection. All commands that we send are safe to retry.
Rule 4: a pipeline is one round trip for each node; a transaction has one slot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from redis import Redis
from redis.client import Pipeline
from redis.commands.core import Script
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, RedisError, TryAgainError
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import TimeoutError as TooSlow

from hotline.store.circuit_breaker import leads_elsewhere
from hotline.store.cluster_slots import Node, Slots

TRIES: Final = 4

AGAIN_SECONDS: Final = 0.05
"""Pause while a slot is migrating from one node to another."""

OF_MANY_KEYS: Final = frozenset({"DEL", "EXISTS", "UNLINK", "TOUCH", "MGET"})
"""Our commands whose arguments are all keys."""

OF_NO_KEY: Final = frozenset(
    "PING INFO TIME ROLE SCAN DBSIZE FLUSHALL WAIT WAITAOF SCRIPT CONFIG CLUSTER CLIENT ASKING".split()
)
"""Commands without a key, by their first word."""

T = TypeVar("T")


class NotOfOneSlot(TypeError):
    """A command that a cluster cannot run: it has keys of several slots, or no key. This is a bug in this project."""


def keys_of(args: Sequence[Any]) -> tuple[Any, ...]:
    """Return the keys of a command that we send."""
    command = str(args[0]).partition(" ")[0].upper()
    if command in OF_NO_KEY:
        return ()
    if command in ("EVAL", "EVALSHA"):
        return tuple(args[3 : 3 + int(args[2])])
    return tuple(args[1:]) if command in OF_MANY_KEYS else tuple(args[1:2])


def slot_of(args: Sequence[Any]) -> int | None:
    """Return the slot of a command's keys, None if it has no key. Raises NotOfOneSlot."""
    keys = keys_of(args)
    slots = {key_slot(key if isinstance(key, bytes) else str(key).encode()) for key in keys}
    if len(slots) > 1:
        raise NotOfOneSlot(f"{args[0]}: its {len(keys)} keys are of {len(slots)} slots")
    return next(iter(slots), None)


def send(redis: Redis, *args: Any, **options: Any) -> Any:
    """Send a command, or queue it with a pipeline."""
    return redis.execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py does not say


def is_ask(error: object) -> bool:
    """Check whether a node says that the slot is migrating, and to ask the other node this time (ASK)."""
    return isinstance(error, AskError) and not isinstance(error, MovedError)


class ClusterRedis(Redis):
    """The client. It connects when it is first used."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        # The pool serves no command: it says how values are encoded.
        super().__init__(connection_pool=slots.client(slots.seeds[0]).connection_pool)

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command to the primary of its keys' slot. Raises RedisError and NotOfOneSlot."""
        slot = slot_of(args)
        if slot is not None:
            return self.at(slot, lambda node: send(node, *args, **options), (args, options))
        if args[0] == "SCRIPT LOAD":
            return self._load_script(*args, **options)
        raise NotOfOneSlot(f"{args[0]} has no key: send it to a node")

    def at(self, slot: int, do: Callable[[Redis], T], alone: tuple[Any, dict[str, Any]] | None = None) -> T:
        """Return what `do` returns for the client of the slot's primary (Rule 3).

        `alone` is the command, if it is only one: while its slot migrates, the new node may take it.
        """
        node, failed = self.slots.node(slot), False
        for _ in range(TRIES):
            try:
                return do(self.slots.client(node))
            except RedisError as error:
                if alone and is_ask(error):
                    return cast("T", self.ask(node, error, alone))
                away = isinstance(error, Cut | TooSlow)
                if (failed and away) or not self.may_go_on(slot, node, error):
                    raise
                failed = failed or away
                node = self.slots.node(slot)
        raise ClusterDownError("the cluster sends this command from node to node")

    def may_go_on(self, slot: int, node: Node, error: RedisError) -> bool:
        """Find out where the slot is now, and return whether a retry can help."""
        if isinstance(error, MovedError):
            self.slots.moved(slot, error, node)
            return True
        if isinstance(error, TryAgainError | AskError):
            time.sleep(AGAIN_SECONDS)
            return True
        if not (isinstance(error, Cut | TooSlow | ClusterDownError) or leads_elsewhere(error)):
            return False
        self.slots.refresh(but=node)
        return self.slots.node(slot) != node

    def ask(
        self, by: Node, error: Any, alone: tuple[Any, dict[str, Any]], scripts: Iterable[Script] = ()
    ) -> Any:
        """Send one command to the node that its slot is migrating to."""
        client = self.slots.client((error.host or by[0], int(error.port)))
        args, options = alone
        for script in scripts:
            client.script_load(script.script)
        with client.pipeline(transaction=False) as pipe:
            send(pipe, "ASKING")
            send(pipe, *args, **options)
            return pipe.execute()[1]

    def _load_script(self, *args: Any, **options: Any) -> Any:
        """Load a script on every node that answers; the others run no scripts either."""
        found, last = None, None
        for node in self.slots.primaries():
            try:
                found = send(self.slots.client(node), *args, **options)
            except (Cut, TooSlow) as error:
                last = error
        if found is None and last:
            raise last
        return found

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:
        """Return a pipeline (Rule 4)."""
        return ClusterPipeline(self, transaction, shard_hint)

    def scan_iter(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Yield all keys, node by node."""
        for node in self.slots.primaries():
            yield from self.slots.client(node).scan_iter(*args, **options)

    def close(self) -> None:
        """Close all connections."""
        self.slots.close()


@dataclass(slots=True)
class _Unit:
    """A command and the keyless ones that follow it, by their positions in the pipeline."""

    slot: int
    places: list[int] = field(default_factory=list)


class ClusterPipeline(Pipeline):
    """Commands for several nodes. Results are in the order of the commands."""

    def __init__(self, cluster: ClusterRedis, transaction: bool, shard_hint: Any) -> None:
        super().__init__(cluster.connection_pool, cluster.response_callbacks, transaction, shard_hint)
        self._cluster, self._whole = cluster, transaction

    def immediate_execute_command(self, *args: Any, **_: Any) -> Any:
        """Reject WATCH, which we do not use: we use scripts instead."""
        raise NotOfOneSlot(f"{args[0]} cannot be sent at once in a pipeline of a cluster")

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send the commands and return their results. Raises the first error, or returns it in its place."""
        try:
            units = self._units()
            if not units:
                return []
            if self._whole:
                (unit,) = units
                return self._cluster.at(unit.slot, lambda node: self._send(node, unit.places, raise_on_error))
            results: list[Any] = [None] * len(self.command_stack)
            for _ in range(TRIES):
                units = self._round(units, results)
                if not units:
                    break
            if raise_on_error:
                for found in results:
                    if isinstance(found, RedisError):
                        raise found
            return results
        finally:
            self.reset()

    def _units(self) -> list[_Unit]:
        """Return the groups of commands that must go to one node together."""
        found: list[_Unit] = []
        first: list[int] = []
        for place, (args, _) in enumerate(self.command_stack):
            slot = slot_of(args)
            if slot is None:
                (found[-1].places if found else first).append(place)
            elif self._whole and found:
                if slot != found[0].slot:
                    raise NotOfOneSlot("a transaction has keys of several slots")
                found[0].places.append(place)
            else:
                found.append(_Unit(slot, [*first, place]))
                first = []
        if first:
            raise NotOfOneSlot("a pipeline has no key: send it to a node")
        return found

    def _round(self, units: list[_Unit], results: list[Any]) -> list[_Unit]:
        """Send units to their nodes, record the results, and return the units to retry."""
        at: dict[Node, list[_Unit]] = {}
        again: list[_Unit] = []
        for unit in units:
            try:
                at.setdefault(self._cluster.slots.node(unit.slot), []).append(unit)
            except ClusterDownError as error:
                results[:] = [error if place in unit.places else found for place, found in enumerate(results)]
        for node, together in at.items():
            places = sorted(place for unit in together for place in unit.places)
            try:
                found = self._send(self._cluster.slots.client(node), places, raise_on_error=False)
            except RedisError as error:
                found = [error] * len(places)
            for place, each in zip(places, found, strict=True):
                results[place] = each
            again += [unit for unit in together if self._may_go_on(unit, node, results)]
        return again

    def _may_go_on(self, unit: _Unit, node: Node, results: list[Any]) -> bool:
        place = next((place for place in unit.places if isinstance(results[place], RedisError)), None)
        if place is None:
            return False
        error = results[place]
        if is_ask(error):
            results[place] = self._asked(node, error, self.command_stack[place])
            return False
        return isinstance(error, NoScriptError) or self._cluster.may_go_on(unit.slot, node, error)

    def _asked(self, node: Node, error: Any, alone: tuple[Any, dict[str, Any]]) -> Any:
        try:
            return self._cluster.ask(node, error, alone, self.scripts)
        except RedisError as again:
            return again

    def _send(self, node: Redis, places: list[int], raise_on_error: bool) -> list[Any]:
        with node.pipeline(transaction=self._whole) as pipe:
            pipe.scripts = set(self.scripts)
            pipe.command_stack = [self.command_stack[place] for place in places]
            return pipe.execute(raise_on_error=raise_on_error)
