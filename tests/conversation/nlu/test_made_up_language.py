"""A made-up language works as data alone, without a change of Python."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import FlowError, StopAll
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.dates import read_day
from hotline.conversation.nlu.lexicon_tables import LISTS, NAMED, NUMBERED
from hotline.conversation.nlu.speakers import asks_who_we_are, speaker_of
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.loader import load_book
from tests.conversation.talk import Talk
from tests.copied_flows import copied_flows

WORDS = {
    "numbers": {"1": ["blip"], "2": ["blop"], "3": ["blup"], "7": ["zeppo"]},
    "ordinals": {"2": ["blopth"]},
    "positions": {"last": ["zend"]},
    "yes": {"words": ["yarp"], "around": ["zor"], "opens": ["yarp"]},
    "no": {"words": ["narp"], "around": ["zor"], "opens": ["narp"]},
    "greetings": {"words": ["halzo"]},
    "courtesy": {
        "before": ["plezzo"],
        "after": ["thanzo"],
        "signs": ["mozo"],
        "announces": ["wono thingo"],
        "joins": ["buto"],
    },
    "ages": {"years": ["zyear"], "before": ["zis"]},
    "small_words": {"words": ["zim", "zam", "zum"]},
    "months": {"9": ["zeptor"]},
    "weekdays": {"0": ["zmonday"]},
    "days_ago": {"1": ["zyester"]},
    "commands": {"stop": ["zhalt"], "back": ["zretro"]},
    "names": {"iep": ["zi ze zp"], "504": ["zfive zoh zfour"]},
    "reactions": {"verbs": ["zliked", "zreacted * zto"], "objects": ["zan zimage"], "about": ["zto"]},
    "mail": {
        "fields": ["zfrom"],
        "lines": ["zoriginal"],
        "wrote": ["zon ... zwrote"],
        "sent": ["zsent zfrom ..."],
    },
    "speakers": {"teacher": ["zim zteacher"], "own_age": ["zage"], "after_age": [], "machine": ["zrobot"]},
}


AS_KEY = '"{}"'
"""Keys are quoted: "504" is one, and so is a name of two words."""


def as_toml(words: dict[str, dict[str, list[str]]]) -> str:
    """Return a lexicon with these words, and all other lists empty."""
    tables: dict[str, dict[str, list[str]]] = {
        name: {part: [] for part in parts} for name, parts in LISTS.items()
    }
    tables |= {name: {} for name in (*NUMBERED, *NAMED)}
    for name, parts in words.items():
        tables[name] = {**tables.get(name, {}), **parts}
    return "\n".join(
        f"[{name}]\n" + "\n".join(f"{AS_KEY.format(part)} = {entries}" for part, entries in parts.items())
        for name, parts in tables.items()
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the flows with one more lexicon and catalog."""
    flows = tmp_path_factory.mktemp("flows") / "flows"
    copied_flows(flows)
    (flows / "lexicon" / "zz.toml").write_text(as_toml(WORDS), encoding="utf-8")
    spanish = (flows / "translations" / "es.po").read_text(encoding="utf-8")
    (flows / "translations" / "zz.po").write_text(
        spanish.replace('"Language: es\\n"', '"Language: zz\\n"').replace("En cualquier momento", "Zim zam"),
        encoding="utf-8",
    )
    return flows


@pytest.fixture(scope="module")
def zz(folder: Path) -> Book:
    """Return the book of those flows."""
    return load_book(folder, NAMES)


def at(book: Book, state: str) -> Talk:
    """Return a conversation in the made-up language at this question."""
    return Talk(book, Session(state=state, language="zz"))


def test_it_is_detected_and_answered(zz: Book) -> None:
    assert ["zz", "zz"] == [Talk(zz).text(said).session.language for said in ("halzo", "zim zam zum")]
    assert "zz" in zz.languages
    assert set(zz.texts["es"]) == set(zz.texts["zz"])


@pytest.mark.parametrize(
    ("state", "said", "choice"),
    [
        ("child_age", "blup", "school_age"),
        ("child_age", "plezzo blip thanzo", "under_3"),
        ("child_age", "blopth", "school_age"),
        ("child_age", "halzo zend", "school_age"),
        ("child_age", "7 zyear", "school_age"),
        ("child_age", "zeppo zyear", "school_age"),
        ("child_age", "zis 4", "preschool"),
        ("sent_home", "yarp", "yes"),
        ("sent_home", "zor narp", "no"),
        ("sent_home", "yarp narp", None),
        ("child_age", "blip blop", None),
    ],
)
def test_its_numbers_ages_yes_and_no_work(zz: Book, state: str, said: str, choice: str | None) -> None:
    given = {answer.state: answer.choice for answer in at(zz, state).text(said).session.answers}
    assert choice == given.get(state)


def test_its_commands_work(zz: Book) -> None:
    talk = at(zz, "child_age").text("blup", "zretro")
    assert "child_age" == talk.session.state
    assert any(isinstance(effect, StopAll) for effect in talk.text("zhalt").effects)


def test_its_days_are_understood(zz: Book) -> None:
    monday = date(2026, 11, 23)
    read = [read_day(said, monday, zz.reader.lexicon) for said in ("zeptor 14", "zmonday", "zyester")]
    assert [date(2026, 9, 14), monday, date(2026, 11, 22)] == read


@pytest.mark.parametrize(
    ("state", "said", "choice"),
    [
        ("plan_now", "Zi-Ze-Zp", "plan_iep"),
        ("plan_now", "zfive zoh zfour", "plan_504"),
        ("sent_home", "yarp\nZsent zfrom zy zphone", "yes"),
        ("sent_home", "Zfrom: zzz\nyarp", "yes"),
        ("sent_home", "yarp\nZon Zmonday zshe zwrote:", "yes"),
        ("sent_home", "yarp\n-- Zoriginal --", "yes"),
        ("sent_home", "zliked \u201cyarp\u201d", None),
    ],
)
def test_its_phone_phrases_are_recognized(zz: Book, state: str, said: str, choice: str | None) -> None:
    given = {answer.state: answer.choice for answer in at(zz, state).text(said).session.answers}
    assert choice == given.get(state)


@pytest.mark.parametrize(
    "said", ["Zliked \u201chalzo\u201d", "\u2764 zto \u201chalzo\u201d", "Zreacted \u2764 zto zan zimage"]
)
def test_its_reactions_are_no_turn(zz: Book, said: str) -> None:
    assert () == at(zz, "sent_home").text(said).replies
    assert () != at(zz, "sent_home").text(said.lower().replace("z", "y")).replies


def test_its_speakers_are_recognized(zz: Book) -> None:
    lexicon = zz.reader.lexicon
    assert "teacher" == speaker_of("halzo zim zteacher", lexicon)
    assert "student" == speaker_of("zage 15", lexicon)
    assert speaker_of("zis 15", lexicon) is None
    assert asks_who_we_are("zis zrobot", lexicon)


def test_a_command_of_no_intent_is_refused(folder: Path, tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(folder, flows)
    (flows / "lexicon" / "zz.toml").write_text(
        as_toml({**WORDS, "commands": {"zalto": ["zhalt"]}}), encoding="utf-8"
    )
    with pytest.raises(FlowError, match=r"lexicon/zz.toml \[commands\]: 'zalto' is not an intent"):
        load_book(flows, NAMES)
