"""A valid request to each URL rule, as the baseline for invalid ones."""

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from hotline import clock
from hotline.store.keys import open_secrets
from hotline.store.notices import Way, mark_of
from hotline.web import mirror
from tests.web.fuzz.addresses import ADDRESSES, NAMED, OF_RULES
from tests.web.fuzz.asking import Asked
from tests.web.fuzz.bodies import FORM, NONE, Body
from tests.web.fuzz.environment import MOTHER, UNCLE, Environment
from tests.web.fuzz.requests import RIGHT_LOGIN, RIGHT_TOKEN
from tests.web.fuzz.signing import Signing
from tests.web.fuzz.staff import CSRF, PASSPHRASE

OURS, STAFF = "+15105550100", "+15105550123"
CALL = {"CallSid": "CA" + "c" * 32, "From": MOTHER, "To": OURS}
TO_STAFF = {**CALL, "From": OURS, "To": STAFF}

TOLD = {"From": OURS, "To": MOTHER, "MessageStatus": "delivered"}
LOOKED_AT = {"version": "0", "do": "look"}
WRITTEN = {
    "written_en": "Thank you. Reply MENU any time.",
    "written_es": "Gracias. Responda MENU cuando quiera.",
}
TOPIC = {"label_en": "Camp", "text_en": "Call us.", "label_es": "Campamento", "text_es": "Llame."}

FORMS: Mapping[str, Mapping[str, str]] = {
    "/sms": {"MessageSid": "SM" + "c" * 32, "From": MOTHER, "To": OURS, "Body": "menu"},
    "/voice": CALL,
    "/voice/turn": {**CALL, "Digits": "1"},
    "/voice/ended": {**CALL, "CallStatus": "completed"},
    "/status": {**TOLD, "MessageSid": "SM" + "d" * 32},
    "/status/reply": {**TOLD, "MessageSid": "SM" + "e" * 32},
    "/status/notice": {**TOLD, "MessageSid": "SM" + "f" * 32, "To": STAFF, "MessageStatus": "undelivered"},
    "/desk/sign-in": {"name": "ann", "passphrase": PASSPHRASE},
    "/desk/passphrase/<token>": {"passphrase": PASSPHRASE, "again": PASSPHRASE},
    "/desk/opening": {"version": "0", "hours": "Mon-Fri 9:00-17:00", "holidays": "US"},
    "/desk/opening/today": {"version": "0"},
    "/desk/opening/back/<version>": {"version": "0"},
    "/desk/language": {"language": "es", "page": "/desk/opening", "words_en": "Snow: closed."},
    "/desk/request/<id>/done": {"result": "talked"},
    "/desk/team": {"name": "carla", "role": "editor"},
    "/desk/team/<name>/role": {"role": "editor"},
    "/desk/words": {"q": "zebra"},
    "/desk/words/text/<id>": {**LOOKED_AT, **WRITTEN},
    "/desk/words/topic/<name>": {**LOOKED_AT, **TOPIC},
    "/desk/words/reminders": {**LOOKED_AT, "number_sent_yet": "6"},
    "/desk/words/center/<name>": {"version": "0", "center": "Our Group", "phone": "907-561-3702"},
    "/desk/words/review/<name>": {"version": "0", "review_by": "2090-01-01"},
    "/desk/words/back/<version>": {"version": "0"},
    "/desk/words/take-back/<version>": {"version": "0", "entry": "texts", "name": "hotline.goodbye.text"},
    "/voice/whisper": TO_STAFF,
    "/voice/whisper/accepted": {**TO_STAFF, "Digits": "1"},
    "/voice/callback": TO_STAFF,
    "/voice/callback/accepted": {**TO_STAFF, "Digits": "1"},
    "/voice/callback/dialed": {**TO_STAFF, "DialCallStatus": "busy"},
    "/voice/callback/parent": {**CALL, "From": OURS, "To": UNCLE, "CallStatus": "completed"},
    "/voice/callback/ended": TO_STAFF,
    "/desk/request/<id>/call": {"phone": STAFF},
    "/desk/request/<id>/text": {"again": f"{clock.now() + timedelta(days=1):%Y-%m-%d}"},
}

BEFORE: Mapping[str, str] = {"/desk/request/<id>/undo": "/desk/request/<id>/done"}
"""URL rules to request first: only a finished request can be undone."""


def valid_request(rule: str, environment: Environment) -> Asked:
    """Return a valid request to this URL rule."""
    if rule in BEFORE:
        environment.ask(valid_request(BEFORE[rule], environment))
    address, letter = ADDRESSES[rule], next(iter(environment.letters))
    staff = mark_of(open_secrets(environment.settings), Way.TEXT, STAFF)
    queries = {
        "/voice/turn": "n=1",
        "/voice/whisper": "lang=es",
        "/status": f"followup={environment.followup}",
        "/status/notice": f"notice=a&target={staff}",
    }
    if rule.startswith("/voice/callback"):
        queries[rule] = urlencode({"request": environment.called, "call": environment.token})
    form = {**FORMS.get(rule, {}), **({"token": CSRF} if address.password else {})}
    path = rule.replace("/l/<token>", f"/l/{environment.finished_letter}")
    for variable in ("<id>", "<name>"):
        path = path.replace(variable, OF_RULES.get(rule, variable))
    path = path.replace("<id>", environment.message).replace("<kind>", letter)
    for name, value in NAMED.items():
        path = path.replace(f"<{name}>", value)
    login = RIGHT_LOGIN if address.password else RIGHT_TOKEN if address.token else None
    passed = (
        (mirror.PASS, mirror.new_pass(open_secrets(environment.settings))) if rule == mirror.PATH else None
    )
    return Asked(
        method=address.methods[0],
        path=path.encode(),
        query=queries.get(rule, "").encode(),
        headers=(*filter(None, (login, passed)),),
        body=sent(form) if address.reads else NONE,
        signing=Signing.RIGHT if address.signed else Signing.UNSIGNED,
    )


def sent(form: Mapping[str, str]) -> Body:
    """Encode a form as Twilio and browsers do."""
    content = urlencode(form).encode()
    return Body(content, FORM, str(len(content)))
