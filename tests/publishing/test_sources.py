"""The flows that are judged are the ones published."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotline.config.settings import Settings
from hotline.publishing.letters import load_letters
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.loader import load_book
from hotline.publishing.overlay_folder import Nothing
from hotline.publishing.sources import Sources, paths
from hotline.publishing.versions import LOOK_EVERY_SECONDS, Versions, open_versions
from hotline.web.desk.words_judge import Job
from tests.copied_flows import copied_flows

AGE = 'text = "Which age group is your child in?"'
ID = "screening.child_age.text"
COUNTED: list[Counter[str]] = []


def _count(event: str, args: tuple[Any, ...]) -> None:
    if COUNTED and event == "open":
        COUNTED[-1][str(args[0])] += 1


sys.addaudithook(_count)


@contextmanager
def opened() -> Iterator[Counter[str]]:
    """Count how often each file is opened."""
    COUNTED.append(Counter())
    try:
        yield COUNTED[-1]
    finally:
        COUNTED.pop()


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return copied_flows(tmp_path / "flows")


def edit(flows: Path, said: str) -> None:
    """Change the text of one question."""
    path = flows / "screening.toml"
    before = path.read_text(encoding="utf-8")
    now = path.stat().st_mtime_ns
    start = before.index("[child_age]")
    line = before.index("text = ", start)
    path.write_text(
        f'{before[:line]}text = "{said}"{before[before.index(chr(10), line) :]}', encoding="utf-8"
    )
    os.utime(path, ns=(now + 1, now + 1))


def age(versions: Versions) -> str:
    return versions.current().texts["en"][ID][0]


def later(versions: Versions) -> Versions:
    """Return the versions after two polls."""
    for _ in range(2):
        versions._look_at = 0.0
        versions.current()
    versions._look_at = versions._clock() + LOOK_EVERY_SECONDS
    return versions


@pytest.fixture
def settings(settings: Settings, flows: Path, tmp_path: Path) -> Settings:
    return replace(settings, flows_dir=flows, books_dir=tmp_path / "books")


def test_each_file_is_read_once_per_edit(settings: Settings, flows: Path) -> None:
    versions = open_versions(settings)
    edit(flows, "How old is your child?")
    with opened() as counted:
        later(versions)
    assert "How old is your child?" == age(versions)
    assert versions._stored.unpack(versions.current().version) is not None, "it was stored"
    assert {str(path): 1 for path in paths(flows)} == {
        path: times for path, times in counted.items() if path in set(map(str, paths(flows)))
    }


def test_judged_flows_are_published_although_files_change_meanwhile(settings: Settings, flows: Path) -> None:
    versions = open_versions(settings)
    judged: list[str] = []

    def judge(sources: Sources) -> None:
        judged.append(load_book(sources, SAMPLE_NAMES).texts["en"][ID][0])
        if len(judged) == 1:
            edit(flows, "Nobody judged this yet.")

    versions._judge = judge
    edit(flows, "How old is your child?")
    later(versions)
    published = versions.current()
    assert ["How old is your child?"] == judged
    assert "How old is your child?" == age(versions)
    unpacked = versions._stored.unpack(published.version)
    assert unpacked
    assert "How old is your child?" == unpacked[0].texts["en"][ID][0]
    assert "How old is your child?" in (versions.in_force / "screening.toml").read_text(encoding="utf-8")
    assert "Nobody judged this yet." == age(later(versions))
    assert ["How old is your child?", "Nobody judged this yet."] == judged


def test_an_unread_edit_is_not_served(settings: Settings, flows: Path) -> None:
    names = dict(settings.names)
    versions = open_versions(settings)
    versions._names = lambda: names
    edit(flows, "Nobody judged this yet.")
    letter = flows / "letters" / "records.toml"
    letter.write_text("broken", encoding="utf-8")
    names["hotline"] = "Another Name"
    versions._rename(names)
    assert "Which age group is your child in?" == age(versions)
    assert "records" in load_letters(versions.in_force, settings.names).by_kind


def test_the_desk_judges_the_flows_it_tried(flows: Path) -> None:
    job = Job("redis://", Sources.read(flows), "", "", "id", "version")
    edit(flows, "Nobody judged this yet.")
    read = Job.read(job.written())
    assert read.flows.files == job.flows.files
    assert replace(job, flows=read.flows) == read
    assert "Which age group is your child in?" == load_book(read.flows, SAMPLE_NAMES).texts["en"][ID][0]


def test_a_process_with_other_flows_judges_again(
    settings: Settings, flows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Sources] = []
    monkeypatch.setattr("hotline.publishing.versions.refuse_unfit", lambda flows, **_: judged.append(flows))
    for file in ("lexicon/en.toml", "reference/states.toml"):
        before = open_versions(settings).current().version
        path = flows / file
        path.write_text(f"# edited\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
        versions = open_versions(settings)
        judged.clear()
        versions._read_again(Nothing(1, "", before))
        assert before != versions.current().version
        assert 1 == len(judged)


def test_a_lexicon_is_identified_by_its_content(flows: Path) -> None:
    first = load_book(flows, SAMPLE_NAMES).reader
    assert first is load_book(Sources.read(flows), SAMPLE_NAMES).reader
    path = flows / "lexicon" / "en.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[", "# other words\n[", 1), encoding="utf-8")
    assert first is not load_book(flows, SAMPLE_NAMES).reader


def test_links_are_followed_without_loops(flows: Path, tmp_path: Path) -> None:
    """A mounted volume links each file to a hidden copy."""
    every = Sources.read(flows).files.keys()
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "..data").symlink_to(flows)
    for each in flows.iterdir():
        (mounted / each.name).symlink_to(Path("..data", each.name))
    (flows / "pages" / "above").symlink_to(flows)
    found = {path for path in Sources.read(mounted).files if not path.startswith("pages/above/")}
    assert found == every
    assert not (Sources.read(mounted) / "pages/above/pages/above").is_dir()


def test_other_files_do_no_harm(settings: Settings, flows: Path) -> None:
    every = Sources.read(flows).files
    (flows / ".#faq.toml").symlink_to("mari@desk.1234")
    (flows / "._faq.toml").write_bytes(b"\x00\x05\x16\x07")
    (flows / "notes.txt").write_bytes("para mañana".encode("latin-1"))
    assert every == Sources.read(flows).files
    versions = open_versions(settings)
    assert "" == versions.problem
    assert versions._stored.unpack(versions.current().version) is not None, "it was stored"


def test_sources_that_cannot_be_stored_are_served(settings: Settings, flows: Path) -> None:
    versions = open_versions(settings)
    sources = Sources.read(flows)
    latin = replace(sources, files={**sources.files, "notes.toml": "# mañana".encode("latin-1")})
    versions._stored.store(versions.current(), latin)
    assert versions._stored.versions() == (versions.current().version,)


def test_sources_behave_like_a_path(flows: Path) -> None:
    sources = Sources.read(flows)
    for name in ("translations", "lexicon", "reference", "letters", "pages", "examples", "nowhere"):
        assert (flows / name).is_dir() == (sources / name).is_dir()
        assert sorted(each.name for each in (flows / name).glob("*.*")) == [
            each.name for each in (sources / name).glob("*.*")
        ]
    here, there = flows / "book.toml", sources / "book.toml"
    assert (here.name, here.stem, here.read_bytes(), str(here)) == (
        there.name,
        there.stem,
        there.read_bytes(),
        str(there),
    )
    assert here.read_text(encoding="utf-8") == there.read_text(encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        (sources / "no.toml").read_text(encoding="utf-8")
