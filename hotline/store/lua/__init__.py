"""Lua scripts that Redis runs, one per file, and the one place that loads them.

Rule 1: a script's header says what it does, and lists its input and output. KEYS stay positional, because
        a cluster must know them; all other input is one JSON object in ARGV[1], read by name, and behind it
        the long texts that are stored as they are, which JSON would have to escape.
Rule 2: an argument that is None is left out and is nil in Lua, because cjson.null is true there.
Rule 3: a script includes functions by `--- @include "name"`, as in BullMQ. An included file has only
        functions and constants: it gets everything as parameters and never reads KEYS or ARGV.
Rule 4: numbers arrive as doubles. What must be stored exactly as it is, such as a session, is a string; its
        bytes arrive unchanged, because nothing is escaped but what JSON must escape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from redis import Redis
from redis.exceptions import NoPermissionError, NoScriptError, RedisError

from hotline.store.connection import busy, raise_store_busy
from hotline.store.held import held_by
from hotline.store.replicas import Replicas

FOLDER: Final = Path(__file__).parent

INCLUDE: Final = re.compile(r'^--- @include "(\w+)"\n', re.MULTILINE)


def _whole_seconds(value: object) -> int:
    """Return a timedelta as an argument of a script."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"a script gets no {type(value).__name__}")


_ENCODE: Final = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    default=_whole_seconds,
).encode


class Script:
    """A script of this folder, called with its keys, and with its arguments by name.

    With `replicas`, what it writes waits for one where another server may take over, in the same round trip.
    """

    def __init__(self, redis: Redis, name: str, replicas: Replicas | None = None) -> None:
        self._redis, self._replicas = redis, replicas
        self._run, self._held = redis.register_script(source(name)), held_by(redis)

    def __call__(
        self, keys: Sequence[str], *texts: str, client: Redis | None = None, **arguments: Any
    ) -> Any:
        """Run the script and return its reply, in one round trip; with a pipeline as `client`, queue it.

        The arguments must be JSON values, without NaN, or timedeltas, which a script gets in whole seconds.
        Raises StoreBusy; with a pipeline the caller's `execute` raises.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        # Not left to the client: hiredis refuses what it read itself, if that was not UTF-8.
        written = [each.encode(errors="surrogateescape") for each in (_ENCODE(given), *texts)]
        if client is not None:
            return self._run(keys=keys, args=written, client=client)
        try:
            return self._run_now(keys, written)
        except RedisError as error:
            raise busy(error) from error

    def _run_now(self, keys: Sequence[str], written: list[bytes]) -> Any:
        if self._replicas and (milliseconds := self._replicas.wait_for(keys[0])):
            return self._run_and_wait(self._replicas, keys, written, milliseconds)
        if self._held is not None:
            try:
                return self._held.call("EVALSHA", self._run.sha, len(keys), *keys, *written)
            except NoScriptError:
                pass  # a Redis that has restarted gets the script below
        return self._run(keys=keys, args=written)

    def _run_and_wait(
        self, replicas: Replicas, keys: Sequence[str], written: list[bytes], milliseconds: int
    ) -> Any:
        """Run the script and wait for a replica. It must be safe to run again."""
        try:
            try:
                found, reached = self._with_wait(milliseconds, "EVALSHA", self._run.sha, keys, written)
            except NoScriptError:  # a primary that took over has none
                found, reached = self._with_wait(milliseconds, "EVAL", self._run.script, keys, written)
        except NoPermissionError:
            replicas.not_allowed()
            return self._run(keys=keys, args=written)
        replicas.reached(keys[0], int(reached))
        return found

    def _with_wait(
        self, milliseconds: int, command: str, script: Any, keys: Sequence[str], written: list[bytes]
    ) -> list[Any]:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.execute_command(command, script, len(keys), *keys, *written)  # type: ignore[no-untyped-call]
            pipe.wait(1, milliseconds)
            return pipe.execute()

    def wait_for_earlier(self, key: str) -> None:
        """Wait until a replica has what other clients wrote: WAIT covers only the writes of its own connection.

        `key` is a new key in the slot of what they wrote. Does nothing where no other server may take over. Raises
        StoreBusy.
        """
        with raise_store_busy():
            if not (self._replicas and (milliseconds := self._replicas.wait_for(key))):
                return
            try:
                with self._redis.pipeline(transaction=False) as pipe:
                    pipe.set(key, 1, px=1)
                    pipe.wait(1, milliseconds)
                    _, reached = pipe.execute()
            except NoPermissionError:
                self._replicas.not_allowed()
            else:
                self._replicas.reached(key, int(reached))


@cache
def source(name: str) -> str:
    """Return the text of a script with its includes, each once and before its first use."""
    included: set[str] = set()

    def resolve(text: str) -> str:
        return INCLUDE.sub(lambda found: include(found[1]), text)

    def include(part: str) -> str:
        if part in included:
            return ""
        included.add(part)
        return resolve((FOLDER / "includes" / f"{part}.lua").read_text(encoding="utf-8"))

    return resolve((FOLDER / f"{name}.lua").read_text(encoding="utf-8"))
