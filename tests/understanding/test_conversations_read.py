"""Conversations that went wrong, each with variations written before the model was run on them
(conversations.tsv).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Consent
from hotline.conversation.model.session import BEGAN, Session
from tests.conversation.talk import Talk
from tests.understanding.test_cases import OTHER_TONGUE, Played, play

ROWS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "conversations.tsv").read_text(encoding="utf-8").splitlines()[1:]
]

NOT_YET: dict[str, str] = {}
"""Rows that the product does not reach, each with what it does instead."""


Claim = Callable[[Played, str], bool]

CLAIMS: dict[str, Claim] = {
    "danger": lambda p, _: p.alarmed,
    "danger or asked": lambda p, _: p.alarmed or p.asked_whether_safe,
    "warm": lambda p, _: p.alarmed or p.asked_whether_safe or "not_alone" in p.talk.told,
    "waits": lambda p, _: "take_your_time" in p.talk.told and p.stays,
    "answer": lambda p, choice: p.choice == choice,
    "stays": lambda p, _: p.choice in (None, BEGAN) and p.safe,
    "topic": lambda p, intents: p.led_to(*intents.split()),
    "not": lambda p, state: p.safe and state not in (p.talk.asked, *p.talk.told),
    "greeted": lambda p, _: "greeting" in p.talk.told and p.safe,
    "consents": lambda p, _: any(isinstance(effect, Consent) for effect in p.talk.effects),
    "no consent": lambda p, _: not any(isinstance(effect, Consent) for effect in p.talk.effects),
    "language": lambda p, language: p.talk.session.language == language,
    "other tongue": lambda p, _: not OTHER_TONGUE.isdisjoint(p.talk.told),
    "state": lambda p, code: p.talk.session.slot("which_state") == code,
    "stays or state": lambda p, _: (
        p.choice in (None, BEGAN) and p.talk.session.slot("which_state") in (None, "TX")
    ),
}
"""What the last column asks for, as a claim about what was played and what stands behind its colon."""


def is_right(played: Played, right: str) -> bool:
    """Return whether the result is as in the last column."""
    claim, _, what = right.partition(": ")
    return CLAIMS[claim](played, what)


def _row(row: tuple[str, ...]) -> Any:
    section, place, language, channel, text, right = row
    reason = NOT_YET.get(text)
    mark = pytest.mark.xfail(strict=True, reason=reason) if reason else ()
    return pytest.param(
        place, language, channel, text, right, id=f"{section}-{place}-{text[:40]}", marks=mark
    )


@pytest.mark.parametrize(("place", "language", "channel", "text", "right"), [_row(row) for row in ROWS])
def test_a_conversation_that_went_wrong_goes_right(
    book: Book, place: str, language: str, channel: str, text: str, right: str
) -> None:
    played = play(book, place, language, channel, text)
    assert is_right(played, right), (
        played.talk.told,
        played.talk.asked,
        played.talk.session.state,
        played.choice,
        played.reading,
    )


@pytest.mark.parametrize("answer", ["no", "yes", "2", "nope", "si"])
@pytest.mark.parametrize("misses", [("xyz", "abc"), ("qwe qwe", "???")])
def test_the_way_out_still_takes_the_answer(book: Book, misses: tuple[str, ...], answer: str) -> None:
    talk = Talk(book, Session(state="sent_home")).text(*misses)
    talk.text(answer)
    given = {a.state: a.choice for a in talk.session.answers}
    if answer != "2":  # there a number chooses among the ways out
        assert given.get("sent_home") == {"no": "no", "nope": "no"}.get(answer, "yes")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("my son is 7 and he cant read. what do i do", {"child_age": "school_age"}),
        ("my daughter is 9 and cant focus at all", {"child_age": "school_age"}),
        ("mi hijo tiene 8 años y no sabe leer que hago", {"child_age": "school_age"}),
        ("my 4 year old doesnt talk yet what can i do", {"child_age": "preschool"}),
        ("he is in 3rd grade and failing everything", {"child_age": "school_age"}),
        ("mi niña va en segundo y no aprende las letras", {"child_age": "school_age"}),
        ("my 2 year old is not talking who helps", {"child_age": "under_3"}),
        ("my grandson is 12 cant sit still and fails", {"child_age": "school_age"}),
        ("my son is 7 he cant read and has no plan", {"child_age": "school_age", "plan_now": "no_plan"}),
        ("mi hija de 10 años no lee y no tiene plan", {"child_age": "school_age"}),
        ("shes a sophomore with adhd and failing", {"child_age": "school_age"}),
    ],
)
def test_facts_in_a_story_are_not_asked_for(book: Book, text: str, filled: dict[str, str]) -> None:
    talk = Talk(book).text(text)
    known = {**dict(talk.session.given), **{a.state: a.choice for a in talk.session.answers}}
    assert filled == {name: known.get(name) for name in filled}
    assert talk.asked not in filled


def test_each_kind_has_ten_variations() -> None:
    by_section: dict[str, int] = {}
    for row in ROWS:
        by_section[row[0]] = by_section.get(row[0], 0) + 1
    assert all(count >= 11 for count in by_section.values()), by_section
    assert set(NOT_YET) <= {row[4] for row in ROWS}
