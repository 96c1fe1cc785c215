"""Request bodies: forms as Twilio sends them, with corrupted fields, and bodies that are not forms."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote_plus

from hypothesis import strategies as st

from hotline.web.forms import MAX_BODY
from tests.web.fuzz.hostile_text import MARK, TEXTS, VALUES, Values, escaped, once_in

Field = tuple[bytes, bytes]
"""Encoded name and value of a form field."""

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = f"multipart/form-data; boundary={MARK}"

TYPES: Final = st.one_of(
    st.sampled_from(
        [
            *(None, "", FORM, f"{FORM}; charset=utf-16", f"{FORM};;;=", "text/xml", "\xff/\xff"),
            *("application/json", MULTIPART, "multipart/form-data", "multipart/mixed; boundary=x"),
            *("multipart/form-data; boundary=\xe9", 'multipart/form-data; boundary="'),
            "multipart/form-data; boundary*=utf-8''%ED%A0%80",
        ]
    ),
    TEXTS.map(lambda text: "".join(char for char in text if char.isprintable()).encode().decode("latin-1")),
)
"""Content types of a body."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body. `length` is its Content-Length; None for a chunked body."""

    content: bytes
    content_type: str | None
    length: str | None


MORE: Final = b"&more=" + b"x" * MAX_BODY

NONE: Final = Body(b"", None, None)

NAMES: Final = ("Zebra", "Body[]", "", "MediaUrl0", "__proto__", "From", "To", "AccountSid", "CallSid")
"""Additional fields: unknown ones, and duplicates of existing ones."""

Mutation = Callable[[list[Field], int, bytes], list[Field]]
"""Corrupts the fields, given the index of one and a hostile value."""


def _dropped(fields: list[Field], at: int, _value: bytes) -> list[Field]:
    return fields[:at] + fields[at + 1 :]


def _replaced(fields: list[Field], at: int, value: bytes) -> list[Field]:
    return [*fields[:at], (fields[at][0], value), *fields[at + 1 :]]


def _doubled(fields: list[Field], at: int, value: bytes) -> list[Field]:
    return [*fields[:at], (fields[at][0], value), *fields[at:]]


def _doubled_after(fields: list[Field], at: int, value: bytes) -> list[Field]:
    return [*fields, (fields[at][0], value)]


MUTATIONS: Final[tuple[Mutation, ...]] = (_dropped, _replaced, _replaced, _doubled, _doubled_after)


@st.composite
def forms(draw: st.DrawFn, fields: Mapping[str, Values]) -> list[Field]:
    """Draw a form of these fields, often with some dropped, duplicated, replaced or added."""
    drawn = ((name, draw(values)) for name, values in fields.items())
    form = [(name.encode(), value) for name, value in drawn if value is not None]
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        if form:
            at = draw(st.integers(0, len(form) - 1))
            form = draw(st.sampled_from(MUTATIONS))(form, at, draw(VALUES))
    if once_in(4, draw):
        form.append((escaped(draw(st.sampled_from(NAMES))), draw(VALUES)))
    return form


def urlencoded(form: list[Field]) -> bytes:
    return b"&".join(name + b"=" + value for name, value in form)


def _multipart(form: list[Field]) -> bytes:
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (MARK.encode(), name, b'; filename="a"' if not value else b"", _plain(value))
        for name, value in form
    ]
    return b"".join(parts) + b"--%s--\r\n" % MARK.encode()


def _json(form: list[Field]) -> bytes:
    return json.dumps({name.decode("latin-1"): value.decode("latin-1") for name, value in form}).encode()


def _garbage(form: list[Field]) -> bytes:
    return b"\x1f\x8b\x00&=&=;&%" + b"\xff".join(value for _, value in form)


def _many(form: list[Field]) -> bytes:
    return urlencoded(form + [(b"f%d" % n, b"") for n in range(2000)])


def _plain(value: bytes) -> bytes:
    return unquote_plus(value.decode("latin-1")).encode(errors="replace")


WRITTEN: Final = (
    *((urlencoded, FORM),) * 8,
    (_multipart, MULTIPART),
    (_multipart, MULTIPART),
    (_json, "application/json"),
    (_garbage, FORM),
    (_many, FORM),
)
"""Encoders of a form with their content types."""


@st.composite
def bodies(draw: st.DrawFn, fields: Mapping[str, Values]) -> Body:
    """Draw a body with a form of these fields, mostly valid, otherwise with a bad type, content or length."""
    written, content_type = draw(st.sampled_from(WRITTEN))
    content = written(draw(forms(fields)))
    told = draw(TYPES) if once_in(8, draw) else content_type
    right = Body(content, told, str(len(content)))
    return draw(st.sampled_from(SPOILT_LENGTHS))(right) if once_in(4, draw) else right


def _length(told: str | None) -> Callable[[Body], Body]:
    return lambda body: replace(body, length=told)


SPOILT_LENGTHS: Final[tuple[Callable[[Body], Body], ...]] = (
    lambda body: replace(body, content=body.content[: len(body.content) // 2]),
    lambda body: replace(body, length=str(len(body.content) // 2)),
    lambda body: Body(body.content + MORE, body.content_type, str(len(body.content) + len(MORE))),
    lambda body: Body(body.content + MORE, body.content_type, None),
    *map(_length, (None, None, str(MAX_BODY + 1), "9" * 30, "-1", "", " ", "1e3", "0x10", "\xb2", "1,2")),
)
"""Truncated, longer than its length, too long with and without a length; and invalid lengths."""
