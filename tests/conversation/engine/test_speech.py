"""How a turn sounds in a call, and how it is divided."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Role
from hotline.conversation.engine.speech import (
    LONGEST_SECONDS,
    LONGEST_WITH_QUESTION,
    choices_asked,
    duration,
    in_parts,
    saying,
    sayings,
    seconds,
)
from hotline.conversation.model.events import Ask, Channel, HangUp, LineType, Reply, TakeMessage, Tell
from hotline.conversation.model.session import Session
from tests.conversation.talk import LATER, Talk

LETTER = tuple(Tell(f"next_steps.letter_{part}.text") for part in ("504", "504_kind", "504_reply"))


def outcome(book: Book) -> Talk:
    """Return a caller who heard an outcome and, in the next part, who helps for free."""
    return Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"321111").press("1", LATER)


def test_speaking_time_is_words_plus_pauses() -> None:
    """150 words a minute, and 0.4 seconds where a sentence ends."""
    assert 0.4 * 5 + 0.4 == pytest.approx(seconds("Press a key or speak."))


def test_a_short_turn_is_spoken_at_once(book: Book) -> None:
    replies = (Tell("hotline.unclear.text"), Ask("kind_of_school"))
    assert (replies, ()) == in_parts(book, "en", replies)


def test_a_long_turn_is_divided_into_parts(book: Book) -> None:
    later: tuple[Reply, ...] = (*LETTER, Ask("anything_else"))
    heard: list[Reply] = []
    while later:
        now, later = in_parts(book, "en", later)
        most = LONGEST_SECONDS if later else LONGEST_WITH_QUESTION
        assert sum(duration(book, "en", reply) for reply in now) <= most
        assert (Ask(Role.MORE) in now) == bool(later)
        heard += [reply for reply in now if reply != Ask(Role.MORE)]
    assert [*LETTER, Ask("anything_else")] == heard


def test_a_question_stays_with_the_words_before_it(book: Book) -> None:
    replies = (
        Tell("screening.outcome_iep.text"),
        Tell("screening.a_person.text"),
        Tell("screening.disclaimer.text"),
        Ask("kind_of_school"),
    )
    _, later = in_parts(book, "en", replies)
    assert (
        Tell("screening.a_person.text"),
        Tell("screening.disclaimer.text"),
        Ask("kind_of_school"),
    ) == later


def test_no_part_is_tiny(book: Book) -> None:
    told = (Tell("people.nobody_free.text"), Tell("rights.days_out_teaching.text"))
    assert ((*told, Ask(Role.MORE)), (Ask("hear_letter"),)) == in_parts(
        book, "en", (*told, Ask("hear_letter"))
    )


def test_more_is_not_asked_before_a_question_alone(book: Book) -> None:
    replies = (
        Tell("people.nobody_free.text"),
        Tell("people.person_number.text"),
        Ask("anything_else", brief=True),
    )
    assert sum(duration(book, "en", reply) for reply in replies) > LONGEST_SECONDS
    assert (replies, ()) == in_parts(book, "en", replies)


def test_a_repeated_question_after_a_long_answer_is_shorter(book: Book) -> None:
    answer, asked = Tell("rights.days_out_teaching.text"), Ask("plan_now")
    assert ((answer, Ask("plan_now", brief=True)), ()) == in_parts(
        book, "en", (answer, asked), asked="plan_now"
    )
    assert ((answer, Ask(Role.MORE)), (asked,)) == in_parts(book, "en", (answer, asked))


def test_a_question_is_shorter_the_second_time(book: Book) -> None:
    whole, brief = (saying(book, "en", Ask("plan_now", brief=b)) for b in (False, True))
    assert "Does your child have a plan at school now?" == brief.phrases[0]
    assert "1: no plan, or not sure." == brief.phrases[1]
    assert seconds(brief.words) < seconds(whole.words)


def test_more_goes_on_and_no_skips_to_the_question(book: Book) -> None:
    assert ["a_person"] == outcome(book).told
    for more in ("1",):
        assert (["disclaimer"], "kind_of_school") == ((t := outcome(book).press(more)).told, t.asked)
    assert (["disclaimer"], "kind_of_school") == ((t := outcome(book).speak("more")).told, t.asked)
    no = outcome(book).speak("no")
    assert (["disclaimer"], "kind_of_school") == (no.told, no.asked)


def test_skipping_keeps_the_disclaimer(book: Book) -> None:
    told: tuple[Reply, ...] = (*LETTER, Tell("screening.disclaimer.text"), Ask("kind_of_school"))
    talk = Talk(book, Session(state="kind_of_school", more=told)).press("2")
    assert (["disclaimer"], "kind_of_school") == (talk.told, talk.asked)


def test_silence_and_a_wrong_key_go_on(book: Book) -> None:
    silent = outcome(book).be_silent()
    assert (["disclaimer"], "kind_of_school", 0) == (silent.told, silent.asked, silent.session.silences)
    wrong = outcome(book).press("55")
    assert (["unclear", "disclaimer"], "kind_of_school", 0) == (wrong.told, wrong.asked, wrong.session.misses)


def test_star_repeats_all_parts_slowly_the_second_time(book: Book) -> None:
    talk = outcome(book).press("1").press("*")
    assert ["a_person"] == talk.told
    assert 1 == talk.session.repeats
    assert 2 == talk.press("*").session.repeats
    assert 0 == talk.press("1").session.repeats


def test_a_command_between_parts_returns_to_the_question(book: Book) -> None:
    assert "kind_of_school" == outcome(book).speak("what is a 504").call_on().asked
    assert "kind_of_school" == outcome(book).press("9", "2").session.state


def test_back_between_parts_takes_back_the_answer(book: Book) -> None:
    assert "hear_letter" == outcome(book).press("#").asked


def test_a_text_answers_the_open_question_and_not_more(book: Book) -> None:
    talk = outcome(book).hang_up().text("2")
    assert "private" == talk.session.answer_to("kind_of_school")


def test_the_recording_notice_cannot_be_skipped(book: Book) -> None:
    announced = (Tell("people.leave_message.text"), TakeMessage())
    talk = Talk(book, Session(state="leave_message", more=(*LETTER, *announced))).press("2")
    assert announced == talk.replies
    bye = (Tell("hotline.goodbye.text"), HangUp())
    assert bye == Talk(book, Session(state="rest", more=(*LETTER, *bye))).press("2").replies


def test_each_language_has_its_own_voice(book: Book) -> None:
    offer = Tell("hotline.this_language.text", language="es")
    assert [("es", "Para español, oprima 8.")] == [
        (said.language, said.words) for said in sayings(book, "en", (offer,))
    ]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("words", ["danger", "abuse"])
def test_danger_words_come_at_once_and_in_full(book: Book, language: str, words: str) -> None:
    replies = (Tell(f"hotline.{words}.text"), Ask("safe_to_go_on"))
    assert (replies, ()) == in_parts(book, language, replies)
    assert sum(duration(book, language, reply) for reply in replies) <= LONGEST_SECONDS


def test_a_topic_question_never_offers_all_topics(book: Book) -> None:
    which = book.question(Role.WHICH_TOPIC)
    assert ("none",) == choices_asked(Channel.VOICE, which, Session())
    assert ("rights", "none") == choices_asked(Channel.VOICE, which, Session(between=("rights", "none")))
