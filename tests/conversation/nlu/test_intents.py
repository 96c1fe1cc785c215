"""Patterns: opt-outs, commands, certain danger, and the rules of patterns.toml."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.intents import Intents
from hotline.conversation.nlu.reader import Reader
from tests.rows import table

OPT_OUTS, LOOK_ALIKES = 159, 154
"""The rows of opt_outs.tsv."""


def rows(file: str) -> list[tuple[str, ...]]:
    """Return the rows of a file beside this one, without its header."""
    lines = (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()[1:]
    return [tuple(line.split("\t")) for line in lines]


@pytest.fixture(scope="module")
def intents(book: Book) -> Intents:
    """Return the patterns of safety.toml and patterns.toml together."""
    return book.reader.patterns


@table("""
    text | intent
    my number is 510-555-0123 | human
    My cell is (510) 555-0123 | human
    my number is +15105550123 thanks | human
    my number is five one zero five five five oh one two three | human
    mi número es 510-555-0123 | human
    mi teléfono es el 510 555 0123 | human
    my number is 510-555-0123 stop texting me | stop
    please remove me my number is 510-555-0123 | stop
""")
def test_giving_a_number_requests_a_call_and_is_not_an_opt_out(
    reader: Reader, text: str, intent: str
) -> None:
    assert intent == reader.of(text)


@pytest.mark.parametrize(("text", "is_opt_out"), rows("opt_outs.tsv"))
def test_opt_outs_differ_from_look_alikes(reader: Reader, text: str, is_opt_out: str) -> None:
    """47 CFR 64.1200(a)(10): STOP in any reasonable wording."""
    assert (reader.of(text) == "stop") == (is_opt_out == "yes")


@pytest.mark.parametrize(
    "text",
    (
        "i dont want this | i dont want these | this is not maria | no soy maria | not my kid | shut up | "
        "enough | i dont have kids | no tengo hijos | this isnt her phone | no soy yo | get lost"
    ).split(" | "),
)
def test_a_possible_opt_out_is_marked(reader: Reader, text: str) -> None:
    assert reader.of(text) == "stop_unclear"


def test_the_list_of_opt_outs_is_complete() -> None:
    """Fix a row that gets in the way; do not remove it."""
    said = [is_opt_out for _, is_opt_out in rows("opt_outs.tsv")]
    assert (said.count("yes"), said.count("no")) == (OPT_OUTS, LOOK_ALIKES)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param(keyword, intent, id=keyword)
        for intent, keywords in {
            "stop": ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "Alto"],
            "start": ["START", "UNSTOP", "Empezar"],
            "help": ["HELP", "INFO", "Ayuda"],
            "letter": ["LETTER", "Carta"],
            "sent": ["SENT", "Envié"],
            "center": ["CENTER", "Centro"],
            "rights": ["RIGHTS", "Derechos"],
            "meeting_prep": ["PREP", "Guía"],
            "notice": ["NOTICE", "Aviso"],
            "meeting": ["MEETING", "Reunión"],
            "days": ["DAYS", "Días"],
            "list": ["LIST", "Lista"],
            "menu": ["MENU", "Menú"],
            "back": ["BACK", "Atrás"],
            "repeat": ["REPEAT", "Repite"],
            "why": ["WHY", "¿Por qué?"],
            "more": ["MORE", "Más"],
            "another_child": ["ANOTHER", "Otro"],
            "text_me": ["TEXT ME"],
            "delete_data": ["DELETE", "Borrar"],
            "language_es": ["Español", "Spanish"],
            "language_en": ["English", "Inglés"],
            "yes": ["Yes", "Sí", "\U0001f44d"],
        }.items()
        for keyword in keywords
    ],
)
def test_offered_commands_mean_what_they_say(reader: Reader, text: str, intent: str) -> None:
    for written in (text, text.lower(), f"{text}.", f"{text} please", f"por favor {text}"):
        assert reader.of(written) == intent, written


@pytest.mark.parametrize("text", ["No", "no", "no.", "\U0001f44e"])
def test_a_no_alone_is_not_a_stop(reader: Reader, text: str) -> None:
    assert reader.of(text) == "no"


def test_danger_comes_first_and_stop_second(intents: Intents) -> None:
    assert intents.names[:3] == ("crisis", "abuse", "stop")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "...", "\x00", "\ud800", "\U0001f600", "4", "12345", "0", "asdfgh", "lol"),
        *("ve la tele", "quiere ir al parque", "nos vamos manana"),
        *("the weather is nice", "my son scored a goal", "que hora es", "what time does school start"),
    ],
)
def test_small_talk_has_no_meaning(intents: Intents, text: str) -> None:
    assert intents.of(text) is None


@given(st.text(max_size=1700))
def test_any_text_has_at_most_one_meaning(text: str) -> None:
    assert SMALL.of(text) in (*SMALL.names, None)


SMALL = Intents.read(
    {
        "lists": {"who": ["my (son|girl)", "him"]},
        "spelling": {"write": {"what is": ["whats"]}, "drop": ["please"]},
        "stop": {"exact": ["stop", "para"], "phrases": ["stop ... texts"], "unless": ["school"]},
        "test": {"phrases": ["test <who>", "what is a test"], "ignore": ["test my (patience|son of)"]},
        "evaluation": {"phrases": ["evaluat*", "test"]},
    },
    "small.toml",
)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param("Stop!", "stop", id="exact"),
        pytest.param("para mi", None, id="exact-is-the-whole-message"),
        pytest.param("please stop these texts", "stop", id="phrase-anywhere"),
        pytest.param("stop these texts and test my son", "stop", id="the-higher-table-wins"),
        pytest.param("test my son", "test", id="list"),
        pytest.param("stop these texts from school", None, id="unless"),
        pytest.param("stop these texts from school, test him", "test", id="unless-rules-out-one-meaning"),
        pytest.param("stop please", "stop", id="dropped-words-do-not-count"),
        pytest.param("you test my son of a gun", "evaluation", id="ignore-cuts-out"),
        pytest.param("test my son of a gun and test him", "test", id="ignore-leaves-the-rest"),
        pytest.param("whats a test", "test", id="written-otherwise"),
        pytest.param("evaluation", "evaluation", id="any-ending"),
        pytest.param("9", None, id="figure"),
    ],
)
def test_the_rules_of_a_table_hold(text: str, intent: str | None) -> None:
    assert SMALL.of(text) == intent


def test_the_words_around_an_intents_phrases_are_returned() -> None:
    table = {"go": {"phrases": ["go away", "leave [me]"]}, "come": {"exact": ["come"]}}
    intents = Intents.read(table, "test")
    assert ("please", "he hit me", "he did") == intents.beside(
        "go", "Please go away, he hit me. LEAVE ME he did"
    )
    assert () == intents.beside("go", "go away")
    assert ("come",) == intents.beside("go", "come")


def test_a_number_that_is_a_phrase_has_its_meaning(reader: Reader) -> None:
    assert [reader.of("504"), reader.patterns.of("911")] == ["what_504", "crisis"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param({"stop": ["stop"]}, "[stop]: must be a table of its own", id="no-table"),
        pytest.param({"stop": {"texts": []}}, "[stop]: unknown key 'texts'; an intent has exact", id="key"),
        pytest.param({"stop": {"exact": "stop"}}, "[stop] exact: must be a list of phrases", id="no-list"),
        pytest.param({"stop": {"exact": [1]}}, "[stop] exact: must be a list of phrases", id="no-text"),
        pytest.param({"stop": {"unless": ["x"]}}, "[stop]: can never be meant", id="nothing-to-find"),
        pytest.param({"stop": {"exact": ["(a"]}}, "[stop] exact '(a': found the end", id="broken-phrase"),
        pytest.param(
            {"spelling": {"write": {"you": ["u"]}}, "stop": {"exact": ["u (stop|go)"]}},
            "'u' is always read as 'you'; write that",
            id="words-that-are-written-otherwise",
        ),
        pytest.param(
            {"spelling": {"drop": ["please"]}, "stop": {"exact": ["stop [please]"]}},
            "'please' is dropped from messages; leave it out",
            id="words-that-are-dropped",
        ),
        pytest.param({"lists": {"a": ["<b>"]}, "stop": {"exact": ["x"]}}, "no list named <b>", id="list"),
    ],
)
def test_a_broken_table_is_refused_with_the_fix(table: dict[str, Any], message: str) -> None:
    with pytest.raises(FlowError) as refused:
        Intents.read(table, "patterns.toml")
    assert str(refused.value).startswith("patterns.toml [")
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["STOOOP", "stopppp", "un subscribe", "unsubscrib", "🛑", "Stooop!!!"])
def test_a_misspelled_stop_is_a_stop(book: Book, text: str) -> None:
    assert "stop" == book.reader.patterns.of(text)


@pytest.mark.parametrize(
    "text",
    ["stop the bullying", "he wont stop crying", "when will the school stop", "quiero que pare el bullying"],
)
def test_stopping_something_else_is_not_a_stop(book: Book, text: str) -> None:
    assert book.reader.read(text).intent not in ("stop", "stop_unclear")
