"""Recorded conversations become transcripts."""

from datetime import timedelta

import pytest

from devtools.phone.recorder import UNTITLED, CannotBeRecorded, NothingRecorded, Recorder, file_name
from hotline.conversation.book.book import Book
from hotline.publishing.lint.transcript import play

PARENT = "+12022340123"


class Moved:
    """A clock set by the test."""

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


def test_a_saved_conversation_replays_unchanged(recorder: Recorder, book: Book) -> None:
    for words in ("hi", "1", "3", "2"):
        recorder.texted(PARENT, words)
    saved = recorder.transcript(PARENT, "A first try", "mobile", book)
    assert saved == play(book, saved)
    assert saved.startswith("A first try\n\nParent: hi\nHotline: ")
    assert 4 == saved.count("\nParent: ")


def test_everything_a_caller_does_has_its_line(recorder: Recorder, book: Book) -> None:
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
def test_transcripts_know_each_kind_of_line(recorder: Recorder, book: Book, kind: str, line: str) -> None:
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
def test_a_moved_clock_becomes_a_pause(recorder: Recorder, moved: Moved, by: timedelta, line: str) -> None:
    recorder.texted(PARENT, "hi")
    moved.by += by
    recorder.texted(PARENT, "1")
    assert line in recorder.script(PARENT, "", "mobile").splitlines()


def test_a_final_clock_move_is_recorded(recorder: Recorder, moved: Moved) -> None:
    moved.by = timedelta(days=7)
    recorder.texted(PARENT, "hi")
    moved.by += timedelta(days=2)
    assert [UNTITLED, "", "Parent: hi", "", "(2 days later)"] == recorder.script(
        PARENT, " ", "mobile"
    ).splitlines()


def test_each_call_of_a_hidden_number_is_a_new_person(recorder: Recorder) -> None:
    for key in ("1", "2"):
        recorder.called(PARENT)
        recorder.pressed(PARENT, key)
    assert "(presses 1)" not in recorder.script(PARENT, "", "anonymous")
    assert "(presses 1)" in recorder.script(PARENT, "", "landline")


def test_an_empty_conversation_cannot_be_saved(recorder: Recorder, book: Book) -> None:
    with pytest.raises(NothingRecorded, match="nothing was played"):
        recorder.transcript(PARENT, "", "mobile", book)


def test_what_a_transcript_cannot_contain_is_reported(recorder: Recorder, book: Book) -> None:
    recorder.called(PARENT)
    recorder.pressed(PARENT, "A")
    with pytest.raises(CannotBeRecorded, match=r"\(presses A\)"):
        recorder.transcript(PARENT, "", "mobile", book)


def test_a_text_of_several_lines_is_one_line(recorder: Recorder) -> None:
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
