"""The judge finds planted faults, and none in a correct response."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hotline.web.forms import MAX_BODY
from tests.web.fuzz.asking import Answer
from tests.web.fuzz.environment import Away, Environment
from tests.web.fuzz.hostile_text import MARK
from tests.web.fuzz.judging import judge
from tests.web.fuzz.signing import Signing
from tests.web.fuzz.valid_requests import valid_request


def answered(rule: str, environment: Environment) -> Answer:
    answer = environment.ask(valid_request(rule, environment))
    judge(answer)
    return answer


def told(answer: Answer, name: str, value: str) -> Answer:
    """Return the response with another value of this header."""
    others = tuple(header for header in answer.headers if header[0] != name)
    return replace(answer, headers=(*others, (name, value)))


POLICY = "default-src 'none'; frame-ancestors 'none'"

PLANTED = {
    "a verb": ("/sms", b"</Response>", b"<Dial2>+19005550123</Dial2></Response>", "unknown TwiML verb"),
    "no XML": ("/voice", b"</Response>", b"", "no element found"),
    "a NUL": ("/sms", b"</Response>", b"\x00</Response>", "a forbidden character"),
    "a number": ("/voice", b"<Gather", b"<Number>+19005550123</Number><Gather", "another number is called"),
    "another turn": ("/voice/turn", b'action="/voice/', b'action="http://evil/', "leads elsewhere"),
    "a word of theirs": ("/sms", b"</Message>", MARK.encode() + b"</Message>", "input came back"),
    "a script": ("/desk", b"<h1>", b"<script>1</script><h1>", "unexpected element: script"),
    "a handler": ("/desk", b"<h1>", b"<h1 onclick='x'>", "unexpected attribute: onclick"),
    "an address": ("/letters", b'href="/letters', b'href="javascript:x', "href leads to"),
    "not escaped": ("/desk", b"&lt;i title=", b"<i title=", "unexpected element: i"),
    "a comment": ("/letters", b"<main>", b"<!-- x --><main>", "a comment"),
    "another style": ("/desk", b"<style>", b"<style>*{}", "unexpected style"),
    "a tag too many": ("/letters/<kind>", b"</main>", b"</main></p>", "closed too early"),
    "a trace": ("/healthz", b"ok", b"Traceback (most recent call last)", "internals are shown"),
    "lines": ("/healthz", b"ok", b"ok\nok", "not one line"),
    "another key": ("/readyz", b'"redis"', b'"phone"', "other than the checks"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_planted_in_a_document_is_found(fault: str, environment: Environment) -> None:
    rule, ours, planted, found = PLANTED[fault]
    answer = answered(rule, environment)
    assert ours in answer.content
    with pytest.raises((AssertionError, SyntaxError), match=found):
        judge(replace(answer, content=answer.content.replace(ours, planted, 1)))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("X-Powered-By", "a", "unexpected header"),
        ("Location", "http://evil.example/", "sent to"),
        ("Location", "/desk?said=done\r\nA: b", "a control character"),
        ("Content-Language", MARK, "input is in"),
        ("Content-Security-Policy", "", "no policy"),
        ("Content-Security-Policy", f"{POLICY}; script-src 'self'", "allows a script"),
        ("X-Content-Type-Options", "", "no nosniff"),
        ("Cache-Control", "public", "may be cached"),
        ("Content-Type", "text/plain", "is text/plain"),
    ],
)
def test_a_fault_in_a_header_is_found(name: str, value: str, found: str, environment: Environment) -> None:
    with pytest.raises(AssertionError, match=found):
        judge(told(answered("/desk", environment), name, value))


def asked(**other: Any) -> Callable[[Answer], Answer]:
    """Return a function that changes the request of a response."""
    return lambda answer: replace(answer, asked=replace(answer.asked, **other))


def unsigned(answer: Answer) -> Answer:
    return replace(asked(signing=Signing.UNSIGNED)(answer), status=403)


SPOILED: dict[str, tuple[str, Callable[[Answer], Answer], str]] = {
    "an exception": ("/sms", lambda each: replace(each, failed=(KeyError("x"),)), "KeyError at /sms"),
    "a forgery": ("/sms", asked(signing=Signing.OTHER_TOKEN), "a forger got 200"),
    "no session": ("/desk", asked(headers=()), "a visitor who is not signed in got 200"),
    "an unsigned body": ("/sms", unsigned, "was read"),
    "an unneeded body": ("/healthz", lambda each: replace(each, touched=1), "was read"),
    "a too long body": ("/sms", lambda each: replace(each, took=MAX_BODY + 1), "was read"),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_wrong_response_is_found(fault: str, environment: Environment) -> None:
    rule, spoil, found = SPOILED[fault]
    with pytest.raises(AssertionError, match=found):
        judge(spoil(answered(rule, environment)))


@pytest.mark.parametrize(
    ("status", "rule", "away"),
    [
        (500, "/desk", Away.NOTHING),
        (502, "/desk", Away.CARRIER),
        (503, "/status", Away.CARRIER),
        (503, "/sms", Away.REDIS),
        (308, "/letters", Away.NOTHING),
    ],
)
def test_a_status_that_is_not_by_design_is_found(
    status: int, rule: str, away: Away, environment: Environment
) -> None:
    with pytest.raises(AssertionError, match=f"{status} from {rule}"):
        judge(replace(answered(rule, environment), status=status), away)
