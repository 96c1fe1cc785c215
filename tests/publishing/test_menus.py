"""Long menus are divided into pages."""

from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.publishing.lint.check import SAMPLE_NAMES, refuse_unfit
from hotline.publishing.loader import load_book
from tests.conversation.talk import Talk
from tests.copied_flows import copied_flows

FULL = 'unsure = "bullying"\n'


def with_choices(folder: Path, count: int, key: str = "pages = true") -> Path:
    """Return flows whose menu of school life has this many more choices."""
    copied_flows(folder)
    words = ("camp", "lunch", "bus", "sports", "music", "art")[:count]
    rows = "".join(
        f'choices.{word} = {{ text = "The {word}", go = "faq_cost", words = ["{word}"] }}\n' for word in words
    )
    path = folder / "faq.toml"
    text = path.read_text(encoding="utf-8")
    before, after = text.split(FULL, 1)
    end = after.index("\n\n") + 1
    path.write_text(f"{before}{FULL}{key}\n{after[:end]}{rows}{after[end:]}", encoding="utf-8")
    return folder


@pytest.fixture
def long(tmp_path: Path) -> Book:
    return load_book(with_choices(tmp_path / "flows", 6), SAMPLE_NAMES)


def test_each_page_but_the_last_ends_with_more(long: Book) -> None:
    pages = [long.question(name) for name in ("questions_school", "questions_school_2", "questions_school_3")]
    assert [5, 5, 3] == [len(page.choices) for page in pages]
    assert ["questions_school_2", "questions_school_3"] == [page.choices[-1].go for page in pages[:2]]
    assert ["bullying", "more_of_these", "sports"] == [page.unsure for page in pages]


def test_translations_keep_their_ids(long: Book) -> None:
    assert "Medicina" == long.texts["es"]["faq.questions_school_2.choice.medicine"][0]
    assert "Más" == long.texts["es"]["faq.questions_school.choice.more_of_these"][0]
    assert long.texts["es"]["faq.questions_school.text"] == long.texts["es"]["faq.questions_school_3.text"]


@pytest.mark.parametrize("more", ["5", "more", "más"])
def test_a_parent_gets_to_the_last_page(more: str, long: Book) -> None:
    parent = Talk(long).text("hi", "common questions", "school life", more, "more")
    assert "questions_school_3" == parent.session.state


def test_a_page_passes_the_checks_of_questions(tmp_path: Path) -> None:
    book = load_book(with_choices(tmp_path / "flows", 1), SAMPLE_NAMES)
    assert [5, 2] == [len(book.question(name).choices) for name in ("questions_school", "questions_school_2")]
    refuse_unfit(tmp_path / "flows", SAMPLE_NAMES)


@pytest.mark.parametrize(
    ("key", "says"),
    [("", "has 6 choices; 2 to 5"), ("pages = true\nholds = true", "only a menu can have pages")],
)
def test_only_a_marked_menu_has_pages(key: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(FlowError, match=says):
        load_book(with_choices(tmp_path / "flows", 1, key), SAMPLE_NAMES)
