"""The page of versions of the words: what each one changed, and forms to take back one change or a whole version.

Rule: a change can be taken back alone while the words in force still have it: who changed the same text later is
      not overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import request
from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.conversation.model.events import FlowError
from hotline.publishing.overlay import Overlay, OwnCenter, OwnDay, OwnFaq, OwnReview, read_overlay
from hotline.publishing.overlay_changes import TEXTS, Change, changes
from hotline.publishing.overlay_folder import DESK
from hotline.store.words_versions import WordsVersion
from hotline.web.desk import i18n
from hotline.web.desk.guard import desk, page
from hotline.web.desk.words_lines import TO_THE_FLOWS, line, named
from hotline.web.desk.words_publish import publish
from hotline.web.desk.words_reminders import in_words
from hotline.web.desk.words_state import Words, words_now
from hotline.web.service import service as this_service

GONE: Final = "That version no longer exists."
CHANGED_SINCE: Final = "This was changed again later. Look at the newer version."


@dataclass(frozen=True, slots=True)
class Shown:
    """One change as displayed; `texts` are before and after by language, `text_id` is where it can be changed."""

    change: Change
    title: str
    text_id: str
    texts: dict[str, tuple[str, str]]
    can_take_back: bool


@desk.get("/words/versions")
def words_versions() -> AnyResponse:
    """Show the versions: who published what and when, and what each changed."""
    now, versions = words_now(this_service()), this_service().words_versions.all()
    return page(
        "words_versions.html",
        versions=versions,
        line=lambda what: line(now, what),
        number=now.number,
        changed={version.number: _shown(now, versions, version) for version in versions},
    )


@desk.post("/words/back/<version>")
def words_back(version: str) -> AnyResponse:
    """Publish an earlier version again; version 0 is the flows without an overlay. Raise NotFound."""
    now, changed, what = words_now(this_service()), Overlay(), TO_THE_FLOWS
    if version != "0":
        found = _version(this_service().words_versions.all(), version)
        changed, what = read_overlay(found.overlay, DESK), f"version: {found.number}"
    return publish(now, changed, what)


@desk.post("/words/take-back/<version>")
def take_back(version: str) -> AnyResponse:
    """Publish the words in force without one change of a version. Raise NotFound, BadRequest and Conflict."""
    now, versions = words_now(this_service()), this_service().words_versions.all()
    wanted = request.form.get("entry", ""), request.form.get("name", "")
    found = _changes(versions, _version(versions, version)) or ()
    change = next((each for each in found if (each.kind, each.name) == wanted), None)
    if change is None:
        raise NotFound(i18n.gettext(GONE))
    if not change.is_in(now.desk):
        raise Conflict(i18n.gettext(CHANGED_SINCE))
    return publish(now, change.taken_back(now.desk), f"took back: {change.name}")


def _version(versions: list[WordsVersion], number: str) -> WordsVersion:
    found = next((each for each in versions if str(each.number) == number), None)
    if found is None:
        raise NotFound(i18n.gettext(GONE))
    return found


def _changes(versions: list[WordsVersion], version: WordsVersion) -> tuple[Change, ...] | None:
    """Return what a version changed of the one before it; None if that one is no longer stored or readable."""
    earlier = next((each.overlay for each in versions if each.number == version.number - 1), None)
    if earlier is None and version.number != 1:
        return None
    try:
        return changes(read_overlay(earlier or "", DESK), read_overlay(version.overlay, DESK))
    except FlowError:  # as when another release wrote it
        return None


def _shown(now: Words, versions: list[WordsVersion], version: WordsVersion) -> list[Shown] | None:
    found = _changes(versions, version)
    return None if found is None else [_one(now, each) for each in found]


def _one(now: Words, change: Change) -> Shown:
    """Return a change as displayed: a text with its words, anything else with the fields of its form."""
    if change.kind == TEXTS:
        row = now.rows.get(change.name)
        texts = {
            code: (_joined(had.written, had.spoken), _joined(has.written, has.spoken))
            for code, (had, has) in change.wordings().items()
        }
        title, id = (row.title(i18n.language()), row.id) if row else (change.name, "")
    else:
        title, id = f"{i18n.gettext(KIND_NAMES[change.kind])}: {named(now, change.name)}", ""
        had, has = change.before.get(""), change.after.get("")
        texts = {"": (_written(had, has), _written(has, had))}
    return Shown(change, title, id, texts, change.is_in(now.desk))


KIND_NAMES: Final = {
    "reminders": "Reminder",
    "reviews": "Review",
    "centers": "Center",
    "faqs": "Own topic",
}
"""What the entries of an overlay are that are not texts."""


def _joined(written: str, spoken: str) -> str:
    """Return a text, and below it what a call says if that is different."""
    return f"{written}\n{i18n.gettext('A call says')}: {spoken}" if spoken else written


Entry = OwnDay | OwnReview | OwnCenter | OwnFaq | None


def _written(own: Entry, other: Entry) -> str:
    """Return an entry that is not a text in a few words; for none, what the flows said when `other` was written."""
    match own:
        case None:
            flows = other.was if isinstance(other, OwnDay | OwnCenter) else ""
            return in_words(flows) if isinstance(other, OwnDay) else flows
        case OwnDay():
            return in_words(own.after)
        case OwnReview():
            return i18n.written_day(own.reviewed, "long")
        case OwnCenter():
            return " ".join(filter(None, (own.name, own.phone)))
        case OwnFaq():
            return "\n".join(f"{each.label}: {each.text}" for each in own.languages.values())
