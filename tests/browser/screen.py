"""The phone page as a person uses it. Choices are found by their words, so that tests survive edits of the flows."""

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


PART = re.compile(r"(\d+)/(\d+) ")
"""The start of a text that is one part of a reply: its number, and how many there are."""


def is_whole(reply: list[str]) -> bool:
    part = PART.match(reply[-1]) if reply else None
    return bool(reply) and (part is None or part[1] == part[2])


@dataclass(frozen=True, slots=True)
class OnPage:
    """One phone of a page."""

    page: Page
    card: Locator

    def find(self, selector: str) -> Locator:
        """Find a part of the phone."""
        return self.card.locator(selector)

    def bubbles(self) -> list[str]:
        """Return the hotline's texts, oldest first."""
        return list(self.find(".bubble.theirs .words").evaluate_all(WITHOUT_MARKS))

    def text(self, words: str, *, answers: bool = True) -> str:
        """Send a text, and return the whole reply. Without `answers`, expect none."""
        before = len(self.bubbles())
        box = self.find("textarea.message")
        box.fill(words)
        box.press("Enter")
        wait_until(lambda: self.find(".bubble.mine").count() > 0 and self.find(".typing").is_hidden())
        if answers:
            wait_until(lambda: is_whole(self.bubbles()[before:]))
        return "\n".join(self.bubbles()[before:])

    def walk_by_text(self, wishes: Wishes, goal: str) -> str:
        """Answer by `wishes` until a text matches `goal`, and return it."""
        said = self.bubbles()[-1]
        for _ in range(STEPS):
            if re.search(goal, said, re.IGNORECASE):
                return said
            choices = written(said)
            said = self.text(choices[wished(wishes, said, choices)])
        raise AssertionError(f"never came to {goal!r}; the last was {said!r}")

    def call(self) -> str:
        """Call, and return what is said first."""
        self.find("[role=tab][data-mode=call]").click()
        self.find(".dial").click()
        self.find(".in-call").wait_for()
        return self.said()

    def captions(self) -> list[str]:
        """Return the captions of the call, in order."""
        return self.find(".caption").all_text_contents()

    def said(self) -> str:
        """Return what was said since the last input, once the call waits for input or is over."""
        wait_until(lambda: self.find(".in-call").is_hidden() or "is speaking" not in self.state())
        said: list[str] = []
        for caption in reversed(self.find(".caption").all()):
            classes = caption.get_attribute("class") or ""
            if "me" in classes.split():
                break
            said.insert(0, caption.text_content() or "")
        return "\n".join(said)

    def state(self) -> str:
        """Return the status of the call."""
        return self.find(".in-call .state").text_content() or ""

    def press(self, key: str) -> str:
        shown = len(self.captions())
        self.find(f"[data-key='{key}']").click()
        wait_until(lambda: len(self.captions()) > shown)
        return self.said()

    def speak(self, words: str) -> str:
        """Say words by typing them, and return what is said then."""
        shown = len(self.captions())
        box = self.find("textarea.words")
        box.fill(words)
        box.press("Enter")
        wait_until(lambda: len(self.captions()) > shown)
        return self.said()

    def walk_by_call(self, wishes: Wishes, goal: str, answer: Callable[[str, str], str] | None = None) -> str:
        """Like `walk_by_text`. `answer` gives an answer by its words and its key; by default the key is pressed."""
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
    return datetime.fromisoformat(shown).replace(tzinfo=UTC).astimezone(CENTER)
