"""What Redis holds, for tests that search all of it."""

import base64
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from redis import Redis


def content(client: Redis) -> dict[bytes, bytes]:
    """Return each key with all that it holds, unpacked where RQ packed it. The client must return bytes."""
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
        b"none": lambda _: None,  # deleted in the meantime
    }
    kinds: dict[bytes, Any] = {key: client.type(key) for key in client.scan_iter()}
    return {key: b" ".join(_pieces(read[kind](key))) for key, kind in kinds.items()}


def texts(client: Redis) -> dict[str, str]:
    """Return the same as text."""
    return {
        key.decode(errors="replace"): held.decode(errors="replace") for key, held in content(client).items()
    }


def _pieces(value: Any) -> Iterator[bytes]:
    match value:
        case bytes():
            yield _unpacked(value)
        case dict():
            for pair in value.items():
                yield from _pieces(pair)
        case list() | tuple() | set():
            for part in value:
                yield from _pieces(part)
        case _:
            pass  # nothing, or the id of a stream's entry


def _unpacked(value: bytes) -> bytes:
    packed = [value]
    with suppress(ValueError):
        packed.append(base64.b64decode(value, validate=True))
    for each in packed:
        with suppress(zlib.error):
            return zlib.decompress(each)
    return value
