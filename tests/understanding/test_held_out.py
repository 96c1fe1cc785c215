"""How well texts are understood that nobody tuned on: the newest rows with every change, the earlier ones in `make whole`.

The rows of held_out/ were written by somebody who had seen neither the examples nor the rules, before the model was run on them. They are never read
for tuning: when they were, new ones are written. Floors are today's figures less their interval, so that a change cannot lower them unseen.
Run `pytest -s tests/understanding` to see the figures by language.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from hotline.conversation.book.book import Book
from hotline.publishing.understand import Understood, understand

HELD_OUT = Path(__file__).parent / "held_out"

NEAR = (
    {"screen", "quiz"},
    {"human", "center"},
    {"next_steps", "sent"},
    {"what_504", "who_504", "faq_cost"},
    {"what_iep", "who_iep", "faq_cost", "faq_moving"},
    {"differences", "faq_both", "faq_which_better"},
    {"evaluation_request", "letter", "letter_504", "faq_how_long", "faq_diagnosis"},
    {
        "rights",
        "interpreter",
        "faq_sign",
        "faq_cost",
        "faq_how_long",
        "faq_bring_someone",
        "faq_may_refuse",
        "time_limits",
    },
    {
        "school_refused",
        "notice",
        "letter_notice",
        "faq_good_grades",
        "faq_try_first",
        "faq_no_answer",
        "faq_may_refuse",
        "faq_diagnosis",
    },
    {"disagree", "letter_disagree", "faq_disagree_test", "faq_not_followed", "faq_take_away"},
    {"discipline", "faq_pick_up", "letter_urgent", "days"},
    {"records", "letter_records"},
    {"college_transition", "faq_on_record"},
    {"rights", "faq_sign", "faq_parent_no"},
    {"meeting_prep", "meeting", "faq_bring_someone"},
)
"""Topics whose answers cover each other, as parents' words do. The first stands for the kind."""

INTENT_RIGHT_OR_ASKED = {
    "intents.tsv": 0.96,
    "intents3.tsv": 0.95,
    "intents4.tsv": 0.95,
    "intents5.tsv": 0.95,
    "intents6.tsv": 0.95,
    "intents7.tsv": 0.95,
    "intents8.tsv": 0.96,
    "intents9.tsv": 0.96,
    "intents10.tsv": 0.95,
}
INTENT_WRONG = dict.fromkeys(INTENT_RIGHT_OR_ASKED, 0.02)
OPT_OUTS_MET, OPT_OUTS_FALSE = 0.97, 0.02
ANSWERS_RIGHT_OR_ASKED, ANSWERS_OPPOSITE = 0.97, 0.01
REMINDERS_RIGHT_OR_ASKED = 0.94
"""The same for answers to reminders, whose choices are near one another: "no date yet" and "I have not asked"."""
ANSWERS_RIGHT = {"answers.tsv": 0.9, "answers3.tsv": 0.58, "answers4.tsv": 0.75, "answers5.tsv": 0.65} | {
    "answers7.tsv": 0.75,
    "answers8.tsv": 0.75,
    "answers9.tsv": 0.75,
    "answers10.tsv": 0.72,
    "answers13.tsv": 0.75,
    "reminders10.tsv": 0.62,
    "reminders11.tsv": 0.70,
    "reminders12.tsv": 0.60,
    "reminders13.tsv": 0.78,
}
CLEAR_HEARD, DANGER_HEARD, LOOK_ALIKES_ALARMED, ORDINARY_ALARMED = 0.97, 0.93, 0.06, 0.01
ORDINARY_ASKED = {"danger.tsv": 0.05, "danger2.tsv": 0.05, "danger3.tsv": 0.1, "danger4.tsv": 0.06} | {
    "danger5.tsv": 0.14,
    "danger6.tsv": 0.14,
    "danger7.tsv": 0.1,
    "danger8.tsv": 0.05,
    "danger9.tsv": 0.05,
    "danger10.tsv": 0.07,
    "danger11.tsv": 0.06,
    "danger12.tsv": 0.06,
    "danger13.tsv": 0.05,
}
"""Where it is higher, long and sad stories are many of the ordinary texts."""

PLACES_GONE = ("concern", "hard_most_days")
"""Questions of the screening that rows were written for, and that it no longer asks."""

OPPOSITE = {("yes", "no"), ("no", "yes")}


def rows(file: str) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each row of a file with tabs."""
    for line in (HELD_OUT / file).read_text(encoding="utf-8").splitlines():
        yield tuple(line.split("\t"))


def each(files: Iterable[str], newest: int = 1) -> list[object]:
    """Return a parameter for each of these files, the newest last; the earlier ones are left to `make whole`."""
    names = list(files)
    return [
        *(pytest.param(name, marks=pytest.mark.whole) for name in names[:-newest]),
        *map(pytest.param, names[-newest:]),
    ]


def called(beginning: str) -> list[str]:
    """Return the names of the files that begin like this, in the order of their numbers."""
    return sorted(
        (path.name for path in HELD_OUT.glob(f"{beginning}*.tsv")), key=lambda name: (len(name), name)
    )


def interval(part: int, of: int) -> str:
    """Return a share with its 95% interval (Wilson)."""
    p, z = part / of, 1.96
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return f"{p:.1%} [{middle - half:.0%}-{middle + half:.0%}] of {of}"


def near(book: Book, intent: str, found: str) -> bool:
    """Return whether the answer to a topic covers a part of what a row asks for; a special case counts as its topic."""
    topics = book.roles.special_cases.of(intent)
    return found in topics or any(found in kind and not kind.isdisjoint(topics) for kind in NEAR)


def told(figures: Mapping[str, Counter[str]], *names: str) -> None:
    for language, counted in sorted(figures.items()):
        total = sum(counted.values())
        print(language, *(f"{name} {interval(counted[name], total)}" for name in names), sep="; ")


def _intent(book: Book, understood: Understood, intent: str) -> str:
    if understood.reading.danger == "alarm":
        return "wrong"
    if understood.asks:
        return "asked" if any(near(book, intent, name) for name in understood.asks) else "not understood"
    if understood.intent is None:
        return "right" if intent == "other" else "not understood"
    return "right" if near(book, intent, understood.intent) else "wrong"


@pytest.mark.parametrize("file", each(INTENT_WRONG))
def test_topics_are_right_or_asked_about(book: Book, file: str) -> None:
    """At most a few in a hundred are led to a wrong topic unasked."""
    figures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, language, intent in rows(file):
        found = _intent(book, understand(book, text, language), intent)
        figures[language][found] += 1
        figures["all"][found] += 1
    told(figures, "right", "asked", "not understood", "wrong")
    total = figures["all"].total()
    assert (figures["all"]["right"] + figures["all"]["asked"]) / total >= INTENT_RIGHT_OR_ASKED[file]
    assert figures["all"]["wrong"] / total <= INTENT_WRONG[file]


@pytest.mark.parametrize("file", each(called("optouts")))
def test_opt_outs_are_recognized_and_look_alikes_are_not(book: Book, file: str) -> None:
    """An opt-out is obeyed, or asked about, which without an answer obeys it (47 CFR 64.1200(a)(12))."""
    figures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, _, is_opt_out in rows(file):
        intent = understand(book, text).reading.intent
        met = {"stop": "obeyed", "stop_unclear": "asked"}.get(str(intent), "none")
        figures[is_opt_out][met] += 1
    told(figures, "obeyed", "asked", "none")
    yes, no = figures["yes"], figures["no"]
    assert (yes["obeyed"] + yes["asked"]) / yes.total() >= OPT_OUTS_MET
    assert no["obeyed"] / no.total() <= OPT_OUTS_FALSE


@pytest.mark.parametrize("file", each(ANSWERS_RIGHT, 3))
def test_answers_are_right_or_asked_again(book: Book, file: str) -> None:
    """What is recorded is what was said; the opposite of it hardly ever."""
    counted: Counter[str] = Counter()
    for place, text, language, choice in rows(file):
        if place in PLACES_GONE:
            continue
        if place.startswith("any_of"):
            choice = {"1": "teaching", "2": "changes", "3": "both"}.get(choice, choice)
        at = {"any_of_three": "kind_of_help", "any_yes_no": "delete_all"}.get(place, place)
        found = understand(book, text, language, at).choice or "-"
        kind = "asked" if found == "-" else "opposite" if (choice, found) in OPPOSITE else "wrong"
        counted["right" if found == choice else kind] += 1
    told({"all": counted}, "right", "asked", "wrong", "opposite")
    needed = REMINDERS_RIGHT_OR_ASKED if file.startswith("reminders") else ANSWERS_RIGHT_OR_ASKED
    assert (counted["right"] + counted["asked"]) / counted.total() >= needed
    assert counted["opposite"] / counted.total() <= ANSWERS_OPPOSITE
    assert counted["right"] / counted.total() >= ANSWERS_RIGHT[file]


@pytest.mark.parametrize("file", each(called("danger")))
def test_danger_is_recognized_and_its_look_alikes_raise_no_alarm(book: Book, file: str) -> None:
    """A child on the roof is never "we did not get that", and a peanut allergy is not sent to 911."""
    figures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, language, _, kind in rows(file):
        tier = understand(book, text, language).reading.danger
        group = kind.split("/")[0]
        for name in (group, f"{group} {language}", *(["danger"] if group in ("clear", "oblique") else [])):
            figures[name][tier if tier in ("alarm", "ask") else "quiet"] += 1
    told(figures, "alarm", "ask", "quiet")
    share = {name: {tier: n / found.total() for tier, n in found.items()} for name, found in figures.items()}
    assert 1 - share["clear"].get("quiet", 0) >= CLEAR_HEARD
    assert 1 - share["danger"].get("quiet", 0) >= DANGER_HEARD
    assert share["lookalike"].get("alarm", 0) <= LOOK_ALIKES_ALARMED
    assert share["ordinary"].get("alarm", 0) <= ORDINARY_ALARMED
    assert share["ordinary"].get("ask", 0) <= ORDINARY_ASKED[file]
