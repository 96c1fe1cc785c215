"""Safety words on every example: no dangerous one is read as good news."""

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.safety_words import LETTERS, Safety

GOOD = (Safety.SAFE, Safety.UNHURT, Safety.THERE, Safety.HELPED, Safety.BESIDE, Safety.WITH_ONE)
CASES = Path(__file__).parents[2] / "understanding" / "cases.tsv"


def rows(name: str) -> list[list[str]]:
    return [
        line.split("\t") for line in (OWN_FLOWS / "examples" / name).read_text(encoding="utf-8").splitlines()
    ]


def test_no_dangerous_example_is_good_news(book: Book) -> None:
    says = book.reader.lexicon.safety.says
    dangerous = [row[0] for row in rows("danger.tsv") if row[2] in ("alarm", "ask")]
    cases = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines()]
    dangerous += [row[3] for row in cases if row[5].startswith("danger")]
    assert len(dangerous) > 15_000
    assert [] == [text for text in dangerous if says(text) in GOOD]


def test_answers_at_the_safety_check_are_read_as_labeled(book: Book) -> None:
    says = book.reader.lexicon.safety.says
    answers = [(text, choice) for place, text, _, choice in rows("answers.tsv") if place == "safety_check"]
    wrong = {
        "no": (Safety.IN_DANGER,),
        "yes": (Safety.SAFE, Safety.UNHURT, Safety.THERE, Safety.BESIDE, Safety.WITH_ONE),
    }
    unclear = tuple(set(Safety) - {Safety.UNCLEAR})
    answers.remove(("he's here", "yes"))  # of who hurts the child; the engine asks once more there
    assert len(answers) > 400
    assert [] == [text for text, choice in answers if says(text) in wrong.get(choice, unclear)]
    assert 30 < sum(says(text) is not None for text, _ in answers)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no, esta bien", Safety.SAFE),
        ("no esta bien", Safety.IN_DANGER),
        ("el no esta en peligro", Safety.UNHURT),
        ("no el esta en peligro", Safety.IN_DANGER),
        ("no he is hurt", Safety.IN_DANGER),
        ("is he ok?", None),
        ("ok", None),
        ("esta bien?", None),
        ("she is with her dad", Safety.BESIDE),
        ("shes with me", Safety.WITH_ONE),
        ("ya esta con el doctor", Safety.HELPED),
        ("call 911", None),
        ("911", None),
        ("he called", None),
        ("my mom called 911", Safety.HELPED),
        ("i called and they are coming", Safety.HELPED),
        ("i called her uncle", None),
        ("i called his dad already", None),
        ("hable con el", None),
        ("hay peligro", Safety.IN_DANGER),
        ("no, hay peligro", Safety.IN_DANGER),
        ("no hay peligro", Safety.UNHURT),
        ("en peligro", Safety.IN_DANGER),
        ("it was 2 days ago", Safety.UNCLEAR),
        ("she was ok yesterday", None),
        ("el no", Safety.UNCLEAR),
        ("mi hija no", Safety.UNCLEAR),
        ("no, el no", Safety.UNCLEAR),
        ("not him", Safety.UNCLEAR),
        ("no not my daughter", Safety.UNCLEAR),
        ("he isnt", Safety.UNCLEAR),
        ("no he isnt", None),
        ("no nobody", None),
        ("im not hurt", Safety.UNHURT),
        ("not my daughter but me", Safety.IN_DANGER),
        ("el no pero yo si", Safety.IN_DANGER),
        ("mi hija no, yo si", Safety.IN_DANGER),
        ("", None),
    ],
)
def test_word_order_counts(book: Book, text: str, said: Safety | None) -> None:
    assert said is book.reader.lexicon.safety.says(text)


def test_each_word_is_in_one_list() -> None:
    lists: Counter[str] = Counter()
    for part in LETTERS:
        both = set[str]()
        for path in (OWN_FLOWS / "lexicon").glob("e?.toml"):
            both |= {
                normalize(word) for word in tomllib.loads(path.read_text(encoding="utf-8"))["safety"][part]
            }
        lists.update(both)
    assert [] == [word for word, count in lists.items() if count > 1]
