"""Decides whether a text that may be a STOP is one, by the open question and what else the text says.

Rule 1: a STOP that a rule finds, or that is likely, is always asked about (`nlu.reader`): 47 CFR 64.1200(a)(12).
Rule 2: a merely possible STOP is not asked about if it begins with an answer, states a fact, asks, or names a day.
Rule 3: a person who has not said whether it was one gets no texts that we start, and an answer to each text of their own.
Rule 4: a person who says that it was not an opt-out gets what the text asked for.
Rule 5: danger comes first: then we ask once nobody is in danger, and until then we start no texts. A clear STOP beside
        danger that is only possible is obeyed at once, and its confirmation gives the numbers.
"""

from __future__ import annotations

from hotline.conversation.book.actions import Scope
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role
from hotline.conversation.engine.asides import IN_DANGER, must_return_to
from hotline.conversation.engine.interpret import read_choice
from hotline.conversation.engine.misses import ask_which_topic
from hotline.conversation.engine.screening_start import asks_nothing_else
from hotline.conversation.engine.statements import words
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.engine.volunteered import stated_answers
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Choice, Refuse, StopAll, Texting
from hotline.conversation.model.session import MAX_ASIDE
from hotline.conversation.nlu.choices import exact_choice
from hotline.conversation.nlu.corrections import correction_in
from hotline.conversation.nlu.dates import read_coming_day, read_day
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import only_refuses
from hotline.conversation.nlu.possible_stop import AT_THE_END, STOP_ASKED, STORY
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.stated_facts import CLAUSES
from hotline.conversation.nlu.topics import decide_topic

SURE_START = 0.95
"""Minimum probability at which a text after STOP opts in again, if it has no negation. No other example row reaches it."""

LONGEST_ANSWERED = 6
"""The longest text, in words, that is obeyed for a STOP that is its last sentence; a longer one may repeat what others said."""

POSSIBLE, LIKELY = 0.5, 0.9
"""The chances of a STOP below which an answer or a fact, or an answer that is a clause of its own, outweighs it.

Chosen by the totals of the rows that judge: see docs/understanding.md.
"""


def without_unlikely_stop(builder: TurnBuilder, reading: Reading) -> Reading:
    """Return the reading without a possible STOP that the conversation makes unlikely (Rule 2)."""
    if reading.intent != Known.STOP_UNCLEAR:
        return reading
    if reading.by == AT_THE_END and not _is_offered(builder, reading.cleaned.text):
        short = len(reading.cleaned.text.split()) <= LONGEST_ANSWERED  # "not yet. stop"
        obeyed = short and reading.sure == 1 and reading.danger is not Danger.ASK
        return replace(reading, intent=Known.STOP) if obeyed else reading
    if reading.by != AT_THE_END and (reading.by != "model" or not _is_unlikely(builder, reading)):
        return reading
    if reading.danger is Danger.ASK:
        return replace(reading, intent=None)  # it is about no topic
    found = decide_topic(reading.ranked, builder.book.roles)
    return replace(reading, intent=found.intent, sure=found.sure, asks=found.asks, together=found.together)


def danger_before_stop(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether danger comes before a STOP in a text: an alarm before any, and else before a possible one.

    Possible danger comes first where we ask about it. After danger, whom to call comes first, whatever is said.
    """
    stop, state = reading.intent == Known.STOP_UNCLEAR, builder.session.state
    if reading.danger is Danger.ALARM:
        return stop or reading.intent == Known.STOP
    asks = reading.danger is Danger.ASK and (state in IN_DANGER or builder.may_ask_whether_safe())
    return stop and (asks or state in RESTS_AFTER_DANGER)


def put_danger_first(builder: TurnBuilder, reading: Reading) -> tuple[Reading, bool]:
    """Return the reading without a STOP that danger comes before, and whether a STOP is to be asked about later (Rule 5)."""
    waits = _lift_hold(builder)
    if not danger_before_stop(builder, reading):
        return reading, waits
    calm = reading if reading.danger is Danger.NONE else replace(reading, intent=None)
    session = builder.session
    if not session.state and session.texting is Texting.UNASKED and reading.by == "model":
        return calm, waits  # a person whom we never texted: "i cant take it anymore"
    return calm, waits or asks_about_stop_when_calm(reading)


def asks_about_stop_when_calm(reading: Reading) -> bool:
    """Return whether a STOP is asked about once danger is over. One that is unlikely was said about the danger."""
    is_story = len(reading.cleaned.text.split()) >= STORY  # which may begin or end with one
    return is_story or reading.by != "model" or reading.sure >= STOP_ASKED


def _lift_hold(builder: TurnBuilder) -> bool:
    """Return whether a STOP is still to be asked about (Rule 5). A text lifts the hold on texts for its own turn."""
    session = builder.session
    waits = Role.STOP_OR_NOT in session.stack
    if waits and session.texting is Texting.STOPPED and builder.event.channel is Channel.SMS:
        builder.session = replace(session, texting=session.before_stop)
    return waits


def hold_texts(builder: TurnBuilder) -> None:
    """Hold the texts that we start until we can ask whether a text was a STOP (Rule 5).

    If the text led elsewhere, it was not a STOP.
    """
    session = builder.session
    if session.texting is Texting.STOPPED:
        return  # obeyed, or asked about, or in a call
    builder.session = session.without_aside(Role.STOP_OR_NOT)
    if session.state in IN_DANGER:
        builder.session = session.with_aside(Role.STOP_OR_NOT)
    elif session.state != Role.STOP_OR_NOT:
        return
    held = Texting.STOPPED if builder.event.channel is Channel.SMS else session.texting
    builder.session = replace(builder.session, texting=held, before_stop=session.texting)


def keep_stop_question(builder: TurnBuilder) -> None:
    """Keep a "shall we stop?" that a text left open through a call that says nothing about it.

    It is asked in the call once there is nothing else to return to, and is the open question of the next text.
    """
    start, session = builder.start, builder.session
    if builder.event.channel is not Channel.VOICE or not start.waits_at(Role.STOP_OR_NOT):
        return
    stopped = start.texting is session.texting is Texting.STOPPED
    answered = any(isinstance(effect, StopAll) for effect in builder.effects)
    if stopped and not answered and not session.waits_at(Role.STOP_OR_NOT):
        *below, paused = (Role.STOP_OR_NOT, *session.stack[1 - MAX_ASIDE :])
        builder.session = replace(session, paused=paused, below=tuple(below))


def _is_offered(builder: TurnBuilder, text: str) -> bool:
    """Return whether a text is an offered answer, word for word: "No, I am done"."""
    question = builder.question()
    choices = builder.offered(question) if question else ()
    return exact_choice(choices, normalize(text), builder.book.reader.lexicon) is not None


def _is_unlikely(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether the rest of a text outweighs the possible STOP in it."""
    question, lexicon, text = builder.question(), builder.book.reader.lexicon, reading.cleaned.text
    stop, today = dict(reading.ranked).get(Known.STOP, reading.sure), builder.event.at.date()
    patterns = builder.book.reader.patterns
    rest = patterns.rest(Known.STOP_UNCLEAR, text)
    if rest is not None and not _asks_to_stop(builder, rest):
        return True
    if stop < LIKELY and patterns.rules_out(Known.STOP, text):
        return True
    if not builder.session.state and builder.session.texting is Texting.UNASKED and stop < LIKELY:
        return True  # a new person, whom we never texted: "i dont understand any of these letters"
    if question is not None and _begins_with_answer(builder, question, text, stop):
        return True
    if question is not None and question.name == Role.SAFETY_CHECK and stop < LIKELY:
        return True  # "no, nada más estoy cansada": the answer to that question matters more
    day = read_day(text, today, lexicon) or read_coming_day(text, today, lexicon)
    if stop < STOP_ASKED and ("?" in text or day):
        return True
    return stop < POSSIBLE and _says_something_else(builder, question, reading)


def _asks_to_stop(builder: TurnBuilder, rest: str) -> bool:
    """Return whether what a text says besides may be a STOP: "i have no time for these texts"."""
    reader = builder.book.reader
    chance = builder.scores("intent", rest).of(Known.STOP) if rest else 0.0
    return chance >= STOP_ASKED and _about_texts(rest, reader.lexicon)


def _says_something_else(builder: TurnBuilder, question: Question | None, reading: Reading) -> bool:
    """Return whether a text states a fact, answers, or is an excuse without a word about texts: "sorry phone died"."""
    lexicon, text = builder.book.reader.lexicon, reading.cleaned.text
    if stated_answers(builder, reading) or (correction_in(text, lexicon) and not _about_texts(text, lexicon)):
        return True
    plain = replace(reading, intent=None, by="", danger=Danger.NONE)
    return question is not None and read_choice(builder, question, plain) is not None


def _begins_with_answer(builder: TurnBuilder, question: Question, text: str, stop: float) -> bool:
    """Return whether a text begins with an answer: its whole first clause, or a yes, a no or a choice's words before more."""
    lexicon, words = builder.book.reader.lexicon, normalize(text).split()
    choices, clause = builder.offered(question), normalize(CLAUSES.split(text)[0])
    if len(words) == 1:
        return False
    if " " in clause and clause != " ".join(words) and exact_choice(choices, clause, lexicon):
        return stop < LIKELY and not only_refuses(clause, lexicon)
    agrees = words[0] in lexicon.yes.words or bool(exact_choice(choices, " ".join(words[:2]), lexicon))
    denies = words[0] in lexicon.no.words
    return (agrees and stop < POSSIBLE) or (denies and stop < STOP_ASKED)


def _about_texts(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text has a word for ending something, or for texts."""
    return not (lexicon.ends | lexicon.calls.texts).isdisjoint(normalize(text).split())


def declined_offer(builder: TurnBuilder, reading: Reading) -> Question | None:
    """Return the open offer of texts if a STOP only declines it, else None: "no texts"."""
    question, book = builder.question(), builder.book
    if not question or not book.asks_consent(question.name, Scope.SERIES):
        return None
    return question if only_refuses(reading.cleaned.core, book.reader.lexicon) else None


def confirm_repeated_no(builder: TurnBuilder, reading: Reading) -> bool:
    """Confirm a no to texts by a person who gets none, and return whether it was one: "no i dont want reminders"."""
    declined = builder.session.texting is Texting.NO and reading.intent == Known.STOP_UNCLEAR
    if not declined or not only_refuses(reading.cleaned.core, builder.book.reader.lexicon):
        return False
    book = builder.book
    questions = (q for q in book.states.values() if isinstance(q, Question) and not q.reminder)
    offers = (q for q in questions if book.asks_consent(q.name, Scope.SERIES))
    refusal = next(book.states.get(offer.choice(offer.unsure).go) for offer in offers)
    if refusal is not None and not isinstance(refusal, Question):
        builder.replies.append(words(builder, book.statement(refusal.name)))
    ask_again(builder)
    return True


def remember_interrupted_request(builder: TurnBuilder, reading: Reading) -> None:
    """Remember what else a text asks for, while we ask whether it was a STOP."""
    if builder.session.state == Role.STOP_OR_NOT and not builder.start.waits_at(Role.STOP_OR_NOT):
        found = decide_topic(reading.ranked, builder.book.roles) if reading.ranked else None
        others = (found.intent,) if found and found.intent else found.asks if found else ()
        builder.session = replace(builder.session, between=others)


def is_late_no(builder: TurnBuilder, choice: Choice | None) -> bool:
    """Return whether a no to "shall we stop?" comes after the session expired."""
    unsure = builder.book.question(Role.STOP_OR_NOT).unsure
    return builder.start.seen is None and choice is not None and choice.name != unsure


def resume_after_false_stop(builder: TurnBuilder, choice: Choice | None, *, calm: bool) -> bool:
    """Resume the conversation after a text that was not a STOP, and return whether this text is only a late no.

    A no that comes after the session expired is answered too, but the silence counted as a STOP: the texts that we start
    stay stopped, and the person reads how to get them back (47 CFR 64.1200(a)(12)). `calm` is False if there is danger.
    """
    session, late = builder.session, builder.start.seen is None
    texting = Texting.NO if late else session.before_stop
    builder.session = replace(session, texting=texting, state=session.paused or Place.REST)
    if late:
        builder.effects.append(Refuse())
        if calm:
            enter(builder, Role.RESTARTED)
    return calm and is_late_no(builder, choice)


def resume_interrupted_request(builder: TurnBuilder) -> str | None:
    """Resume what a text that was not a STOP asked for: its story, or which topic was meant. Return its intent if known."""
    others, session = builder.start.between, replace(builder.session, between=())
    builder.session = session
    intent = others[0] if len(others) == 1 else None
    question = builder.question()
    story = bool(session.given) and not session.screening and asks_nothing_else(builder, intent)
    answers = question is not None and (
        must_return_to(builder.book, question.name) or (question.reminder and not intent)
    )
    if not (others or story) or answers:
        return None
    builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
    if story:
        enter(builder, Role.SCREENING)
    elif not intent:
        ask_which_topic(builder, others)
    return None if story else intent


def opts_in(book: Book, reading: Reading, intent: str | None) -> bool:
    """Return whether a text after STOP opts in again: a yes, or START, alone, as a clause, or in other words."""
    if intent in book.roles.ends_an_opt_out or reading.cleaned.core in book.reader.lexicon.opt_in:
        return True
    reader, text = book.reader, reading.cleaned.text
    surely = sum(p for name, p in reading.ranked if name in book.roles.ends_an_opt_out) >= SURE_START
    if surely and reader.lexicon.negation.isdisjoint(reading.cleaned.said.split()):
        return True
    return _starts_in_a_clause(book, CLAUSES.split(text))


def _starts_in_a_clause(book: Book, parts: list[str]) -> bool:
    """Return whether a clause is START, none is a STOP, and no STOP comes after it: "start, no wait stop"."""
    patterns = book.reader.patterns
    meant = [patterns.of(part) for part in parts]
    start = next(
        (at for at, part in enumerate(parts) if meant[at] == Known.START and patterns.is_whole(part)), None
    )
    if start is None or Known.STOP in meant:
        return False
    return all(patterns.of(word) != Known.STOP for part in parts[start + 1 :] for word in part.split())
