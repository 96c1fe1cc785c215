"""Which language a first text is in."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hotline.conversation.nlu.language import language_of, plain_language

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
def test_a_first_text_is_answered_in_its_language(text: str, language: str) -> None:
    """The first language where it is not plain."""
    assert language == language_of(text, ("en", "es"))


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
def test_a_later_text_is_judged_only_where_it_is_plain(text: str, danger: bool, language: str | None) -> None:
    """Danger words are judged by fewer words, because the right number to call hangs on it."""
    assert language == plain_language(text, ("en", "es"), danger=danger)


def test_nearly_all_labelled_texts_are_told_apart() -> None:
    """Of the rows labelled en or es; bare words such as "si" or "alto" may stay with the first language."""
    lines = (Path(__file__).parent / "utterances.tsv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines, delimiter="\t"))
    judged = [row for row in rows if row["lang"] in ("en", "es") and len(row["text"].split()) > 2]
    right = [row for row in judged if language_of(row["text"], ("en", "es")) == row["lang"]]
    assert len(right) / len(judged) >= 0.97
