"""Common questions in parents' own words."""

from typing import Any

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.reader import Danger

ASKED = [
    ("hes got good grades so they said no", "faq_good_grades"),
    ("they wont do an iep because her grades are fine", "faq_good_grades"),
    ("do i need a doctors note first", "faq_diagnosis"),
    ("can he get a 504 without a diagnosis", "faq_diagnosis"),
    ("necesito un diagnostico primero?", "said_doctor"),
    ("school says we have to do RTI first", "faq_try_first"),
    ("he has to finish tier 2", "faq_try_first"),
    ("how long do they have", "faq_how_long"),
    ("how many days does the school have to test", "faq_how_long"),
    ("cuanto tiempo tienen para evaluar", "faq_how_long"),
    ("they never answered me", "faq_no_answer"),
    ("nobody got back to me", "faq_no_answer"),
    ("can the school say no to testing", "faq_may_refuse"),
    ("may the school say no", "faq_may_refuse"),
    ("la escuela puede negarse", "faq_may_refuse"),
    ("can i say no to testing", "faq_parent_no"),
    ("can i refuse", "faq_parent_no"),
    ("puedo decir que no", "faq_parent_no"),
    ("me puedo negar", "faq_parent_no"),
    ("does it cost money", "faq_cost"),
    ("do i have to pay for the evaluation", "faq_cost"),
    ("i dont agree with their test", "right_outside_test"),
    ("can i get an independent evaluation", "right_outside_test"),
    ("which one is better", "faq_which_better"),
    ("can my kid have both", "faq_both"),
    ("they want to take away the IEP and give 504", "faq_take_away"),
    ("they arent following the iep", "faq_not_followed"),
    ("no cumplen con el iep", "faq_not_followed"),
    ("can i bring someone to the meeting", "faq_bring_someone"),
    ("do i have to sign", "faq_sign"),
    ("tengo que firmar", "faq_sign"),
    ("i need an interpreter", "right_interpreter"),
    ("they keep calling me to pick her up", "faq_pick_up"),
    ("will colleges see it", "faq_on_record"),
    ("were moving to another state", "faq_moving"),
    ("nos mudamos a otro estado", "faq_moving"),
    ("does he get help in the summer", "faq_summer"),
    ("can they make him take adhd meds", "faq_medicine"),
    ("i heard they closed the ed dept", "faq_law_changed"),
    ("who gets a 504", "who_504"),
    ("deadlines", "time_limits"),
    ("common questions", "questions"),
    ("LETTERS", "which_letter"),
    ("i need a letter to get his records", "letter_records"),
    ("letter because they said no", "letter_notice"),
    ("how do i ask for an evaluation", "faq_how_to_ask"),
    ("whats the difference between a 504 and an iep", "differences"),
    ("does it work in private school", "private_school_topic"),
    ("what about my 2 year old", "early_childhood"),
    ("does she still get it in college", "college"),
    ("he got suspended again", "days_out"),
    ("is this free", "private_here"),
    ("Are you free?", "private_here"),
    ("is this private", "private_here"),
    ("who sees this", "private_here"),
    ("quien ve esto", "private_here"),
    ("no tengo papeles", "never_asked"),
    ("tengo miedo de migracion", "never_asked"),
    ("will you tell ice", "never_asked"),
    ("sent yesterday", "what_was_sent"),
    ("SENT 9/14", "what_was_sent"),
    ("i sent it sept 14", "what_was_sent"),
    ("enviada ayer", "what_was_sent"),
    ("la mandé el lunes", "what_was_sent"),
    ("enviada el 14 de septiembre", "what_was_sent"),
    ("signed yesterday", "signed_on"),
    ("signed 9/14", "signed_on"),
    ("firmada el lunes", "signed_on"),
    ("ya tiene iep pero no lo cumplen", "faq_not_followed"),
    ("tiene 504 pero no le ayuda", "right_disagree"),
    ("no they never call me bak", "faq_no_answer"),
    ("mi hijo no puede leer y necesito ayuda", "child_age"),
    ("mi hijo no aprende a leer y la maestra dice que es flojo", "child_age"),
    ("la maestra dice que no pone atencion", "child_age"),
    ("the teacher says he doesnt pay attention", "child_age"),
    ("his teacher told me he cant read", "child_age"),
    ("take the quiz", "child_age"),
]


WIDER = {"tiene 504 pero no le ayuda": "start_screening", "LETTERS": "letter_wanted"}
"""What gets a wider answer than its own today."""


def _row(words: str, state: str) -> Any:
    wider = WIDER.get(words)
    mark = pytest.mark.xfail(strict=True, reason=f"leads to {wider}, which is wider") if wider else ()
    return pytest.param(words, state, id=words, marks=mark)


@pytest.mark.parametrize(("words", "state"), [_row(*row) for row in ASKED])
def test_a_question_in_own_words_gets_its_own_answer(words: str, state: str, book: Book) -> None:
    reading = book.reader.read(words)
    offered = [reading.intent] if reading.intent else list(reading.asks)
    assert state in [book.topics.get(intent or "") for intent in offered]


MORE_URGENT = [
    ("he was suspended do i have to sign something", "discipline"),
    ("kids bully him and the school never answered", "bullying"),
    ("stop texting me", "stop"),
    ("he has good grades but wants to die", "crisis"),
    ("she hurts herself over the summer", "crisis"),
    ("can i talk to a real person", "human"),
    ("my kid has good grades but cant sit still", "screen"),
    ("they want to move him to another school", None),
]


LESS_URGENT = {"he was suspended do i have to sign something": "is told about signing alone"}


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        pytest.param(
            words,
            intent,
            id=words,
            marks=pytest.mark.xfail(strict=True, reason=LESS_URGENT[words]) if words in LESS_URGENT else (),
        )
        for words, intent in MORE_URGENT
    ],
)
def test_urgent_topics_win_over_common_questions(words: str, intent: str | None, book: Book) -> None:
    reading = book.reader.read(words)
    if intent == "crisis":
        assert reading.danger in (Danger.ASK, Danger.ALARM)
    elif intent:
        assert reading.intent == intent
    else:
        assert not str(reading.intent).startswith("faq_")
