"""The judge finds planted faults, and none in a correct response."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hotline.web.forms import MAX_BODY
from tests.web.fuzz.addresses import ADDRESSES
from tests.web.fuzz.asking import Answer
from tests.web.fuzz.house import Away, House
from tests.web.fuzz.judging import judge
from tests.web.fuzz.rightly import right
from tests.web.fuzz.signing import Signing
from tests.web.fuzz.stranger import MARK
from tests.web.fuzz.tally import Tally


def answered(rule: str, house: House) -> Answer:
    """Return the response to a valid request."""
    answer = house.ask(right(rule, house))
    judge(answer)
    return answer


def told(answer: Answer, name: str, value: str) -> Answer:
    """Return the response with another value of this header."""
    others = tuple(header for header in answer.headers if header[0] != name)
    return replace(answer, headers=(*others, (name, value)))


PLANTED = {
    "a verb": (
        "/sms",
        b"</Response>",
        b"<Dial2>+19005550123</Dial2></Response>",
        "a verb that is none of ours",
    ),
    "no XML": ("/voice", b"</Response>", b"", "no element found"),
    "a NUL": ("/sms", b"</Response>", b"\x00</Response>", "a character that no document may hold"),
    "another number": (
        "/voice",
        b"<Gather",
        b"<Number>+19005550123</Number><Gather",
        "another number is called",
    ),
    "another turn": ("/voice/turn", b'action="/voice/', b'action="http://evil/', "leads elsewhere"),
    "a word of theirs": (
        "/sms",
        b"</Message>",
        MARK.encode() + b"</Message>",
        "a stranger's words came back",
    ),
    "a script": ("/desk", b"<h1>", b"<script>1</script><h1>", "an element that is none of ours: script"),
    "a handler": ("/desk", b"<h1>", b"<h1 onclick='x'>", "an attribute that is none of ours: onclick"),
    "an address": ("/letters", b'href="/letters', b'href="javascript:x', "href leads to"),
    "not escaped": ("/desk", b"&lt;i title=", b"<i title=", "an element that is none of ours: i"),
    "a comment": ("/letters", b"<main>", b"<!-- x --><main>", "a comment"),
    "another style": ("/desk", b"<style>", b"<style>*{}", "a style that is none of ours"),
    "a tag too many": ("/letters/<kind>", b"</main>", b"</main></p>", "closed before its time"),
    "a trace": ("/healthz", b"ok", b"Traceback (most recent call last)", "how we are made"),
    "lines": ("/healthz", b"ok", b"ok\nok", "not one line"),
    "another key": ("/readyz", b'"redis"', b'"phone"', "other than the checks"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_planted_in_a_document_is_found(fault: str, house: House) -> None:
    """Check that each fault in each kind of document is found."""
    rule, ours, planted, found = PLANTED[fault]
    answer = answered(rule, house)
    assert ours in answer.content
    with pytest.raises((AssertionError, SyntaxError), match=found):
        judge(replace(answer, content=answer.content.replace(ours, planted, 1)))


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("X-Powered-By", "a", "a header that nobody meant"),
        ("Location", "http://evil.example/", "sent to"),
        ("Location", "/desk?said=done\r\nA: b", "a control character"),
        ("Content-Language", MARK, "a stranger's words are in"),
        ("Content-Security-Policy", "", "no policy"),
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
            "allows a script",
        ),
        ("X-Content-Type-Options", "", "no nosniff"),
        ("Cache-Control", "public", "may be kept"),
        ("Content-Type", "text/plain", "is text/plain"),
    ],
)
def test_a_fault_planted_in_a_header_is_found(name: str, value: str, found: str, house: House) -> None:
    """Check that forbidden, missing and wrong headers are found."""
    with pytest.raises(AssertionError, match=found):
        judge(told(answered("/desk", house), name, value))


def test_an_unexpected_status_is_found(house: House) -> None:
    """Check that a 5xx without a matching outage, and a redirect, are found."""
    for rule, status, away in (
        ("/desk", 500, Away.NOTHING),
        ("/desk", 502, Away.CARRIER),
        ("/status", 503, Away.CARRIER),
        ("/sms", 503, Away.REDIS),
        ("/letters", 308, Away.NOTHING),
    ):
        with pytest.raises(AssertionError, match=f"{status} from {rule}"):
            judge(replace(answered(rule, house), status=status), away)


def test_an_exception_behind_a_correct_response_is_found(house: House) -> None:
    """Check that an exception hidden by the fallback text is found."""
    with pytest.raises(AssertionError, match="KeyError at /sms"):
        judge(replace(answered("/sms", house), failed=(KeyError("x"),)))


def test_an_accepted_forgery_is_found(house: House) -> None:
    """Check that accepting a wrong signature or a missing session is found."""
    text, desk = answered("/sms", house), answered("/desk", house)
    with pytest.raises(AssertionError, match="a forger got 200"):
        judge(replace(text, asked=replace(text.asked, signing=Signing.OTHER_TOKEN)))
    with pytest.raises(AssertionError, match="whoever has not the password got 200"):
        judge(replace(desk, asked=replace(desk.asked, headers=())))


def test_reading_a_forbidden_body_is_found(house: House) -> None:
    """Check that reading an unsigned, unneeded or too long body is found."""
    text, health = answered("/sms", house), answered("/healthz", house)
    unsigned = replace(text, asked=replace(text.asked, signing=Signing.UNSIGNED), status=403)
    for read in (unsigned, replace(health, touched=1), replace(text, took=MAX_BODY + 1)):
        with pytest.raises(AssertionError, match="was read"):
            judge(read)


def test_too_few_requests_are_reported() -> None:
    """Check the messages for too few requests and for a URL rule that always refused."""
    tally = Tally()
    for rule in ADDRESSES:
        tally.count(rule, 403 if rule == "/sms" else 200)
    assert [
        f"{len(ADDRESSES)} requests, not {len(ADDRESSES) + 1}",
        "/sms always refused",
    ] == tally.too_little(len(ADDRESSES) + 1, ADDRESSES)
    tally.count("/sms", 200)
    assert [] == tally.too_little(len(ADDRESSES) + 1, ADDRESSES)
    assert ["/sms", "2", "1", "0", "1", "0"] == next(
        line.split() for line in tally.table().splitlines() if line.startswith("/sms ")
    )
