"""The URL rules of the service, each with its valid requests and responses.

Rule: this lists every rule of `app.url_map`, and a test compares the two, so that a new one cannot be forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from hypothesis import strategies as st

from hotline import clock
from tests.web.fuzz.environment import AUNT, FATHER, MOTHER, STAFF_PHONE, UNCLE, VOICEMAIL, Away, Environment
from tests.web.fuzz.hostile_text import SAID, TEXTS, VALUES, WORDS, Values, escaped
from tests.web.fuzz.staff import CSRF, LINK, PASSPHRASE


class BodyKind(StrEnum):
    """The content of a successful response."""

    TWIML = "TwiML"
    PAGE = "a page"
    SOUND = "a sound"
    JSON = "JSON"
    LINE = "a line"
    FIGURES = "figures"
    NOTHING = "nothing"
    CSV = "a table"


@dataclass(frozen=True, slots=True)
class Address:
    """A URL rule.

    `methods` are the allowed ones besides OPTIONS. `signed` means for Twilio only, `password` for the staff. `fields`
    are those of its form.
    """

    kind: BodyKind
    methods: tuple[str, ...] = ("POST",)
    signed: bool = False
    password: bool = False
    token: bool = False
    """Whether it requires METRICS_TOKEN."""
    fields: Mapping[str, Values] | None = None
    query: Mapping[str, Values] | None = None
    told_all: bool = False
    """Whether a GET of the same URL is public and returns the state of the service."""

    reads_if_signed: bool = False
    """Whether it reads signed bodies even though it responds to anyone."""

    redisplays: tuple[int, ...] = ()
    """Statuses of pages that redisplay what the staff entered: an invalid form, or a search or preview."""

    @property
    def reads(self) -> bool:
        return self.fields is not None


def one_of(*texts: str) -> st.SearchStrategy[bytes]:
    """Return a strategy for one of these texts, or sometimes anything."""
    known = st.sampled_from([escaped(text) for text in texts])
    return st.one_of(known, known, known, VALUES)


def always(text: str) -> Values:
    """Return a strategy for this text only."""
    return st.just(escaped(text))


def id_of(begins: str) -> Values:
    """Return a strategy for a Twilio SID with this prefix: one of a few, or an unknown one."""
    return st.one_of(st.integers(0, 2), st.integers(0, 16**8)).map(lambda n: f"{begins}{n:032x}".encode())


NUMBERS: Final = one_of(
    *(MOTHER, MOTHER, FATHER, AUNT, "+12025550100", "+525512345678", "+15105550100", "anonymous", ""),
    *("+266696687", "+1202555", "+10000000000", "+12025550123\n"),
    "+1\u0662\u0660\u0662\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
)
"""Phone numbers: known, unknown, foreign, our own, hidden, invalid, and in non-ASCII digits."""

SPOKEN: Final = st.one_of(WORDS, SAID).map(escaped)

TEXT: Final[Mapping[str, Values]] = {
    "MessageSid": id_of("SM"),
    "Body": st.one_of(SPOKEN, VALUES),
    "From": NUMBERS,
    "To": always("+15105550100"),
    "FromCity": TEXTS.map(escaped),
    "OptOutType": one_of("", "", "", "STOP", "START", "HELP"),
}
CALL: Final[Mapping[str, Values]] = {
    "CallSid": id_of("CA"),
    "From": NUMBERS,
    "To": always("+15105550100"),
    "CallStatus": one_of("in-progress", "completed", "no-answer"),
    "CallerName": TEXTS.map(escaped),
}
TURN: Final[Mapping[str, Values]] = {
    **CALL,
    "Digits": one_of("", "", "1", "2", "3", "0", "*", "#", "7", "8", "9", "11"),
    "SpeechResult": st.one_of(SPOKEN, VALUES),
    "DialCallStatus": one_of("", "", "", "completed", "no-answer", "failed"),
    "DialBridged": one_of("", "true", "false"),
}
RECORDED: Final[Mapping[str, Values]] = {
    **TURN,
    "RecordingUrl": st.one_of(st.none(), st.none(), VALUES),
    "RecordingSid": one_of(VOICEMAIL, ""),
}
STATUS: Final[Mapping[str, Values]] = {
    "MessageSid": id_of("SM"),
    "MessageStatus": one_of("delivered", "sent", "queued", "undelivered", "failed", "canceled", "read"),
    "ErrorCode": one_of("", "30003", "30007", "21610", "30006", "20003", "30022", "99999999", "\u0663"),
    "From": always("+15105550100"),
    "To": one_of(MOTHER, MOTHER, MOTHER, FATHER),
}
TO_STAFF: Final[Mapping[str, Values]] = {
    "CallSid": id_of("CA"),
    "From": always("+15105550100"),
    "To": always("+15105550123"),
    "Digits": one_of("1", "2", ""),
}
PARENT_LEG: Final[Mapping[str, Values]] = {
    "CallSid": id_of("CA"),
    "ParentCallSid": id_of("CA"),
    "From": always("+15105550100"),
    "To": one_of(UNCLE, UNCLE, MOTHER),
    "CallStatus": one_of("in-progress", "completed", "busy", "no-answer", "failed", "canceled", "x"),
}
CALLED_BACK: Final[Mapping[str, Values]] = {
    **TO_STAFF,
    "DialCallStatus": one_of("completed", "busy", "no-answer", "failed", "canceled", ""),
}
LANGUAGES: Final = {"lang": one_of("en", "es", "fr", "EN", "en_US", "")}
TOLD: Final = {"said": one_of("done", "closed", "x")}
RIGHT_TURNS: Final = ("1", "2", "3", "7", "500", "1000")
TURNS: Final = {"n": one_of(*RIGHT_TURNS * 3, "1001", "0", "-1", "1e3", "\u0663", "00001", "")}

OPENING: Final[Mapping[str, Values]] = {
    "token": VALUES,
    "version": one_of("0"),
    "hours": one_of("Mon-Fri 9:00-17:00"),
    "holidays": one_of("US", "no"),
    "first": one_of("2027-01-01"),
    "last": one_of("2027-01-02"),
    "hours_0": one_of("Sat 9:00-12:00"),
    "languages_0": one_of("es"),
    "center_name": one_of("Bay Parent Center"),
    **dict.fromkeys(("number_0", "center_phone"), NUMBERS),
}
"""The form of the desk's opening hours."""

WORDING: Final[Mapping[str, Values]] = {
    **dict.fromkeys("token written_en written_es label_en text_en examples_en after center".split(), VALUES),
    "version": one_of("0"),
    "do": one_of("look", "publish", "remove"),
    "phone": NUMBERS,
    "entry": one_of("texts", "reminders"),
    "name": one_of("hotline.goodbye.text", "sent_yet"),
}
"""The forms of the desk's texts."""

SPAN: Final = {"first": one_of(f"{clock.now():%Y-%m}"), "last": one_of(f"{clock.now():%Y-%m}", "2020-01")}
NAMED: Final = {"version": "0", "name": "ann", "token": LINK, "month": f"{clock.now():%Y-%m}"}
"""Values of the variables in the desk's URL rules."""

OF_RULES: Final = {
    "/desk/words/text/<id>": "hotline.goodbye.text",
    "/desk/words/topic/<name>": "new",
    "/desk/words/center/<name>": "AK",
    "/desk/words/review/<name>": "faq_cost",
    **dict.fromkeys((f"/desk/team/<name>/{what}" for what in ("link", "role", "remove", "sign-out")), "ben"),
}
"""Values of the variables in the URL rules for texts and accounts."""

GET: Final = ("GET", "HEAD")
FORM: Final = ("POST", *GET)


def twilios(fields: Mapping[str, Values], kind: BodyKind = BodyKind.NOTHING, **more: Any) -> Address:
    return Address(kind, signed=True, fields=fields, **more)


def desks(kind: BodyKind = BodyKind.PAGE, **more: Any) -> Address:
    return Address(kind, password=True, **more)


def buttons(**fields: Values) -> Address:
    """Return a form of the desk that posts these fields beside its token and a note."""
    return desks(fields={"token": VALUES, "note": VALUES, **fields}, redisplays=(400,))


TWIML, NOTHING, PAGE, CSV = BodyKind.TWIML, BodyKind.NOTHING, BodyKind.PAGE, BodyKind.CSV
PUBLIC: Final = Address(PAGE, GET, query=LANGUAGES)
SEARCHED: Final = desks(methods=GET, query={"q": one_of("greeting", "")}, redisplays=(200,))
WORDED: Final = desks(fields=WORDING, redisplays=(200, 400))
ROLE: Final = one_of("staff", "editor", "admin")
TOMORROW: Final = one_of(f"{clock.now() + timedelta(days=1):%Y-%m-%d}")
NEW_PASSPHRASE: Final = dict.fromkeys(("passphrase", "again"), one_of(PASSPHRASE))

ADDRESSES: Final[Mapping[str, Address]] = {
    "/sms": twilios(TEXT, TWIML),
    "/voice": twilios(CALL, TWIML),
    "/voice/turn": twilios(RECORDED, TWIML, query=TURNS),
    "/voice/ended": twilios(CALL),
    "/status": twilios(STATUS, methods=FORM, query={"followup": VALUES}, told_all=True),
    "/status/reply": twilios(STATUS),
    "/status/notice": twilios(STATUS, query={"notice": VALUES, "target": VALUES}),
    "/fallback/sms": Address(TWIML, (*GET, "POST"), reads_if_signed=True),
    "/fallback/voice": Address(TWIML, (*GET, "POST")),
    "/voice/whisper": twilios(TO_STAFF, TWIML, query=LANGUAGES),
    "/voice/whisper/accepted": twilios(TO_STAFF, TWIML),
    "/voice/callback": twilios(CALLED_BACK, TWIML),
    "/voice/callback/accepted": twilios(CALLED_BACK, TWIML),
    "/voice/callback/dialed": twilios(CALLED_BACK, TWIML),
    "/voice/callback/parent": twilios(PARENT_LEG),
    "/voice/callback/ended": twilios(CALLED_BACK),
    "/healthz": Address(BodyKind.LINE, GET),
    "/readyz": Address(BodyKind.JSON, GET),
    "/metrics": Address(BodyKind.FIGURES, GET, token=True),
    "/doctor": Address(BodyKind.JSON),
    **dict.fromkeys(("/", "/l/<token>"), Address(PAGE, GET)),
    **dict.fromkeys(("/letters", "/letters/<kind>", "/privacy", "/terms"), PUBLIC),
    **dict.fromkeys(("/desk", "/desk/request/<id>", "/desk/history"), desks(methods=GET, query=TOLD)),
    "/desk/recording/<id>": desks(BodyKind.SOUND, methods=GET),
    "/desk/request/<id>/call": buttons(phone=one_of(STAFF_PHONE, "own"), own=NUMBERS),
    "/desk/request/<id>/text": buttons(again=TOMORROW),
    "/desk/request/<id>/done": buttons(result=VALUES),
    **{
        f"/desk/request/<id>/{what}": buttons()
        for what in ("claim", "call/cancel", "forget-phone", "note", "release", "undo")
    },
    **dict.fromkeys(("/desk/figures", "/desk/figures/<month>"), desks(methods=GET)),
    "/desk/figures/<month>.csv": desks(CSV, methods=GET),
    "/desk/figures/report": desks(methods=GET, query=SPAN),
    "/desk/figures/report.csv": desks(CSV, methods=GET, query=SPAN),
    "/desk/opening": desks(methods=FORM, fields=OPENING, query=TOLD, redisplays=(400,)),
    "/desk/opening/today": desks(fields={"words_en": VALUES, **OPENING}, redisplays=(400,)),
    "/desk/opening/back/<version>": desks(NOTHING, fields=OPENING),
    **{f"/desk/words/{path}": SEARCHED for path in ("topics", "centers", "versions", "publishing/<id>")},
    "/desk/words": replace(
        SEARCHED,
        methods=FORM,
        fields={"token": VALUES, "q": one_of("greeting", "zebra", ""), "which": one_of("own", "")},
    ),
    **{
        f"/desk/words/{path}": replace(WORDED, methods=FORM)
        for path in ("text/<id>", "topic/<name>", "conflicts", "reminders")
    },
    **{
        f"/desk/words/{path}": WORDED
        for path in ("center/<name>", "review/<name>", "back/<version>", "take-back/<version>")
    },
    "/desk/team": desks(
        methods=FORM,
        fields={"token": VALUES, "name": one_of("carla", "ben"), "role": ROLE},
        redisplays=(400, 409),
    ),
    "/desk/team/<name>/role": desks(fields={"token": VALUES, "role": ROLE}),
    **{
        f"/desk/team/<name>/{what}": desks(fields={"token": VALUES})
        for what in ("link", "remove", "sign-out")
    },
    "/desk/sign-out": desks(NOTHING, fields={"token": VALUES}),
    "/desk/sign-in": Address(PAGE, FORM, fields={"name": one_of("ann"), "passphrase": one_of(PASSPHRASE)}),
    "/desk/passphrase/<token>": Address(PAGE, FORM, fields=NEW_PASSPHRASE),
    "/desk/language": Address(
        PAGE,
        fields={
            "language": one_of("es"),
            "page": one_of("/desk/opening", "/desk/team", "/desk/words/text/hotline.goodbye.text"),
            **dict.fromkeys(("token", "words_en", "written_es", "name", "hours", "first"), VALUES),
        },
        redisplays=(200,),
    ),
}

BY_DESIGN: Final[Mapping[Away, dict[tuple[str, int], str]]] = {
    Away.NOTHING: {},
    Away.REDIS: {
        ("/readyz", 503): "it says that Redis does not answer",
        ("/status", 503): "Twilio retries",
        ("/status/reply", 503): "Twilio retries",
        ("/status/notice", 503): "Twilio retries: a lost notice is sent again then",
        ("/voice/ended", 503): "Twilio retries: the text after a dropped call is planned then",
        **{
            (rule, 503): "Twilio retries: the result of a callback is recorded then"
            for rule in ADDRESSES
            if rule.startswith("/voice/callback")
        },
        **{
            (rule, 503): "a page that says what to check; there is nothing to show"
            for rule in ADDRESSES
            if rule.startswith("/desk")
        },
    },
    Away.CARRIER: {
        ("/desk/recording/<id>", 502): "a page that says why the message cannot be played",
        ("/desk/request/<id>/call", 502): "a page that says that the carrier rejected the call",
    },
}
"""The only allowed 5xx responses, by outage and URL rule, with the reason."""


def fields_of(rule: str, environment: Environment) -> Mapping[str, Values]:
    """Return the form fields of a URL rule, with values specific to this environment."""
    address = ADDRESSES[rule]
    if address.password:
        return {**(address.fields or {}), "token": one_of(*(CSRF,) * 4, "", "0" * 64)}
    if rule.startswith("/desk"):
        return address.fields or {}
    if not address.signed:
        return TEXT
    return {"AccountSid": always(environment.settings.twilio_account_sid), **(address.fields or {})}


def query_of(rule: str, environment: Environment) -> Mapping[str, Values]:
    """Return the query parameters of a URL rule, with values specific to this environment."""
    if rule == "/status":
        return {
            "followup": one_of(*(environment.followup,) * 4, environment.waiting[0], f"{'0' * 32}-{'0' * 12}")
        }
    if rule.startswith("/voice/callback"):
        return {
            "request": one_of(environment.called, environment.called, *environment.waiting),
            "call": one_of(environment.token),
        }
    return ADDRESSES[rule].query or {}


def names_in(rule: str, environment: Environment) -> st.SearchStrategy[bytes]:
    """Return a strategy for the variable in the URL rule."""
    if "<kind>" in rule:
        return one_of(*environment.letters)
    if rule == "/l/<token>":
        return one_of(environment.finished_letter, environment.finished_letter[:-1], "AAAA")
    if rule in OF_RULES:
        return one_of(OF_RULES[rule], "ann", "nobody")
    if "<id>" not in rule:
        return one_of(*(NAMED[name] for name in NAMED if f"<{name}>" in rule))
    return one_of(
        *environment.waiting,
        *(environment.message,) * 4,
        environment.waiting[0].upper(),
        f"{'0' * 32}-{'0' * 12}",
    )
