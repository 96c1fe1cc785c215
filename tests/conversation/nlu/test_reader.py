"""Readings of a text: danger in tiers, STOP by rule, the rest by probability."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.normalize import MAX_LENGTH
from hotline.conversation.nlu.reader import LONGEST_STOP, MOST_REMEMBERED, Danger, Reader
from hotline.conversation.nlu.roles import Known
from hotline.conversation.nlu.topics import ASKED_ABOUT, MOST_OFFERED, SURE, SURE_OF_COURTESY, WORTH_ASKING


@pytest.mark.parametrize(
    "text",
    [
        *("i want to die", "he says he wants to kill himself", "kms tonight", "my son has a gun at school"),
        *("me quiero morir", "mi hijo dice que se quiere matar"),
        *("I WANT TO DIE!!!", "hi. i want to die thanks", "the teacher hit him"),
    ],
)
def test_clear_danger_is_an_alarm(text: str, reader: Reader) -> None:
    reading = reader.read(text)
    assert Danger.ALARM is reading.danger
    assert reading.danger_class
    assert reader.of(text) in ("crisis", "abuse")


@pytest.mark.parametrize(
    "text",
    [
        *("im scared of what i might do to my kid", "tengo miedo de lastimar a mi hijo"),
        *("everyone would be better off without him he says", "he comes home with marks on his arms"),
        *("she took all the pills", "la maestra le pega", "he cant breathe"),
        *("she doesnt want to wake up anymore", "ya no quiere vivir asi"),
    ],
)
def test_possible_danger_is_at_least_asked_about(text: str, reader: Reader) -> None:
    assert reader.read(text).danger in (Danger.ASK, Danger.ALARM)


@pytest.mark.parametrize(
    "text",
    (
        "he has adhd | my son cant read | what is a 504 | mi hijo no aprende a leer | 2 | yes | thanks | "
        "he is dying to go to recess | the wifi died | the test killed him lol | "
        "las maestras tomaron fotos | he is racing | she is a dancer | they are shooting a video at school | "
        "kill the messenger"
    ).split(" | "),
)
def test_ordinary_talk_is_not_an_alarm(text: str, reader: Reader) -> None:
    assert Danger.ALARM is not reader.read(text).danger


@pytest.mark.parametrize(
    "text",
    [
        "im so tired i cant do this alone anymore",
        "i am so overwhelmed i cant do this anymore",
        "ya no puedo mas estoy agotada",
    ],
)
def test_despair_gets_sympathy_or_a_question(text: str, reader: Reader) -> None:
    assert reader.read(text).danger in (Danger.DISTRESS, Danger.ASK)


def test_a_rule_that_the_model_doubts_asks(reader: Reader) -> None:
    readings = [
        reader.read(text)
        for text in ("suicide prevention week poster", "how do i report abuse", "911", "suicidio")
    ]
    assert all(
        reading.danger in (Danger.ASK, Danger.ALARM) or reading.danger_by == "" for reading in readings
    )
    assert Danger.NONE is not reader.read("i want to kill myself").danger


def test_a_reaction_to_us_is_read_as_nothing(reader: Reader) -> None:
    reading = reader.read("Liked “If anyone is in danger call 911. Thinking about suicide? Call 988.”")
    assert (True, None, Danger.NONE) == (reading.cleaned.reaction, reading.intent, reading.danger)


def test_our_own_words_quoted_are_ignored(reader: Reader) -> None:
    ours = "thinking about suicide call or text 988"
    reading = reader.read("Thinking about suicide? Call or text 988.\n2", lambda line: line == ours)
    assert ("2", Danger.NONE) == (reading.cleaned.text, reading.danger)


@pytest.mark.parametrize(
    "text",
    (
        "STOP | stop | Stop. | STOP - Maria | please stop\nMaria | stop pls ty -mom | ALTO por favor - Ana | "
        "unsubscribe | stop texting me | cancelar | no quiero mas mensajes | hi stop | S T O P | "
        "Liked “Reply STOP to end.” STOP | msg: stop"
    ).split(" | "),
)
def test_a_framed_stop_is_obeyed(text: str, reader: Reader) -> None:
    reading = reader.read(text)
    assert ("stop", "rule", 1.0) == (reading.intent, reading.by, reading.sure)


def test_a_stop_inside_a_long_text_is_asked_about(reader: Reader) -> None:
    short = "stop texting me " + "now " * (LONGEST_STOP - 3)
    assert "stop" == reader.read(short).intent
    assert Known.STOP_UNCLEAR == reader.read(f"{short} really").intent


@pytest.mark.parametrize(
    "text",
    [
        "can they stop his iep",
        "how do i stop the bullying",
        "the bus doesnt stop here",
        "pueden parar el iep",
    ],
)
def test_a_question_about_stopping_is_not_a_stop(text: str, reader: Reader) -> None:
    assert "stop" != reader.read(text).intent


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_consequential_intents_need_a_rule(book: Book, text: str) -> None:
    """STOP, START, DELETE and the like."""
    reading = book.reader.read(text)
    assert reading.by == "rule" or reading.intent not in book.roles.by_rule_alone


ASKED = [
    "which plan and which letter",
    "meeting letter",
    "no rights no letter just tell me which plan",
    "help iep",
]


@pytest.mark.parametrize(
    "text", ["is it free or private", "plan", "meeting and records", "summer and bullying", *ASKED]
)
def test_up_to_three_close_topics_are_asked_about(text: str, reader: Reader) -> None:
    reading = reader.read(text)
    chance = dict(reading.ranked)
    if reading.asks:
        assert reading.intent is None
        assert 1 <= len(reading.asks) <= MOST_OFFERED
        assert Known.OTHER not in reading.asks
        assert Known.STOP not in reading.asks
        offered = [chance.get(name, 0.0) for name in reading.asks]
        assert offered == sorted(offered, reverse=True)
        assert len(offered) <= 2 or min(offered) >= WORTH_ASKING
        assert reading.together >= ASKED_ABOUT
    elif reading.by == "model" and reading.intent:
        assert reading.sure >= (SURE_OF_COURTESY if reading.intent in reader.roles.answered_kindly else SURE)
    assert WORTH_ASKING < SURE


def test_some_words_are_asked_about(reader: Reader) -> None:
    texts = [
        f"{a} {b}"
        for a in ("meeting", "records", "summer", "bullying")
        for b in ("letter", "medicine", "days")
    ]
    assert any(reader.read(text).asks for text in texts)


@pytest.mark.parametrize("text", ["", " ", "...", "\x00", "\ud800", "🙂", "\u200b"])
def test_a_text_without_words_is_read_as_nothing(text: str, reader: Reader) -> None:
    reading = reader.read(text)
    assert (None, (), Danger.NONE, False) == (
        reading.intent,
        reading.asks,
        reading.danger,
        reading.cleaned.reaction,
    )


@given(st.text(max_size=1700))
def test_any_text_has_one_deterministic_reading(book: Book, text: str) -> None:
    reading = book.reader.read(text)
    assert reading.intent in (*book.reader.names, None)
    assert reading == replace(book.reader.read(text))
    assert 0 <= reading.sure <= 1
    assert 0 <= reading.danger_sure <= 1


UNITS = (
    "a|a |ab |- |- A|\u201c|\U0001f44d|\ufdfa|\u2764\ufe0f|\n|\n\n-- |> |\u200b|\u4e00|e\u0301|\u0301|! |no |stop |die |x |"
    "que |la |get |5 0 |5 0 4 |i e p |iep 504 |he is 8 |my son |son |quiero |they |want |dont x |head want |"
    "what x |how x |what is |i want to |they wont give him |teacher hit him |he wants to kill |kill my son |"
    "kill die son |evaluaxion |suspendedx |no no lo quiere |quito a a a |ya no me manden |from: |on a wrote: |"
    "liked \u201c|\U0001f44d to \u201c"
).split("|")
SHORT, LONG, SLOWEST = 400, MAX_LENGTH, 0.5


def seconds_for(reader: Reader, text: str) -> float:
    """Return the least processor time of a few readings."""
    times = []
    for _ in range(3):
        start = time.process_time()
        reader.read(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("unit", UNITS)
def test_reading_takes_linear_time(unit: str, reader: Reader) -> None:
    short, long = (seconds_for(reader, (unit * length)[:length]) for length in (SHORT, LONG))
    assert long <= 8 * max(short, 0.002)
    assert long <= SLOWEST


@pytest.mark.parametrize("text", [*map(str, range(100)), "00", "07"])
def test_a_lone_number_is_read_as_any_other_text(text: str, reader: Reader) -> None:
    assert reader._read(text, lambda _: False) == reader.read(text, lambda _: False)


@pytest.mark.parametrize("text", ["hi", "Hi", "HOLA", "no", "stop", "suicide", "iep", "reading"])
def test_a_public_word_is_read_again_as_the_first_time(text: str, reader: Reader) -> None:
    first = reader.read(text)
    assert reader._read(text, lambda _: False) == first
    assert first is reader.read(text)


@pytest.mark.parametrize("text", ["Zebulon", "hI", "reading zebulon", "hi there", "5105550123", "Hi."])
def test_readings_of_texts_are_not_cached(text: str, reader: Reader) -> None:
    reader.read(text)
    assert text not in reader._of_word


def test_few_words_are_remembered(book: Book) -> None:
    reader = book.reader
    for word in reader.public[: MOST_REMEMBERED + 50]:
        reader.read(word)
    assert len(reader._of_word) <= MOST_REMEMBERED


def test_a_short_command_needs_no_model(reader: Reader) -> None:
    assert () == reader.read("menu").ranked
    assert reader.read("stop").ranked
    assert reader.read("i want to die").ranked


@pytest.mark.parametrize(
    "text",
    (
        "Gracias\nAlto | Thanks\nStop | 2\nSTOP | Thank you\nSTOP | yes - stop | hi -stop | Ok\nSTOP | "
        "STOP\nI already got help for my son | my son has an iep meeting on friday at his school\nStop"
    ).split(" | "),
)
def test_a_stop_on_its_own_line_is_obeyed(text: str, reader: Reader) -> None:
    """47 CFR 64.1200(a)(10): any reasonable way to opt out."""
    assert Known.STOP == reader.of(text)


@pytest.mark.parametrize("text", ["necesito ayuda\npara\nmi hijo", "they wont\nstop\nbullying him"])
def test_a_stop_inside_a_sentence_is_not_a_stop(text: str, reader: Reader) -> None:
    assert Known.STOP != reader.of(text)


def test_a_stop_on_its_own_line_hides_no_danger(reader: Reader) -> None:
    assert Known.CRISIS == reader.of("he wants to kill himself\nStop")


@pytest.mark.parametrize("wrong", ["sucide", "suiside", "suicde", "sewicide"])
@pytest.mark.parametrize("text", ["he talks about {}", "talks about {} at school", "im worried about {}"])
def test_misspelled_suicide_is_danger(book: Book, text: str, wrong: str) -> None:
    right, read = (book.reader.read(text.format(word)) for word in ("suicide", wrong))
    assert right.danger is read.danger is not Danger.NONE
