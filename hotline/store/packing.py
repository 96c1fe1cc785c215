"""Compress stored sessions and answers, most of which is the same for everyone.

Rule 1: packed data starts with PACKED. Other data is stored unpacked: by an earlier version, by a process
        that has just started (Rule 2), or because packing would not have made it shorter.
Rule 2: a process packs nothing before DEPLOY_LASTS after its start. Until then processes of an earlier version,
        which cannot read it, may be running and serve the same person.
Rule 3: a packed session has its own field, so that after a roll-back the earlier version finds no session
        instead of one that it cannot read.
Rule 4: SESSION and ANSWER are part of the format. Nothing in them changes; what is added stands at their
        beginning, because packed data counts from their end.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Final

DEPLOY_LASTS = timedelta(minutes=15)
"""Longer than a rolling deploy of all machines."""

PACKED: Final = "\x01"
"""Neither XML nor JSON contains it."""

SESSION: Final = (
    b'"textable":[["tell","may_we_text","yes"],"steps":[["menu"],["child_age","",1],["sent_home","",2],["plan_now","",3],["asked_before","",4],'
    b'["hardest","",5],["kind_of_help","",6],["how_often","",7],["kind_of_school","",9,1],["may_we_text","",10,1]],'
    b'"outcome_at":179"last":[["tell","screening.texts_on.text",[],""]],"received":["disclaimer"],"seen":179'
    b'"misses":1,"called":true,"between":[],"given":[["heard":[["tell","more":[["ask","known":[["which_state","CA"],'
    b'"paused":"menu","below":[],"aside":true,"earlier":["outcome_504","reminded":[["sent_yet",'
    b'"answers":["child_age","began","child_age","school_age","sent_home","no","plan_now","no_plan","asked_before","no",'
    b'"hardest","learning","kind_of_help","teaching","how_often","most_days","outcome_iep","reached","kind_of_school",'
    b'"public","may_we_text","yes"],"trail":["menu","",0,0,"child_age","",1,0,"sent_home","",2,0,"plan_now","",3,0,'
    b'"asked_before","",4,0,"hardest","",5,0,"kind_of_help","",6,0,"how_often","",7,0,"kind_of_school","",9,1,'
    b'"may_we_text","",10,1],"outcome_at":179"last":[["tell",".text",[],""]],"told":["disclaimer"],"seen":179'
    b'{"book":"","language":"es","texting":"no","state":"which_state","language":"en","texting":"yes","state":"'
)

ANSWER: Final = (
    b" This is information, not legal advice. your child the school an IEP a 504 Plan evaluation su hijo la escuela "
    b'</Say><Redirect method="POST">/voice/turn?n=</Redirect></Gather><Gather action="/voice/turn?n=1#rc=2&amp;rp=ct,5xx" '
    b'finishOnKey="" input="dtmf speech" method="POST" numDigits="1" speechTimeout="2" timeout="10" language="en-US">'
    b'<Say language="es-US" voice="Polly.Joanna-Neural">'
    b'</Message></Response><?xml version="1.0" encoding="UTF-8"?><Response><Message statusCallback="/status/reply#rc=5&amp;'
    b'rp=all"> Responda:\n1 S\xc3\xad\n2 No\n3 No estoy seguro Reply:\n1 Yes\n2 No\n3 Not sure'
)

_RAW: Final = -zlib.MAX_WBITS
_FAST, _SMALL = 6, 9


class Packing:
    """Packs from DEPLOY_LASTS after the process started, or from `after` (Rule 2). `clock` returns monotonic seconds."""

    def __init__(self, after: timedelta | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._from = clock() + (DEPLOY_LASTS if after is None else after).total_seconds()

    @property
    def has_begun(self) -> bool:
        """Whether new data is packed."""
        return self._clock() >= self._from

    def session(self, line: str) -> str:
        """Return a session as it is stored."""
        return _packed(line, SESSION, _FAST) if self.has_begun else line

    def answer(self, document: str) -> str:
        """Return an answer as it is stored."""
        return _packed_answer(document) if self.has_begun else document


def is_packed(stored: str) -> bool:
    """Check whether stored data is packed."""
    return stored.startswith(PACKED)


def unpacked_session(stored: str) -> str:
    """Return a stored session as JSON. Raises ValueError if it cannot be read."""
    return _unpacked(stored, SESSION)


def unpacked_answer(stored: str) -> str:
    """Return the document of a stored answer. Raises ValueError if it cannot be read."""
    return _unpacked(stored, ANSWER)


@lru_cache(maxsize=2048)
def _packed_answer(document: str) -> str:
    """Return a document packed. Cached, because many people get the same ones."""
    return _packed(document, ANSWER, _SMALL)


def _packed(text: str, common: bytes, level: int) -> str:
    deflate = zlib.compressobj(level, zlib.DEFLATED, _RAW, zdict=common)
    packed = deflate.compress(text.encode()) + deflate.flush()
    return PACKED + packed.decode(errors="surrogateescape") if len(packed) < len(text) else text


def _unpacked(stored: str, common: bytes) -> str:
    if not is_packed(stored):
        return stored
    inflate = zlib.decompressobj(_RAW, zdict=common)
    packed = stored.removeprefix(PACKED).encode(errors="surrogateescape")
    try:
        return (inflate.decompress(packed) + inflate.flush()).decode()
    except zlib.error as error:
        raise ValueError(f"it was packed otherwise: {error}") from None
