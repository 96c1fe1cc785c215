"""Danger after a no."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.danger_scores import clauses, text_after_no
from hotline.conversation.nlu.reader import Danger, Reader
from tests.rows import table


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("no, le pegan en la escuela", "le pegan en la escuela"),
        ("No - le pegan", "le pegan"),
        ("todavía no\nla toca un niño", "la toca un nino"),
        ("no porque le pegan", "le pegan"),
        ("they said no and i cant", "i cant"),
        ("Not yet. He hits me", "he hits me"),
        ("no le pegan en la escuela", ""),
        ("si, le pegan", ""),
        ("he is fine, no worries", ""),
        ("no", ""),
        ("", ""),
        ("they told me on monday that no, i cant", ""),
    ],
)
def test_words_after_a_no_and_a_pause_are_read_separately(book: Book, text: str, rest: str) -> None:
    assert text_after_no(text, book.reader.lexicon) == rest


@pytest.mark.parametrize(
    "text",
    (
        "no, le pegan en la escuela | no, lo toca un maestro | todavia no, la toca un niño | "
        "no porque le pegan en la escuela | no, hes afraid of his dad | "
        "they said no and i cant do this anymore | me dijeron que no y ya no puedo mas"
    ).split(" | "),
)
def test_danger_after_a_no_is_asked_about(reader: Reader, text: str) -> None:
    assert reader.read(text).danger in (Danger.ASK, Danger.ALARM)


@pytest.mark.parametrize(
    "text",
    (
        "no, i been busy | not yet, i work nights | no le pegan en la escuela | "
        "todavia no, mañana la mando | they said no and i want to appeal | no, pero ya hable con la maestra"
    ).split(" | "),
)
def test_an_excuse_after_a_no_is_calm(reader: Reader, text: str) -> None:
    assert reader.read(text).danger is Danger.NONE


@pytest.mark.parametrize(
    "text",
    [
        "missing school. he wont get out of bed",
        "she keeps missing class and says she wants to hurt herself",
        "ha faltado mucho a la escuela y dice que se quiere morir",
    ],
)
def test_missing_school_is_not_missing(reader: Reader, text: str) -> None:
    reading = reader.read(text)
    assert (True, True) == (reading.danger in (Danger.ASK, Danger.ALARM), reading.danger_class != "missing")


@pytest.mark.parametrize(
    "text", ["my son ran away he is missing school too", "he didnt come home he never misses school"]
)
def test_a_missing_child_is_found_whatever_else_is_said(reader: Reader, text: str) -> None:
    assert "missing" == reader.read(text).danger_class


@pytest.mark.parametrize(
    "text",
    [
        "it did not help, he hits me",
        "the meeting went ok and my husband hits me",
        "we had the meeting last week and they said they will test him in may. i want to die",
        "third grade. she is cutting herself. what do i ask the school",
        "escuela publica pero me pega",
        "mande la carta y nadie me contesta, ya no puedo mas",
    ],
)
def test_danger_in_a_later_clause_is_asked_about(book: Book, text: str) -> None:
    assert book.reader.read(text).danger in (Danger.ASK, Danger.ALARM)


@pytest.mark.parametrize(
    "text",
    [
        "her math scores are low and she's not moving up",
        "the meeting went ok and he got suspended for hitting",
        "ya mande la carta pero se corta la llamada",
    ],
)
def test_a_clause_alone_never_alarms(book: Book, text: str) -> None:
    assert book.reader.read(text).danger is not Danger.ALARM


def test_pauses_and_conjunctions_separate_clauses(book: Book) -> None:
    """The whole text is none of them, nor is a single word."""
    found = clauses("Yes. He hits me, and I cry", book.reader.lexicon)
    assert ["he hits me and i cry", "he hits me", "and i cry", "i cry"] == list(found)
    assert {} == clauses("he hits me", book.reader.lexicon)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("stop texting me he hit me", Danger.ALARM),
        ("my husband beats me. unsubscribe", Danger.ALARM),
        ("stop texting me because he hit me", Danger.ASK),
        ("no me manden mas mensajes mi esposo me pega", Danger.ALARM),
        ("stop texting me my son already has an iep", Danger.NONE),
        ("quit texting me im at work", Danger.NONE),
    ],
)
def test_danger_beside_a_stop_is_heard(book: Book, text: str, danger: Danger) -> None:
    assert book.reader.read(text).danger is danger


@table("""
    text | kind
    my husband hit my son again yesterday | abuse_home
    his dad puts him in a closet alone | abuse_home
    le pegue un grito y luego una cachetada | harm_by_writer
""")
def test_words_that_are_always_asked_about_change_no_sure_class(book: Book, text: str, kind: str) -> None:
    reading = book.reader.read(text)
    assert (Danger.ALARM, kind) == (reading.danger, reading.danger_class)
