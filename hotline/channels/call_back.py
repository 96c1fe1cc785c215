"""TwiML of a callback: the announcement to the staff, and the <Dial> that rings the parent.

Rule 1: the parent's phone rings only after a key press on the staff phone, so that a parent is never connected
        to the staff's voicemail.
Rule 2: the parent sees the hotline's number, never that of a staff phone.

Source: twilio.com/docs/voice/twiml/dial and .../number.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, VoiceResponse

from hotline.channels.twiml import Asked, clean, with_retries
from hotline.channels.whisper import ACCEPTS, announced, speaks, staff_voice
from hotline.conversation.book.book import Book

PATH: Final = "/voice/callback"
"""Requested when the staff phone is answered."""

ACCEPTED_PATH: Final = "/voice/callback/accepted"
DIALED_PATH: Final = "/voice/callback/dialed"
PARENT_PATH: Final = "/voice/callback/parent"
"""The status callback of the parent's leg."""

ENDED_PATH: Final = "/voice/callback/ended"
"""The status callback of the staff phone's leg."""

RING_SECONDS: Final = 40
"""A parent at work needs time to get to the phone; voicemail usually answers sooner."""


def url_of(path: str, request: str, token: str, asked: Asked) -> str:
    """Return the URL of one of the paths above, for this call for this request."""
    return with_retries(f"{path}?{urlencode({'request': request, 'call': token})}", asked)


def ask(book: Book, hotline: str, language: str, action: str) -> str:
    """Return TwiML that announces the callback in English, and asks for the key.

    `language` is the parent's, even if the line does not speak it; it is not announced if it has no name here.
    `action` is the URL that gets the key.
    """
    words = (
        f"This is {hotline}. You can call a parent back now. {speaks(book, language)}Press {ACCEPTS} to call."
    )
    return announced(book, words, action)


def dial(book: Book, number: str, caller_id: str, action: str, status_callback: str) -> str:
    """Return TwiML that rings the parent, and connects the two when the parent answers."""
    response = VoiceResponse()
    response.say("Calling.", **staff_voice(book))
    ringing = Dial(action=action, method="POST", timeout=RING_SECONDS, caller_id=caller_id)
    ringing.number(
        number,
        status_callback=status_callback,
        status_callback_event="answered completed",
        status_callback_method="POST",
    )
    response.append(ringing)
    return str(response)


def end(book: Book, words: str = "") -> str:
    """Return TwiML that says `words`, if any, and hangs up."""
    response = VoiceResponse()
    if words:
        response.say(clean(words), **staff_voice(book))
    response.hangup()
    return str(response)
