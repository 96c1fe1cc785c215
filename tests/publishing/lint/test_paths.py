"""Shortest paths to each outcome."""

import re

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, EventKind, FlowError
from hotline.publishing.lint.paths import outcomes, script, shortest
from hotline.publishing.lint.transcript import play
from tests.rows import table


@pytest.mark.parametrize("channel", list(Channel))
def test_every_outcome_is_reached_in_every_language(channel: Channel, book: Book) -> None:
    for language in book.languages:
        for outcome, texts in outcomes(book).items():
            moves = shortest(book, outcome, channel, language)
            played = play(book, script(moves, channel, outcome, language))
            last = " ".join(re.split(r"^(?:Parent|Caller): ", played, flags=re.MULTILINE)[-1].split())
            stated = [" ".join(book.texts[language][id][channel is Channel.VOICE].split()) for id in texts]
            assert any(words.partition("{")[0][:60] in last for words in stated), (language, outcome, last)


def test_the_path_is_the_shortest(book: Book) -> None:
    assert ((EventKind.SAID, "hi"), (EventKind.SAID, "1"), (EventKind.SAID, "1")) == shortest(
        book, "OUT-EI", Channel.SMS
    )


def test_danger_is_reached_by_words(book: Book) -> None:
    assert (EventKind.SPOKEN, "911") == shortest(book, "OUT-CRISIS", Channel.VOICE)[-1]


@table("""
    outcome | language | told
    OUT-IPE | en | no outcome named 'OUT-IPE'; did you mean OUT-IEP
    nonsense | en | no outcome named 'nonsense'; there are OUT-504, OUT-AGAIN, OUT-BOTH
    OUT-IEP | xx | no language named 'xx'; there are en
""")
def test_unknown_outcomes_get_suggestions(outcome: str, language: str, told: str, book: Book) -> None:
    with pytest.raises(FlowError) as wrong:
        shortest(book, outcome, Channel.SMS, language)
    assert str(wrong.value).startswith(told)
