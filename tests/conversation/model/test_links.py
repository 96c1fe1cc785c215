"""A letter's link replaces its specification everywhere in a turn."""

import pytest

from hotline.conversation.model.events import Ask, Tell, TextThis
from hotline.conversation.model.links import with_links
from hotline.conversation.model.session import Session, Turn

LETTER = Tell("letter.text", (("letter_link", "discipline en"),))

PLACES = {
    "said": Turn(Session(), (LETTER,)),
    "to say later": Turn(Session(more=(LETTER, Ask("menu")))),
    "wanted": Turn(Session(wanted=(LETTER,))),
    "may be wanted": Turn(Session(textable=(LETTER,))),
    "said last": Turn(Session(last=(LETTER,))),
    "texted": Turn(Session(), effects=(TextThis((LETTER,)),)),
}


@pytest.mark.parametrize("turn", PLACES.values(), ids=PLACES.keys())
def test_no_specification_leaves_a_turn(turn: Turn) -> None:
    linked = with_links(turn, lambda _: "https://x")
    assert "discipline en" not in repr(linked)
    assert "https://x" in repr(linked)
