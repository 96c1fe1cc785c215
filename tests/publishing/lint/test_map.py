"""The map of the flows."""

import re
from datetime import timedelta

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Fork, Question, Reminder, Statement
from hotline.publishing.lint.map import MAP, delay, draw

MERMAID_MAX_TEXT, MERMAID_MAX_EDGES = 50_000, 500
"""What Mermaid refuses to draw, as it is set up on GitHub. Source: mermaid.js.org/config/schema-docs."""


def charts(drawn: str) -> list[str]:
    return re.findall(r"```mermaid\n(.*?)```", drawn, re.DOTALL)


def test_the_map_is_current(book: Book) -> None:
    assert MAP.read_text(encoding="utf-8") == draw(book), "the flows have changed; redraw: hotline map"


def test_every_state_and_edge_is_drawn(book: Book) -> None:
    drawn = draw(book)
    for state in book.states.values():
        node = f"    s_{state.name}"
        assert re.search(rf"^{node}[\[{{]", drawn, re.MULTILINE), state.name
        match state:
            case Question(choices=choices):
                ways = [choice.go for choice in choices]
            case Statement(go=go):
                ways = [go]
            case Fork(cases=cases):
                ways = [case.go for case in cases]
        for go in ways:
            end = rf"(s_{go}|s_{state.name}_{go})"
            assert re.search(rf"^{node} -->(\|.*\|)? {end}$", drawn, re.MULTILINE), f"{state.name} to {go}"


def test_a_reminder_is_drawn_with_its_delay(book: Book) -> None:
    drawn = draw(book)
    for name, reminder in book.reminders.items():
        for start in reminder.starts_on:
            assert f'    s_{start} -. "{delay(reminder)}" .-> s_{name}\n' in drawn


def test_a_chart_is_valid_mermaid(book: Book) -> None:
    for chart in charts(draw(book)):
        assert len(chart) < MERMAID_MAX_TEXT
        assert len(re.findall(r"-->|\.->", chart)) < MERMAID_MAX_EDGES
        for line in chart.splitlines():
            assert line.count('"') in (0, 2), line
            if label := re.search(r'"(.*)"', line):
                words = re.sub(r"</?b>|<br>|#(?:quot|lt|gt|35);", "", label[1])
                assert not set('"<>#`') & set(words), line


@pytest.mark.parametrize(
    ("reminder", "words"),
    [
        (Reminder(timedelta(), ()), "at once"),
        (Reminder(timedelta(days=1), ()), "1 day"),
        (Reminder(timedelta(hours=36), ()), "36 hours"),
        (Reminder(timedelta(days=10), (), counts_from="sent_on"), "10 days after the day of sent_on"),
        (
            Reminder(timedelta(days=1), (), counts_from="sent_on", to_answer=True),
            "1 day after the time to answer of sent_on",
        ),
        (
            Reminder(timedelta(days=-1), (), counts_from="meeting_on", evening=True),
            "1 day before the day of meeting_on, in the evening",
        ),
        (Reminder(timedelta(), (), counts_from="sent_on"), "on the day of sent_on"),
        (
            Reminder(timedelta(days=-3), (), counts_from="signed_on", to_limit=True),
            "3 days before the limit of signed_on",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_delay_is_said_in_words(reminder: Reminder, words: str) -> None:
    assert words == delay(reminder)
