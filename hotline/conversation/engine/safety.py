"""Responds to danger: says who to call, and nothing else until the person asks to go on.

Rule 1: 911 and 988 come first, whatever was asked. A text conversation then asks nothing more; a call must
        not go silent, and asks whether to go on.
Rule 2: a person who keeps asking there, however phrased, gets the numbers to call. "What do I do" is not about
        school then.
Rule 3: the paused question is not lost: MENU, "go on" or an answer to it returns to it, and so does a later day.
"""

from __future__ import annotations

from datetime import timedelta

from hotline.conversation.book.states import RESTS_AFTER_DANGER, Place, Question, Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.answers import take_choice
from hotline.conversation.engine.asides import put_aside
from hotline.conversation.engine.interpret import chosen, value_of
from hotline.conversation.engine.misses import miss
from hotline.conversation.engine.transitions import ask_again, enter
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Choice, Tell
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.polarity import doubts, first_word, yes_or_no
from hotline.conversation.nlu.reader import ASK, LONGEST_NUMBER, Danger, Reading
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.said import has_entry
from hotline.conversation.nlu.stated_facts import CLAUSES

SURE_SAFE, UNSAFE, PERHAPS_UNSAFE = 0.9, 0.5, 0.3
"""Minimum probabilities at which a text says that nobody is in danger, that someone is, and that someone may be."""

LITTLE = 0.07
"""Probability of danger below which a text at "is anyone in danger?" may be about something else."""

SHORTEST_SAFE, LONGEST_DENIAL = 3, 5
"""Words from which a text after danger may say that it is over ("he just got home"), and up to which one denies it."""

ASKED_AGAIN_AFTER = timedelta(hours=20)
"""A person who said that nobody is in danger is asked again only after this, or if a rule fires."""

OVER_AFTER = timedelta(days=1)
"""A text that comes so long after danger is not about it any more."""


def alarm(builder: TurnBuilder, intent: str, kind: str) -> None:
    """Respond to danger (Rule 1). `kind` is the danger class, which may have its own text."""
    hurt = kind in builder.book.roles.child_is_hurt or (not kind and intent == Known.ABUSE)
    put_aside(builder)
    builder.count("word.abuse" if hurt else "word.crisis")
    if kind:
        builder.count(f"danger.{kind}")
    enter(builder, builder.book.safety.get(kind) or (Role.ABUSE if hurt else Role.DANGER))
    if builder.event.channel is Channel.SMS:
        rest = Role.AFTER_ABUSE if hurt else Role.AFTER_DANGER
        builder.session = replace(builder.session, state=rest)
    _worry(builder, kind)


def _worry(builder: TurnBuilder, kind: str) -> None:
    builder.session = replace(builder.session, worry=kind, safe_asked=builder.event.at, in_danger=True)


def may_ask(builder: TurnBuilder) -> bool:
    """Return whether ASKED_AGAIN_AFTER has passed since we last asked whether anyone is in danger."""
    return not (at := builder.session.safe_asked) or builder.event.at - at >= ASKED_AGAIN_AFTER


def ask_whether_safe(builder: TurnBuilder, reading: Reading) -> None:
    """Give the numbers and one kind question, after pausing the open one; still answer what was asked.

    In a call the question comes alone: nothing may stand between it and its answer, and a long speech would end
    with "want to hear more?". What else was asked is answered once nobody is in danger.

    Source: "certainty is not required" (Childhelp); asking raises no risk (Dazzi 2014). Never ask about
    plan or means.
    """
    unclear = Tell(text_id(builder.book.statement(Role.UNCLEAR)))
    statements = [reply for reply in builder.replies if not isinstance(reply, Ask) and reply != unclear]
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
    choice = chosen(builder, paused, replace(reading, danger=Danger.NONE))
    if choice is not None and paused.name not in dict(session.given):
        builder.session = replace(session, given=(*session.given, (paused.name, choice.name)))


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
    lexicon, words = builder.book.reader.lexicon, normalize(reading.cleaned.text).split()
    if reading.cleaned.core in lexicon.unsure or doubts(words, lexicon):
        return True
    return first_word(words, lexicon) != "yes" and not lexicon.negation.isdisjoint(words)


def _take_meanwhile(builder: TurnBuilder, name: str) -> None:
    """Record the answer in the text that we asked about as possible danger: "my husband says he will send it"."""
    question = builder.question()
    if question is None or not any(choice.name == name for choice in question.choices):
        return
    builder.replies = [reply for reply in builder.replies if not isinstance(reply, Ask)]
    take_choice(builder, question, question.choice(name))


def _is_neither(builder: TurnBuilder, reading: Reading, choice: Choice | None) -> bool:
    """Return whether a text, for the first time, neither answers "is anyone in danger?" nor can mean danger."""
    if builder.session.misses or builder.event.channel is not Channel.SMS or (choice and choice.name == "no"):
        return False
    if reading.danger_sure >= ASK or reading.danger in (Danger.ASK, Danger.ALARM):
        return False
    if reading.intent == Known.REPEAT and reading.by == "rule":
        return True
    safe, unsafe = _safe(builder, reading.cleaned.text)
    return choice is None and safe < SURE_SAFE and unsafe < PERHAPS_UNSAFE


def _says_no(builder: TurnBuilder, reading: Reading | None, choice: Choice | None) -> bool:
    """Return whether a text says that nobody is in danger: "no he is fine", and not "no im not ok"."""
    if reading is None or reading.cleaned.core.isdecimal():
        return choice is not None and choice.name == "no"
    if _denies_danger(builder, reading.cleaned.text):
        return True
    safe, unsafe = _safe(builder, reading.cleaned.text)
    excepts = not builder.book.reader.lexicon.contrast.isdisjoint(normalize(reading.cleaned.text).split())
    by_rule = choice is not None and choice.name == "no" and unsafe < UNSAFE and not excepts
    quiet = reading.danger in (Danger.NONE, Danger.DISTRESS) or reading.danger_sure < ASK
    return quiet and (by_rule or safe >= SURE_SAFE)


def _denies_danger(builder: TurnBuilder, text: str) -> bool:
    """Return whether a few words say that nobody is in danger, and except nobody: "no he isnt in danger"."""
    lexicon, words = builder.book.reader.lexicon, normalize(text).split()
    named = has_entry(" ".join(words), lexicon.safe)
    return named and len(words) <= LONGEST_DENIAL and lexicon.contrast.isdisjoint(words)


def _safe(builder: TurnBuilder, text: str) -> tuple[float, float]:
    """Return the probabilities that a text says that no one is in danger, and that someone is."""
    classifier, head = builder.book.reader.classifier, f"answer.{Role.SAFETY_CHECK}"
    if head not in classifier.heads:
        return 0.0, 0.0
    scores = classifier.scores(head, normalize(text))
    return scores.of("no"), scores.of("yes")


def after_danger(builder: TurnBuilder, reading: Reading, intent: str | None, *, answers: bool) -> bool:
    """Respond to a text that follows danger, and return whether it was handled.

    `answers` says whether it answers an open question; such a text is not handled here, nor an
    intent that leads from danger. A text of which we would ask what it means asks for something too.
    """
    state = builder.session.state
    if (
        state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON)
        or answers
        or intent in builder.book.roles.leads_from_danger
    ):
        return False
    if state in RESTS_AFTER_DANGER and _is_over(builder, reading):
        builder.session = replace(builder.session, in_danger=False)
        enter(builder, builder.book.question(Role.SAFETY_CHECK).choice("no").go)
        return True
    likely = intent or next(iter(reading.asks), None)
    if likely is None or likely in builder.book.roles.answered_kindly:
        if state in RESTS_AFTER_DANGER:
            miss(builder)
        return state in RESTS_AFTER_DANGER
    builder.count("word.danger_still")
    enter(builder, Role.ABUSE_STILL if _child_is_hurt(builder) else Role.DANGER_STILL)
    return True


def is_command(builder: TurnBuilder, reading: Reading, intent: str | None) -> bool:
    """Return whether a text is a command that is obeyed even at "is anyone in danger?".

    "Please help me" is an answer, and a text "what?" asks what we mean.
    """
    if intent == Known.REPEAT and builder.event.channel is Channel.SMS:
        return False
    cry = reading.danger is Danger.ASK or (intent == Known.HELP and " " in reading.cleaned.core)
    return intent in builder.book.roles.never_about_safety and not cry


def leave_danger(builder: TurnBuilder, reading: Reading) -> None:
    """Go back to the paused question for a text that answers it, after one kind sentence, or that comes a day later.

    A bare yes or no may be said of the danger, and is no answer; a number is one once a text was met kindly. At "is
    anyone in danger?" a text answers the paused question where it can't be the answer to ours.
    """
    session, state = builder.session, builder.session.state
    checked = state == Role.SAFETY_CHECK
    if not (checked or state in RESTS_AFTER_DANGER) or builder.event.channel is not Channel.SMS:
        return
    if checked and (_may_say_whether(builder, reading) or _tells_of_the_child(builder, reading)):
        return
    paused = builder.book.states.get(session.paused)
    back = replace(session.without_aside(session.paused), state=session.paused or Place.REST)
    if not checked and session.safe_asked is not None and builder.event.at - session.safe_asked >= OVER_AFTER:
        builder.session = builder.start = back
    elif (
        isinstance(paused, Question) and reading.danger is Danger.NONE and _answers(builder, paused, reading)
    ):
        if not _was_met_kindly(builder):
            enter(builder, Role.AFTER_DANGER if checked else state)
        builder.session, builder.start = back, replace(builder.start, state=session.paused)


def _may_say_whether(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may answer "is anyone in danger?"."""
    safe, unsafe = _safe(builder, reading.cleaned.text)
    agrees = first_word(normalize(reading.cleaned.text).split(), builder.book.reader.lexicon)
    return agrees is not None or safe >= UNSAFE or unsafe >= PERHAPS_UNSAFE


def _tells_of_the_child(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text may say more about the danger: "he wont get up in the morning"."""
    likely = reading.ranked[0][0] if reading.ranked else reading.intent
    return likely in builder.book.roles.tells_of_a_child or reading.danger_sure >= LITTLE


def _answers(builder: TurnBuilder, question: Question, reading: Reading) -> bool:
    """Return whether a text answers a question that danger paused, and can't be about the danger."""
    core, met = reading.cleaned.core, _was_met_kindly(builder)
    number = core.isdecimal() and len(core) <= LONGEST_NUMBER
    if yes_or_no(core.split(), builder.book.reader.lexicon) or (number and not met):
        return False
    reminder = question.reminder and builder.session.state in RESTS_AFTER_DANGER and not (met or number)
    if reminder and (" " not in core or _may_say_whether(builder, reading)):
        return False  # it may be said of the danger: "done", "yes hes in the hospital"
    choice = chosen(builder, question, reading)
    value = choice is None and reading.intent is None and value_of(builder, question, reading.cleaned.text)
    return bool(choice or value)


def _was_met_kindly(builder: TurnBuilder) -> bool:
    """Return whether the kind sentence after danger was our last."""
    said = {tell.text for tell in builder.start.last}
    return any(text_id(builder.book.statement(name)) in said for name in RESTS_AFTER_DANGER)


def _is_over(builder: TurnBuilder, reading: Reading) -> bool:
    """Return whether a text surely says that nobody is in danger any more."""
    if reading.danger is not Danger.NONE:
        return False
    parts = dict.fromkeys((reading.cleaned.text, CLAUSES.split(reading.cleaned.text)[0]))
    return any(_safe(builder, part)[0] >= SURE_SAFE for part in parts if len(part.split()) >= SHORTEST_SAFE)


def _child_is_hurt(builder: TurnBuilder) -> bool:
    """Return whether the danger was about a child who is hurt. A call checks what it just said."""
    hurt = {text_id(builder.book.statement(name)) for name in (Role.ABUSE, Role.ABUSE_STILL)}
    return builder.session.state == Role.AFTER_ABUSE or any(tell.text in hurt for tell in builder.start.last)
