"""Delete old data that has no TTL of its own, and reseal numbers that were sealed with an older secret.

Rule 1: it scans the keys in parts and resumes where it stopped, so it may be interrupted at any time, and
        two runs may overlap. While a scan is unfinished, the clock keeps requesting the next part, regardless
        of the queue; a part is short, because the worker that does it may be the only one.
Rule 2: a part costs two round trips, however many keys it has. Redis cannot scan one bucket: a scan for
        each would read all keys 64 times.
Rule 3: a cluster is scanned primary by primary. One that does not answer is skipped until the next scan, and so are
        keys that move to another during the scan.
Rule 4: the phones of the staff's accounts are resealed at the end of a scan.
Rule 5: a number is decrypted only to be sealed again, and is written back only if nothing changed
        meanwhile.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from redis import Redis
from redis.exceptions import ConnectionError as Cut
from redis.exceptions import TimeoutError as TooSlow

from hotline.log import log
from hotline.store.connection import StoreBusy, raise_store_busy
from hotline.store.gave_up import GaveUp
from hotline.store.keys import Secrets
from hotline.store.leases import acquire
from hotline.store.lua import Script
from hotline.store.nodes import Server, primaries
from hotline.store.people import LINE_RETENTION
from hotline.store.requests import RETENTION as REQUESTS_RETENTION
from hotline.store.staff_accounts import ACCOUNTS

ENDED_RETENTION = timedelta(days=91)
"""How long an ended follow-up is stored: the promise of 12 texts in 90 days counts them."""

AT_MOST_SECONDS = 3.0
"""Time limit of a run: a caller on the phone may be waiting for the worker."""

PART = 200
"""Number of keys per scan step."""

CURSOR = "retention:cursor"
"""The position of a scan: the cursor and, on a cluster, its primary."""
AT_THE_END = "0"
CURSOR_TTL = timedelta(days=1)

ASKED, LOST_AFTER = "retention:asked", timedelta(minutes=10)
"""Only one run is queued at a time; after LOST_AFTER it is assumed lost, and another may be queued."""

HASHES = ("person", "followups", "requests")


@dataclass(slots=True)
class Purged:
    """Counts of a run: deleted records, resealed numbers, records that no secret opens, unreadable records."""

    gone: int = 0
    sealed: int = 0
    undecryptable: int = 0
    unreadable: int = 0


class Purge:
    """Scan of all personal data. All methods raise StoreBusy."""

    def __init__(self, redis: Redis, secrets: Secrets, gave_up: GaveUp | None = None) -> None:
        """With `gave_up`, the scan also counts the conversations that stopped."""
        self._redis, self._secrets, self._gave_up = redis, secrets, gave_up
        self._trim = Script(redis, "purge_old")
        self._put_back = Script(redis, "replace_field")

    def ask(self) -> bool:
        """Check whether to queue a run: True if none is queued. Marks one as queued."""
        return acquire(self._redis, ASKED, LOST_AFTER)

    def unfinished(self) -> bool:
        """Check whether a scan stopped before its end."""
        with raise_store_busy():
            return str(self._redis.get(CURSOR) or AT_THE_END) != AT_THE_END

    def run(self, now: datetime, seconds: float = AT_MOST_SECONDS) -> Purged:
        """Resume the scan, until its end or for about `seconds`."""
        over = time.monotonic() + seconds
        with raise_store_busy():
            began = str(self._redis.get(CURSOR) or AT_THE_END)
            self._redis.delete(ASKED)
        return self._walk(began, now, lambda: time.monotonic() > over)

    def run_all(self, now: datetime) -> Purged:
        """Scan all keys from the beginning, without a time limit."""
        return self._walk(AT_THE_END, now, lambda: False)

    def _walk(self, began: str, now: datetime, over: Callable[[], bool]) -> Purged:
        done = Purged()
        cursor, _, at = began.partition(" ")
        with raise_store_busy():
            servers = sorted(primaries(self._redis), key=lambda server: server.name)
            left = [server for server in servers if server.name >= at]
            place = AT_THE_END
            for n, server in enumerate(left):
                goes_on = int(cursor) if server.name == at else 0
                goes_on = self._walk_one(server, goes_on, now, over, done)
                following = server if goes_on else next(iter(left[n + 1 :]), None)
                place = f"{goes_on} {following.name}".strip() if following else AT_THE_END
                if over():
                    break
            if place == AT_THE_END:
                for name, line in self._redis.hgetall(ACCOUNTS).items():
                    self._seal_anew(ACCOUNTS, str(name), str(line), done, number="phone")
            self._redis.set(CURSOR, place, ex=CURSOR_TTL)
        return done

    def _walk_one(
        self, server: Server, cursor: int, now: datetime, over: Callable[[], bool], done: Purged
    ) -> int:
        """Scan one server from a cursor, and return the next cursor, 0 at the end."""
        try:
            while True:
                cursor, keys = cast(
                    "tuple[int, list[str]]", server.redis.scan(cursor, match="{*}:*:*", count=PART)
                )
                self._look_at([key for key in keys if key.split(":")[1] in HASHES], now, done)
                if self._gave_up:
                    self._gave_up.look_at([key for key in keys if key.split(":")[1] == "session"], now)
                if cursor == 0 or over():
                    return cursor
        except (Cut, TooSlow, StoreBusy) as error:
            if not server.name:
                raise
            log.warning("store_busy", path="retention", cause=type(error).__name__)
            return 0

    def _look_at(self, keys: list[str], now: datetime, done: Purged) -> None:
        if not keys:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                kind = key.split(":")[1]
                self._trim(
                    [key],
                    client=pipe,
                    kind=kind,
                    ended=(now - ENDED_RETENTION).timestamp(),
                    line=(now - LINE_RETENTION).timestamp(),
                    finished=(now - REQUESTS_RETENTION).timestamp(),
                )
                if kind == "person":
                    pipe.hmget(key, ["sealed"])
                else:
                    pipe.hgetall(key)
            found: list[Any] = pipe.execute()
        done.gone += sum(map(int, found[::2]))
        for key, values in zip(keys, found[1::2], strict=True):
            lines = {"sealed": values[0]} if isinstance(values, list) else values
            for field, line in lines.items():
                if line:
                    self._seal_anew(key, str(field), str(line), done)

    def _seal_anew(self, key: str, field: str, line: str, done: Purged, number: str = "sealed") -> None:
        """Reseal the numbers in a field: a person's is the number itself, others are JSON records with it as `number`."""
        alone = ":person:" in key
        try:
            record: dict[str, Any] = {number: line} if alone else dict(json.loads(line))
        except (ValueError, TypeError):
            done.unreadable += 1
            return
        sealed = str(record.get(number) or "")
        notes = [str(note[2]) for note in record.get("notes") or ()]
        words = str(record.get("words") or "")
        older = {each for each in (sealed, words, *notes) if each and not self._secrets.newest(each)}
        if not older:
            return
        anew = {each: self._secrets.unseal(each) for each in older}
        if None in anew.values():
            done.undecryptable += 1
            return
        anew = {each: self._secrets.seal(opened or "") for each, opened in anew.items()}
        record[number] = anew.get(sealed, sealed)
        if words:
            record["words"] = anew.get(words, words)
        if notes:
            record["notes"] = [[*note[:2], anew.get(note[2], note[2])] for note in record["notes"]]
        new = record[number] if alone else json.dumps(record)
        done.sealed += int(self._put_back([key], field=field, before=line, after=new))
