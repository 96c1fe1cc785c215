"""Removes what the sender did not write: reactions, auto-replies, quotes, headers, signatures; and what means nothing.

Rule 1: phones send a reaction ("Liked “...”") as a text that quotes ours. Alone it is not a turn and gets
        no answer.
Rule 2: what only frames an answer ("hi 2", "2 thanks", "STOP - Maria") is removed before matching commands
        and answers; intent and danger are read in everything that the sender wrote.
Rule 3: a sentence that a phone sends by itself ("I'm driving with Focus turned on") means nothing and is
        removed, even if nothing is left; other sentences next to it are read.
Rule 4: an opening that only announces what follows ("one more thing", "sorry for the late reply") is removed:
        its words belong to other topics, and its "no" ("no sé si me puedan ayudar") does not answer anything.
Rule 5: total and linear: any text is accepted, and a text of nothing but courtesy is returned as is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import MAX_LENGTH, normalize
from hotline.conversation.nlu.phone_text import GATEWAY

SIGNED = re.compile(
    r"[\s,.!]{0,4}(?:\n\s{0,4}[-–—~]{0,2}\s{0,4}|\s[-–—~]{1,2}\s{0,4}|[-–—~]{2}\s{0,4}|\s[-–—~](?=\w))"
    r"(?P<name>(?:[^\W\d_][\w'’.]*)(?: [^\W\d_][\w'’.]*){0,3})[\s.!]*$"
)
"""The end of a text that resembles a signature: after a dash, or on its own line."""

SHORTEST_WISH = 3
"""Words of a courtesy that may be the end of a sentence instead: "have a good day"."""

SENTENCE_END = re.compile(r"(?<=[.!?\n)])\s+")

WORD = re.compile(r"\S+")
LONGEST_OPENING = 24
"""Words of a text in which an opening may end."""
AFTER_OPENING = " \t\n,.:;!?-–—…"

LONGEST_QUOTE = 4
"""Words from which a line matching one of our texts is a quote; "Yes" and "My rights" are answers."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text reduced to what the sender wrote."""

    text: str
    """All that the sender wrote, with the names that this line is about in one way of writing."""
    said: str
    """`text`, normalized."""
    core: str
    """`text` without signature and courtesy, normalized; for matching answers and commands."""
    reaction: bool = False
    """Whether the text is only a reaction to one of ours."""
    cut: tuple[str, ...] = ()
    """The kinds of text removed: reaction, header, quote, auto-reply, announcement, signature, courtesy."""


def nothing_is_ours(_line: str) -> bool:
    """Return False: the default when there are no sent texts to compare with."""
    return False


def clean(
    text: str,
    lexicon: Lexicon,
    is_ours: Callable[[str], bool] = nothing_is_ours,
    public: Collection[str] = (),
) -> Cleaned:
    """Return `text` reduced to what the sender wrote. Never raises.

    `is_ours` returns whether a normalized line appears in what we sent; `public` are the words that identify
    nobody, so that none is taken for a name.
    """
    text = text[:MAX_LENGTH]
    cut: list[str] = []
    after = lexicon.phone_text.after_reaction(text)
    if after is not None:
        text = after
        cut.append("reaction")
        if not text:
            return Cleaned("", "", "", reaction=True, cut=("reaction",))
    if "\n" in text or ":" in text or text.startswith(">"):
        text = _without_headers(text, cut, lexicon)
        text = _without_quotes(text, cut, is_ours)
    text = _without_announcement(_without_auto_replies(text, cut, lexicon), cut, lexicon)
    text = lexicon.names.written_out(text)
    said, unsigned = normalize(text), _without_signature(text, lexicon, public)
    if unsigned != text:
        cut.append("signature")
    words = (said if unsigned == text else normalize(unsigned)).split()
    core = without_courtesy(words, lexicon)
    if core != words:
        cut.append("courtesy")
    return Cleaned(text.strip(), said, " ".join(core), cut=tuple(cut))


def _without_headers(text: str, cut: list[str], lexicon: Lexicon) -> str:
    body = GATEWAY.sub("", text, count=1)
    own = [line for line in body.split("\n") if not lexicon.phone_text.is_header(line)]
    rest = "\n".join(own)
    if rest == text or not rest.strip():
        return text  # a text of nothing but headers is read as it is
    cut.append("header")
    return rest


def _without_quotes(text: str, cut: list[str], is_ours: Callable[[str], bool]) -> str:
    lines = text.split("\n")
    own = [line for line in lines if not is_quote(line, is_ours)]
    if len(own) == len(lines) or not any(map(str.strip, own)):
        return text
    cut.append("quote")
    return "\n".join(own).strip()


def _without_auto_replies(text: str, cut: list[str], lexicon: Lexicon) -> str:
    sentences = SENTENCE_END.split(text)
    own = [sentence for sentence in sentences if normalize(sentence) not in lexicon.auto_sentences]
    if len(own) == len(sentences):
        return text
    cut.append("auto-reply")
    return " ".join(own)


def _without_announcement(text: str, cut: list[str], lexicon: Lexicon) -> str:
    """Return the text from where an opening that only announces it has ended, courtesy before that opening included."""
    first = WORD.search(text)
    if first is None or normalize(first[0]) not in lexicon.openers:
        return text
    words = [(normalize(found[0]), found.end()) for found in islice(WORD.finditer(text), LONGEST_OPENING)]
    said, at, end = [word for word, _ in words], 0, 0
    while at < len(said):
        if size := lexicon.announces.at(said, at):
            at += size
            at += at < len(said) and said[at] in lexicon.joins
            end = words[at - 1][1]
        elif size := lexicon.before.at(said, at):
            at += size
        else:
            break
    rest = text[end:].lstrip(AFTER_OPENING)
    if not end or not rest:
        return text
    cut.append("announcement")
    return rest


def is_quote(line: str, is_ours: Callable[[str], bool]) -> bool:
    """Return whether a line is one of our own that a phone or a person copied back."""
    said = normalize(line)
    words = said.split()
    return bool(words) and is_ours(said) and (len(words) >= LONGEST_QUOTE or words[0].isdecimal())


def _without_signature(text: str, lexicon: Lexicon, public: Collection[str]) -> str:
    """Return the text without a name at its end. An afterthought is none: "ok -but later"."""
    found = SIGNED.search(text)
    if not found or not text[: found.start()].strip():
        return text
    name = normalize(found["name"])
    dashed = any(dash in found[0] for dash in "-–—~")
    known = (
        name in lexicon.numbers
        or name in lexicon.yes.words
        or name in lexicon.no.words
        or name in lexicon.positions
        or name in lexicon.unsure
    )
    names = all(word in lexicon.signs or len(word) == 1 or word not in public for word in name.split())
    capital = found["name"][0].isupper() and len(name.split()) <= 2
    if known or not names or not (dashed or capital):
        return text
    return text[: found.start()]


def set_apart(text: str) -> tuple[str, ...]:
    """Return what stands on the first or the last line of several, or after a dash at the end."""
    lines = text.strip().split("\n")
    found = SIGNED.search(text)
    return (*((lines[0], lines[-1]) if len(lines) > 1 else ()), *((found["name"],) if found else ()))


def last_sentence(text: str) -> str:
    """Return the last of a text's sentences, or "" if it has only one."""
    sentences = SENTENCE_END.split(text.strip())
    return sentences[-1] if len(sentences) > 1 else ""


def without_courtesy(words: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the words without leading greetings and trailing thanks, but never remove all of them."""
    rest = list(words)
    changed = True
    while changed and rest:
        changed = False
        if size := lexicon.before.at(rest[:-1], 0):
            rest, changed = rest[size:], True
        for entry in lexicon.after:
            if len(rest) > len(entry) and tuple(rest[-len(entry) :]) == entry:
                if len(entry) >= SHORTEST_WISH and rest[-len(entry) - 1] in lexicon.negation:
                    continue  # "he doesnt have a good day" wishes us none
                rest, changed = rest[: -len(entry)], True
                break
    return rest
