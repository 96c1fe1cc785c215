"""Read a parent's text: what of it is theirs, whether it means danger, and what it asks for.

Rule 1: what is ours is cut out first (`cleaning`). A bare reaction is no turn.
Rule 2: rules decide only where precision must be perfect: opt-outs, commands, danger that is certain (`intents`). The
        trained classifier reads the rest, and says how sure it is (`classifier`).
Rule 3: danger has two tiers. An alarm is certain, or likely and urgent; below that we ask, kindly, from about one in ten.
        Source: 988 and Crisis Text Line ask rather than decide from one text (Dazzi 2014: asking harms nobody).
Rule 4: refuse to guess. Two or three readings close together are asked about; none that is likely is None.
Rule 5: total and linear in the length of the text; nothing here keeps a word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hotline.conversation.nlu.classifier import Classifier, Scores
from hotline.conversation.nlu.cleaning import Cleaned, clean, nothing_is_ours
from hotline.conversation.nlu.glossary import Glossary
from hotline.conversation.nlu.intents import Intents
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalise

CRISIS, ABUSE, STOP, STOP_UNCLEAR, OTHER = "crisis", "abuse", "stop", "stop_unclear", "other"
SAFETY = (CRISIS, ABUSE)
"""The intents whose patterns mean certain danger."""

HEADS = ("intent", "distress", "danger", "alarm", "danger_class")
"""What is scored of every text, at the cost of finding its features once."""

SURE = 0.62
"""From here an intent is acted upon. Set on folds that the weights had not seen: see docs/understanding.md."""

WORTH_ASKING = 0.12
"""An intent is offered when we ask what was meant."""

ASKED_ABOUT = 0.5
"""What the offered intents must have together; below that nothing was understood."""

MOST_OFFERED = 3
"""Intents offered when we ask: a caller must keep them in mind."""

STOP_POSSIBLE, STOP_OTHERS = 0.12, 0.45
"""From here they are asked about too where no other intent is as likely as STOP_OTHERS."""

STOP_ASKED, STOP_ASKED_SHORT, SHORTEST_STOP = 0.28, 0.5, 2
"""From here words that no rule takes for a STOP are asked about: not to hear one is against the law (47 CFR 64.1200). Up to
so many words the rules know nearly all, and what is left is rather an answer."""

RULE_UNLIKELY, RULE_UNCERTAIN = 0.02, 0.5
"""Below these a phrase of a command inside a sentence does not count, or, for a STOP, is asked about."""

LONGEST_STOP = 14
"""Words up to which a STOP inside more is obeyed at once; in a longer text it is asked about."""

ALARM, ASK, DISTRESS = 0.8, 0.25, 0.5
"""From which probability the full words are said at once, the kind question is asked, one warm line is said."""

LONE_WORD = 0.6
"""From here a single word that no rule knows is asked about; it never alarms: "purple" is a color."""

DISTRESS_ONLY_BELOW = 0.6
"""Where a text is distress, danger must be likelier than this to be asked about."""

PART_ASK, PART_OF, PART_SURE = 0.5, 0.15, 0.8
"""The same for a part of a long text, where the whole gives PART_OF or more; else the part must be sure: without what stands
around it, "he hides in the bathroom" sounds worse than it is."""

RULE_DOUBTED = 0.1
"""Below this the classifier contradicts a danger pattern, and we ask rather than alarm."""

LONGEST_NUMBER = 2
"""Digits of a lone number that is an answer; "911" is none."""

SHORTEST_DOUBT = 3
"""Words up to which a command that a rule knows is not looked at for danger: "adios", "never mind"."""

BY_RULE_ALONE = frozenset({"stop", "start", "delete_data", "restart", "back"})
"""Commands that change much: the classifier alone never gives them."""


class Danger(StrEnum):
    """How a text is met that may mean danger."""

    NONE = "none"
    DISTRESS = "distress"
    """No danger, but the end of somebody's rope: one warm line."""
    ASK = "ask"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as, and why."""

    cleaned: Cleaned
    intent: str | None = None
    sure: float = 0.0
    asks: tuple[str, ...] = ()
    """Intents close together, of which we ask which was meant; `intent` is then None."""
    by: str = ""
    """"rule", "term" or "model": what decided the intent. A term that is all of a text may be an answer."""
    danger: Danger = Danger.NONE
    danger_class: str = ""
    danger_sure: float = 0.0
    danger_by: str = ""
    ranked: tuple[tuple[str, float], ...] = ()
    """The likeliest intents by the classifier, with their probabilities."""

    @property
    def acted_on(self) -> str | None:
        """The intent that the text is acted upon for, an alarm first; None when none is sure."""
        if self.danger is Danger.ALARM:
            return ABUSE if self.danger_by == ABUSE else CRISIS
        return self.intent


class Reader:
    """Reads texts by the patterns, the lexicon and the classifier of one book."""

    def __init__(
        self,
        patterns: Intents,
        lexicon: Lexicon,
        classifier: Classifier,
        glossary: Glossary,
        public: Sequence[str] = (),
    ) -> None:
        """Take the parts, all read-only; `public` are the words that tell of nobody, in their order."""
        self.patterns = patterns
        self.lexicon = lexicon
        self.classifier = classifier
        self.glossary = glossary
        self.public = tuple(public)
        self.places = {word: place for place, word in enumerate(self.public, 1)}
        """The number of each public word, from 1."""
        self.names = tuple(
            dict.fromkeys((*patterns.names, *classifier.heads["intent"].labels, *glossary.terms.values()))
        )

    def of(self, text: str) -> str | None:
        """Return the intent that a text is acted upon for, danger first; None when none is sure."""
        return self.read(text).acted_on

    def read(self, text: str, is_ours: Callable[[str], bool] = nothing_is_ours) -> Reading:
        """Return what `text` was read as; `is_ours` says whether a normalized line stands in what we sent."""
        cleaned = clean(text, self.lexicon, is_ours)
        if cleaned.reaction:
            return Reading(cleaned)
        said = normalise(cleaned.text)
        if not said:
            return Reading(cleaned)
        if said.isdecimal() and len(said) <= LONGEST_NUMBER:
            return Reading(cleaned)  # a number answers a question, and means nothing else
        rule = self.patterns.of(cleaned.text)
        if rule is None and cleaned.core != said:
            rule = self.patterns.of(cleaned.core)
        rule = rule or self.glossary.asked_in(cleaned.text)
        scores = self.classifier.all_scores(said, HEADS)
        read = self._intent(cleaned, said, rule, scores["intent"].ranked)
        reading = replace(self._as_term(read, rule), ranked=scores["intent"].ranked[:5])
        if rule not in SAFETY and self._is_quiet(cleaned, rule):
            return reading
        return self._with_danger(reading, said, rule, scores)

    def _intent(
        self, cleaned: Cleaned, said: str, rule: str | None, ranked: tuple[tuple[str, float], ...]
    ) -> Reading:
        chance = dict(ranked)
        if (
            rule in BY_RULE_ALONE - {STOP}
            and not self._is_whole(cleaned)
            and chance.get(str(rule), 0.0) < RULE_UNLIKELY
        ):
            rule = None  # a phrase of it inside a sentence that means something else
        elif rule == STOP and (len(said.split()) > LONGEST_STOP or self._is_doubtful(cleaned, chance)):
            rule = STOP_UNCLEAR
        if rule is not None and rule not in SAFETY:
            return Reading(cleaned, rule, 1.0, by="rule")
        if self._may_stop(said, chance):
            return Reading(cleaned, STOP_UNCLEAR, chance[STOP], by="model")
        usable = [(name, p) for name, p in ranked if name not in BY_RULE_ALONE]
        best, sure = usable[0]
        if sure >= SURE:
            return Reading(cleaned, None if best == OTHER else best, sure, by="model")
        close = [(name, p) for name, p in usable[:MOST_OFFERED] if p >= WORTH_ASKING and name != OTHER]
        if sum(p for _, p in close) < ASKED_ABOUT or best == OTHER:
            return Reading(cleaned, None, sure, by="model")
        if len(close) == 1:
            return Reading(cleaned, close[0][0], sure, by="model")
        return Reading(cleaned, None, sure, tuple(name for name, _ in close), by="model")

    def _as_term(self, reading: Reading, rule: str | None) -> Reading:
        """Return a text that is nothing but a word on school papers as a question what it is: letters such as FBA always,
        others where nothing else is sure.
        """
        core = reading.cleaned.core
        term = self.glossary.alone(core) or (None if reading.intent else self.glossary.named_by(core))
        return reading if rule or term is None else Reading(reading.cleaned, term, 1.0, by="term")

    def _may_stop(self, said: str, chance: dict[str, float]) -> bool:
        """Whether words that no rule takes for a STOP are asked about: likely one, or possible and nothing else is likely."""
        stop, short = chance.get(STOP, 0.0), len(said.split()) <= SHORTEST_STOP
        if stop >= (STOP_ASKED_SHORT if short else STOP_ASKED):
            return True
        others = max((p for name, p in chance.items() if name != STOP), default=0.0)
        return stop >= STOP_POSSIBLE and others < STOP_OTHERS

    def _is_quiet(self, cleaned: Cleaned, rule: str | None) -> bool:
        """Whether a text is too short to look for danger in: a known command, a letter, a number."""
        short_command = rule is not None and len(cleaned.core.split()) <= SHORTEST_DOUBT
        return short_command or len(cleaned.core) == 1 or cleaned.core.isdecimal()

    def _is_whole(self, cleaned: Cleaned) -> bool:
        return self.patterns.is_whole(cleaned.core) or self.patterns.is_whole(cleaned.text)

    def _is_doubtful(self, cleaned: Cleaned, chance: dict[str, float]) -> bool:
        """Whether the classifier reads no STOP in a sentence that holds a phrase of one: it is asked about."""
        return chance.get(STOP, 0.0) < RULE_UNCERTAIN and not self._is_whole(cleaned)

    def _with_danger(
        self, reading: Reading, said: str, rule: str | None, scores: Mapping[str, Scores]
    ) -> Reading:
        likely, distress = scores["danger"].of("yes"), scores["distress"].of("yes")
        in_part, part = self.classifier.most_likely_part("danger", "yes", said)
        if in_part > likely and in_part >= (PART_ASK if likely >= PART_OF else PART_SURE):
            likely, scores = in_part, self.classifier.all_scores(part, HEADS)
        if rule not in SAFETY and " " not in said and likely < LONE_WORD:
            return replace(reading, danger_sure=likely)
        certain = rule in SAFETY and (likely >= RULE_DOUBTED or self.patterns.is_whole(reading.cleaned.text))
        alarm = scores["alarm"].of("yes") if likely >= ASK else 0.0
        if certain or (alarm >= ALARM and " " in said):
            tier = Danger.ALARM
        elif distress >= DISTRESS and likely < DISTRESS_ONLY_BELOW and rule not in SAFETY:
            return replace(reading, danger=Danger.DISTRESS, danger_sure=distress, danger_by="model")
        elif likely >= ASK or rule in SAFETY:
            tier = Danger.ASK
        else:
            return replace(reading, danger_sure=likely)
        named = reading.cleaned.core.isdecimal()  # "911": a number to call, of no class
        kind = "" if named else scores["danger_class"].best[0]
        by = str(rule) if rule in SAFETY else "model"
        return replace(reading, danger=tier, danger_class=kind, danger_sure=max(likely, alarm), danger_by=by)
