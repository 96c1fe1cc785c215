"""Sequences of requests by parents, forgers and the staff, in any state that they lead to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.web.fuzz.addresses import ADDRESSES
from tests.web.fuzz.asking import Answer, Asked
from tests.web.fuzz.environment import MOTHER, VOICEMAIL, Environment
from tests.web.fuzz.hostile_text import TEXTS, WORDS
from tests.web.fuzz.judging import put
from tests.web.fuzz.signing import AUTHENTIC, Signing
from tests.web.fuzz.tally import part
from tests.web.fuzz.valid_requests import OURS, STAFF, sent, valid_request

STEPS: Final = 25

SCREENING: Final = ("start over", "1", "3", "2", "1", "1", "1", "1", "1", "1")
"""Texts from the menu to an outcome and consent to texts."""

FORGED: Final = sorted(set(Signing) - AUTHENTIC)

PHONES: Final = st.sampled_from((MOTHER, "+12025550111", "anonymous"))
STRANGE_FIELDS: Final = st.dictionaries(
    st.sampled_from(
        ("FromCity", "CallerName", "ProfileName", "AddOns", "Caller", "RecordingUrl", "Confidence")
    ),
    TEXTS,
    max_size=3,
)


class Visit(RuleBasedStateMachine):
    """A random sequence of requests. Each response and its changes are checked."""

    environment: Environment

    @initialize()
    def begin(self) -> None:
        self.environment.begin_again()
        self.last: tuple[Asked, Answer] | None = None
        self.texts, self.calls, self.turns = 0, 0, 0

    def posted(self, path: str, form: Mapping[str, str], query: str = "") -> Answer:
        account = {"AccountSid": self.environment.settings.twilio_account_sid}
        asked = Asked("POST", path.encode(), query.encode(), (), sent({**account, **form}), Signing.RIGHT)
        answer = put(self.environment, asked)
        self.last = asked, answer
        return answer

    def called(self, path: str, fields: Mapping[str, str], phone: str = MOTHER) -> Answer:
        """Post a turn of the current call, or its end, and return the response."""
        call = {"CallSid": f"CA{self.calls:032x}", "From": phone, "To": OURS, "CallStatus": "in-progress"}
        query = urlencode({"n": self.turns}) if path == "/voice/turn" else ""
        return self.posted(path, {**fields, **call}, query)

    @rule(words=WORDS, fields=STRANGE_FIELDS, phone=PHONES)
    def parent_texts(self, words: str, fields: dict[str, str], phone: str) -> None:
        self.texts += 1
        form = {"MessageSid": f"SM{self.texts:032x}", "From": phone, "To": OURS, "Body": words}
        assert 200 == self.posted("/sms", {**fields, **form}).status

    @rule(answered=st.integers(1, len(SCREENING)))
    def the_questions_are_answered(self, answered: int) -> None:
        for words in SCREENING[:answered]:
            self.parent_texts(words, {}, MOTHER)

    @rule(fields=STRANGE_FIELDS, phone=PHONES)
    def a_call_begins(self, fields: dict[str, str], phone: str) -> None:
        self.calls, self.turns = self.calls + 1, 0
        assert 200 == self.called("/voice", fields, phone).status

    @precondition(lambda self: self.calls)
    @rule(
        field=st.sampled_from(
            ("Digits", "Digits", "Digits", "SpeechResult", "DialCallStatus", "RecordingSid", "none")
        ),
        words=WORDS | st.sampled_from("0123456789*#") | st.just(VOICEMAIL),
        fields=STRANGE_FIELDS,
    )
    def the_call_goes_on(self, field: str, words: str, fields: dict[str, str]) -> None:
        self.turns += 1
        recorded = {"RecordingUrl": words} if field == "RecordingSid" else {}
        assert 200 == self.called("/voice/turn", {**fields, **recorded, field: words}).status

    @rule(recording=TEXTS | st.sampled_from((VOICEMAIL, "RE" + "3" * 32)), fields=STRANGE_FIELDS)
    def a_message_is_left(self, recording: str, fields: dict[str, str]) -> None:
        """Call and leave a voicemail."""
        self.a_call_begins(fields, MOTHER)
        for field, words in (("Digits", "0"), ("DialCallStatus", "no-answer"), ("Digits", "2")):
            self.the_call_goes_on(field, words, fields={})
        self.the_call_goes_on("RecordingSid", recording, fields)

    @precondition(lambda self: self.calls)
    @rule(fields=STRANGE_FIELDS)
    def the_call_ends(self, fields: dict[str, str]) -> None:
        assert 204 == self.called("/voice/ended", fields).status

    @rule(digits=WORDS | st.sampled_from("12"), language=WORDS | st.sampled_from(("en", "es")))
    def the_staff_pick_up(self, digits: str, language: str) -> None:
        """Answer a transferred call as the staff."""
        form = {"CallSid": "CA" + "e" * 32, "From": OURS, "To": STAFF, "Digits": digits}
        assert 200 == self.posted("/voice/whisper", form, urlencode({"lang": language})).status
        assert 200 == self.posted("/voice/whisper/accepted", form).status

    @rule(
        status=TEXTS | st.sampled_from(("delivered", "undelivered", "failed")),
        code=TEXTS | st.sampled_from(("", "30003", "21610")),
    )
    def the_carrier_tells(self, status: str, code: str) -> None:
        form = {
            "MessageSid": "SM" + "e" * 32,
            "From": OURS,
            "To": MOTHER,
            "MessageStatus": status,
            "ErrorCode": code,
        }
        assert 204 == self.posted("/status", form, urlencode({"followup": self.environment.followup})).status

    @precondition(lambda self: self.last)
    @rule()
    def the_same_comes_again(self) -> None:
        """Send the last request again, and check for the same response."""
        assert self.last
        asked, answer = self.last
        assert answer.content == put(self.environment, asked).content

    @precondition(lambda self: self.last)
    @rule(signing=st.sampled_from(FORGED))
    def forger_sends_it(self, signing: Signing) -> None:
        """Send the last request with an invalid signature."""
        assert self.last
        asked = replace(self.last[0], signing=signing, odd=("=", ""))
        assert 403 == put(self.environment, asked).status

    @rule()
    def the_staff_look(self) -> None:
        assert 200 == put(self.environment, valid_request("/desk", self.environment)).status

    @rule(at=st.integers(0, 5), what=st.sampled_from(tuple(rule for rule in ADDRESSES if "<id>" in rule)))
    def the_staff_see_to_one(self, at: int, what: str) -> None:
        """Open or change a request as the staff."""
        waiting = self.environment.who_waits() or self.environment.waiting
        id = waiting[at % len(waiting)]
        asked = valid_request(what, self.environment)
        path = what.replace("<id>", id).encode()
        assert put(self.environment, replace(asked, path=path)).status in (200, 303, 404, 409)


def test_any_sequence_of_requests_gets_correct_responses(environment: Environment) -> None:
    class VisitHere(Visit):
        pass

    VisitHere.environment = environment
    run_state_machine_as_test(VisitHere, settings=part(0.2 / STEPS, steps=STEPS))
