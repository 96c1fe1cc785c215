"""A scripted application for the carrier to call, with the account and numbers of the tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from devtools.twilio_sim import Account
from devtools.twilio_sim.server import Quiet

SID, TOKEN = "AC" + "a" * 32, "the token of the tests"
NUMBER, PARENT, OFFICE = "+16175550100", "+12025550123", "+16175550177"
SERVICE = "MG" + "c" * 32


def twiml(inside: str) -> Response:
    return Response(f"<Response>{inside}</Response>", mimetype="text/xml")


@dataclass
class Application:
    """Responds to each path as told; records requests and whether their signature was valid."""

    url: str = ""
    answers: dict[str, Callable[[], Response]] = field(default_factory=dict)
    came: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)

    def says(self, path: str, inside: str) -> None:
        self.answers[path] = lambda: twiml(inside)

    def take(self) -> Response:
        params = request.form.to_dict()
        self.came.append((request.full_path.rstrip("?"), params))
        self.headers.append(dict(request.headers))
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(self.url + request.full_path.rstrip("?"), params, signature):
            self.forged.append(request.path)
        answer = self.answers.get(request.path)
        return answer() if answer else Response("", 404)

    def params(self, path: str) -> list[dict[str, str]]:
        """Return the requests to this path, oldest first."""
        return [params for came, params in self.came if came.partition("?")[0] == path]


@contextmanager
def running(application: Application) -> Iterator[Application]:
    app = Flask("tests", root_path="/")
    methods = ["GET", "POST"]
    app.add_url_rule("/<path:path>", "take", lambda **_: application.take(), methods=methods)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    application.url = f"http://127.0.0.1:{server.server_port}"
    yield application
    server.shutdown()
    thread.join(5)
    server.server_close()


def account_of(url: str) -> Account:
    return Account(
        account_sid=SID,
        auth_token=TOKEN,
        number=NUMBER,
        sms_url=f"{url}/sms",
        voice_url=f"{url}/voice",
        voice_status_url=f"{url}/voice/ended",
        sms_fallback_url=f"{url}/fallback/sms",
        voice_fallback_url=f"{url}/fallback/voice",
        api_key="SK" + "b" * 32,
        api_secret="the secret of the tests",
        messaging_service_sid=SERVICE,
        webhook_timeout=1.0,
        keyword_answers=False,
    )
