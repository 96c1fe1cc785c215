"""The walk reaches every place that a person can reach."""

from dataclasses import replace
from pathlib import Path

import pytest

from hotline.conversation.book.actions import RecordMessage
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import Ask, Channel, LineType, Tell, Texting
from hotline.conversation.model.session import Answer, Session
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.graph import walk_book
from hotline.publishing.lint.graph_memory import Memory
from hotline.publishing.lint.graph_places import Walk, lines, messages
from hotline.publishing.loader import load_book
from tests.copied_flows import copied_flows
from tests.walked import HIDDEN


def test_the_lines_cover_every_channel_language_and_kind(book: Book) -> None:
    every = {(line.channel, line.language) for line in lines(book)}
    assert {(channel, language) for channel in Channel for language in book.languages} == every
    odd = [(line.reachable, line.type) for line in lines(book) if not line.usual and line.requests_seen]
    hidden = (False, LineType.TEXTS)
    assert [hidden, hidden, (True, LineType.LANDLINE), (True, LineType.UNSURE)] == odd
    unseen = [line for line in lines(book) if not line.requests_seen]
    assert set(Channel) == {line.channel for line in unseen}
    calls = {(line.staffed, line.reachable) for line in unseen if line.channel is Channel.VOICE}
    assert {(False, True), (True, True), (True, False)} == calls


def test_an_unanswered_caller_gets_the_number_at_once(walk: Walk) -> None:
    free = "people.nobody_free.text"
    turns = [
        (line, [reply.text for reply in turn if isinstance(reply, Tell)])
        for line, turn in walk.turns
        if line.staffed and not line.requests_seen
    ]
    after = [(line, told) for line, told in turns if free in told]
    assert {True, False} == {line.reachable for line, _ in after}
    assert [] == [told for _, told in after if "people.person_number.text" not in told]


@pytest.mark.parametrize("channel", list(Channel))
def test_without_a_desk_nothing_is_promised(book: Book, walk: Walk, channel: Channel) -> None:
    replies = [
        r for line, turn in walk.turns if line.channel is channel and not line.requests_seen for r in turn
    ]
    met = {state_of(r.text) if isinstance(r, Tell) else r.state for r in replies if isinstance(r, Tell | Ask)}
    assert "person_number" in met
    asks = {n for n, s in book.states.items() if isinstance(s, Question) and s.reach}
    records = {
        n for n, s in book.states.items() if isinstance(s, Statement) and RecordMessage(s.missed) in s.does
    }
    promises = {"want_call_back", "how_to_reach_you", "leave_a_message", "call_back_noted", "message_taken"}
    assert set() == met & (asks | records | promises)
    assert promises <= book.states.keys()


def test_the_walk_asks_every_question_of_the_screening(book: Book, walk: Walk) -> None:
    asked = {where.state for where in walk.places}
    in_calls = {"can_it_get_texts"}
    screening = {
        name for name, state in book.states.items() if state.file == "screening" and hasattr(state, "choices")
    } - in_calls
    assert screening <= asked


def test_the_walk_reaches_every_outcome_and_fork(book: Book, walk: Walk) -> None:
    every = {name for name, state in book.states.items() if isinstance(state, Statement) and state.outcome}
    forks = "iep both preschool no_answer said_no tested_no out_no_plan out_asked out_tested_no 504_and_out "
    sorted_by_forks = {f"outcome_{name}" for name in f"{forks} iep_and_out private".split()}
    assert sorted_by_forks <= every <= walk.met


def test_the_walk_distinguishes_what_forks_ask_about(walk: Walk) -> None:
    def answers(state: str, *questions: str) -> set[tuple[str | None, ...]]:
        at = (session for where, session in walk.places.items() if where.state == state)
        return {tuple(session.answer_to(question) for question in questions) for session in at}

    assert {("yes", "school_age"), ("no", "school_age"), (None, "preschool")} <= answers(
        "asked_before", "sent_home", "child_age"
    )
    assert {("learning",), ("behavior",), ("health",)} <= answers("how_often", "hardest")
    assert {("yes", "no"), ("yes", "tested_no"), ("no", "no_answer"), ("no", "said_no")} <= answers(
        "kind_of_school", "sent_home", "asked_before"
    )


def test_the_walk_enters_and_leaves_asides(walk: Walk) -> None:
    aside = next(
        where for where in walk.places if where.state == "another_right" and where.paused == "plan_now"
    )
    assert any(after.state == "plan_now" for _, after in walk.ways[aside])


def test_the_walk_sends_reminders(book: Book, walk: Walk) -> None:
    assert set(book.reminders) == set(walk.started(book))
    assert {"sent_yet", "did_they_answer"} <= {where.state for where in walk.places}
    assert Texting.STOPPED in {where.texting for where in walk.places}


def test_the_walk_fills_in_values(walk: Walk) -> None:
    assert "which_state" in {question for session in walk.places.values() for question, _ in session.known}
    told = [reply for _, replies in walk.turns for reply in replies if isinstance(reply, Tell)]
    assert any(reply.text == "places.deadline.text" and reply.blanks for reply in told)


def test_the_walk_is_deterministic(book: Book) -> None:
    assert walk_book(book, (HIDDEN,)).places == walk_book(book, (HIDDEN,)).places


def test_equivalent_answers_are_one_place(book: Book) -> None:
    memory = Memory(book)
    here = Session(state="may_we_text")
    often = tuple(Answer(q, c) for q, c in (("kind_of_help", "teaching"), ("how_often", "most_days")))
    rarely = tuple(Answer(q, c) for q, c in (("kind_of_help", "teaching"), ("how_often", "some_days")))
    assert memory.of(replace(here, answers=often)) == memory.of(replace(here, answers=rarely))
    asked = Session(state="how_often")
    sent_home = (Answer("sent_home", "yes"),)
    assert memory.of(asked) != memory.of(replace(asked, answers=sent_home))


def test_each_intent_has_a_sample_text(book: Book) -> None:
    found = messages(book)
    assert set(book.reader.names) - {"other"} <= set(found) | {"greeting"}
    assert all(book.reader.of(message) == intent for intent, message in found.items())


def test_the_walk_finds_an_added_state(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    copied_flows(flows)
    added = """
[one_more]
text = "One more?"
unsure = "no"
choices.yes = { text = "Yes", go = "menu" }
choices.no = { text = "No", go = "return" }
"""
    (flows / "extra.toml").write_text(added, encoding="utf-8")
    screening = (flows / "screening.toml").read_text(encoding="utf-8")
    (flows / "screening.toml").write_text(
        screening.replace('go = "outcome_early_intervention"', 'go = "one_more"'), encoding="utf-8"
    )
    walk = walk_book(load_book(flows, NAMES), (HIDDEN,))
    assert any(Ask("one_more") in replies for _, replies in walk.turns)
