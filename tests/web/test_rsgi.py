"""`hotline web` over HTTP: a request occupies a thread only once it has arrived completely."""

import contextvars
import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Queue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import pytest
from flask import Flask
from granian._futures import _cbsched_aioschedule, _future_watcher_wrapper
from redis import Redis

from devtools.local import made_up
from hotline.config.settings import Settings
from hotline.store.keys import Keys
from hotline.store.login_throttle import MOST
from hotline.web.forms import MAX_BODY
from hotline.web.lanes import Lane, Loop, Refused
from hotline.web.rsgi import THREADS, WITHIN, Served, _environ
from hotline.web.server import HEADER_MS
from tests.proc import children, command
from tests.rows import table
from tests.running import free_ports, program, wait_until_up
from tests.web.twilio_forms import Caller

if TYPE_CHECKING:
    from granian.rsgi import Scope

BOUND_SECONDS = 40.0
PASSWORD = "four words and more"
HEAD = "POST /sms HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: made-up\r\n"


@dataclass(frozen=True, slots=True)
class Web:
    """One web process of `hotline web`, and its log file."""

    port: int
    settings: Settings
    log: Path

    def connect(self, words: str) -> socket.socket:
        """Open a connection and send only these bytes."""
        connection = socket.create_connection(("127.0.0.1", self.port), BOUND_SECONDS)
        connection.sendall(words.encode("latin-1"))
        return connection

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_SECONDS)
        asking.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = asking.getresponse()
        told = answer.status, dict(answer.getheaders()), answer.read().decode()
        asking.close()
        return told

    def sign_in(self) -> str:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=BOUND_SECONDS)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        asking.request("POST", "/desk/sign-in", urlencode({"passphrase": PASSWORD}), form)
        cookies = [value for name, value in asking.getresponse().getheaders() if name == "set-cookie"]
        asking.close()
        return "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def text(self, body: str) -> str:
        """Send a parent's text; return the response."""
        form = Caller.sms_form(self.parent, body)
        signature = self.parent.sign("/sms", form)
        status, headers, words = self.ask(
            "POST",
            "/sms",
            urlencode(form),
            Content_Type="application/x-www-form-urlencoded",
            X_Twilio_Signature=signature,
        )
        assert (200, "text/xml") == (status, headers["content-type"].partition(";")[0])
        return words

    @property
    def parent(self) -> Caller:
        return Caller(None, self.settings)  # type: ignore[arg-type]  # only builds forms, sends none


@pytest.fixture(scope="module")
def web(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield from _web(redis_url, folder, port, f"http://127.0.0.1:{silent.getsockname()[1]}")


def _web(redis_url: str, folder: Path, port: int, carrier: str) -> Iterator[Web]:
    """Run a web process whose carrier accepts connections and never responds."""
    given = {"PORT": str(port), "WEB_PROCESSES": "1", "REDIS_URL": redis_url, "DESK_PASSWORD": PASSWORD}
    environ = made_up.complete({**given, "TWILIO_API_BASE_URL": carrier}, folder)
    with program("web", environ, folder / "log") as process:
        wait_until_up(process, port)
        yield Web(port, Settings.read(environ), folder / "log")
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(BOUND_SECONDS)


def answer(connection: socket.socket) -> bytes:
    """Receive everything until the connection is closed."""
    told = b""
    while more := connection.recv(65_536):
        told += more
    return told


@pytest.mark.whole
def test_slow_clients_do_not_delay_a_parent(web: Web) -> None:
    with ExitStack() as strangers:
        slow = [
            strangers.enter_context(web.connect(f"{HEAD}Content-Length: 900\r\n\r\nBody="))
            for _ in range(10 * THREADS)
        ]
        began = time.monotonic()
        assert "<Message " in web.text("what is an iep")
        assert time.monotonic() - began < WITHIN
        assert all(b"408" in answer(each).partition(b"\r\n")[0] for each in slow)
        assert time.monotonic() - began < 3 * WITHIN
    assert "<Message " in web.text("what is a 504 plan")


@pytest.mark.parametrize(
    "sent",
    [
        f"Content-Length: {MAX_BODY + 1}\r\n\r\nBody=",
        f"Transfer-Encoding: chunked\r\n\r\n{MAX_BODY + 1:x}\r\n{'a' * (MAX_BODY + 1)}\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
    ],
    ids=["told", "not told", "absurd"],
)
@pytest.mark.whole
def test_a_too_long_body_is_not_awaited(web: Web, sent: str) -> None:
    with web.connect(HEAD + sent) as stranger:
        status = answer(stranger).partition(b"\r\n")[0]
        assert b"413" in status or b"400" in status


@pytest.mark.whole
def test_a_url_arrives_unchanged(web: Web) -> None:
    status, headers, page = web.ask("GET", "/letters/504?lang=es")
    assert (200, "es") == (status, headers["content-language"])
    assert "Plan 504" in page
    assert (200, "") == web.ask("HEAD", "/letters")[::2]
    assert 404 == web.ask("GET", "/letters/%C3%A9%3F%2F")[0]
    assert 403 == web.ask("POST", "/sms", "Body=hi")[0]
    assert 405 == web.ask("GET", "/sms")[0]


@pytest.mark.whole
def test_a_header_does_not_hide_another_of_the_same_name(web: Web) -> None:
    form = web.parent.sms_form("hi")
    body, signature = urlencode(form), web.parent.sign("/sms", form)
    head = HEAD.replace("made-up", f"made-up\r\nX-Twilio-Signature: {signature}")
    with web.connect(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}") as twice:
        assert b"403" in answer(twice).partition(b"\r\n")[0]


@pytest.mark.whole
def test_nothing_about_a_refused_client_is_logged(web: Web) -> None:
    with web.connect(
        f"{HEAD}User-Agent: Zebulon\r\nContent-Length: {MAX_BODY + 1}\r\n\r\nZebulon"
    ) as stranger:
        answer(stranger)
    lines = [json.loads(line) for line in web.log.read_text().splitlines()]
    assert {"event": "request_refused", "status": 413} == {
        name: lines[-1][name] for name in ("event", "status")
    }
    assert not any(word in web.log.read_text() for word in ("Zebulon", "127.0.0.1"))


def left_a_message(redis: Redis, number: int) -> str:
    """Store a request for a person with a recording; return its id."""
    id = f"{'0' * 32}-{number:012x}"
    record: dict[str, object] = dict.fromkeys(("when", "us_state", "sealed", "done"), "")
    record |= {"at": time.time(), "since": time.time(), "by": "message", "language": "en", "channel": "voice"}
    record |= {"recording": f"RE{number:032x}", "claimed_by": "-"}
    redis.hset(Keys("0" * 32).requests, id, json.dumps(record))
    redis.zadd(Keys("0" * 32).requested, {id: time.time()})
    return id


@pytest.mark.whole
def test_staff_listening_at_a_slow_carrier_do_not_delay_parents(web: Web, redis: Redis) -> None:
    """Eight of the staff listen."""
    ids, cookies = [left_a_message(redis, number) for number in range(8)], web.sign_in()

    def listen(id: str) -> int:
        return web.ask("GET", f"/desk/recording/{id}", Cookie=cookies)[0]

    with ThreadPoolExecutor(8) as staff:
        listening = [staff.submit(listen, id) for id in ids]
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(6):
            assert "988" in web.text("my child hurts himself")
        assert 200 == web.ask("POST", "/fallback/sms")[0]
        assert 200 == web.ask("GET", "/letters/504")[0]
        assert 200 == web.ask("GET", "/readyz")[0]
        assert time.monotonic() - began < 2
        assert not all(each.done() for each in listening), "they were still at it"
        assert {502} == {each.result(3 * BOUND_SECONDS) for each in listening}


@pytest.mark.whole
def test_guesses_lock_out_only_the_address_that_they_come_from(web: Web, redis: Redis) -> None:
    redis.ping()

    def sign_in(address: str, passphrase: str) -> int:
        form = urlencode({"passphrase": passphrase})
        of_form = "application/x-www-form-urlencoded"
        return web.ask("POST", "/desk/sign-in", form, Content_Type=of_form, X_Forwarded_For=address)[0]

    assert [401] * MOST + [429] == [sign_in("203.0.113.7", "a guess") for _ in range(MOST + 1)]
    assert 429 == sign_in("203.0.113.7", PASSWORD)
    assert 303 == sign_in("203.0.113.7, 198.51.100.7", PASSWORD)
    assert not any(address in web.log.read_text() for address in ("203.0.113.7", "127.0.0.1"))


@table("""
    method | path | lane
    POST | /sms | web
    GET | /fallback/voice | web
    GET | /status | others
    GET | /readyz | others
    GET | /desk/recording/1 | carrier
    POST | /desk/request/1/call | carrier
    POST | /desk/request/1/note | others
""")
def test_requests_that_wait_for_the_carrier_have_threads_of_their_own(
    app: Flask, method: str, path: str, lane: str
) -> None:
    """Otherwise a few staff who wait for a slow carrier would delay /readyz, and the host would stop the line."""
    scope = cast("Scope", SimpleNamespace(method=method, path=path))
    assert lane == Served(app).lane_of(scope)._name


@pytest.mark.parametrize("client", ["198.41.0.4:51234", "[2001:db8::7]:51234"])
def test_only_a_sign_in_gets_the_clients_address(client: str) -> None:
    given: dict[str, Any] = {"method": "POST", "query_string": "", "http_version": "1.1", "scheme": "http"}
    given |= {"client": client, "headers": {}, "authority": None}
    scopes = [cast("Scope", SimpleNamespace(path=p, **given)) for p in ("/desk/sign-in", "/desk", "/sms")]
    address = client.rpartition(":")[0].strip("[]")
    assert [address, None, None] == [_environ(scope, b"").get("REMOTE_ADDR") for scope in scopes]


def test_a_full_lane_refuses_the_next_request_at_once() -> None:
    begun, going, done = threading.Event(), threading.Event(), Queue[str]()

    def first() -> None:
        begun.set()
        going.wait(BOUND_SECONDS)

    lane = Lane("test", 1, 2)
    lane.start()
    lane.add(first)
    assert begun.wait(BOUND_SECONDS)
    for each in ("second", "third"):
        lane.add(partial(done.put, each))
    with pytest.raises(Refused) as refused:
        lane.add(partial(done.put, "fourth"))
    assert 503 == refused.value.status
    going.set()
    assert ["second", "third"] == [done.get(timeout=BOUND_SECONDS) for _ in range(2)]
    lane.add(partial(done.put, "fifth"))
    assert "fifth" == done.get(timeout=BOUND_SECONDS)


def test_an_exception_in_a_thread_fails_only_its_request() -> None:
    done, lane = Queue[str](), Lane("test", 1, 2)
    lane.start()
    lane.add(lambda: print(1 / 0))
    lane.add(partial(done.put, "second"))
    assert "second" == done.get(timeout=BOUND_SECONDS)


def test_a_request_whose_answer_raises_gets_a_500(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No coroutine awaits it, so granian would respond with nothing, and the carrier would wait 15 seconds."""
    sent, served = Queue[int](), Served(app)

    def raises(*_: object) -> None:
        raise KeyError("answer")

    monkeypatch.setattr(served, "answer", raises)
    protocol: Any = SimpleNamespace(response_empty=lambda status, _headers: sent.put(status))
    served.lane_of(scope := cast("Scope", SimpleNamespace(method="GET", path="/x", headers={}))).start()
    assert served.take(scope, protocol)
    assert 500 == sent.get(timeout=5)


@pytest.mark.parametrize("taken", [True, False])
def test_granian_offers_each_request_in_its_own_thread(*, taken: bool) -> None:
    """Otherwise each request would wake the event loop twice. If granian changes, this fails, and every request still gets an answer."""
    loop, offered, run = Loop(), list[tuple[str, str]](), list[str]()

    def take(scope: Any, proto: Any) -> bool:
        offered.append((scope, proto))
        return taken

    async def answer(scope: str, _protocol: object) -> None:
        run.append(scope)

    loop.take = take
    watched: Any = _future_watcher_wrapper(answer)  # type: ignore[no-untyped-call]
    schedule: Any = _cbsched_aioschedule(loop, contextvars.copy_context(), watched)  # type: ignore[no-untyped-call]
    watcher = SimpleNamespace(scope="scope", proto="proto", done=loop.stop, taskref=lambda _: None)
    schedule(watcher)
    if not taken:
        loop.run_forever()
    loop.close()
    assert [("scope", "proto")] == offered
    assert ([] if taken else ["scope"]) == run


@pytest.mark.whole
def test_a_thousand_idle_connections_block_no_one(web: Web) -> None:
    with ExitStack() as strangers:
        idle = [strangers.enter_context(web.connect("POST /sms HTTP/1.1\r\nHos")) for _ in range(1100)]
        began = time.monotonic()
        assert "<Message " in web.text("what is an iep")
        assert time.monotonic() - began < 2
        assert all(answer(each).startswith((b"", b"HTTP/1.1 408")) for each in idle)
        assert time.monotonic() - began < 2 * HEADER_MS / 1000 + 2


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the web's processes in /proc")
@pytest.mark.whole
def test_a_dying_web_process_does_not_end_the_others(redis_url: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    environ = made_up.complete({"PORT": str(port), "WEB_PROCESSES": "2", "REDIS_URL": redis_url}, tmp_path)
    with program("web", environ, tmp_path / "log") as process:
        wait_until_up(process, port)
        web = Web(port, Settings.read(environ), tmp_path / "log")

        def serving() -> list[int]:
            return [pid for pid in children(process.pid) if "resource_tracker" not in command(pid)]

        well = serving()[0]
        for _ in range(3):
            sick = [pid for pid in serving() if pid != well]
            end = time.monotonic() + BOUND_SECONDS
            while not sick and time.monotonic() < end:
                time.sleep(0.05)
                sick = [pid for pid in serving() if pid != well]
            os.kill(sick[0], signal.SIGKILL)
            time.sleep(0.3)
            assert "<Message " in web.text("hi")
        assert process.poll() is None
        assert well in serving()
