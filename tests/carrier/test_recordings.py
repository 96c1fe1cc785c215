"""Voicemails are fetched from and deleted at the carrier, within limits on time and size."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devtools.twilio_sim import Serving
from devtools.twilio_sim.recordings import Recording
from hotline.carrier import recordings as bounds
from hotline.carrier.recordings import CarrierAway, RecordingGone, Recordings
from hotline.config.settings import Settings

SID = "RE" + "1" * 32
NOT_A_SID = ["", "RE", *(f"RE{'1' * n}" for n in (31, 33)), "RE" + "G" * 32, "SM" + "1" * 32]
NOT_A_SID += [f"{SID}\n", f"../{SID}"]

Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def recordings(reached: Settings) -> Recordings:
    return Recordings(reached)


@pytest.fixture
def voicemail(serving: Serving, reached: Settings) -> Recording:
    """Add a two-second recording at the carrier."""
    at, account = datetime(2026, 11, 23, tzinfo=UTC), reached.twilio_account_sid
    left = Recording(SID, account, "CA" + "1" * 32, "+12025550123", "please call me back", 2, at)
    serving.carrier.recordings.add(left)
    return left


@pytest.fixture
def strange(settings: Settings) -> Iterator[Callable[[Answer], Recordings]]:
    """Return a function that makes a Recordings client of a carrier that answers as given."""
    servers: list[ThreadingHTTPServer] = []

    def answering(answer: Answer) -> Recordings:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self)

            def do_DELETE(self) -> None:
                answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return Recordings(replace(settings, twilio_api_base_url=f"http://127.0.0.1:{server.server_port}"))

    yield answering
    for server in servers:
        server.shutdown()
        server.server_close()


def sound(length: int | None = None, body: bytes = b"", media_type: str = "audio/mpeg") -> Answer:
    """Return a 200 answer with this body, which may be shorter than its Content-Length says."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_a_voicemail_is_fetched_with_our_credentials(recordings: Recordings, voicemail: Recording) -> None:
    assert (voicemail.sound(), "audio/mpeg") == recordings.fetch(SID)


def test_an_api_key_can_fetch_too(reached: Settings, voicemail: Recording) -> None:
    key = replace(reached, twilio_api_key="SK" + "b" * 32, twilio_api_secret="the secret of the tests")
    assert voicemail.sound() == Recordings(key).fetch(SID)[0]


def test_a_deleted_voicemail_is_gone(recordings: Recordings, voicemail: Recording, serving: Serving) -> None:
    recordings.delete(SID)
    assert [""] == [each.words for each in serving.carrier.recordings.all() if each.sid == voicemail.sid]
    with pytest.raises(RecordingGone):
        recordings.fetch(SID)
    recordings.delete(SID)


@pytest.mark.parametrize("sid", NOT_A_SID)
def test_an_invalid_recording_id_counts_as_gone(sid: str, strange: Callable[[Answer], Recordings]) -> None:
    asked: list[str] = []
    recordings = strange(lambda handler: asked.append(handler.path))
    with pytest.raises(RecordingGone):
        recordings.fetch(sid)
    recordings.delete(sid)
    assert [] == asked


def test_refused_credentials_name_the_setting_to_check(reached: Settings, voicemail: Recording) -> None:
    assert SID == voicemail.sid
    stranger = Recordings(replace(reached, twilio_auth_token="another"))
    for ask in (stranger.fetch, stranger.delete):
        with pytest.raises(CarrierAway, match="check TWILIO_AUTH_TOKEN"):
            ask(SID)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda handler: handler.send_error(503), "Twilio answered 503"),
        (lambda handler: handler.connection.close(), "did not answer in time"),
        (sound(body=b"{}", media_type="application/json"), "not audio"),
        (sound(100, b"half"), "did not answer in time"),
        (sound(body=bytes(2001)), "too long"),
    ],
    ids=["an error", "a hang-up", "another kind", "half of it", "too much"],
)
def test_any_other_response_raises_carrier_away(
    answer: Answer, told: str, strange: Callable[[Answer], Recordings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_BYTES", 2000)
    with pytest.raises(CarrierAway, match=told):
        strange(answer).fetch(SID)


def test_a_failed_delete_raises(strange: Callable[[Answer], Recordings]) -> None:
    for answer in (lambda handler: handler.send_error(500), lambda handler: handler.connection.close()):
        with pytest.raises(CarrierAway):
            strange(answer).delete(SID)


def test_slow_carriers_time_out(
    strange: Callable[[Answer], Recordings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(bounds, "MAX_SECONDS", 0.6)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "audio/mpeg")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            if over.wait(0.05):
                return

    def silence(_: BaseHTTPRequestHandler) -> None:
        over.wait(5)

    for answer in (drip, silence):
        began = time.monotonic()
        with pytest.raises(CarrierAway):
            strange(answer).fetch(SID)
        assert time.monotonic() - began < 2
    over.set()


def test_the_credentials_go_to_no_other_host(strange: Callable[[Answer], Recordings]) -> None:
    seen: list[str | None] = []

    def store(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        if "Accounts" not in handler.path:
            sound(body=b"sound")(handler)
            return
        handler.send_response(307)
        handler.send_header("Location", f"http://localhost:{handler.headers['Host'].split(':')[1]}/stored")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    assert b"sound" == strange(store).fetch(SID)[0]
    assert [True, False] == [login is not None for login in seen]
