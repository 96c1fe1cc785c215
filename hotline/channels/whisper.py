"""The announcement to staff who answer a transferred call, before they are connected to the parent.

Rule: only a key press connects the two. Voicemail presses none, so it never gets a parent's call. Source:
twilio.com/docs/voice/twiml/number, attribute url.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from babel import Locale
from twilio.twiml.voice_response import VoiceResponse

from hotline.channels.twiml import Asked, clean, gather, with_retries
from hotline.conversation.book.book import Book
from hotline.conversation.nlu.other_languages import name_of

PATH: Final = "/voice/whisper"
ACCEPTED_PATH: Final = "/voice/whisper/accepted"

ACCEPTS: Final = "1"

WAIT_SECONDS: Final = 8
"""Seconds to wait for a key after the announcement; the parent hears ringing until then."""

TIMES: Final = 2
"""Times to say the announcement, because its start is easily missed."""


def ask(book: Book, hotline: str, language: str) -> str:
    """Return TwiML that announces the call in English, and asks for the key.

    `language` is the parent's, even if the line does not speak it; it is not announced if it has no name here.
    `hotline` is the line's name.
    """
    words = f"A call from a parent, on {hotline}. {speaks(book, language)}Press {ACCEPTS} to take it."
    return announced(book, words, with_retries(ACCEPTED_PATH, Asked.STEP))


def announced(book: Book, words: str, action: str) -> str:
    """Return TwiML that says `words` to the staff TIMES times and gathers one key for `action`, or hangs up."""
    response = VoiceResponse()
    for _ in range(TIMES):
        question = gather(action, WAIT_SECONDS, speech=False)
        question.say(clean(words), **staff_voice(book))
        response.append(question)
    response.hangup()
    return str(response)


def staff_voice(book: Book) -> Mapping[str, str]:
    """Return the voice for the staff as attributes of <Say>: the English one."""
    voice = book.voices.get("en") or book.voices[book.languages[0]]
    return {"voice": voice.name, "language": voice.locale}


def answer(digits: str) -> str:
    """Return TwiML that connects the two, which takes an empty document, or hangs up after any other key."""
    response = VoiceResponse()
    if digits != ACCEPTS:
        response.hangup()
    return str(response)


def speaks(book: Book, language: str) -> str:
    """Return a sentence that names the parent's language, "" for one that has no name here."""
    other = name_of(language, book.reader.lexicon.others, "en")
    if language not in book.languages and not other:
        return ""
    return f"The parent speaks {other or Locale.parse(language).get_display_name('en')}. "
