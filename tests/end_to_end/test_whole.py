"""All of `make run`, driven from outside, with the clock moved."""

import time

from devtools.twilio_sim.phone import Control
from tests.end_to_end.town import SOON_SECONDS, Town, screened, sent, talk
from tests.waiting import wait_until
from tests.wishes import TEACHING

ALOUD = (
    (r"what do you need", "What to ask the school for"),
    (r"which age group", "three"),
    (r"suspended", "no"),
    (r"call drops", "No thanks"),
    (r"plan at school", "no plan"),
    (r"asked the school", "not yet"),
    (r"hardest", "reading"),
    (r"help most", "Both"),
)
"""What a parent says to each question, in other words than the offered ones here and there."""


def test_a_screening_by_text_ends_in_an_outcome(town: Town) -> None:
    phone = screened(town)
    said = " ".join(bubble.body for bubble in phone.bubbles())
    assert "Parent Hotline: free school help" in said
    assert "an IEP evaluation is worth asking for" in said
    assert "Free help: Example Parent Center" in said


def test_a_call_by_keys_ends_in_an_outcome(town: Town) -> None:
    call = town.phone().call()
    changes = [(r"help most", r"changes"), *TEACHING]
    talk(call, r"evaluation is worth asking for", changes)
    call.hang_up()
    assert call.over


def test_a_call_by_speech_ends_in_an_outcome(town: Town) -> None:
    call = town.phone().call()
    call.wait()
    talk(call, r"you do not have to choose", ALOUD, aloud=True)


def test_follow_ups_are_sent_once_on_their_day(town: Town) -> None:
    phone = screened(town)
    began = time.monotonic()
    phone.text("1")
    wait_until(lambda: len(sent(phone)) == 1, SOON_SECONDS)
    assert time.monotonic() - began < SOON_SECONDS
    assert sent(phone)[0].startswith("Next step: ask in writing.")
    wait_until(lambda: town.records(phone)["next_step_now"] == "delivered", SOON_SECONDS)

    town.noon_after(days=2)
    wait_until(lambda: len(sent(phone)) == 2, SOON_SECONDS)
    assert sent(phone)[1].startswith("Tip: email your letter")
    town.noon_after(days=3)
    wait_until(lambda: len(sent(phone)) == 3, SOON_SECONDS)
    assert sent(phone)[2].startswith("Did you send your request yet?")
    wait_until(lambda: town.records(phone)["sent_yet"] == "delivered", SOON_SECONDS)
    assert "Which day did you send it?" in " ".join(bubble.body for bubble in phone.text("1"))
    assert "Write down who you sent it to" in " ".join(bubble.body for bubble in phone.text("1"))
    assert 3 == len(sent(phone)), "each left once"
    assert "waiting" == town.records(phone)["did_they_answer"]


def test_stop_ends_what_waits_and_start_brings_texting_back(town: Town) -> None:
    phone = screened(town, "1")
    wait_until(lambda: len(sent(phone)) == 1, SOON_SECONDS)
    phone.text("STOP")
    assert {"delivered", "dropped"} >= set(town.records(phone).values()) - {"sent"}
    town.noon_after(days=8)
    other = screened(town, "1")  # somebody whose texts go on shows that the clock and the worker run
    wait_until(lambda: len(sent(other)) == 1, SOON_SECONDS)
    assert 1 == len(sent(phone))
    assert [] == [bubble for bubble in phone.text("1") if bubble.source == "reply"]
    assert "you can text us again" in " ".join(bubble.body for bubble in phone.text("START"))


def test_a_webhook_delivered_twice_takes_effect_once(town: Town) -> None:
    phone = town.phone()
    phone.text("hi")
    Control(town.carrier).post("faults", kind="duplicate")
    phone.text("1")
    answer = phone.text("3")
    assert "suspended" in " ".join(bubble.body for bubble in answer)


def test_all_twiml_is_valid(town: Town) -> None:
    assert [] == Control(town.carrier).get("alerts")
