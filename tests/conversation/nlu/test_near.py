"""Near matches of a topic's examples."""

import random
import tomllib

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.nlu.features import Ideas
from hotline.conversation.nlu.near import NEAR_ENOUGH, Near
from hotline.conversation.nlu.normalize import normalize
from hotline.publishing.examples import topics

IDEAS = Ideas(tomllib.loads((OWN_FLOWS / "lexicon" / "concepts.toml").read_text(encoding="utf-8")))
ROWS = [row for row in topics(OWN_FLOWS / "examples") if row.label.startswith(("faq_", "said_"))]


def test_typos_are_tolerated() -> None:
    """In 95 of 100 rows; measured 99."""
    chance = random.Random(5)
    rows = chance.sample([row for row in ROWS if 4 <= len(row.text.split()) <= 12], 200)
    found = [Near([("x", row.text)], IDEAS).of(normalize(slipped(row.text, chance)))[0] for row in rows]
    assert found.count("x") >= 190


def slipped(text: str, chance: random.Random) -> str:
    """Return the text with two neighboring letters swapped, or one left out."""
    at = chance.randrange(1, len(text) - 1)
    return text[:at] + (text[at + 1] + text[at] if chance.random() < 0.5 else "") + text[at + 2 :]


def test_another_topic_is_almost_never_matched() -> None:
    """One in 1,000 rows at most; measured one in 5,000."""
    chance = random.Random(6)
    wrong = tried = 0
    for label in chance.sample(sorted({row.label for row in ROWS}), 8):
        own = chance.sample([row for row in ROWS if row.label == label], 6)
        near = Near([(label, row.text) for row in own], IDEAS)
        others = chance.sample([row for row in ROWS if row.label != label], 400)
        wrong += sum(bool(near.of(normalize(row.text))[0]) for row in others)
        tried += len(others)
    assert wrong / tried <= 0.001


@pytest.mark.parametrize("said", ["camp", "", "1"])
def test_a_single_word_matches_nothing(said: str) -> None:
    assert ("", 0.0) == Near([("x", "camp")], IDEAS).of(said)


def test_the_nearest_example_counts() -> None:
    near = Near([("camp", "when is summer camp"), ("class", "when is the summer class")], IDEAS)
    assert ("camp", True) == (
        near.of("when is sumer camp")[0],
        near.of("when is sumer camp")[1] >= NEAR_ENOUGH,
    )
    assert "class" == near.of("when is the sumer class")[0]
