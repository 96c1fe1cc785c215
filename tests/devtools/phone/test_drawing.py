"""A drawing shows where the person is and how they came, as SVG that a browser and a screen reader take."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from devtools.phone.chart import chart
from devtools.phone.drawing import Way, draw
from hotline.conversation.book.book import Book

SVG = "{http://www.w3.org/2000/svg}"
WAY = Way({"child_age", "sent_home"}, {("child_age", "sent_home")}, "sent_home")


@pytest.fixture
def drawn(book: Book) -> ET.Element:
    """The screening, two steps in."""
    return ET.fromstring(draw(chart(book, "screening"), WAY, "<screening> & more"))  # noqa: S314 -- our own


def of_class(drawn: ET.Element, name: str) -> list[ET.Element]:
    return [each for each in drawn.iter() if name in each.get("class", "").split()]


def test_the_state_where_the_person_is_is_lit(drawn: ET.Element) -> None:
    """It alone."""
    (lit,) = of_class(drawn, "here")
    assert ["sent home"] == [text.text for text in lit.iter(f"{SVG}text")]


def test_the_way_walked_is_marked(drawn: ET.Element, book: Book) -> None:
    """Its states and its arrow, which lies above the others."""
    assert 3 == len(of_class(drawn, "walked"))
    arrows = of_class(drawn, "arrow")
    assert len(chart(book, "screening").arrows) == len(arrows)
    assert "arrow walked" == arrows[-1].get("class")


def test_each_kind_of_state_has_its_shape(drawn: ET.Element) -> None:
    """Colour is not all that tells them apart."""
    assert all(each.find(f"{SVG}polygon") is not None for each in of_class(drawn, "fork"))
    assert all(len(each.findall(f"{SVG}rect")) == 2 for each in of_class(drawn, "outcome"))
    rounds = {
        name: {each.find(f"{SVG}rect").get("rx") for each in of_class(drawn, name)}  # type: ignore[union-attr]  # each has one
        for name in ("question", "statement")
    }
    assert rounds["question"].isdisjoint(rounds["statement"])


def test_a_drawing_has_a_name_and_nothing_that_runs(drawn: ET.Element) -> None:
    """Words are words, whatever signs they have."""
    assert "img" == drawn.get("role")
    assert "<screening> & more" == drawn[0].text
    assert {"svg", "title", "path", "g", "rect", "polygon", "text"} >= {
        each.tag.removeprefix(SVG) for each in drawn.iter()
    }


def test_everything_stands_on_the_page(drawn: ET.Element) -> None:
    """No state hangs over its edge."""
    _, _, width, height = map(float, drawn.get("viewBox", "").split())
    for state in of_class(drawn, "state"):
        x, y = map(float, state.get("transform", "").removeprefix("translate(").rstrip(")").split())
        assert 0 <= x < width
        assert 0 <= y < height


def test_nobody_anywhere_is_drawn_too(book: Book) -> None:
    """A picture without a way."""
    assert "here" not in draw(chart(book, "plans"), Way(), "plans")
