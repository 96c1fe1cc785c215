"""Flows are read; a broken one is refused with its place, the problem and the fix."""

from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.loader import load_book
from tests.copied_flows import copied_flows

BROKEN = {
    "a choice leads nowhere": (
        'go = "how_often", words = ["teaching"',
        'go = "how_offen", words = ["teaching"',
        "screening.toml [kind_of_help] choice teaching: no state named 'how_offen'; did you mean 'how_often'?",
    ),
    "a branch compares with no choice": (
        'kind_of_help = "teaching" }, go = "why_both_teaching"',
        'kind_of_help = "teeching" }, go = "why_both_teaching"',
        "screening.toml [why_both]: no choice named 'teeching'; did you mean 'teaching'?",
    ),
    "a branch asks about no question": (
        'sent_home = "yes" }, go = "outcome_504_and_out"',
        'sent_hme = "yes" }, go = "outcome_504_and_out"',
        "screening.toml [has_504_now]: no question that is held named 'sent_hme'; did you mean 'sent_home'?",
    ),
    "a branch has no last case": (
        '{ go = "outcome_both" },\n]',
        '{ if = { sent_home = "no" }, go = "outcome_both" },\n]',
        "screening.toml [sort]: the last case needs no if",
    ),
    "reasons belong to an outcome": (
        'outcome = "OUT-EI"\nwhy',
        "why",
        "screening.toml [outcome_early_intervention]: why says which answers led to an outcome",
    ),
    "a number of days counts from a question's day": (
        'outcome = "OUT-EI"',
        'outcome = "OUT-EI"\ndays = 10',
        "days needs counts_from, the question whose day a deadline counts from",
    ),
    "a key is misspelled": (
        'outcome = "OUT-EI"',
        'outcom = "OUT-EI"',
        "screening.toml [outcome_early_intervention]: no key named 'outcom'; did you mean 'outcome'?",
    ),
    "not sure stands for no choice": (
        'unsure = "public"',
        'unsure = "perhaps"',
        "screening.toml [kind_of_school]: unsure = 'perhaps' must name the choice",
    ),
    "answers are read like those to no question": (
        'unsure = "preschool"',
        'unsure = "preschool"\nanswered_like = "did_they_anser"',
        "screening.toml [in_kindergarten]: no question named 'did_they_anser'; did you mean 'did_they_answer'?",
    ),
    "answers are read like those to a question with others": (
        'unsure = "preschool"',
        'unsure = "preschool"\nanswered_like = "did_they_answer"',
        "screening.toml [in_kindergarten] answered_like: no choice named 'will_test'",
    ),
    "a statement goes nowhere": (
        'why = "why_support"\ngo = "a_person"',
        'why = "why_support"',
        "screening.toml [outcome_support]: leads nowhere",
    ),
    "a law statement without a review date": (
        'source = "20 USC 1414(b)(4); 34 CFR 104.35(c)"\nreviewed = 2026-11-29\nreview_by = 2027-05-29\n\n[outcome_support]',
        'source = "20 USC 1414(b)(4); 34 CFR 104.35(c)"\n\n[outcome_support]',
        "screening.toml [outcome_both]: a statement of law needs source, reviewed and review_by",
    ),
    "a brace without its other": (
        "Free help: {person}.",
        "Free help: {person}. Thanks {.",
        "screening.a_person.text: has a curly brace without its other",
    ),
    "a placeholder that nothing fills": (
        "Free help: {person}.",
        "Free help: {centre}.",
        "screening.a_person.text: nothing is called {centre}; known are {hotline}, {person}, {letters}",
    ),
    "a file that is not TOML": ("[sent_home]\n", "[sent_home\n", "screening.toml: is not TOML"),
    "a state without words": (
        'text = "What kind of school?"',
        'text = " "',
        "screening.toml [kind_of_school]: says nothing",
    ),
    "a choice stands for no intent": (
        'means = ["not_suspended"]',
        'means = ["not_suspendd"]',
        "screening.toml [sent_home] choice no: no intent named 'not_suspendd'; did you mean 'not_suspended'?",
    ),
    "a choice without a way on": (
        'choices.private = { text = "Private or religious", go = "outcome_private",',
        'choices.private = { text = "Private or religious",',
        "screening.toml [kind_of_school] choice private: needs go",
    ),
}


@pytest.mark.parametrize(("right", "wrong", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_flows_are_refused_with_a_fix(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    screening = flows / "screening.toml"
    text = screening.read_text(encoding="utf-8")
    assert right in text
    screening.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(FlowError) as error:
        load_book(flows, NAMES)
    assert told in str(error.value)


IN_SERIES, OF_A_DAY = 'after = "4 days"', 'after = "-10 days"'
"""The delays of a reminder after an answer, and of one before the last day of a limit."""


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (IN_SERIES, "-400 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "0 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "1 minutes", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "400 days", 'must be between 1 hour and 365 days, or "at once"'),
        (IN_SERIES, "99999999999 days", 'must read "at once", "2 hours" or "10 days"'),
        (OF_A_DAY, "-100 days", "must be between -60 days (before that day) and 365 days"),
    ],
)
def test_a_reminder_delay_must_be_plausible(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    """A typo at the desk could text every parent at once, or in 13 months."""
    flows = tmp_path / "flows"
    copied_flows(flows)
    reminders = flows / "reminders.toml"
    text = reminders.read_text(encoding="utf-8")
    assert right in text
    reminders.write_text(text.replace(right, f'after = "{wrong}"', 1), encoding="utf-8")
    with pytest.raises(FlowError) as error:
        load_book(flows, NAMES)
    assert f"after = {wrong!r} {told}" in str(error.value)


def test_a_state_defined_in_two_files_is_refused(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    (flows / "extra.toml").write_text('[menu]\ntext = "Hi"\ngo = "rest"\n', encoding="utf-8")
    with pytest.raises(FlowError, match=r"\[menu\]: extra.toml has a state with this name too"):
        load_book(flows, NAMES)


def test_a_folder_without_flows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="FLOWS_DIR"):
        load_book(tmp_path, NAMES)


def test_any_edit_of_a_text_changes_the_version(book: Book, tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    assert load_book(flows, NAMES).version == book.version
    plans = flows / "plans.toml"
    plans.write_text(
        plans.read_text(encoding="utf-8").replace("It is free.", "It costs nothing."), encoding="utf-8"
    )
    assert load_book(flows, NAMES).version != book.version


def test_no_chain_of_statements_is_circular(book: Book) -> None:
    for start in book.states:
        reached: set[str] = set()
        edge = {start}
        while edge:
            name = edge.pop()
            state = book.states.get(name)
            if state is None or isinstance(state, Question) or name in reached:
                assert name != start or not reached or isinstance(state, Question), (
                    f"{start} leads back to itself"
                )
                continue
            reached.add(name)
            edge |= {case.go for case in state.cases} if isinstance(state, Fork) else {state.go}
