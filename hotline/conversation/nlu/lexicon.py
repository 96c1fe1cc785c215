"""The vocabulary of each language for reading texts: numbers, yes and no, ages, grades, courtesy.

Rule 1: no natural-language words in Python. `flows/lexicon/<language>.toml` contains them all.
Rule 2: all languages are read at once: parents mix them, and write "ok gracias".
Rule 3: every entry is stored as `normalize` returns it, so that a lookup is a dictionary access.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from hotline.conversation.nlu.call_words import CallWords
from hotline.conversation.nlu.hours import HourWords
from hotline.conversation.nlu.lexicon_tables import Entries, Tables, check_table, plain
from hotline.conversation.nlu.other_languages import OtherLanguage
from hotline.conversation.nlu.phone_text import PhoneText
from hotline.conversation.nlu.safety_words import SafetyWords
from hotline.conversation.nlu.said import Said
from hotline.conversation.nlu.slips import Slips
from hotline.conversation.nlu.spoken_names import SpokenNames
from hotline.conversation.nlu.tense import TenseWords
from hotline.conversation.nlu.word_patterns import DatePatterns, age_pattern, one_of

READ = "read"


def from_tables(made: Callable[[Tables], Any]) -> Any:
    """Declare a field of Lexicon with what makes it of the tables."""
    return field(metadata={READ: made})


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The combined vocabulary of all languages that have a lexicon."""

    numbers: Mapping[str, int] = from_tables(lambda t: t.numbered("numbers"))
    long_numbers: re.Pattern[str] = from_tables(lambda t: _several_words(t.numbered("numbers")))
    homophones: Mapping[str, int] = from_tables(lambda t: t.numbered("homophones"))
    ordinals: Mapping[str, int] = from_tables(lambda t: t.numbered("ordinals"))
    months: Mapping[str, int] = from_tables(lambda t: t.numbered("months"))
    weekdays: Mapping[str, int] = from_tables(lambda t: t.numbered("weekdays"))
    days_ago: Mapping[str, int] = from_tables(lambda t: t.numbered("days_ago"))
    days_ahead: Mapping[str, int] = from_tables(lambda t: t.numbered("days_ahead"))
    positions: Mapping[str, str] = from_tables(
        lambda t: {word: name for name, words in t.as_written("positions").items() for word in plain(words)}
    )
    beside: frozenset[str] = from_tables(lambda t: t.words("beside") | t.words("beside", "option"))
    option: frozenset[str] = from_tables(lambda t: t.words("beside", "option"))
    """Words before the number of a choice: "number", "option"."""
    several: frozenset[str] = from_tables(lambda t: t.words("beside", "several"))
    yes: Said = from_tables(lambda t: t.said("yes"))
    agrees: frozenset[str] = from_tables(lambda t: t.words("yes", "agrees"))
    """What agrees to an offer, and says of no fact that it is so: "ok"."""
    no: Said = from_tables(lambda t: t.said("no"))
    idioms: Entries = from_tables(lambda t: t.phrases("no", "idioms"))
    """Openings that contain a no but deny nothing: "no joke"."""
    corrections: Entries = from_tables(lambda t: t.phrases("corrections"))
    """Entries that retract the words before them: "i mean"."""
    turns: frozenset[str] = from_tables(lambda t: t.words("corrections", "turns"))
    """Words behind which news may turn: "we got denied. then they called and said ok"."""
    taken_back: frozenset[str] = from_tables(lambda t: t.words("corrections", "taken_back"))
    """Words before news that say that what was told is over: "nvm they said yes now"."""
    slips: Slips = from_tables(lambda t: Slips.of(t.lists("slips")))
    stated: Mapping[str, frozenset[str]] = from_tables(lambda t: t.lists("stated"))
    """The lists of [stated]: how a text says that a child has a plan, and whose plan it is not."""
    another: tuple[str, ...] = from_tables(
        lambda t: tuple(sorted(t.words("stated", "another"), key=lambda entry: (-len(entry), entry)))
    )
    """How a parent comes to another child of theirs, the longest first: "my other"."""
    tense: TenseWords = from_tables(lambda t: TenseWords.of(t.lists("tense")))
    refuses: Entries = from_tables(lambda t: t.phrases("no", "refuses"))
    """Openings of a no to an offer."""
    ends: frozenset[str] = from_tables(lambda t: t.words("no", "ends"))
    """Words that make a no more than an answer: "no more texts"."""
    then: frozenset[str] = from_tables(lambda t: t.words("no", "then"))
    """Words that join a no to what is said besides: "no because they hit him"."""
    safety: SafetyWords = from_tables(lambda t: SafetyWords.of(t.lists("safety")))
    """What a few words say about danger: "nobody is hurt", "i called 911"."""
    unsure: frozenset[str] = from_tables(lambda t: t.words("unsure"))
    well: Entries = from_tables(lambda t: t.phrases("well"))
    """Entries that say that something is not a problem."""
    troubles: frozenset[str] = from_tables(lambda t: t.words("well", "troubles"))
    """Words that are good news if negated: "no trouble"."""
    skills: frozenset[str] = from_tables(lambda t: t.words("well", "skills"))
    """Words that are bad news if negated: "cant read"."""
    good: frozenset[str] = from_tables(lambda t: t.words("well", "good"))
    over: Entries = from_tables(lambda t: t.phrases("well", "over"))
    """Words that say that something was true and may no longer be: "used to"."""
    opt_in: frozenset[str] = from_tables(lambda t: t.words("opt_in"))
    wait: Said = from_tables(lambda t: t.said("wait"))
    sending: Said = from_tables(lambda t: Said.of(t.words("sending", "words"), t.words("sending", "around")))
    """Words that only say who sends or signs something, and when: "my husband says hes sending it today"."""
    doing: Said = from_tables(lambda t: Said.of(t.words("sending", "may"), t.words("sending", "around")))
    """The same for "do" and "finish", which may mean anything unless they answer a question."""
    contact: Said = from_tables(
        lambda t: Said.of(t.words("sending", "contact"), t.words("sending", "contact_around"))
    )
    """Words that only say who called whom: "nobody has called", "i left a voicemail"."""
    wait_opens: tuple[str, ...] = from_tables(
        lambda t: tuple(f"{' '.join(entry)} " for entry in t.phrases("wait") if len(entry) > 1)
    )
    """The `wait` phrases of several words, each with a space after it, which may open a sentence: "hold on baby crying"."""
    calls: CallWords = from_tables(
        lambda t: CallWords.of(t.lists("calls"), [*t.numbered("days_ago"), *t.numbered("days_ahead")])
    )
    """What is said in a call and written in no text."""
    greetings: Mapping[str, frozenset[str]] = from_tables(lambda t: t.of_each_language("greetings"))
    commands: Mapping[str, frozenset[str]] = from_tables(lambda t: t.of_each_language("commands"))
    """Whole messages that are a command, by language; what each means is among the patterns."""
    before: Said = from_tables(lambda t: Said.of(t.words("courtesy", "before") | t.words("greetings")))
    """Courtesy before an answer."""
    after: Entries = from_tables(lambda t: t.phrases("courtesy", "after"))
    announces: Said = from_tables(lambda t: Said.of(t.words("courtesy", "announces")))
    """Openings that only announce what follows: "one more thing", "sorry for the late reply"."""
    openers: frozenset[str] = from_tables(
        lambda t: frozenset(
            entry.split()[0]
            for part in (("courtesy", "announces"), ("courtesy", "before"), ("greetings", "words"))
            for entry in t.words(*part)
        )
    )
    """The words that such an opening, or courtesy before it, begins with."""
    joins: frozenset[str] = from_tables(lambda t: t.words("courtesy", "joins"))
    """Words between such an opening and what it announces: "sorry to bother you but"."""
    signs: frozenset[str] = from_tables(lambda t: t.words("courtesy", "signs"))
    """Words of a signature that are not names: "mom", "mrs"."""
    negation: frozenset[str] = from_tables(lambda t: t.words("negation"))
    double: Entries = from_tables(lambda t: t.phrases("negation", "double"))
    """Two negations that may cancel out: "never not"."""
    subjects: frozenset[str] = from_tables(lambda t: t.words("negation", "subjects"))
    """Words that may follow a "no" that is an answer by itself: "no he reads"."""
    contrast: frozenset[str] = from_tables(lambda t: t.words("negation", "contrast"))
    """Words that contrast two halves of a sentence: "they dont suspend but they call"."""
    conditional: Entries = from_tables(lambda t: t.phrases("conditional"))
    asking: frozenset[str] = from_tables(lambda t: t.words("asking"))
    no_question: tuple[str, ...] = from_tables(
        lambda t: tuple(
            f"{entry} "
            for entry in sorted(t.words("asking", "tells") | {w for w in t.words("wait") if " " in w})
        )
    )
    """Openings before which a question's first word counts for nothing: "hold on", and what was said, "que la van"."""
    sends: frozenset[str] = from_tables(lambda t: t.words("asking", "sends"))
    """What a parent does with a letter: "can i send it in spanish"."""
    us: frozenset[str] = from_tables(lambda t: t.words("asking", "us"))
    """Words of a question that is put to us: "can you write in spanish"."""
    answered: frozenset[str] = from_tables(lambda t: t.words("tense", "answered"))
    """What says that an answer came, and not which: "they answered"."""
    fronts: frozenset[str] = from_tables(
        lambda t: (
            t.words("yes")
            | t.words("tense", "answered")
            | t.words("tense", "joins")
            | t.words("courtesy", "before")
        )
    )
    """What may stand before an answer and is none where no yes is offered: "thank you yes", "they answered and"."""
    ages: Mapping[str, frozenset[str]] = from_tables(lambda t: t.lists("ages"))
    """The lists of [ages]: years, months, weeks, old, before, almost, half, grade, attends, around."""
    stages: Mapping[str, int] = from_tables(lambda t: t.stages())
    """Names of grades and stages of childhood, each with the age that most children have there."""
    age_words: frozenset[str] = from_tables(lambda t: _age_words(t))
    """The words that a text may consist of if it gives an age and says nothing else."""
    elapsed: Mapping[str, frozenset[str]] = from_tables(lambda t: t.lists("elapsed"))
    """Words that make a number of years or months a time that passed: "for" before it, "ago" after it."""
    age_pattern: re.Pattern[str] = from_tables(lambda t: age_pattern(t.lists("ages")))
    """A number with an optional unit after it: groups `number`, `half`, `unit`."""
    hours: HourWords = from_tables(
        lambda t: HourWords.of(
            t.lists("hours"),
            t.numbered("numbers"),
            t.words("calls", "plain") | t.words("beside") | t.words("yes") | set(t.numbered("weekdays")),
            t.words("negation"),
        )
    )
    """The words for the time of day at which a person can be reached."""
    date_patterns: DatePatterns = from_tables(lambda t: DatePatterns.of(t.lists("dates"), t.numbered))
    phone_text: PhoneText = from_tables(
        lambda t: PhoneText.of(t.as_written("reactions"), t.as_written("mail"))
    )
    auto_phrases: tuple[str, ...] = from_tables(lambda t: tuple(sorted(t.words("auto_replies", "phrases"))))
    """Entries in which a text says that a machine wrote it: "automated message"."""
    auto_sentences: frozenset[str] = from_tables(lambda t: t.words("auto_replies", "sentences"))
    """Whole sentences that phones send automatically, such as while driving."""
    names: SpokenNames = from_tables(lambda t: SpokenNames.of(t.as_written("names")))
    speakers: Mapping[str, frozenset[str]] = from_tables(lambda t: t.lists("speakers"))
    """The lists of [speakers]: what people say of themselves, and words by which they ask who we are."""
    longest_speaker: int = from_tables(
        lambda t: max(
            (len(e.split()) for entries in t.lists("speakers").values() for e in entries), default=0
        )
    )
    """The number of words in the longest entry of `speakers`."""
    small_words: Mapping[str, frozenset[str]] = from_tables(
        lambda t: _without_common(t.of_each_language("small_words"))
    )
    """Function words by language, without those common to all languages."""
    lives: frozenset[str] = from_tables(lambda t: t.words("lives"))
    """Words around the name of a state that add nothing to it: "we live in ... now"."""
    moving: frozenset[str] = from_tables(lambda t: t.words("lives", "moving"))
    """Words before the place where a family will live, not where they live now: "Georgia but moving to Florida"."""
    others: Mapping[str, OtherLanguage] = field(default_factory=dict)
    """The languages that we do not speak, by name."""

    def numbers_in_digits(self, said: str) -> str:
        """Return a normalized text with the numbers of several words in digits: "twenty one" is 21."""
        return self.long_numbers.sub(lambda found: str(self.numbers[found[0]]), said)

    @classmethod
    def read(cls, tables: Mapping[str, Mapping[str, Any]], others: Mapping[str, Any] | None = None) -> Self:
        """Read the lexicons of all languages.

        `tables` maps a language code to its parsed TOML, `others` an unsupported language's name to its
        table. Raise FlowError on a missing table or an unknown key, with the file and the fix.
        """
        for language, table in tables.items():
            check_table(f"lexicon/{language}.toml", table)
        read = {each.name: each.metadata[READ](Tables(tables)) for each in fields(cls) if each.metadata}
        return cls(
            **read, others={name: OtherLanguage.read(name, table) for name, table in (others or {}).items()}
        )


def _several_words(numbers: Mapping[str, int]) -> re.Pattern[str]:
    """Return the pattern of the numbers of several words."""
    return re.compile(rf"\b{one_of(word for word in numbers if ' ' in word)}\b")


def _age_words(tables: Tables) -> frozenset[str]:
    numbers = tables.numbered("numbers"), tables.numbered("ordinals")
    lists = (*tables.lists("ages").values(), tables.stages(), *numbers)
    return frozenset(word for entries in lists for entry in entries for word in entry.split())


def _without_common(words: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return the words of each language, without those that all of several languages have."""
    common = frozenset.intersection(*words.values()) if len(words) > 1 else frozenset[str]()
    return {language: own - common for language, own in words.items()}
