"""Rules that apply to every URL: which requests are refused, and how."""

import pytest
from flask.testing import FlaskClient

from tests.web.twilio_forms import Caller


@pytest.mark.parametrize("path", ["/letters", "/letters/504", "/desk", "/healthz", "/nowhere"])
def test_a_query_that_is_not_utf8_is_refused(path: str, client: FlaskClient) -> None:
    """Some servers pass on raw bytes that are not UTF-8."""
    answer = client.get(path, environ_overrides={"QUERY_STRING": "lang=\xff"})
    assert 400 == answer.status_code
    assert "the query must be UTF-8, percent-encoded" in answer.text


@pytest.mark.parametrize("path", ["/sms", "/voice", "/voice/turn", "/status", "/voice/whisper"])
def test_a_forgery_with_an_invalid_query_gets_no_safe_words(path: str, caller: Caller) -> None:
    """It gets a 400 and not the safe words, which are for parents when we have a fault."""
    headers, odd = {"X-Twilio-Signature": "A" * 27 + "="}, {"QUERY_STRING": "n=\xff"}
    assert 400 == caller.client.post(path, headers=headers, environ_overrides=odd).status_code


def test_invalid_percent_escapes_are_accepted(client: FlaskClient) -> None:
    assert 200 == client.get("/letters?lang=%ff%ed%a0%80%").status_code


@pytest.mark.parametrize("path", ["/letters//504", "/desk//done/x", "/voice//turn", "/fallback//sms?a=b"])
def test_a_double_slash_is_not_redirected(path: str, client: FlaskClient) -> None:
    """A redirect would use the host in the request, which may be hostile."""
    answer = client.get(path, headers={"Host": "evil.example"})
    assert (404, None) == (answer.status_code, answer.headers.get("Location"))


@pytest.mark.parametrize(("path", "methods"), [("/sms", "OPTIONS, POST"), ("/desk", "GET, HEAD, OPTIONS")])
def test_a_405_lists_the_allowed_methods(path: str, methods: str, client: FlaskClient) -> None:
    """RFC 9110, 15.5.6."""
    answer = client.delete(path)
    assert 405 == answer.status_code
    assert methods == ", ".join(sorted(answer.headers["Allow"].split(", ")))
