"""The vocabulary of each language for reading texts: numbers, yes and no, ages, grades, courtesy.

Rule 1: no natural-language words in Python. `flows/lexicon/<language>.toml` contains them all.
Rule 2: all languages are read at once: parents mix them, and write "ok gracias".
Rule 3: every entry is stored as `normalize` returns it, so that a lookup is a dictionary access.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.call_words import CALL_PARTS, CallWords
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.other_languages import OtherLanguage
from hotline.conversation.nlu.phone_text import PhoneText
from hotline.conversation.nlu.said import Said
from hotline.conversation.nlu.spoken_names import SpokenNames
from hotline.conversation.nlu.word_patterns import DatePatterns, age_pattern, one_of

LISTS = {
    "beside": ("words", "option"),
    "yes": ("words", "around", "opens"),
    "no": ("words", "around", "opens", "idioms", "refuses", "ends"),
    "unsure": ("words",),
    "corrections": ("words",),
    "well": ("words", "troubles", "skills", "good", "over"),
    "wait": ("words",),
    "opt_in": ("words",),
    "calls": CALL_PARTS,
    "greetings": ("words",),
    "courtesy": ("before", "after", "signs"),
    "ages": ("years", "months", "weeks", "old", "before", "almost", "half", "grade", "attends", "around"),
    "elapsed": ("before", "behind"),
    "dates": ("before", "days", "behind", "of", "endings", "unless", "past"),
    "negation": ("words", "double", "subjects", "contrast"),
    "conditional": ("words",),
    "asking": ("words",),
    "small_words": ("words",),
    "reactions": ("verbs", "objects", "about"),
    "mail": ("fields", "lines", "wrote", "sent"),
    "auto_replies": ("phrases", "sentences"),
    "lives": ("words",),
    "speakers": ("teacher", "foster", "grandparent", "student", "own_age", "behind_age", "machine"),
}
"""The tables that contain word lists, and the lists of each."""

NUMBERED = (
    *("numbers", "homophones", "ordinals", "days_of_month"),
    *("months", "weekdays", "days_ago", "days_ahead"),
)
"""The tables that contain a word list for each number."""

OPTIONAL = ("days_ahead", "auto_replies", "elapsed", "lives", "calls", "commands", "days_of_month", "opt_in")
"""Tables that a lexicon may lack: an operator's own copy may be older than they are."""

NAMED = ("positions", "names")
"""The tables that hold a list of words for each name."""

POSITIONS = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The combined vocabulary of all languages that have a lexicon."""

    numbers: Mapping[str, int]
    long_numbers: re.Pattern[str]
    homophones: Mapping[str, int]
    ordinals: Mapping[str, int]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    days_ago: Mapping[str, int]
    days_ahead: Mapping[str, int]
    positions: Mapping[str, str]
    beside: frozenset[str]
    option: frozenset[str]
    """Words before the number of a choice: "number", "option"."""
    yes: Said
    no: Said
    idioms: tuple[tuple[str, ...], ...]
    """Openings that contain a no but deny nothing: "no joke"."""
    corrections: tuple[tuple[str, ...], ...]
    """Phrases that retract the words before them: "i mean"."""
    refuses: tuple[tuple[str, ...], ...]
    """Openings of a no to an offer."""
    ends: frozenset[str]
    """Words that make a no more than an answer: "no more texts"."""
    unsure: frozenset[str]
    well: tuple[tuple[str, ...], ...]
    """Phrases that say something is no trouble."""
    troubles: frozenset[str]
    """Words that are good news if negated: "no trouble"."""
    skills: frozenset[str]
    """Words that are bad news if negated: "cant read"."""
    good: frozenset[str]
    over: tuple[tuple[str, ...], ...]
    """Words that say that something was true and may no longer be: "used to"."""
    opt_in: frozenset[str]
    wait: Said
    wait_opens: tuple[str, ...]
    """The `wait` phrases of several words, each with a space behind it, which may open a sentence: "hold on baby crying"."""
    calls: CallWords
    """What is said in a call and written in no text."""
    greetings: Mapping[str, frozenset[str]]
    commands: Mapping[str, frozenset[str]]
    """Whole messages that are a command, by language; what each means is among the patterns."""
    before: tuple[tuple[str, ...], ...]
    """Courtesy before an answer, longest first."""
    after: tuple[tuple[str, ...], ...]
    signs: frozenset[str]
    """Words of a signature that are no names: "mom", "mrs"."""
    negation: frozenset[str]
    double: tuple[tuple[str, ...], ...]
    """Two negations that may cancel out: "never not"."""
    subjects: frozenset[str]
    """Words that may follow a "no" that is an answer by itself: "no he reads"."""
    contrast: frozenset[str]
    """Words that contrast two halves of a sentence: "they dont suspend but they call"."""
    conditional: tuple[tuple[str, ...], ...]
    asking: frozenset[str]
    ages: Mapping[str, frozenset[str]]
    """The lists of [ages]: years, months, weeks, old, before, almost, half, grade, attends, around."""
    age_words: frozenset[str]
    """The single words of which a text that gives an age and says nothing else consists."""
    elapsed: Mapping[str, frozenset[str]]
    """Words that make a number of years or months a time that passed: "for" before it, "ago" behind it."""
    age_pattern: re.Pattern[str]
    """A number with an optional unit after it: groups `number`, `half`, `unit`."""
    date_patterns: DatePatterns
    stages: Mapping[str, int]
    """Names of grades and stages of childhood, each with the age that most children have there."""
    phone_text: PhoneText
    auto_phrases: tuple[str, ...]
    """Phrases in which a text says that a machine wrote it: "automated message"."""
    auto_sentences: frozenset[str]
    """Whole sentences that phones send automatically, such as while driving."""
    names: SpokenNames
    speakers: Mapping[str, frozenset[str]]
    """The lists of [speakers]: what people say of themselves, and words by which they ask who we are."""
    longest_speaker: int
    """The number of words in the longest entry of `speakers`."""
    others: Mapping[str, OtherLanguage]
    """The languages that we do not speak, by name."""
    small_words: Mapping[str, frozenset[str]]
    """Function words by language, without those common to all languages."""
    lives: frozenset[str]
    """Words around the name of a state that add nothing to it: "we live in ... now"."""

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
            _check(f"lexicon/{language}.toml", table)

        def words(table: str, part: str = "words") -> frozenset[str]:
            return frozenset(_plain(w for t in tables.values() for w in t.get(table, {}).get(part, ())))

        def numbered(table: str) -> dict[str, int]:
            return {
                word: int(number)
                for t in tables.values()
                for number, written in t.get(table, {}).items()
                for word in _plain(written)
            }

        def parts(table: str) -> dict[str, frozenset[str]]:
            return {part: words(table, part) for part in LISTS[table]}

        def written(table: str) -> dict[str, list[str]]:
            return {part: [w for t in tables.values() for w in t[table][part]] for part in LISTS[table]}

        def said(table: str) -> Said:
            return Said.of(words(table), words(table, "around"), words(table, "opens"))

        small = {language: frozenset(_plain(t["small_words"]["words"])) for language, t in tables.items()}
        common = frozenset.intersection(*small.values()) if len(tables) > 1 else frozenset[str]()
        numbers, ordinals = numbered("numbers"), numbered("ordinals")
        stages = {
            word: int(age)
            for t in tables.values()
            for age, names in t["ages"].get("names", {}).items()
            for word in _plain(names)
        }
        return cls(
            numbers=numbers,
            long_numbers=re.compile(rf"\b{one_of(word for word in numbers if ' ' in word)}\b"),
            homophones=numbered("homophones"),
            ordinals=ordinals,
            months=numbered("months"),
            weekdays=numbered("weekdays"),
            days_ago=numbered("days_ago"),
            days_ahead=numbered("days_ahead"),
            positions={
                word: position
                for t in tables.values()
                for position in POSITIONS
                for word in _plain(t["positions"].get(position, ()))
            },
            beside=words("beside") | words("beside", "option"),
            option=words("beside", "option"),
            yes=said("yes"),
            no=said("no"),
            idioms=_longest_first(words("no", "idioms")),
            corrections=_longest_first(words("corrections")),
            refuses=_longest_first(words("no", "refuses")),
            ends=words("no", "ends"),
            unsure=words("unsure"),
            well=_longest_first(words("well")),
            troubles=words("well", "troubles"),
            skills=words("well", "skills"),
            good=words("well", "good"),
            over=_longest_first(words("well", "over")),
            opt_in=words("opt_in"),
            wait=said("wait"),
            wait_opens=tuple(
                f"{entry} "
                for entry in sorted(words("wait"), key=lambda entry: (-len(entry), entry))
                if " " in entry
            ),
            calls=CallWords.of(parts("calls"), [*numbered("days_ago"), *numbered("days_ahead")]),
            greetings={
                language: frozenset(_plain(t["greetings"]["words"])) for language, t in tables.items()
            },
            commands={
                language: frozenset(_plain(each for said in t.get("commands", {}).values() for each in said))
                for language, t in tables.items()
            },
            before=_longest_first(words("courtesy", "before") | words("greetings")),
            after=_longest_first(words("courtesy", "after")),
            signs=words("courtesy", "signs"),
            negation=words("negation"),
            double=_longest_first(words("negation", "double")),
            subjects=words("negation", "subjects"),
            contrast=words("negation", "contrast"),
            conditional=_longest_first(words("conditional")),
            asking=words("asking"),
            ages=parts("ages"),
            age_words=frozenset(
                word
                for entries in (*parts("ages").values(), stages, numbers, ordinals)
                for entry in entries
                for word in entry.split()
            ),
            elapsed=parts("elapsed"),
            age_pattern=age_pattern(parts("ages")),
            date_patterns=DatePatterns.of(parts("dates"), numbered),
            phone_text=PhoneText.of(written("reactions"), written("mail")),
            auto_phrases=tuple(sorted(words("auto_replies", "phrases"))),
            auto_sentences=words("auto_replies", "sentences"),
            names=SpokenNames.of(_named(tables, "names")),
            speakers=parts("speakers"),
            longest_speaker=max(
                (len(e.split()) for part in parts("speakers").values() for e in part), default=0
            ),
            stages=stages,
            others={name: OtherLanguage.read(name, table) for name, table in (others or {}).items()},
            small_words={language: own - common for language, own in small.items()},
            lives=words("lives"),
        )


def _named(tables: Mapping[str, Mapping[str, Any]], table: str) -> dict[str, list[str]]:
    names = dict.fromkeys(name for t in tables.values() for name in t[table])
    return {name: [way for t in tables.values() for way in t[table].get(name, ())] for name in names}


def _check(where: str, table: Mapping[str, Any]) -> None:
    expected = {*LISTS, *NUMBERED, *NAMED} - set(OPTIONAL)
    if odd := (set(table) - set(OPTIONAL)) ^ expected:
        name = min(odd)
        problem = "is missing" if name in expected else "is not known"
        raise FlowError(f"{where}: [{name}] {problem}; a lexicon has {', '.join(sorted(expected))}")
    for name, parts in LISTS.items():
        for part in parts if name in table else ():
            written = table[name].get(part)
            if not isinstance(written, list) or not all(isinstance(w, str) for w in written):
                raise FlowError(f'{where} [{name}]: {part} must be a list of words, such as ["one", "two"]')
    for name in NUMBERED:
        if wrong := [n for n in table.get(name, {}) if not n.isdecimal()]:
            raise FlowError(f"{where} [{name}]: {wrong[0]!r} must be a number")


def _plain(words: Iterable[str]) -> Iterator[str]:
    return filter(None, map(normalize, words))


def _longest_first(entries: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted((tuple(entry.split()) for entry in entries), key=lambda e: (-len(e), e)))
