"""Answers for the forms of US carriers, A2P 10DLC and toll-free, ready to paste.

They are generated from the current settings and texts, so that the application matches the traffic.

Rule: they claim nothing that the line does not do. An application that differs from the traffic is rejected,
      or its campaign is suspended later (30028).

Source: twilio.com/docs/messaging/compliance/a2p-10dlc/onboarding-isv-api,
.../messaging/api/tollfree-verification-resource, read November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hotline.config.settings import Settings, as_written
from hotline.conversation.book.book import Book

SAMPLES: Final = (
    "screening.may_we_text.text",
    "screening.texts_on.text",
    "reminders.where_to_send.text",
    "reminders.did_they_answer.text",
    "reminders.who_will_test.text",
)
"""Sample texts from the flows: the question for consent, its confirmation, and planned texts."""

OPTED_IN, OPTED_OUT, HELP = "screening.texts_on.text", "hotline.stopped.text", "hotline.help.text"

LONGEST_SAMPLE: Final = 1024
"""Maximum characters of a sample text that the forms accept."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form, and what to enter or choose there."""

    name: str
    answer: str

    def __str__(self) -> str:
        return f"{self.name}:\n  " + self.answer.replace("\n", "\n  ")


def fields(settings: Settings, book: Book) -> Iterator[Field]:
    """Yield the answers, roughly in the order of the forms. `book` is filled with the names in the settings."""
    name, center, number = settings.hotline_name, settings.center_name, as_written(settings.sender)
    base = settings.public_base_url
    yield Field(
        "Use case (A2P 10DLC)",
        "Low Volume Mixed, or 501(c)(3) Charity where the center is one and its brand is vetted",
    )
    yield Field("Use case category (toll-free)", "CHARITY_NONPROFIT, K12")
    yield Field(
        "Campaign description, use case summary",
        f"{name} is a free line of {center} for parents whose child needs support in school. Parents text or call {number} and "
        "get information about 504 Plans, special education (IEPs) and their rights. With their consent the line texts them next "
        "steps and reminders, such as when a school's answer is due. No marketing, and no messages to people who did not write "
        "or call first.",
    )
    yield Field("How people agree (message flow, opt-in)", _flow(settings))
    yield Field("Type of opt-in (toll-free)", "VIA_TEXT, VERBAL")
    for n, sample in enumerate(samples(book), 1):
        yield Field(f"Sample message {n}", sample)
    yield Field("Opt-in words", "START, UNSTOP")
    yield Field("Opt-in message", _said(book, OPTED_IN))
    yield Field(
        "Opt-out words", "STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, ALTO, PARAR, BASTA, CANCELAR"
    )
    yield Field("Opt-out message", _said(book, OPTED_OUT))
    yield Field("Help words", "HELP, INFO, AYUDA")
    yield Field("Help message", _said(book, HELP))
    yield Field("Privacy policy", f"{base}/privacy")
    yield Field("Terms and conditions", f"{base}/terms")
    yield Field("Where the opt-in can be seen", f"{base}/terms, and by texting {number}")
    yield Field("Messages contain links", "yes: the line's own address, no shortened ones")
    yield Field(
        "Messages contain phone numbers", f"yes: {settings.center_phone_as_written}, 911, 988, national lines"
    )
    yield Field("Age-gated content, direct lending, affiliate marketing", "no")
    yield Field(
        "Messages a month",
        "for each parent about 25 out and 12 in; 1,000 parents a month: 30,000 to 50,000 segments",
    )


def samples(book: Book) -> tuple[str, ...]:
    """Return sample texts in the first language, and the first sample in each other one.

    Each has at most LONGEST_SAMPLE characters.
    """
    first = book.languages[0]
    found = [_said(book, id, first) for id in SAMPLES] + [
        _said(book, SAMPLES[0], language) for language in book.languages[1:]
    ]
    return tuple(text[:LONGEST_SAMPLE] for text in found if text)


def _flow(settings: Settings) -> str:
    """Return how consent is given: the steps of the conversation, in order."""
    name, number = settings.hotline_name, as_written(settings.sender)
    base = settings.public_base_url
    return (
        f"Parents find {number} on flyers and the website of {settings.center_name}, and text or call it first. The first answer "
        f"says that it is {name}, that a computer answers, and that HELP gets help and STOP ends texts. Each text from a parent is "
        "answered. After some questions about their child's schooling the line asks, by text or in the call, whether it may text "
        "next steps and reminders for up to a year, at most 12 texts in any 90 days, and says that message and data rates may "
        "apply and STOP ends them. Only a yes to that question starts these texts, in a call after a yes by text as well; no, silence or anything else does not, and "
        "the line can be used all the same. Consent is recorded with the wording, the day and the channel. A parent can take it "
        f"back with STOP at any time, in English or Spanish. Privacy: {base}/privacy. Terms: {base}/terms."
    )


def _said(book: Book, id: str, language: str = "") -> str:
    """Return the SMS wording of a text; "" if the flows have no such text."""
    said = book.texts[language or book.languages[0]].get(id)
    return said[0] if said else ""
