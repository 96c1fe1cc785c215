"""A letter that a call dictates line by line: skip its lines, begin again, or return to it after an aside.

Rule: a caller who asks for something else during a letter hears the same line again afterward.
"""

from __future__ import annotations

from hotline.conversation.book.texts import line_before
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask


def return_to_letter(builder: TurnBuilder) -> None:
    """Say again the line at which the caller left the letter, and continue from there."""
    session = builder.session
    last = session.dictation[-1]
    if isinstance(last, Ask):
        session = replace(session.without_aside(last.state), state=last.state, part=0)
    builder.continued = True
    builder.replies.extend(session.dictation)
    builder.session = replace(session, aside=False, dictation=())


def first_line(builder: TurnBuilder) -> None:
    """Say a dictated text from its first line again."""
    line = builder.start.last[-1]
    lines = [line, *builder.start.more]
    while earlier := line_before(line):
        line = earlier
        lines.insert(0, line)
    builder.continued = True
    builder.replies.extend(lines)
