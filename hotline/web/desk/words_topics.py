"""Pages for a center's own topics, and the parent centers of the states."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Final

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from hotline.conversation.book.states import Question
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.centers import problem
from hotline.publishing.lint.finding import unfit
from hotline.publishing.overlay import FAQ_NAME, FaqWords, Overlay, OwnCenter, OwnFaq, read_overlay
from hotline.publishing.overlay_topics import FAQ_FILE, state_name
from hotline.web.desk import i18n
from hotline.web.desk.findings import Shown, all_in_words, in_words, plain
from hotline.web.desk.guard import desk, is_again, page, refilled, today
from hotline.web.desk.rules import PLAIN, unsendable
from hotline.web.desk.words_pages import REVIEWED_FOR, review_by
from hotline.web.desk.words_publish import asked_to_publish, publish, try_out
from hotline.web.desk.words_state import Words, words_now
from hotline.web.service import service as this_service

EMPTY: Final = FaqWords("", "")
NEW: Final = "new"


@desk.get("/words/topics")
def words_topics() -> AnyResponse:
    """List the center's own topics."""
    now = words_now(this_service())
    return page("words_topics.html", topics=now.own.faqs, number=now.number, first=now.languages[0])


@desk.get("/words/topic/<name>")
def words_topic(name: str) -> AnyResponse:
    """Show a topic, or an empty form for a new one. Raise NotFound."""
    now = words_now(this_service())
    if name != NEW and name not in now.own.faqs:
        raise NotFound(i18n.gettext("That topic no longer exists."))
    return _topic_page(now, name, _faq(now) if is_again() else now.own.faqs.get(name, OwnFaq({})))


@desk.post("/words/topic/<name>")
def change_words_topic(name: str) -> AnyResponse:
    """Preview a topic, publish it, or remove it. Raise NotFound, BadRequest and Conflict."""
    now = words_now(this_service())
    if name != NEW and name not in now.own.faqs:
        raise NotFound(i18n.gettext("That topic no longer exists."))
    if request.form.get("do") == "remove":
        changed = replace(now.desk, faqs={k: v for k, v in now.desk.faqs.items() if k != name})
        return publish(now, changed, f"removed topic: {name}")
    faq = _faq(now)
    if lacking := _lacking(faq):
        return _topic_page(now, name, faq, wrong=plain(lacking), status=400)
    called = name if name != NEW else _name(now, faq)
    touching = Overlay(faqs={called: faq})
    try:
        read_overlay(touching.written(), "the form")
    except FlowError as wrong:
        return _topic_page(now, name, faq, wrong=(in_words(unfit(wrong), {}),), status=400)
    changed = replace(now.desk, faqs={**now.desk.faqs, called: faq})
    tried = try_out(now, changed, touching)
    if asked_to_publish() and not tried.findings:
        return publish(now, changed, f"topic: {called}", tried)
    text = f"{FAQ_FILE}.{state_name(called)}.text"
    previews = [
        (code, now.as_text(tried.book, code, text), now.as_call(tried.book, code, text))
        for code in now.languages
        if tried.book is not None
    ]
    status = 400 if asked_to_publish() else 200
    shown = all_in_words(tried.findings, now.rows, text)
    return _topic_page(now, name, faq, wrong=shown, previews=previews, status=status)


def _lacking(faq: OwnFaq) -> tuple[str, ...]:
    """Return what is still to be written, or else a sign that makes it cost extra, in the user's language."""
    found = []
    for code, each in faq.languages.items():
        language = i18n.language_name(code)
        if not each.label:
            found.append(i18n.gettext("Write a name in %(language)s.", language=language))
        if not each.text:
            found.append(i18n.gettext("Write the answer in %(language)s.", language=language))
    odd = unsendable(*(f"{each.label} {each.text} {each.say}" for each in faq.languages.values()))
    return tuple(found) or tuple(filter(None, [odd]))


def _faq(now: Words) -> OwnFaq:
    source = request.form.get("source", "").strip()
    return OwnFaq(
        {
            code: FaqWords(
                _line(f"label_{code}").translate(PLAIN),
                _line(f"text_{code}").translate(PLAIN),
                _line(f"say_{code}").translate(PLAIN),
                _lines(f"examples_{code}"),
                _lines(f"words_{code}"),
            )
            for code in now.languages
        },
        request.form.get("menu", ""),
        source,
        today() if source else None,
        today() + REVIEWED_FOR if source else None,
    )


def _name(now: Words, faq: OwnFaq) -> str:
    """Return a name for a new topic, derived from its label."""
    label = (
        unicodedata.normalize("NFKD", faq.languages[now.languages[0]].label)
        .encode("ascii", "ignore")
        .decode()
    )
    plain = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:24] or "topic"
    plain = plain if FAQ_NAME.match(plain) else f"topic_{plain}"
    number, name = 2, plain
    while name in now.own.faqs or name == NEW:  # NEW is the address of the empty form
        number, name = number + 1, f"{plain}_{number}"
    return name


def _line(field: str) -> str:
    return " ".join(request.form.get(field, "").split())


def _lines(field: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in request.form.get(field, "").splitlines() if line.strip())


def _topic_page(
    now: Words,
    name: str,
    faq: OwnFaq,
    *,
    wrong: tuple[Shown, ...] = (),
    previews: list[tuple[str, str, str]] | None = None,
    status: int = 200,
) -> AnyResponse:
    first = now.book.texts[i18n.language() if i18n.language() in now.languages else now.languages[0]]
    menus = {
        state: first[f"{FAQ_FILE}.{state}.text"][0]
        for state, entry in now.upstream.tables[FAQ_FILE].items()
        if isinstance(now.book.states.get(state), Question) and "choices" in entry
    }
    return page(
        "words_topic.html",
        status,
        name=name,
        faq=faq,
        number=now.number,
        given={code: faq.languages.get(code, EMPTY) for code in now.languages},
        wrong=wrong,
        previews=previews,
        menus=menus,
        removable=name in now.desk.faqs,
    )


@desk.get("/words/centers")
def words_centers() -> AnyResponse:
    """List the states with the parent center to which the hotline refers parents there."""
    return _centers_page(
        words_now(this_service()), str(refilled("state", request.args.get("state", ""))).upper()
    )


@desk.post("/words/center/<name>")
def change_words_center(name: str) -> AnyResponse:
    """Change a state's center; `name` is the state's code. Raise NotFound, BadRequest and Conflict."""
    now = words_now(this_service())
    if name not in now.book.places.states:
        raise NotFound(i18n.gettext("No state has this code."))
    row = now.upstream.centers.get(name, {})
    by = review_by() if request.form.get("review_by") else today() + REVIEWED_FOR
    if by is None:
        return _centers_page(now, name, bad_date=True, status=400)
    center = OwnCenter(
        _line("center").translate(PLAIN),
        _line("phone"),
        source=_line("source") or "Dialed by our own center",
        checked=today(),
        review_by=by,
        was=str(row.get("name", "")),
        was_phone=str(row.get("phone", "")),
    )
    if odd := unsendable(center.name):
        return _centers_page(now, name, wrong=odd, status=400)
    named = {"name": center.name} | ({"phone": center.phone} if center.phone else {})
    if wrong := problem(named):
        return _centers_page(now, name, wrong=in_words(wrong, {}).sentence, status=400)
    changed = replace(now.desk, centers={**now.desk.centers, name: center})
    tried = try_out(now, changed, Overlay(centers={name: center}))
    if tried.findings:
        shown = all_in_words(tried.findings, now.rows)
        return _centers_page(now, name, wrong=" ".join(each.sentence for each in shown), status=400)
    return publish(now, changed, f"center: {name}", tried)


def _centers_page(
    now: Words, chosen: str, wrong: str = "", *, bad_date: bool = False, status: int = 200
) -> AnyResponse:
    states = {code: state.name for code, state in now.book.places.states.items()}
    return page(
        "words_centers.html",
        status,
        query={"state": chosen.lower() if chosen in states else ""},
        states=sorted(states.items(), key=lambda pair: pair[1]),
        centers=now.merged.flows.centers,
        own=now.own.centers,
        chosen=chosen if chosen in states else "",
        number=now.number,
        wrong=wrong,
        bad_date=bad_date,
        given=request.form if request.method == "POST" else {},
        review_by=today() + REVIEWED_FOR,
    )
