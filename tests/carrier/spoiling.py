"""Wrap a running simulated carrier and fail selected requests."""

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

    They get `status`, `code` and these `fields`. Like Twilio's, the error message quotes the number.
    """
    wrong: list[list[Any]] = []
    application = serving._server.app

    def spoil(
        method: str, path: str, status: int, code: int | str = 0, times: int = 1, **fields: str
    ) -> None:
        said = {"code": code or status, "status": status, "message": "no, not for +12025550123", **fields}
        wrong.append([method, path, status, said, times])

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        for one in wrong:
            method, path, status, said, times = one
            asked = environ["REQUEST_METHOD"] == method and re.search(path, environ["PATH_INFO"])
            if asked and times:
                one[4] -= 1
                start(f"{status} No", [("Content-Type", "application/json"), ("Connection", "close")])
                return [json.dumps(said).encode()]
        found: Iterable[bytes] = application(environ, start)
        return found

    serving._server.app = answer
    yield spoil
    serving._server.app = application
