"""Findings about claims in the flows, letters and pages: law without a source, promises, and look-alike characters.

A statement of law needs source, reviewed and review_by. It is a state with a legal fact (such as IEP-12;
A4 and the like are names of reminders) or an `outcome`, or one whose English text says what someone must do,
what the law or a right is, or a number of days or years (LAW). `speaks_of_no_law` in book.toml [check]
exempts states that only describe this hotline or only say what to ask.

The text of a choice is what the parent says, so it is never a promise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from hotline.conversation.book.book import Book
from hotline.conversation.book.deadlines import ANSWERS
from hotline.conversation.book.states import Fork, Question, State, Statement
from hotline.conversation.book.texts import state_of
from hotline.conversation.model.events import FlowError
from hotline.publishing.letters import load_letters
from hotline.publishing.lint.finding import Finding, Place, finding, place
from hotline.publishing.pages import FILLED, load_pages
from hotline.publishing.printed_texts import LETTERS, PAGES, printed_texts, read_printed
from hotline.publishing.sources import Folder
from hotline.publishing.texts import Text

LAW_FACT = re.compile(r"[A-Z0-9]+-[A-Z0-9]+\Z")
LAW = re.compile(
    r"\b(?:must|by law|the law|a right|the right|rights?:? to|required|protected)\b"
    r"|\b(?:\d+|one|two|ten) (?:calendar |school |business )?(?:days?|years?)\b",
    re.IGNORECASE,
)

PROMISES = re.compile(
    r"\bqualif(?:y|ies|ied)\b|\beligible\b|\bguarantee[sd]?\b|\bentitled\b"
    r"|\bneeds? an? (?:iep|504)\b|\bwill (?:get|receive) an? (?:iep|504)\b"
    r"|\b(?:re[u\u00fa]ne los requisitos|calific(?:a|an|ar\u00e1)|elegibles?|garantiza\w*)\b"
    r"|\bnecesita un (?:iep|plan 504|504)\b|\b(?:recibir\u00e1|obtendr\u00e1) un (?:iep|plan 504|504)\b",
    re.IGNORECASE,
)
"""Claims that only the school team can decide. The hotline may say "worth asking for"."""

LEFT_OPEN = re.compile(
    r"\b(?:if|whether|decides?|not|no|did|who|how|ask|says?|said|found"
    r"|si|decide[n]?|qui\u00e9n|c\u00f3mo|pida|dice[n]?|dijo)\b",
    re.IGNORECASE,
)
"""Words that keep a sentence from being a promise: "decide if your child qualifies"."""

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")

LOOK_ALIKES = {
    **dict.fromkeys("\u2018\u2019\u201a\u2032`\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\u2022", "-"),
    "\u2026": "...",
    **dict.fromkeys("\u00a0\u2009\u202f\u3000\t", "a space"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "nothing"),
}
"""Characters that editors insert automatically, and their replacements.

Each makes a text message cost about twice as much, or is read aloud wrongly.
"""

TYPOGRAPHY = frozenset("\u2018\u2019\u201c\u201d\u00ab\u00bb\u2013\u2014\u2026\u2022\u00a0")
"""Typographic characters that are fine in print but make a text message cost more."""


def law(
    book: Book, today: date, speaks_of_no_law: Collection[str], states: Iterable[State]
) -> Iterator[Finding]:
    """Yield statements of law, of these states, without a source or past their review date."""
    texts = book.texts[book.languages[0]]
    for state in states:
        if isinstance(state, Fork):
            continue
        if state.basis.law is not None:
            yield from overdue(place(state), state.basis.law.review_by, state.basis.law.source, today)
        if state.basis.law is None and (why := _why_law(state, texts)) and state.name not in speaks_of_no_law:
            what, value = why
            yield finding(
                place(state),
                f"is a statement of law without a source ({what})",
                "add source, reviewed and review_by; if it is only about this hotline, "
                "list it in book.toml [check] speaks_of_no_law",
                words=value,
            )


def overdue(where: Place, review_by: date, source: str, today: date) -> Iterator[Finding]:
    """Yield a finding if the review date is before today."""
    if review_by < today:
        yield finding(
            where,
            "was due for review by %(review_by)s, and today is %(today)s",
            "review %(source)s again, then set the new dates",
            review_by=review_by,
            today=today,
            source=source,
        )


def limits_of_requests(book: Book) -> Iterator[Finding]:
    """Yield the topics that lead straight to the day of a request from which a state's limit counts, whatever was asked for."""
    counted = {
        state.deadline.counts_from
        for state in book.states.values()
        if isinstance(state, Statement) and state.deadline and state.variants.by_state == ANSWERS
    }
    for reminder in book.reminders.values():
        counted.add(reminder.counts_from_request)
        if reminder.to_answer or reminder.no_answer_limit:
            counted.add(reminder.counts_from)
    for intent, name in book.topics.items():
        if name in counted:
            yield finding(
                Place(f"book.toml [topics] {intent}"),
                "leads straight to %(state)s, from whose day a state's limit counts, whatever the parent asked for",
                "lead it to a branch that tells what was asked for",
                state=name,
            )


def promises(book: Book, languages: Mapping[str, Iterable[Text]]) -> Iterator[Finding]:
    """Yield texts that promise what a school team decides."""
    for text, _, where in _all_texts(book, languages):
        if ".choice." not in text.id:
            for said in _forms(text):
                yield from promises_in(where, said)


def promises_in(where: Place, said: str) -> Iterator[Finding]:
    """Yield the sentences of one text that promise what a school team decides."""
    for sentence in SENTENCE_END.split(said):
        if (found := PROMISES.search(sentence)) and not LEFT_OPEN.search(sentence):
            yield finding(
                where,
                "promises something: %(words)r",
                'say that it is "worth asking for"; the school team decides, with the parent',
                words=found[0],
            )


def look_alikes(book: Book, languages: Mapping[str, Iterable[Text]]) -> Iterator[Finding]:
    """Yield texts with look-alike characters."""
    for text, state, where in _all_texts(book, languages):
        if (
            state is None or state.name not in book.other_languages.values()
        ):  # in the script of its own language
            for said in _forms(text):
                yield from look_alikes_in(where, said)


def look_alikes_in(where: Place, said: str, allowed: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the look-alike characters of one text, except the `allowed` ones."""
    for character in dict.fromkeys(said):
        if character not in allowed and character != "\n" and (right := _right(character)):
            name = unicodedata.name(character, f"character {ord(character):#06x}").lower()
            named = f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
            yield finding(where, "has %(named)s", "write %(plain)s", named=named, plain=right, sign=character)


def printed_findings(folder: Folder, only: Collection[str] | None = None) -> Iterator[Finding]:
    """Yield the findings about the texts with these IDs, or about all texts."""
    for language, id, said in printed_texts(read_printed(folder)):
        if only is None or id in only:
            where = Place(f"{id} ({language})", id, language)
            yield from promises_in(where, said)
            yield from look_alikes_in(where, said, allowed=TYPOGRAPHY)


def fits(folder: Folder, names: Mapping[str, str]) -> Iterator[Finding]:
    """Yield why the letters or the pages cannot be loaded, such as a blank that a translation lost."""
    for part, load in (
        (LETTERS, lambda: load_letters(folder, names)),
        (PAGES, lambda: load_pages(folder, dict.fromkeys(FILLED, "1"))),
    ):
        try:
            if (folder / part).is_dir():
                load()
        except FlowError as wrong:
            right = "make the paragraphs, blanks and placeholders match in all languages"
            yield finding(Place(part), "%(wrong)s", right, wrong=wrong)


def _why_law(state: Question | Statement, texts: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Return why a state is one of law, as a template and its value; None if it is not."""
    if facts := [fact for fact in state.basis.facts if LAW_FACT.match(fact)]:
        return "it has the fact %(words)s", facts[0]
    if isinstance(state, Statement) and state.outcome:
        return "it states %(words)s", state.outcome.id
    found = LAW.search(texts[f"{state.file}.{state.name}.text"][0])
    return ("it says %(words)r", found[0]) if found else None


def _right(character: str) -> str:
    if character in LOOK_ALIKES:
        return LOOK_ALIKES[character]
    if character.isalpha() and not unicodedata.name(character, "").startswith("LATIN"):
        return "the Latin letter" if character not in "\u00aa\u00ba" else ""
    return "a character that phones have" if unicodedata.category(character) in ("Cf", "Co", "Cn") else ""


def _all_texts(
    book: Book, languages: Mapping[str, Iterable[Text]]
) -> Iterator[tuple[Text, State | None, Place]]:
    """Yield every text in every language with its state, None for those of the language itself, and its location."""
    for language, texts in languages.items():
        for text in texts:
            if text.id.startswith("book."):
                yield (
                    text,
                    None,
                    Place(f"{text.id.replace('book.', 'book.toml ')} ({language})", "", language),
                )
            else:
                state = book.states[state_of(text.id)]
                yield text, state, place(state, text.id.split(".", 2)[2], language)


def _forms(text: Text) -> tuple[str, ...]:
    """Return the written and the spoken form of a text, without repetition."""
    return tuple(dict.fromkeys((text.written, text.spoken)))
