"""A center's own texts on top of the flows."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.reader import STATE_KEYS
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.reader import Danger
from hotline.publishing.letters import load_letters
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.loader import load_book
from hotline.publishing.overlay import (
    FaqWords,
    Overlay,
    OwnCenter,
    OwnDay,
    OwnFaq,
    OwnReview,
    OwnText,
    Wording,
    read_overlay,
)
from hotline.publishing.overlay_folder import overlaid, read_tables
from hotline.publishing.overlay_merge import Clash, Conflict, merge, upstream_wordings
from hotline.publishing.pages import FILLED, load_pages
from hotline.publishing.texts import all_texts
from tests.copied_flows import copied_flows, edit
from tests.rows import table

GREETING, LAW = "hotline.greeting.text", "faq.faq_cost.text"
UPSTREAM = upstream_wordings(read_tables(OWN_FLOWS))
JULY = "Our free camp is in July. Call {person}."
JULIO = "Nuestro campamento gratis es en julio. Llame a {person}."
CAMP = OwnFaq(
    {
        "en": FaqWords("Summer camp", JULY, "", ("when is the camp for kids",), ("summer camp",)),
        "es": FaqWords("Campamento", JULIO, "", ("cuándo es el campamento",)),
    },
    menu="questions_school",
)


def own(language: str, id: str, written: str, spoken: str = "") -> tuple[tuple[str, str], OwnText]:
    """Return an entry for a text as the flows have it now."""
    return (language, id), OwnText(Wording(written, spoken), UPSTREAM[language, id])


ALASKA = OwnCenter(
    "Our Group", "907-561-3702", source="Dialed", checked=date(2026, 12, 1), review_by=date(2027, 3, 1)
)
WHOLE = Overlay(
    texts=dict(
        [own("en", GREETING, "Hello from {hotline}!", "Hello!"), own("es", GREETING, "¡Hola de {hotline}!")]
    ),
    reminders={"sent_yet": OwnDay("6 days", "4 days")},
    reviews={"faq_cost": OwnReview(date(2027, 1, 5), date(2027, 7, 5))},
    centers={"AK": replace(ALASKA, was="x", was_phone="y")},
    faqs={"camp": CAMP},
)


def on(folder: Path, overlay: Overlay) -> tuple[Book, tuple[Conflict, ...]]:
    found = overlaid(folder, overlay)
    return load_book(found.sources, SAMPLE_NAMES), found.conflicts


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """Return flows that a later release may change."""
    return copied_flows(tmp_path / "flows")


def test_an_overlay_survives_writing_and_reading() -> None:
    assert WHOLE == read_overlay(WHOLE.written(), "own.toml")
    assert "" == Overlay().written()
    assert not Overlay()


def test_every_kind_of_entry_applies() -> None:
    book, conflicts = on(OWN_FLOWS, WHOLE)
    assert ["AK"] == [each.name for each in conflicts], "its was is not what the flows say"
    assert ("Hello from Parent Hotline!", "Hello!") == book.texts["en"][GREETING]
    assert ("¡Hola de Parent Hotline!",) * 2 == book.texts["es"][GREETING]
    assert timedelta(days=6) == book.reminders["sent_yet"].after
    law = book.statement("faq_cost").basis.law
    assert law
    assert date(2027, 7, 5) == law.review_by
    rows = [words for id, words in book.texts["en"].items() if id.endswith(".AK")]
    assert any("Our Group" in written and "907-561-3702" in written for written, _ in rows)
    assert "Nuestro campamento" in book.texts["es"]["faq.own_camp.text"][0]
    assert "own_camp" in {choice.go for choice in book.question("questions_school_2").choices}
    assert "Campamento" == book.texts["es"]["faq.questions_school_2.choice.own_camp"][0]


@table("""
    said | by
    when is the camp for kids | rule
    wen is the camp for my kids | near
    Cuando es el campamento? | rule
    i would like to hear about your summer camp please | rule
""")
def test_a_new_topic_is_recognized(said: str, by: str) -> None:
    book, _ = on(OWN_FLOWS, WHOLE)
    reading = book.reader.read(said)
    assert ("own_camp", by) == (reading.intent, reading.by)


@pytest.mark.parametrize("said", ["i want to die at summer camp", "stop texting me about the summer camp"])
def test_danger_and_stop_go_before_a_new_topic(said: str) -> None:
    book, _ = on(OWN_FLOWS, WHOLE)
    reading = book.reader.read(said)
    assert reading.danger in (Danger.ASK, Danger.ALARM) or reading.intent in ("stop", "stop_unclear")


TABLES = read_tables(OWN_FLOWS)
TEXTS = {text.id: text for text in all_texts(TABLES.tables) if not text.id.startswith("book.")}
UNUSUAL = [id for id in TEXTS if not id.endswith(".text") and ".choice." not in id]
USUAL = [
    next(id for id, text in TEXTS.items() if kind in id and bool(text.spoken) == spoken)
    for kind in (".text", ".choice.")
    for spoken in (False, True)
]


@pytest.mark.parametrize("spoken", ["", "Said."])
@pytest.mark.parametrize("id", [*USUAL, *UNUSUAL])
def test_an_edit_changes_only_its_text(id: str, spoken: str) -> None:
    found = merge(TABLES, Overlay(dict([own("en", id, "Sent.", spoken)]))).flows.tables
    texts = {text.id: text for text in all_texts(found)}
    assert replace(TEXTS[id], written="Sent.", spoken=spoken) == texts.pop(id)
    assert {key: text for key, text in TEXTS.items() if key != id}.items() <= texts.items()
    file, state, _ = id.split(".", 2)
    assert set(found[file][state]) <= STATE_KEYS


def test_an_upstream_change_of_another_text_applies(upstream: Path) -> None:
    edit(upstream, "faq.toml", "No cost to you. Testing", "It costs nothing. Testing")
    book, conflicts = on(upstream, replace(WHOLE, centers={}))
    assert "Hello from Parent Hotline!" == book.texts["en"][GREETING][0]
    assert book.texts["en"][LAW][0].startswith("It costs nothing.")
    assert () == conflicts


def test_a_conflict_shows_both_and_the_center_is_served(upstream: Path) -> None:
    edit(upstream, "hotline.toml", "free school help for parents, by computer", "free help for parents")
    book, (conflict,) = on(upstream, replace(WHOLE, centers={}))
    assert (Clash.TEXT, GREETING, "en") == (conflict.kind, conflict.name, conflict.language)
    assert conflict.ours.startswith("Hello from {hotline}!")
    assert "free help for parents" in conflict.upstream
    assert "free school help for parents" in conflict.was
    assert conflict.serves_ours
    assert "Hello from Parent Hotline!" == book.texts["en"][GREETING][0]


def test_in_a_conflict_about_law_the_flows_win_in_all_languages(upstream: Path) -> None:
    texts = dict([own("en", LAW, "It is free. Ask for it."), own("es", LAW, "Es gratis. Pídalo.")])
    book, conflicts = on(OWN_FLOWS, Overlay(texts))
    assert ("It is free. Ask for it.", ()) == (book.texts["en"][LAW][0], conflicts)
    edit(upstream, "faq.toml", "No cost to you. Testing", "It costs nothing. Testing")
    book, conflicts = on(upstream, Overlay(texts))
    assert [("en", False)] == [(each.language, each.serves_ours) for each in conflicts]
    assert book.texts["en"][LAW][0].startswith("It costs nothing.")
    assert "Es gratis. Pídalo." != book.texts["es"][LAW][0]


def test_an_entry_for_a_removed_text_is_a_conflict(upstream: Path) -> None:
    gone = Overlay(
        {("en", "faq.no_such.text"): OwnText(Wording("Ours"), Wording("Theirs"))},
        {"no_such": OwnDay("6 days", "4 days")},
        {"no_such": OwnReview(date(2027, 1, 5), date(2027, 7, 5))},
        {},
        {"camp": replace(CAMP, menu="no_such")},
    )
    book, conflicts = on(upstream, gone)
    assert [Clash.TEXT, Clash.REMINDER, Clash.REVIEW, Clash.MENU] == [each.kind for each in conflicts]
    assert all(each.is_gone and not each.serves_ours for each in conflicts)
    assert "own_camp" in book.states


def test_an_edit_adopted_upstream_is_not_a_conflict(upstream: Path) -> None:
    edit(upstream, "reminders.toml", 'after = "4 days"', 'after = "6 days"')
    assert () == on(upstream, Overlay(reminders=WHOLE.reminders))[1]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[texts.en", "is not TOML"),
        ("[text]", "unknown key 'text'"),
        ('[texts.en."a.b.text"]\nwritten = "x"', "hotline overlay text a.b.text"),
        ('[texts.en."a.b.text"]\nwriten = "x"\nwas = ""', "unknown key 'writen'"),
        ('[texts.english."a.b.text"]\nwritten = "x"\nwas = ""', "is not a language"),
        ("[reminders.sent_yet]\nafter = 4", "needs after"),
        ('[centers.CA]\nname = "x"\nsource = "y"\nchecked = "2026-01-01"', "needs checked"),
        ('[faqs.Camp]\nmenu = "x"', "is not a valid name"),
        ('[faqs.camp.en]\nlabel = "x"', "needs text"),
        ('[faqs.camp.en]\nlabel = "x"\ntext = "y"\nexamples = "z"', "is not a list"),
        ("texts = 1", "is not a table"),
    ],
)
def test_an_invalid_entry_is_named(written: str, says: str) -> None:
    with pytest.raises(FlowError, match=says) as error:
        read_overlay(written, "own.toml")
    assert str(error.value).startswith("own.toml")


LETTER, AROUND, TERMS = "letters.records.when", "letters.page.list_intro", "pages.terms.section_2.text"


def printed(folder: Path, overlay: Overlay) -> tuple[str, str, str, tuple[Conflict, ...]]:
    found = overlaid(folder, overlay)
    letters = load_letters(found.sources, SAMPLE_NAMES)
    terms = load_pages(found.sources, dict.fromkeys(FILLED, "1")).by_name["terms"]
    said = " ".join(line for block in terms.sections["en"][1].blocks for line in block.lines)
    wording = letters.by_kind["records"].wordings["en"]
    return wording.when, letters.words["en"]["list_intro"], said, found.conflicts


def test_letters_and_pages_are_edited_like_texts() -> None:
    words = "An answer.\n\nReminders, if you say yes."
    said = {LETTER: "Before a meeting.", AROUND: "Pick one.", TERMS: words}
    mine = Overlay(dict(own("en", id, text) for id, text in said.items()))
    expected = ("Before a meeting.", "Pick one.", "An answer. Reminders, if you say yes.", ())
    assert expected == printed(OWN_FLOWS, mine)
    assert mine == read_overlay(mine.written(), "own.toml")


def test_a_changed_letter_is_upstreams_until_resolved(upstream: Path) -> None:
    mine = Overlay(dict([own("en", LETTER, "Before a meeting."), own("en", AROUND, "Pick one.")]))
    edit(upstream, "letters/records.toml", "You want to see what the", "You would like to see what the")
    edit(upstream, "letters/page.toml", "Pick a letter. Copy it", "Choose a letter. Copy it")
    when, intro, _, conflicts = printed(upstream, mine)
    assert when.startswith("You would like to see")
    assert "Pick one." == intro
    assert {(LETTER, False), (AROUND, True)} == {(each.name, each.serves_ours) for each in conflicts}
    assert all(each.upstream and each.was != each.upstream for each in conflicts)
