"""The languages of Twilio's voices, to refuse a <Say> that Twilio could not speak.

Source: https://www.twilio.com/docs/voice/twiml/say/text-to-speech (voices of Amazon Polly and of Google).
The name of a Google voice contains its language: Google.es-US-Chirp3-HD-Aoede.
"""

from __future__ import annotations

import re

STANDARD, NEURAL, GENERATIVE = "", "Neural", "Generative"
BASIC_ENGINE, GOOGLE_ENGINE = "basic", "Google"

POLLY: dict[str, tuple[str, tuple[str, ...]]] = {
    "Danielle": ("en-US", (NEURAL, GENERATIVE)),
    "Gregory": ("en-US", (NEURAL,)),
    "Ivy": ("en-US", (STANDARD, NEURAL)),
    "Joanna": ("en-US", (STANDARD, NEURAL, GENERATIVE)),
    "Joey": ("en-US", (STANDARD, NEURAL)),
    "Justin": ("en-US", (STANDARD, NEURAL)),
    "Kendra": ("en-US", (STANDARD, NEURAL)),
    "Kevin": ("en-US", (NEURAL,)),
    "Kimberly": ("en-US", (STANDARD, NEURAL)),
    "Matthew": ("en-US", (STANDARD, NEURAL, GENERATIVE)),
    "Ruth": ("en-US", (NEURAL, GENERATIVE)),
    "Salli": ("en-US", (STANDARD, NEURAL, GENERATIVE)),
    "Stephen": ("en-US", (NEURAL, GENERATIVE)),
    "Amy": ("en-GB", (STANDARD, NEURAL, GENERATIVE)),
    "Brian": ("en-GB", (STANDARD, NEURAL)),
    "Emma": ("en-GB", (STANDARD, NEURAL)),
    "Lupe": ("es-US", (STANDARD, NEURAL, GENERATIVE)),
    "Miguel": ("es-US", (STANDARD,)),
    "Pedro": ("es-US", (NEURAL, GENERATIVE)),
    "Penelope": ("es-US", (STANDARD,)),
    "Andres": ("es-MX", (NEURAL, GENERATIVE)),
    "Mia": ("es-MX", (STANDARD, NEURAL, GENERATIVE)),
    "Conchita": ("es-ES", (STANDARD,)),
    "Enrique": ("es-ES", (STANDARD,)),
    "Lucia": ("es-ES", (STANDARD, NEURAL, GENERATIVE)),
    "Sergio": ("es-ES", (NEURAL, GENERATIVE)),
    "Camila": ("pt-BR", (STANDARD, NEURAL, GENERATIVE)),
    "Vitoria": ("pt-BR", (STANDARD, NEURAL)),
    "Thiago": ("pt-BR", (NEURAL,)),
    "Gabrielle": ("fr-CA", (NEURAL, GENERATIVE)),
    "Lea": ("fr-FR", (STANDARD, NEURAL, GENERATIVE)),
    "Zhiyu": ("cmn-CN", (STANDARD, NEURAL)),
    "Seoyeon": ("ko-KR", (STANDARD, NEURAL, GENERATIVE)),
    "Zeina": ("arb", (STANDARD,)),
    "Hala": ("ar-AE", (NEURAL,)),
    "Kajal": ("hi-IN", (NEURAL, GENERATIVE)),
}
"""Polly voice -> (its language, the engines that support it)."""

BASIC = frozenset({"man", "woman"})
BASIC_LANGUAGES = frozenset(
    {"en-US", "en-GB", "es-ES", "es-MX", "es-US", "fr-CA", "fr-FR", "de-DE", "it-IT", "pt-BR"}
)

GOOGLE = re.compile(r"Google\.([a-z]{2,3}-[A-Z]{2})-[A-Za-z0-9-]+")


def engine(voice: str) -> str:
    """Return the engine of a voice. No voice means the account's default, a basic voice."""
    if voice in BASIC or not voice:
        return BASIC_ENGINE
    vendor, _, rest = voice.partition(".")
    return rest.partition("-")[2] if vendor == "Polly" else GOOGLE_ENGINE


def speak(voice: str, language: str) -> tuple[str, str]:
    """Return the spoken language, and an error if voice and language do not match, else "".

    `voice` and `language` are the attributes of <Say>, "" if omitted.
    """
    if voice in BASIC or not voice:
        heard = language or "en-US"
        wrong = "" if heard in BASIC_LANGUAGES else f"the basic voices do not speak {heard!r}"
        return heard, wrong
    if google := GOOGLE.fullmatch(voice):
        own = google.group(1)
    else:
        own, wrong = _polly(voice)
        if wrong:
            return language, wrong
    if language and language != own:
        return language, f"voice {voice!r} speaks {own}, not {language!r}"
    return own, ""


def _polly(voice: str) -> tuple[str, str]:
    vendor, _, rest = voice.partition(".")
    name, _, engine = rest.partition("-")
    if vendor != "Polly" or name not in POLLY:
        return "", f"there is no voice {voice!r}"
    own, engines = POLLY[name]
    if engine not in engines:
        return "", f"Polly.{name} has no engine {engine or 'standard'!r}"
    return own, ""
