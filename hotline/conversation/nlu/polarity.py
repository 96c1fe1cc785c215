"""Parses yes and no, and detects a wish to wait, contradictions, retractions, and reports that things go well or badly.

Rule 1: yes and no count if the whole text says so. A word that only opens a sentence ("no le va bien") does
        not.
Rule 2: do not guess. "yes no", "si pero no" and "never not" answer nothing.
Rule 3: if one is retracted, the last one counts: "yes, I mean no".
Rule 4: "no joke", "no pues" open a sentence and deny nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hotline.conversation.nlu.ages import NEGATED_WITHIN
from hotline.conversation.nlu.lexicon import Lexicon
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.said import Entry, Said, begins, places
from hotline.conversation.nlu.slips import Sure

WORDS_OF_A_TURN = 4
"""Words up to a last no that say what it is about, "they said so no", and the fewest behind which news turns."""

YES_AND_NO = ("yes", "no")
"""Names of the choices that say yes and no."""

GOOD_WITHIN = 2
"""Words after a skill in which "fine" or "well" applies to it: "reads very well"."""

LONGEST_RETRACTION = 8
"""The longest text, in words, in which one answer may retract another."""

SHORTEST_BEFORE_BUT = 3
"""Words from which a yes has told something before a "but"."""

LONGEST_WAIT = 8
"""The longest text, in words, that asks us to wait and says why."""

SHORT_ANSWER = 2
"""The words up to which what follows "sorry" is the answer: "today sorry yesterday"."""

PUNCTUATED = re.compile(r"^\s*(\w+)[^\S\n]*[,.;:!\n–—-]")
"""An opening word with punctuation after it, or on a line of its own: "No, he is fine"."""


def yes_or_no(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return "yes" or "no" if all the words say so, or None."""
    words = without_retractions(words, lexicon)
    yes, no = lexicon.yes.is_all(words), lexicon.no.is_all(words)
    if yes == no or says_both(words, lexicon):
        return None
    if yes and not _at_an_end(words, lexicon.yes):
        return None  # "todo le sale bien": its "sale" is not a yes
    if yes and any(word in lexicon.negation for word in words) and " ".join(words) not in lexicon.yes.words:
        return None
    return "yes" if yes else "no"


def _at_an_end(words: Sequence[str], ways: Said) -> bool:
    """Return whether the words start or end with one of these phrases."""
    lengths = range(1, min(ways.longest, len(words)) + 1)
    return any(" ".join(part) in ways.words for n in lengths for part in (words[:n], words[-n:]))


def without_retractions(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """Return the words without retracted ones ("yes, I mean no") or an empty opening ("no joke")."""
    said = " ".join(words)
    if len(words) < 2 or said in lexicon.yes.words or said in lexicon.no.words:
        return words
    if len(words) <= LONGEST_RETRACTION:
        for at in range(len(words) - 1, 0, -1):
            for entry in lexicon.corrections:
                rest = words[at + len(entry) :]
                if rest and tuple(words[at : at + len(entry)]) == entry and _retracts(entry, rest, lexicon):
                    return without_retractions(rest, lexicon)
    for entry in lexicon.idioms:
        if tuple(words[: len(entry)]) == entry and len(words) > len(entry):
            return words[len(entry) :]
    return words


def _retracts(entry: Entry, rest: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether words retract those before them. The "sorry" of "not sent yet, sorry ive been sick" does not."""
    softens = lexicon.slips.entries.get(" ".join(entry)) is Sure.MILD
    if softens and rest[0] in lexicon.then:
        return False  # "she said wait and see"
    return not softens or len(rest) <= SHORT_ANSWER or rest[0] in lexicon.yes.words | lexicon.no.words


def says_both(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a short text says both yes and no: "yes no", "si pero no", "not no"."""
    said = " ".join(words)
    if len(words) > LONGEST_RETRACTION or said in lexicon.yes.words or said in lexicon.no.words:
        return False
    if any(places(words, entry) for entry in lexicon.double):
        return True
    for ways, others in ((lexicon.yes, lexicon.no), (lexicon.no, lexicon.yes)):
        opened = next((n for n in range(ways.longest, 0, -1) if " ".join(words[:n]) in ways.words), 0)
        rest = words[opened:]
        if opened and rest and (_is_all(rest, others, lexicon) or says_both(rest, lexicon)):
            return True
    return False


def _is_all(words: Sequence[str], ways: Said, lexicon: Lexicon) -> bool:
    if ways is lexicon.yes:
        return ways.is_all(words) and not lexicon.negation.intersection(words)
    around = all(word in ways.around or word in ways.words for word in words)
    return ways.is_all(words) or (around and bool(lexicon.negation.intersection(words)))


def opening_answer(text: str, lexicon: Lexicon) -> str | None:
    """Return "yes" or "no" if a sentence clearly opens with it, or None. The rest may still disagree.

    A "si" or a "no" counts only with punctuation after it, and a "no" before a subject: "si lo suspenden" is an if,
    and "no le va bien" denies what follows.
    """
    said = normalize(text)
    first = said.split(" ", 1)[0] if said else ""
    apart = PUNCTUATED.match(text)
    for kind, ways in (("yes", lexicon.yes), ("no", lexicon.no)):
        if any(said.startswith(f"{entry} ") for entry in ways.opens if _clear(entry, kind, lexicon)):
            return kind
        if apart and normalize(apart[1]) == first and first in ways.words:
            return kind
    words = said.split()
    return "no" if len(words) > 1 and words[0] in lexicon.no.opens and words[1] in lexicon.subjects else None


def _clear(entry: str, kind: str, lexicon: Lexicon) -> bool:
    """Return whether an opening says yes or no whatever follows: "nope", "not yet", and not "no" or "pues no"."""
    return kind == "yes" or entry.split()[-1] not in lexicon.negation


def first_word_answer(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return "yes" or "no" if the first word, or the first few, may say it, or None: "si ya fue", "no les he dicho"."""
    for kind, ways in (("yes", lexicon.yes), ("no", lexicon.no)):
        if any(" ".join(words[:n]) in ways.words for n in range(1, min(ways.longest, len(words)) + 1)):
            return kind
    return None


def only_refuses(said: str, lexicon: Lexicon) -> bool:
    """Return whether a text that looks like a STOP only declines an offer of texts: "no i dont want texts"."""
    words = said.split()
    return begins(words, lexicon.refuses) and not lexicon.ends.intersection(words)


def asks_to_wait(said: str, lexicon: Lexicon) -> bool:
    """Return whether a short text asks us to wait, whatever else it says: "hang on my phone is ringing"."""
    if said.isdecimal():
        return False
    opens = f"{said} ".startswith(lexicon.wait_opens)
    return only_asks_to_wait(said, lexicon) or (opens and len(said.split()) <= LONGEST_WAIT)


def only_asks_to_wait(said: str, lexicon: Lexicon) -> bool:
    """Return whether a text asks us to wait and says nothing else: "one second", "hold on baby crying"."""
    return not said.isdecimal() and lexicon.wait.is_all(said.split())


def doubts(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a sentence opens with "I don't know" and continues: its "no" is not an answer."""
    said = " ".join(words)
    return any(said.startswith(f"{entry} ") for entry in lexicon.unsure)


def contrasts(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether a sentence denies one thing and says another: "they dont suspend they just call"."""
    return bool(lexicon.negation.intersection(words) and lexicon.contrast.intersection(words))


def limits_opening(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Return whether something contrasts with an opening word, and not with what a yes told: "yes for fighting but he was hit"."""
    at = next((at for at, word in enumerate(words) if word in lexicon.contrast), -1)
    goes_on = (
        at >= SHORTEST_BEFORE_BUT and words[0] in lexicon.yes.opens and lexicon.negation.isdisjoint(words)
    )
    return at >= 0 and not goes_on


def _words_of(text: str, lexicon: Lexicon) -> list[str]:
    """Return the words of a text without an opening "no," or "yes,", which negates nothing after it."""
    words = normalize(text).split()
    apart = PUNCTUATED.match(text)
    opens = bool(apart) and len(words) > 1 and words[0] in lexicon.yes.words | lexicon.no.words
    return words[1:] if opens and apart and normalize(apart[1]) == words[0] else words


def words_after_turn(words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """Return the words after news turned, or () if it did not: "then they called and said ok", "they said so no"."""
    if words and words[-1] in lexicon.no.words and words[-2:-1] and words[-2] in lexicon.then:
        return words[-WORDS_OF_A_TURN:]
    at = next((at for at in range(len(words) - 2, 0, -1) if words[at] in lexicon.turns), 0)
    return words[at:] if at and len(words) - at >= WORDS_OF_A_TURN else ()


def says_well(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text says that something goes well, so that it is not a yes to a question about trouble."""
    words = _words_of(text, lexicon)
    if any(_affirmed(words, entry, lexicon) for entry in lexicon.well):
        return True
    troubles = (at for at, word in enumerate(words) if word in lexicon.troubles)
    if any(_negated(words, at, lexicon) for at in troubles):
        return True
    skills = (at for at, word in enumerate(words) if word in lexicon.skills)
    return any(
        lexicon.good.intersection(words[at + 1 : at + 1 + GOOD_WITHIN]) and not _negated(words, at, lexicon)
        for at in skills
    )


def says_good(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text has a good word that is not negated: "now hes great", "todo le sale bien"."""
    words = _words_of(text, lexicon)
    return any(word in lexicon.good and not _negated(words, at, lexicon) for at, word in enumerate(words))


def says_over(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text is about the past, as in "used to", so that it is not a yes to a question about now."""
    words = normalize(text).split()
    return any(places(words, entry) for entry in lexicon.over)


def says_badly(text: str, lexicon: Lexicon) -> bool:
    """Return whether a text denies a skill or reports trouble, so that it is not a no to a question about trouble."""
    words = _words_of(text, lexicon)
    wanting = (at for at, word in enumerate(words) if word in lexicon.skills or word in lexicon.good)
    troubled = (at for at, word in enumerate(words) if word in lexicon.troubles)
    bad = any(_negated(words, at, lexicon) for at in wanting)
    bad = bad or any(not _negated(words, at, lexicon) for at in troubled)
    return bad and not says_well(text, lexicon)


def _negated(words: Sequence[str], at: int, lexicon: Lexicon) -> bool:
    """Return whether a negation precedes the word at `at`.

    An opening "no" before a subject is an answer by itself and does not count: "no he reads".
    """
    answers = len(words) > 1 and words[0] in lexicon.no.opens and words[1] in lexicon.subjects
    first = max(1 if answers else 0, at - NEGATED_WITHIN)
    return bool(lexicon.negation.intersection(words[first:at]))


def _affirmed(words: Sequence[str], entry: Entry, lexicon: Lexicon) -> bool:
    """Return whether a phrase occurs and is not negated: "doing good", and not "isnt doing good"."""
    denies = entry[0] in lexicon.negation
    return any(denies or not _negated(words, at, lexicon) for at in places(words, entry))
