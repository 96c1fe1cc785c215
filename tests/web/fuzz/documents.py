"""Checks of response documents: each is well-formed, and has only allowed elements and values.

Each function raises AssertionError with what is wrong.
"""

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Final
from xml.etree import ElementTree as ET

from hotline.web import letters
from hotline.web.checks import CHECKS
from hotline.web.desk import guard
from hotline.web.health import READY
from tests.web.fuzz.asking import Answer
from tests.web.fuzz.environment import NAME, PLANTED, UNCLE
from tests.web.test_escaping import CONTROL, VERBS

TAGS: Final = frozenset(
    "html head meta title style body main header footer nav article section h1 h2 h3 p a ul li dl div dt dd time audio "
    "details summary form input button table caption thead tbody tr th td strong br span nav label select option textarea "
    "fieldset legend svg rect".split()
)
ATTRIBUTES: Final = frozenset(
    "lang charset name content href hreflang class id role aria-labelledby aria-label datetime controls preload src "
    "method action form formaction formmethod formnovalidate type value scope aria-current aria-describedby aria-invalid tabindex for autofocus autocomplete autocapitalize "
    "spellcheck inputmode size required readonly maxlength minlength rows selected checked width height fill aria-hidden data-caption".split()
)
"""All allowed elements and attributes of our pages. Scripts are not among them."""

MIRRORED: Final = {"signature", "target", "form", "base", "account", "token"}
"""The fields of the response to `hotline doctor`."""

SAFE_ADDRESS: Final = re.compile(
    r"/desk/words/(center/[A-Z]{2}|(text|topic)/[\w.-]+)|/(desk|letters|privacy|terms)[a-z0-9_/?=&.-]*|tel:\+[0-9]+|http://127\.0\.0\.1:[0-9]+/phone|#[a-z-]+|mailto:\?subject=[^\"'<>\s]*"
)
"""Allowed link targets of our pages: only the site itself, phone numbers, email and, on a trial machine, its phone page."""

STAFF_NUMBER: Final = "+15105550123"
TURN: Final = re.compile(
    r"/voice/(turn\?n=[0-9]+|whisper(/accepted|\?lang=[a-z_]+)?|callback/\w+\?request=[^&]*&call=[^&]*)#rc=2&rp=ct,5xx"
)
STYLES: Final = frozenset({guard.STYLE.strip(), letters.STYLE.strip()})


def _twiml(answer: Answer) -> None:
    assert not CONTROL.search(answer.text), "a forbidden character"
    for element in ET.fromstring(answer.text).iter():  # noqa: S314 -- ours
        assert element.tag in VERBS, f"unknown TwiML verb: {element.tag}"
        for name in ("action", "url"):
            assert TURN.fullmatch(element.get(name, "/voice/turn?n=1#rc=2&rp=ct,5xx")), (
                f"its {name} leads elsewhere"
            )
        if element.tag == "Number":
            assert element.text in (STAFF_NUMBER, UNCLE), "another number is called than the staff's"
        if element.tag == "Redirect":
            assert TURN.fullmatch(element.text or ""), "it leads elsewhere"


def _page(answer: Answer) -> None:
    seen = Page()
    seen.feed(answer.text)
    seen.close()
    assert not seen.open, f"never closed: {seen.open}"
    assert PLANTED not in answer.text, "not escaped"
    assert NAME not in answer.text, "not escaped"


class Page(HTMLParser):
    """A parser that raises AssertionError for anything that is not allowed on our pages."""

    VOID: Final = frozenset({"meta", "br", "input"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element and its attributes."""
        assert tag in TAGS, f"unexpected element: {tag}"
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names)
        for name, value in attrs:
            assert name in ATTRIBUTES, f"unexpected attribute: {name}"
            own = ("name", "center_name") in attrs  # staff edit their center's name, as it is set
            assert own or "Qzy" not in (value or ""), f"stored text is in {name}"
            if name in ("href", "src", "action", "formaction"):
                assert re.fullmatch("#[a-z_0-9-]+", value or "") or SAFE_ADDRESS.fullmatch(value or ""), (
                    f"{name} leads to {value}"
                )
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that the tag closes the innermost open element."""
        assert self.open, f"closed without being open: {tag}"
        assert self.open.pop() == tag, f"closed too early: {tag}"

    def handle_data(self, data: str) -> None:
        """Check that a style is one of ours."""
        if self.open and self.open[-1] == "style":
            assert data.strip() in STYLES, "unexpected style"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def _json(answer: Answer) -> None:
    found = json.loads(answer.text)
    assert set(found) in (set(CHECKS), set(READY), MIRRORED), "it tells other than the checks"
    assert all(isinstance(state, str) for state in found.values())


def _line(answer: Answer) -> None:
    assert 1 == len(answer.text.splitlines()), "not one line"
    assert answer.text.endswith("\n")
    assert answer.text.isascii()


FIGURE: Final = re.compile(
    r"# (HELP|TYPE) hotline_[a-z_]+ .+|hotline_[a-z_]+({([a-z]+=\"[a-zA-Z0-9_.+]*\",?)+})? [0-9.e+-]+"
)


def _plain(answer: Answer) -> None:
    if answer.rule != "/metrics" or answer.status != 200:
        return _line(answer)
    for line in answer.text.splitlines():
        assert FIGURE.fullmatch(line), f"no figure: {line}"
    return None


def _sound(answer: Answer) -> None:
    assert answer.rule == "/desk/recording/<id>"


def _csv(answer: Answer) -> None:
    assert {3} == {len(row) for row in csv.reader(answer.text.splitlines())}, "unexpected row"


JUDGES: Final[dict[str, Callable[[Answer], None]]] = {
    "text/xml": _twiml,
    "text/html": _page,
    "application/json": _json,
    "text/plain": _plain,
    "audio/mpeg": _sound,
    "text/csv": _csv,
}
"""Allowed media type -> its check."""
