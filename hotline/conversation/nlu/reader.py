"""Reads a parent's text: what the sender wrote, whether it means danger, and its intent.

Rule 1: quotes of our texts are removed first (`cleaning`). A bare reaction is not a turn.
Rule 2: rules decide only where precision must be perfect: opt-outs, commands, certain danger (`intents`).
        The trained classifier reads the rest, with a confidence (`classifier`).
Rule 3: danger has two tiers. An alarm is certain, or likely and urgent; below that we ask, kindly, from ASK
        on. Source: 988 and Crisis Text Line ask rather than decide from one text (Dazzi 2014: asking harms
        nobody).
Rule 4: do not guess. An intent that is not sure is asked about, with the next likeliest; if none is
        likely, the intent is None.
Rule 5: total and linear in the length of the text; nothing here stores a word, but for readings of single words
        of the public list, which thousands write, without who wrote them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from hotline.conversation.nlu.classifier import Classifier
from hotline.conversation.nlu.cleaning import Cleaned, clean, nothing_is_ours, set_apart
from hotline.conversation.nlu.danger_scores import ASK, FEW_WORDS, danger_in
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.glossary import Glossary
from hotline.conversation.nlu.intents import Intents
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.near import Near
from hotline.conversation.nlu.possible_stop import (
    AT_THE_END,
    STOP_AT_AN_END,
    SURE_AT_THE_END,
    may_stop,
    stop_at_the_end,
)
from hotline.conversation.nlu.roles import NO_CLASS, SAFETY, Known, Roles
from hotline.conversation.nlu.special_cases import NAMED_AS
from hotline.conversation.nlu.topics import decide_topic

if TYPE_CHECKING:
    from hotline.conversation.nlu.weights import Margins

RULE_UNLIKELY, RULE_UNCERTAIN = 0.02, 0.9
"""Below these a phrase of a command inside a sentence does not count, or, for a STOP, is asked about."""

LONGEST_STOP = 14
"""The longest text, in words, in which a STOP is obeyed at once; in a longer one it is asked about."""

ALARM, DISTRESS = 0.8, 0.5
"""Probabilities for the full danger reply, and for one warm line. The kind question is asked from ASK on."""

VERY_LIKELY = 0.93
"""Danger from this probability on gets the full reply, urgent or not."""

DISTRESS_ONLY_BELOW = 0.6
"""In a text of distress, danger from this probability on is asked about."""

RULE_DOUBTED = 0.3
"""Below this the classifier contradicts a danger pattern, and we ask rather than alarm."""

LONGEST_NUMBER = 2
"""The most digits of a lone number that is an answer; "911" is not one."""

SHORTEST_DOUBT = 3
"""The longest rule-matched command, in words, that is not checked for danger: "never mind"."""

MOST_REMEMBERED = 500
"""Readings of single words that are remembered."""


class Danger(StrEnum):
    """The response to a text that may mean danger."""

    NONE = "none"
    DISTRESS = "distress"
    """No danger, but the person is at the end of their rope: one warm line."""
    ASK = "ask"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text was interpreted, and why."""

    cleaned: Cleaned
    intent: str | None = None
    sure: float = 0.0
    asks: tuple[str, ...] = ()
    """Close intents, to ask which one was meant; `intent` is then None."""
    together: float = 0.0
    """The probability that one of `asks` was meant."""
    by: str = ""
    """What decided the intent: "rule", "term", "near", "model", or "ending" for a STOP at the end. A term alone may be an answer."""
    danger: Danger = Danger.NONE
    danger_class: str = ""
    danger_sure: float = 0.0
    danger_by: str = ""
    ranked: tuple[tuple[str, float], ...] = ()
    """The classifier's most likely intents, with their probabilities; () if it was not asked."""
    margins: Margins | None = field(default=None, compare=False, repr=False)
    """The classifier's margins for the whole of `cleaned.said`, if it was asked about that."""

    @property
    def acted_on(self) -> str | None:
        """The intent to act on, with an alarm first; None if unsure."""
        if self.danger is Danger.ALARM:
            return Known.ABUSE if self.danger_by == Known.ABUSE else Known.CRISIS
        return self.intent


class Reader:
    """Interprets texts with the patterns, the lexicon and the classifier of one book."""

    def __init__(
        self,
        patterns: Intents,
        lexicon: Lexicon,
        classifier: Classifier,
        glossary: Glossary,
        roles: Roles,
        public: Sequence[str] = (),
        near: Near | None = None,
    ) -> None:
        """Take the read-only parts; `public` lists the words that identify nobody, in order."""
        self.patterns = patterns
        self.lexicon = lexicon
        self.classifier = classifier
        self.glossary = glossary
        self.near = near or Near((), Ideas({}))
        self.roles, self.special_cases = roles, roles.special_cases
        self.public = tuple(public)
        self.places = {word: place for place, word in enumerate(self.public, 1)}
        """The number of each public word, from 1."""
        written = {wrong: " ".join(right) for wrong, right in patterns.spelling.write.items()}
        self._misspelled = {wrong: right for wrong, right in written.items() if patterns.of(right) in SAFETY}
        """Words for danger with a letter wrong, by [spelling]. The classifier saw few of them."""
        self._of_word: dict[str, Reading] = {}
        """The readings of single public words: "no", "hola". Each takes as long as all the rest of a turn."""
        self.terms = frozenset(glossary.terms.values())
        self.names = tuple(
            dict.fromkeys((*patterns.names, *classifier.heads["intent"].labels, *glossary.terms.values()))
        )

    def of(self, text: str) -> str | None:
        """Return the intent to act on for a text, danger first, or None if unsure."""
        return self.read(text).acted_on

    def topic_of(self, intent: str, reading: Reading) -> str:
        """Return the topic that an intent of a reading is reported under (`special_cases`)."""
        if intent not in self.terms:
            return self.special_cases.topic(intent, reading.ranked)
        best = self.special_cases.families(reading.ranked)[:1]
        named = best and best[0].chance >= NAMED_AS and best[0].topic != Known.OTHER
        return best[0].topic if named else intent

    def read(self, text: str, is_ours: Callable[[str], bool] = nothing_is_ours) -> Reading:
        """Interpret `text`; `is_ours` returns whether a normalized line appears in what we sent."""
        if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER:
            return Reading(
                Cleaned(text, text, text)
            )  # as `_read` does, without looking for anything else in it
        if not self._is_public_word(text):
            return self._read(text, is_ours)
        reading = self._of_word.get(text)
        if reading is None:
            if len(self._of_word) >= MOST_REMEMBERED:
                self._of_word.clear()
            reading = self._of_word[text] = self._read(text, is_ours)
        return reading

    def _is_public_word(self, text: str) -> bool:
        """Return whether the text is one public word, written in one of the three usual ways: it is then not a quote."""
        return text.lower() in self.places and (text.islower() or text.istitle() or text.isupper())

    def _read(self, text: str, is_ours: Callable[[str], bool]) -> Reading:
        cleaned = clean(text, self.lexicon, is_ours, self.places)
        if cleaned.reaction:
            return Reading(cleaned)
        said = " ".join([self._misspelled.get(word, word) for word in cleaned.said.split()])
        if not said:
            return Reading(cleaned)
        if said.isdecimal() and len(said) <= LONGEST_NUMBER:
            return Reading(cleaned)  # a number only ever answers a question
        rule = self.patterns.of(cleaned.text)
        if rule is None and cleaned.core != said:
            rule = self.patterns.of(cleaned.core)
        apart = rule not in SAFETY and self._stop_apart(cleaned)
        rule = Known.STOP if apart else rule
        rule = rule or self.glossary.asked_in(cleaned.text)
        if rule is not None and rule != Known.STOP and rule not in SAFETY and self._is_short_whole(cleaned):
            return Reading(cleaned, rule, 1.0, by="rule")  # the classifier would change nothing of it
        plain = self.patterns.without_harmless(said)
        plain = (
            said if self.lexicon.then.intersection(plain.split()) else plain
        )  # "le pegue un grito y una cachetada"
        whole = self.classifier.margins(plain)
        ranked = self.classifier.scores_of("intent", whole).ranked
        reading = self._as_term(self._intent(cleaned, said, rule, ranked), rule)
        reading = replace(reading, ranked=ranked[:5], margins=whole if plain == cleaned.said else None)
        if rule not in SAFETY and not apart and self._is_quiet(cleaned, rule):
            return reading
        return self._with_danger(reading, said, rule, whole, plain)

    def _intent(
        self, cleaned: Cleaned, said: str, rule: str | None, ranked: tuple[tuple[str, float], ...]
    ) -> Reading:
        chance = dict(ranked)
        if (
            rule in self.roles.by_rule_alone - {Known.STOP}
            and not self._is_whole(cleaned)
            and chance.get(str(rule), 0.0) < RULE_UNLIKELY
        ):
            rule = None  # its phrase, in a sentence that means something else
        elif rule is not None and not self._is_whole(cleaned) and not self.special_cases.fits(rule, ranked):
            rule = None  # a phrase of a special case, in a text about another topic
        elif (
            rule == Known.STOP and not self._stop_apart(cleaned) and self._is_doubtful(cleaned, said, chance)
        ):
            rule = Known.STOP_UNCLEAR
        ending = (
            stop_at_the_end(cleaned.text, self.patterns, self.classifier)
            if rule in (None, Known.STOP_UNCLEAR)
            else 0.0
        )
        if rule is not None and rule not in SAFETY:
            return Reading(cleaned, rule, 1.0, by=AT_THE_END if ending == 1 else "rule")
        possible = may_stop(said, chance, self.classifier)
        if ending >= (STOP_AT_AN_END if possible else SURE_AT_THE_END):
            return Reading(cleaned, Known.STOP_UNCLEAR, ending, by=AT_THE_END)
        if possible:
            return Reading(cleaned, Known.STOP_UNCLEAR, chance[Known.STOP], by="model")
        nearest, similar = self.near.of(said)
        if nearest:
            return Reading(cleaned, nearest, similar, by="near")
        found = decide_topic(ranked, self.roles)
        return Reading(cleaned, found.intent, found.sure, found.asks, found.together, by="model")

    def _as_term(self, reading: Reading, rule: str | None) -> Reading:
        """Return the reading, or a question if the text is an acronym, or a term and no intent is sure."""
        core = reading.cleaned.core
        term = self.glossary.alone(core) or (None if reading.intent else self.glossary.named_by(core))
        return reading if rule or term is None else Reading(reading.cleaned, term, 1.0, by="term")

    def _is_quiet(self, cleaned: Cleaned, rule: str | None) -> bool:
        """Return whether to skip the danger check: a short known command, a single letter, a number."""
        short = rule is not None and len(cleaned.core.split()) <= SHORTEST_DOUBT
        return (
            (short and not self.patterns.asked_class(cleaned.text))
            or len(cleaned.core) == 1
            or self.patterns.is_harmless(cleaned.core)
            or cleaned.core.isdecimal()
        )

    def _is_short_whole(self, cleaned: Cleaned) -> bool:
        """Return whether a text is one short command and nothing else: "menu", "hi"."""
        short = len(cleaned.core.split()) <= SHORTEST_DOUBT
        return short and self._is_whole(cleaned) and not self.patterns.asked_class(cleaned.text)

    def _is_whole(self, cleaned: Cleaned) -> bool:
        return self.patterns.is_whole(cleaned.core) or self.patterns.is_whole(cleaned.text)

    def _stop_apart(self, cleaned: Cleaned) -> bool:
        """Return whether a STOP stands on a line of its own, or behind a dash: "yes - stop"."""
        apart = set_apart(cleaned.text)
        return any(self.patterns.is_whole(part) and self.patterns.of(part) == Known.STOP for part in apart)

    def _is_doubtful(self, cleaned: Cleaned, said: str, chance: dict[str, float]) -> bool:
        """Return whether a STOP phrase stands in a long text, or in a sentence where the classifier doubts it."""
        long = len(said.split()) > LONGEST_STOP
        return long or (chance.get(Known.STOP, 0.0) < RULE_UNCERTAIN and not self._is_whole(cleaned))

    def _with_danger(
        self, reading: Reading, said: str, rule: str | None, whole: Margins, plain: str
    ) -> Reading:
        """Return the reading with its danger; `plain` is the text without what only sounds like it, `whole` its margins."""
        text = reading.cleaned.text if plain == said else plain
        beside = self.patterns.beside(Known.STOP, text) if rule == Known.STOP else ()
        likely, urgent, part = danger_in(text, plain, beside, whole, self.classifier, self.lexicon)
        asked = self.patterns.asked_class(reading.cleaned.text)
        distress = self.classifier.scores_of("distress", whole).of("yes")
        if rule not in SAFETY and asked is None and likely < FEW_WORDS.get(len(said.split()), 0.0):
            return replace(reading, danger_sure=likely)
        certain = rule in SAFETY and (likely >= RULE_DOUBTED or self.patterns.is_whole(reading.cleaned.text))
        alarm = urgent if likely >= ASK else 0.0
        if certain or ((alarm >= ALARM or likely >= VERY_LIKELY) and " " in said):
            tier = Danger.ALARM
        elif distress >= DISTRESS and likely < DISTRESS_ONLY_BELOW and rule not in SAFETY and asked is None:
            return replace(reading, danger=Danger.DISTRESS, danger_sure=distress, danger_by="model")
        elif likely >= ASK or asked or rule in SAFETY:
            tier = Danger.ASK
        else:
            return replace(reading, danger_sure=likely)
        named = reading.cleaned.core.isdecimal()  # "911": a number to call, of no class
        found = self.classifier.margins(part) if part else whole
        certain_kind = self.patterns.danger_class(reading.cleaned.text) or (asked if likely < ASK else None)
        kind = "" if named else certain_kind or self.classifier.scores_of("danger_class", found).best[0]
        kind = "" if kind == NO_CLASS else kind
        by = str(rule) if rule in SAFETY else "asked" if likely < ASK else "model"
        return replace(reading, danger=tier, danger_class=kind, danger_sure=max(likely, alarm), danger_by=by)
