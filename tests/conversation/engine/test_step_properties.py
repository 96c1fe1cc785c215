"""Any event in any state gets an answer."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.channels import sms, voice
from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.speech import sayings
from hotline.conversation.engine.step import step
from hotline.conversation.engine.turn_builder import ends_a_call
from hotline.conversation.model import session_json
from hotline.conversation.model.events import (
    Ask,
    Channel,
    Event,
    EventKind,
    HangUp,
    LineType,
    Nudge,
    Reply,
    Tell,
    Texting,
    TextThis,
)
from hotline.conversation.model.session import Answer, Session, Step, Turn
from hotline.publishing.loader import load_book

BOOK: Book = load_book(
    OWN_FLOWS,
    {
        "hotline": "Parent Hotline",
        "person": "Example Parent Center, 510-555-0199",
        "letters": "https://hotline.example.org/letters",
    },
)
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
MORE = 2 if "CI" in os.environ else 1
"""How many times as many examples CI tries."""
WORDS = (
    "1 | 2 | 3 | 4 | 5 | 0 | 9 | hi | yes | no | idk | MENU | back | HELP | STOP | START | repeat | um | "
    "hello? | goodbye | wrong number | no more"
).split(" | ")
WORDS += (
    "LETTER | rights | what is a 504 | my son has an iep | español | start over | thanks | person | sent"
).split(" | ")
WORDS += [
    "he wants to kill himself",
    "asdf",
    "",
    " ",
    "😀",
    "\x00",
    "\ud800",
    "a" * 1600,
    "<Say>",
    "2021-05-05 10:00:00",
]

texts = st.one_of(st.sampled_from(WORDS), st.text(max_size=40))
states = st.one_of(st.sampled_from([*BOOK.states, "rest", "", "a_state_that_is_gone"]), st.text(max_size=8))
answers = st.lists(st.builds(Answer, states, st.sampled_from(["1", "yes", "reached", "gone"])), max_size=45)
kinds: dict[Channel, list[EventKind]] = {
    Channel.SMS: [EventKind.SAID, EventKind.DUE],
    Channel.VOICE: [kind for kind in EventKind if kind not in (EventKind.SAID, EventKind.DUE)],
}
channels = st.sampled_from(list(Channel))
events = channels.flatmap(
    lambda channel: st.builds(
        Event,
        id=st.just("e"),
        at=st.just(NOON),
        channel=st.just(channel),
        kind=st.sampled_from(kinds[channel]),
        text=st.one_of(texts, st.sampled_from(list(BOOK.reminders)), st.sampled_from(list("0123456789*#"))),
        reachable=st.booleans(),
        staffed=st.booleans(),
        requests_seen=st.booleans(),
    )
)
WANTED: list[tuple[Tell, ...]] = [(), (Tell("hotline.help.text"),)]
STILL_TO_SAY: list[tuple[Reply, ...]] = [
    (),
    (Tell("hotline.help.text"), Ask("menu")),
    (Tell("hotline.goodbye.text"), HangUp()),
]
sessions = st.builds(
    Session,
    book=st.just(BOOK.version),
    language=st.sampled_from(["en", "es", "xx"]),
    texting=st.sampled_from(list(Texting)),
    state=states,
    paused=states,
    answers=answers.map(tuple),
    received=st.just(()),
    steps=st.lists(st.builds(Step, states, states, st.integers(0, 60), st.integers(0, 3)), max_size=5).map(
        tuple
    ),
    nudge=st.sampled_from(list(Nudge)),
    line=st.sampled_from(list(LineType)),
    more=st.sampled_from(STILL_TO_SAY),
    wanted=st.sampled_from(WANTED),
    outcome_at=st.one_of(st.none(), st.just(NOON)),
    misses=st.integers(0, 5),
    silences=st.integers(0, 5),
    seen=st.one_of(st.none(), st.just(NOON - timedelta(days=3))),
)


def words(event: Event, turn: Turn) -> tuple[str, ...]:
    """Return what the person reads or hears."""
    known = turn.session if turn.session.language in BOOK.languages else replace(turn.session, language="en")
    if event.channel is Channel.VOICE:
        document = voice.render(BOOK, known, turn.replies, 1)
        assert len(document) < 64 * 1024
        said = tuple(one.words for one in sayings(BOOK, known.language, turn.replies))
        assert all(len(text) < 4096 for text in said)
        return said
    sms.render(BOOK, known, turn.replies)
    return sms.bodies(BOOK, known.language, turn.replies)


def check(session: Session, event: Event) -> Session:
    """Take one turn, check all invariants, and return the session after it."""
    turn = step(BOOK, session, event)
    said = words(event, turn)
    stopped = session.texting is Texting.STOPPED and event.channel is Channel.SMS
    if not (stopped or event.kind in (EventKind.LEFT, EventKind.DUE)):
        assert any(text.strip() for text in said), f"no words for {event} in {session.state!r}"
    if event.channel is Channel.VOICE and event.kind is not EventKind.LEFT:
        thinks = Tell("hotline.take_your_time.text") in turn.replies
        waits = (turn.session.silences > 1 or thinks) and isinstance(
            BOOK.states.get(turn.session.state), Question
        )
        assert waits or ends_a_call(turn.replies[-1]), (
            "it must end in a question, on the line or in a goodbye"
        )
    assert len(said) <= 10
    assert all(len(text) <= 1600 for text in said)
    assert all(effect.tells for effect in turn.effects if isinstance(effect, TextThis)), "an empty text"
    assert turn.session == session_json.decode(session_json.encode(turn.session))
    return turn.session


@given(sessions, events)
@settings(max_examples=200 * MORE, deadline=None)
def test_any_event_in_any_state_gets_words(session: Session, event: Event) -> None:
    """Also in a state that does not exist, with unknown answers."""
    check(session, event)


@given(st.lists(events, min_size=30, max_size=30))
@settings(max_examples=30 * MORE, deadline=None)
def test_thirty_events_in_a_row_get_words(sequence: list[Event]) -> None:
    session = Session()
    for event in sequence:
        session = check(session, event)


@given(
    sessions,
    st.sampled_from(
        (
            "STOP | stop | Stop. | UNSUBSCRIBE | cancel | END | quit | alto | stop texting me i live in Texas"
        ).split(" | ")
    ),
)
@settings(max_examples=100, deadline=None)
def test_stop_is_obeyed_in_every_state(session: Session, word: str) -> None:
    turn = step(BOOK, session, Event("e", NOON, Channel.SMS, EventKind.SAID, word))
    assert Texting.STOPPED == turn.session.texting


@given(
    sessions,
    st.sampled_from(
        ["my son wants to kill himself", "quiero morirme", "someone at school hits her, bruises"]
    ),
)
@settings(max_examples=100, deadline=None)
def test_danger_comes_before_everything(session: Session, text: str) -> None:
    turn = step(BOOK, session, Event("e", NOON, Channel.SMS, EventKind.SAID, text))
    first = sms.bodies(BOOK, "en", turn.replies)[0]
    assert "911" in first[:60] or "911" in first
    assert "988" in first
