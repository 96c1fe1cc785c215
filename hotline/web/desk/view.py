"""View models of the desk: waiting requests, the day's figures and the line's health, in plain language.

Rule 1: a number is unsealed here only for the page of the user who has taken the request, and passed nowhere
        else.
Rule 2: nothing here changes data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from hotline.config.settings import as_written
from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.model.events import Channel, LineType, ReachBy
from hotline.conversation.nlu.other_languages import name_of
from hotline.store.request_work import Result
from hotline.store.requests import BY_HAND, Request
from hotline.web.checks import CHECKS, OK, is_well
from hotline.web.desk import i18n
from hotline.web.service import service as this_service

CHANNELS: Final[Mapping[str, str]] = {Channel.SMS: "by text", Channel.VOICE: "in a call"}

ASKED: Final = "Parents who asked for a person"
PERSON_ASKED: Final = "person_asked"
FIGURES: Final = (
    ("Conversations started by text", ("text_opened",)),
    ("Calls", ("call_opened",)),
    ("Words of danger", ("word.crisis", "word.abuse")),
    (ASKED, (PERSON_ASKED,)),
    ("Not understood", ("miss",)),
    ("Opt-outs", ("stop",)),
    ("Texts filtered by carriers", ("carrier.30007", "reply.lost.30007")),
)
"""Label of each daily count, and the stored figures that it sums."""

OUTCOMES: Final = {
    "OUT-IEP": "An IEP evaluation",
    "OUT-504": "A 504 evaluation",
    "OUT-BOTH": "An evaluation for both, an IEP and a 504",
    "OUT-SUP": "Help in class first",
    "OUT-REV504": "A 504 review",
    "OUT-REVIEP": "An IEP review",
    "OUT-DISC": "Suspended or sent home",
    "OUT-EI": "Early intervention, under 3",
    "OUT-PREK": "A preschool evaluation, 3 to 5",
    "OUT-PRIV": "Also: in a private school",
    "OUT-HOME": "Also: home-schooled",
    "OUT-COLLEGE": "College",
    "OUT-AGAIN": "Asked the school, no answer",
    "OUT-NO": "Asked, and the school said no",
    "OUT-TESTED": "Tested, and the school said no",
    "OUT-WILL": "The school will test",
    "OUT-FAST": "Out of school, no plan: a fast evaluation",
}
"""Label of each outcome. An outcome that a center added is shown by its ID."""

RESULTS: Final = {
    Result.TALKED: "Talked with the parent",
    Result.TEXTED: "Texted with the parent",
    Result.LEFT_MESSAGE: "Left a message",
    Result.NO_ANSWER: "Nobody answered",
    Result.WRONG_NUMBER: "Wrong number",
    Result.REFERRED: "Sent to another service",
    Result.OTHER: "Something else",
}
"""Label of each result of a request."""

WISHES: Final = {
    ReachBy.CALL: "Call back",
    ReachBy.TEXT: "Text back, do not call",
    ReachBy.MESSAGE: "Message left",
}
"""Heading of a request, by how the parent wants to be reached."""

MEANS: Final = {
    "settings": "Something in the settings of the server looks wrong.",
    "webhooks": "Parents' texts or calls may not reach the hotline. Text the number yourself. If there is no answer, the hotline is not working.",
    "doctor": "The hotline's number or its address on the internet is not set up right.",
    "redis": "The hotline's database does not answer as it should. Parents may get only emergency words.",
    "persistence": "If the server stops now, answers and requests of parents could be lost.",
    "memory": "The memory of the database is nearly full or set up wrong, so data could be lost.",
    "failover": "If the database's server fails now, no other would take over.",
    "queue": "Planned texts, such as reminders, are not sent.",
    "clock": "Reminders are not sent, because the part that starts them has stopped.",
    "worker": "Reminders and notices are not sent, because the part that sends them has stopped.",
    "followups": "Some reminders are more than 10 minutes late.",
    "carrier": "The phone company refuses our texts. Planned texts wait and are sent once that is fixed.",
    "inbox": "We could not check whether a parent's text was missed, such as a STOP.",
    "replies": "Phone companies drop our answers: parents who text get nothing. Calls are answered.",
    "records": "Some stored requests or reminders cannot be read, or could not be sent. Parents whose text could not be sent are on the list of waiting parents.",
    "desk": "No one can sign in here, so no one sees who is waiting.",
    "notify": "You are not told when a parent waits, because the notices do not arrive. Look here often.",
    "waiting": "A parent has waited longer than a working day. Call or text them, then mark the request as done.",
    "spending": "Today's texts have almost reached the daily limit, or have reached it. At the limit, each parent gets one last answer, and no more until midnight. The person who runs the hotline can raise the limit.",
    "flows": "The latest words have a fault and are not in use: parents get the previous ones.",
    "password": "The database can be read without a password.",
    "review": "Statements of law are past their review date, or our own words conflict with the flows.",
}
"""What it means that a check fails, by its name."""

BY_STAFF: Final = frozenset({"waiting"})
"""The checks whose problems the staff can solve at the desk: there is nothing to pass on."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Requests to show; "" in a field stands for all."""

    language: str = ""
    kind: str = ""
    whose: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Self:
        """Return the filter in the query parameters."""
        return cls(given.get("language", ""), given.get("kind", ""), given.get("whose", ""))

    def admits(self, request: Request, holder: str, me: str) -> bool:
        """Check whether to show this request, on which `holder` works, to the user `me`."""
        kind = "call_back" if request.by is ReachBy.CALL else request.by
        whose = "free" if not holder else "mine" if holder == me else "others"
        return all(
            asked in ("", found)
            for asked, found in ((self.language, request.language), (self.kind, kind), (self.whose, whose))
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One request as shown.

    `number` is "" if it is hidden or not to be shown, and None if it cannot be decrypted; so are `words`, in which the
    parent named a good time. `task` is what the hotline could not do itself. `holder` is who works
    on it.
    """

    request: Request
    number: str | None
    written: str
    wish: str
    language: str
    how: str
    when: str
    asked: str
    phone: str
    us_state: str
    words: str | None = ""
    task: str = ""
    holder: str = ""
    claim_is_old: bool = False


def card_of(
    request: Request, *, with_number: bool = False, holder: str = "", claim_is_old: bool = False
) -> Card:
    """Return a request as shown, in the user's language. With `with_number`, unseal the number and the words too."""
    book, secrets = this_service().book, this_service().secrets
    number = secrets.unseal(request.sealed) if with_number and request.sealed else ""
    words = secrets.unseal(request.words) if with_number and request.words else ""
    place = book.places.states.get(request.us_state)
    return Card(
        request=request,
        number=number,
        written=as_written(number or ""),
        wish=i18n.gettext(WISHES[request.by]),
        language=_languages(book, request),
        how=i18n.gettext(CHANNELS.get(request.channel, request.channel)),
        when=i18n.gettext(_good_time(book, request.when)) if request.when not in ("", BY_HAND) else "",
        task=_task(request),
        asked=i18n.written_moment(request.at),
        phone=_phone(request),
        us_state=place.name if place else request.us_state,
        words=words,
        holder=holder,
        claim_is_old=claim_is_old,
    )


def _languages(book: Book, request: Request) -> str:
    """Return the parent's language, and the one of the line that they used if it is another."""
    own = name_of(request.tongue, book.reader.lexicon.others, i18n.language())
    if not own:
        return i18n.language_name(request.language)
    used = i18n.language_name(request.language, capital=False)
    return i18n.gettext("%(own)s (used the line in %(used)s)", own=own[:1].upper() + own[1:], used=used)


def _good_time(book: Book, name: str) -> str:
    """Return the English text of this choice, or its name if the choice no longer exists."""
    questions = (state for state in book.states.values() if isinstance(state, Question))
    choices = (choice for question in questions if question.reach for choice in question.choices)
    return next((choice.text for choice in choices if choice.name == name), name.replace("_", " "))


def _task(request: Request) -> str:
    """Return what the staff should do for a parent whose planned text was set aside, or ""."""
    if request.when != BY_HAND:
        return ""
    return i18n.gettext(
        "The hotline could not send a reminder that this parent agreed to. Please call or text them, and say what they should do next."
    )


def _phone(request: Request) -> str:
    """Return what the staff should know of the parent's phone, "" if there is nothing."""
    if not request.sealed:
        return i18n.gettext("The number is hidden")
    if request.line is LineType.LANDLINE:
        return i18n.gettext("It takes no texts")
    return i18n.gettext("The parent stopped our texts") if request.stopped else ""


def figures_of(counted: Mapping[str, int]) -> dict[str, int]:
    """Return the figures of a day or month by label."""
    return {label: sum(counted.get(name, 0) for name in names) for label, names in FIGURES}


def outcomes_of(counted: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the outcomes by label, the most frequent first."""
    return {OUTCOMES.get(id, id): count for id, count in parts_of(counted, "outcome.").most_common()}


def parts_of(counted: Mapping[str, int], kind: str) -> Counter[str]:
    """Return the figures whose names begin with `kind`, by the rest of their names."""
    return Counter({n.removeprefix(kind): count for n, count in counted.items() if n.startswith(kind)})


@dataclass(frozen=True, slots=True)
class Problem:
    """A check that failed as displayed: its label, what it means, and what to pass on to the one who runs the server."""

    label: str
    means: str
    detail: str


def problems_in(checks: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the checks of /status as (label, problem) pairs; the problem is "" if there is none."""
    return [(CHECKS[name].label, "" if state == OK else state) for name, state in checks.items()]


def problems_of(checks: Mapping[str, str]) -> list[Problem]:
    """Return the checks that failed, in the words of the desk's catalog."""
    return [
        Problem(CHECKS[name].label, MEANS[name], "" if name in BY_STAFF else state)
        for name, state in checks.items()
        if not is_well(state)
    ]
