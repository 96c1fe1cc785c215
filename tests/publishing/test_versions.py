"""Live versions of the flows."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError
from hotline.conversation.model.session import Session
from hotline.publishing.lint.check import refuse_unfit
from hotline.publishing.loader import load_book
from hotline.publishing.overlay import Overlay, OwnText, Wording
from hotline.publishing.overlay_folder import Nothing, Overlays, read_tables
from hotline.publishing.overlay_merge import upstream_wordings
from hotline.publishing.sources import Sources
from hotline.publishing.stored_versions import KEEP, MOST_IN_MEMORY, FolderOfBooks
from hotline.publishing.versions import (
    LAST_GOOD,
    LOOK_EVERY_SECONDS,
    MARK_EVERY_SECONDS,
    OWN,
    UNCHECKED,
    WITHOUT_OVERLAY,
    Versions,
)
from hotline.store.turns import SESSION_TTL
from tests.copied_flows import copied_flows, edit

PERSON = "Example Parent Center, 510-555-0199"
NAMES = {"hotline": "Parent Hotline", "person": PERSON, "letters": "https://hotline.example.org/letters"}
AGE = 'text = "Which age group is your child in?"'


class Clock:
    """A manual clock."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Folder:
    """Flows that are edited while they are served."""

    def __init__(self, path: Path) -> None:
        self.path, self.edits = copied_flows(path), 0

    def edit(self, old: str, new: str, file: str = "screening.toml") -> None:
        edit(self.path, file, old, new)
        self.edits += 1
        os.utime(self.path / file, ns=(self.edits, self.edits))  # a file system may be slow to tell the time


@pytest.fixture
def flows(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "flows")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path) -> FolderOfBooks:
    return FolderOfBooks(tmp_path / "books")


def load(folder: Path | Sources) -> Book:
    return load_book(folder, NAMES)


Light = Callable[[Path | Sources], Book]


@pytest.fixture
def light(book: Book) -> Light:
    """Read only whether a file changed."""

    def versioned(folder: Path | Sources) -> Book:
        files = b"".join((folder / name).read_bytes() for name in ("screening.toml", "hotline.toml"))
        return replace(book, version=hashlib.sha256(files).hexdigest()[:12])

    return versioned


def later(versions: Versions, clock: Clock) -> Book:
    """Return the current book after two polls."""
    for _ in range(2):
        clock.now += LOOK_EVERY_SECONDS
        versions.current()
    return versions.current()


def age(book: Book) -> str:
    return book.texts["en"]["screening.child_age.text"][0]


def test_a_good_edit_is_the_book_for_new_people(flows: Folder, clock: Clock) -> None:
    versions = Versions(flows.path, load, clock=clock)
    flows.edit(AGE, 'text = "How old?"')
    assert "How old?" == age(later(versions, clock))
    assert "" == versions.problem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('go = "sent_home"', 'go = "sent_hom"', "screening.toml [child_age]"),
        (AGE, 'text = "How old is', "screening.toml: is not TOML"),
        ('{ text = "Under 3", ages = [0, 3]', '{ text = "Under 3", ages = 3', ""),
    ],
    ids=["leads nowhere", "not TOML", "what the reader does not expect"],
)
def test_a_broken_edit_is_not_served(old: str, new: str, told: str, flows: Folder, clock: Clock) -> None:
    versions = Versions(flows.path, load, clock=clock)
    good = versions.current()
    flows.edit(old, new)
    assert good is later(versions, clock)
    assert versions.problem
    assert told in versions.problem
    flows.edit(new, old)
    assert good is later(versions, clock)
    assert "" == versions.problem


def test_files_that_still_change_are_not_read(flows: Folder, light: Light, clock: Clock) -> None:
    versions = Versions(flows.path, light, clock=clock)
    before = versions.current()
    for number in range(5):
        flows.edit("How ", f"How {number} ")
        clock.now += LOOK_EVERY_SECONDS
        assert before is versions.current()
    assert before is not later(versions, clock)


def test_files_are_checked_only_now_and_then(flows: Folder, light: Light, clock: Clock) -> None:
    versions = Versions(flows.path, light, clock=clock)
    before = versions.current()
    flows.edit(AGE, 'text = "How old?"')
    for _ in range(10):
        assert before is versions.current()


@pytest.mark.parametrize(
    ("session", "finishes"),
    [
        (Session(state="hardest"), True),
        (Session(state="help", paused="hardest"), True),
        (Session(state="rest"), False),
        (Session(state="menu"), False),
        (Session(), False),
    ],
    ids=["half way", "in an aside", "at rest", "at the menu", "new"],
)
@pytest.mark.parametrize("kept", [True, False], ids=["files", "memory"])
def test_a_conversation_finishes_in_its_own_book(
    session: Session,
    finishes: bool,
    kept: bool,
    flows: Folder,
    light: Light,
    clock: Clock,
    files: FolderOfBooks,
) -> None:
    versions = Versions(flows.path, light, (files,) if kept else (), clock)
    began = versions.current()
    flows.edit(AGE, 'text = "How old?"')
    current = later(versions, clock)
    book, placed = versions.place(replace(session, book=began.version))
    assert (began if finishes else current) is book
    assert replace(session, book=book.version) == placed


def test_an_answer_is_read_by_the_book_that_asked(flows: Folder, clock: Clock) -> None:
    versions = Versions(flows.path, load, clock=clock)
    began = versions.current()
    flows.edit("choices.what_504 = ", "choices.what_a_504_is = ", "hotline.toml")
    current = later(versions, clock)
    assert current.version != began.version
    assert began is versions.for_session(Session(book=began.version, state="menu"))


def test_older_books_are_shared_and_survive(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    first = Versions(flows.path, load, (files,), clock)
    began = first.current()
    flows.edit(AGE, 'text = "How old?"')
    other = Versions(flows.path, load, (files,), clock)
    session = Session(book=began.version, state="hardest")
    book = other.for_session(session)
    assert (began.version, "Which age group is your child in?") == (book.version, age(book))
    assert book is other.for_session(session), "read once"
    assert "How old?" == age(other.current())


def test_an_unavailable_book_is_replaced_by_the_current_one(
    flows: Folder, light: Light, clock: Clock
) -> None:
    versions = Versions(flows.path, light, (FolderOfBooks(flows.path.parent / "none"),), clock)
    for version in ("0123456789ab", "../flows/book", ""):
        assert versions.current() is versions.for_session(Session(book=version, state="hardest"))


def test_a_broken_start_serves_the_last_good_flows(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    good = Versions(flows.path, load, (files,), clock).current()
    flows.edit('go = "sent_home"', 'go = "sent_hom"')
    versions = Versions(flows.path, load, (files,), clock)
    assert good.version == versions.current().version
    assert "sent_hom" in versions.problem
    with pytest.raises(FlowError):
        Versions(flows.path, load, (), clock)


def test_a_corrected_name_applies_mid_conversation(flows: Folder, files: FolderOfBooks, clock: Clock) -> None:
    began = Versions(flows.path, load, (files,), clock).current()
    names = {**NAMES, "person": "Another Center, 510-555-0100"}
    versions = Versions(flows.path, lambda folder: load_book(folder, names), (files,), clock)
    book = versions.for_session(Session(book=began.version, state="hardest"))
    assert began.version == book.version
    assert "Another Center" in book.texts["en"]["screening.a_person.text"][0]


def test_books_are_stored_as_long_as_sessions(
    flows: Folder, light: Light, clock: Clock, files: FolderOfBooks
) -> None:
    assert KEEP == SESSION_TTL
    versions = Versions(flows.path, light, (files,), clock)
    file = files.path / f"{versions.current().version}.json"
    long_ago = file.stat().st_mtime - KEEP.total_seconds() - 60
    os.utime(file, (long_ago, long_ago))
    clock.now += MARK_EVERY_SECONDS
    versions.current()
    assert file.stat().st_mtime > long_ago + 60
    files.put("another", {})
    assert file.exists()
    os.utime(file, (long_ago, long_ago))
    files.put("another", {})
    assert not file.exists()
    assert ("another",) == files.versions()


def test_memory_holds_few_older_books(flows: Folder, book: Book, clock: Clock) -> None:
    numbers = iter(f"v{n}" for n in range(100))
    versions = Versions(flows.path, lambda _: replace(book, version=next(numbers)), clock=clock)
    for number in range(MOST_IN_MEMORY + 5):
        flows.edit("How ", f"How {number} ")
        later(versions, clock)
    assert MOST_IN_MEMORY == len(versions._stored._books)
    assert versions.stored("v0") is None
    assert versions.stored(f"v{MOST_IN_MEMORY + 4}") is not None


def test_a_read_only_archive_does_no_harm(flows: Folder, light: Light, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    versions = Versions(flows.path, light, (FolderOfBooks(tmp_path / "file" / "books"),), clock)
    assert light(flows.path).version == versions.current().version


def test_edits_are_read_once(flows: Folder, light: Light, clock: Clock) -> None:
    reads: list[int] = []

    def counted(folder: Sources) -> Book:
        reads.append(1)
        return light(folder)

    versions = Versions(flows.path, counted, clock=clock)
    flows.edit(AGE, 'text = "How old?"')
    clock.now += LOOK_EVERY_SECONDS
    versions.current()
    clock.now += LOOK_EVERY_SECONDS
    threads = [threading.Thread(target=versions.current) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 2 == len(reads)


def test_a_version_is_the_same_in_every_process(flows: Folder) -> None:
    code = (
        "import sys, pathlib; from hotline.publishing.loader import load_book;"
        f"print(load_book(pathlib.Path(sys.argv[1]), {NAMES!r}).version)"
    )
    versions = {
        subprocess.run(
            [sys.executable, "-c", code, str(flows.path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=OWN_FLOWS.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert {load(flows.path).version} == versions


def test_a_start_with_broken_flows_and_no_archive_serves_ours(flows: Folder, clock: Clock) -> None:
    flows.edit(AGE, 'text = "How old is')
    versions = Versions(flows.path, load, clock=clock, own=OWN_FLOWS)
    assert "Which age group is your child in?" == age(versions.current())
    assert (OWN, True) == (versions.serves, "screening.toml: is not TOML" in versions.problem)
    flows.edit('text = "How old is', 'text = "How old?"')
    assert "How old?" == age(later(versions, clock))
    assert (LAST_GOOD, "") == (versions.serves, versions.problem)
    flows.edit("[child_age]", "[child_age")
    for own in (None, flows.path):
        with pytest.raises(FlowError):
            Versions(flows.path, load, own=own)


def test_an_earlier_book_is_preferred_to_ours(flows: Folder, files: FolderOfBooks) -> None:
    flows.edit(AGE, 'text = "How old?"')
    Versions(flows.path, load, (files,))
    flows.edit('{ text = "Under 3", ages = [0, 3]', '{ text = "Under 3", ages = 3')
    versions = Versions(flows.path, load, (files,), own=OWN_FLOWS)
    assert ("How old?", LAST_GOOD) == (age(versions.current()), versions.serves)


GOODBYE = "hotline.goodbye.text"
UPSTREAM = upstream_wordings(read_tables(OWN_FLOWS))["en", GOODBYE]


def goodbye(written: str) -> str:
    return Overlay({("en", GOODBYE): OwnText(Wording(written), UPSTREAM)}).written()


def test_published_overlays_apply_at_the_next_poll(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    file = flows.path.parent / "own.toml"
    file.write_text(goodbye("Goodbye of the file."), encoding="utf-8")
    published = [Nothing()]
    versions = Versions(flows.path, load, (files,), clock, overlays=Overlays(file, lambda: published[0]))
    began = versions.current()
    assert "Goodbye of the file." == began.texts["en"][GOODBYE][0]
    published[0] = Nothing(1, goodbye("Goodbye of the desk."))
    clock.now += LOOK_EVERY_SECONDS
    assert "Goodbye of the desk." == versions.current().texts["en"][GOODBYE][0]
    session = Session(book=began.version, state="how_often")
    other = Versions(flows.path, load, (files,), clock, overlays=Overlays(file, lambda: published[0]))
    assert "Goodbye of the file." == other.for_session(session).texts["en"][GOODBYE][0]
    published[0] = Nothing(2)
    clock.now += LOOK_EVERY_SECONDS
    assert began.version == versions.current().version


def test_only_a_process_with_the_same_flows_skips_judging(flows: Folder, clock: Clock) -> None:
    judged: list[Sources] = []
    published = [Nothing()]

    def started() -> Versions:
        overlays = Overlays(desk=lambda: published[0])
        return Versions(flows.path, load, (), clock, judged.append, OWN_FLOWS, overlays=overlays)

    versions, again = started(), started()
    published[0] = Nothing(1, goodbye("Bye, and MENU."))
    clock.now += LOOK_EVERY_SECONDS
    version = versions.current().version
    assert 1 == len(judged)
    published[0] = Nothing(2, goodbye("Bye, and MENU."), version)
    clock.now += LOOK_EVERY_SECONDS
    assert version == again.current().version
    assert 1 == len(judged)


def test_an_overlay_that_breaks_a_letter_is_refused(flows: Folder, clock: Clock) -> None:
    id = "letters.records.letter"
    broken = OwnText(Wording("No blanks."), upstream_wordings(read_tables(OWN_FLOWS))["en", id])
    file = flows.path.parent / "own.toml"
    file.write_text("", encoding="utf-8")
    versions = Versions(
        flows.path, load, (), clock, partial(refuse_unfit, names=NAMES), overlays=Overlays(file)
    )
    good, sources = versions.current(), versions.in_force
    file.write_text(Overlay({("en", id): broken}).written(), encoding="utf-8")
    assert good is later(versions, clock)
    assert versions.problem.startswith("letters: ")
    assert sources is versions.in_force


def refusing(word: str) -> Callable[[Sources], None]:
    """Return a check that refuses the age question with this word."""

    def judge(sources: Sources) -> None:
        if word in age(load(sources)):
            raise FlowError("screening.toml [child_age]: cannot be understood; use other words")

    return judge


def test_a_refused_edit_is_refused_at_a_start(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    judge = refusing("old")
    running = Versions(flows.path, load, (files,), clock, judge)
    flows.edit(AGE, 'text = "How old?"')
    good = later(running, clock)
    for _ in range(2):
        started = Versions(flows.path, load, (files,), clock, judge, own=OWN_FLOWS)
        assert (good.version, LAST_GOOD) == (started.current().version, started.serves)
        assert (
            running.problem
            == started.problem
            == "screening.toml [child_age]: cannot be understood; use other words"
        )
    flows.edit("How old?", "What age?")
    assert "What age?" == age(later(started, clock))
    assert "" == started.problem


def test_refused_flows_are_served_as_a_last_resort(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    """The bundled ones lack the center's own words. They are not stored, so the next start checks them."""
    flows.edit(AGE, 'text = "How old?"')
    for _ in range(2):
        versions = Versions(flows.path, load, (files,), clock, refusing("old"), own=OWN_FLOWS)
        assert ("How old?", UNCHECKED) == (age(versions.current()), versions.serves)
        assert versions.problem
        clock.now += MARK_EVERY_SECONDS
        versions.current()
    assert () == files.versions()
    flows.edit("How old?", "What age?")
    assert (age(later(versions, clock)), LAST_GOOD, "") == ("What age?", versions.serves, versions.problem)
    assert (versions.current().version,) == files.versions()


def test_a_start_does_not_check_again(flows: Folder, clock: Clock, files: FolderOfBooks) -> None:
    judged: list[Sources] = []
    Versions(flows.path, load, (), clock, judged.append, own=OWN_FLOWS)
    assert [] == judged
    flows.edit(AGE, 'text = "How old?"')
    for _ in range(2):
        Versions(flows.path, load, (files,), clock, judged.append, own=OWN_FLOWS)
        assert 1 == len(judged)


def test_a_changed_name_applies_although_the_edit_is_refused(flows: Folder, clock: Clock) -> None:
    names = dict(NAMES)
    versions = Versions(
        flows.path, lambda sources: load_book(sources, names), clock=clock, names=lambda: dict(names)
    )
    names["person"] = "Another Center, 510-555-0100"
    flows.edit(AGE, 'text = "How old is')
    later(versions, clock)
    assert versions.problem
    assert "Another Center" in later(versions, clock).texts["en"]["screening.a_person.text"][0]


def test_a_broken_overlay_is_not_served(flows: Folder, clock: Clock) -> None:
    file = flows.path.parent / "own.toml"
    file.write_text(goodbye("Goodbye of the file."), encoding="utf-8")
    versions = Versions(flows.path, load, (), clock, overlays=Overlays(file))
    good = versions.current()
    file.write_text("[texts.en", encoding="utf-8")
    assert good is later(versions, clock)
    assert "own.toml: is not TOML" in versions.problem
    started = Versions(flows.path, load, (), clock, own=OWN_FLOWS, overlays=Overlays(file))
    assert (UPSTREAM.written, WITHOUT_OVERLAY) == (started.current().texts["en"][GOODBYE][0], started.serves)
    file.write_text(goodbye("Mended."), encoding="utf-8")
    assert "Mended." == later(started, clock).texts["en"][GOODBYE][0]
    assert "" == started.problem
