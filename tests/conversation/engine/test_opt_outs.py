"""Whether a text may be a STOP depends on the open question and the rest of the text."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.engine.opt_outs import asks_about_stop_when_calm
from hotline.conversation.model.events import Channel, Refuse, StopAll, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.cleaning import Cleaned
from hotline.conversation.nlu.reader import Danger, Reading
from hotline.conversation.nlu.roles import Known
from tests.conversation.talk import Talk
from tests.rows import table


def at(book: Book, state: str, language: str = "en", texting: Texting = Texting.YES) -> Talk:
    """Return a parent at this question."""
    return Talk(book, Session(state=state, language=language, texting=texting))


@table("""
    state | said | language
    sent_yet | almost done with it gonna send tmrw | en
    sent_yet | todavia no, me da pena que este mal escrita | es
    sent_yet | not yet i just got out of the hospital yesterday | en
    may_we_text | yes but not too many lol | en
    plan_now | sorry phone died | en
    safety_check | no hes ok now but i want it to stop | en
""")
def test_an_answer_is_not_asked_about_as_a_stop(book: Book, state: str, said: str, language: str) -> None:
    talk = at(book, state, language).text(said)
    assert "stop_or_not" != talk.session.state
    assert Texting.YES == talk.session.texting


@table("""
    said | asked
    tiene 4 ya le dije | asked_before
    bueno? quien habla? me llego un mensaje de este numero | anything_else
    hi sorry its late i dont even know who to ask anymore my daughter comes home crying every day in second grade | sent_home
""")
def test_a_story_or_question_is_not_an_opt_out(book: Book, said: str, asked: str) -> None:
    assert asked == Talk(book).text(said).asked


@table("""
    said | language
    this is too much | en
    im done | en
    not yet but stop with the texts | en
    ya estuvo, no quiero mas | es
    my son is in 4th grade and he struggles with reading for two years now but i dont want any more messages please | en
""")
def test_a_possible_opt_out_is_asked_about(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_yet", language).text(said)
    stopped = any(isinstance(effect, StopAll) for effect in talk.effects)
    assert stopped or "stop_or_not" == talk.asked


def test_a_no_to_texts_when_off_is_confirmed(book: Book) -> None:
    talk = at(book, "anything_else", texting=Texting.NO).text("no i dont want reminders")
    assert (["texts_off"], "anything_else", Texting.NO) == (talk.told, talk.asked, talk.session.texting)


def test_after_a_no_the_text_is_answered(book: Book) -> None:
    story = "my son is in 4th grade and cant read at all and i dont know who to ask and please no more of these messages"
    talk = Talk(book, Session(texting=Texting.YES)).text(story)
    assert "stop_or_not" == talk.asked
    talk.text("no")
    assert ("school_age", "sent_home") == (talk.session.answer_to("child_age"), talk.asked)
    topic = "the school calls me every day to come pick him up and i may lose my job and i need no more of these messages"
    talk = at(book, "anything_else").text(topic)
    assert "stop_or_not" == talk.asked
    assert set(talk.text("no").told) - {"not_stopped"}


@table("""
    state | said | language
    plan_now | he dont have any plan | en
    plan_now | no he dont have any plan that i know about | en
    sent_yet | sent it but to the wrong person | en
    sent_yet | yes sent it but i think i sent it to the wrong person | en
    sent_yet | i gave it to the wrong person | en
    sent_yet | se la mande a la persona equivocada | es
    sent_yet | la mande al numero equivocado | es
""")
def test_an_answer_with_opt_out_words_is_not_an_opt_out(
    book: Book, state: str, said: str, language: str
) -> None:
    talk = at(book, state, language).text(said)
    assert "stop_or_not" != talk.asked
    assert Texting.YES == talk.session.texting


@pytest.mark.parametrize(
    "said", ["wrong person", "you sent this to the wrong person", "i dont get any texts"]
)
def test_wrong_person_and_no_texts_are_obeyed(book: Book, said: str) -> None:
    assert Texting.STOPPED == at(book, "sent_yet").text(said).session.texting


def unanswered(book: Book) -> Talk:
    """Return a parent who was asked about a STOP and was silent for eight days."""
    talk = at(book, "sent_yet").text("enough")
    assert ("stop_or_not", Texting.STOPPED) == (talk.asked, talk.session.texting)
    return talk.later(days=8)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("my son got suspended", None),
        ("they said no", None),
        ("hey are you still there", "menu"),
        ("no", None),
    ],
)
def test_silence_stops_what_we_start_but_texts_are_answered(book: Book, said: str, asked: str | None) -> None:
    talk = unanswered(book).text(said)
    assert "restarted" == talk.told[0]
    assert (Texting.NO, True) == (talk.session.texting, Refuse() in talk.effects)
    if asked:
        assert asked == talk.asked
    assert Talk(book, talk.session).text("what is a 504").told


def test_danger_comes_before_how_to_restart_texts(book: Book) -> None:
    assert ["danger"] == unanswered(book).text("i want to die").told


@pytest.mark.parametrize("said", ["yes", "STOP"])
def test_a_late_yes_is_a_stop(book: Book, said: str) -> None:
    talk = unanswered(book).text(said)
    assert (Texting.STOPPED, True) == (talk.session.texting, StopAll() in talk.effects)
    assert () == talk.text("hello").replies


@table("""
    said | language
    please dont remind me about this again | en
    dont ask me about the letter anymore | en
    por favor no me vuelvan a recordar | es
    ya no me pregunten | es
""")
def test_no_more_of_a_reminder_is_asked_about(book: Book, said: str, language: str) -> None:
    assert "stop_or_not" == at(book, "sent_yet", language).text(said).asked


@pytest.mark.parametrize(
    "said", ["remind me again", "can you remind me again tomorrow", "dont forget to remind me again"]
)
def test_wanting_a_reminder_again_is_not_an_opt_out(book: Book, said: str) -> None:
    assert "stop_or_not" != at(book, "sent_yet").text(said).asked


@table("""
    said | language
    hi its me again sorry. start | en
    i want to start again | en
    can i get the texts again | en
    sorry can you text me again | en
    i didnt mean stop, start | en
    i didnt mean to stop | en
    hola soy yo otra vez. start | es
    hola otra vez perdon. iniciar | es
    quiero que me manden mensajes otra vez | es
    no queria darme de baja | es
""")
def test_start_in_other_words_ends_an_opt_out(book: Book, said: str, language: str) -> None:
    talk = at(book, "sent_yet", language, Texting.STOPPED).text(said)
    assert (["restarted"], Texting.UNASKED) == (talk.told[:1], talk.session.texting)


@pytest.mark.parametrize(
    "said",
    (
        "hi | dont start | please do not start again | when does school start | he starts monday | "
        "empieza el lunes | ok | start, no wait stop | start. stop texting me | start, dont text me | "
        "please dont text me, start | empezar. no me manden mensajes"
    ).split(" | "),
)
def test_asking_for_no_texts_ends_no_opt_out(book: Book, said: str) -> None:
    """47 CFR 64.1200."""
    talk = at(book, "sent_yet", texting=Texting.STOPPED).text(said)
    assert ((), Texting.STOPPED) == (talk.replies, talk.session.texting)


@pytest.mark.parametrize(
    ("said", "language", "texting"),
    [
        ("no answer. stop reminding me", "en", Texting.STOPPED),
        ("they didnt answer. stop asking", "en", Texting.STOPPED),
        ("they said no, stop asking me", "en", Texting.STOPPED),
        ("no answer stop reminding me", "en", Texting.STOPPED),
        ("no answer, stop", "en", Texting.STOPPED),
        ("no han contestado, alto", "es", Texting.STOPPED),
        ("todavia no pero ya no me anden preguntando", "es", Texting.STOPPED),
        ("not yet. thanks for asking", "en", Texting.YES),
        ("the school wont stop asking me for it", "en", Texting.YES),
        ("me dijeron que si, ya estuvo", "es", Texting.YES),
    ],
)
def test_a_stop_after_an_answer_comes_first(book: Book, said: str, language: str, texting: Texting) -> None:
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("did_they_answer").text(said)
    assert texting == talk.session.texting
    assert texting is Texting.YES or not talk.session.answers


@pytest.mark.parametrize("said", ["not yet. stop", "they said yes. unsubscribe"])
def test_a_stop_that_is_the_last_sentence_of_a_short_text_is_obeyed(book: Book, said: str) -> None:
    talk = Talk(book, Session(texting=Texting.YES)).remind("sent_yet").text(said)
    assert (Texting.STOPPED, "sent_yet") == (talk.session.texting, talk.session.state)


def test_danger_beside_a_stop_is_asked_about(book: Book) -> None:
    talk = Talk(book, Session(texting=Texting.YES)).remind("sent_yet").text("he hit her again. stop")
    assert "safety_check" == talk.session.state


@table("""
    said | language
    dont text me at work please | en
    stop texting me so early | en
    no me manden mensajes en la noche por favor | es
""")
def test_no_texts_at_a_certain_time_is_asked_about(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("sent_yet").text(said)
    assert "stop_or_not" == talk.session.state


@table("""
    said | language
    dont text me and dont call me | en
    please do not text me, do not call | en
    no me escriba no me llame | es
    ya no me mande mensajes y no me llame | es
""")
def test_a_wish_for_no_texts_and_no_calls_is_obeyed(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("sent_yet").text(said)
    assert (Texting.STOPPED, "sent_yet") == (talk.session.texting, talk.session.state)


@pytest.mark.parametrize(
    "said",
    [
        "i told you to stop asking me",
        "i want you to stop reminding me",
        "you wont stop asking me",
        "just forget about me and dont text",
    ],
)
def test_a_sentence_that_asks_us_to_stop_is_asked_about(book: Book, said: str) -> None:
    assert (
        "stop_or_not" == Talk(book, Session(texting=Texting.YES)).remind("sent_yet").text(said).session.state
    )


@table("""
    state | said | language | then
    early_intervention_called | i dont have there number | en | anything_else
    early_intervention_called | no tengo el numero | es | anything_else
    may_we_text | how many texts | en | may_we_text
    may_we_text | cuantos mensajes me van a mandar | es | may_we_text
    sent_yet | how many more texts will i get | en | sent_yet
    sent_yet | i keep forgetting | en | anything_else
    menu | my kid 16 wants to drop out | en | child_age
    menu | mi hijo quiere salirse de la escuela | es | child_age
""")
def test_questions_on_texts_are_answered(book: Book, state: str, said: str, language: str, then: str) -> None:
    talk = Talk(book, Session(state=state, language=language, texting=Texting.YES)).text(said)
    assert (then, Texting.YES) == (talk.session.state, talk.session.texting)


BESIDE_DANGER = [
    ("please stop he hit me", "en"),
    ("he takes my phone and hits me so quit it", "en"),
    ("ya dejenme en paz no aguanto mas", "es"),
]


def held(book: Book, said: str = "please stop he hit me", language: str = "en") -> Talk:
    """Return a parent with a possible STOP and danger, asked about danger first."""
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("sent_yet").text(said)
    assert ("safety_check", Texting.STOPPED) == (talk.session.state, talk.session.texting)
    return talk


@pytest.mark.parametrize(("said", "language"), BESIDE_DANGER)
def test_a_possible_stop_is_asked_about_after_danger(book: Book, said: str, language: str) -> None:
    talk = held(book, said, language).text("no")
    assert (["safe_after_all"], "stop_or_not", Texting.STOPPED) == (
        talk.told,
        talk.asked,
        talk.session.texting,
    )
    talk.text("no")
    assert ("sent_yet", Texting.YES) == (talk.session.state, talk.session.texting)
    assert Texting.STOPPED == held(book, said, language).text("no", "1").session.texting


@table("""
    said | language
    please stop texting me because he hit me | en
    unsubscribe me he reads my phone | en
    no me manden mas mensajes porque me revisan el telefono y me pegan | es
""")
def test_a_clear_stop_beside_possible_danger_is_obeyed_with_the_numbers(
    book: Book, said: str, language: str
) -> None:
    talk = Talk(book, Session(language=language, texting=Texting.YES)).remind("sent_yet").text(said)
    assert (["stopped_in_danger"], [StopAll()]) == (talk.told, talk.effects_of(StopAll))
    assert Texting.STOPPED is talk.session.texting


def test_a_stop_beside_an_alarm_is_asked_about_at_menu(book: Book) -> None:
    talk = at(book, "sent_yet").text("no more. i want to die")
    assert (["danger"], Texting.STOPPED) == (talk.told, talk.session.texting)
    assert ["glad_you_are_here"] == talk.text("thanks").told
    assert ("stop_or_not", Texting.STOPPED) == (talk.text("menu").asked, talk.session.texting)


def test_silence_about_danger_holds_texts_and_later_texts_are_answered(book: Book) -> None:
    assert "safety_check" == held(book).later(days=2).text("hello").asked
    talk = held(book).later(days=9).text("what is a 504")
    assert ("restarted", Texting.NO) == (talk.told[0], talk.session.texting)


@pytest.mark.parametrize("said", ["STOP", "stop texting me"])
def test_a_clear_stop_after_a_possible_one_is_obeyed(book: Book, said: str) -> None:
    talk = held(book).text(said)
    assert (["stopped"], True) == (talk.told, StopAll() in talk.effects)
    assert () == talk.text("hello").replies


def test_a_topic_after_danger_means_no_stop(book: Book) -> None:
    talk = held(book).text("person")
    assert ("person_number" in talk.told, Texting.YES) == (True, talk.session.texting)
    assert not talk.session.waits_at("stop_or_not")


@pytest.mark.parametrize(
    ("said", "language"), [("enough", "en"), ("stop it already", "en"), ("ya estuvo", "es")]
)
def test_a_possible_stop_after_danger_is_asked_about_first(book: Book, said: str, language: str) -> None:
    talk = at(book, "glad_you_told_us", language).text(said)
    assert (["abuse_still"], Texting.STOPPED) == (talk.told, talk.session.texting)
    assert ("stop_or_not", Texting.STOPPED) == (talk.text("menu").asked, talk.session.texting)


def test_in_a_call_a_possible_stop_is_asked_about_and_holds_nothing(book: Book) -> None:
    talk = at(book, "plan_now").say(Channel.VOICE, "please stop he hit me")
    assert ("safety_check", Texting.YES) == (talk.asked, talk.session.texting)
    assert "stop_or_not" == talk.say(Channel.VOICE, "no").asked
    assert ("plan_now", Texting.YES) == (talk.say(Channel.VOICE, "no").asked, talk.session.texting)


def test_without_texts_from_us_words_of_stopping_are_no_opt_out(book: Book) -> None:
    for texting, then in ((Texting.UNASKED, "anything_else"), (Texting.YES, "stop_or_not")):
        talk = Talk(book, Session(texting=texting)).text("i cant take it anymore")
        assert "safety_check" == talk.session.state
        assert then == talk.text("no").asked


@pytest.mark.parametrize(
    ("sure", "by", "waits"), [(0.2, "model", False), (0.3, "model", True), (0.2, "ending", True)]
)
def test_danger_explains_words_that_hardly_mean_stop(sure: float, by: str, waits: bool) -> None:
    cleaned = Cleaned("were not safe", "were not safe", "were not safe")
    assert waits is asks_about_stop_when_calm(
        Reading(cleaned, Known.STOP_UNCLEAR, sure, by=by, danger=Danger.ASK)
    )


def called_in_between(book: Book, *keys: str, state: str = "did_they_answer") -> Talk:
    """A parent who was asked whether a text was a STOP, and calls instead of an answer."""
    talk = at(book, state).text("i want to stop this")
    assert ("stop_or_not", Texting.STOPPED) == (talk.asked, talk.session.texting)
    return talk.ring().press(*keys)


@pytest.mark.parametrize("keys", [(), ("1",), ("1", "3", "2")])
@pytest.mark.parametrize("leaves", [True, False])
@pytest.mark.parametrize(
    ("said", "texting"),
    [
        ("no i want them", Texting.YES),
        ("2", Texting.YES),
        ("what is an iep", Texting.YES),
        ("yes", Texting.STOPPED),
        ("1", Texting.STOPPED),
    ],
)
def test_a_call_in_between_leaves_a_possible_stop_to_the_next_text(
    book: Book, keys: tuple[str, ...], leaves: bool, said: str, texting: Texting
) -> None:
    """It is the last question in the texts. Unanswered it would leave each later text without a reply."""
    talk = called_in_between(book, *keys)
    if leaves:
        talk.hang_up()
    assert Texting.STOPPED is talk.session.texting
    assert (True, texting) == (bool(talk.text(said).replies), talk.session.texting)
    assert not talk.session.waits_at("stop_or_not")


def test_a_call_goes_on_by_text_after_a_possible_stop(book: Book) -> None:
    """The place in the call is not lost."""
    assert "sent_home" == called_in_between(book, "1", "3").hang_up().text("no i want them").asked


def test_a_call_asks_about_a_possible_stop_where_nothing_else_waits(book: Book) -> None:
    """The answer in the call counts as one by text."""
    talk = called_in_between(book, state="anything_else").speak("what is an iep").speak("text me that")
    assert (["texts_are_stopped"], "stop_or_not") == (talk.told, talk.asked)
    assert Texting.YES is talk.press("2").session.texting
    assert not talk.session.waits_at("stop_or_not")


def test_a_stop_in_a_call_answers_whether_a_text_was_one(book: Book) -> None:
    """Nothing is left to ask."""
    talk = called_in_between(book).speak("stop texting me")
    assert (Texting.STOPPED, False) == (talk.session.texting, talk.session.waits_at("stop_or_not"))


def test_danger_in_the_call_comes_before_a_possible_stop(book: Book) -> None:
    """The next text gets who to call, not the question about texts."""
    talk = called_in_between(book).speak("i want to kill myself").hang_up().text("i will do it tonight")
    assert "stop_or_not" != talk.asked
    assert talk.session.waits_at("stop_or_not")


@table("""
    state | said | language
    sent_yet | la acabo de mandar | es
    sent_yet | i didnt have enough time | en
    sent_yet | todavia no, ya no me alcanzo el tiempo | es
    sent_yet | ya no pude | es
    did_they_answer | no and im done waiting | en
    did_they_answer | no, ya me harte de esperar | es
    did_they_answer | they told me to stop asking | en
    did_they_answer | me dijeron que ya no les escriba | es
    iep_meeting_set | i had to cancel because of work | en
    iep_meeting_set | es a fin de mes | es
    iep_meeting_held | ya no firme nada | es
    iep_meeting_held | it went ok i didnt sign tho | en
    plan_in_use | no basta | es
    did_it_help | it was enough | en
""")
def test_a_stop_about_something_else_is_not_an_opt_out(
    book: Book, state: str, said: str, language: str
) -> None:
    """What just happened, what could not be, what others say to stop, what is enough, when a month ends."""
    talk = at(book, state, language).text(said)
    assert Texting.YES is talk.session.texting
    assert "stop_or_not" != talk.asked


@table("""
    said | language
    not enough time to read all these stop | en
    no time for this please stop | en
    i have no time for these texts | en
    i keep forgetting it so enough of your messages | en
    they told me to stop asking so no more messages please | en
    no tengo tiempo para esto ya no manden | es
    ya no pude mandarla y ya estuvo de tantos mensajes | es
""")
def test_such_words_hide_no_opt_out_beside_them(book: Book, said: str, language: str) -> None:
    """It is looked for in the rest of the text."""
    assert Texting.STOPPED is at(book, "sent_yet", language).text(said).session.texting


@pytest.mark.parametrize(
    ("said", "told", "asked"), [("1", "danger_partner", None), ("no", "safe_after_all", "stop_or_not")]
)
def test_the_question_about_danger_waits_through_a_call(
    book: Book, said: str, told: str, asked: str | None
) -> None:
    """A yes to it is not a yes to "shall we stop?", and a no does not bring our texts back."""
    talk = held(book).ring().hang_up().text(said)
    assert ([told], asked, Texting.STOPPED) == (talk.told, talk.asked, talk.session.texting)
