"""The place survives asides, dropped calls, language changes and reminders."""

import random
from dataclasses import replace

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role
from hotline.conversation.engine.asides import may_return_to
from hotline.conversation.engine.interpret import read_choice, reading_of, value_of
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model import session_json
from hotline.conversation.model.events import Channel, Event, EventKind, StopAll, Texting
from hotline.conversation.model.session import MAX_ASIDE, Session
from hotline.publishing.lint.graph_places import Line, Walk
from tests.conversation.talk import Talk

ASIDES = (
    *("what is an iep", "whats a 504", "my rights", "what is the difference", "is this free", "menu", "why"),
    *("LETTER", "who can get an iep", "common questions", "do i need a lawyer", "help", "person", "center"),
    *("how long does it take", "are you a robot", "espanol", "what is fape", "days", "they said no"),
)
"""Topics and commands that lead away from any question: facts, lists with questions of their own, another language."""

GO_ON = {"en": "go on", "es": "seguir"}

IN_SPANISH = ("que es un iep", "mis derechos", "menu", "carta", "es gratis", "preguntas comunes", "english")


def places(book: Book, walk: Walk, channel: Channel) -> list[Session]:
    """Return every question of one channel that a person can leave."""
    found = {
        where.state: session
        for where, session in reversed(walk.places.items())
        if where.line == Line(channel, "en")
        and not session.more
        and session.texting is not Texting.STOPPED
        and not session.paused
        and may_return_to(book, where.state)
        and where.state != Role.BEGIN  # not asked again once something was explained
    }
    return [found[name] for name in sorted(found)]


def is_aside(talk: Talk, channel: Channel, words: str) -> bool:
    """Return whether these words answer nothing that is open here."""
    event = Event("e", talk.now, channel, EventKind.SAID, words)
    builder = TurnBuilder(talk.book, event, talk.session)
    question, reading = builder.question(), reading_of(builder, words)
    if question is None:
        return True
    below = talk.book.states.get(talk.session.paused) if question.picks else None
    if isinstance(below, Question) and read_choice(builder, below, reading):
        return False  # taken as the answer to what waits below
    return not (read_choice(builder, question, reading) or value_of(builder, question, words))


def led_away(talk: Talk, channel: Channel, draw: random.Random) -> list[str]:
    """Take three asides, each from where the last one led; return what was said."""
    said: list[str] = []
    while len(said) < 3:
        words = draw.choice(IN_SPANISH if talk.session.language == "es" else ASIDES)
        if is_aside(talk, channel, words):
            talk.say(channel, words).call_on()
            said.append(words)
    return said


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.VOICE])
def test_after_any_three_asides_the_question_is_asked_again(book: Book, walk: Walk, channel: Channel) -> None:
    draw, tried = random.Random(14), 0
    for session in places(book, walk, channel):
        for _ in range(4):
            talk = Talk(book, replace(session, aside=False))
            if not all(is_aside(talk, channel, words) for words in GO_ON.values()):
                continue  # there it is an answer
            said = led_away(talk, channel, draw)
            words = GO_ON[talk.session.language]
            talk.say(channel, words).call_on()
            assert session.state == talk.asked, (session.state, said, talk.asked)
            tried += 1
    assert tried > 120


def test_a_dropped_call_a_reminder_and_a_greeting_keep_the_place(book: Book) -> None:
    talk = Talk(book).call("1", "3", "2", "1", "1").hang_up()
    assert "asked_before" == talk.session.state
    talk.remind("call_dropped").text("hi")
    assert "welcome_back" == talk.asked
    assert "asked_before" == Talk(book, talk.session).text("1").asked
    talk.text("espanol", "que es un iep", "menu").remind("sent_yet")
    talk.text("why", "help")
    assert "sent_yet" == talk.asked
    assert "anything_else" != talk.text("seguir").asked
    assert "asked_before" == talk.text("todavia no", "seguir").asked or "asked_before" in talk.session.stack


def test_the_number_of_paused_questions_is_limited() -> None:
    session = Session()
    for name in [*"abcdefghij", "c"]:
        session = session.with_aside(name)
    assert MAX_ASIDE == len(session.stack) == len(set(session.stack))
    assert "c" == session.paused
    assert session == session_json.decode(session_json.encode(session))
    assert "j" == session.without_aside("c").paused
    assert ("h", "i") == session.back_to("i").stack[-2:]


def test_back_never_loops(book: Book, walk: Walk) -> None:
    for session in [*walk.places.values()][::200]:
        if session.texting is Texting.STOPPED or session.more:
            continue
        talk, seen = Talk(book, session), set[tuple[object, ...]]()
        for _ in range(len(session.steps) + len(session.stack) + 1):
            talk.text("back")
        for _ in range(3):
            talk.text("back")
            seen.add((talk.session.state, talk.session.steps))
        assert 1 == len(seen), (session, seen)


def test_no_key_ends_texts_without_a_yes(book: Book, walk: Walk) -> None:
    for where, session in {(w.line.channel, w.state): (w, s) for w, s in walk.places.items()}.values():
        question = book.states.get(where.state)
        if session.texting is Texting.STOPPED or session.more or not isinstance(question, Question):
            continue
        kind = EventKind.PRESSED if where.line.channel is Channel.VOICE else EventKind.SAID
        for key in "0123456789*#" if where.line.channel is Channel.VOICE else "0123456789":
            if where.state == "stop_or_not" and key == "1":
                continue
            talk = Talk(book, session).take(where.line.channel, kind, key, requests_seen=True)
            assert StopAll() not in talk.effects, (where.state, key)
            assert Texting.STOPPED != talk.session.texting, (where.state, key)


def test_hanging_up_undoes_an_accidental_nine(book: Book) -> None:
    talk = Talk(book, Session(texting=Texting.YES)).call("1", "3", "9").hang_up()
    assert Texting.YES == talk.session.texting
