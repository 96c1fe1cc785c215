"""Find out why Redis does not answer, so that an operator learns what to change.

Rule: the result contains no password and no address, only the name of the setting.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    MaxConnectionsError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 -- of Redis, not the builtin
)
from redis.retry import Retry

from hotline.store.connection import ANSWER_SECONDS, CONNECT_SECONDS

DOES_NOT_ANSWER: Final = "Redis does not answer"
"""Every result begins so, whatever the cause."""

FULL: Final = "max number of clients"


def why_away(url: str, name: str = "REDIS_URL") -> str:
    """Return what is wrong with the Redis at this URL and how to fix it; `name` is the setting that has the URL.

    Takes at most the timeouts of one connect and one reply. Raises nothing.
    """
    try:
        with Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        ) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError) as error:
        return f"{DOES_NOT_ANSWER}{_cause(error, name)}"
    return f"{DOES_NOT_ANSWER} in time; look what keeps it busy, and at the network between"


def _cause(error: Exception, name: str) -> str:
    if isinstance(error, AuthenticationError | ResponseError):
        return (
            f": it runs, and refuses the password in {name}, or there is none; set the one of requirepass in redis.conf: "
            "redis://:PASSWORD@127.0.0.1:6379/0"
        )
    if isinstance(error, BusyLoadingError):
        return ": it is still reading its file after a start; wait, and look at its log if that does not end"
    if isinstance(error, MaxConnectionsError) or FULL in str(error):
        return ": it has as many connections as it takes; raise maxclients in redis.conf"
    if _has_cause(error, socket.gaierror):
        return f": the host in {name} is unknown; correct it"
    if _has_cause(error, ssl.SSLError):
        return f": TLS with it fails; {name} begins with rediss:// only where Redis speaks TLS, with a good certificate"
    if isinstance(error, TimeoutError):
        return (
            f" in time; check host and port in {name} (rediss:// only where Redis speaks TLS), the firewall between, and what "
            "keeps Redis busy"
        )
    return f"; check {name} and that it runs"


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Check whether an error, or one that it was raised from, is of this kind."""
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
