"""The phone page as a person uses it: by what they can see, read and press.

Rule: what the hotline says is read, not known. A choice is found by its words, so that these tests hold when the
flows' words or their order change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page

from tests.waiting import wait_until
from tests.wishes import STEPS, Wishes, spoken, wished, written

WITHOUT_MARKS = """all => all.map(words => {
  const copy = words.cloneNode(true);
  for (const mark of copy.querySelectorAll(".cut-mark")) mark.remove();
  return copy.textContent;
})"""
"""The words of bubbles, without the hidden marks that show where they are cut."""


@dataclass(frozen=True, slots=True)
class OnPage:
    """One phone of a page."""

    page: Page
    card: Locator

    def find(self, selector: str) -> Locator:
        """A part of the phone."""
        return self.card.locator(selector)

    def bubbles(self) -> list[str]:
        """The hotline's texts, oldest first."""
        return list(self.find(".bubble.theirs .words").evaluate_all(WITHOUT_MARKS))

    def text(self, words: str, *, answers: bool = True) -> str:
        """Texts, and waits for the answer; all of it. Without `answers`, for the phone to have none."""
        before = len(self.bubbles())
        box = self.find("textarea.message")
        box.fill(words)
        box.press("Enter")
        wait_until(lambda: self.find(".bubble.mine").count() > 0 and self.find(".typing").is_hidden())
        if answers:
            wait_until(lambda: len(self.bubbles()) > before)
        return "\n".join(self.bubbles()[before:])

    def walk_by_text(self, wishes: Wishes, goal: str) -> str:
        """Answers what is asked as is wished, until the hotline says what fits `goal`; that text."""
        said = self.bubbles()[-1]
        for _ in range(STEPS):
            if re.search(goal, said, re.IGNORECASE):
                return said
            choices = written(said)
            said = self.text(choices[wished(wishes, said, choices)])
        raise AssertionError(f"never came to {goal!r}; the last was {said!r}")

    def call(self) -> str:
        """Calls; what is said first."""
        self.find("[role=tab][data-mode=call]").click()
        self.find(".dial").click()
        self.find(".in-call").wait_for()
        return self.said()

    def captions(self) -> list[str]:
        """What is shown of the call, in order."""
        return self.find(".caption").all_text_contents()

    def said(self) -> str:
        """What the line said since the person did something last; once it waits for them, or is over."""
        wait_until(lambda: self.find(".in-call").is_hidden() or "speaks" not in self.state())
        said: list[str] = []
        for caption in reversed(self.find(".caption").all()):
            classes = caption.get_attribute("class") or ""
            if "me" in classes.split():
                break
            said.insert(0, caption.text_content() or "")
        return "\n".join(said)

    def state(self) -> str:
        """What the phone says that the line waits for."""
        return self.find(".in-call .state").text_content() or ""

    def press(self, key: str) -> str:
        """Presses a key; what is said to it."""
        shown = len(self.captions())
        self.find(f"[data-key='{key}']").click()
        wait_until(lambda: len(self.captions()) > shown)
        return self.said()

    def speak(self, words: str) -> str:
        """Says words, by typing them; what is said to it."""
        shown = len(self.captions())
        box = self.find("textarea.words")
        box.fill(words)
        box.press("Enter")
        wait_until(lambda: len(self.captions()) > shown)
        return self.said()

    def walk_by_call(self, wishes: Wishes, goal: str, answer: Callable[[str, str], str] | None = None) -> str:
        """As `walk_by_text`. `answer` gives an answer by its words and its key; by default the key is pressed."""
        said = self.said()
        for _ in range(STEPS):
            if re.search(goal, said, re.IGNORECASE):
                return said
            choices = spoken(said)
            wish = wished(wishes, said, choices)
            said = answer(wish, choices[wish]) if answer else self.press(choices[wish])
        raise AssertionError(f"never came to {goal!r}; the last was {said!r}")


DAYTIME = range(11, 18)
"""Hours of the center's clock when it is day in the zones of all states."""
CENTER = ZoneInfo("America/New_York")


def come_to_daytime(page: Page) -> None:
    """Move the clock to an hour when texts are sent, so that no reminder is put off until the morning."""
    shown = page.locator("#clock-shows")
    while at_center(before := shown.get_attribute("datetime") or "").hour not in DAYTIME:
        page.get_by_role("button", name="+1 hour").click()
        wait_until(lambda before=before: (shown.get_attribute("datetime") or "") > before)  # type: ignore[misc]  # a default binds it


def at_center(shown: str) -> datetime:
    """Return a time that the page has in UTC, at the center."""
    return datetime.fromisoformat(shown).replace(tzinfo=UTC).astimezone(CENTER)
