"""After words that mean danger: who to call, and nothing else until the person asks to go on.

Rule 1: 911 and 988 come first, whatever was asked. A text conversation then asks nothing more; a call must not go
silent, and asks whether to go on.
Rule 2: whoever asks on there, in any words, is told who to call. "What do I do" is no question about school then.
Rule 3: what was left is not lost: MENU, or "go on", leads back to the question that waited.
"""

from __future__ import annotations

from dataclasses import replace

from hotline.conversation.book.states import Role
from hotline.conversation.book.texts import text_id
from hotline.conversation.engine.commands import RESTS_AFTER_DANGER, miss, say_word
from hotline.conversation.engine.transitions import enter
from hotline.conversation.engine.turn_builder import Draft
from hotline.conversation.model.events import Channel

SAFETY = ("crisis", "abuse")
"""The meanings of safety.toml."""

LEADS_AWAY = (
    *("menu", "go_on", "back", "start", "help", "human", "delete_data"),
    *("language_es", "language_en", "other_language"),
)
"""What leads on from there. Any other topic may be a cry for help."""

ASKS_NOTHING = (None, "yes", "no", "thanks", "greeting")
"""What is met kindly in texts; in a call it is an answer, or is not understood."""


def alarm(draft: Draft, meaning: str) -> None:
    """Words that mean danger were said: Rule 1."""
    say_word(draft, meaning)
    if draft.event.channel is Channel.SMS:
        rest = Role.GLAD_YOU_TOLD_US if meaning == "abuse" else Role.GLAD_YOU_ARE_HERE
        draft.session = replace(draft.session, state=rest)


def after_danger(draft: Draft, meaning: str | None, *, answers: bool) -> bool:
    """Meets words that follow on danger, if these do and lead nowhere else; `answers` says whether they answer a
    question that waits. Returns whether they were met.
    """
    state = draft.session.state
    if state not in (*RESTS_AFTER_DANGER, Role.SAFE_TO_GO_ON) or answers or meaning in LEADS_AWAY:
        return False
    if meaning in ASKS_NOTHING:
        if state in RESTS_AFTER_DANGER:
            miss(draft)
        return state in RESTS_AFTER_DANGER
    draft.count("word.danger_still")
    enter(draft, Role.ABUSE_STILL if _child_is_hurt(draft) else Role.DANGER_STILL)
    return True


def _child_is_hurt(draft: Draft) -> bool:
    """Whether it was about a child who is hurt. A call knows that by what it just said."""
    told = {tell.text for tell in draft.start.last}
    hurt = {text_id(draft.book.statement(name)) for name in (Role.ABUSE, Role.ABUSE_STILL)}
    return draft.session.state == Role.GLAD_YOU_TOLD_US or bool(told & hurt)
