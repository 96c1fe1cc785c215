"""Records the requests to a carrier as they are on the wire."""

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from devtools.twilio_sim import Serving

Environ = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as on the wire, not decoded, and its response."""

    method: str
    target: str
    content_type: str
    body: bytes
    status: int
    answer: bytes

    @property
    def path(self) -> str:
        """The path, as it was sent."""
        return urlsplit(self.target).path


@contextmanager
def recorded(serving: Serving) -> Iterator[list[Asked]]:
    """Yield every request to this carrier with its response, oldest first."""
    kept: list[Asked] = []
    application = serving._server.app

    def keep(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        statuses: list[str] = []

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            statuses.append(status)
            return start(status, headers, *more)

        answer = b"".join(application({**environ, "wsgi.input": io.BytesIO(body)}, started))
        kept.append(
            Asked(
                environ["REQUEST_METHOD"],
                environ["REQUEST_URI"],
                environ.get("CONTENT_TYPE", ""),
                body,
                int(statuses[-1].split()[0]),
                answer,
            )
        )
        return [answer]

    serving._server.app = keep
    yield kept
    serving._server.app = application
