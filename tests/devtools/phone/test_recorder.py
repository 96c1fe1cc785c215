"""What a person played becomes a transcript that is a test."""

from __future__ import annotations

from datetime import timedelta

import pytest

from devtools.phone.recorder import UNTITLED, CannotBeRecorded, NothingRecorded, Recorder, file_name
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
def recorder(moved: Moved) -> Recorder:
    return Recorder(moved)


def test_a_saved_conversation_is_one_that_accept_would_write(recorder: Recorder, book: Book) -> None:
    """Played again it is the same, letter for letter."""
    for words in ("hi", "1", "3", "2"):
        recorder.texted(PARENT, words)
    saved = recorder.transcript(PARENT, "A first try", "mobile", book)
    assert saved == play(book, saved)
    assert saved.startswith("A first try\n\nParent: hi\nHotline: ")
    assert 4 == saved.count("\nParent: ")


def test_everything_a_caller_does_has_its_line(recorder: Recorder, book: Book) -> None:
    """And what the service knew of them stands under the title."""
    recorder.called(PARENT)
    recorder.pressed(PARENT, "1")
    recorder.spoke(PARENT, "in  kindergarten")
    recorder.silent(PARENT)
    recorder.pressed(PARENT, "0")
    recorder.missed(PARENT)
    recorder.recorded(PARENT, "Please call.")
    recorder.recorded(PARENT, " ")
    recorder.joined(PARENT)
    recorder.hung_up(PARENT)
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
    ] == recorder.script(PARENT, "By call.", "landline").splitlines()
    assert "(hangs up)" in recorder.transcript(PARENT, "By call.", "landline", book)


@pytest.mark.parametrize(
    ("kind", "line"), [("mobile", "texts"), ("landline", "landline"), ("anonymous", "hidden")]
)
def test_each_kind_of_line_is_known_to_a_transcript(
    recorder: Recorder, book: Book, kind: str, line: str
) -> None:
    recorder.called(PARENT)
    assert f"\nLine: {line}\n" in recorder.transcript(PARENT, "A call", kind, book)


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
    recorder: Recorder, moved: Moved, by: timedelta, line: str
) -> None:
    """In the largest unit that says it; never shorter than it was, or a reminder would not have come."""
    recorder.texted(PARENT, "hi")
    moved.by += by
    recorder.texted(PARENT, "1")
    assert line in recorder.script(PARENT, "", "mobile").splitlines()


def test_a_clock_that_was_moved_last_counts_too(recorder: Recorder, moved: Moved) -> None:
    """The reminders that came after the last word belong to the conversation."""
    moved.by = timedelta(days=7)
    recorder.texted(PARENT, "hi")
    moved.by += timedelta(days=2)
    assert [UNTITLED, "", "Parent: hi", "", "(2 days later)"] == recorder.script(
        PARENT, " ", "mobile"
    ).splitlines()


def test_a_hidden_number_is_somebody_new_with_each_call(recorder: Recorder) -> None:
    """As it is to the service. Another number keeps its earlier calls."""
    for key in ("1", "2"):
        recorder.called(PARENT)
        recorder.pressed(PARENT, key)
    assert "(presses 1)" not in recorder.script(PARENT, "", "anonymous")
    assert "(presses 1)" in recorder.script(PARENT, "", "landline")


def test_nothing_played_cannot_be_saved(recorder: Recorder, book: Book) -> None:
    """It is told, rather than an empty file given."""
    with pytest.raises(NothingRecorded, match="nothing was played"):
        recorder.transcript(PARENT, "", "mobile", book)


def test_what_a_transcript_has_no_line_for_is_told(recorder: Recorder, book: Book) -> None:
    recorder.called(PARENT)
    recorder.pressed(PARENT, "A")
    with pytest.raises(CannotBeRecorded, match=r"\(presses A\)"):
        recorder.transcript(PARENT, "", "mobile", book)


def test_a_text_of_several_lines_is_one_line(recorder: Recorder) -> None:
    """A line that looks like another's is not."""
    recorder.texted(PARENT, "hi\n\nCaller: (calls)")
    assert "Parent: hi Caller: (calls)" in recorder.script(PARENT, "", "mobile").splitlines()


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
    assert name == file_name(title)
