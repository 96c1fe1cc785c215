"""What is so at every address: who is refused, and with what."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.twilio_forms import Caller


@pytest.mark.parametrize("path", ["/letters", "/letters/504", "/desk", "/healthz", "/nowhere"])
def test_a_query_that_is_no_text_is_refused(path: str, client: FlaskClient) -> None:
    """Bytes that are no UTF-8, which only some servers let through."""
    answer = client.get(path, environ_overrides={"QUERY_STRING": "lang=\xff"})
    assert 400 == answer.status_code
    assert "the query must be UTF-8, percent-encoded" in answer.text


@pytest.mark.parametrize("path", ["/sms", "/voice", "/voice/turn", "/status", "/voice/whisper"])
def test_a_forger_whose_query_is_no_text_gets_no_words(path: str, caller: Caller) -> None:
    """Not the safe words, which hide a fault of ours from parents."""
    headers, odd = {"X-Twilio-Signature": "A" * 27 + "="}, {"QUERY_STRING": "n=\xff"}
    assert 400 == caller.client.post(path, headers=headers, environ_overrides=odd).status_code


def test_escapes_of_no_text_are_passed_over(client: FlaskClient) -> None:
    """They are text, if odd."""
    assert 200 == client.get("/letters?lang=%ff%ed%a0%80%").status_code


@pytest.mark.parametrize("path", ["/letters//504", "/desk//done/x", "/voice//turn", "/fallback//sms?a=b"])
def test_nobody_is_sent_on_for_a_slash_too_many(path: str, client: FlaskClient) -> None:
    """A redirect would name the host that the request names."""
    answer = client.get(path, headers={"Host": "evil.example"})
    assert (404, None) == (answer.status_code, answer.headers.get("Location"))


@pytest.mark.parametrize(("path", "methods"), [("/sms", "OPTIONS, POST"), ("/desk", "GET, HEAD, OPTIONS")])
def test_who_asks_by_another_method_is_told_which_there_are(
    path: str, methods: str, client: FlaskClient
) -> None:
    """As a 405 must. Source: RFC 9110, 15.5.6."""
    answer = client.delete(path)
    assert (405, "text/plain") == (answer.status_code, answer.mimetype)
    assert methods == ", ".join(sorted(answer.headers["Allow"].split(", ")))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(
            ("OPTIONS", "/letters"),
            ("OPTIONS", "/sms"),
            ("DELETE", "/letters"),
            ("PUT", "/desk"),
            ("GET", "/desk/x"),
        ),
        *(
            ("GET", "/letters/a/b"),
            ("GET", "/nowhere"),
            ("POST", "/sms"),
            ("GET", "/healthz"),
            ("GET", "/readyz"),
        ),
        *(("GET", "/fallback/sms"), ("GET", "/letters"), ("GET", "/desk")),
    ],
)
def test_every_answer_forbids_what_it_does_not_need(method: str, path: str, client: FlaskClient) -> None:
    """Also one that no page of ours gave, under the desk and the letters too."""
    headers = client.open(path, method=method).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert ("nosniff", "no-referrer") == (headers["X-Content-Type-Options"], headers["Referrer-Policy"])
