"""Stands before a carrier that is served, and answers some requests in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from devtools.twilio_sim import Serving

Spoil = Callable[..., None]


@contextmanager
def spoiling(serving: Serving) -> Iterator[Spoil]:
    """Lets the next `times` requests of this method whose path has `path` in it end with `status`. The words
    that Twilio would put in quote the number, as Twilio's do.
    """
    wrong: list[list[Any]] = []
    application = serving._server.app

    def spoil(method: str, path: str, status: int, code: int = 0, times: int = 1) -> None:
        wrong.append([method, path, status, code or status, times])

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        for one in wrong:
            method, path, status, code, times = one
            asked = environ["REQUEST_METHOD"] == method and re.search(path, environ["PATH_INFO"])
            if asked and times:
                one[4] -= 1
                said = {"code": code, "status": status, "message": "no, not for +12025550123"}
                start(f"{status} No", [("Content-Type", "application/json"), ("Connection", "close")])
                return [json.dumps(said).encode()]
        found: Iterable[bytes] = application(environ, start)
        return found

    serving._server.app = answer
    yield spoil
    serving._server.app = application
