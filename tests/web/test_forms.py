"""Our faster parser of forms and signatures agrees with Flask and with Twilio's own library."""

from io import BytesIO
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request

from hotline.web.forms import FORM
from hotline.web.incoming import fields_of
from hotline.web.signature import HASHES, signature_of, signed_text

URL = "https://line.example/sms?n=1"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FIELDS = st.lists(st.tuples(TEXT, TEXT), max_size=12)
WRITTEN = st.lists(
    st.sampled_from(
        ["a", "B", "=", "&", "%", "+", ";", "%41", "%C3%A1", "%E1", "%zz", "%2", "%26", "%00", "\u00e1"]
    ),
    max_size=30,
).map("".join)


def as_flask_reads(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of `request.form`."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    return list(Request(environ).form.items(multi=True))


def by_field(fields: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Group values by name, as Flask orders them."""
    return list(MultiDict(fields).lists())


@given(WRITTEN)
@example("Body=a+b%2Bc&From=%2B15105550123&Empty=&None&=x&&Body=again")
def test_a_form_is_read_as_flask_reads_it(written: str) -> None:
    body = written.encode()
    assert by_field(as_flask_reads(body)) == by_field(fields_of(body))


@given(FIELDS)
def test_an_encoded_form_is_decoded_unchanged(fields: list[tuple[str, str]]) -> None:
    written = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields)
    assert fields == fields_of(written.encode())


def test_a_form_that_is_not_utf_8_has_no_fields() -> None:
    body = b"Body=\xe1"
    assert [] == as_flask_reads(body) == fields_of(body)


@pytest.mark.parametrize("algorithm", [HMAC_SHA1, HMAC_SHA256])
@given(FIELDS, TEXT)
@example([("a", "2"), ("a", "1"), ("a", "1"), ("A", "x")], "token")
@example([], "token")
def test_a_form_is_signed_as_twilios_library_signs_it(
    algorithm: str, fields: list[tuple[str, str]], token: str
) -> None:
    ours = signature_of(token.encode(), URL + signed_text(fields), HASHES[algorithm])
    assert ours.decode() == RequestValidator(token).compute_signature(URL, MultiDict(fields), algorithm)
