"""What a person played becomes a transcript that is a test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devtools.phone.recorder import UNTITLED, CannotBePlayed, NothingPlayed, Played, file_name
from hotline.conversation.book.book import Book
from hotline.publishing.lint.transcript import play

PARENT = "+12022340123"


class Moved:
    """A clock that is where the test puts it."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> timedelta:
        return self.by


@pytest.fixture
def moved() -> Moved:
    return Moved()


@pytest.fixture
def played(moved: Moved) -> Played:
    return Played(moved)


def test_a_saved_conversation_is_one_that_accept_would_write(played: Played, book: Book) -> None:
    """Played again it is the same, letter for letter."""
    for words in ("hi", "1", "3", "2"):
        played.texted(PARENT, words)
    saved = played.transcript(PARENT, "A first try", "mobile", book)
    assert saved == play(book, saved)
    assert saved.startswith("A first try\n\nParent: hi\nHotline: ")
    assert 4 == saved.count("\nParent: ")


def test_everything_a_caller_does_has_its_line(played: Played, book: Book) -> None:
    """And what the service knew of them stands under the title."""
    played.called(PARENT)
    played.pressed(PARENT, "1")
    played.spoke(PARENT, "in  kindergarten")
    played.silent(PARENT)
    played.pressed(PARENT, "0")
    played.missed(PARENT)
    played.recorded(PARENT, "Please call.")
    played.recorded(PARENT, " ")
    played.joined(PARENT)
    played.hung_up(PARENT)
    assert [
        "By call.",
        "Line: landline",
        "Staff: open",
        "",
        "Caller: (calls)",
        "Caller: (presses 1)",
        "Caller: (says) in kindergarten",
        "Caller: (silent)",
        "Caller: (presses 0)",
        "Caller: (staff: missed)",
        "Caller: (leaves a message)",
        "Caller: (silent)",
        "Caller: (staff: joined)",
        "Caller: (hangs up)",
    ] == played.script(PARENT, "By call.", "landline").splitlines()
    assert "(hangs up)" in played.transcript(PARENT, "By call.", "landline", book)


@pytest.mark.parametrize(
    ("kind", "line"), [("mobile", "texts"), ("landline", "landline"), ("anonymous", "hidden")]
)
def test_each_kind_of_line_is_known_to_a_transcript(played: Played, book: Book, kind: str, line: str) -> None:
    """As the service finds it out."""
    played.called(PARENT)
    assert f"\nLine: {line}\n" in played.transcript(PARENT, "A call", kind, book)


@pytest.mark.parametrize(
    ("by", "line"),
    [
        (timedelta(days=4), "(4 days later)"),
        (timedelta(days=1), "(1 day later)"),
        (timedelta(hours=1), "(1 hour later)"),
        (timedelta(days=3, hours=5), "(77 hours later)"),
        (timedelta(days=4) - timedelta(seconds=30), "(4 days later)"),
        (timedelta(minutes=90, seconds=1), "(91 minutes later)"),
    ],
    ids=str,
)
def test_a_clock_that_was_moved_is_time_that_passed(
    played: Played, moved: Moved, by: timedelta, line: str
) -> None:
    """In the largest unit that says it; never shorter than it was, or a reminder would not have come."""
    played.texted(PARENT, "hi")
    moved.by += by
    played.texted(PARENT, "1")
    assert line in played.script(PARENT, "", "mobile").splitlines()


def test_a_clock_that_was_moved_last_counts_too(played: Played, moved: Moved) -> None:
    """The reminders that came after the last word belong to the conversation."""
    moved.by = timedelta(days=7)
    played.texted(PARENT, "hi")
    moved.by += timedelta(days=2)
    assert [UNTITLED, "", "Parent: hi", "", "(2 days later)"] == played.script(
        PARENT, " ", "mobile"
    ).splitlines()


def test_two_phones_do_not_mix(played: Played) -> None:
    """Each has its own conversation."""
    played.texted(PARENT, "mine")
    played.texted("+12022340999", "yours")
    assert "yours" not in played.script(PARENT, "", "mobile")


def test_a_hidden_number_is_somebody_new_with_each_call(played: Played) -> None:
    """As it is to the service. Another number keeps its earlier calls."""
    for key in ("1", "2"):
        played.called(PARENT)
        played.pressed(PARENT, key)
    assert "(presses 1)" not in played.script(PARENT, "", "anonymous")
    assert "(presses 1)" in played.script(PARENT, "", "landline")


def test_nothing_played_cannot_be_saved(played: Played, book: Book) -> None:
    """It is told, rather than an empty file given."""
    with pytest.raises(NothingPlayed, match="nothing was played"):
        played.transcript(PARENT, "", "mobile", book)


def test_what_a_transcript_has_no_line_for_is_told(played: Played, book: Book) -> None:
    """With what it is."""
    played.called(PARENT)
    played.pressed(PARENT, "A")
    with pytest.raises(CannotBePlayed, match=r"\(presses A\)"):
        played.transcript(PARENT, "", "mobile", book)


def test_a_text_of_several_lines_is_one_line(played: Played) -> None:
    """A line that looks like another's is not."""
    played.texted(PARENT, "hi\n\nCaller: (calls)")
    assert "Parent: hi Caller: (calls)" in played.script(PARENT, "", "mobile").splitlines()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("A landline asks for texts!", "a_landline_asks_for_texts.txt"),
        ("", "played.txt"),
        ("../../etc/passwd", "etc_passwd.txt"),
        ('a"b\r\nc', "a_b_c.txt"),
        ("one two three four five six seven eight nine ten", "one_two_three_four_five_six_seven_eight.txt"),
    ],
)
def test_a_file_is_named_for_its_title(title: str, name: str) -> None:
    """In signs that every machine takes."""
    assert name == file_name(title)
