"""Parse the plain text of a letter into paragraphs and lists with blanks, and fill in a parent's answers.

A blank is in [brackets]; an empty line ends a paragraph; a line that starts with "- " is a list item. The
text in the brackets determines the kind of blank:

    [Child's full name]              a line to write on
    [yes / no]                       words to choose from
    [My child has an IEP:]           a condition: its paragraph applies only if it is true
    [letter_since|When it started]   a slot: the answer to the question `letter_since` fills the blank
    [plan_now=plan_iep|... IEP:]     a condition with a slot: decided once that question is answered

A slot also takes the answers to questions whose names start with its own and "_": `letter_example` takes
that of `letter_example_talking`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from hotline.conversation.model.events import FlowError

BLANK = re.compile(r"(\[[^\[\]]+\])")
ITEM = "- "
SLOT, IS, OR = "|", "=", " / "
SHORTEST_LONG = 40
"""Minimum characters of a label that does not fit under a fill-in line within a sentence."""

FIRST_SENTENCE = re.compile(r"(.+?)[.:;?!](?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of plain text, or a blank with its brackets. `slot` names the answer that fills it."""

    text: str
    blank: bool
    slot: str = ""

    @property
    def picked(self) -> bool:
        """Whether the blank is a choice of texts or a condition, which a fill-in line cannot replace."""
        return self.blank and (OR in self.text or self.condition)

    @property
    def condition(self) -> bool:
        """Whether the blank says when its paragraph applies."""
        return self.blank and self.text.endswith(":]")

    @property
    def label(self) -> str:
        """What the blank is for, without brackets."""
        return self.text.strip("[]")

    @property
    def caption(self) -> str:
        """The first sentence of the label, without examples: the caption of a fill-in line on paper."""
        first = FIRST_SENTENCE.match(self.label)
        return first[1] if first else self.label

    @property
    def options(self) -> tuple[str, ...]:
        """The texts to choose from; a condition has one, itself."""
        return tuple(self.label.removesuffix(":").split(OR)) if self.picked else ()

    @property
    def long(self) -> bool:
        """Whether the blank needs its own lines on paper."""
        return self.blank and not self.picked and len(self.label) >= SHORTEST_LONG


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of lines, or a list with one item per line."""

    lines: tuple[Line, ...]
    listed: bool

    @property
    def blanks(self) -> int:
        """The number of blanks to fill in."""
        return sum(piece.blank for line in self.lines for piece in line)

    @property
    def slots(self) -> tuple[str, ...]:
        """The questions whose answers fill blanks here."""
        return tuple(
            piece.slot.partition(IS)[0] for line in self.lines for piece in line if piece.blank and piece.slot
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """The values for a letter's slots: the choice made at each question, and its words in one language."""

    chosen: Mapping[str, str]
    words: Mapping[str, str]

    def to(self, slot: str) -> str | None:
        """Return the question that answers this slot, or None."""
        return next((name for name in self.chosen if name == slot or name.startswith(f"{slot}_")), None)


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter in one language."""

    title: str
    when: str
    blocks: tuple[Block, ...]

    @property
    def plain(self) -> str:
        """The letter as plain text, for mailing: its paragraphs, blanks and lists."""
        return "\n\n".join(
            "\n".join(
                (ITEM if block.listed else "") + "".join(piece.text for piece in line) for line in block.lines
            )
            for block in self.blocks
        )

    def filled(self, answers: Answers) -> LetterText:
        """Return the letter with the answers in their slots, without paragraphs that do not apply."""
        blocks = (replace(block, lines=_filled(block.lines, answers)) for block in self.blocks)
        return replace(self, blocks=tuple(block for block in blocks if block.lines))


def _filled(lines: tuple[Line, ...], answers: Answers) -> tuple[Line, ...]:
    used = (line for line in lines if all(_applies(piece, answers) for piece in line))
    return tuple(
        _begun(tuple(filled for piece in line if (filled := _filled_in(piece, answers)) is not None))
        for line in used
    )


def _begun(line: Line) -> Line:
    """Return a line without the leading space that a satisfied condition leaves behind."""
    return (replace(line[0], text=line[0].text.lstrip()), *line[1:]) if line else line


def _applies(piece: Piece, answers: Answers) -> bool:
    """Check whether a piece's line applies: it does not if the piece is a condition that the answers contradict."""
    question, _, choice = piece.slot.partition(IS)
    answered = answers.to(question) if choice else None
    return answered is None or answers.chosen[answered] == choice


def _filled_in(piece: Piece, answers: Answers) -> Piece | None:
    """Return the piece with its answer, if there is one; None for a satisfied condition."""
    question, _, choice = piece.slot.partition(IS)
    answered = answers.to(question) if question else None
    if answered is None:
        return piece
    if choice:
        return None
    words = answers.words.get(answered, "")
    return Piece(words, blank=False, slot=piece.slot) if words else piece


def read_blocks(where: str, text: str) -> Iterator[Block]:
    """Yield the paragraphs and lists of a letter. Raise FlowError for an unmatched bracket."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip()), 1):
        for line in paragraph.splitlines():
            _check_brackets(f"{where} paragraph {number}", line)
        for listed, lines in groupby(paragraph.splitlines(), lambda line: line.startswith(ITEM)):
            yield Block(tuple(_pieces(line.removeprefix(ITEM) if listed else line) for line in lines), listed)


def _check_brackets(where: str, line: str) -> None:
    if re.search(r"[\[\]]", BLANK.sub("", line)):
        raise FlowError(
            f"{where}: unmatched [ or ] in {line.strip()!r}; a blank begins and ends on one line: [Date]"
        )


def _pieces(line: str) -> Line:
    return tuple(_piece(text) for text in BLANK.split(line.strip()) if text)


def _piece(text: str) -> Piece:
    if not text.startswith("["):
        return Piece(text, blank=False)
    slot, bar, label = text.strip("[]").partition(SLOT)
    return Piece(f"[{label}]" if bar else text, blank=True, slot=slot if bar else "")
