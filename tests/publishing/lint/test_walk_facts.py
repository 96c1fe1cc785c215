"""Changes of words are checked without a new walk."""

import os
import subprocess
import sys
from datetime import date

import pytest

from hotline.config.settings import OWN_FLOWS
from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel
from hotline.publishing.letters import load_letters
from hotline.publishing.lint import budgets
from hotline.publishing.lint.check import SAMPLE_NAMES, all_screenings, check, checked
from hotline.publishing.lint.graph_places import Walk
from hotline.publishing.lint.remembering import remembering
from hotline.publishing.lint.walk_facts import WalkFacts, structure
from hotline.publishing.loader import load_book
from hotline.publishing.overlay import FaqWords, Overlay, OwnDay, OwnFaq, OwnText, Wording
from hotline.publishing.overlay_folder import overlaid, read_tables
from hotline.publishing.overlay_merge import upstream_wordings
from tests.walked import walked_shortly

UPSTREAM = upstream_wordings(read_tables(OWN_FLOWS))


def own(language: str, id: str, written: str, spoken: str = "") -> Overlay:
    return Overlay({(language, id): OwnText(Wording(written, spoken), UPSTREAM[language, id])})


LONG = "Ask the school in writing and keep a copy for your own papers at home. " * 6
BAD = (
    own("en", "faq.faq_cost.text", f"{LONG}Your child qualifies.")
    .on_top_of(own("en", "hotline.thanks.text", "You are welcome."))
    .on_top_of(own("en", "next_steps.letter_sent.text", "Good\u2019s done on {day}."))
    .on_top_of(
        own(
            "en",
            "hotline.greeting.text",
            "Reply ABRACADABRA. Notwithstanding institutional considerations, comprehensive intervention documentation facilitates "
            "accommodations.",
        )
    )
    .on_top_of(own("es", "faq.faq_sign.text", f"{LONG}", LONG * 2))
)
"""Words that are too long to send and to hear, promise, cost, are hard to read, have no way on, and lack their Spanish."""


@pytest.fixture
def facts(short_facts: WalkFacts) -> WalkFacts:
    return short_facts


def test_facts_survive_storage(facts: WalkFacts) -> None:
    assert facts == WalkFacts.read(facts.written())
    assert [None, None] == [WalkFacts.read(broken) for broken in ("", facts.written()[:-9])]
    assert len(facts.written()) < 200_000


def test_the_parts_of_calls_are_those_of_the_walk(book: Book, walk: Walk) -> None:
    met = {(line.language, said) for line, said in walk.turns if line.channel is Channel.VOICE}
    assert met == {(language, said) for language, _, said in budgets._parts(book, walk.calls)}


@pytest.mark.whole
def test_a_change_of_words_gets_the_findings_of_a_full_check(facts: WalkFacts, own_structure: str) -> None:
    found = overlaid(OWN_FLOWS, BAD)
    book = remembering(load_book(found.sources, SAMPLE_NAMES))
    letters = load_letters(found.sources, SAMPLE_NAMES)
    quick = checked(found.sources, book, letters, all_screenings(book), date.min, facts)
    whole = check(found.sources, SAMPLE_NAMES, date.min, walked_shortly(book)).findings
    assert own_structure == structure(book)
    assert set(whole) == set(quick)
    said = "\n".join(map(str, quick))
    for each in "segments | promises | grade | seconds | names no next step | ABRACADABRA | stale | a right single".split(
        " | "
    ):
        assert each in said, each


FAQ = OwnFaq(
    {"en": FaqWords("Camp", "Call us.", "", ("is there a camp",)), "es": FaqWords("Campamento", "Llame.")}
)


DICTATED = "next_steps.letter_end.text"

OF_ITSELF = """
from hotline.config.settings import OWN_FLOWS
from hotline.publishing.lint.check import SAMPLE_NAMES
from hotline.publishing.lint.walk_facts import structure
from hotline.publishing.loader import load_book
print(structure(load_book(OWN_FLOWS, SAMPLE_NAMES)))
"""


def test_each_process_finds_stored_facts(own_structure: str) -> None:
    own_process = subprocess.run(
        [sys.executable, "-c", OF_ITSELF],
        env=os.environ | {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert own_structure == own_process.stdout.strip()


@pytest.mark.parametrize(
    "overlay",
    [
        own("en", "screening.child_age.choice.under_3", "Below 3"),
        Overlay(faqs={"camp": FAQ}),
        own("en", DICTATED, UPSTREAM["en", DICTATED].written, "One more line to write down. " * 9),
        own("en", "hotline.goodbye.text", "Until {day}. Reply MENU any time."),
    ],
    ids=["a choice, by which answers are heard", "a topic", "a line to dictate", "a placeholder"],
)
def test_a_change_of_structure_needs_a_new_walk(overlay: Overlay, own_structure: str) -> None:
    found = overlaid(OWN_FLOWS, overlay)
    assert own_structure != structure(load_book(found.sources, SAMPLE_NAMES))


def test_a_reminders_delay_changes_no_structure(own_structure: str) -> None:
    found = overlaid(OWN_FLOWS, Overlay(reminders={"sent_yet": OwnDay("6 days", "4 days")}))
    assert own_structure == structure(load_book(found.sources, SAMPLE_NAMES))
