"""One line that names a change of the words: stored as a kind and names, shown in the language of the desk.

A change of a text is stored as the text's ID alone.
"""

from __future__ import annotations

from typing import Final

from hotline.publishing.overlay_topics import FAQ_FILE, state_name
from hotline.web.desk import i18n
from hotline.web.desk.words_state import TextRow, Words

KINDS: Final = {
    "reviewed": "Reviewed again: %(names)s",
    "topic": "Own topic: %(names)s",
    "removed topic": "Own topic removed: %(names)s",
    "reminders": "Days of reminders: %(names)s",
    "center": "Center of the state: %(names)s",
    "decided": "Conflict decided: %(names)s",
    "took back": "Taken back: %(names)s",
    "version": "Back to version %(names)s",
    "imported": "Imported from %(names)s",
}
"""The kinds of a change that is not one of a text."""

TO_THE_FLOWS: Final = "back to the flows"


def line(now: Words, what: str) -> str:
    """Return a change in words: texts by their first words, states by their names."""
    if what == TO_THE_FLOWS:
        return i18n.gettext("Back to the flows, without the desk's words")
    kind, found, names = what.partition(": ")
    if not found or kind not in KINDS:
        return named(now, what)
    return i18n.gettext(KINDS[kind], names=", ".join(named(now, each) for each in names.split(", ")))


def named(now: Words, name: str) -> str:
    """Return what a name stands for: a text, a state of the flows, an own topic or a US state."""
    row = _row(now, name)
    if row is not None:
        return i18n.gettext("“%(words)s”", words=row.title(i18n.language()))
    if faq := now.own.faqs.get(name):
        return faq.languages[i18n.language() if i18n.language() in faq.languages else now.languages[0]].label
    place = now.book.places.states.get(name)
    return place.name if place else name


def _row(now: Words, name: str) -> TextRow | None:
    if name in now.rows:
        return now.rows[name]
    state = now.book.states.get(name) or now.book.states.get(state_name(name))
    return now.rows.get(f"{state.file if state else FAQ_FILE}.{name}.text")
