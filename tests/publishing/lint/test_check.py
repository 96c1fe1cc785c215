"""The gate: each kind of fault and its finding."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError, Tell
from hotline.publishing.catalogs import read_catalogs
from hotline.publishing.letters import load_letters
from hotline.publishing.lint import ambiguity, budgets, dead_ends, legal_claims, screenings
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.check import Report, check, exceptions, hard_to_read, overdue_rows, translations
from hotline.publishing.lint.finding import Finding
from hotline.publishing.lint.graph import walk_book
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.loader import load_book
from hotline.publishing.texts import Text, all_texts, read_files
from hotline.publishing.translations import Stale, translated
from tests.copied_flows import copied_flows, edit
from tests.rows import cases
from tests.walked import HIDDEN, walked_shortly

TODAY = date(2026, 11, 24)
"""A day on which nothing is overdue; the flows' own dates move on."""

FAR_OFF = date(2036, 1, 1)


@pytest.fixture(scope="module")
def report(walk: Walk) -> Report:
    return check(OWN_FLOWS, NAMES, TODAY, walk)


def test_this_repositorys_flows_pass(report: Report) -> None:
    assert [] == [str(finding) for finding in report.findings]


def test_the_figures_have_size_cost_and_outcomes(report: Report) -> None:
    told = "\n".join(report.figures)
    for part in (
        "states, | languages: en, es | places on sms and voice | paths from greeting to outcome | median | "
        "greeting to outcome by text (en): | greeting to outcome by text (es): | segments at most | "
        "share of paths by outcome: OUT-BOTH "
    ).split(" | "):
        assert part in told


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """Return a copy of the flows, to break."""
    copied_flows(tmp_path / "flows")
    return tmp_path / "flows"


def read(flows: Path) -> Book:
    return remembering(load_book(flows, NAMES))


def languages(flows: Path, book: Book) -> dict[str, tuple[Text, ...]]:
    english = tuple(all_texts(read_files(flows)))
    others = {c.language: translated(english, c, Stale.EARLIER) for c in read_catalogs(flows)}
    return {book.languages[0]: english, **others}


DELETED = Tell("hotline.delete_by_text.text")

Judge = Callable[[Path, Book], Iterator[Finding]]
JUDGES: dict[str, Judge] = {
    "choices": lambda _, book: ambiguity.findings(
        book, (book.states[name] for name in ("kind_of_school", "plan_now"))
    ),
    "cost": lambda _, book: budgets.findings(book, book.states.values()),
    "turns": lambda _, book: budgets.too_long_to_hear(book, walk_book(book, (HIDDEN,)).calls),
    "heard": lambda _, book: budgets.capitals_in_calls(book, {("en", (DELETED,)): ("", "")}),
    "paths": lambda _, book: screenings.over_budget(book, "en", screenings.screenings(book, "en")),
    "law": lambda _, book: legal_claims.law(book, TODAY, ("goodbye",), book.states.values()),
    "requests": lambda _, book: legal_claims.limits_of_requests(book),
    "promises": lambda flows, book: legal_claims.promises(book, languages(flows, book)),
    "characters": lambda flows, book: legal_claims.look_alikes(book, languages(flows, book)),
    "reading": lambda flows, book: hard_to_read(book, languages(flows, book), ()),
    "translations": lambda flows, _: translations(flows, tuple(all_texts(read_files(flows)))),
}
"""Each of what is judged: two questions, segments, turns of a call, spoken words, whole screenings ..."""


def judged(judge: str, flows: Path) -> tuple[str, ...]:
    return tuple(str(finding) for finding in JUDGES[judge](flows, read(flows)))


@cache
def of_our_own(judge: str) -> tuple[str, ...]:
    return judged(judge, OWN_FLOWS)


PUBLIC = 'choices.public = { text = "Public or charter"'
SCHOOL = 'text = "What kind of school?"'

DATES = "".join(
    re.findall(
        r"(?s)\[outcome_both\].*?(reviewed = \S+\nreview_by = \S+\n)",
        (OWN_FLOWS / "screening.toml").read_text(),
    )
)

BROKEN = cases(__file__, "faults")
"""File, what stands there, what is put in its place, who judges it, and what is told (* is anything)."""


@pytest.mark.parametrize(("file", "right", "wrong", "judge", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_fault_is_reported_with_place_and_fix(
    flows: Path, file: str, right: str, wrong: str, judge: str, told: str
) -> None:
    expected = re.compile(".*".join(map(re.escape, told.split("*"))))
    assert not [said for said in of_our_own(judge) if expected.search(said)]
    edit(flows, file, right.replace("{DATES}", DATES), wrong)
    said = judged(judge, flows)
    assert [line for line in said if expected.search(line)], said


LOOK_ALIKES = {
    "’": "'",
    "“": '"',
    "—": "-",
    "–": "-",
    "…": "...",
    "\xa0": "a space",
    "\u200b": "nothing",
    "а": "the Latin letter",
}


@pytest.mark.parametrize(("character", "right"), LOOK_ALIKES.items(), ids=map(ascii, LOOK_ALIKES))
def test_a_lookalike_character_is_named(flows: Path, character: str, right: str) -> None:
    edit(flows, "screening.toml", SCHOOL, f'text = "What{character} kind of school?"')
    told = judged("characters", flows)
    assert 1 == len(told)
    assert told[0].startswith("screening.toml [kind_of_school] (en): has a")
    assert told[0].endswith(f"; write {right}")


ADDED = """
[nobody_here]
text = "Nobody comes here."
go = "rest"

[trap]
text = "Shall we?"
unsure = "yes"
choices.yes = { text = "Yes", go = "trap" }
choices.no = { text = "No", go = "trap" }

[round_a]
text = "Here?"
unsure = "yes"
choices.yes = { text = "Yes", go = "round_b" }
choices.no = { text = "No", go = "round_b" }

[round_b]
text = "There?"
unsure = "yes"
choices.yes = { text = "Yes", go = "round_a" }
choices.no = { text = "No", go = "round_a" }

[resting]
text = "That is all. Reply ZEBRA for more."
go = "rest"

[around_a]
text = "This."
go = "around_b"

[around_b]
text = "That."
go = "around_a"
"""

LOST_WAYS = {
    "a state nobody comes to": "extra.toml [nobody_here]: this state is unreachable; lead to it with a go, a topic "
    "in book.toml or starts_on, or remove it",
    "a dead end": "extra.toml [trap]: is a dead end: no answer leads away from it; let a choice lead to",
    "a loop with no way out": "extra.toml [round_a]: is a loop without an exit: round_a, round_b; let a choice lead to "
    '"return", a menu, a person or an outcome',
    "a statement that rests without a way on": "extra.toml [resting]: ends the turn, and its text names no next step; name a word "
    'to reply with, such as "Reply MENU"',
    "statements in a circle": "extra.toml [around_a]: leads back to itself through around_a, around_b and asks nothing",
    "a word to reply that means nothing": "extra.toml [resting]: asks to reply ZEBRA, which is not understood",
    "a topic nobody can say": "book.toml [topics] zebra: no one can ask for 'menu': no message is understood as 'zebra'",
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the findings about flows with all these faults."""
    flows = tmp_path_factory.mktemp("lost") / "flows"
    copied_flows(flows)
    (flows / "extra.toml").write_text(ADDED, encoding="utf-8")
    edit(flows, "book.toml", 'relay = "relay_calls"', 'relay = "trap"\nzebra = "menu"')
    edit(flows, "book.toml", 'bullying = { go = "bullying"', 'bullying = { go = "round_a"')
    edit(flows, "book.toml", 'meeting = { go = "meeting_words"', 'meeting = { go = "resting"')
    book = read(flows)
    walk = walked_shortly(book)
    return [str(finding) for finding in dead_ends.findings(book, walk)]


@pytest.mark.parametrize("told", LOST_WAYS.values(), ids=LOST_WAYS.keys())
def test_a_lost_edge_is_reported(lost: list[str], told: str) -> None:
    assert 1 == len([line for line in lost if line.startswith(told)]), lost


def test_a_sixth_choice_is_reported(flows: Path) -> None:
    choice = '_more = { text = "More", go = "offer_texts" }'
    more = "\n".join(f"choices.{name}{choice}" for name in ("one", "two", "three"))
    edit(flows, "screening.toml", PUBLIC, f"{more}\n{PUBLIC}")
    with pytest.raises(
        FlowError, match=r"screening.toml \[kind_of_school\]: has 6 choices; 2 to 5 can be offered"
    ):
        check(flows, NAMES, TODAY)


def test_a_question_with_a_no_has_the_choice(flows: Path) -> None:
    edit(flows, "screening.toml", 'words = ["no", "none", "no plan", "not yet", ', "words = [")
    openers = exceptions(read_files(flows)["book"], read(flows)).asks_yes_or_no
    found = [
        str(each.where) for each in ambiguity.yes_or_no(read(flows), read(flows).states.values(), openers)
    ]
    assert ["screening.toml [plan_now] (en)", "screening.toml [plan_now] (es)"] == found


def test_overdue_reviews_are_reported(flows: Path) -> None:
    book = read(flows)
    law = [str(finding) for finding in legal_claims.law(book, FAR_OFF, (), book.states.values())]
    by = book.statement("outcome_both").basis.law
    assert by is not None
    told = f"screening.toml [outcome_both]: was due for review by {by.review_by}, and today is 2036-01-01; review 20 USC"
    assert any(line.startswith(told) for line in law)
    letters = load_letters(flows, NAMES)
    rows = [str(finding) for finding in overdue_rows(flows, letters, FAR_OFF)]
    for beginning in ("reference/states.toml [", "reference/centers.toml [", "letters/"):
        assert any(line.startswith(beginning) for line in rows)
    assert not list(overdue_rows(flows, letters, TODAY))


def test_the_exceptions_name_existing_states(flows: Path) -> None:
    book = read(flows)
    with pytest.raises(FlowError, match=r"\[check\] speaks_of_no_law: no state named 'goodby'"):
        exceptions({"check": {"speaks_of_no_law": ["goodby"]}}, book)
    with pytest.raises(FlowError, match=r"\[check\]: no key named 'name'; did you mean 'names'"):
        exceptions({"check": {"name": []}}, book)
