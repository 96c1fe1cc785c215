"""What is wrong with a change of the words, in an editor's words and language.

`hotline check` prints a finding with its file, its state and what a developer would write. Here each has a sentence of
its own, which the values of the finding fill, and a link to the text that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hotline.publishing.lint.ambiguity import BUT_ANOTHER, NOT_THIS, SOMETHING_ELSE, THE_SAME_WORDS
from hotline.publishing.lint.finding import NOWHERE, UNFIT, Finding
from hotline.publishing.overlay_check import BEFORE_A_DAY, FROM_A_MINUTE, FROM_AN_HOUR
from hotline.publishing.translations import Fault
from hotline.web.desk import i18n
from hotline.web.desk.words_state import TextRow

FOR_A_DEVELOPER: Final = "The flows themselves have a fault that cannot be fixed here. Show this to the person who runs the hotline."
NOT_THIS_CHOICE: Final = (
    "If a parent answers “%(words)s”, the hotline would not take it as this choice. Use other words."
)
NO_WAY_OUT: Final = "Parents who get here could not get out: no answer leads anywhere."
TOO_LONG: Final = "It is too long: it costs %(segments)s segments (%(length)s characters), and the limit is %(allowed)s. Shorten it."
SOURCE: Final = "Say it without stating law, or give its source: a topic of your own has a field for it."

SENTENCES: Final = {
    "reads at grade %(grade)s": "It is hard to read: school grade %(grade)s, and the limit is %(allowed)s. Write shorter sentences and words.",
    Fault.MISSING.phrase: "The translation is missing. Write it as well.",
    Fault.STALE.phrase: "The English was changed after this was translated. Translate it again.",
    Fault.DRAFT.phrase: "No one has confirmed this translation yet. Read it, and save it.",
    Fault.PLACEHOLDERS.phrase: "What is in curly braces must be the same in all languages.",
    Fault.UNKNOWN.phrase: FOR_A_DEVELOPER,
    "says %(states)s in one turn, which takes %(seconds)s seconds": "A call would talk for %(seconds)s seconds without a pause, and the limit is %(allowed)s. Shorten this text, or write a shorter one for calls.",
    "takes %(segments)s segments (%(length)s characters)": TOO_LONG,
    "takes %(segments)s segments (%(length)s characters); %(signs)s make it expensive": f"{TOO_LONG} These letters and signs make it cost more: %(signs)s",
    "takes %(seconds)s seconds to say": "A call would need %(seconds)s seconds to say it, and the limit is %(allowed)s. Shorten it, or write a shorter one for calls.",
    "this state is unreachable": "Nothing would lead to this text.",
    "leads back to itself through %(states)s and asks nothing on the way": NO_WAY_OUT,
    "ends the turn, and its text names no next step": "It does not say what a parent can do next. Name a word to reply with, as in “Reply MENU”, or a phone number.",
    "is a dead end: no answer leads away from it": NO_WAY_OUT,
    "is a dead end: no answer leads away from it (with %(paused)s paused)": NO_WAY_OUT,
    "is a loop without an exit: %(states)s": NO_WAY_OUT,
    "is a loop without an exit: %(states)s (with %(paused)s paused)": NO_WAY_OUT,
    "no one can ask for %(state)r: no message is understood as %(intent)r": "No parent could ask for this topic: another one has the same words. Write other examples.",
    "asks to reply %(word)s, which is not understood": "It asks parents to reply %(word)s, which the hotline does not understand. Use a word that it knows, such as MENU or PERSON.",
    "is labeled %(earlier)r in one row and %(label)r in another": FOR_A_DEVELOPER,
    "answers %(place)r, not a question": FOR_A_DEVELOPER,
    "answers %(place)s with %(label)r, which is not one of its choices": FOR_A_DEVELOPER,
    "costs %(segments)s segments%(to)s, answered with %(answers)s": "All texts up to the result would cost %(segments)s segments, and the limit is %(allowed)s. Shorten this text.",
    "leads straight to %(state)s, from whose day a state's limit counts, whatever the parent asked for": FOR_A_DEVELOPER,
    "has no name": "Write the name of the center.",
    "has the phone %(phone)s": "Write the phone with its area code, such as 510-555-2368.",
    "has the example number %(phone)s": "%(phone)s is a number for examples. Write the center's real number, or leave it empty.",
    "has the phone %(phone)s, which is not a valid number": "%(phone)s is not a valid phone number. Dial it before you write it here.",
    "is a statement of law without a source (it has the fact %(words)s)": f"It states law, and has no source. {SOURCE}",
    "is a statement of law without a source (it states %(words)s)": f"It states law, and has no source. {SOURCE}",
    "is a statement of law without a source (it says %(words)r)": f"“%(words)s” states law, and this text has no source. {SOURCE}",
    "was due for review by %(review_by)s, and today is %(today)s": "The law in this text is past its review date. Read the source again.",
    "promises something: %(words)r": "“%(words)s” promises something. Say that it is “worth asking for”: the school team decides, with the parent.",
    "has %(named)s": "“%(sign)s” costs extra in a text, or is read wrongly in a call. Replace it or leave it out.",
    "%(words)r may be answered with a no, which is none of the choices": "Parents may answer “%(words)s” with “no”, but none of the choices means “no”. Ask with “which” or “what”.",
    "%(words)r collides with %(taken)s, which must work everywhere": "“%(words)s” already means %(taken)s, everywhere. Use other words.",
    f"{NOT_THIS}{BUT_ANOTHER}": NOT_THIS_CHOICE,
    f"{NOT_THIS}{THE_SAME_WORDS}": NOT_THIS_CHOICE,
    f"{NOT_THIS}{SOMETHING_ELSE}": NOT_THIS_CHOICE,
    "is said in a call, where nobody hears that %(word)s is a command": "A caller cannot hear that %(word)s is a command. Write what a call says, such as “press 0”.",
    "review_by is not after reviewed": "The next review must be after today.",
    "no longer gives %(numbers)s": "It no longer gives %(numbers)s. Keep that number in the text.",
    "has no text in %(code)s": "Write this topic in all languages.",
    "has %(count)s examples": "It has %(count)s examples. Write %(fewest)s or more, each as a parent would text it, or words that ask for it.",
    "has a source without its dates, or dates without a source": "A source needs the date when it was read and the date of the next review.",
    "is read as danger, which takes precedence": "The hotline reads “%(example)s” as danger, and danger always comes first. Use other words.",
    "is read as %(intent)r": "“%(example)s” already means something else to the hotline: %(intent)s. Use other words.",
    "is read as 'nothing'": "“%(example)s” would not be understood. Use other words.",
    "is too short to ask for the topic anywhere in a text": "“%(example)s” is too short to ask for the topic anywhere in a text. Write %(shortest)s letters or more, or two words.",
    "has a curly brace without its other": "A curly brace is missing: write both, as in {hotline}.",
    "has {%(name)s}, which nothing is called": "The hotline cannot fill in {%(name)s}. What it knows here: %(known)s",
    BEFORE_A_DAY: "A reminder that counts from a future day is sent between 60 days before it and 365 days after it.",
    FROM_AN_HOUR: "This reminder is sent at once, or between 1 hour and 365 days later.",
    FROM_A_MINUTE: "This reminder is sent at once, or between 1 minute and 365 days later.",
    "is sent %(after)r": "Write a whole number.",
    UNFIT: FOR_A_DEVELOPER,
    "%(wrong)s": "The paragraphs, the blanks in [brackets] and what is in curly braces must be the same in all languages.",
}
"""A sentence for each template of a finding."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as displayed: its sentence, and the title and the ID of the text that it is about, "" if it is this one.

    `detail` is the finding as `hotline check` prints it, for the one who runs the hotline, where no sentence fits.
    """

    sentence: str
    language: str
    title: str = ""
    text_id: str = ""
    detail: str = ""


def in_words(found: Finding, rows: Mapping[str, TextRow], here: str = "") -> Shown:
    """Return a finding as displayed on the page of the text with the ID `here`."""
    template = SENTENCES.get(found.what, found.what if not found.right else FOR_A_DEVELOPER)
    sentence = i18n.gettext(template, **dict(found.values))
    detail = str(found) if template == FOR_A_DEVELOPER else ""
    row = rows.get(found.where.text)
    language = i18n.language_name(found.where.language) if found.where.language else ""
    if row is None or row.id == here:
        return Shown(sentence, language, detail=detail)
    return Shown(sentence, language, row.title(i18n.language()), row.id, detail)


def all_in_words(found: Iterable[Finding], rows: Mapping[str, TextRow], here: str = "") -> tuple[Shown, ...]:
    """Return findings as displayed, each sentence about a text once."""
    return tuple(dict.fromkeys(in_words(each, rows, here) for each in found))


def plain(sentences: Iterable[str]) -> tuple[Shown, ...]:
    """Return sentences of the desk itself, as they are displayed among findings."""
    return tuple(Shown(each, "") for each in sentences)


def read(written: str) -> Finding:
    """Return a stored finding, or for a sentence that is none, such as that the check failed, its words alone."""
    try:
        return Finding.from_json(written)
    except ValueError:
        return Finding(NOWHERE, written)
