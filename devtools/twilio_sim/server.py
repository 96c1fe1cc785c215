"""Serves a carrier over HTTP on this machine: Twilio's REST, and the control of the phones.

Rule: on the loopback address only. The control endpoints ask for no password.
"""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass

from flask import Blueprint, Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from devtools.twilio_sim import control, rest
from devtools.twilio_sim.carrier import Carrier

HOST = "127.0.0.1"
BACKLOG = 512
"""Connections that may wait: some hundred phones that text at the same moment."""
POLL_S = 0.01
"""How soon the server notices that it is to stop."""


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds an idle connection is kept, so that a client that forgot it does not hold a thread."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def application(carrier: Carrier, *more: Blueprint) -> Flask:
    """The WSGI application: REST at /2010-04-01 and /v2, control at /simulator, and what `more` adds."""
    app = Flask("devtools.twilio_sim")
    app.register_blueprint(rest.routes(carrier))
    app.register_blueprint(control.routes(carrier))
    for blueprint in more:
        app.register_blueprint(blueprint)
    return app


@dataclass(frozen=True, slots=True)
class Serving:
    """A carrier that is being served. Use as a context, or `stop` it."""

    carrier: Carrier
    url: str
    _server: BaseWSGIServer
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop serving, and wait for it."""
        self.carrier.close()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(carrier: Carrier, port: int = 0, *more: Blueprint) -> Serving:
    """Serve in a thread of its own; port 0 takes a free one. `more` is served beside the carrier. Raises
    OSError when the port is taken.

    You must `stop` what is returned.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server((HOST, port), backlog=BACKLOG) as listening:
        port = listening.getsockname()[1]
        server = make_server(
            HOST,
            port,
            application(carrier, *more),
            threaded=True,
            request_handler=Quiet,
            fd=listening.fileno(),
        )
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,), name="simulator", daemon=True)
    thread.start()
    return Serving(carrier, f"http://{HOST}:{port}", server, thread)
