"""Apply an overlay to the tables and catalogs of the flows, and find its conflicts.

Rule 1: an entry applies if the flows still say what the entry was written to replace. If they already say the same
        as the entry, there is nothing to apply.
Rule 2: if the flows now say something else, or nothing, that is a conflict, which is shown with both texts and never
        dropped. Until a person resolves it, parents get the flows' own text for statements of law, danger, STOP, HELP
        and consent, because changes there were reviewed, and the center's text for everything else.
Rule 3: a text is one unit in all languages: if the flows' own text is served in one, it is served in all.
Rule 4: a translation that the center wrote along with its own English text counts as confirmed. A translation whose
        English the center did not change stays confirmed or stale, as it is in the flows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from hotline.conversation.book.states import Role
from hotline.publishing.catalogs import Catalog, Entry
from hotline.publishing.overlay import Overlay, OwnCenter, OwnFaq, TextKey, Wording
from hotline.publishing.overlay_topics import add_topic, list_in_menu, translate_topic
from hotline.publishing.printed_texts import is_printed, is_reviewed, printed_texts, set_printed
from hotline.publishing.texts import (
    BOOK_FILE,
    INTENTS_FILE,
    PATTERNS_FILE,
    SAFETY_FILE,
    Text,
    all_texts,
    parts,
)
from hotline.publishing.translations import SAY

FIXED: Final = frozenset(
    {
        *(Role.DANGER, Role.DANGER_STILL, Role.ABUSE, Role.ABUSE_STILL),
        *(Role.SAFETY_CHECK, Role.NOT_ALONE, Role.SAFE_WORDS),
        *(Role.HELP, Role.STOPPED, Role.STOPPED_IN_DANGER, Role.STOP_OR_NOT, Role.RESTARTED),
    }
)
"""States whose upstream changes are served at once, as are those of law, of danger classes and of consent."""


REVIEWED_ACTIONS: Final = ("opt_out", "undo_opt_out", "erase")
"""Actions whose states have reviewed texts, besides consent."""


class Clash(StrEnum):
    """What an entry of an overlay changes."""

    TEXT = "text"
    REMINDER = "reminder"
    CENTER = "center"
    MENU = "menu"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Conflict:
    """An entry that no longer fits the flows. A text includes its spoken form, if it has one."""

    kind: Clash
    name: str
    """The ID of the text, or the name of the state, the center or the topic."""
    language: str
    ours: str
    upstream: str
    """"" if the flows no longer have it."""
    was: str
    serves_ours: bool

    @property
    def is_gone(self) -> bool:
        """Whether the flows no longer have what the entry changes."""
        return not self.upstream


@dataclass(frozen=True, slots=True)
class FlowTables:
    """The parsed sources: tables by file, centers by state, catalogs by language, and letters and pages by path."""

    tables: Mapping[str, Mapping[str, Any]]
    centers: Mapping[str, Mapping[str, Any]]
    catalogs: Mapping[str, Catalog]
    printed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The first language."""
        return str(next(iter(self.tables[BOOK_FILE].get("languages", {})), ""))


@dataclass(frozen=True, slots=True)
class Merged:
    """The flows with an overlay applied, and its conflicts."""

    flows: FlowTables
    conflicts: tuple[Conflict, ...]


def merge(upstream: FlowTables, overlay: Overlay) -> Merged:
    """Return the flows with the overlay applied. Never raise: an entry that does not fit is a conflict."""
    merging = _Merging(upstream)
    merging.texts(overlay)
    merging.reminders(overlay)
    merging.reviews(overlay)
    merging.centers(overlay.centers)
    merging.faqs(overlay.faqs)
    done = FlowTables(merging.tables, merging.center_rows, merging.catalogs, merging.printed)
    return Merged(done, tuple(merging.conflicts))


def upstream_wordings(flows: FlowTables) -> dict[TextKey, Wording]:
    """Return every text that an overlay may replace, by language and ID; empty where it is not translated."""
    found: dict[TextKey, Wording] = {}
    for text in all_texts(flows.tables):
        if text.id.startswith(f"{BOOK_FILE}."):
            continue
        found[flows.first, text.id] = Wording(text.written, text.spoken)
        for language, catalog in flows.catalogs.items():
            found[language, text.id] = Wording(_words(catalog, text.id), _words(catalog, text.id + SAY))
    for language, id, said in printed_texts(flows.printed):
        found[language, id] = Wording(said)
    return found


def states_of_law(tables: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the states whose changes upstream are served before a center's own words (Rule 2)."""
    settings = tables[BOOK_FILE]
    found = {str(role) for role in FIXED} | set(settings.get("safety", {}).values())
    for name, entry in _states(tables):
        does = entry.get("does", ())
        asked = {str(each["consent"]) for each in does if isinstance(each, Mapping) and "consent" in each}
        if (
            {"source", "outcome"} & set(entry)
            or asked
            or set(REVIEWED_ACTIONS) & {str(each) for each in does}
        ):
            found.add(name)
        found |= asked
    return frozenset(found)


class _Merging:
    """One merge in progress: copies of the sources, changed in place."""

    def __init__(self, upstream: FlowTables) -> None:
        self.tables: dict[str, dict[str, Any]] = deepcopy({f: dict(t) for f, t in upstream.tables.items()})
        self.center_rows: dict[str, dict[str, Any]] = deepcopy(
            {c: dict(r) for c, r in upstream.centers.items()}
        )
        self.printed: dict[str, dict[str, Any]] = deepcopy({f: dict(t) for f, t in upstream.printed.items()})
        self.catalogs: dict[str, Catalog] = dict(upstream.catalogs)
        self.first = upstream.first
        self.conflicts: list[Conflict] = []
        self._upstream = upstream_wordings(upstream)
        self._law = states_of_law(upstream.tables)
        self._english_now: dict[str, Text] | None = None
        self._files = {name: file for file, table in upstream.tables.items() for name in table}

    def texts(self, overlay: Overlay) -> None:
        withheld = {id for id in {id for _, id in overlay.texts} if not self._serves_ours(overlay, id)}
        own_first = {id for language, id in overlay.texts if language == self.first} - withheld
        first_then_others = sorted(overlay.texts.items(), key=lambda item: item[0][0] != self.first)
        for (language, id), own in first_then_others:
            now = self._upstream.get((language, id))
            if now is None or now not in (own.was, own.now):
                ours, theirs, was = (_shown(each) for each in (own.now, now, own.was))
                serves = now is not None and id not in withheld
                self.conflicts.append(Conflict(Clash.TEXT, id, language, ours, theirs, was, serves))
            if now is None or id in withheld:
                continue
            if is_printed(id):
                set_printed(self.printed, language, id, own.now.written)
            elif language == self.first:
                self._set_first(id, own.now)
            else:
                self._set_translation(language, id, own.now, confirmed=id in own_first)

    def _serves_ours(self, overlay: Overlay, id: str) -> bool:
        """Check whether the center's text is served, in all languages (Rules 2 and 3)."""
        if not (is_reviewed(id) if is_printed(id) else id.count(".") and id.split(".")[1] in self._law):
            return True
        mine = {key: own for key, own in overlay.texts.items() if key[1] == id}
        return all(self._upstream.get(key) in (own.was, own.now) for key, own in mine.items())

    def _set_first(self, id: str, words: Wording) -> None:
        file, state, name = id.split(".", 2)
        part = next(each for each in parts(self.tables[file][state]) if each.id == name)
        part.table[part.key] = words.written
        part.table.pop(part.spoken_key, None)
        if words.spoken:
            part.table[part.spoken_key] = words.spoken

    def _set_translation(self, language: str, id: str, words: Wording, *, confirmed: bool) -> None:
        catalog = self.catalogs.get(language)
        if catalog is None:
            return
        entries = dict(catalog.entries)
        english = self._english()[id]
        sources = {id: english.written, id + SAY: english.spoken or english.written}
        for key, said in ((id, words.written), (id + SAY, words.spoken)):
            if said or key == id:
                entry = entries.get(key) or Entry(sources[key])
                if confirmed or not entry.words:
                    entry = Entry(sources[key], note=entry.note)
                entries[key] = replace(entry, words=said)
            else:
                entries.pop(key, None)
        self.catalogs[language] = replace(catalog, entries=entries)

    def _english(self) -> dict[str, Text]:
        """Return the texts of the first language, cached. Call this only after the center's own are applied."""
        if self._english_now is None:
            self._english_now = {text.id: text for text in all_texts(self.tables)}
        return self._english_now

    def reminders(self, overlay: Overlay) -> None:
        for name, own in overlay.reminders.items():
            entry = self._state(name)
            now = str(entry.get("after", ""))
            serves = bool(now) and (now == own.was or name not in self._law)
            if now not in (own.was, own.after):
                self.conflicts.append(Conflict(Clash.REMINDER, name, "", own.after, now, own.was, serves))
            if serves:
                entry["after"] = own.after

    def reviews(self, overlay: Overlay) -> None:
        for name, own in overlay.reviews.items():
            entry = self._state(name)
            if "reviewed" not in entry:
                dates = f"{own.reviewed}, {own.review_by}"
                self.conflicts.append(Conflict(Clash.REVIEW, name, "", dates, "", "", serves_ours=False))
            elif own.reviewed > entry["reviewed"]:
                entry["reviewed"], entry["review_by"] = own.reviewed, own.review_by

    def centers(self, own: Mapping[str, OwnCenter]) -> None:
        for code, center in own.items():
            row = self.center_rows.get(code, {})
            now = (str(row.get("name", "")), str(row.get("phone", "")))
            if now not in ((center.was, center.was_phone), (center.name, center.phone)):
                ours, theirs = f"{center.name}, {center.phone}", ", ".join(now) if now[0] else ""
                was = f"{center.was}, {center.was_phone}" if center.was else ""
                self.conflicts.append(Conflict(Clash.CENTER, code, "", ours, theirs, was, serves_ours=True))
            self.center_rows[code] = {
                **row,
                "name": center.name,
                "phone": center.phone,
                "source": center.source,
                "checked": center.checked,
                "review_by": center.review_by,
            }
            if not center.phone:
                del self.center_rows[code]["phone"]

    def faqs(self, own: Mapping[str, OwnFaq]) -> None:
        for name, faq in own.items():
            if self.first not in faq.languages:
                continue  # `overlay_check` reports it
            add_topic(self.tables, self.first, name, faq)
            menu = self._state(faq.menu)
            if faq.menu and "choices" not in menu:
                self.conflicts.append(
                    Conflict(Clash.MENU, name, "", faq.menu, "", faq.menu, serves_ours=False)
                )
            elif faq.menu:
                list_in_menu(menu, self.first, name, faq)
            for language, catalog in self.catalogs.items():
                where = f"{self._files[faq.menu]}.{faq.menu}" if faq.menu in self._files else ""
                self.catalogs[language] = translate_topic(catalog, self.first, where, name, faq)

    def _state(self, name: str) -> dict[str, Any]:
        """Return the table of a state, to be changed in place; an empty one if there is no such state."""
        entry = self.tables.get(self._files.get(name, ""), {}).get(name, {})
        return entry if isinstance(entry, dict) and self._files.get(name) not in NO_FLOWS else {}


NO_FLOWS: Final = (BOOK_FILE, SAFETY_FILE, PATTERNS_FILE, INTENTS_FILE)


def _states(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for file, table in tables.items():
        if file not in NO_FLOWS:
            yield from ((name, entry) for name, entry in table.items() if isinstance(entry, Mapping))


def _words(catalog: Catalog, id: str) -> str:
    entry = catalog.entries.get(id)
    return entry.words if entry else ""


def _shown(words: Wording | None) -> str:
    if words is None:
        return ""
    return f"{words.written}\n({words.spoken})" if words.spoken else words.written
