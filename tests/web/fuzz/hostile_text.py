"""Hostile text for forms, URLs and headers.

Each text contains MARK, which occurs nowhere in the service and has only letters: escaping does not change it, so it is
detected wherever it comes out.
"""

from typing import Final
from urllib.parse import quote_plus

from hypothesis import strategies as st

MARK: Final = "Zqxj"

MARKUP: Final = (
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onload='x", "]]>", "<!--", "<?xml?>"),
    *("<Dial>+19005550123</Dial>", "</Message><Message>", "&#0;", "&amp;", "&lt;b&gt;", "+12025550123"),
    *("{{7*7}}", "{% raw %}", "${jndi}", "%s", "{hotline}", "../", "\r\nSet-Cookie: a=b\r\n\r\n<b>"),
    *("\x00", "\x0b", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\u200f", "\ufeff", "\ufffe"),
    *("\U0001f469\u200d\U0001f467", "\u0660"),
)
"""Text with a special meaning in TwiML, HTML, templates, headers or logs, and noncharacters."""

ESCAPES: Final = (
    *(b"%ED%A0%80", b"%00", b"%FF%FE", b"%C0%AF", b"%F4%90%80%80", b"%", b"%z", b"%zz", b"%u0041"),
    *(b"\xff", b"\xed\xa0\x80", b"\x00", b"+", b"%26%230%3B", b"%0D%0A", b"%2F..%2F", b";", b"%25%33%43"),
)
"""Percent-escapes of lone surrogates, of invalid UTF-8, or malformed; and unescaped bytes."""

TEXTS: Final = st.lists(st.one_of(st.sampled_from(MARKUP), st.text(max_size=12)), max_size=4).map(
    lambda parts: MARK + "".join(parts)
)

LONG: Final = st.builds(
    lambda times, piece: (MARK + piece) * times,
    st.sampled_from((400, 1200, 4000)),
    st.sampled_from(("", "\U0001f469", "<b>")),
)
"""Values of some kilobytes; percent-escaped they reach or exceed the body limit."""

SAID: Final = st.sampled_from(
    [
        *"1 2 3 hi hola help stop start menu back why yes no sent letter person another center days list".split(),
        *"rights prep signed espanol 94601 California monday".split(),
        *("delete my data", "I want to die", "whats an iep", "", " ", "1" * 400),
    ]
)
"""What parents say. These lead through the questions."""

Values = st.SearchStrategy[bytes | None]
"""A strategy for values of a field as on the wire; None means it is omitted."""

WORDS: Final = st.one_of(TEXTS, SAID)


def once_in(times: int, draw: st.DrawFn) -> bool:
    """Draw True once in `times`. Hypothesis shrinks it to False."""
    return draw(st.integers(1, times)) == times


def escaped(text: str) -> bytes:
    """Encode a text for a form or a query."""
    return quote_plus(text, errors="surrogatepass").encode("ascii")


RAW: Final = st.lists(st.sampled_from(ESCAPES), min_size=1, max_size=4).map(
    lambda pieces: MARK.encode() + b"".join(pieces)
)
"""Bytes of a form, a query or a path that no browser would send."""

VALUES: Final = st.one_of(TEXTS.map(escaped), SAID.map(escaped), RAW, TEXTS.map(escaped), LONG.map(escaped))
"""Values of a form or a query, as on the wire."""

HEADER_TEXTS: Final = st.one_of(TEXTS, RAW.map(lambda raw: raw.decode("latin-1")), st.just("")).map(
    lambda text: "".join(char for char in text if char not in "\r\n\0").encode().decode("latin-1")[:2000]
)
"""Header values as a WSGI server passes them: one line of bytes decoded as Latin-1."""
