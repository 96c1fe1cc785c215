"""Translations: complete and current."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.channels import sms
from hotline.cli import hotline
from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question
from hotline.conversation.book.texts import wording
from hotline.conversation.engine.speech import sayings
from hotline.conversation.model.events import Ask, Channel, EventKind, FlowError, Reply, Tell
from hotline.conversation.model.segments import count, is_gsm7, length, outside_gsm7, plain_accents
from hotline.publishing.catalogs import Catalog, Entry, read_catalog, written
from hotline.publishing.lint.budgets import MOST_PICKED
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.transcript import Playing
from hotline.publishing.loader import load_book
from hotline.publishing.texts import LOCALE, VOICE, Text, all_texts, read_files
from hotline.publishing.translations import Fault, Stale, sources, statuses, translated, update_files, updated
from tests.copied_flows import copied_flows, edit

LANGUAGE = (Text(LOCALE, "en-US"), Text(VOICE, "Polly.Joanna-Neural"))
HELLO = Text("a.hello.text", "Hello {person}", "Hello there, {person}")
SHORT = Text("a.short.text", "Short")
TEXTS = (*LANGUAGE, HELLO, SHORT)

CONFIRMED = {
    LOCALE: Entry("en-US", "es-US"),
    VOICE: Entry("Polly.Joanna-Neural", "Polly.Lupe-Neural"),
    "a.hello.text": Entry("Hello {person}", "Hola {person}"),
    "a.hello.text.say": Entry("Hello there, {person}", "Muy buenas, {person}"),
    "a.short.text": Entry("Short", "Breve"),
}

LONG = 'Words that "take" more\nthan one line of the file, ' + "on and on, " * 20
"""An English text that the file holds in several lines."""

GSM7_BUDGET, UCS2_BUDGET = 2, 3
"""Segments of one Spanish message with its choices, as the gate has them."""


def catalog(**changes: Entry) -> Catalog:
    """Return a confirmed Spanish catalog of TEXTS with these changes (`_` for `.`)."""
    changed = {id.replace("_", "."): entry for id, entry in changes.items()}
    return Catalog("es", {**CONFIRMED, **changed}, {})


def through_a_file(made: Catalog, folder: Path) -> Catalog:
    path = folder / f"{made.language}.po"
    path.write_text(written(made), encoding="utf-8")
    return read_catalog(path)


def faults(made: Catalog, texts: tuple[Text, ...] = TEXTS) -> list[tuple[Fault, str]]:
    return [(problem.kind, problem.id) for problem in statuses(texts, made)]


def test_a_catalog_survives_writing_and_reading(tmp_path: Path) -> None:
    made = updated(
        catalog(
            a_short_text=Entry('Say "so"\nand \\ so', 'Diga "así"\ny \\ así', unconfirmed=True, earlier=LONG)
        ),
        (*TEXTS[:-1], Text("a.short.text", 'Say "so"\nand \\ so')),
    )
    assert made == through_a_file(made, tmp_path)


def test_an_empty_catalog_has_every_text_in_order() -> None:
    empty = updated(Catalog("fr", {}, {}), TEXTS)
    assert [LOCALE, VOICE, "a.hello.text", "a.hello.text.say", "a.short.text"] == list(empty.entries)
    assert {Fault.MISSING} == {kind for kind, _ in faults(empty)}


def test_a_changed_english_text_makes_its_translation_fuzzy(tmp_path: Path) -> None:
    texts = (*LANGUAGE, replace(HELLO, written="Hi {person}"), SHORT)
    fresh = through_a_file(updated(catalog(), texts), tmp_path)
    assert fresh.entries["a.hello.text"] == replace(
        fresh.entries["a.hello.text"],
        english="Hi {person}",
        words="Hola {person}",
        unconfirmed=True,
        earlier="Hello {person}",
    )
    assert [(Fault.STALE, "a.hello.text")] == faults(fresh, texts)


def test_removing_the_fuzzy_line_confirms_a_translation(tmp_path: Path) -> None:
    texts = (*LANGUAGE, replace(HELLO, written="Hi {person}"), SHORT)
    file = tmp_path / "es.po"
    file.write_text(written(updated(catalog(), texts)), encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    assert "#, fuzzy" in before
    assert "#| msgid" in before
    file.write_text(before.replace("#, fuzzy\n", ""), encoding="utf-8")
    confirmed = read_catalog(file)
    assert [] == faults(confirmed, texts)
    assert "#| msgid" not in written(updated(confirmed, texts))


def test_a_reverted_change_needs_no_confirmation() -> None:
    once = updated(catalog(), (*LANGUAGE, replace(HELLO, written="Hi {person}"), SHORT))
    twice = updated(once, (*LANGUAGE, replace(HELLO, written="Hey {person}"), SHORT))
    assert "Hello {person}" == twice.entries["a.hello.text"].earlier
    assert [] == faults(updated(twice, TEXTS))


def test_a_removed_text_is_kept_and_restored(tmp_path: Path) -> None:
    without = through_a_file(updated(catalog(), (*LANGUAGE, HELLO)), tmp_path)
    assert "a.short.text" not in without.entries
    assert "Breve" == without.removed["a.short.text"].words
    assert [] == faults(updated(without, TEXTS))


def test_a_language_may_have_its_own_spoken_text() -> None:
    own = catalog(
        a_short_text_say=Entry("Short", "Muy breve"), book_spoken_TDAH=Entry("TDAH", "te de a hache")
    )
    fresh = updated(own, TEXTS)
    assert [] == faults(fresh)
    said = {text.id: text for text in translated(TEXTS, fresh, Stale.ENGLISH)}
    assert "Muy breve" == said["a.short.text"].spoken
    assert "te de a hache" == said["book.spoken.TDAH"].written


def test_a_removed_spoken_text_leaves_no_empty_entry() -> None:
    empty = updated(Catalog("fr", {}, {}), TEXTS)
    assert "a.hello.text.say" not in updated(empty, (*LANGUAGE, replace(HELLO, spoken=""), SHORT)).entries


WRONG = {
    "not translated": (Entry("Short"), Fault.MISSING),
    "changed and not updated": (Entry("Brief", "Breve"), Fault.STALE),
    "changed": (Entry("Short", "Breve", unconfirmed=True, earlier="Brief"), Fault.STALE),
    "a draft": (Entry("Short", "Breve", unconfirmed=True), Fault.DRAFT),
    "a placeholder too many": (Entry("Short", "Breve {person}"), Fault.PLACEHOLDERS),
}


@pytest.mark.parametrize(("entry", "fault"), WRONG.values(), ids=WRONG.keys())
def test_status_names_each_fault(entry: Entry, fault: Fault) -> None:
    (problem,) = statuses(TEXTS, catalog(a_short_text=entry))
    assert (fault, "es", "a.short.text") == (problem.kind, problem.language, problem.id)
    assert str(problem).startswith(f"translations/es.po a.short.text: {fault}: ")


def test_status_names_a_removed_text() -> None:
    assert [(Fault.UNKNOWN, "a.gone.text")] == faults(catalog(a_gone_text=Entry("Gone", "Ido")))


SAID = {
    "confirmed": (Entry("Short", "Breve"), "Breve", "Breve"),
    "not translated": (Entry("Short"), None, None),
    "its English changed": (Entry("Brief", "Breve"), "Breve", None),
    "its English changed, and updated": (Entry("Short", "Breve", True, "Brief"), "Breve", None),
    "a draft nobody confirmed": (Entry("Short", "Breve", True), None, None),
    "an earlier one that names what is not filled": (Entry("Brief {x}", "Breve {x}"), None, None),
}


@pytest.mark.parametrize(("entry", "earlier", "english"), SAID.values(), ids=SAID.keys())
def test_only_confirmed_translations_are_sent(entry: Entry, earlier: str | None, english: str | None) -> None:
    made = catalog(a_short_text=entry)
    for stale, expected in ((Stale.EARLIER, earlier), (Stale.ENGLISH, english)):
        said = {text.id: text.written for text in translated(TEXTS, made, stale)}
        assert expected == said.get("a.short.text")


def test_a_language_without_a_voice_is_refused() -> None:
    made = catalog(**{VOICE.replace(".", "_"): Entry("Polly.Joanna-Neural")})
    with pytest.raises(FlowError, match=r"translations/es\.po: book\.language\.voice .* Polly\.Lupe-Neural"):
        translated(TEXTS, made, Stale.EARLIER)


NO_CATALOGS = {
    "not a language's name": ("spanish words.po", "", "name the file by its language code"),
    "an entry of no text": ("es.po", 'msgid "Hi"\nmsgstr "Hola"\n', "'Hi' has no msgctxt"),
    "broken": ("es.po", 'msgctxt "a"\nmsgid "Hi"\nHola\n', "is not a gettext catalog"),
}


@pytest.mark.parametrize(("name", "text", "told"), NO_CATALOGS.values(), ids=NO_CATALOGS.keys())
def test_an_invalid_catalog_is_refused(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(FlowError, match=re.escape(told)):
        read_catalog(tmp_path / name)


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """Return an editable copy of the flows."""
    return copied_flows(tmp_path / "flows")


def test_a_stale_text_is_handled_as_configured(flows: Path) -> None:
    id = "screening.child_age.text"
    spanish = load_book(flows, NAMES).texts["es"][id][0]
    edit(flows, "screening.toml", "Which age group is your child in?", "What age is your child?")
    for _ in range(2):
        for stale, expected in ((Stale.EARLIER, spanish), (Stale.ENGLISH, "What age is your child?")):
            book = load_book(flows, NAMES, stale=stale)
            assert expected == wording(book, "es", Channel.SMS, id)
        list(update_files(flows, "es"))
    assert load_book(flows, NAMES).version != load_book(flows, NAMES, stale=Stale.ENGLISH).version


def test_updating_twice_changes_nothing() -> None:
    assert (OWN_FLOWS / "translations" / "es.po").read_text(encoding="utf-8") == written(
        updated(read_catalog(OWN_FLOWS / "translations" / "es.po"), all_texts(read_files(OWN_FLOWS)))
    )


def test_commands_create_a_language_and_its_status(flows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWS_DIR", str(flows))
    run = CliRunner().invoke
    assert 0 == run(hotline, ["translations", "status", "--language", "es"]).exit_code
    told = run(hotline, ["translations", "update", "--language", "fr"])
    assert re.fullmatch(r"fr: \d+ texts; \d+ missing\n", told.output)
    assert (flows / "translations" / "fr.po").exists()
    status = run(hotline, ["translations", "status", "--language", "fr"])
    assert 1 == status.exit_code
    assert "translations/fr.po screening.child_age.text: missing: translate 'Which age group" in status.output


# A pseudo-language: every text accented, 40% longer and in brackets. What stands outside brackets was
# never given to a translator.

PSEUDO = "qq"
ACCENTED = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
HELD = re.compile(r"(\{\w*\})")
INNERMOST = re.compile("⟦[^⟦⟧]*⟧")


def pseudo(text: str) -> str:
    """Return the text in the pseudo-language, with its placeholders."""
    parts = [part if HELD.fullmatch(part) else part.translate(ACCENTED) for part in HELD.split(text)]
    return f"⟦{''.join(parts)}{'~' * round(len(text) * 0.4)}⟧"


def pseudo_catalog(folder: Path) -> Catalog:
    """Return all texts of the flows in the pseudo-language."""
    entries = {
        id: Entry(english, pseudo(english))
        for id, (english, _) in sources(all_texts(read_files(folder))).items()
    }
    entries[LOCALE], entries[VOICE] = (
        Entry("en-US", "es-US"),
        Entry(entries[VOICE].english, "Polly.Lupe-Neural"),
    )
    return Catalog(PSEUDO, entries, {})


@pytest.fixture(scope="module")
def pseudo_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return flows with the pseudo-language as a third one."""
    flows = copied_flows(tmp_path_factory.mktemp("pseudo") / "flows")
    made = pseudo_catalog(flows)
    assert [] == list(statuses(tuple(all_texts(read_files(flows))), made))
    (flows / "translations" / f"{PSEUDO}.po").write_text(written(made), encoding="utf-8")
    return load_book(flows, NAMES)


def replies_of(book: Book) -> Iterator[tuple[str, Reply]]:
    for state in book.states.values():
        if not isinstance(state, Fork):
            yield (
                state.name,
                asked(state) if isinstance(state, Question) else Tell(f"{state.file}.{state.name}.text"),
            )


def asked(question: Question) -> Ask:
    """Return a question as asked; one that picks offers its longest choices."""
    longest = sorted(question.choices, key=lambda choice: -len(choice.text))[:MOST_PICKED]
    return Ask(question.name, only=tuple(choice.name for choice in longest) if question.picks else ())


def outside_brackets(text: str) -> str:
    """Return what is left without the translated parts."""
    while INNERMOST.search(text):
        text = INNERMOST.sub("", text)
    return text


def test_no_text_escapes_translation(pseudo_book: Book) -> None:
    for name, reply in replies_of(pseudo_book):
        spoken = [said.words for said in sayings(pseudo_book, PSEUDO, (reply,))]
        said = [sms.body(pseudo_book, PSEUDO, (reply,)), *spoken]
        for text in said:
            assert not re.search(r"[^\W\d_]", outside_brackets(text)), f"{name}: {text}"
    for id in pseudo_book.texts["en"]:
        assert id in pseudo_book.texts[PSEUDO], id


def test_every_text_is_in_spanish() -> None:
    texts = tuple(all_texts(read_files(OWN_FLOWS)))
    assert [] == [str(p) for p in statuses(texts, read_catalog(OWN_FLOWS / "translations" / "es.po"))]


def spanish_bodies(book: Book) -> Iterator[tuple[str, str]]:
    """Return each state's message in Spanish, with its choices."""
    for name, reply in replies_of(book):
        if name not in book.other_languages.values():  # a sentence in a third language
            yield name, sms.body(book, "es", (reply,))


def test_each_spanish_message_fits_its_budget(book: Book) -> None:
    """Three segments with accents, two without."""
    for name, text in spanish_bodies(book):
        budget = GSM7_BUDGET if is_gsm7(text) else UCS2_BUDGET
        assert count(text) <= budget, (
            f"{name}: {length(text)} characters, more segments for {outside_gsm7(text)}: {text}"
        )


def test_plain_accents_save_segments() -> None:
    """á í ó ú lose their accents in messages; é ñ ü ¿ ¡ and spoken texts do not."""

    assert "Aqui: ¿qué año? Si, pingüino, café" == plain_accents("Aquí: ¿qué año? Sí, pingüino, café")
    book, usual = load_book(OWN_FLOWS, NAMES, plain=True), load_book(OWN_FLOWS, NAMES)
    assert book.version != usual.version
    for name, text in spanish_bodies(book):
        assert is_gsm7(text), f"{name}: {outside_gsm7(text)}"
        assert count(text) <= GSM7_BUDGET, f"{name}: {length(text)}: {text}"
    for id, (_, spoken) in usual.texts["es"].items():
        assert spoken == book.texts["es"][id][1]


@pytest.mark.parametrize(("plain", "most"), [(False, 29), (True, 17)], ids=["accents", "plain"])
def test_a_screening_in_spanish_fits_its_budget(*, plain: bool, most: int) -> None:
    playing = Playing(load_book(OWN_FLOWS, NAMES, plain=plain))
    for said in ("hola", "1", "3", "2", "1", "1", "1", "1", "1"):
        playing.take(Channel.SMS, EventKind.SAID, said)
    assert ("es", "OUT-IEP") == (playing.session.language, outcome(playing))
    assert playing.segments <= most


def outcome(playing: Playing) -> str:
    stated = playing.book.statement(playing.session.outcomes[-1]).outcome
    assert stated
    return stated.id


def test_a_call_speaks_both_forms_and_no_blanks(book: Book) -> None:
    """`su hijo/a` is spoken as `su hijo o su hija`."""
    for id, (_, spoken) in book.texts["es"].items():
        assert not re.search(r"[aeo]/(?:a|la|las|as)\b|___", spoken), f"{id}: {spoken}"
        assert not {"504", "IEP", "911", "988", "IDEA", "OCR"} & set(re.findall(r"\w+", spoken)), (
            f"{id}: {spoken}"
        )


def test_letters_are_linked_in_the_texts_language(book: Book) -> None:
    page = NAMES["letters"]
    for language in book.languages[1:]:
        texts = {id: words for id, (words, _) in book.texts[language].items() if page in words}
        assert texts
        for id, words in texts.items():
            assert re.search(rf"{re.escape(page)}(?:/\w+)?\?lang={language}", words), id


def test_a_testing_request_can_go_to_the_district(book: Book) -> None:
    """A child at home or in private school has no principal."""
    asked = (
        "next_steps.next_steps_ask | next_steps.letter | reminders.where_to_send | faq.faq_how_to_ask"
    ).split(" | ")
    for state in asked:
        for words in book.texts["en"][f"{state}.text"]:
            assert "principal" not in words
            assert "district" in words
        assert all("distrito" in words for words in book.texts["es"][f"{state}.text"])
