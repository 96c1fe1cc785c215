"""Responds to danger: says who to call, asks whether anyone is in danger, and accepts that help is there.

`after_danger` has what follows.

Rule 1: 911 and 988 come first, whatever was asked. A text conversation then asks nothing more; a call must
        not go silent, and asks whether to go on.
Rule 2: only a text that surely says so means that nobody is in danger. A no with an exception is a yes: "nobody but me".
"""

from __future__ import annotations

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Question, Role
from hotline.conversation.book.texts import state_of
from hotline.conversation.engine.answers import take_choice
from hotline.conversation.engine.asides import put_aside
from hotline.conversation.engine.false_danger import (
    PERHAPS_UNSAFE,
    SURE_SAFE,
    UNSAFE,
    is_good_news,
    safety_probabilities,
    said_about_danger,
    tells_of_feared,
)
from hotline.conversation.engine.interpret import read_choice
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Choice, Tell
from hotline.conversation.nlu.choices import is_question
from hotline.conversation.nlu.danger_scores import ASK
from hotline.conversation.nlu.polarity import doubts, first_word_answer
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.safety_words import Safety


def alarm(builder: TurnBuilder, intent: str, kind: str) -> None:
    """Respond to danger (Rule 1). `kind` is the danger class, which may have its own text."""
    hurt = kind in builder.book.roles.child_is_hurt or (not kind and intent == Known.ABUSE)
    put_aside(builder)
    builder.count("word.abuse" if hurt else "word.crisis")
    if kind:
        builder.count(f"danger.{kind}")
    enter(builder, Role.ABUSE if hurt and not kind else builder.book.danger_statement(kind))
    _rest_after_danger(builder, hurt=hurt)
    _worry(builder, kind)


def _rest_after_danger(builder: TurnBuilder, *, hurt: bool) -> None:
    """Put a person who texts where we wait after danger: after abuse if a child is `hurt`. A call stays at its question."""
    if builder.event.channel is Channel.SMS:
        builder.session = replace(builder.session, state=Role.AFTER_ABUSE if hurt else Role.AFTER_DANGER)


def _worry(builder: TurnBuilder, kind: str) -> None:
    builder.session = replace(builder.session, worry=kind, safe_asked=builder.event.at, in_danger=True)


def acknowledge_help(builder: TurnBuilder, reading: Reading) -> bool:
    """Respond to a person who says after danger that help was called or is there, and return whether one did.

    "She is with her dad" is not good news if the classifier finds danger, or if he may be the danger.
    """
    checked = builder.session.state == Role.SAFETY_CHECK
    if not checked and builder.session.state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON):
        return False
    said, sure_safe = (
        said_about_danger(builder, reading),
        checked and safety_probabilities(builder, reading.cleaned.text)[0] >= UNSAFE,
    )
    beside = said in (Safety.BESIDE, Safety.WITH_ONE) and not checked and reading.danger is Danger.NONE
    if sure_safe or not (said is Safety.HELPED or (beside and not tells_of_feared(builder, said))):
        return False
    enter(builder, Role.HELP_IS_THERE)
    if checked and builder.event.channel is Channel.SMS:
        builder.session = replace(builder.session, held_back=())
        _rest_after_danger(builder, hurt=builder.session.worry in builder.book.roles.child_is_hurt)
    return True


def ask_whether_safe(builder: TurnBuilder, reading: Reading) -> None:
    """Give the numbers and one kind question, after pausing the open one; still answer what was asked, but thanks.

    In a call the question comes alone: nothing may stand between it and its answer, and a long speech would end
    with "want to hear more?". What else was asked is answered once nobody is in danger.

    Source: "certainty is not required" (Childhelp); asking raises no risk (Dazzi 2014). Never ask about
    plan or means.
    """
    idle = (Role.UNCLEAR, builder.book.topics.get(Known.THANKS))
    said = [reply for reply in builder.replies if not isinstance(reply, Ask)]
    statements = [reply for reply in said if not (isinstance(reply, Tell) and state_of(reply.text) in idle)]
    put_aside(builder)
    _remember_answer(builder, reading)
    _worry(builder, reading.danger_class)
    builder.replies = []
    enter(builder, Role.SAFETY_CHECK)
    if builder.event.channel is Channel.SMS:
        builder.replies += statements
    else:
        held_back = tuple(reply for reply in statements if isinstance(reply, Tell))
        builder.session = replace(builder.session, held_back=held_back)
        builder.keeps_last = False
    builder.count("danger.asked")


def _remember_answer(builder: TurnBuilder, reading: Reading) -> None:
    """Remember the text's answer to the open question, to record it once nobody is in danger."""
    session, paused = builder.session, builder.book.states.get(builder.session.paused)
    if not isinstance(paused, Question) or session.paused != builder.start.state:
        return
    choice = read_choice(builder, paused, replace(reading, danger=Danger.NONE))
    if choice is not None and paused.name not in dict(session.given):
        builder.session = replace(session, given=(*session.given, (paused.name, choice.name)))


def answered_about_safety(builder: TurnBuilder, reading: Reading, intent: str | None) -> bool:
    """Respond to a text at "is anyone in danger?", unless it is a command, and return whether it was handled."""
    asked = builder.question()
    if asked is None or asked.name != Role.SAFETY_CHECK or _is_command(builder, reading, intent):
        return False
    answer_about_safety(builder, reading, read_choice(builder, asked, reading), intent)
    return True


def answer_about_safety(
    builder: TurnBuilder, reading: Reading | None, choice: Choice | None, intent: str | None
) -> None:
    """Give the full danger reply to anything but a no to "is anyone in danger?". A key pressed has no reading.

    Only a yes confirms the suspected danger class; an unsure person gets the reply that fits every class. After a text
    that is neither, ask once more in other words.
    """
    question, kind = builder.book.question(Role.SAFETY_CHECK), builder.session.worry
    if reading is not None and _is_neither(builder, reading, choice):
        builder.session = replace(builder.session, misses=builder.session.misses + 1)
        enter(builder, Role.SAFETY_MEANT)
        ask_again(builder)
        return
    held_back, session = builder.session.held_back, builder.session
    meanwhile = dict(session.given).get(session.paused, "")
    others = tuple(pair for pair in session.given if pair[0] != session.paused)
    builder.session = replace(session, held_back=(), given=others)
    if _says_no(builder, reading, choice):
        builder.session = replace(builder.session, in_danger=False)
        take_choice(builder, question, question.choice("no"))
        _take_meanwhile(builder, meanwhile)
        builder.replies[1:1] = held_back
    else:
        builder.count("danger.confirmed")
        confirmed = choice is not None and choice.name == "yes" and not _is_unsure(builder, reading)
        alarm(builder, intent or "", kind if confirmed else "")


def _is_unsure(builder: TurnBuilder, reading: Reading | None) -> bool:
    """Return whether a text is unsure about the danger: "not sure", "i hope not"."""
    if reading is None:
        return False
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.said.split()
    if reading.cleaned.core in lexicon.unsure or doubts(words, lexicon):
        return True
    return first_word_answer(words, lexicon) != "yes" and not lexicon.negation.isdisjoint(words)


def _take_meanwhile(builder: TurnBuilder, name: str) -> None:
    """Record the answer in the text that we asked about as possible danger: "my husband says he will send it"."""
    question = builder.question()
    if question is None or not any(choice.name == name for choice in question.choices):
        return
    builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
    take_choice(builder, question, question.choice(name))


def _is_neither(builder: TurnBuilder, reading: Reading, choice: Choice | None) -> bool:
    """Return whether a text, for the first time, neither answers "is anyone in danger?" nor can mean danger.

    A number that was not offered answers nothing, however often it comes. "It was last week" is asked about once.
    """
    if choice is None and reading.cleaned.core.isdecimal():
        return True
    said = said_about_danger(builder, reading)
    good = is_good_news(builder, said)
    feared = tells_of_feared(builder, said)
    if builder.session.misses or good or feared or said is Safety.UNCLEAR:
        return not (builder.session.misses or good)
    if builder.event.channel is not Channel.SMS or (choice and choice.name == "no"):
        return False
    if reading.danger_sure >= ASK or reading.danger in (Danger.ASK, Danger.ALARM) or said is Safety.IN_DANGER:
        return False
    if reading.intent == Known.REPEAT and reading.by == "rule":
        return True
    safe, unsafe = safety_probabilities(builder, reading.cleaned.text)
    return choice is None and safe < SURE_SAFE and unsafe < PERHAPS_UNSAFE


def _says_no(builder: TurnBuilder, reading: Reading | None, choice: Choice | None) -> bool:
    """Return whether a text says that nobody is in danger: "no he is fine", and not "no im not ok"."""
    if reading is None or reading.cleaned.core.isdecimal():
        return choice is not None and choice.name == "no"
    said = said_about_danger(builder, reading)
    good = is_good_news(builder, said)
    if good or said in (Safety.IN_DANGER, Safety.UNCLEAR) or tells_of_feared(builder, said):
        return good
    lexicon, words = builder.book.reader.lexicon, reading.cleaned.said.split()
    safe, unsafe = safety_probabilities(builder, reading.cleaned.text)
    opens = first_word_answer(words, lexicon) == "no"
    excepts = not lexicon.contrast.isdisjoint(words) or (
        is_question(reading.cleaned.text, lexicon) and not opens
    )
    named = choice is not None and choice.name == "no" and unsafe < UNSAFE and not excepts
    loudest = PERHAPS_UNSAFE if opens and safe >= SURE_SAFE else ASK  # "no, nada mas estoy cansada"
    quiet = reading.danger in (Danger.NONE, Danger.DISTRESS) or reading.danger_sure < loudest
    return quiet and (named or safe >= SURE_SAFE)


def _is_command(builder: TurnBuilder, reading: Reading, intent: str | None) -> bool:
    """Return whether a text is a command that is obeyed even at "is anyone in danger?".

    "Please help me" is an answer, and a text "what?" asks what we mean.
    """
    if intent == Known.REPEAT and builder.event.channel is Channel.SMS:
        return False
    cry = reading.danger is Danger.ASK or (intent == Known.HELP and " " in reading.cleaned.core)
    return intent in builder.book.roles.never_about_safety and not cry
