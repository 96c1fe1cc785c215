"""The roles of intents (flows/intents.toml), and the few intents that the code acts on by name.

Rule: this is the one module that spells the name of an intent. All others use `Known`, or ask for a role.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.special_cases import SpecialCases


class Known(StrEnum):
    """Intents that the engine has an action of its own for; every other one leads to its topic."""

    CRISIS = "crisis"
    ABUSE = "abuse"
    STOP = "stop"
    STOP_UNCLEAR = "stop_unclear"
    START = "start"
    DELETE_DATA = "delete_data"
    HELP = "help"
    HUMAN = "human"
    MENU = "menu"
    GREETING = "greeting"
    BACK = "back"
    REPEAT = "repeat"
    SLOWER = "slower"
    HOW = "how"
    LETTER = "letter"
    SIGNED = "signed"
    SIGNED_PLAN = "signed_plan"
    SIGNED_NOT_SENT = "signed_not_sent"
    MEETING_OFF = "meeting_off"
    MEETING_MOVED = "meeting_moved"
    RESTART = "restart"
    GO_ON = "go_on"
    ANOTHER_CHILD = "another_child"
    WHY = "why"
    TEXT_ME = "text_me"
    OTHER_LANGUAGE = "other_language"
    """A key of a call; no words mean it."""
    OTHER_TONGUE = "other_tongue"
    THANKS = "thanks"
    SCREEN = "screen"
    EARLY_CHILDHOOD = "early_childhood"
    PRIVACY = "privacy"
    OTHER = "other"
    """None of them: what the classifier says of a text about something else."""


NO_CLASS = "no_class"
"""In [classes] of safety.toml: a text with such words names no class of danger."""

SAFETY: Final = (Known.CRISIS, Known.ABUSE)
"""The intents whose patterns mean certain danger."""

ROLES, LANGUAGES, KEYS, DANGER, SPECIAL = "roles", "languages", "keys", "danger", "special_cases"
"""The tables of intents.toml."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The intents of each role; intents.toml says what follows from it."""

    by_rule_alone: frozenset[str] = frozenset()
    urgent: frozenset[str] = frozenset()
    not_greeted: frozenset[str] = frozenset()
    asks_for_nothing: frozenset[str] = frozenset()
    part_of_an_answer: frozenset[str] = frozenset()
    stays_at_a_question: frozenset[str] = frozenset()
    tells_of_a_child: frozenset[str] = frozenset()
    explains_a_plan: frozenset[str] = frozenset()
    never_offered: frozenset[str] = frozenset()
    begins_screening: frozenset[str] = frozenset()
    story_begins_screening: frozenset[str] = frozenset()
    then_screening: frozenset[str] = frozenset()
    leads_from_danger: frozenset[str] = frozenset()
    answered_kindly: frozenset[str] = frozenset()
    never_about_safety: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    ends_an_opt_out: frozenset[str] = frozenset()
    languages: Mapping[str, str] = field(default_factory=dict)
    """The language that an intent asks for."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The intent of each phone key that means the same everywhere."""
    child_is_hurt: frozenset[str] = frozenset()
    """The danger classes in which another person hurts a child, rather than the child themself."""
    person_is_feared: frozenset[str] = frozenset()
    """The danger classes in which the danger is a person, who may be the one that is "here" or "with her"."""
    special_cases: SpecialCases = field(default_factory=SpecialCases)

    @classmethod
    def read(cls, table: Mapping[str, Any], where: str) -> Self:
        """Read a parsed intents.toml; `where` names it in errors. Raise FlowError if it is wrong."""
        if set(table) != {ROLES, LANGUAGES, KEYS, DANGER, SPECIAL}:
            raise FlowError(
                f"{where}: must have the tables [roles], [languages], [keys], [danger] and [special_cases]"
            )
        roles, danger = table[ROLES], table[DANGER]
        lists = {**roles, **danger}
        wanted = {*ROLE_NAMES, *OF_DANGER}
        if wrong := sorted(wanted.symmetric_difference(lists)):
            raise FlowError(
                f"{where}: {wrong[0]!r} is missing or unknown; there are {', '.join(sorted(wanted))}"
            )
        for name, written in (*lists.items(), *table[SPECIAL].items()):
            if not isinstance(written, list) or not all(isinstance(each, str) for each in written):
                raise FlowError(f'{where}: {name} must be a list of intents, such as ["stop", "start"]')
        return cls(
            special_cases=SpecialCases({name: tuple(topics) for name, topics in table[SPECIAL].items()}),
            languages=table[LANGUAGES],
            keys=table[KEYS],
            **{name: frozenset(written) for name, written in lists.items()},
        )

    def check(self, where: str, intents: Collection[str], classes: Collection[str]) -> None:
        """Raise FlowError at a name that is not an intent or a danger class.

        Known intents are checked too: without one of them a command would do nothing.
        """
        listed = {each for role in ROLE_NAMES for each in getattr(self, role)}
        named = {*listed, *self.languages, *self.keys.values(), *Known}
        if wrong := sorted(named - {*intents, Known.OTHER_LANGUAGE}):
            raise FlowError(
                f"{where}: {wrong[0]!r} is not an intent of patterns.toml, safety.toml or the examples"
            )
        if wrong := self.special_cases.unknown(intents):
            raise FlowError(f"{where} [{SPECIAL}]: {wrong[0]!r} is not an intent")
        if wrong := sorted((self.child_is_hurt | self.person_is_feared) - set(classes)):
            raise FlowError(f"{where} [{DANGER}]: {wrong[0]!r} is not a class of danger")


OF_DANGER: Final = ("child_is_hurt", "person_is_feared")
ROLE_NAMES: Final = tuple(
    each.name for each in fields(Roles) if each.name not in ("languages", "keys", "special_cases", *OF_DANGER)
)
