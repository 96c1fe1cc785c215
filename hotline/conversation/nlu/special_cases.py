"""Groups the intents that are special cases of a topic: "only a doctor can say so" is one of "is a diagnosis needed".

Rule 1: chances of a topic and of its special cases are added up. The likeliest of them is acted on if it has
        half of the sum; else the topic is, whose answer serves all of them.
Rule 2: a special case that a phrase finds inside a sentence does not count where the classifier is sure of another
        topic: "cannot write" may be a caller who needs help with a letter, or a child in third grade.
Rule 3: topics are stable names, for reports and labels of texts; special cases come and go with the words of the
        flows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Ranked = Sequence[tuple[str, float]]
"""Intents with their chances, the likeliest first."""

SURE_OF_ANOTHER = 0.85
"""The chance of another topic from which a phrase of a special case does not count (Rule 2)."""

NAMED_AS = 0.5
"""The chance from which a text that asks for the meaning of a term is reported under a topic."""


@dataclass(frozen=True, slots=True)
class Family:
    """A topic with its special cases in one text."""

    topic: str
    chance: float
    """The chance that the text means one of them."""
    intent: str
    """The one to act on (Rule 1)."""


@dataclass(frozen=True, slots=True)
class SpecialCases:
    """The special cases of intents.toml, each with its topics; any other intent is a topic by itself."""

    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The topics of each special case."""

    def of(self, intent: str) -> tuple[str, ...]:
        """Return the topics that an intent is a special case of, or itself."""
        return self.topics.get(intent, (intent,))

    def families(self, ranked: Ranked) -> list[Family]:
        """Return the topics in `ranked` with the sum of their chances, the likeliest first (Rule 1)."""
        members: dict[str, list[tuple[str, float]]] = {}
        for intent, chance in ranked:
            members.setdefault(self.of(intent)[0], []).append((intent, chance))
        return sorted((_family(topic, own) for topic, own in members.items()), key=lambda f: -f.chance)

    def fits(self, intent: str, ranked: Ranked) -> bool:
        """Return whether no topic besides those of a special case is sure; True for any other intent (Rule 2)."""
        if intent not in self.topics:
            return True
        likeliest = self.families(ranked)[0]
        return likeliest.topic in self.topics[intent] or likeliest.chance < SURE_OF_ANOTHER

    def topic(self, intent: str, ranked: Ranked) -> str:
        """Return the topic that an intent is reported under: the likeliest of its topics, or itself."""
        chances = {family.topic: family.chance for family in self.families(ranked)}
        return max(self.of(intent), key=lambda topic: chances.get(topic, 0.0))

    def unknown(self, intents: Iterable[str]) -> list[str]:
        """Return the names of special cases and topics that are not among `intents`."""
        named = {*self.topics, *(topic for topics in self.topics.values() for topic in topics)}
        return sorted(named - set(intents))


def _family(topic: str, members: Ranked) -> Family:
    total = sum(chance for _, chance in members)
    likeliest, most = max(members, key=lambda member: member[1])
    return Family(topic, total, likeliest if most >= total / 2 else topic)
