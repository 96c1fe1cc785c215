"""Removes what the sender did not write: reactions, quotes, mail headers, signatures; and courtesy phrases.

Rule 1: phones send a reaction ("Liked “...”") as a text that quotes ours. Alone it is not a turn and gets
        no answer.
Rule 2: what only frames an answer ("hi 2", "2 thanks", "STOP - Maria") is removed before matching commands
        and answers; intent and danger are read in everything that the sender wrote.
Rule 3: total and linear: any text is accepted, and a text of nothing but courtesy is returned as is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import MAX_LENGTH, normalise

OPEN, CLOSE = "\"“„«‘'", "\"”“»’'"
VERBS = (
    r"liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|"
    r"(?:reacted|responded) (?:with )?\S{1,16} to|"
    r"removed (?:an? )?(?:like|heart|dislike|laugh|exclamation|question mark|\S{1,16}(?: reaction)?) from|"
    r"(?:le|te|les) (?:gust[oó]|encant[oó]|dio risa|pareci[oó] gracioso)(?: a)?|no le gust[oó]|me (?:gusta|encanta)|"
    r"(?:se )?ri[oó] (?:de|con)|rea?ccion[oó] (?:con )?\S{1,16} a|"
    r"enfatiz[oó]|exclam[oó]|destac[oó]|cuestion[oó]|pregunt[oó] (?:por|sobre)|puso (?:en duda|[eé]nfasis en)|"
    r"(?:quit[oó]|elimin[oó]) (?:un |una |la |el )?(?:me gusta|me encanta|coraz[oó]n|no me gusta|risa|exclamaci[oó]n|interrogaci[oó]n|reacci[oó]n|\S{1,16}) (?:de|a)"
)
"""How iPhones and Google Messages begin the text of a reaction, in English and Spanish."""

MARKS = "\u200b\u200a\u200c\u200d\ufeff\u2060 "
REACTION = re.compile(
    rf"^[{MARKS}]*(?:{VERBS})\s*[:,]?[{MARKS}]*(?:[{OPEN}](?P<quoted>.*)[{CLOSE}][{MARKS}.]*(?P<rest>.*)|"
    r"(?:an?|your|una?|su|tu) (?:image|photo|picture|message|attachment|movie|audio message|imagen|foto|mensaje|video|archivo adjunto)\.?)$",
    re.IGNORECASE | re.DOTALL,
)
EMOJI_REACTION = re.compile(
    rf"^[{MARKS}]{{0,8}}[^\w\s{OPEN}]{{1,16}}[{MARKS}]{{0,8}}(?:to|a)\s+[{MARKS}]*[{OPEN}](?P<quoted>.*)[{CLOSE}][{MARKS}.]*(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
"""Google's format: the emoji, "to" (Spanish "a"), and the quoted message."""

HEADER = re.compile(
    r"^\s*(?:(?:from|frm|to|cc|sent|date|subject|subj|de|para|enviado|asunto|fecha)\s*:.*"
    r"|-{2,}\s*(?:original message|forwarded message|mensaje original|mensaje reenviado)\s*-*"
    r"|on .{4,60} wrote:|el .{4,60} escribi[oó]:"
    r"|sent from (?:my|yahoo|outlook|mail).*|enviado desde mi .*|get outlook for .*|obtener outlook para .*"
    r"|\(con'?t\)(?: \d+ of \d+)?|\(end\)|>.*)\s*$",
    re.IGNORECASE,
)
"""A line that a mail gateway or a mail program added, or quoted."""

GATEWAY = re.compile(r"^\s*(?:frm:\S+\s+)?(?:subj:[^\n]*\n)?\s*msg:\s*", re.IGNORECASE)
"""How a carrier's mail gateway begins a text: FRM:address, SUBJ:, MSG:."""

SIGNED = re.compile(
    r"[\s,.!]{0,4}(?:\n\s{0,4}[-–—~]{0,2}\s{0,4}|\s[-–—~]{1,2}\s{0,4}|[-–—~]{2}\s{0,4}|\s[-–—~](?=\w))"
    r"(?P<name>(?:[^\W\d_][\w'’.]*)(?: [^\W\d_][\w'’.]*){0,3})[\s.!]*$"
)
"""The end of a text that resembles a signature: after a dash, or on its own line."""

LONGEST_QUOTE = 4
"""Words from which a line matching one of our texts is a quote; "Yes" and "My rights" are answers."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text reduced to what the sender wrote."""

    text: str
    """All that the sender wrote, including a signature and courtesy."""
    core: str
    """`text` without signature and courtesy, normalized; for matching answers and commands."""
    reaction: bool = False
    """Whether the text is only a reaction to one of ours."""
    cut: tuple[str, ...] = ()
    """The kinds of text removed: reaction, header, quote, signature, courtesy."""


def nothing_is_ours(_line: str) -> bool:
    """Return False: the default when there are no sent texts to compare with."""
    return False


def clean(text: str, lexicon: Lexicon, is_ours: Callable[[str], bool] = nothing_is_ours) -> Cleaned:
    """Return `text` reduced to what the sender wrote. Never raises.

    `is_ours` returns whether a normalized line appears in what we sent.
    """
    text = text[:MAX_LENGTH]
    cut: list[str] = []
    found = REACTION.match(text) or EMOJI_REACTION.match(text)
    if found:
        text = (found.groupdict().get("rest") or "").strip()
        cut.append("reaction")
        if not text:
            return Cleaned("", "", reaction=True, cut=("reaction",))
    if "\n" in text or ":" in text or text.startswith(">"):
        text = _without_headers(text, cut)
        text = _without_quotes(text, cut, is_ours)
    unsigned = _without_signature(text, lexicon)
    if unsigned != text:
        cut.append("signature")
    words = normalise(unsigned).split()
    core = without_courtesy(words, lexicon)
    if core != words:
        cut.append("courtesy")
    return Cleaned(text.strip(), " ".join(core), cut=tuple(cut))


def _without_headers(text: str, cut: list[str]) -> str:
    body = GATEWAY.sub("", text, count=1)
    own = [line for line in body.split("\n") if not HEADER.match(line)]
    rest = "\n".join(own)
    if rest == text or not rest.strip():
        return text  # a text of nothing but headers is read as it is
    cut.append("header")
    return rest


def _without_quotes(text: str, cut: list[str], is_ours: Callable[[str], bool]) -> str:
    lines = text.split("\n")
    own = [line for line in lines if not _is_quote(line, is_ours)]
    if len(own) == len(lines) or not any(map(str.strip, own)):
        return text
    cut.append("quote")
    return "\n".join(own).strip()


def _is_quote(line: str, is_ours: Callable[[str], bool]) -> bool:
    said = normalise(line)
    words = said.split()
    return bool(words) and is_ours(said) and (len(words) >= LONGEST_QUOTE or words[0].isdecimal())


def _without_signature(text: str, lexicon: Lexicon) -> str:
    found = SIGNED.search(text)
    if not found or not text[: found.start()].strip():
        return text
    name = normalise(found["name"])
    dashed = any(dash in found[0] for dash in "-–—~")
    known = (
        name in lexicon.numbers
        or name in lexicon.yes.words
        or name in lexicon.no.words
        or name in lexicon.positions
        or name in lexicon.unsure
    )
    capital = found["name"][0].isupper() and len(name.split()) <= 2
    if known or not (dashed or capital):
        return text
    return text[: found.start()]


def without_courtesy(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the words without leading greetings and trailing thanks, but never remove all of them."""
    rest = list(words)
    changed = True
    while changed and rest:
        changed = False
        for entry in lexicon.before:
            if len(rest) > len(entry) and tuple(rest[: len(entry)]) == entry:
                rest, changed = rest[len(entry) :], True
                break
        for entry in lexicon.after:
            if len(rest) > len(entry) and tuple(rest[-len(entry) :]) == entry:
                rest, changed = rest[: -len(entry)], True
                break
    return rest
