"""Malformed HTTP: the real server refuses it or closes, and responds to the next parent in time."""

import time
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from hotline.web.rsgi import THREADS, WITHIN
from tests.web.fuzz.bodies import FORM
from tests.web.fuzz.raw import Heard, Server, heard, running
from tests.web.fuzz.requests import RIGHT_LOGIN
from tests.web.fuzz.staff import add_staff
from tests.web.fuzz.tally import part

pytestmark = pytest.mark.whole

IN_TIME_SECONDS: Final = 2.0
"""Maximum response time for a parent's text."""

HEAD: Final = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
SIGNED: Final = b"X-Twilio-Signature: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
POST: Final = b"POST /sms" + HEAD + SIGNED
CHUNKED: Final = POST + b"Transfer-Encoding: chunked\r\n\r\n"
WELL: Final = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a running `hotline web`, and check at the end that it logged only refusals."""
    with Redis.from_url(redis_url) as redis:
        add_staff(redis)
    with running(redis_url, tmp_path_factory.mktemp("raw")) as server:
        yield server
        assert {"request_refused"} >= server.events()


@pytest.fixture(autouse=True)
def _a_parent_is_answered(server: Server) -> Iterator[None]:
    """Check after each test that a parent still gets a response."""
    yield
    is_answered(server)


def is_answered(server: Server) -> None:
    """Check that a parent's text gets a response in time."""
    answer, took = server.text("HELP")
    assert "<Message " in answer
    assert took < IN_TIME_SECONDS


BROKEN: Final = {
    "words": b"garbage\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "no version": b"GET /healthz\r\n\r\n",
    "another version": b"GET /healthz HTTP/9.9\r\n\r\n",
    "a method of no letters": b"Z(){}Q /sms" + HEAD + b"\r\n",
    "a NUL in the address": b"GET /a\0b" + HEAD + b"\r\n",
    "bytes in the address": b"GET /\xff\xfe" + HEAD + b"\r\n",
    "bytes in the query": b"GET /letters?lang=\xff" + HEAD + b"\r\n",
    "escapes of nothing": b"GET /letters/%zz%ff%00%ed%a0%80?lang=%zz%ff" + HEAD + b"\r\n",
    "a long address": b"GET /" + b"a" * 100_000 + HEAD + b"\r\n",
    "another host's": b"POST http://evil.example/sms" + HEAD + SIGNED + b"Content-Length: 1\r\n\r\nx",
    "a proxy's": b"CONNECT evil.example:80" + HEAD + b"\r\n",
    "of nothing": b"OPTIONS *" + HEAD + b"\r\n",
    "a NUL in a header": b"GET /healthz" + HEAD + b"A: b\0\r\n\r\n",
    "a header without a value": b"GET /healthz" + HEAD + b"nonsense\r\n\r\n",
    "a header over two lines": b"GET /healthz" + HEAD + b"A: b\r\n c\r\n\r\n",
    "lines that do not end": b"GET /healthz HTTP/1.1\rHost: x\r\r",
    "a long header": b"GET /healthz" + HEAD + b"A: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "many headers": b"GET /healthz" + HEAD + b"A: b\r\n" * 5_000 + b"\r\n",
    "a head without an end": b"GET /healthz" + HEAD + b"A: b\r\n" * 200_000,
    "a blank after Content-Length": POST + b"Content-Length : 5\r\n\r\nhello",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "one length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "less than nothing": POST + b"Content-Length: -5\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a length beyond all": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "a body too long": POST + b"Content-Length: 999999\r\n\r\n",
    "a length and chunks": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunks of another kind": POST + b"Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunks and none": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "a chunk of no length": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "a chunk beyond all": CHUNKED + b"f" * 18 + b"\r\nhello",
    "a chunk that tells much": CHUNKED + b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
    "headers after the body": CHUNKED + b"0\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
    "an upgrade": b"GET /desk HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close, upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "who waits for a word": b"POST /sms" + HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 that is none": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"garbage" * 20,
}


@pytest.mark.parametrize("bytes_", BROKEN.values(), ids=BROKEN.keys())
def test_a_malformed_request_is_refused(bytes_: bytes, server: Server) -> None:
    refused = server.say(bytes_)
    assert refused.closed
    assert all(400 <= status < 500 for status in refused.statuses)
    assert not refused.content.startswith(b"\0\0"), "HTTP/2, whose headers could be endless"
    assert b"Traceback" not in refused.content


@pytest.mark.parametrize(
    "head", [POST + b"Content-Length: 500\r\n\r\nBody=", CHUNKED + b"500\r\nBody=", b"GET /hea", b""]
)
def test_a_half_closed_connection_ends_at_once(head: bytes, server: Server) -> None:
    left = server.say(head, half_closed=True)
    assert left.closed
    assert set(left.statuses) <= {400, 403}


def test_pipelined_requests_get_responses_in_order(server: Server) -> None:
    asked = (WELL, b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", WELL) * 10
    together = server.say(*asked, b"garbage\r\n\r\n", WELL)
    assert [200, 404, 200] * 10 + [400] == together.statuses
    assert together.closed


def test_a_request_smuggled_in_a_body_is_ignored(server: Server) -> None:
    hidden = b"POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(WELL), WELL)
    last = b"GET /nowhere" + HEAD + b"\r\n"
    assert server.say(hidden, last).statuses in ([403], [403, 404])


def test_stalled_connections_block_no_one(server: Server) -> None:
    begun = [b"GET /healthz HTTP/1.1\r\nHos"] * 50 + [
        b"POST /sms HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
    ] * 50
    begun += [POST + b"Content-Length: 9\r\n\r\nx"] * 2 * THREADS
    held = [server.connect() for _ in begun]
    try:
        for connection, beginning in zip(held, begun, strict=True):
            connection.sendall(beginning)
        is_answered(server)
    finally:
        for connection in held:
            connection.close()


@pytest.mark.parametrize("signature", [b"", b"X-Twilio-Signature: \r\n"], ids=["none", "empty"])
@pytest.mark.parametrize("length", [b"Content-Length: 900\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_an_unsigned_body_is_not_awaited(length: bytes, signature: bytes, server: Server) -> None:
    began = time.monotonic()
    refused = server.say(b"POST /sms" + HEAD + signature + b"Expect: 100-continue\r\n" + length)
    assert ([403], True) == (refused.statuses, refused.closed)
    assert b"100 Continue" not in refused.content
    assert time.monotonic() - began < WITHIN


def test_an_unsigned_form_of_the_desk_is_read(server: Server) -> None:
    login = b"%s: %s\r\n" % tuple(part.encode() for part in RIGHT_LOGIN)
    form = b"Content-Type: %s\r\nContent-Length: 7\r\n\r\ntoken=x" % FORM.encode()
    refused = server.say(b"POST /desk/request/x/done" + HEAD + login + form)
    assert [403] == refused.statuses
    assert b"This page was open for too long." in refused.content


def test_a_text_sent_byte_by_byte_is_read(server: Server) -> None:
    with server.connect() as connection:
        for byte in POST + b"Content-Length: 9\r\n\r\nBody=hola":
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        assert [403] == heard(connection).statuses


@given(
    cuts=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 3), st.binary(max_size=6)), min_size=1, max_size=4
    )
)
@part(0.1)
def test_a_corrupted_request_gets_no_5xx(server: Server, cuts: list[tuple[int, int, bytes]]) -> None:
    request = POST + b"Content-Length: 30\r\n\r\nMessageSid=SM1&From=1&Body=hola" + WELL
    for at, lost, put_in in cuts:
        request = request[:at] + put_in + request[at + lost :]
    answered: Heard = server.say(request, half_closed=True)
    assert answered.closed
    assert set(answered.statuses) <= {200, 400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 431}
    assert b"Traceback" not in answered.content
