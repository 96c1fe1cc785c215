"""Detecting the language of a first text."""

import csv
import re

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.nlu.language import language_of, other_language_of, own_words, plain_language

TEXTS = {
    "hello": ("hi", "en"),
    "hola": ("hola", "es"),
    "a question": ("does my kid need a 504 or an iep??", "en"),
    "una pregunta": ("mi hijo no aprende a leer que necesita", "es"),
    "a bare key": ("1", "en"),
    "nothing": ("", "en"),
    "a word of both": ("no", "en"),
    "ayuda": ("ayuda", "es"),
}


@pytest.mark.parametrize(("text", "language"), TEXTS.values(), ids=TEXTS.keys())
def test_a_first_text_is_answered_in_its_language(text: str, language: str, book: Book) -> None:
    assert language == language_of(text, ("en", "es"), book.reader.lexicon, book.own_words)


def test_spanish_commands_are_spanish(book: Book) -> None:
    offered = {
        word for text in book.texts["es"].values() for word in re.findall(r"\b[A-ZÁÉÍÓÚÑ]{4,}\b", text[0])
    }
    both = {word for text in book.texts["en"].values() for word in re.findall(r"\b[A-Z]{4,}\b", text[0])}
    assert {"PERSONA", "BORRAR", "DERECHOS", "FUERA", "CARTA"} <= offered - both
    read = {word: language_of(word, ("en", "es"), book.reader.lexicon, book.own_words) for word in offered}
    assert [] == sorted(word for word in offered - both - {"ENGLISH"} if read[word] != "es")


@pytest.mark.parametrize("word", ["llámeme", "LLAMAR", "hablar", "REUNION", "operadora", "abogado"])
def test_a_single_spanish_word_is_spanish(book: Book, word: str) -> None:
    assert "es" == language_of(word, ("en", "es"), book.reader.lexicon, book.own_words)


@pytest.mark.parametrize("word", ["PERSON", "lawyer", "dyslexia", "rights", "u", "yo", "Maria", "IEP"])
def test_an_ambiguous_word_is_english(book: Book, word: str) -> None:
    assert "en" == language_of(word, ("en", "es"), book.reader.lexicon, book.own_words)


def test_typical_words_are_unique_and_long_enough() -> None:
    lines = {"a": ["menu persona", "si u"], "b": ["menu person"]}
    assert {"a": {"persona"}, "b": {"person"}} == own_words(lines)


@pytest.mark.parametrize(
    ("text", "danger", "language"),
    [
        pytest.param("mi hijo no aprende a leer y la maestra dice que es flojo", False, "es", id="es"),
        pytest.param("my son has an iep and they dont follow it", False, "en", id="en"),
        pytest.param("my son es muy inteligente pero no se concentra", False, None, id="both"),
        pytest.param("mi hijo", False, None, id="two-words"),
        pytest.param("dyslexia", False, None, id="none"),
        pytest.param("", True, None, id="nothing"),
        pytest.param("me quiero morir", True, "es", id="danger-in-two-words"),
        pytest.param("my kid dice que se quiere morir", True, "es", id="danger-in-both"),
        pytest.param("he wants to die", True, "en", id="danger-en"),
        pytest.param("suicidio", True, None, id="danger-in-one-word"),
    ],
)
def test_later_texts_switch_only_if_clear(text: str, danger: bool, language: str | None, book: Book) -> None:
    assert language == plain_language(text, ("en", "es"), book.reader.lexicon, danger=danger)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        *(
            ("tiếng Việt? con tôi không đọc được", True),
            ("我的孩子不会读书", True),
            ("мой сын не читает", True),
        ),
        *(("meu filho não consegue ler", True), ("hola mi hijo no lee", False), ("my son cant read", False)),
        *(("", False), ("2", False), ("🙂🙂🙂🙂", False), ("ñ", False)),
    ],
)
def test_an_unsupported_language_is_detected(text: str, other: bool, book: Book) -> None:
    assert other is (other_language_of(text, book.reader.lexicon) is not None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("con tôi không đọc được, tôi cần giúp", "vietnamese"),
        ("我的孩子不会读书", "chinese"),
        ("我的孩子需要帮助 IEP", "chinese"),
        ("息子は字が読めません", "japanese"),
        ("우리 아이가 책을 못 읽어요", "korean"),
        ("ابني لا يستطيع القراءة", "arabic"),
        ("میرا بیٹا پڑھ نہیں سکتا", "urdu"),
        ("پسرم نمی تواند بخواند", ""),
        ("мой сын не читает", "russian"),
        ("мій син не вміє читати", "ukrainian"),
        ("मेरा बेटा पढ़ नहीं सकता", ""),
        ("meu filho não consegue ler, preciso de ajuda", "portuguese"),
        ("mon fils ne sait pas lire, aidez moi avec l'ecole", "french"),
        ("pitit mwen pa ka li, mwen bezwen ed", "haitian_creole"),
        ("kuv tus tub tsis paub nyeem ntawv", "hmong"),
        ("ang anak ko ay hindi marunong magbasa", "tagalog"),
        ("my son has adhd", None),
        ("mi hijo no lee", None),
    ],
)
def test_an_unsupported_language_is_named(text: str, language: str | None, book: Book) -> None:
    assert language == other_language_of(text, book.reader.lexicon)


def test_nearly_all_labeled_texts_are_detected(book: Book) -> None:
    lines = (OWN_FLOWS / "examples" / "topics.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    judged = [row for row in rows if row["language"] in ("en", "es") and len(row["text"].split()) > 2]
    lexicon = book.reader.lexicon
    right = [row for row in judged if language_of(row["text"], ("en", "es"), lexicon) == row["language"]]
    assert len(right) / len(judged) >= 0.97


@pytest.mark.parametrize("text", ["No, they said no", "no no they said no", "no she said no"])
def test_no_alone_is_not_portuguese(text: str, book: Book) -> None:
    assert other_language_of(text, book.reader.lexicon) is None
