"""A body without a signature is not read, and one with a wrong signature has no effect."""

from dataclasses import replace

import pytest

from hotline.web import mirror
from hotline.web.forms import MAX_BODY
from tests.web.fuzz.addresses import ADDRESSES
from tests.web.fuzz.bodies import FORM, MORE, MULTIPART, Body
from tests.web.fuzz.environment import Environment
from tests.web.fuzz.hostile_text import MARK
from tests.web.fuzz.judging import put
from tests.web.fuzz.signing import AUTHENTIC, NO_HEADER, Signing
from tests.web.fuzz.valid_requests import valid_request

SIGNED = [rule for rule, address in ADDRESSES.items() if address.signed]
READING = [rule for rule, address in ADDRESSES.items() if address.reads]

PARTS = f'--{MARK}\r\nContent-Disposition: form-data; name="From"\r\n\r\n{MARK}\r\n--{MARK}--\r\n'.encode()
BODIES = {
    "form": Body(b"From=%2B12025550123", FORM, "19"),
    "form in chunks": Body(b"From=%2B12025550123", FORM, None),
    "parts": Body(PARTS, MULTIPART, str(len(PARTS))),
    "JSON": Body(b"{}", "application/json", "2"),
    "of no kind": Body(b"x" * 100, None, "100"),
    "none": Body(b"", FORM, "0"),
    "too long": Body(b"x" + MORE, FORM, str(len(MORE) + 1)),
    "longer than it says": Body(b"x" + MORE, FORM, "10"),
    "without an end": Body(b"x" * 10, FORM, "9" * 30),
}


def test_every_url_for_twilio_requires_a_signature() -> None:
    """Check that only the desk, the fallbacks and the doctor's endpoint accept an unsigned POST."""
    open_to_all = {
        rule for rule, address in ADDRESSES.items() if "POST" in address.methods and not address.signed
    }
    desk = {rule for rule in ADDRESSES if rule.startswith("/desk")}
    assert {"/fallback/sms", "/fallback/voice", mirror.PATH} == open_to_all - desk


@pytest.mark.parametrize("signing", sorted(NO_HEADER))
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("rule", SIGNED)
def test_an_unsigned_request_is_refused_unread(
    rule: str, body: str, signing: Signing, environment: Environment
) -> None:
    answer = put(environment, replace(valid_request(rule, environment), signing=signing, body=BODIES[body]))
    assert (403, 0, 0) == (answer.status, answer.touched, answer.took)


@pytest.mark.parametrize("signing", sorted(set(Signing) - AUTHENTIC - NO_HEADER))
@pytest.mark.parametrize("rule", SIGNED)
def test_forged_requests_change_nothing(rule: str, signing: Signing, environment: Environment) -> None:
    before = environment.kept()
    answer = put(
        environment, replace(valid_request(rule, environment), signing=signing, odd=("A" * 27 + "=", ""))
    )
    assert 403 == answer.status
    assert before == environment.kept()


@pytest.mark.parametrize("host", ["http://evil.example", "http://evil.example:x", "http://[", "@", ":0"])
@pytest.mark.parametrize("rule", SIGNED)
def test_a_forgery_with_any_raw_target_is_refused(rule: str, host: str, environment: Environment) -> None:
    asked = replace(valid_request(rule, environment), signing=Signing.OTHER_TOKEN, raw_uri=f"{host}{rule}")
    assert 403 == put(environment, asked).status


@pytest.mark.parametrize("rule", READING)
def test_a_body_with_too_large_a_length_is_refused_unread(rule: str, environment: Environment) -> None:
    asked = valid_request(rule, environment)
    content = asked.body.content + MORE
    answer = put(environment, replace(asked, body=Body(content, FORM, str(len(content)))))
    assert (413, 0) == (answer.status, answer.touched)


@pytest.mark.parametrize("rule", SIGNED)
def test_a_chunked_body_is_read_only_up_to_the_limit(rule: str, environment: Environment) -> None:
    """Check that the excess of a chunked body is not read, so that its signature is wrong."""
    asked = valid_request(rule, environment)
    answer = put(environment, replace(asked, body=Body(asked.body.content + MORE, FORM, None)))
    assert 403 == answer.status
    assert answer.took <= MAX_BODY


@pytest.mark.parametrize("headers", [(), (("Cookie", "desk_session=x"),)], ids=["none", "wrong"])
def test_the_desk_reads_no_form_without_a_session(
    headers: tuple[tuple[str, str], ...], environment: Environment
) -> None:
    answer = put(environment, replace(valid_request("/desk/request/<id>/done", environment), headers=headers))
    assert (303, 0) == (answer.status, answer.touched)
