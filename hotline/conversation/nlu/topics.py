"""Decides by the classifier's chances which topic a text asks for, or between which of them to ask.

Rule 1: do not guess. What is not sure is asked about, with the next likeliest; if nothing is likely, the intent is None.
Rule 2: a command that is hard to undo is never acted on by a chance: it is offered, and picked or not.
Rule 3: special cases are read with their topic (`special_cases`): nobody is asked to choose between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from hotline.conversation.nlu.roles import Known, Roles
from hotline.conversation.nlu.special_cases import Ranked

SURE = 0.8
"""From here an intent is acted upon. Chosen by the totals of rows that judge: see docs/understanding.md."""

SURE_OF_COURTESY = 0.42
"""From here a yes, a no, thanks or a greeting is taken for one: nobody is asked what "ok" means."""

WORTH_ASKING, COMMAND_WORTH_ASKING = 0.05, 0.2
"""The probability from which an intent is offered when we ask what was meant, and that of a command that is hard to undo.

"Delete what we keep" at three percent was not meant, and frightens.
"""

ASKED_ABOUT = 0.25
"""The minimum total probability of the offered intents; below it, nothing was understood."""

MOST_OFFERED = 3
"""The most intents offered when we ask: a caller has to remember them."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the classifier makes of a text."""

    intent: str | None
    sure: float
    asks: tuple[str, ...] = ()
    """Close intents, to ask which one was meant; `intent` is then None."""
    together: float = 0.0
    """The chance that one of `asks` was meant."""


def decide_topic(ranked: Ranked, roles: Roles) -> Learned:
    """Return the intent that is sure, those to ask about, or neither; `ranked` has all intents, the likeliest first."""
    usable = [each for each in ranked if each[0] != Known.STOP]  # whether it is one is decided before
    families = roles.special_cases.families(usable)
    first, (best, sure) = families[0], usable[0]
    if first.chance >= SURE and first.intent not in roles.by_rule_alone:
        return Learned(None if first.intent == Known.OTHER else first.intent, first.chance)
    if best in roles.answered_kindly and sure >= SURE_OF_COURTESY:
        return Learned(best, sure)
    no_topic = {Known.OTHER, *roles.answered_kindly, *roles.never_offered}
    worth = (
        family
        for family in families
        if family.topic not in no_topic
        and family.chance >= (COMMAND_WORTH_ASKING if family.topic in roles.by_rule_alone else WORTH_ASKING)
    )
    offered = [*islice(worth, MOST_OFFERED)]
    together = sum(family.chance for family in offered)
    if together < ASKED_ABOUT or best == Known.OTHER:
        return Learned(None, sure)
    return Learned(None, sure, tuple(family.intent for family in offered), together)
