"""Finds a STOP that no rule matched, by the classifier's chances: in a whole text, at an end of a story, in a last clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hotline.conversation.nlu.classifier import Classifier
from hotline.conversation.nlu.cleaning import last_sentence
from hotline.conversation.nlu.intents import Intents
from hotline.conversation.nlu.normalize import normalize
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.stated_facts import CLAUSES

AT_THE_END, SURE_AT_THE_END = "ending", 0.9
"""What decided a reading where the last sentence or clause is a STOP; the chance of one that is enough by itself."""

SHORTEST_SENTENCE, SHORTEST_CLAUSE = 2, 3
"""The fewest words of a last sentence or clause that may be a STOP: "si, ya estuvo" is about a meeting."""

STOP_POSSIBLE, STOP_OTHERS = 0.1, 0.5
"""A STOP from STOP_POSSIBLE on is asked about if no other intent reaches STOP_OTHERS."""

STOP_ASKED, STOP_ASKED_SHORT, SHORTEST_STOP = 0.25, 0.4, 3
"""The probability from which a STOP that no rule matched is asked about (47 CFR 64.1200), and that for short texts.

In texts of up to SHORTEST_STOP words the rules match nearly every STOP, and the rest are more likely answers.
"""

STORY, END, STOP_AT_AN_END = 20, 12, 0.5
SURE_STORY, STOP_IN_SURE_STORY = 0.9, 0.95
"""In a text of STORY words a STOP is looked for in the first and last END words too; sure, if the story surely is one."""


def may_stop(said: str, chance: Mapping[str, float], classifier: Classifier) -> bool:
    """Return whether to ask about a STOP that no rule matched.

    It is likely, or possible while no other intent is likely, or a story begins or ends with one. Numbers, such
    as a phone number or a day, are none.
    """
    words = said.split()
    if all(word.isdecimal() for word in words):
        return False
    stop, short = chance.get(Known.STOP, 0.0), len(words) <= SHORTEST_STOP
    if stop >= (STOP_ASKED_SHORT if short else STOP_ASKED):
        return True
    others = max((p for name, p in chance.items() if name != Known.STOP), default=0.0)
    possible = not short and stop >= STOP_POSSIBLE and others < STOP_OTHERS
    return possible or _stop_at_an_end(words, others, classifier)


def stop_at_the_end(text: str, patterns: Intents, classifier: Classifier) -> float:
    """Return the chance that the last sentence or clause is a STOP: "no answer, stop asking"; 1 if it is that sentence."""
    sentence, (*before, clause) = last_sentence(text), CLAUSES.split(text.rstrip(" .,;\n"))
    if not before or patterns.rules_out(Known.STOP, text):
        clause = ""  # "text me, do not call"
    for part, sure in ((sentence, 1.0), (clause, SURE_AT_THE_END)):
        if patterns.of(part) == Known.STOP and patterns.is_whole(part):
            return sure
    if patterns.of(sentence) not in (None, Known.STOP, Known.STOP_UNCLEAR):
        return 0.0  # "yes we did. no wait it got canceled"
    fewest = {normalize(clause): SHORTEST_CLAUSE, normalize(sentence): SHORTEST_SENTENCE}
    rests = {said: patterns.rest(Known.STOP_UNCLEAR, said) for said in fewest}  # "no, ya me canse de esperar"
    remaining = ((said if rest is None else rest, fewest[said]) for said, rest in rests.items())
    ends = [said for said, words in remaining if len(said.split()) >= words]
    return max((_stop_in(said, classifier) for said in ends), default=0.0)


def _stop_at_an_end(words: Sequence[str], others: float, classifier: Classifier) -> bool:
    """Return whether a story begins or ends with a likely STOP; `others` is the chance of another intent."""
    needed = STOP_IN_SURE_STORY if others >= SURE_STORY else STOP_AT_AN_END
    ends = (words[:END], words[-END:]) if len(words) >= STORY else ()
    return any(_stop_in(" ".join(end), classifier) >= needed for end in ends)


def _stop_in(said: str, classifier: Classifier) -> float:
    return classifier.scores("intent", said).of(Known.STOP)
