"""Reading grades, calculated by hand."""

import pytest

from hotline.publishing.lint.readability import english_syllables, grade, spanish_syllables


def test_the_grade_of_an_english_text_is_flesch_kincaid() -> None:
    """11 words of one syllable in one sentence: 0.39 * 11 + 11.8 * 1 - 15.59 = 0.5."""
    assert 0.5 == grade("The cat sat on the mat and the dog ran off.", "en")


def test_long_words_and_long_sentences_raise_the_grade() -> None:
    """10 words, 14 syllables, two sentences: 0.39 * 5 + 11.8 * 1.4 - 15.59 = 2.88. Then one sentence of them:
    0.39 * 10 + 11.8 * 1.4 - 15.59 = 4.83.
    """
    assert 2.9 == grade("Happy children read long books. Most parents often sit down.", "en")
    assert 4.8 == grade("Happy children read long books, most parents often sit down.", "en")


def test_the_grade_of_a_spanish_text_is_fernandez_huertas() -> None:
    """10 words, 18 syllables, one sentence: 206.84 - 60 * 1.8 - 1.02 * 10 = 88.64, in his table grade 5."""
    assert 5 == grade("La maestra lee a los niños en la escuela pública.", "es")


def test_names_of_laws_are_easy_words() -> None:
    text = "You may ask the school for an Individualized Education Program now."
    hard, eased = grade(text, "en"), grade(text, "en", ("Individualized Education Program",))
    assert hard is not None
    assert eased is None or eased < hard - 5


def test_placeholders_and_urls_are_not_words() -> None:
    plain = grade("We can help you now. Call name or look at name if you can.", "en")
    assert plain == grade(
        "We can help you now. Call {person} or look at parentcenterhub.org/find if you can.", "en"
    )


@pytest.mark.parametrize("text", ["Yes.", "Early intervention evaluation.", ""], ids=["word", "few", "none"])
def test_a_few_words_have_no_grade(text: str) -> None:
    assert grade(text, "en") is None


def test_a_language_without_a_formula_has_no_grade() -> None:
    assert grade("Le chat est sur la table avec le chien et la souris.", "fr") is None


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1),
        ("school", 1),
        ("people", 2),
        ("table", 2),
        ("asked", 1),
        ("wanted", 2),
        ("behavior", 3),
        ("evaluation", 5),
        ("special", 2),
        ("education", 4),
        ("504", 1),
        ("note", 1),
        ("idea", 3),
    ],
)
def test_english_syllables(word: str, count: int) -> None:
    assert count == english_syllables(word)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("niño", 2),
        ("escuela", 3),
        ("país", 2),
        ("guía", 2),
        ("quiere", 2),
        ("evaluación", 4),
        ("hay", 1),
        ("ciudad", 2),
        ("aeropuerto", 5),
        ("bilingüe", 3),
        ("504", 1),
    ],
)
def test_spanish_syllables(word: str, count: int) -> None:
    """Two vowels are one syllable unless both are strong or the weak one has an accent."""
    assert count == spanish_syllables(word)


def test_a_grade_is_never_negative() -> None:
    assert 0.0 == grade("Go to it. We see it. It is in it. He is in it. Do go on. Sit by me.", "en")
