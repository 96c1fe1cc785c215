"""`hotline understand`."""

import json

import pytest

from hotline.conversation.book.book import Book
from hotline.publishing.understand import Understood, explained, understand, understand_file

KEYS = ["text", "lang", "intent", "choice", "sure", "asks", "danger"]


def shown(understood: Understood) -> dict[str, object]:
    line = understood.as_json()
    assert "\n" not in line
    read: dict[str, object] = json.loads(line)
    return read


def test_json_has_these_keys_in_order(book: Book) -> None:
    for text, place in {
        "he has adhd": "",
        "": "",
        "Liked “hi”": "",
        "2": "sent_home",
        "\n\t\x00ñ": "",
    }.items():
        assert KEYS == list(shown(understand(book, text, "en", place))), text


@pytest.mark.parametrize(
    ("text", "language", "place", "expected"),
    [
        ("2 thanks", "en", "sent_home", {"choice": "no", "lang": "en", "danger": "none"}),
        ("sí", "es", "sent_home", {"choice": "yes", "lang": "es"}),
        ("TX", "en", "which_state", {"choice": "TX"}),
        ("STOP", "en", "", {"intent": "stop", "sure": 1.0, "asks": [], "danger": "none", "choice": None}),
        ("no soy maria", "es", "", {"intent": "stop_unclear", "asks": ["stop"]}),
        ("i want to kill myself", "en", "", {"intent": "crisis", "danger": "alarm"}),
        ("tengo miedo de lastimar a mi hijo", "es", "", {"lang": "es"}),
        ("Liked “How old is your child?”", "en", "", {"intent": None, "choice": None, "sure": 0.0}),
        ("", "", "", {"text": "", "lang": "en", "intent": None}),
        ("mi hijo no aprende a leer", "", "", {"lang": "es"}),
        ("hola", "xx", "", {"lang": "es"}),
    ],
)
def test_json_has_the_reading(
    text: str, language: str, place: str, expected: dict[str, object], book: Book
) -> None:
    found = shown(understand(book, text, language, place))
    assert expected == {key: found[key] for key in expected}


def test_probabilities_have_three_digits(book: Book) -> None:
    for text in ("i cant do this anymore", "he is going to jump", "asdf", "he has adhd", "me quiero morir"):
        found = shown(understand(book, text))
        assert found["danger"] in ("none", "ask", "alarm")
        assert found["sure"] == round(float(str(found["sure"])), 3)
        assert 0 <= float(str(found["sure"])) <= 1


@pytest.mark.parametrize("place", ["greeting", "nowhere", "sent_home.text", " "])
def test_an_unknown_question_is_reported(place: str, book: Book) -> None:
    found = shown(understand(book, "he has adhd", "en", place))
    assert f"{place!r} is not a question in these flows" == found["error"]
    assert "screen" == found["intent"]
    assert found["choice"] is None


def test_a_header_names_the_columns_in_any_order(book: Book) -> None:
    content = "place\tlabel\ttext\tlang\nsent_home\tx\tsí\tes\n\tx\tSTOP\ten\n"
    assert [("sí", "es", "yes"), ("STOP", "en", None)] == [
        (u.text, u.language, u.choice) for u in understand_file(book, content)
    ]


def test_without_a_header_the_columns_are_text_and_language(book: Book) -> None:
    assert [("hi", "en"), ("hola", "es")] == [
        (u.text, u.language) for u in understand_file(book, "hi\ten\nhola\tes\n")
    ]
    assert ["hi", "hola"] == [u.text for u in understand_file(book, "hi\n\nhola")]
    assert [] == list(understand_file(book, ""))


def test_three_columns_without_a_header_are_refused(book: Book) -> None:
    with pytest.raises(ValueError, match="need a header that names them: text, lang, place, intent"):
        list(understand_file(book, "he has adhd\ten\tscreen\n"))


def test_quotes_are_literal(book: Book) -> None:
    content = 'text\tlang\n"he said no\ten\nhi\ten\n'
    assert ['"he said no', "hi"] == [u.text for u in understand_file(book, content)]


def test_a_short_row_is_read(book: Book) -> None:
    rows = list(understand_file(book, "text\tlang\tplace\nhi\n2\ten\tsent_home\n"))
    assert [("hi", None), ("2", "no")] == [(u.text, u.choice) for u in rows]


@pytest.mark.parametrize(
    ("text", "place", "lines"),
    [
        ("Liked “hi”", "", ["cut        all of it: a reaction is not a turn and gets no answer"]),
        ("2 thanks", "sent_home", ["cut        courtesy; read as '2'", "answer     no"]),
        ("STOP", "", ["cut        nothing; read as 'stop'", "intent     stop, by rule, 100% sure"]),
        ("hi", "nowhere", ["answer     'nowhere' is not a question in these flows"]),
    ],
)
def test_the_text_output_explains_the_reading(text: str, place: str, lines: list[str], book: Book) -> None:
    said = explained(understand(book, text, "en", place)).splitlines()
    assert f"text       {text!r} (en)" == said[0]
    assert set(lines) <= set(said)
    assert {"text", "cut", "danger", "intent", "likeliest", "answer"} >= {line.split()[0] for line in said}
