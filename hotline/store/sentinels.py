"""A client of the primary that Redis Sentinel monitors, based on redis-py's.

Each new connection asks a sentinel for the primary. A connection that was dropped, or whose server is a replica by
now, is replaced once (`circuit_breaker`); until the sentinels agree on a new primary, parents get the safe words.
"""

from __future__ import annotations

from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import SSLConnection, parse_url
from redis.exceptions import ConnectionError as Cut
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelManagedConnection

from hotline.config.redis_address import RedisAddress

ASK_SECONDS: Final = 0.2
"""Timeout of a connect to a sentinel, and of its answer. Three silent ones take 0.6 s while a parent waits."""


class OneReply(SentinelManagedConnection):
    """A connection that closes if a reply is only partly read, like redis-py's other connections.

    redis-py leaves Sentinel's open: after a signal or a job's timeout the next command would get the previous
    command's reply.
    """

    def connect_to(self, address: tuple[str, int]) -> None:
        """Connect to the primary at this address, and check that it still is the primary.

        A former primary that just restarted would accept writes, and lose them once the sentinels make it a replica.
        """
        super().connect_to(address)  # type: ignore[no-untyped-call]
        try:
            if self.connection_pool.get_master_address() != address:
                raise Cut("another primary has taken over")
        except BaseException:
            self.disconnect()  # type: ignore[no-untyped-call]
            raise

    def read_response(self, disable_decoding: bool = False, **options: Any) -> Any:
        """Read a reply. See `Connection.read_response`."""
        options.setdefault("disconnect_on_error", True)
        return super().read_response(disable_decoding, **options)


class OneReplyByTLS(OneReply, SSLConnection):
    """The same with TLS."""


def sentinels_of(address: RedisAddress) -> Sentinel:
    """Return a client of the sentinels. It connects when it is first used."""
    options = {
        "socket_connect_timeout": ASK_SECONDS,
        "socket_timeout": ASK_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "driver_info": None,
    }
    options |= _read(address.of_sentinel("sentinel", 1))
    options |= {name.removeprefix("sentinel_"): value for name, value in address.of_sentinels}
    options.pop("db")
    return Sentinel(address.hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]


def sentinel_client(address: RedisAddress, **options: Any) -> Redis:
    """Return a client of the primary, with these options for its connections."""
    options = {**_read(address.of_node("server", 1)), **options}
    options["connection_class"] = OneReplyByTLS if options.pop("ssl", False) else OneReply
    found: Redis = sentinels_of(address).master_for(address.service, **options)  # type: ignore[no-untyped-call]
    return found


def _read(url: str) -> dict[str, Any]:
    """Return redis-py's options of an address, without host and port."""
    options: dict[str, Any] = dict(parse_url(url))  # type: ignore[no-untyped-call]
    tls = options.pop("connection_class", None) is not None
    return {name: value for name, value in options.items() if name not in ("host", "port")} | (
        {"ssl": True} if tls else {}
    )
