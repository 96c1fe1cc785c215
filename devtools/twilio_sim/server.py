"""Serve a carrier over HTTP: Twilio's REST API and the control endpoints of the phones.

Rule: it listens on the loopback address only, because the control endpoints require no password.
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
"""Maximum pending connections: a few hundred phones may text at the same moment."""
POLL_S = 0.01
"""How often the server checks whether to stop, in seconds."""


class Quiet(WSGIRequestHandler):
    """A request handler that does not log requests."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    """Seconds until an idle connection is closed, so that it does not occupy a thread."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def application(carrier: Carrier, *more: Blueprint) -> Flask:
    """Return the WSGI application: the REST API, control at /simulator, and `more`."""
    app = Flask("devtools.twilio_sim")
    app.register_blueprint(rest.routes(carrier))
    app.register_blueprint(control.routes(carrier))
    if carrier.account.is_signalwire:
        app.register_blueprint(rest.signalwire_routes(carrier))
    for blueprint in more:
        app.register_blueprint(blueprint)
    return app


@dataclass(frozen=True, slots=True)
class Serving:
    """A carrier that is being served. Use it as a context manager, or call `stop`."""

    carrier: Carrier
    url: str
    _server: BaseWSGIServer
    _thread: threading.Thread

    def stop(self) -> None:
        """Close the carrier, and stop the server and its thread."""
        self.carrier.close()
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(carrier: Carrier, port: int = 0, *more: Blueprint) -> Serving:
    """Serve a carrier and the blueprints `more` in a new thread; port 0 picks a free port.

    You must `stop` the returned value. Raises OSError if the port is taken, OverflowError if it is out of range.
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
