"""The states of a book, their transitions, and their metadata, built from the flow files by `reader`. All are frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from hotline.conversation.book.actions import Action, RecordMessage, RingStaff
from hotline.conversation.model.events import Choice, ReachBy


class Place(StrEnum):
    """A target of `go` that is not a state."""

    RETURN = "return"
    """Return to the paused question, or to the state `anything_else` if there is none."""
    RETRY = "retry"
    """Return to the question that the person was stuck at."""
    SKIP = "skip"
    """Move past the question that the person was stuck at, as if they had answered "not sure"."""
    REST = "rest"
    """Stop here: the person has what they need, and writes again when they want to."""
    STAY = "stay"
    """Leave the person exactly where they were."""
    NEXT_PART = "next_part"
    """Continue with the rest of a call's speech."""
    REPEAT = "repeat"
    """Say the last turn of a call again."""
    LAST_LINE = "last_line"
    """Skip the rest of the lines that a call dictates."""
    LAST_PART = "last_part"
    """Skip to the question that ends a call's speech."""


class Role(StrEnum):
    """States that the engine enters by name. A book that lacks one of them is rejected."""

    GREETING = "greeting"
    BEGIN = "begin"
    MENU = "menu"
    SCREENING = "child_age"
    MORE = "more"
    NEXT_LINE = "next_line"
    HELP = "help"
    PERSON = "person"
    STOPPED = "stopped"
    STOPPED_IN_DANGER = "stopped_in_danger"
    STOP_OR_NOT = "stop_or_not"
    RESTARTED = "restarted"
    DANGER = "danger"
    ABUSE = "abuse"
    DANGER_STILL = "danger_still"
    ABUSE_STILL = "abuse_still"
    HELP_IS_THERE = "help_is_there"
    AFTER_DANGER = "glad_you_are_here"
    AFTER_ABUSE = "glad_you_told_us"
    SAFE_TO_GO_ON = "safe_to_go_on"
    UNCLEAR = "unclear"
    WHICH_ONE = "which_one"
    WHICH_DAY = "which_day"
    WHICH_STATE = "which_state_is_that"
    WHY_STATE = "why_your_state"
    NO_WORDS = "no_words"
    SILENCE = "silence"
    STUCK = "stuck"
    GOODBYE = "goodbye"
    WE_ARE_HERE = "we_are_here"
    WRONG_NUMBER = "wrong_number"
    WELCOME_BACK = "welcome_back"
    CALL_DROPPED = "call_dropped"
    ANYTHING_ELSE = "anything_else"
    ANOTHER_CHILD = "another_child"
    ONE_AT_A_TIME = "one_at_a_time"
    ABOUT_FIRST = "about_the_first_child"
    ABOUT_OTHER = "about_the_other_child"
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
    SAFETY_MEANT = "safety_meant"
    TRIED_TO_REACH_YOU = "tried_to_reach_you"
    WILL_TEXT_YOU = "will_text_you"
    NOT_ALONE = "not_alone"
    WHICH_TOPIC = "which_topic"
    TAKE_YOUR_TIME = "take_your_time"
    NOTED = "noted"
    CHANGED = "changed"
    STATE_NOTED = "state_noted"
    OTHER_TONGUE = "other_tongue"
    TONGUE_NOTED = "tongue_noted"


RESTS_AFTER_DANGER = (Role.AFTER_DANGER, Role.AFTER_ABUSE)
"""Resting states after danger in texts. MENU leads from there back to the paused question."""


@dataclass(frozen=True, slots=True)
class Law:
    """The source of a statement of law, and how long its review is valid."""

    source: str
    reviewed: date
    review_by: date


class Takes(StrEnum):
    """The value that a question takes besides its choices."""

    NOTHING = ""
    STATE = "state"
    """A US state, by name, abbreviation or ZIP."""
    DAY = "day"
    """A day in the past, such as 9/14 or Monday."""
    COMING_DAY = "coming_day"
    """A day to come, such as a meeting's: tomorrow, 3/14 or Monday."""
    GRADE = "grade"
    """The grade that a child is in, such as 3rd or K."""
    AGE = "age"
    """An age between those of the choices, which more is asked about: at five a child may be in kindergarten or not."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """When a state is texted on its own: `after` one of `starts_on` was reached.

    With `counts_from`, the name of a question that takes a day, it counts from that day; with `to_limit`,
    from the end of the state's time limit that starts on that day. Where that limit starts with the written
    request, `counts_from_request` names the question for its day. With `to_answer` it counts from the end
    of the time that the state gives a school to answer a request, and three weeks more where that day is
    inexact; it does not start where the state sets no such time. With `no_answer_limit` it starts only
    there. With `evening` it is due on the evening of its day, not at the hour of the event that started it.
    """

    after: timedelta
    starts_on: tuple[str, ...]
    cancelled_by: tuple[str, ...] = ()
    counts_from: str = ""
    to_limit: bool = False
    counts_from_request: str = ""
    to_answer: bool = False
    no_answer_limit: bool = False
    evening: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """The basis of a state's text: the source of its statement of law, and the IDs of the facts that it states."""

    law: Law | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a screening that a statement gives."""

    id: str
    """Such as OUT-IEP."""
    why: str = ""
    """The state that says which answers led to this outcome."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day that {deadline} in a text stands for."""

    counts_from: str
    """The question whose day it counts from."""
    days: int | None = None
    """The number of days from there, if no state's limit says it."""
    passed: bool = False
    """There is another text for when the day is over."""


@dataclass(frozen=True, slots=True)
class Variants:
    """Conditions under which a statement has another text."""

    by_state: str = ""
    """The reference (centers or limits) that has its own text for some US states."""
    at: tuple[int, ...] = ()
    """The numbers of days out at which the text changes."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a text is said."""

    once: bool = False
    """A person who had it already does not get it again."""
    dictated: bool = False
    """A call says it line by line, and waits after each until the caller has written it down."""
    aloud: str = ""
    """The language in which it is repeated for another listener, after the person's own language."""


@dataclass(frozen=True, slots=True)
class Question:
    """A state that says `text`, offers the choices and waits."""

    name: str
    file: str
    choices: tuple[Choice, ...]
    unsure: str
    holds: bool
    """An aside (a fact, HELP, MENU) returns here, and forks may test the answer."""
    fresh: bool
    """A new screening begins here: earlier answers no longer count."""
    takes: Takes = Takes.NOTHING
    go: str = ""
    """The target for a value that it takes; choices have their own."""
    reach: ReachBy | None = None
    """Being asked this requests the staff; the answer is a good time for them to call or text."""
    assumed: str = ""
    """The choice that counts until the person gives a value: a day may be left open."""
    collects: bool = False
    """The day it takes is added to the days that the child was out of school."""
    weekend: str = ""
    """The target for a weekend day, at a question that collects days."""
    picks: bool = False
    """Only the choices that the session names are offered, to ask which of a few was meant."""
    answered_like: str = ""
    """Another question with the same answers, whose classifier reads those to this one."""
    letter: str = ""
    """The letter whose answers fill its text, or whose answers are asked for. It keeps what was paused before."""
    to_come: str = ""
    """At "did you send it?", the choice for what is still to come: "about to send it"."""
    coming: str = ""
    """At "has the meeting happened?", the question that takes its day, if the text names one to come."""
    over: str = ""
    """At "is the meeting set?", the question whose yes is meant by a text that says that it was held."""
    reminder: Reminder | None = None
    basis: Basis = Basis()

    def choice(self, name: str) -> Choice:
        """Return the choice with this name. Names are checked when the book is read."""
        return next(c for c in self.choices if c.name == name)


@dataclass(frozen=True, slots=True)
class Statement:
    """A state that says `text` and continues."""

    name: str
    file: str
    go: str
    """The target; after a call that was transferred or recorded, if that succeeded."""
    does: tuple[Action, ...] = ()
    """Its actions, in their order."""
    outcome: Outcome | None = None
    then: str = ""
    """The state to return to once what `go` leads to is over, such as a letter after an outcome."""
    wants: str = ""
    """The state whose texts the person asks for here, to get them as a text."""
    deadline: Deadline | None = None
    variants: Variants = Variants()
    delivery: Delivery = Delivery()
    letter: str = ""
    """The letter that the answers given finish: {letter_link} leads to it."""
    asked: tuple[str, ...] = ()
    """The terms that this explains, as written on school papers."""
    reminder: Reminder | None = None
    basis: Basis = Basis()

    @property
    def missed(self) -> str:
        """The target if nobody took the call, or nothing was recorded; "" if it does neither."""
        calls = (action for action in self.does if isinstance(action, RingStaff | RecordMessage))
        return next((action.missed for action in calls), "")


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a fork, taken if every condition is met."""

    conditions: tuple[tuple[str, str], ...]
    go: str


@dataclass(frozen=True, slots=True)
class Fork:
    """A state that says nothing and picks a case by remembered answers. The last case is unconditional."""

    name: str
    file: str
    cases: tuple[Case, ...]


State = Question | Statement | Fork
