"""Pages to find a text, read it in all languages, change it, and publish the change.

Rule 1: a change is previewed as it would be sent and said, with all findings, before it can be published.
Rule 2: an editor who changes one language must also change the others, or confirm that they still say the same.
Rule 3: a text changed back to that of the flows is no longer the center's own, so later changes of the flows apply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from flask import redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline import clock
from hotline.conversation.book.book import Book
from hotline.conversation.model.segments import count
from hotline.publishing.overlay import Overlay, OwnReview, OwnText, Wording, read_overlay
from hotline.publishing.overlay_folder import DESK
from hotline.web.desk import i18n
from hotline.web.desk.findings import Shown, all_in_words
from hotline.web.desk.guard import desk, is_again, page, today, viewer
from hotline.web.desk.rules import PLAIN, unsendable
from hotline.web.desk.words_groups import Group, groups
from hotline.web.desk.words_lines import line
from hotline.web.desk.words_publish import asked_to_publish, publish, try_out, walk_ahead
from hotline.web.desk.words_state import TextRow, Words, words_now
from hotline.web.service import service as this_service

ON_A_PAGE: Final = 30
RESULTS_SHOWN: Final = 3
FILTERS: Final = ("due", "own", "conflict")
REVIEWED_FOR: Final = timedelta(days=181)
"""How long a review is valid, unless the form says otherwise."""

SAME: Final = "Another language was not changed. Change it as well, or confirm that it still says the same."
NOTHING: Final = "Nothing has changed yet: these are the words that parents get now."


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of a text: as sent, as said, and its cost."""

    language: str
    text: str
    call: str
    segments: int


@desk.get("/words")
def words_list() -> AnyResponse:
    """List the texts by group; or those with the words or ID of a search, due for review, the center's own or in conflict."""
    sought, which = request.args.get("q", "").strip(), request.args.get("which", "")
    now = words_now(this_service())
    walk_ahead(this_service(), now)
    if sought or which in FILTERS:
        return _listed(now, sought, which, _holding(now, sought))
    return _listed(now, sought, which, [], grouped=groups(now))


@desk.post("/words")
def search_words() -> AnyResponse:
    """Search for words or for a pasted message. Only words that the texts have come into the address."""
    sought, which = request.form.get("q", "").strip(), request.form.get("which", "")
    now = words_now(this_service())
    if not sought or _holding(now, sought):
        return redirect(url_for("desk.words_list", q=sought or None, which=which or None), 303)
    return _listed(now, sought, which, _parts(now, sought)[:ON_A_PAGE], pasted=True)


def _listed(
    now: Words,
    sought: str,
    which: str,
    rows: list[TextRow],
    *,
    grouped: Sequence[Group] = (),
    pasted: bool = False,
) -> AnyResponse:
    """Show these texts, a page at a time, or all texts in groups. `pasted` says that they are parts of a message."""
    day = today()
    found = [row for row in rows if _is_of(row, which, day)]
    number = _page_number(len(found))
    return page(
        "words.html",
        query={"q": "" if pasted else sought, "which": which, "page": str(number or "")},
        line=lambda what: line(now, what),
        mine=this_service().words_versions.results(viewer().name, clock.now())[:RESULTS_SHOWN],
        now=clock.now(),
        grouped=grouped,
        rows=found[number * ON_A_PAGE : (number + 1) * ON_A_PAGE],
        found=len(found),
        pasted=pasted and bool(found),
        all_texts=len(now.rows),
        sought=sought,
        which=which,
        number=number,
        pages=-(-len(found) // ON_A_PAGE),
        conflicts=len(now.merged.conflicts),
    )


def _holding(now: Words, sought: str) -> list[TextRow]:
    """Return the texts that hold these words, first those that have them side by side."""
    found = [row for row in now.rows.values() if row.holds(sought)]
    return sorted(found, key=lambda row: not row.has_phrase(sought))


def _parts(now: Words, message: str) -> list[TextRow]:
    """Return the texts that are parts of a pasted message, the longest first."""
    found = {row.id: row.length_in(message) for row in now.rows.values()}
    return sorted((row for row in now.rows.values() if found[row.id]), key=lambda row: -found[row.id])


def _is_of(row: TextRow, which: str, day: date) -> bool:
    match which:
        case "due":
            return row.is_due(day)
        case "own":
            return row.is_own
        case "conflict":
            return row.in_conflict
        case _:
            return True


def _page_number(found: int) -> int:
    given = request.args.get("page", "0")
    number = int(given) if given.isascii() and given.isdigit() and len(given) < 4 else 0
    return min(number, max(0, (found - 1) // ON_A_PAGE))


@desk.get("/words/text/<id>")
def words_text(id: str) -> AnyResponse:
    """Show one text: its wording, costs, source and dates, and where it is used. Raise NotFound."""
    now = words_now(this_service())
    row = _row(now, id)
    if is_again():
        return _text_page(now, row, {code: _given(code, row) for code in now.languages}, None)
    given = {code: shown.words for code, shown in row.languages.items()} | _refused_words(row)
    walk_ahead(this_service(), now)
    return _text_page(now, row, given, now.book)


@desk.post("/words/text/<id>")
def change_words_text(id: str) -> AnyResponse:
    """Preview a change of one text, or publish it. Raise NotFound, BadRequest and Conflict."""
    now = words_now(this_service())
    row = _row(now, id)
    given = {code: _given(code, row) for code in now.languages}
    changed = {code for code, said in given.items() if said != row.languages[code].words}
    if not changed:
        return _text_page(now, row, given, now.book, ours=i18n.gettext(NOTHING), status=400)
    if lacking := [
        code for code, said in given.items() if not said.written and row.languages[code].words.written
    ]:
        ours = i18n.gettext("Write the text in %(language)s.", language=i18n.language_name(lacking[0]))
        return _text_page(now, row, given, None, ours=ours, status=400)
    if not row.printed and (odd := unsendable(*(f"{said.written} {said.spoken}" for said in given.values()))):
        return _text_page(now, row, given, None, ours=odd, status=400)
    upstream = {code: now.upstream_words.get((code, id), Wording("")) for code in given}
    touching = Overlay({(code, id): OwnText(said, upstream[code]) for code, said in given.items()})
    desk_words = replace(now.desk, texts=_texts(now, touching))
    tried = try_out(now, desk_words, touching)
    forgotten = changed != set(given) and not request.form.get("same")
    if asked_to_publish() and not (tried.findings or forgotten):
        return publish(now, desk_words, id, tried)
    ours, status = i18n.gettext(SAME) if forgotten else "", 400 if asked_to_publish() else 200
    return _text_page(
        now,
        row,
        given,
        tried.book,
        wrong=all_in_words(tried.findings, now.rows, row.id),
        ours=ours,
        tried=True,
        status=status,
    )


@desk.post("/words/review/<name>")
def review_words(name: str) -> AnyResponse:
    """Record that a state's statement of law was reviewed and is correct. Raise NotFound, BadRequest and Conflict."""
    now = words_now(this_service())
    rows = [row for row in now.rows.values() if row.state == name and row.law]
    if not rows:
        raise NotFound(i18n.gettext("That text states no law."))
    by = review_by()
    if by is None:
        return redirect(url_for("desk.words_text", id=rows[0].id, said="date"), 303)
    reviews = {**now.desk.reviews, name: OwnReview(today(), by)}
    changed = replace(now.desk, reviews=reviews)
    return publish(now, changed, f"reviewed: {name}")


def review_by() -> date | None:
    """Return the submitted date of the next review, or None unless it is after today."""
    try:
        by = date.fromisoformat(request.form.get("review_by", ""))
    except ValueError:
        return None
    return by if by > today() else None


def _row(now: Words, id: str) -> TextRow:
    row = now.rows.get(id)
    if row is None:
        raise NotFound(i18n.gettext("That text no longer exists."))
    return row


def _given(code: str, row: TextRow) -> Wording:
    written, spoken = (
        request.form.get(f"{part}_{code}", "").replace("\r\n", "\n").strip() for part in ("written", "spoken")
    )
    if not row.printed:
        written, spoken = written.translate(PLAIN), spoken.translate(PLAIN)
    return Wording(written, "" if spoken == written else spoken)


def _refused_words(row: TextRow) -> dict[str, Wording]:
    """Return the user's words of a change that was not published, if the address asks for them again."""
    waiting = this_service().words_versions.with_words(request.args.get("again", ""))
    if waiting is None or waiting.by != viewer().name:
        return {}
    own = read_overlay(waiting.overlay, DESK).texts
    return {code: own[code, row.id].now for code in row.languages if (code, row.id) in own}


def _texts(now: Words, touching: Overlay) -> dict[tuple[str, str], OwnText]:
    """Return the desk's texts with those of one form; leave out a text that equals the flows' in all languages (Rule 3)."""
    left = {key: own for key, own in now.desk.texts.items() if key not in touching.texts}
    in_file = any(key in now.file.texts for key in touching.texts)
    if not in_file and all(own.now == own.was for own in touching.texts.values()):
        return left
    return {**left, **touching.texts}


def _text_page(
    now: Words,
    row: TextRow,
    given: dict[str, Wording],
    book: Book | None,
    *,
    wrong: tuple[Shown, ...] = (),
    ours: str = "",
    tried: bool = False,
    status: int = 200,
) -> AnyResponse:
    conflicts = {c.language: c for c in now.merged.conflicts if c.name == row.id}
    return page(
        "words_text.html",
        status,
        row=row,
        given=given,
        number=now.number,
        wrong=wrong,
        ours=ours,
        tried=tried,
        same=request.method == "POST" and "same" in request.form,
        previews=_previews(now, row, book, given),
        upstream={code: now.upstream_words.get((code, row.id)) for code in now.languages},
        conflicts=conflicts,
        used_by=now.used_by(row.state),
        asked_by=now.asked_by(row.state),
        titles={r.state: r.title(i18n.language()) for r in reversed(now.rows.values())},
        text_ids={r.state: r.id for r in reversed(now.rows.values())},
        review_by=today() + REVIEWED_FOR,
        due=row.is_due(today()),
        bad_date=request.args.get("said") == "date",
    )


def _previews(now: Words, row: TextRow, book: Book | None, given: dict[str, Wording]) -> list[Preview]:
    if book is None:
        return []
    found = []
    for code in now.languages:
        text = given[code].written if row.printed else now.as_text(book, code, row.id)
        if text:
            found.append(Preview(code, text, now.as_call(book, code, row.id), count(text)))
    return found
