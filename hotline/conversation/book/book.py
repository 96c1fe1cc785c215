"""The book: the whole content that `step` runs on. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

from hotline.conversation.book.actions import Do, Scope, consents
from hotline.conversation.book.states import Fork, Question, Reminder, Role, State, Statement, Takes
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.reader import Reader
from hotline.conversation.nlu.roles import Roles
from hotline.conversation.nlu.us_states import Places


@dataclass(frozen=True, slots=True)
class Voice:
    """How a language is spoken: Twilio's locale and voice name, and spoken forms of written text.

    `spoken` maps words, longer ones first; `signs` maps the punctuation of a web address.
    """

    locale: str
    name: str
    spoken: tuple[tuple[str, str], ...] = ()
    signs: tuple[tuple[str, str], ...] = ()
    blank: str = ""
    """What is said before a blank that a person fills in: "fill in" for "[date]"."""


@dataclass(frozen=True, eq=False)
class Book:
    """All flows, validated: the content that `step` runs on. Compared by identity.

    `texts` maps language, then text id, to (written, spoken). `topics` maps an intent to the state that
    answers it at any time. `version` changes whenever any content does.
    """

    version: str
    states: Mapping[str, State]
    reader: Reader
    topics: Mapping[str, str]
    texts: Mapping[str, Mapping[str, tuple[str, str]]]
    voices: Mapping[str, Voice]
    places: Places
    reminders: Mapping[str, Reminder] = field(default_factory=dict)
    safety: Mapping[str, str] = field(default_factory=dict)
    """The state that answers each class of danger; a class without one gets DANGER or ABUSE."""
    speakers: Mapping[str, str] = field(default_factory=dict)
    """The state that answers each kind of person who says who they are."""
    other_languages: Mapping[str, str] = field(default_factory=dict)
    """The sentence in each language that we do not speak, where there is one."""
    ours: frozenset[str] = frozenset()
    """Each line that we text, normalized, to recognize a parent who copies one back."""

    own_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The words that only the texts and commands of one language have."""

    @property
    def roles(self) -> Roles:
        """The roles of intents."""
        return self.reader.roles

    def asks_consent(self, name: str, *scopes: Scope) -> bool:
        """Return whether a yes to this question is consent to texts that we start, of `scopes` if given."""
        return any((name, scope) in self._consents for scope in scopes or Scope)

    @cached_property
    def _consents(self) -> frozenset[tuple[str, Scope]]:
        """Each question whose yes is consent, with its scope. Cached: read several times a turn."""
        stated = (state for state in self.states.values() if isinstance(state, Statement))
        return frozenset((each.question, each.to) for state in stated for each in consents(state.does))

    @cached_property
    def home_question(self) -> str:
        """The question that takes the US state where a person lives; "" if there is none."""
        asked = (s.name for s in self.states.values() if isinstance(s, Question) and s.takes is Takes.STATE)
        return next(asked, "")

    def home(self, session: Session) -> str:
        """Return the code of the US state that the person named, or ""."""
        return session.slot(self.home_question) or ""

    @cached_property
    def continuations(self) -> frozenset[str]:
        """The states that a statement leads to after an aside of its own (`then`)."""
        return frozenset(s.then for s in self.states.values() if isinstance(s, Statement) and s.then)

    def binds(self, name: str) -> bool:
        """Return whether an answer here must be explicit, because it gives consent or erases data."""
        led_to = (self.states.get(choice.go) for choice in self.question(name).choices)
        return self.asks_consent(name) or any(isinstance(s, Statement) and Do.ERASE in s.does for s in led_to)

    def ends_with(self, name: str) -> bool:
        """Return whether the statements that begin at this state end the conversation, and a call."""
        passed: set[str] = set()
        while isinstance(state := self.states.get(name), Statement) and name not in passed:
            if Do.HANG_UP in state.does:
                return True
            passed.add(name)
            name = state.go
        return False

    @cached_property
    def held_questions(self) -> tuple[Question, ...]:
        """The questions of the screening, in their order."""
        return tuple(each for each in self.states.values() if isinstance(each, Question) and each.holds)

    @cached_property
    def danger_answers(self) -> frozenset[str]:
        """The states that answer danger."""
        return frozenset({Role.DANGER, Role.ABUSE, *self.safety.values()})

    def danger_statement(self, kind: str) -> str:
        """Return the state with the numbers to call for a class of danger, "" for one that is not known."""
        return self.safety.get(kind) or (Role.ABUSE if kind in self.roles.child_is_hurt else Role.DANGER)

    def after_fork(self, name: str) -> frozenset[str]:
        """Return the states that a fork may lead to, through other forks; any other state leads to itself."""
        return self._after_forks.get(name) or frozenset((name,))

    def led_to_by(self, intent: str | None) -> frozenset[str]:
        """Return the states that an intent may lead to as a topic, behind its forks."""
        topic = self.topics.get(intent or "", "")
        return self.after_fork(topic) if topic else frozenset()

    @cached_property
    def _after_forks(self) -> dict[str, frozenset[str]]:
        def after(name: str) -> frozenset[str]:
            state = self.states.get(name)
            if not isinstance(state, Fork):
                return frozenset((name,))
            return frozenset[str]().union(*(after(case.go) for case in state.cases))

        return {name: after(name) for name, state in self.states.items() if isinstance(state, Fork)}

    def question(self, name: str) -> Question:
        """Return the question with this name. Names are checked when the book is read."""
        return cast("Question", self.states[name])

    def statement(self, name: str) -> Statement:
        """Return the statement with this name. Names are checked when the book is read."""
        return cast("Statement", self.states[name])

    @property
    def languages(self) -> tuple[str, ...]:
        """The available languages, the default one first."""
        return tuple(self.texts)
