"""Wrap a running simulated carrier and fail selected requests."""

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
    """Yield a function that fails the next `times` requests with this method and a path that matches `path`.

    They get `status` and `code`. Like Twilio's, the error message quotes the number.
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
