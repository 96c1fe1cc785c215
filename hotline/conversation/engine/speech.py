"""The speech of a turn in a call: the text of each reply, its duration, and the split into parts.

Rule 1: nobody listens for longer than LONGEST_SECONDS before it is their turn. Longer speech is split:
        after each part but the last the caller is asked whether to hear more.
Rule 2: a part ends between two replies, never inside one. The gate rejects a single text that is too long.
Rule 3: a dictated text is said line by line, and the caller says when to go on.
Rule 4: nobody is asked whether to hear more where only a question is left, if that is short.
Rule 5: nobody in danger, or asked about it, is asked whether to hear more: that speech is short, and said as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question, Role
from hotline.conversation.book.texts import filled, is_line, offered, state_of, text_id, wording
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import Ask, Channel, Choice, HangUp, Reply, TakeMessage, Tell, Transfer
from hotline.conversation.model.session import Session

WORDS_PER_MINUTE = 150
"""Speaking rate. Source: Polly's neural voices read English at 150 to 160."""

PAUSE_SECONDS = 0.4
"""A voice's pause at the end of a sentence."""

LONGEST_SECONDS = 30
"""How long a caller can be expected to listen before it is their turn."""

LONGEST_WITH_QUESTION = 36
"""The same with the question that ends it, where nothing else would be left to hear: a key may be pressed before its end."""

MOST_BY_EAR = 4
"""The most keys that a question offers in a call, the one for more among them."""

CACHED_SAYINGS = 8192


@dataclass(frozen=True, slots=True)
class Saying:
    """The speech of one reply: phrases with a short pause between, and their language."""

    phrases: tuple[str, ...]
    language: str

    @property
    def words(self) -> str:
        """All phrases as one text."""
        return " ".join(self.phrases)


def sayings(book: Book, language: str, replies: tuple[Reply, ...]) -> tuple[Saying, ...]:
    """Return the speech for each reply, to a caller who speaks `language`, skipping silent ones."""
    return tuple(said for reply in replies if (said := saying(book, language, reply)).phrases)


@lru_cache(maxsize=CACHED_SAYINGS)
def saying(book: Book, language: str, reply: Reply) -> Saying:
    """Return the speech for one reply, without phrases if it is silent."""
    match reply:
        case Tell(text=text, blanks=blanks):
            said = reply.language or language
            return Saying((filled(book, said, Channel.VOICE, text, blanks),), said)
        case Ask():
            return Saying(_question(book, language, reply), language)
        case Transfer() | TakeMessage() | HangUp():
            return Saying((), language)


def seconds(said: str) -> float:
    """Return how long a voice takes to say the text, in seconds."""
    pauses = sum(said.count(end) for end in ".?!:;")
    return len(said.split()) * 60 / WORDS_PER_MINUTE + pauses * PAUSE_SECONDS


@lru_cache(maxsize=CACHED_SAYINGS)
def duration(book: Book, language: str, reply: Reply) -> float:
    """Return how long one reply takes to say, in seconds."""
    return seconds(saying(book, language, reply).words)


def in_parts(
    book: Book, language: str, replies: tuple[Reply, ...], asked: str = ""
) -> tuple[tuple[Reply, ...], tuple[Reply, ...]]:
    """Return the replies to say now and those for later; the latter are empty if all are short enough.

    `asked` is the question that the caller was at before.
    """
    replies = _with_question(book, language, replies, asked)
    takes = [duration(book, language, reply) for reply in replies]
    line = next((n for n, reply in enumerate(replies, 1) if isinstance(reply, Tell) and is_line(reply)), 0)
    ready = Ask(Role.NEXT_LINE, brief=line == 1)
    if line and sum(takes[:line]) + duration(book, language, ready) <= LONGEST_SECONDS:
        return (*replies[:line], ready), replies[line:]
    if sum(takes) <= LONGEST_SECONDS or any(_of_danger(book, reply) for reply in replies):
        return replies, ()
    ask_for_more = Ask(Role.MORE)
    asking = duration(book, language, ask_for_more)
    left, cut = LONGEST_SECONDS - asking, 0
    while cut < len(replies) and (takes[cut] <= left or cut == 0):
        left -= takes[cut]
        cut += 1
    alone = cut == len(replies) - 1 and sum(takes[: cut - 1]) >= asking
    if alone and takes[cut - 1] + takes[cut] <= LONGEST_SECONDS:
        cut -= 1  # keep a question together with its lead-in, unless hardly a word would come before "more?"
    only_a_question = cut == len(replies) - 1 and isinstance(replies[cut], Ask)
    if not any(takes[cut:]) or (only_a_question and sum(takes) <= LONGEST_WITH_QUESTION):
        return replies, ()
    return (*replies[:cut], ask_for_more), replies[cut:]


def _with_question(book: Book, language: str, replies: tuple[Reply, ...], asked: str) -> tuple[Reply, ...]:
    """Return the replies with the question of a screening that ends them in brief, if they are too long and it was asked before."""
    last = replies[-1] if replies else None
    if not isinstance(last, Ask) or last.state != asked or not book.question(asked).holds:
        return replies
    takes = sum(duration(book, language, reply) for reply in replies)
    return (*replies[:-1], replace(last, brief=True)) if takes > LONGEST_WITH_QUESTION else replies


def part_offered(channel: Channel, question: Question, part: int, *, texts: bool = True) -> tuple[str, ...]:
    """Return the names of the choices that this part of a question offers, or () if it offers all at once.

    `texts` is whether texts can come to the phone.
    """
    names = tuple(choice.name for choice in question.choices)
    if not texts and any(choice.needs_texts for choice in question.choices):
        return tuple(choice.name for choice in question.choices if not choice.needs_texts)
    if channel is not Channel.VOICE or question.picks or len(names) <= MOST_BY_EAR:
        return ()
    first = part * (MOST_BY_EAR - 1)
    return names[first : first + MOST_BY_EAR - 1]


def choices_asked(
    channel: Channel, question: Question, session: Session, *, texts: bool = True
) -> tuple[str, ...]:
    """Return the names of the choices that a session is asked about, or () for all; `texts` is whether texts can come."""
    if question.picks:
        return session.between or (question.unsure,)  # never all of the hundred that there are to pick from
    return part_offered(channel, question, session.part, texts=texts)


def has_more(question: Question, offered: tuple[str, ...]) -> bool:
    """Return whether choices come after those that were offered."""
    in_parts_too = len(question.choices) > MOST_BY_EAR and not question.picks
    return bool(offered) and in_parts_too and offered[-1] != question.choices[-1].name


def _of_danger(book: Book, reply: Reply) -> bool:
    if isinstance(reply, Ask):
        return reply.state == Role.SAFETY_CHECK
    return isinstance(reply, Tell) and state_of(reply.text) in book.danger_answers


def _question(book: Book, language: str, ask: Ask) -> tuple[str, ...]:
    """Return a question's text and how to answer it by key, as phrases. In brief, it keeps how to say a value, and the numbers to call."""
    question = book.question(ask.state)
    text = filled(book, language, Channel.VOICE, text_id(question), ask.blanks)
    press = wording(
        book, language, Channel.VOICE, "book.renderer.press_again" if ask.brief else "book.renderer.press"
    )
    choices = offered(book, language, question.name, ask.only)
    if has_more(question, ask.only):
        more = wording(book, language, Channel.VOICE, "book.renderer.more")
        choices = (*choices, Choice("", "", "", say=more[:1].lower() + more[1:]))
    keys = (press.replace("{choice}", c.say).replace("{key}", str(n)) for n, c in enumerate(choices, 1))
    return (
        _asked(text) if ask.brief and not question.takes and question.name != Role.SAFETY_CHECK else text,
        *(key[:1].upper() + key[1:] for key in keys),
    )


def _asked(text: str) -> str:
    """Return the sentences of a question's text that ask, or all of it if none does."""
    sentences = text.replace("? ", "?\n").replace(". ", ".\n").split("\n")
    asking = [sentence for sentence in sentences if sentence.endswith("?")]
    return " ".join(asking) or text
