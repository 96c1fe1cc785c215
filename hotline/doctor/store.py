"""Checks of the Redis servers: version, latency and clock. /status checks for risks of data loss."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from hotline.config.settings import Settings
from hotline.doctor.lines import WELL, Grade, Line, judged
from hotline.store.connection import StoreBusy, connect
from hotline.store.nodes import Server, asked_all
from hotline.store.redis_config import loses_writes

OLDEST: Final = (6, 2)
"""The oldest version that supports the commands in use."""

PINGS: Final = 5

SLOW_SECONDS, TOO_SLOW_SECONDS = 0.02, 0.1
"""Limits for one round trip.

A turn takes two or more, and a text about ten; at 0.7 s a parent gets the fallback message.
"""

MOST_APART_SECONDS: Final = 5.0
"""Maximum offset of two clocks: send rates use that of Redis, due times use ours."""

CUT_OFF: Final = (
    "a primary that is cut off from its replicas and sentinels would still accept what parents answer, and lose it when "
    "it comes back; set min-replicas-to-write 1 and min-replicas-max-lag 10 on every server"
)

NOT_REPORTED: Final = (
    "Redis does not report this: its user may not use {0}. Check it in the provider's console"
)


def lines(settings: Settings) -> tuple[Line, ...]:
    """Return the results, or none if Redis does not respond, which /status reports."""
    with connect(settings.redis_url) as redis:
        try:
            found = asked_all(redis, lambda one: (_version(one), _speed(one), clock_line(one, time.time)))
            more = (Line("redis failover", CUT_OFF, Grade.ADVICE),) if loses_writes(redis) else ()
        except (RedisError, StoreBusy):
            return ()
    by_check = zip(*(map(partial(_at, server), of) for server, of in found), strict=True)
    worst = (max(each, key=lambda line: line.grade) for each in by_check)
    return (*worst, *more)


def _at(server: Server, line: Line) -> Line:
    """Return a line with the server's name, if there are several."""
    named = server.name and line.grade is not Grade.WELL
    return replace(line, message=f"{server.name}: {line.message}") if named else line


def _version(redis: Redis) -> Line:
    try:
        found = str(redis.info("server").get("redis_version", ""))
    except ResponseError:
        return Line("redis version", NOT_REPORTED.format("INFO"), Grade.ADVICE)
    return judged("redis version", reported_version(found))


def reported_version(found: str) -> str:
    """Return "ok", or the problem with this version."""
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if numbers >= OLDEST:
        return WELL
    least = ".".join(map(str, OLDEST))
    return f"Redis is {found or 'of an unknown version'}; the line needs {least} or newer: upgrade it"


def _speed(redis: Redis) -> Line:
    def ping() -> float:
        began = time.perf_counter()
        redis.ping()
        return time.perf_counter() - began

    return speed_line(statistics.median(ping() for _ in range(PINGS)))


def speed_line(seconds: float) -> Line:
    """Return the result for a round trip of this many seconds."""
    if seconds < SLOW_SECONDS:
        return Line("redis speed")
    grade = Grade.WRONG if seconds > TOO_SLOW_SECONDS else Grade.ADVICE
    message = f"Redis answers in {seconds * 1000:.0f} ms; put it in the same region as the web, or check what keeps it busy"
    return Line("redis speed", message, grade)


def clock_line(redis: Redis, now: Callable[[], float]) -> Line:
    """Compare the clock of Redis with ours; `now` returns seconds since 1970."""
    try:
        seconds, microseconds = redis.time()
    except ResponseError:
        return Line("redis clock", NOT_REPORTED.format("TIME"), Grade.ADVICE)
    apart = now() - (seconds + microseconds / 1_000_000)
    if abs(apart) <= MOST_APART_SECONDS:
        return Line("redis clock")
    order = "behind" if apart > 0 else "ahead of"
    message = f"the clock of Redis is {abs(apart):.0f} s {order} this machine's, so texts are sent at wrong times; sync both by NTP"
    return Line("redis clock", message, Grade.WRONG)
