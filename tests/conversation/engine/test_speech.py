"""How a turn sounds in a call, and the parts it is told in."""

from __future__ import annotations

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
from hotline.conversation.model.events import (
    Ask,
    Channel,
    HangUp,
    LineType,
    Reply,
    TakeMessage,
    Tell,
)
from hotline.conversation.model.session import Session
from tests.conversation.talk import LATER, Talk

LETTER = tuple(Tell(f"next_steps.letter_{part}.text") for part in ("504", "504_kind", "504_reply"))


def outcome(book: Book) -> Talk:
    """A caller who has been told an outcome, and just now, in the next part, who helps for free."""
    return Talk(book, Session(line=LineType.TEXTS)).call("1").screened(*"321111").press("1", LATER)


def test_a_sentence_takes_its_words_and_a_breath() -> None:
    """150 words a minute, and 0.4 seconds where a sentence ends."""
    assert 0.4 * 5 + 0.4 == pytest.approx(seconds("Press a key or speak."))


def test_a_short_turn_is_told_at_once(book: Book) -> None:
    """Nobody has to ask for more of what takes a few seconds."""
    replies = (Tell("hotline.unclear.text"), Ask("kind_of_school"))
    assert (replies, ()) == in_parts(book, "en", replies)


def test_a_long_turn_is_told_in_parts_none_longer_than_a_caller_can_listen(book: Book) -> None:
    """All of it comes, in its order, and each part but the last asks whether to hear more."""
    later: tuple[Reply, ...] = (*LETTER, Ask("anything_else"))
    heard: list[Reply] = []
    while later:
        now, later = in_parts(book, "en", later)
        most = LONGEST_SECONDS if later else LONGEST_WITH_QUESTION
        assert sum(duration(book, "en", reply) for reply in now) <= most
        assert (Ask(Role.MORE) in now) == bool(later)
        heard += [reply for reply in now if reply != Ask(Role.MORE)]
    assert [*LETTER, Ask("anything_else")] == heard


def test_a_question_is_asked_in_the_same_breath_as_what_leads_to_it(book: Book) -> None:
    """Not after "More?", alone."""
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


def test_hardly_a_word_is_no_part_of_its_own(book: Book) -> None:
    """A sentence of two seconds does not stand alone before "want to hear more?"."""
    told = (Tell("people.nobody_free.text"), Tell("rights.days_out_teaching.text"))
    assert ((*told, Ask(Role.MORE)), (Ask("hear_letter"),)) == in_parts(
        book, "en", (*told, Ask("hear_letter"))
    )


def test_nobody_is_asked_to_hear_no_more_than_a_question(book: Book) -> None:
    """If that takes a moment more than a caller listens elsewhere."""
    replies = (
        Tell("people.nobody_free.text"),
        Tell("people.person_number.text"),
        Ask("anything_else", brief=True),
    )
    assert sum(duration(book, "en", reply) for reply in replies) > LONGEST_SECONDS
    assert (replies, ()) == in_parts(book, "en", replies)


def test_a_question_that_was_asked_before_is_shorter_after_a_long_answer(book: Book) -> None:
    """One that was not is asked in full, after "want to hear more?"."""
    answer, asked = Tell("rights.days_out_teaching.text"), Ask("plan_now")
    assert ((answer, Ask("plan_now", brief=True)), ()) == in_parts(
        book, "en", (answer, asked), asked="plan_now"
    )
    assert ((answer, Ask(Role.MORE)), (asked,)) == in_parts(book, "en", (answer, asked))


def test_the_second_time_a_question_is_shorter(book: Book) -> None:
    """Without what explains it, and with shorter keys; the question itself stays."""
    whole, brief = (saying(book, "en", Ask("plan_now", brief=b)) for b in (False, True))
    assert "Does your child have a plan at school now?" == brief.phrases[0]
    assert "1: no plan, or not sure." == brief.phrases[1]
    assert seconds(brief.words) < seconds(whole.words)


def test_more_goes_on_and_no_skips_to_the_question(book: Book) -> None:
    """By key and by word; both lead on."""
    assert ["a_person"] == outcome(book).told
    for more in ("1",):
        assert (["disclaimer"], "kind_of_school") == ((t := outcome(book).press(more)).told, t.asked)
    assert (["disclaimer"], "kind_of_school") == (
        (t := outcome(book).speak("more")).told,
        t.asked,
    )
    no = outcome(book).speak("no")
    assert (["disclaimer"], "kind_of_school") == (no.told, no.asked)


def test_nobody_skips_that_we_are_no_lawyers(book: Book) -> None:
    """ "No" to "More?" leaves out what can be left out; what everybody is told once is told."""
    told: tuple[Reply, ...] = (*LETTER, Tell("screening.disclaimer.text"), Ask("kind_of_school"))
    talk = Talk(book, Session(state="kind_of_school", more=told)).press("2")
    assert (["disclaimer"], "kind_of_school") == (talk.told, talk.asked)


def test_a_caller_who_only_listens_hears_all_of_it(book: Book) -> None:
    """Silence and a wrong key go on, and count as no miss."""
    silent = outcome(book).be_silent()
    assert (["disclaimer"], "kind_of_school", 0) == (silent.told, silent.asked, silent.session.silences)
    wrong = outcome(book).press("55")
    assert (["unclear", "disclaimer"], "kind_of_school", 0) == (wrong.told, wrong.asked, wrong.session.misses)


def test_star_says_all_parts_again_and_slowly_the_second_time(book: Book) -> None:
    """From the first, and as far as the caller had come."""
    talk = outcome(book).press("1").press("*")
    assert ["a_person"] == talk.told
    assert 1 == talk.session.repeats
    assert 2 == talk.press("*").session.repeats
    assert 0 == talk.press("1").session.repeats


def test_a_word_at_a_part_leads_back_to_the_question(book: Book) -> None:
    """The place is not lost, whatever is asked between two parts."""
    assert "kind_of_school" == outcome(book).speak("what is a 504").call_on().asked
    assert "kind_of_school" == outcome(book).press("9", "2").session.state


def test_back_at_a_part_takes_the_answer_back(book: Book) -> None:
    """The one that led to what is being told."""
    assert "hear_letter" == outcome(book).press("#").asked


def test_a_text_is_no_answer_to_what_a_call_had_still_to_say(book: Book) -> None:
    """Whoever hangs up in the middle and texts "1" answers the question that waits."""
    talk = outcome(book).hang_up().text("2")
    assert "private" == talk.session.answer_to("kind_of_school")


def test_what_is_skipped_never_takes_the_announcement_of_a_recording(book: Book) -> None:
    """Nobody is recorded who was not told so."""
    announced = (Tell("people.leave_message.text"), TakeMessage())
    talk = Talk(book, Session(state="leave_message", more=(*LETTER, *announced))).press("2")
    assert announced == talk.replies
    bye = (Tell("hotline.goodbye.text"), HangUp())
    assert bye == Talk(book, Session(state="rest", more=(*LETTER, *bye))).press("2").replies


def test_a_language_is_said_in_its_own_voice(book: Book) -> None:
    """The line that offers Spanish is in Spanish, whoever hears it."""
    offer = Tell("hotline.this_language.text", language="es")
    assert [("es", "Para español, oprima 8.")] == [
        (said.language, said.words) for said in sayings(book, "en", (offer,))
    ]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("words", ["danger", "abuse"])
def test_nobody_in_danger_is_asked_whether_to_hear_more(book: Book, language: str, words: str) -> None:
    """All of it comes at once, within half a minute, and nothing stands between it and "shall we go on?"."""
    replies = (Tell(f"hotline.{words}.text"), Ask("safe_to_go_on"))
    assert (replies, ()) == in_parts(book, language, replies)
    assert sum(duration(book, language, reply) for reply in replies) <= LONGEST_SECONDS


def test_a_question_between_topics_never_offers_all_of_them(book: Book) -> None:
    """Also where a session comes back to it, and the topics it was between are gone."""
    which = book.question(Role.WHICH_TOPIC)
    assert ("none",) == choices_asked(Channel.VOICE, which, Session())
    assert ("rights", "none") == choices_asked(Channel.VOICE, which, Session(between=("rights", "none")))
