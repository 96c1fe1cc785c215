"""Find out why Redis does not answer, so that an operator knows what to change.

Rule: the result contains no password and no address, only the name of the setting.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final, TypeVar

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

from hotline.config.redis_address import RedisAddress, Topology
from hotline.store.connection import ANSWER_SECONDS, CONNECT_SECONDS

E = TypeVar("E", bound=BaseException)

DOES_NOT_ANSWER: Final = "Redis does not answer"
"""Every result begins with this, whatever the cause."""

ANSWERED: Final = {
    Topology.ONE: " in time; check what keeps it busy, and the network in between",
    Topology.SENTINEL: (
        ": its sentinels do, and name no primary that does; see SENTINEL MASTERS there, and the name and the password in {name}"
    ),
    Topology.CLUSTER: ": nodes of the cluster do, and it serves no one; see CLUSTER INFO there",
}
"""Problems of a server that answers, or whose sentinel or node answers."""

MOST_ASKED: Final = 3

FULL: Final = "max number of clients"


def why_away(url: str, name: str = "REDIS_URL") -> str:
    """Return what is wrong with the Redis at this URL and how to fix it; `name` is the setting that has the URL.

    Takes at most the timeouts of one connect and one reply, for each of a few sentinels or nodes. Raises nothing.
    """
    kind, places = _places(url)
    errors = []
    for place, options in places[:MOST_ASKED]:
        try:
            with Redis.from_url(
                place,
                socket_connect_timeout=CONNECT_SECONDS,
                socket_timeout=ANSWER_SECONDS,
                retry=Retry(NoBackoff(), 0),
                driver_info=None,
                **options,
            ) as redis:
                redis.ping()
        except (RedisError, OSError, ValueError) as error:
            errors.append(error)
        else:
            return f"{DOES_NOT_ANSWER}{ANSWERED[kind].format(name=name)}"
    return f"{DOES_NOT_ANSWER}{_cause(errors[0], name)}"


def _places(url: str) -> tuple[Topology, list[tuple[str, dict[str, str]]]]:
    """Return the addresses to check: the server, the sentinels with their own password, or nodes of the cluster."""
    address = RedisAddress.read(url)
    if address.kind is Topology.ONE:
        return Topology.ONE, [(url, {})]
    if address.kind is Topology.CLUSTER:
        return Topology.CLUSTER, [(address.of_node(*host), {}) for host in address.hosts]
    options = {name.removeprefix("sentinel_"): value for name, value in address.of_sentinels}
    return Topology.SENTINEL, [(address.of_sentinel(*host), options) for host in address.hosts]


def _cause(error: Exception, name: str) -> str:
    if isinstance(error, AuthenticationError | ResponseError):
        return (
            f": it runs, but refuses the password in {name}, or there is none; set the one of requirepass in redis.conf: "
            "redis://:PASSWORD@127.0.0.1:6379/0"
        )
    if isinstance(error, BusyLoadingError):
        return ": it is still loading its file after a start; wait, and check its log if that does not end"
    if isinstance(error, MaxConnectionsError) or FULL in str(error):
        return ": it has its maximum of connections; raise maxclients in redis.conf"
    if cause_of(error, socket.gaierror):
        return f": the host in {name} is unknown; correct it"
    if cause_of(error, ssl.SSLError):
        return f": TLS with it fails; {name} begins with rediss:// only where Redis speaks TLS, with a good certificate"
    if isinstance(error, TimeoutError):
        return (
            f" in time; check host and port in {name} (rediss:// only where Redis speaks TLS), the firewall between, and what "
            "keeps Redis busy"
        )
    return f"; check {name} and that it runs"


def cause_of(error: BaseException | None, kind: type[E]) -> E | None:
    """Return the error of this kind that led to `error`, or is it; None if there is none."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error
