"""Decides whether and how a planned text is sent on WhatsApp, by its 24-hour window.

Rule 1: within 24 hours of the parent's last message, a text is sent as free-form text. Later, only as a template that
        Meta approved (WHATSAPP_TEMPLATES), with the hotline's name as {{1}} and our words as {{2}}.
Rule 2: without a template, or if the words do not fit one, the text is held until the parent writes again, for at
        most HELD_FOR. It is never sent on another channel: the parent consented to this one.
Rule 3: an undelivered text counts as outside the window. The parent's last contact may have been a call, or a text to
        another of our numbers, which opens no window.

Source: twilio.com/docs/whatsapp/key-concepts, .../api/errors/63016, .../api/errors/63021, read November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.carrier.messages import Template
from hotline.config.schemes import WHATSAPP, scheme_of
from hotline.conversation.model.session import Session
from hotline.store.followup_record import Claimed

OPEN_FOR: Final = timedelta(hours=23)
"""Less than WhatsApp's 24 hours, because its clock and ours differ, and a text may wait in the queue."""

AGAIN_AFTER: Final = timedelta(hours=6)
"""How often a held text checks whether the parent wrote, well within 24 hours."""

HELD_FOR: Final = timedelta(days=14)
"""A later reminder would only confuse."""

MOST_CHARACTERS: Final = 900
"""Limit of our words in a template, which may have 1,024 characters including its own."""


@dataclass(frozen=True, slots=True)
class Held:
    """The text may not be sent now. Check again at `again`, or never if it is None."""

    again: datetime | None


@dataclass(frozen=True, slots=True)
class Templates:
    """The approved templates by language, and the hotline's name for {{1}}."""

    by_language: tuple[tuple[str, str], ...] = ()
    name: str = ""

    def choose(
        self, claimed: Claimed, session: Session, language: str, body: str, now: datetime
    ) -> Template | Held | None:
        """Return how to send a text: as this template, not now, or, for None, as free-form text."""
        if scheme_of(claimed.ours) != WHATSAPP or _is_open(claimed, session, now):
            return None
        sid, words = dict(self.by_language).get(language, ""), one_line(body)
        if sid and len(words) <= MOST_CHARACTERS:
            return Template(sid, (self.name, words))
        return Held(None if now - claimed.first_due > HELD_FOR else now + AGAIN_AFTER)

    def may_hide(self, claimed: Claimed) -> bool:
        """Check whether the text may have been sent as a template, which the carrier lists with other words."""
        return bool(self.by_language) and scheme_of(claimed.ours) == WHATSAPP


def one_line(body: str) -> str:
    """Return a text without what WhatsApp rejects in a variable: line breaks, tabs and repeated spaces."""
    lines = (" ".join(line.split()) for line in body.splitlines())
    return " / ".join(line for line in lines if line)


def _is_open(claimed: Claimed, session: Session, now: datetime) -> bool:
    return not claimed.resends and session.seen is not None and now - session.seen < OPEN_FOR
