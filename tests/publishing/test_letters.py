"""Letters: parsing, and errors with place and fix."""

import re
import shutil
from pathlib import Path

import pytest

from hotline.config.settings import OWN_FLOWS, Settings
from hotline.conversation.model.events import FlowError
from hotline.publishing.letter_text import Answers, LetterText
from hotline.publishing.letters import Letters, letters_for, load_letters
from hotline.publishing.lint.check import SAMPLE_NAMES as NAMES
from hotline.publishing.lint.legal_claims import fits
from hotline.publishing.overlay import Overlay, OwnText, Wording
from hotline.publishing.overlay_folder import overlaid, read_tables
from hotline.publishing.overlay_merge import upstream_wordings
from hotline.publishing.pages import FILLED, load_pages, pages_for
from tests.copied_flows import edit
from tests.rows import cases

FOLDER = OWN_FLOWS / "letters"
KINDS = (
    *("discipline", "evaluation", "504", "not_followed", "meeting"),
    *("notice", "records", "disagree", "state_complaint"),
)

BROKEN = cases(__file__, "broken_letters")


@pytest.fixture(scope="module")
def letters() -> Letters:
    return load_letters(OWN_FLOWS, NAMES)


def written(wording: LetterText) -> str:
    lines = [line for block in wording.blocks for line in block.lines]
    return "\n".join("".join(piece.text for piece in line) for line in lines)


@pytest.mark.parametrize(("file", "right", "wrong", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_letter_is_refused_with_place_and_fix(
    file: str, right: str, wrong: str, told: str, tmp_path: Path
) -> None:
    shutil.copytree(FOLDER, tmp_path / "letters")
    edit(tmp_path, f"letters/{file}", right, wrong)
    with pytest.raises(FlowError) as error:
        load_letters(tmp_path, NAMES)
    assert told in str(error.value)


def test_a_letter_that_lacks_a_language_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    shutil.copytree(FOLDER, folder)
    whole = (folder / "504.toml").read_text(encoding="utf-8")
    (folder / "504.toml").write_text(whole.partition("[es]")[0], encoding="utf-8")
    with pytest.raises(FlowError, match=r"letters/504\.toml: has no \[es\]; .* page\.toml: en, es"):
        load_letters(tmp_path, NAMES)


def test_a_folder_without_letters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match=r"letters/page\.toml: is missing; copy it"):
        load_letters(tmp_path, NAMES)


def test_every_kind_is_there_in_both_languages(letters: Letters) -> None:
    assert tuple(letters.by_kind) == KINDS
    assert letters.languages == ("en", "es")
    for letter in letters.by_kind.values():
        assert tuple(letter.wordings) == letters.languages


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_asks_and_promises_nothing(kind: str, letters: Letters) -> None:
    for language, asks in (("en", r"\bI ask|\bI am asking"), ("es", r"\b[Pp]ido\b")):
        text = written(letters.by_kind[kind].wordings[language])
        assert text.startswith(("[Date]", "[Fecha]"))
        assert re.search(asks, text)
        assert re.findall(r"(?i)qualif|entitle|eligib|calific(?!aciones)|elegib|[“”‘’–—…]", text) == []


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_cite_the_same_rules(kind: str, letters: Letters) -> None:
    letter = letters.by_kind[kind]
    english, spanish = (
        re.findall(r"34 CFR (\d+\.\d+)", written(letter.wordings[language])) for language in ("en", "es")
    )
    assert english == spanish
    assert [section for section in english if section not in letter.law.source] == []


@pytest.mark.parametrize(
    ("id", "written"), [("letters.records.letter", "No blanks."), ("pages.terms.text", "{school}")]
)
def test_a_broken_overlay_is_replaced_by_our_own(settings: Settings, id: str, written: str) -> None:
    was = upstream_wordings(read_tables(OWN_FLOWS))["en", id]
    overlay = Overlay({("en", id): OwnText(Wording(written), was)})
    sources = overlaid(OWN_FLOWS, overlay).sources
    names = dict.fromkeys(FILLED, "1")
    letters, pages = letters_for(settings, sources), pages_for(names, sources)
    assert id.split(".")[0] in letters[1] + pages[1]
    assert load_letters(OWN_FLOWS, settings.names) == letters[0]
    assert load_pages(OWN_FLOWS, names) == pages[0]
    assert [id.split(".")[0]] == [str(finding.where) for finding in fits(sources, NAMES)]


def test_names_are_filled_in(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "letters")
    edit(tmp_path, "letters/page.toml", 'more = "More letters"', 'more = "Ask {person}"')
    assert load_letters(tmp_path, NAMES).words["en"]["more"] == "Ask Example Parent Center, 510-555-0199"


def test_answers_fill_the_slots_and_select_paragraphs() -> None:
    letter = load_letters(OWN_FLOWS, NAMES).by_kind["discipline"].wordings["en"]
    answers = Answers(
        {"plan_now": "no_plan", "letter_grade": "3", "days_counted": "4"},
        {"letter_grade": "3", "days_counted": "4", "plan_now": "no plan"},
    )
    filled = letter.filled(answers).plain
    assert "grade 3\n" in filled
    assert "I count 4 school days" in filled
    assert "removed from school on [dates]" in filled, "what nobody told stays a blank"
    assert "\n\nI believe my child may have a disability." in filled
    assert "manifestation" not in filled
    assert "Plan:" not in filled


def test_a_slot_takes_the_answers_of_all_its_questions() -> None:
    """Such as `letter_example`, which is asked differently for reading and talking."""
    letter = load_letters(OWN_FLOWS, NAMES).by_kind["evaluation"].wordings["es"]
    words = {"letter_example_reading": "No puede leer palabras cortas"}
    filled = letter.filled(Answers({"letter_example_reading": "words"}, words)).plain
    assert "- No puede leer palabras cortas\n- [Cuándo empezó" in filled


def test_without_answers_a_letter_stays_as_it_is() -> None:
    for letter in load_letters(OWN_FLOWS, NAMES).by_kind.values():
        for wording in letter.wordings.values():
            assert wording == wording.filled(Answers({}, {}))
