"""Simulated parents: each chooses randomly from what is offered, by text or call.

Rule 1: a parent's moves come from their own random generator, seeded by their number: the same seed gives the same
        parents, but not the same order of events.
Rule 2: a parent who gets the fallback text sends the same again in a new message, as it asks them to; but not a STOP.
Rule 3: a webhook sometimes comes more than once, concurrently or later, and sometimes two texts come at once.
"""

import hashlib
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from xml.etree import ElementTree as ET

from tests.chaos.posting import Asked, Poster

TEXTED = re.compile(r"^(\d) ", re.MULTILINE)
SAID = re.compile(r"press (\d)")
FOLLOWING = re.compile(r"/voice/turn\?n=(\d+)")
CONSENT = "12 texts"
"""Part of the consent question. Most parents say yes, because others test little."""

MENU, EAGER = "What do you need?", (8, 1, 1, 1, 1)
"""Part of the main menu, and the weights of its choices: most start the screening."""

FIRST_WORDS = ("hi", "hi", "hello", "does my kid need a 504 or an iep??", "hola", "what is an iep", "help")
ASIDES = (
    *("HELP", "MENU", "BACK", "BACK", "REPEAT", "LETTER", "RIGHTS", "SENT", "SENT", "0", "thanks", "WHY"),
    *(
        "what is an iep",
        "asdf qwer",
        "they said no because his grades are good",
        "ESPAÑOL",
        "ENGLISH",
        "PREP",
    ),
    *("start over", "<Say>&amp;", "yes", "no", "not sure", "my son is 9", "today", "20001", "texas"),
)
STOPS = ("STOP", "stop texting me", "UNSUBSCRIBE", "alto")
RETURNS = ("START", "yes")
"""Opt-in texts, as the carrier defines them."""
ERASING = ("DELETE",)
LATER_WORDS = (
    "1",
    "1",
    "2",
    "3",
    "SENT",
    "SENT",
    "today",
    "yesterday",
    "hi",
    "BACK",
    "LETTER",
    "they said no",
)
SPOKEN = ("yes", "no", "not sure", "what to ask the school for", "that is all", "texas", "help")

WISHES = {"an answer": 83, "something else": 8, "two texts at once": 6, "STOP": 2, "DELETE": 1}
"""A parent's next move -> its weight."""

LONGEST_SITTING = 16
PATIENT, MESSAGES = timedelta(seconds=30), 18
"""Messages within this time after which a parent stops.

At 24 the hotline stops replying, because at 30 the carrier would.
"""
NOTHING = ""
HAD_ENOUGH = 0.5
"""The probability of answering the fallback text with STOP."""
SAFE_TRIES, SAFE_PAUSE_SECONDS = 30, 0.7
CALLS = 0.15
"""The share of sessions that are calls."""


class SafeWordsOnly(Exception):
    """Raised when a parent repeatedly got only the fallback text."""


@dataclass(slots=True)
class Parent:
    """One phone. `safe` are the documents that mean "not taken": the fallback texts."""

    number: str
    dice: Random
    poster: Poster
    account: str
    hotline: str
    safe: frozenset[str]
    stopped: bool = False
    sittings: int = 0
    did: Counter[str] = field(default_factory=Counter)
    _ids: int = 0
    _got: list[datetime] = field(default_factory=list)

    def sit(self) -> None:
        """Play one session; if texted, the first is a screening. Raises Unanswered or SafeWordsOnly."""
        first = self.sittings == 0
        self.sittings += 1
        if self.dice.random() < CALLS:
            self._call()
        elif self._has_enough():
            return
        elif self.stopped and self.dice.random() < 0.4:
            self._text(RETURNS[0])
            self.stopped = False
        elif first:
            self._converse(self.dice.choice(FIRST_WORDS), LONGEST_SITTING)
        else:
            self._converse(self.dice.choice(LATER_WORDS), self.dice.randint(1, 5))

    def _converse(self, words: str, turns: int) -> None:
        """Send a text, then keep choosing offered answers or something else, for up to `turns` turns."""
        heard: str | None = self._text(words)
        for _ in range(turns):
            if heard is None or self._has_enough():
                return
            heard = self._go_on(heard)

    def _go_on(self, heard: str) -> str | None:
        """Make one move and return the response, or None if the conversation is over."""
        choices = TEXTED.findall(heard)
        (wish,) = self.dice.choices(list(WISHES), list(WISHES.values()))
        self.did[wish] += 1
        match wish:
            case "STOP":
                self._stop(self.dice.choice(STOPS))
                return None
            case "DELETE":
                self._text(self.dice.choice(ERASING))
                return self._text(self.dice.choice(("1", "1", "2")))
            case "something else":
                return self._text(self.dice.choice(ASIDES))
            case _ if not choices:
                return None
            case "two texts at once":
                return self._two_texts(*self.dice.sample([*choices, "MENU"], 2))
            case _:
                return self._text(self._choice(heard, choices))

    def _choice(self, heard: str, choices: list[str]) -> str:
        if CONSENT in heard:
            return "1" if self.dice.random() < 0.85 else "2"
        weights = EAGER[: len(choices)] if MENU in heard else None
        return self.dice.choices(choices, weights)[0]

    def _has_enough(self) -> bool:
        now = self.poster.clock.now()
        self._got = [at for at in self._got if now - at < PATIENT]
        return len(self._got) >= MESSAGES

    def _text(self, words: str) -> str:
        """Send a text until it is taken and return the response. Raises SafeWordsOnly."""
        for _ in range(SAFE_TRIES):
            asked = self._sms(words)
            self._post(asked)
            if (document := asked.heard(self.safe)) not in self.safe:
                return self._read(document)
            if self.dice.random() < HAD_ENOUGH:
                self._stop(self.dice.choice(STOPS))
                return NOTHING
            time.sleep(SAFE_PAUSE_SECONDS)
        raise SafeWordsOnly(f"{words!r} was answered with the safe words {SAFE_TRIES} times")

    def _stop(self, words: str) -> None:
        """Send STOP once. It counts even if the response is the fallback text."""
        asked = self._sms(words)
        self.poster.knows(asked)
        self._post(asked)
        self.stopped = True
        if asked.heard(self.safe) in self.safe:
            self.did["STOP while Redis was away"] += 1

    def _two_texts(self, one: str, other: str) -> str:
        asked = self._sms(one), self._sms(other)
        self.poster.post(*asked)
        return [self._read(each.heard(self.safe)) for each in asked][-1]

    def _post(self, asked: Asked) -> None:
        """Post a webhook, sometimes four copies at once, or one more later."""
        luck = self.dice.random()
        self.poster.post(*[asked] * (4 if luck < 0.03 else 1))
        if 0.03 < luck < 0.06:
            self.poster.post(asked)

    def _read(self, document: str) -> str:
        """Return the messages of a TwiML response as one text."""
        messages = [message.text or "" for message in ET.fromstring(document).iter("Message")]  # noqa: S314
        self._got += [self.poster.clock.now()] * len(messages)
        return "\n".join(messages)

    def _call(self) -> None:
        """Make a call until it ends or the parent hangs up."""
        self.did["a call"] += 1
        call = self._id("CA")
        heard = self._turn(call, 0, {}, "(calls)")
        for _ in range(LONGEST_SITTING):
            following = FOLLOWING.search(heard)
            if "<Hangup" in heard or following is None or self.dice.random() < 0.07:
                break
            words = self._move(heard)
            heard = self._turn(call, int(following[1]), words, " ".join(words.values()) or "(silence)")
        form = self._voice_form(call) | {"CallStatus": "completed", "CallDuration": "60"}
        self._post(self.poster.new(self.number, f"{call}:end", "/voice/ended", form, "(hangs up)"))

    def _move(self, heard: str) -> dict[str, str]:
        """Return the webhook parameters of what the caller presses, says or records."""
        luck = self.dice.random()
        if "<Record" in heard:
            left = {"RecordingUrl": "https://api.example.org/recording", "RecordingSid": self._id("RE")}
            return left if luck < 0.7 else {}
        if luck < 0.05:
            return {}
        if luck < 0.15:
            return {"SpeechResult": self.dice.choice(SPOKEN), "Confidence": "0.9"}
        if luck < 0.25:
            return {"Digits": self.dice.choice("0*#789")}
        return {"Digits": self.dice.choice(SAID.findall(heard) or ["1"])}

    def _turn(self, call: str, n: int, words: dict[str, str], did: str) -> str:
        path = f"/voice/turn?n={n}" if n else "/voice"
        asked = self.poster.new(self.number, f"{call}:{n}", path, self._voice_form(call) | words, did)
        self._post(asked)
        return asked.heard(self.safe)

    def _id(self, prefix: str) -> str:
        self._ids += 1
        return prefix + hashlib.md5(f"{self.number} {self._ids}".encode(), usedforsecurity=False).hexdigest()

    def _sms(self, words: str) -> Asked:
        sid = self._id("SM")
        ids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid)
        form = {**ids, **self._who(), "Body": words, "NumMedia": "0", "SmsStatus": "received"}
        return self.poster.new(self.number, sid, "/sms", form, words)

    def _voice_form(self, call: str) -> dict[str, str]:
        return {"CallSid": call, **self._who(), "CallStatus": "in-progress", "Direction": "inbound"}

    def _who(self) -> dict[str, str]:
        return {"AccountSid": self.account, "From": self.number, "To": self.hotline, "FromCountry": "US"}
