"""Danger in any words, what only sounds like it, and what follows. A miss may cost a life; a false alarm costs
one more text. Misses are counted on unseen rows in tests/understanding.
"""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import RESTS_AFTER_DANGER, Question
from hotline.conversation.book.texts import offered
from hotline.conversation.engine.call_events import LAST_SILENCE
from hotline.conversation.model.copying import replace
from hotline.conversation.model.events import (
    Ask,
    AskPerson,
    Channel,
    EventKind,
    FollowUp,
    Nudge,
    Tell,
    Texting,
)
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.reader import Danger
from tests.conversation.talk import IEP, NOON, Talk

SAFETY = ("crisis", "abuse")

TENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty".split()
DIEZ = "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte treinta".split()
MORE_NUMBERS = "zero six seven eight nine cero seis siete ocho nueve hundred cien mil".split()

PLAIN = (
    "my son says he wants to die | he wants to kill himself | mi hijo quiere matarse | the teacher hit him | "
    "i want to kill myself | la maestra le pega | she took a bottle of pills | he brought a gun to school"
).split(" | ")


@pytest.mark.parametrize("text", PLAIN)
def test_danger_is_recognized_inside_any_text(book: Book, text: str) -> None:
    for written in (text.upper(), f"{text}!!!", f"hi. {text}", f"{text}. what do i do", f"{text}\n-Maria"):
        assert book.reader.read(written).danger in (Danger.ASK, Danger.ALARM), written


@pytest.mark.parametrize("text", PLAIN)
def test_danger_wins_over_everything_else_in_a_text(book: Book, text: str) -> None:
    for around in ("we have a meeting about his iep on monday", "he has a 504 plan"):
        for written in (f"{around}. {text}", f"{text}. {around}"):
            assert book.reader.read(written).danger in (Danger.ASK, Danger.ALARM), written


@pytest.mark.parametrize("text", ["911", "988", "911!"])
def test_an_emergency_number_alone_is_danger(book: Book, text: str) -> None:
    assert book.reader.read(text).danger is Danger.ALARM


def test_no_state_code_means_stop_or_danger(book: Book) -> None:
    named = [
        name
        for state in book.places.states.values()
        for name in (state.code, *state.names, *(f"{code:05}" for pair in state.zips for code in pair))
    ]
    assert set(book.places.states) >= {"PA", "ME", "DE"}
    assert [] == [name for name in named if _alarms(book, name)]


def test_no_other_number_means_stop_or_danger(book: Book) -> None:
    figures = [str(n) for n in range(1000) if n not in (911, 988)]
    named = [*figures, *book.reader.lexicon.numbers, *TENS, *DIEZ, *MORE_NUMBERS]
    assert [] == [name for name in named if _alarms(book, name)]


@pytest.mark.whole
def test_no_offered_answer_means_stop_or_danger(book: Book) -> None:
    questions = [state for state in book.states.values() if isinstance(state, Question)]
    said = {
        words
        for language in book.languages
        for question in questions
        for choice in offered(book, language, question.name)
        for words in (choice.text, choice.say, *choice.words)
    }
    assert {"yes", "sí por favor", "Public or charter"} <= said
    assert [] == sorted(words for words in said - ALARMING if _alarms(book, words))


ALARMING = {"tonight"}
"""Words of a choice that alone alarm; where they are offered they are an answer."""


def _alarms(book: Book, text: str) -> bool:
    """Whether this text, as it is or in small letters, is taken for STOP or danger."""
    written = (text, text.lower(), f"{text}.", f"{text} please")
    return bool({book.reader.of(said) for said in written} & {*SAFETY, "stop"})


@pytest.mark.parametrize("words", ["go on", "continue", "next", "siguiente", "seguir"])
def test_go_on_returns_to_the_open_question(book: Book, words: str) -> None:
    asked = Talk(book).text("hi", "1", "3", "2", words)
    assert ([], "plan_now") == (asked.told, asked.asked)
    consent = Talk(book).text(*IEP, words)
    assert (consent.asked, consent.session.texting) == ("may_we_text", Texting.UNASKED)


@pytest.mark.parametrize("stopped", [False, True], ids=["", "stopped"])
def test_danger_is_answered_in_the_texts_language(book: Book, stopped: bool) -> None:
    """988 has Spanish behind the 2, and only the Spanish words say so."""
    talk = Talk(book).text("hi", *(["stop"] if stopped else []), "mi hijo dice que se quiere morir")
    assert (["danger"], "es") == (talk.told, talk.session.language)
    call = Talk(book).call().speak("mi hijo dice que se quiere morir")
    assert "es" == call.session.language
    assert "es" == call.speak("necesito ayuda en español").session.language
    spanish = Talk(book).text("hola", "my son says he wants to kill himself")
    assert "en" == spanish.session.language


def test_a_clearly_other_language_switches(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "2")
    assert "en" == talk.text("mi hijo").session.language
    talk.text("mi hijo tiene un iep pero la escuela no lo cumple")
    assert ("in_your_language", "es") == (talk.told[0], talk.session.language)
    assert "in_your_language" not in talk.text("la maestra dice que es muy flojo y no le ayuda").told
    assert "en" == talk.text("ENGLISH").session.language


DESPAIR = "i cant do this anymore"
"""A text that may mean danger, and may mean that the texts should stop."""


@pytest.mark.parametrize("first", [(), ("hi", "1", "3")])
@pytest.mark.parametrize("answer", ["1", "yes", "I dont know. maybe", "please help me"])
def test_a_possible_opt_out_does_not_silence_the_danger_question(
    book: Book, first: tuple[str, ...], answer: str
) -> None:
    talk = Talk(book).text(*first, DESPAIR)
    assert (talk.session.state, talk.session.texting) == ("safety_check", Texting.UNASKED)
    assert not any("unclear" in getattr(reply, "text", "") for reply in talk.replies)
    said = [getattr(reply, "text", "") for reply in talk.text(answer).replies]
    assert any("danger" in text for text in said), said


@pytest.mark.parametrize(
    "answer",
    (
        "no he is fine | no, we are ok | nobody is in danger | no one | yes we are safe | it was last year | "
        "No she is fine she is with me at home | no im ok just tired | "
        "gracias a dios no, todos estamos bien | no, nada mas estoy cansada"
    ).split(" | "),
)
def test_a_no_in_other_words_ends_the_danger_question(book: Book, answer: str) -> None:
    talk = Talk(book).text("hi", "1", "3", DESPAIR, answer)
    assert talk.asked == "sent_home", [getattr(reply, "text", reply) for reply in talk.replies]


@pytest.mark.parametrize(
    "answer",
    ["no im not ok", "no estoy bien", "no estamos bien", "he is not safe", "no one is helping me", "no se"],
)
def test_a_denial_that_means_danger_is_no_no(book: Book, answer: str) -> None:
    talk = Talk(book).text("hi", "1", "3", DESPAIR, answer)
    assert talk.asked != "sent_home"
    assert talk.session.state in ("glad_you_are_here", "safe_now")


@pytest.mark.parametrize(
    "answer",
    ["my son is 9", "i just want an iep", "what no", "why are you asking me this", "it was last week"],
)
def test_an_unclear_reply_is_asked_again_in_other_words(book: Book, answer: str) -> None:
    talk = Talk(book).text("hi", "1", "3", DESPAIR, answer)
    assert (["safety_meant"], "safety_check") == (talk.told, talk.asked)
    assert ["danger"] == talk.text(answer).told


@pytest.mark.parametrize("number", ["8", "10"])
def test_an_unoffered_number_is_no_answer_about_danger(book: Book, number: str) -> None:
    talk = Talk(book).text("hi", "1", "3", DESPAIR)
    for _ in range(3):
        assert (["safety_meant"], "safety_check") == (talk.text(number).told, talk.asked)


@pytest.mark.parametrize(
    "answer", ["what", "huh?", "im not sure what you mean", "que", "no entiendo", "a que se refiere"]
)
def test_not_understanding_gets_other_words_once(book: Book, answer: str) -> None:
    talk = Talk(book).text("hi", "1", "3", DESPAIR, answer)
    assert (["safety_meant"], "safety_check") == (talk.told, talk.asked)
    assert talk.text("2").asked == "sent_home"
    assert ["danger"] == Talk(book).text("hi", "1", "3", DESPAIR, answer, answer).told


@pytest.mark.parametrize(
    "answer", ["not sure", "i dont know", "maybe", "i hope not", "no se", "no estoy segura", "creo que no"]
)
def test_an_unsure_parent_hears_whom_to_call_without_details(book: Book, answer: str) -> None:
    asked = Session(state="safety_check", paused="sent_home", worry="grooming")
    assert ["danger"] == Talk(book, asked).text(answer).told
    assert ["danger"] != Talk(book, asked).text("yes").told


@pytest.mark.parametrize(
    ("language", "text"), [("en", "im doing it tonight"), ("es", "lo hago hoy en la noche")]
)
def test_the_answer_in_a_false_alarm_is_taken(book: Book, language: str, text: str) -> None:
    talk = (
        Talk(book, Session(language=language, texting=Texting.YES, seen=NOON)).remind("sent_yet").text(text)
    )
    assert "safety_check" == talk.asked
    talk.text("no")
    assert "sent_yet" != talk.asked
    assert "sent_yet_now" in {effect.reminder for effect in talk.effects if isinstance(effect, FollowUp)}


@pytest.mark.parametrize(("text", "state"), [("he sent it", "sent_on"), ("la mande por correo", "sent_on")])
def test_an_answer_after_danger_gets_a_kind_sentence_first(book: Book, text: str, state: str) -> None:
    asked = Session(state="safety_check", paused="sent_yet", worry="grooming", texting=Texting.YES, seen=NOON)
    talk = Talk(book, asked).text(text)
    assert "glad_you_are_here" in talk.told
    assert state == talk.asked


@pytest.mark.parametrize("text", ["he wont get up in the morning", "its my husband", "he cries every night"])
def test_more_about_the_danger_does_not_answer_the_paused_question(book: Book, text: str) -> None:
    talk = Talk(book, Session(state="safety_check", paused="hardest", seen=NOON)).text(text)
    assert talk.asked in ("safety_check", None)


@pytest.mark.parametrize("text", ["he just got home safe", "ya aparecio, esta bien"])
def test_news_that_it_is_over_ends_the_danger(book: Book, text: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "my son is missing he never came home from school")
    assert talk.asked is None
    assert talk.text(text).asked == "sent_home"


STORIES = (
    "they drag him to a room when he is upset, is that allowed with an iep",
    "he ran away from school and they suspended him",
)


@pytest.mark.parametrize("story", STORIES)
def test_a_call_asks_about_danger_before_anything_else(book: Book, story: str) -> None:
    talk = Talk(book).call("1").speak(story)
    assert (["safety_check"], ()) == ([reply.state for reply in talk.replies], talk.session.more)  # type: ignore[union-attr]
    answered = talk.session.held_back
    assert answered
    talk.press("2")
    told = [reply.text for reply in (*talk.replies, *talk.session.more) if isinstance(reply, Tell)]
    assert ["hotline.safe_after_all.text", *(tell.text for tell in answered)] == told[: 1 + len(answered)]
    assert () == talk.session.held_back


@pytest.mark.parametrize(
    "before", [(), ("hi", "1"), ("hi", "1", "3")], ids=["first text", "menu", "screening"]
)
def test_a_call_first_asks_about_danger_that_a_text_left_open(book: Book, before: tuple[str, ...]) -> None:
    """After it comes the question that the danger interrupted, or what a call begins with."""
    talk = Talk(book).text(*before)
    interrupted = talk.asked if before else "begin"
    talk.text("his dad hit him again").ring()
    assert ("safety_check", True) == (talk.asked, talk.session.in_danger)
    assert interrupted == talk.press("2").asked


@pytest.mark.parametrize("ends", ["hangs up", "is silent"])
@pytest.mark.parametrize(("answer", "told"), [("yes", "abuse"), ("no", "safe_after_all")])
def test_a_call_that_leaves_it_open_leaves_it_to_the_next_text(
    book: Book, ends: str, answer: str, told: str
) -> None:
    """A yes that came next was read as an answer to another question."""
    talk = Talk(book).text("hi", "1", "his dad hit him again").ring()
    for _ in range(LAST_SILENCE if ends == "is silent" else 0):
        talk.be_silent()
    assert [told] == talk.hang_up().text(answer).told


def test_no_text_after_a_dropped_call_comes_between_danger_and_its_answer(book: Book) -> None:
    talk = Talk(book, replace(Talk(book).call("1").session, nudge=Nudge.YES))
    drops = [effect for effect in Talk(book, talk.session).hang_up().effects if isinstance(effect, FollowUp)]
    asked = talk.speak(STORIES[0]).hang_up()
    assert (1, []) == (len(drops), [effect for effect in asked.effects if isinstance(effect, FollowUp)])


def test_held_back_words_are_dropped_with_danger_or_the_call(book: Book) -> None:
    asked = Talk(book).call("1").take(Channel.VOICE, EventKind.SPOKEN, STORIES[0]).session
    yes = Talk(book, asked).speak("yes")
    assert (["danger_restraint"], ()) == (yes.told, yes.session.held_back)
    assert () == Talk(book, asked).hang_up().session.held_back


def test_a_no_answers_the_question_just_heard(book: Book) -> None:
    odd = []
    for question in book.states.values():
        if not isinstance(question, Question) or question.picks:
            continue
        more = (Tell("hotline.help.text"), Ask(question.name))
        session = Session(state=question.name, more=more, last=(Tell("hotline.help.text"),))
        for said, key in (("no", "2"), ("no thank you", "2"), ("yes", "1")):
            spoken = Talk(book, session).speak(said)
            pressed = Talk(book, session).press(key)
            if (spoken.session, spoken.replies) != (pressed.session, pressed.replies):
                odd.append((question.name, said))
    assert [] == odd


def urgencies(talk: Talk) -> set[bool]:
    """Return whether each request for the staff is urgent."""
    return {each.urgent for each in talk.effects if isinstance(each, AskPerson)}


def test_a_request_after_danger_is_urgent(book: Book) -> None:
    talk = Talk(book).text("i want to kill myself", "person", "1", "4")
    assert {True} == urgencies(talk)
    message = Talk(book).call("1").speak("i want to kill myself").press("0", "3")
    assert {True} == urgencies(message.take(Channel.VOICE, EventKind.RECORDED, "RE1"))


def test_a_request_after_all_is_well_is_not_urgent(book: Book) -> None:
    asked = Talk(book).text("i cant take it anymore", "no", "person", "1", "4")
    assert {False} == urgencies(asked)
    over = Talk(book).text("my son ran away", "he just got home safe", "person", "1", "4")
    assert {False} == urgencies(over)


def test_a_request_with_the_danger_question_open_is_urgent(book: Book) -> None:
    talk = Talk(book).text("i cant take it anymore", "person", "1", "4")
    assert {True} == urgencies(talk)


ANSWERS_WITH_DANGER = [
    ("she is 14 and took all the pills", "danger_overdose"),
    ("tiene 12 y se corta los brazos", "danger"),
    ("hes in 3rd grade and the bus driver hits him", "abuse"),
    ("va en tercero y la maestra le pega", "safety_check"),
    ("he is 9 and he says he wants to disappear forever", "danger"),
    ("suicidal 12", "danger"),
    ("she is 12 and comes home with scratches she wont talk about", "safety_check"),
    ("me quiero morir digo no", "danger"),
    ("i took all the pills i mean no", "danger"),
]
"""Texts that a rule finds an answer in, and what they get."""


def _questions_with_ages(book: Book) -> list[str]:
    questions = [state for state in book.states.values() if isinstance(state, Question)]
    return [question.name for question in questions if any(choice.ages for choice in question.choices)]


@pytest.mark.parametrize("kind", [EventKind.SAID, EventKind.SPOKEN])
@pytest.mark.parametrize(("text", "gets"), ANSWERS_WITH_DANGER)
def test_a_partial_answer_never_hides_danger(book: Book, text: str, gets: str, kind: EventKind) -> None:
    channel = Channel.SMS if kind is EventKind.SAID else Channel.VOICE
    asked = [*_questions_with_ages(book), "sent_home"]
    assert "child_age" in asked
    for name in asked:
        talk = Talk(book, Session(state=name)).take(channel, kind, text)
        assert gets in (*talk.told, talk.session.state), (name, talk.told)


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [
        ("my son is 12", "sent_home"),
        ("he is 12", "sent_home"),
        ("she is 13 now", "sent_home"),
        ("shes turning 17", "sent_home"),
        ("my daughter is 7 years old", "sent_home"),
        ("8 years old", "sent_home"),
        ("3rd grade", "sent_home"),
        ("tiene 7 años", "sent_home"),
        ("mi hijo va en secundaria", "sent_home"),
        ("mi nieto tiene 4 años", "asked_before"),
    ],
)
def test_an_age_alone_is_an_answer(book: Book, text: str, leads_to: str) -> None:
    """The classifier finds possible danger in some of these: "he is 12"."""
    assert leads_to == Talk(book, Session(state="child_age")).text(text).asked


def test_an_age_does_not_hide_an_emergency_number(book: Book) -> None:
    assert ["danger_medical"] == Talk(book, Session(state="child_age")).text("he is 9 and 911").told


def test_a_sentence_with_an_age_is_answered_in_its_language(book: Book) -> None:
    talk = Talk(book, Session(state="child_age")).text(
        "mi hijo tiene 8 años y no quiere leer nada en la escuela"
    )
    assert "es" == talk.session.language


@pytest.mark.parametrize(
    "text", ["hold on baby crying", "one sec the baby woke up", "espere esta llorando el bebe"]
)
def test_wanting_to_wait_is_no_danger(book: Book, text: str) -> None:
    assert ["take_your_time"] == Talk(book, Session(state="child_age")).text(text).told
    talk = Talk(book, Session(state="child_age")).text("hold on i want to die")
    assert "danger" in talk.told


@pytest.mark.parametrize("text", [DESPAIR, "she comes home with scratches she wont talk about"])
def test_possible_danger_is_asked_about_while_an_opt_out_is_open(book: Book, text: str) -> None:
    talk = Talk(book).text("hi", "1", "3", "enough")
    assert "stop_or_not" == talk.asked
    talk.text(text)
    assert ("safety_check", Texting.UNASKED) == (talk.session.state, talk.session.texting)


def test_distress_is_acknowledged_while_an_opt_out_is_open(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "enough", "i am so exhausted i cry every night about his school")
    assert "not_alone" in talk.told


def test_emergency_numbers_come_first_in_a_reply(book: Book) -> None:
    talk = Talk(book).text("my son is 8 and cant read and im so tired i cant do this anymore")
    assert isinstance(talk.replies[0], Ask)
    assert "safety_check" == talk.replies[0].state
    assert "noted" in talk.told


def test_danger_while_asked_about_stop_keeps_texts_answered(book: Book) -> None:
    talk = Talk(book).text("hi", "1", "3", "enough", "i want to die")
    assert (["danger"], Texting.UNASKED) == (talk.told, talk.session.texting)
    assert ["danger_still"] == talk.text("what do i do").told


SENDING = [
    ("my husband says hes sending it today", "en", "not_yet"),
    ("yes ill do it tonight", "en", "not_yet"),
    ("i think my mom did", "en", None),
    ("my husband wont sign it", "en", "not_yet"),
    ("mi esposo dice que el la manda", "es", "not_yet"),
    ("mi esposo dice que mañana la manda", "es", "not_yet"),
    ("si lo hago hoy", "es", "not_yet"),
    ("i did it last night", "en", None),
    ("ya i did it last nite", "en", None),
    ("ya la deje ayer", "es", None),
    ("la deje en la direccion ayer en la mañana", "es", None),
    ("se la di anoche", "es", None),
    ("voy a ir el lunes a dejarla", "es", "not_yet"),
    ("la voy a dejar el lunes", "es", "not_yet"),
]


@pytest.mark.parametrize(("text", "language", "answer"), SENDING)
def test_sending_is_no_danger_at_a_reminder(book: Book, text: str, language: str, answer: str | None) -> None:
    talk = (
        Talk(book, Session(language=language, texting=Texting.YES, seen=NOON)).remind("sent_yet").text(text)
    )
    assert talk.session.safe_asked is None
    assert bool(answer) == ("sent_yet_now" in {e.reminder for e in talk.effects if isinstance(e, FollowUp)})


@pytest.mark.parametrize(
    "reminder", ["sent_yet", "did_they_answer", "meeting_set", "early_intervention_called"]
)
@pytest.mark.parametrize("text", ["nobody has called", "i left a voicemail", "nadie ha llamado"])
def test_calls_are_no_danger_at_a_reminder(book: Book, reminder: str, text: str) -> None:
    talk = Talk(book, Session(texting=Texting.YES, seen=NOON)).remind(reminder)
    assert talk.text(text).session.safe_asked is None
    assert book.reader.lexicon.contact.is_all("nobody has called".split())
    assert not book.reader.lexicon.contact.is_all("nobody has called him he is gone".split())


@pytest.mark.parametrize(
    "text", ["i will do it tonight", "im gonna do it tonight", "voy a hacerlo esta noche"]
)
def test_danger_or_answer_is_asked_about(book: Book, text: str) -> None:
    asked = Talk(book, Session(texting=Texting.YES, seen=NOON)).remind("sent_yet").text(text)
    assert "safety_check" == asked.asked
    assert "danger" in Talk(book).text(text).told
    asked.text("no")
    assert "sent_yet_now" in {e.reminder for e in asked.effects if isinstance(e, FollowUp)}


@pytest.mark.parametrize(
    "text",
    [
        "i did he said he will get me tonight",
        "yes he said he will finish me",
        "he said he did it he will get me",
        "i left it at home he said he will get her tonight",
        "he did it last night and he will get her tonight",
    ],
)
def test_a_threat_in_words_of_sending_is_danger(book: Book, text: str) -> None:
    talk = Talk(book, Session(texting=Texting.YES, seen=NOON)).remind("sent_yet").text(text)
    assert talk.session.in_danger


SCRATCHES, BRUISES = (
    "he comes home with scratches he wont talk about",
    "llega con moretones y no me dice por que",
)
"""Texts that we ask about: is anyone in danger?"""

SAID_NO = (
    "no he isnt in danger | nobody in danger | he isnt in danger | she is not in danger | he is not hurt | nobody is hurt | "
    "shes ok | hes ok | yes hes ok | were ok | everyone is ok | shes fine now | no shes with me and shes fine | no he is ok"
).split(" | ")
NO_ES = (
    "no esta en peligro | no, no esta en peligro | mi hijo no esta en peligro | nadie esta herido | ella esta bien | "
    "esta bien | si esta bien | no, esta bien | estan bien | ya esta bien"
).split(" | ")
YES = (
    "no one is safe | nobody in danger but me | no one in danger except my daughter | nobody knows but he hits me | "
    "nobody is safe here | no not everyone is safe | none of us are safe | nobody is ok | no just me | no one besides me | "
    "nobody is in danger just my son | im not hurt he is | im ok he isnt | im safe but my kids arent | he is in danger | no he is hurt | she isnt ok"
).split(" | ")
YES_ES = (
    "nadie esta a salvo | nadie mas que yo | nadie, solo mi hija | nadie excepto mi hijo | nadie sabe pero me pega | "
    "no solo yo | a mi no a mi hija | no estan bien | ella no esta bien | no esta aqui | no el esta en peligro"
).split(" | ")
UNCLEAR = "im fine its my son | it was last week | that was before | that was last night | it was yesterday | hes ok for now | no one is hurt yet"
UNCLEAR_ES = "fue la semana pasada | eso fue antes | fue ayer | esta bien por ahora | ya esta aqui"


def checked(book: Book, words: str, language: str = "en", about: str = SCRATCHES) -> Talk:
    """Return the conversation after these words at "is anyone in danger?", over a reminder."""
    talk = Talk(book, Session(language=language, texting=Texting.YES, seen=NOON)).remind("sent_yet")
    assert "safety_check" == talk.text(about if language == "en" else BRUISES).session.state
    return talk.text(words)


@pytest.mark.parametrize(("words", "language"), [*((n, "en") for n in SAID_NO), *((n, "es") for n in NO_ES)])
def test_a_no_in_words_goes_back(book: Book, words: str, language: str) -> None:
    talk = checked(book, words, language)
    assert (["safe_after_all"], False) == (talk.told[:1], talk.session.in_danger)


@pytest.mark.parametrize(("words", "language"), [*((y, "en") for y in YES), *((y, "es") for y in YES_ES)])
def test_a_no_with_an_exception_is_a_yes(book: Book, words: str, language: str) -> None:
    talk = checked(book, words, language)
    assert talk.session.in_danger
    assert talk.session.state in RESTS_AFTER_DANGER


@pytest.mark.parametrize(
    ("words", "language"),
    [*((u, "en") for u in UNCLEAR.split(" | ")), *((u, "es") for u in UNCLEAR_ES.split(" | "))],
)
def test_past_danger_is_asked_about_once_more(book: Book, words: str, language: str) -> None:
    talk = checked(book, words, language)
    assert (["safety_meant"], "safety_check") == (talk.told, talk.asked)


@pytest.mark.parametrize("words", ["is he ok", "are we safe", "is nobody hurt"])
def test_a_question_is_not_a_no(book: Book, words: str) -> None:
    assert checked(book, words).session.in_danger


@pytest.mark.parametrize("words", ["it was last week", "10"])
def test_a_call_asks_once_more_too(book: Book, words: str) -> None:
    talk = Talk(book).call("1").take(Channel.VOICE, EventKind.SPOKEN, SCRATCHES)
    assert (["safety_meant"], "safety_check") == (talk.speak(words).told, talk.session.state)


def test_a_child_who_is_back_was_not_in_danger(book: Book) -> None:
    talk = checked(book, "ya esta aqui", about="my son didnt get off the bus today")
    assert ["safe_after_all"] == talk.told[:1]


@pytest.mark.parametrize(
    "words", ["he isnt in danger", "nobody is hurt", "no esta en peligro", "nadie esta herido"]
)
def test_denied_danger_is_no_danger(book: Book, words: str) -> None:
    assert not Talk(book, Session(state="sent_home")).text(words).session.in_danger


@pytest.mark.parametrize("said", ["estamos en peligro", "estoy en peligro"])
def test_danger_in_spanish_is_recognized(book: Book, said: str) -> None:
    assert {"safety_check", "glad_you_are_here"} & {Talk(book).text(said).session.state}
    assert "menu" == Talk(book).text("hi", f"no {said}").session.state


@pytest.mark.parametrize(
    "answer", ["el no", "mi hija no", "no, el no", "not him", "not my daughter", "he isnt", "im not", "yo no"]
)
def test_a_no_about_one_person_is_asked_about_once_more(book: Book, answer: str) -> None:
    talk = Talk(book, Session(state="safety_check", worry="abuse_home", in_danger=True)).text(answer)
    assert (["safety_meant"], "safety_check") == (talk.told, talk.asked)
    assert talk.text(answer).session.in_danger


@pytest.mark.parametrize(
    "answer", ["el no pero yo si", "mi hija no, yo si", "not my daughter but me", "not me but him"]
)
def test_a_no_about_one_person_with_a_yes_is_a_yes(book: Book, answer: str) -> None:
    talk = Talk(book, Session(state="safety_check", worry="abuse_home", in_danger=True)).text(answer)
    assert (None, True) == (talk.asked, talk.session.in_danger)


@pytest.mark.parametrize(
    ("said", "language"),
    [("thank you but my husband hits me", "en"), ("gracias pero mi esposo me pega", "es")],
)
def test_thanks_are_not_answered_beside_danger(book: Book, said: str, language: str) -> None:
    talk = Talk(book, Session(state="child_age", language=language)).text(said)
    assert ("safety_check", []) == (talk.asked, talk.told)
