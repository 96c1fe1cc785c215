"""A server on this machine that stores what is posted to it, in place of a trace collector, Sentry or a chat."""

import gzip
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Sink:
    """What was posted: paths, headers and decompressed bodies. `status` answers each request; a redirect leads back here."""

    url: str = ""
    status: int = 200
    posted: list[tuple[str, str, bytes]] = field(default_factory=list)

    def bodies(self, path: str) -> list[bytes]:
        return [body for at, _, body in self.posted if at.startswith(path)]

    def everything(self) -> bytes:
        """Return all that was posted, with headers and paths."""
        return b"\n".join(
            part for at, head, body in self.posted for part in (at.encode(), head.encode(), body)
        )


def unpacked(body: bytes, encoding: str) -> bytes:
    match encoding:
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            return zlib.decompress(body)
        case _:
            return body


@contextmanager
def sink() -> Iterator[Sink]:
    kept = Sink()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = unpacked(body, self.headers.get("Content-Encoding", ""))
            kept.posted.append((self.path, str(self.headers), found))
            self.send_response(kept.status)
            self.send_header("Location", f"{kept.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
