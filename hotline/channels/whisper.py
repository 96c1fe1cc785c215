"""What the staff hear who pick up a call that is put through, before they are joined with the parent.

Rule: only a key joins the two. A mailbox presses none, so none is ever left a parent's call.
Source: twilio.com/docs/voice/twiml/number, attribute url.
"""

from __future__ import annotations

from typing import Final

from babel import Locale
from twilio.twiml.voice_response import VoiceResponse

from hotline.channels.twiml import Asked, clean, gather, with_retries
from hotline.conversation.book.states import Book

PATH: Final = "/voice/whisper"
ACCEPTED_PATH: Final = "/voice/whisper/accepted"

ACCEPTS: Final = "1"

WAIT_SECONDS: Final = 8
"""After the words, for a key. The parent hears it ring meanwhile."""

TIMES: Final = 2
"""The words are said: who picks up in a hurry may miss the first."""


def ask(book: Book, hotline: str, language: str) -> str:
    """TwiML that says who calls, in English, and asks for the key. `language` is the parent's; one that the
    book does not have is not said. `hotline` is what the line is called.
    """
    voice = book.voices.get("en") or book.voices[book.languages[0]]
    words = clean(f"A call from a parent, on {hotline}. {_speaks(book, language)}Press {ACCEPTS} to take it.")
    response = VoiceResponse()
    for _ in range(TIMES):
        question = gather(with_retries(ACCEPTED_PATH, Asked.STEP), WAIT_SECONDS, speech=False)
        question.say(words, voice=voice.name, language=voice.locale)
        response.append(question)
    response.hangup()
    return str(response)


def answer(digits: str) -> str:
    """TwiML that joins the two, by saying nothing more; or hangs up on whoever pressed another key."""
    response = VoiceResponse()
    if digits != ACCEPTS:
        response.hangup()
    return str(response)


def _speaks(book: Book, language: str) -> str:
    if language not in book.languages:
        return ""
    return f"The parent speaks {Locale.parse(language).get_display_name('en')}. "
