"""Converts replies to lists for JSON, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotline.conversation.model.events import Ask, Blanks, HangUp, Reply, TakeMessage, Tell, Transfer


def replies_as_json(replies: Sequence[Reply]) -> list[list[Any]]:
    """Return replies as JSON-compatible lists, each with its kind first."""
    written: list[list[Any]] = []
    for reply in replies:
        match reply:
            case Tell(text=text, blanks=blanks, language=language):
                written.append(["tell", text, blanks, language])
            case Ask(state=state, brief=brief, blanks=blanks, only=only):
                written.append(["ask", state, brief, blanks, only])
            case Transfer() | TakeMessage() | HangUp():
                written.append([WORDLESS[type(reply)]])
    return written


WORDLESS: dict[type[Transfer | TakeMessage | HangUp], str] = {
    Transfer: "transfer",
    TakeMessage: "message",
    HangUp: "hang_up",
}
"""Replies without fields."""


def replies_from_json(written: Sequence[Sequence[Any]]) -> tuple[Reply, ...]:
    """Return the replies that `replies_as_json` wrote."""
    wordless = {name: kind for kind, name in WORDLESS.items()}
    replies: list[Reply] = []
    for kind, *rest in written:
        if kind == "tell":
            replies.append(Tell(rest[0], blanks_from_json(rest[1]), rest[2]))
        elif kind == "ask":
            replies.append(Ask(rest[0], rest[1], blanks_from_json(rest[2]), tuple(*rest[3:4])))
        else:
            replies.append(wordless[kind]())
    return tuple(replies)


def tells_from_json(written: Sequence[Sequence[Any]]) -> tuple[Tell, ...]:
    """Return the Tell replies that `replies_as_json` wrote, skipping any other kind."""
    return tuple(
        reply
        for reply in replies_from_json([one for one in written if one[0] == "tell"])
        if isinstance(reply, Tell)
    )


def blanks_from_json(written: Sequence[Sequence[str]]) -> Blanks:
    """Return lists of two as pairs of name and value."""
    return tuple((name, value) for name, value in written)
