"""The link to a finished letter: a placeholder that the engine specifies, and that the web fills with a URL.

The engine has no secret and no clock, so it cannot make the link. It puts the specification of the letter
in its place; the renderer of the turn replaces it before anything is rendered or stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from hotline.conversation.model.events import Ask, Effect, Reply, Tell, TextThis
from hotline.conversation.model.session import Turn

LETTER_LINK = "letter_link"
"""The placeholder."""

SCHEME = "http"
"""Begins a link that was made already."""

SAID = (Tell, Ask)

AnyReply = TypeVar("AnyReply", bound=Reply)

Link = Callable[[str], str]
"""Returns the URL for a specification."""


def with_links(turn: Turn, link: Link) -> Turn:
    """Return the turn with a URL in place of each specification, also in what it stores and texts later."""
    session = turn.session
    texted = (tell for effect in turn.effects if isinstance(effect, TextThis) for tell in effect.tells)
    said = (*turn.replies, *session.last, *session.textable, *session.more, *session.wanted, *texted)
    if not any(map(_has_link, said)):
        return turn

    def linked(replies: Sequence[AnyReply]) -> tuple[AnyReply, ...]:
        return tuple(_linked(reply, link) for reply in replies)

    def effect(each: Effect) -> Effect:
        return TextThis(linked(each.tells)) if isinstance(each, TextThis) else each

    return Turn(
        replace(
            session,
            last=linked(session.last),
            textable=linked(session.textable),
            more=linked(session.more),
            wanted=linked(session.wanted),
        ),
        linked(turn.replies),
        tuple(map(effect, turn.effects)),
    )


def _has_link(reply: Reply) -> bool:
    return isinstance(reply, SAID) and bool(reply.blanks) and LETTER_LINK in dict(reply.blanks)


def _linked(reply: AnyReply, link: Link) -> AnyReply:
    if not isinstance(reply, SAID) or not _has_link(reply):
        return reply
    blanks = tuple(
        (name, link(value) if name == LETTER_LINK and not value.startswith(SCHEME) else value)
        for name, value in reply.blanks
    )
    return replace(reply, blanks=blanks)
