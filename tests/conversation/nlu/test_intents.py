"""What a message means: the labelled messages of parents, opt-outs, danger, and the rules of meanings.toml.

utterances.tsv was read while the phrases were written; of utterances_held_out.tsv only the rows about danger
were (see test_no_danger_is_missed), and the others must not be.
The figures are today's, so that a change cannot lower them unseen. Raise them when they rise.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.states import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.nlu.intents import Meanings

HERE = Path(__file__).parent

UNDERSTOOD = 135
"""Of the 135 rows of utterances.tsv that are not about danger."""

UNDERSTOOD_HELD_OUT = 280
"""Of the 313 such rows of utterances_held_out.tsv."""

OPT_OUTS, LOOK_ALIKES = 146, 125
"""The rows of opt_outs.tsv; each must be right."""

SHORT_TEXT_SECONDS = 0.0005
"""Of processor time. A short text takes about 50 microseconds; a slow machine gets ten times as long."""

HOSTILE_SECONDS = 0.1
"""Of processor time. The slowest 1600 characters take about 20 milliseconds; a slow machine gets five times."""

COUNTS_AS: dict[str, frozenset[str | None]] = {
    "other": frozenset({None, "thanks", "greeting"}),
    "crisis": frozenset({"abuse"}),
    "screen": frozenset({"quiz"}),
    "human": frozenset({"center"}),
    "next_steps": frozenset({"sent"}),
    "what_504": frozenset({"who_504", "faq_cost"}),
    "what_iep": frozenset({"who_iep", "faq_cost", "faq_moving"}),
    "differences": frozenset({"faq_both", "faq_which_better"}),
    "evaluation_request": frozenset({"letter", "letter_504", "faq_how_long", "faq_diagnosis"}),
    "rights": frozenset(
        {
            *("interpreter", "faq_sign", "faq_cost", "faq_how_long", "faq_bring_someone"),
            *("faq_may_refuse", "time_limits"),
        }
    ),
    "school_refused": frozenset(
        {
            *("notice", "letter_notice", "faq_good_grades", "faq_try_first", "faq_no_answer"),
            *("faq_may_refuse", "faq_diagnosis"),
        }
    ),
    "disagree": frozenset({"letter_disagree", "faq_disagree_test", "faq_not_followed", "faq_take_away"}),
    "discipline": frozenset({"faq_pick_up", "letter_urgent", "days"}),
    "records": frozenset({"letter_records"}),
    "college_transition": frozenset({"faq_on_record"}),
    "meeting_prep": frozenset({"meeting", "faq_bring_someone"}),
}
"""The labels are wider than our meanings: a label, and the meanings that answer a part of it."""


def rows(file: str) -> list[tuple[str, ...]]:
    """The rows of a file with tabs, without its head."""
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines[1:]]


def misses(meanings: Meanings, file: str) -> list[tuple[str, str, str | None]]:
    """The rows that are not about danger and are understood otherwise: text, label, meaning."""
    heard = [(text, label, meanings.of(text)) for text, _, label in rows(file) if label != "crisis"]
    return [row for row in heard if row[2] != row[1] and row[2] not in COUNTS_AS.get(row[1], ())]


@pytest.fixture(scope="module")
def meanings(book: Book) -> Meanings:
    """safety.toml and meanings.toml together, as they are used."""
    return book.meanings


def test_labelled_messages_are_understood(meanings: Meanings) -> None:
    """What was understood when the phrases were written still is."""
    total = sum(label != "crisis" for *_, label in rows("utterances.tsv"))
    missed = misses(meanings, "utterances.tsv")
    assert total - len(missed) >= UNDERSTOOD, missed


def test_messages_never_seen_before_are_understood(meanings: Meanings) -> None:
    """Nobody tuned the phrases on these, so the figure is an honest one. Their texts are not shown."""
    total = sum(label != "crisis" for *_, label in rows("utterances_held_out.tsv"))
    assert total - len(misses(meanings, "utterances_held_out.tsv")) >= UNDERSTOOD_HELD_OUT


@pytest.mark.parametrize(
    ("text", "is_opt_out"), [pytest.param(*row, id=row[0]) for row in rows("opt_outs.tsv")]
)
def test_an_opt_out_is_told_from_its_look_alikes(meanings: Meanings, text: str, is_opt_out: str) -> None:
    """STOP in any wording ends our texts; "can they stop his iep" does not."""
    assert (meanings.of(text) == "stop") == (is_opt_out == "yes")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "i dont want this",
            "i dont want these",
            "this is not maria",
            "no soy maria",
            "not my kid",
            "shut up",
        ),
        *("enough", "i dont have kids", "no tengo hijos", "this isnt her phone", "no soy yo", "get lost"),
    ],
)
def test_what_may_be_an_opt_out_is_asked(meanings: Meanings, text: str) -> None:
    """Nothing leaves by itself until there is an answer, and no answer is an opt-out."""
    assert meanings.of(text) == "stop_unclear"


def test_the_opt_outs_are_all_there() -> None:
    """A row that gets in the way is mended, not removed."""
    said = [is_opt_out for _, is_opt_out in rows("opt_outs.tsv")]
    assert (said.count("yes"), said.count("no")) == (OPT_OUTS, LOOK_ALIKES)


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=text) for text, _, label in rows("utterances.tsv") if label == "stop"]
)
def test_every_labelled_opt_out_is_heard(meanings: Meanings, text: str) -> None:
    """The one meaning in which a miss breaks the law (47 CFR 64.1200(a)(10))."""
    assert meanings.of(text) == "stop"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        pytest.param(keyword, meaning, id=keyword)
        for meaning, keywords in {
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
            "no": ["No", "\U0001f44e"],
        }.items()
        for keyword in keywords
    ],
)
def test_the_words_that_our_texts_offer_mean_what_they_say(
    meanings: Meanings, text: str, meaning: str
) -> None:
    """In capitals and small letters, with an accent, with a full stop and with "please"."""
    for written in (text, text.lower(), f"{text}.", f"{text} please", f"por favor {text}"):
        assert meanings.of(written) == meaning, written


def test_danger_comes_first_and_stop_second(meanings: Meanings) -> None:
    """The order of the tables is the order of what is urgent."""
    assert meanings.names[:3] == ("crisis", "abuse", "stop")


@pytest.mark.parametrize("danger", ["he wants to kill himself", "mi hijo quiere matarse", "she has bruises"])
def test_danger_wins_over_everything_else_in_a_message(meanings: Meanings, danger: str) -> None:
    """Whatever else is said, before or after."""
    others = [text for text, _, label in rows("utterances.tsv") if label != "crisis"]
    calm = [text for text in others if meanings.of(f"{text}. {danger}") not in ("crisis", "abuse")]
    calm += [text for text in others if meanings.of(f"{danger}. {text}") not in ("crisis", "abuse")]
    assert calm == []


@pytest.mark.parametrize(
    "text",
    [
        *("he is racing", "the rating is low", "they looked him up", "she was amused", "he is a dancer"),
        *("my son is messing up in class", "they are shouting at kids", "le van a cortar el pelo"),
        *("las maestras tomaron fotos", "he had a hunting trip", "no quiere seguir viniendo"),
    ],
)
def test_no_ordinary_word_is_mended_to_a_dangerous_one(meanings: Meanings, text: str) -> None:
    """ "racing" is not a slip of the pen. [spelling] known holds the ordinary words."""
    assert meanings.of(text) not in ("crisis", "abuse")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "...", "\x00", "\ud800", "\U0001f600", "4", "12345", "0", "asdfgh", "lol"),
        *("ve la tele", "quiere ir al parque", "nos vamos manana"),
        *("the weather is nice", "my son scored a goal", "que hora es", "what time does school start"),
    ],
)
def test_what_fits_no_phrase_has_no_meaning(meanings: Meanings, text: str) -> None:
    """Refuse to guess: a lone figure is a choice, and small talk is nothing."""
    assert meanings.of(text) is None


@given(st.text(max_size=1700))
def test_any_text_has_one_meaning_or_none(text: str) -> None:
    """Nothing that a person writes raises."""
    assert SMALL.of(text) in (*SMALL.names, None)


@pytest.mark.parametrize("file", ["utterances.tsv", "utterances_held_out.tsv"])
def test_no_danger_is_missed(meanings: Meanings, file: str) -> None:
    """Every row about danger, also those held out: for these alone the rows were read, because a miss costs
    more than a figure that flatters.
    """
    missed = [
        text
        for text, _, label in rows(file)
        if label == "crisis" and meanings.of(text) not in ("crisis", "abuse")
    ]
    assert missed == []


def test_a_short_text_is_understood_at_once(meanings: Meanings) -> None:
    """Thousands of texts at the same time keep one process busy for less than a second."""
    texts = [text for text, *_ in rows("utterances.tsv")]
    start = time.process_time()
    for text in texts:
        meanings.of(text)
    assert (time.process_time() - start) / len(texts) < SHORT_TEXT_SECONDS


@pytest.mark.parametrize(
    "piece",
    [
        *("get ", "no ", "what x ", "how x ", "they ", "want ", "dont x ", "head want ", "la ", "my son "),
        *("a", "iep 504 ", "stop ", "\u0301", "i e p ", "5 0 4 ", "no no lo quiere ", "they wont give him "),
        *("evaluaxion ", "suspendedx ", "! ", "que "),
    ],
)
def test_no_text_takes_long(meanings: Meanings, piece: str) -> None:
    """A message that is made to be slow holds nobody else up."""
    text = (piece * 1600)[:1600]
    took = []
    for _ in range(3):  # the collector may take its turn in one of them
        start = time.process_time()
        meanings.of(text)
        took.append(time.process_time() - start)
    assert min(took) < HOSTILE_SECONDS


SMALL = Meanings.read(
    {
        "lists": {"who": ["my (son|girl)", "him"]},
        "spelling": {"write": {"what is": ["whats"]}, "drop": ["please"], "known": ["texting"]},
        "stop": {"exact": ["stop", "para"], "phrases": ["stop ... texts"], "unless": ["school"]},
        "test": {"phrases": ["test <who>", "what is a test"], "ignore": ["test my (patience|son of)"]},
        "evaluation": {"phrases": ["evaluat*", "test"]},
    },
    "small.toml",
)


@pytest.mark.parametrize(
    ("text", "meaning"),
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
def test_the_rules_of_a_table_hold(text: str, meaning: str | None) -> None:
    """exact, phrases, unless, ignore, lists and spelling do what the head of meanings.toml says."""
    assert SMALL.of(text) == meaning


def test_a_figure_that_is_a_phrase_has_its_meaning(meanings: Meanings) -> None:
    """504 and 911 are figures too, and are never a choice."""
    assert [meanings.of("504"), meanings.of("911")] == ["what_504", "crisis"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        pytest.param({"stop": ["stop"]}, "[stop]: must be a table of its own", id="no-table"),
        pytest.param({"stop": {"words": []}}, "[stop]: unknown key 'words'; a meaning has exact", id="key"),
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
def test_a_broken_table_is_refused_with_what_would_be_right(table: dict[str, Any], message: str) -> None:
    """The error begins with the file and names the table."""
    with pytest.raises(FlowError) as refused:
        Meanings.read(table, "meanings.toml")
    assert str(refused.value).startswith("meanings.toml [")
    assert message in str(refused.value)
