"""Parse the address of Redis: one server, a primary monitored by Redis Sentinel, or a Redis Cluster.

    redis://USER:PASSWORD@host:6379/0                     one server; rediss:// with TLS; unix:///path/to/socket
    redis+sentinel://USER:PASSWORD@one:26379,two:26379/NAME
                                                          the primary that the sentinels know as NAME; a database
                                                          may follow: /NAME/1
    redis+cluster://USER:PASSWORD@one:6379,two:6379       some nodes of a cluster, from which the others are discovered

rediss+sentinel:// and rediss+cluster:// use TLS for all connections. User and password are those of the servers;
?sentinel_username= and sentinel_password= are those of the sentinels. The options ssl_* are those of redis-py, such as
ssl_ca_certs=/path. Characters such as @ and / in a password are written as %40 and %2F.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from hotline.config.url_types import is_host

RIGHT: Final = (
    "must be redis://host:port/0, rediss://..., unix:///path/to/socket, redis+sentinel://host:port,host:port/NAME or "
    "redis+cluster://host:port,host:port"
)

PORTS: Final = {"sentinel": 26379, "cluster": 6379}
HIGHEST_PORT: Final = 65535

HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:@\s]+)(?::([0-9]{1,5}))?")
SERVICE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")

OF_SENTINELS: Final = ("sentinel_username", "sentinel_password")


class Topology(StrEnum):
    """The kind of server at an address."""

    ONE = "one"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed address.

    For one server, `url` is its address. Otherwise `hosts` are the sentinels or the nodes of the cluster, and `of_node`
    returns the address of one server. `service` and `database` are set for Sentinel.
    """

    kind: Topology
    url: str = ""
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    database: int = 0
    tls: bool = False
    user: str = ""
    options: tuple[tuple[str, str], ...] = ()
    of_sentinels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, url: str) -> Self:
        """Parse an address. Raise ValueError, whose message never repeats it."""
        scheme, _, rest = url.partition("://")
        tls, _, kind = scheme.partition("+")
        if not kind:
            _check_one(url)
            return cls(Topology.ONE, url=url)
        if tls not in ("redis", "rediss") or kind not in PORTS:
            raise ValueError(RIGHT)
        found = re.fullmatch(r"([^/?#]*)(/[^?#]*)?(?:\?([^#]*))?", rest)
        if not found:
            raise ValueError(RIGHT)
        user, _, hosts = found[1].rpartition("@")
        service, database = _of_path(Topology(kind), (found[2] or "").strip("/"))
        options = parse_qsl(found[3] or "", keep_blank_values=True)
        return cls(
            Topology(kind),
            hosts=tuple(_host(each, PORTS[kind]) for each in hosts.split(",")),
            service=service,
            database=database,
            tls=tls == "rediss",
            user=user,
            options=_known(Topology(kind), options),
            of_sentinels=tuple((name, value) for name, value in options if name in OF_SENTINELS),
        )

    def of_node(self, host: str, port: int) -> str:
        """Return the address of one server, with the same user, password, TLS and options."""
        return self._at(host, port, self.user)

    def of_sentinel(self, host: str, port: int) -> str:
        """Return the address of a sentinel, with the user and password of the sentinels."""
        return self._at(host, port, "")

    def _at(self, host: str, port: int, user: str) -> str:
        scheme = "rediss" if self.tls else "redis"
        place = f"[{host}]" if ":" in host else host
        options = f"?{urlencode(self.options)}" if self.options else ""
        return f"{scheme}://{user}{'@' if user else ''}{place}:{port}/{self.database}{options}"

    @property
    def has_password(self) -> bool:
        """Whether a password is sent to the servers. Always False for ONE, whose `url` contains its password."""
        return bool(self.user.partition(":")[2])


def _check_one(url: str) -> None:
    """Raise ValueError unless this is the address of one server, with a port and options that redis-py takes."""
    from redis import ConnectionPool, RedisError  # slow to import, and the commands for flows do not need it

    try:
        parts = urlsplit(url)
        right = parts.path if parts.scheme == "unix" else is_host(parts.hostname or "")
        ConnectionPool.from_url(url).make_connection()  # it connects later
    except (ValueError, TypeError, RedisError):
        right = False
    if not right:
        raise ValueError(RIGHT)


def _host(text: str, port: int) -> tuple[str, int]:
    found = HOST.fullmatch(text.strip())
    if not found or not is_host(found[1].strip("[]")) or not 0 < int(found[2] or port) <= HIGHEST_PORT:
        raise ValueError(RIGHT)
    return found[1].strip("[]"), int(found[2] or port)


def _of_path(kind: Topology, path: str) -> tuple[str, int]:
    """Return the name of the primary and the database."""
    if kind is Topology.CLUSTER:
        if path not in ("", "0"):
            raise ValueError("must have no path: a Redis Cluster has only database 0")
        return "", 0
    service, _, database = path.partition("/")
    if not SERVICE.fullmatch(unquote(service)) or not (database or "0").isdecimal():
        raise ValueError("must end in the name of the primary that the sentinels watch, such as /mymaster")
    return unquote(service), int(database or 0)


def _known(kind: Topology, options: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the options for redis-py. Raise ValueError for unknown ones, which would fail only at the first connection."""
    others = [name for name, _ in options if not name.startswith("ssl_")]
    if not all(kind is Topology.SENTINEL and name in OF_SENTINELS for name in others):
        raise ValueError(
            "must have no options but ssl_..., and for Sentinel sentinel_username and sentinel_password"
        )
    return tuple((name, value) for name, value in options if name.startswith("ssl_"))
