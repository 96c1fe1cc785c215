"""The values of a Book: its states, where they lead, and what is known about each.

`reader` reads them from the flow files; the engine goes by them. All are frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import cast

from hotline.conversation.model.events import Choice
from hotline.conversation.nlu.reader import Reader
from hotline.conversation.nlu.us_states import Places


class Place(StrEnum):
    """Where `go` may lead besides a state."""

    RETURN = "return"
    """Back to the question that was put aside, else to the state `anything_else`."""
    RETRY = "retry"
    """Back to the question that the person was stuck at."""
    SKIP = "skip"
    """On from the question that the person was stuck at, as if the answer had been "not sure"."""
    REST = "rest"
    """Nowhere: the person has what they need, and writes again when they want to."""
    STAY = "stay"
    """Leave the person exactly where they were."""
    NEXT_PART = "next_part"
    """On with what a call has still to say."""
    LAST_PART = "last_part"
    """To what the call ends with: the question, without what leads to it."""


class Role(StrEnum):
    """The states that the engine itself leads to. A book without one of them is refused."""

    GREETING = "greeting"
    BEGIN = "begin"
    MENU = "menu"
    SCREENING = "child_age"
    MORE = "more"
    HELP = "help"
    PERSON = "person"
    STOPPED = "stopped"
    STOP_OR_NOT = "stop_or_not"
    RESTARTED = "restarted"
    DANGER = "danger"
    ABUSE = "abuse"
    DANGER_STILL = "danger_still"
    ABUSE_STILL = "abuse_still"
    GLAD_YOU_ARE_HERE = "glad_you_are_here"
    GLAD_YOU_TOLD_US = "glad_you_told_us"
    SAFE_TO_GO_ON = "safe_to_go_on"
    UNCLEAR = "unclear"
    NO_WORDS = "no_words"
    SILENCE = "silence"
    STUCK = "stuck"
    GOODBYE = "goodbye"
    WELCOME_BACK = "welcome_back"
    CALL_DROPPED = "call_dropped"
    ANYTHING_ELSE = "anything_else"
    ANOTHER_CHILD = "another_child"
    NO_OUTCOME_YET = "no_outcome_yet"
    TOO_LATE_TO_SAY_WHY = "too_late_to_say_why"
    TEXT_THIS = "text_this"
    NOTHING_TO_TEXT = "nothing_to_text"
    OTHER_LANGUAGE = "other_language"
    IN_YOUR_LANGUAGE = "in_your_language"
    THIS_LANGUAGE = "this_language"
    MOVED_ON = "moved_on"
    SLOW_DOWN = "slow_down"
    OTHER_COUNTRY = "other_country"
    SAFE_WORDS = "safe_words"
    SAFETY_CHECK = "safety_check"
    NOT_ALONE = "not_alone"
    WHICH_TOPIC = "which_topic"
    TAKE_YOUR_TIME = "take_your_time"
    NOTED = "noted"
    OTHER_TONGUE = "other_tongue"


@dataclass(frozen=True, slots=True)
class Law:
    """Where a statement of law stands, and until when it counts as checked."""

    source: str
    reviewed: date
    review_by: date


class Takes(StrEnum):
    """What a question takes besides its choices."""

    NOTHING = ""
    STATE = "state"
    """A US state, by name, abbreviation or ZIP."""
    DAY = "day"
    """A day in the past, such as 9/14 or Monday."""


class Scope(StrEnum):
    """What a consent is to."""

    SERIES = "series"
    """The next steps and reminders."""
    NUDGE = "nudge"
    """One text, should the call drop."""
    THIS = "this"
    """What was just said, texted once."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """When a state is texted by itself: so long after one of `starts_on` was reached.

    With `counts_from`, the name of a question that takes a day, it counts from that day; with
    `to_limit`, from the end of the state's time limit after it. Where that limit starts with the
    written request, `counts_from_request` names the question for its day.
    """

    after: timedelta
    starts_on: tuple[str, ...]
    cancelled_by: tuple[str, ...] = ()
    counts_from: str = ""
    to_limit: bool = False
    counts_from_request: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Says `text`, offers the choices and waits."""

    name: str
    file: str
    choices: tuple[Choice, ...]
    unsure: str
    holds: bool
    """An aside (a fact, HELP, MENU) leads back here, and forks may ask about the answer."""
    fresh: bool
    """A new screening begins here: earlier answers count no longer."""
    takes: Takes = Takes.NOTHING
    go: str = ""
    """Where what it takes leads; choices lead where they say."""
    calls_back: bool = False
    """The answer is a good time for the staff to call."""
    collects: bool = False
    """The day it takes is one more of the days that the child was out of school."""
    weekend: str = ""
    """Where a day leads that is no school day, of a question that collects days."""
    picks: bool = False
    """Only the choices that the session names are offered: what was meant, of a few."""
    reminder: Reminder | None = None
    law: Law | None = None
    facts: tuple[str, ...] = ()

    def choice(self, name: str) -> Choice:
        """The choice of this name. Names are checked when the book is read."""
        return next(c for c in self.choices if c.name == name)


@dataclass(frozen=True, slots=True)
class Statement:
    """Says `text` and goes on."""

    name: str
    file: str
    go: str
    outcome: str = ""
    """The id of the outcome this states, such as OUT-IEP."""
    why: str = ""
    """The state that says which answers led to this outcome."""
    consent: str = ""
    """The question whose "yes" this state takes as consent to texts that we start."""
    refuses: bool = False
    """Reaching this is a no to texts that we start."""
    scope: Scope = Scope.SERIES
    """To which texts that yes or no is."""
    starts: str = ""
    """The reminder that leaves at once, because the person asked for it here."""
    tells_wanted: bool = False
    """What the caller wanted texted is said again."""
    transfers: bool = False
    """A call rings the staff's phone after this; `go` is where it leads when they have talked."""
    records: bool = False
    """A call records a message for the staff after this; `go` is where it leads when there is one."""
    missed: str = ""
    """Where it leads when nobody took the call, or nothing was recorded."""
    stops: bool = False
    """Reaching this is an opt-out from all texts."""
    resumes: bool = False
    """Texting is as it was before an opt-out that was not meant."""
    erases: bool = False
    """All that is held about the person goes."""
    by_state: str = ""
    """The reference (centers or limits) that has words of its own for some states."""
    counts_from: str = ""
    """The question whose day {deadline} counts from."""
    once: bool = False
    ends: bool = False
    """A call is over after this."""
    aloud: str = ""
    """The language that this is said in for somebody else to hear, after the person heard it in their own."""
    at: tuple[int, ...] = ()
    """The numbers of days out from which it has words of their own."""
    asked: tuple[str, ...] = ()
    """The terms that this explains, as they stand on school papers."""
    reminder: Reminder | None = None
    law: Law | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One way on from a fork: taken when every condition holds."""

    conditions: tuple[tuple[str, str], ...]
    go: str


@dataclass(frozen=True, slots=True)
class Fork:
    """Says nothing; goes on by what is remembered. The last case has no condition."""

    name: str
    file: str
    cases: tuple[Case, ...]


State = Question | Statement | Fork


@dataclass(frozen=True, slots=True)
class Voice:
    """How a language is spoken: Twilio's locale and voice name, and what to say for what is written.

    `spoken` are words, longer ones first; `signs` are what stands between the words of a web address.
    """

    locale: str
    name: str
    spoken: tuple[tuple[str, str], ...] = ()
    signs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Book:
    """All flows, checked: what `step` decides with. Never changed once read; equal to itself alone.

    `texts` maps language, then text id, to (written, spoken). `topics` maps a meaning to the
    state that answers it at any time. `version` changes whenever anything in it does.
    """

    version: str
    states: Mapping[str, State]
    meanings: Reader
    topics: Mapping[str, str]
    texts: Mapping[str, Mapping[str, tuple[str, str]]]
    voices: Mapping[str, Voice]
    places: Places
    reminders: Mapping[str, Reminder] = field(default_factory=dict)
    safety: Mapping[str, str] = field(default_factory=dict)
    """The state that answers each class of danger; a class without one gets DANGER or ABUSE."""
    ours: frozenset[str] = frozenset()
    """Each line that we text, normalized: a parent who copies one back does not say it."""

    choices: dict[tuple[str, str], tuple[Choice, ...]] = field(default_factory=dict, init=False, repr=False)
    """By language and question, the choices as `texts.offered` found them: filled when they are first offered."""

    def asks_consent(self, name: str, *scopes: Scope) -> bool:
        """Whether the yes to this question is consent to texts that we start, of these scopes, if any are given."""
        return any((name, scope) in self._consents for scope in scopes or Scope)

    @cached_property
    def _consents(self) -> frozenset[tuple[str, Scope]]:
        """Each question whose yes is consent, with its scope: looked up several times a turn."""
        stated = (state for state in self.states.values() if isinstance(state, Statement))
        return frozenset((state.consent, state.scope) for state in stated if state.consent)

    def binds(self, name: str) -> bool:
        """Whether an answer here has to be plain: it is consent, or it erases."""
        led_to = (self.states.get(choice.go) for choice in self.question(name).choices)
        return self.asks_consent(name) or any(isinstance(s, Statement) and s.erases for s in led_to)

    def ends_with(self, name: str) -> bool:
        """Whether the statements that begin at this state end the talk, and a call."""
        passed: set[str] = set()
        while isinstance(state := self.states.get(name), Statement) and name not in passed:
            if state.ends:
                return True
            passed.add(name)
            name = state.go
        return False

    def after_fork(self, name: str) -> frozenset[str]:
        """The states that a fork may lead to, through other forks; a state that is none leads to itself."""
        state = self.states.get(name)
        if not isinstance(state, Fork):
            return frozenset({name})
        return frozenset().union(*(self.after_fork(case.go) for case in state.cases))

    def question(self, name: str) -> Question:
        """The question of this name. The book has it: names are checked when it is read."""
        return cast("Question", self.states[name])

    def statement(self, name: str) -> Statement:
        """The statement of this name. The book has it."""
        return cast("Statement", self.states[name])

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that can be chosen, the default one first."""
        return tuple(self.texts)
