"""Every text of the flows that a person reads or hears, by ID, as written in the TOML.

Rule 1: this is the only list of texts. Loading, translation and checks all use it, so no text reaches
        a parent without having been shown to a translator.
Rule 2: a text's ID is file.state.part, such as `screening.child_age.choice.under_3`. A language's own
        settings (its voice, how "504" is pronounced) have IDs too, starting with `book`, so a translation
        of these texts is a complete language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.conversation.book.states import Place, Role
from hotline.conversation.model.events import FlowError
from hotline.publishing.sources import Folder, read_toml

BOOK_FILE, SAFETY_FILE, PATTERNS_FILE, INTENTS_FILE = "book", "safety", "patterns", "intents"

LANGUAGE, RENDERER, SPOKEN, SIGNS = "book.language.", "book.renderer.", "book.spoken.", "book.sign."
"""ID prefixes. The last two are followed by the written form, such as 504."""

ROW, ROW_REQUEST, ROW_ABOUT, ROW_FINDER = ".row", ".row_request", ".row_about", ".row_finder"
"""ID suffixes of the texts that are filled with each state's data."""

LOCALE, VOICE = f"{LANGUAGE}locale", f"{LANGUAGE}voice"

MORE = f"{RENDERER}more"
"""The ID of the choice that leads to the next page of a long menu; needed only where there is one."""

SPOKEN_BLANK = f"{RENDERER}spoken_blank"
"""The ID of what a call says before a blank."""

RENDERER_WORDS = {
    "reply": "Between a question and its numbered choices in a text message. Ends with a colon.",
    "press": "Said in a call for each choice. Keep {choice} and {key}.",
    "press_again": "Said instead of press the second time; shorter. Keep {choice} and {key}.",
    "or_reply": "Used instead of reply if an answer in words is expected. Ends with a colon.",
    "about": "Before a date that is not exact. Ends with a space.",
    "later": "After a last day that only a long school break can make later. Begins with a space.",
    "spoken_blank": "Said in a call before a blank to fill in: fill in: the date.",
    "blank_grade": "In a letter by text, for a grade that the parent did not give. In [brackets].",
    "blank_hard": "In a letter by text, for what is hard at school. In [brackets].",
    "blank_example": "In a letter by text, for an example. In [brackets].",
    "blank_since": "In a letter by text, for when it began. In [brackets].",
    "kindergarten": "A grade in a letter: after the word for grade.",
    "prekindergarten": "The same, for the year or years before kindergarten.",
    "for_testing": "What a time limit is for, in the middle of a sentence: for testing.",
    "for_plan": "The same, if the limit includes the plan that the school offers.",
    "breaks": "After a number of calendar days that breaks may lengthen. Begins with a space.",
    "calendar": "Kind of day, after a number: 60 calendar days.",
    "school": "Kind of day, after a number: 45 school days.",
    "business": "Kind of day, after a number: 60 business days.",
    "consent": "When a time limit starts: the day the school gets the signed form.",
    "request": "When a time limit starts: the day the school gets the written request.",
}

MORE_NOTE = "A choice: the last one of a page of a long menu, which leads to the next page."


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the flows.

    `written` is for a message, `spoken` for a call ("" if it is read as written), `note` for a translator.
    """

    id: str
    written: str
    spoken: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Where one text of a state is: its table, and the keys of its written and its spoken form there.

    `id` is the last part of the text's ID.
    """

    id: str
    table: dict[str, Any]
    key: str
    spoken_key: str
    note: str


NOTES: Final = {
    "text": "A statement.",
    "choices": "A question; its choices follow it.",
    "row": "Said instead if we have data for the parent's state.",
    "passed": "Said instead once the last day has passed.",
    "at": "Said instead from the days out of school on that the ID ends with.",
    "choice": "A choice; a few words.",
}
"""What a text of a state is, for a translator and at the desk."""


def read_files(folder: Folder) -> dict[str, dict[str, Any]]:
    """Return the tables of the TOML files in `folder`, by file stem. Raise FlowError for an invalid folder."""
    paths: list[Folder] = sorted(folder.glob("*.toml"), key=str)
    if not paths:
        raise FlowError(f"{folder}: has no flows; FLOWS_DIR must name a folder with .toml files as in flows/")
    tables = {path.stem: read_toml(path, path.name) for path in paths}
    for name in (BOOK_FILE, SAFETY_FILE, PATTERNS_FILE, INTENTS_FILE):
        if name not in tables:
            raise FlowError(f"{folder}: has no {name}.toml; copy the one from the repository's flows/")
    _offer_topics(tables)
    return tables


def topics_of(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of each topic in a parsed book.toml."""
    leads = settings.get("topics", {})
    return {intent: to["go"] if isinstance(to, dict) else to for intent, to in leads.items()}


def _offer_topics(tables: Mapping[str, dict[str, Any]]) -> None:
    """Make the `offer` of each topic a choice of the question which topic was meant. Raise FlowError."""
    offers: dict[str, dict[str, str]] = {}
    for intent, to in tables[BOOK_FILE].get("topics", {}).items():
        if isinstance(to, dict):
            if to.keys() != {"go", "offer"}:
                raise FlowError(
                    f'book.toml [topics] {intent}: must be "a_state", or {{ go = "a_state", offer = "A few words" }}'
                )
            offers[intent] = {"text": to["offer"], "go": Place.RETURN.value}
    for table in tables.values():
        if asked := table.get(Role.WHICH_TOPIC):
            asked["choices"] = {**offers, **asked.get("choices", {})}


def all_texts(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Text]:
    """Yield every text in the tables from `read_files`: the language's own first, then those of the flows in order.

    Raise FlowError if book.toml lacks a text that every language needs.
    """
    yield from _language(tables[BOOK_FILE])
    for file, table in tables.items():
        if file in (BOOK_FILE, SAFETY_FILE, PATTERNS_FILE, INTENTS_FILE):
            continue
        for name, entry in table.items():
            if isinstance(entry, dict) and "text" in entry:
                for part in parts(entry):
                    written, spoken = part.table[part.key], part.table.get(part.spoken_key, "")
                    yield Text(f"{file}.{name}.{part.id}", written, spoken, part.note)


def parts(entry: dict[str, Any]) -> Iterator[Part]:
    """Yield where each text of a state is, in the order in which a translator reads them."""
    kind = NOTES["choices"] if "choices" in entry else NOTES["text"]
    yield Part("text", entry, "text", "say", kind)
    for key in (each.removeprefix(".") for each in (ROW, ROW_REQUEST, ROW_ABOUT, ROW_FINDER)):
        if key in entry:
            yield Part(key, entry, key, f"{key}_say", NOTES["row"])
    if "passed" in entry:
        yield Part("passed", entry, "passed", "passed_say", NOTES["passed"])
    for days in filter(str.isdecimal, entry.get("at", {})):
        yield Part(f"at_{days}", entry["at"], days, f"{days}_say", NOTES["at"])
    for choice, offered in entry.get("choices", {}).items():
        yield Part(f"choice.{choice}", offered, "text", "say", NOTES["choice"])


def _language(settings: Mapping[str, Any]) -> Iterator[Text]:
    languages = settings.get("languages", {})
    if not languages:
        raise FlowError("book.toml: has no language; add [languages.en] with locale and voice")
    language, entry = next(iter(languages.items()))
    for key, id, note in (
        ("locale", LOCALE, "Twilio's name for the language, such as es-US: how calls are understood."),
        ("voice", VOICE, "Twilio's name for a voice of that language. Both are needed."),
    ):
        if key not in entry:
            raise FlowError(f'book.toml [languages.{language}]: needs {key} = "..."')
        yield Text(id, entry[key], note=note)
    for prefix, key in ((SPOKEN, "spoken"), (SIGNS, "signs")):
        for written, aloud in entry.get(key, ()):
            yield Text(f"{prefix}{written}", aloud, note=f"What is said in a call for {written}")
    words = settings.get("renderer", {})
    if missing := set(RENDERER_WORDS) - set(words):
        raise FlowError(f"book.toml [renderer]: lacks {', '.join(sorted(missing))}")
    for word, text in words.items():
        yield Text(
            f"{RENDERER}{word}", text, note=RENDERER_WORDS.get(word, MORE_NOTE if word == "more" else "")
        )
