"""What a sentence answers: first words, then the question's classifier, before topics; never the opposite."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.book.states import Question
from hotline.conversation.engine.interpret import read_choice, reading_of
from hotline.conversation.engine.learned_answer import (
    OPPOSITE,
    OTHER_ALONE,
    SURE_ALONE,
    SURE_ANSWER,
    SURE_NAMED,
    head_of,
)
from hotline.conversation.engine.turn_builder import TurnBuilder
from hotline.conversation.model.events import Channel, Count, Event, EventKind, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.classifier import Scores
from hotline.publishing.understand import understand
from tests.conversation.talk import NOON, Talk
from tests.rows import table

LITTLE = 0.05


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Replace the classifiers' probabilities for all questions; intents are read as they are."""
    given: dict[str, float] = {}
    scores = TurnBuilder.scores

    def of(builder: TurnBuilder, head: str, said: str) -> Scores:
        if not head.startswith("answer."):
            return scores(builder, head, said)
        return Scores(tuple(sorted(given.items(), key=lambda each: -each[1])))

    monkeypatch.setattr(TurnBuilder, "scores", of)
    return given


def found(book: Book, question: str, text: str) -> str | None:
    """Return the choice that a text answers a question with."""
    event = Event("1", NOON, Channel.SMS, EventKind.SAID, text)
    builder = TurnBuilder(book, event, Session(state=question, language="en"))
    choice = read_choice(builder, book.question(question), reading_of(builder, text))
    return choice.name if choice else None


@table("""
    question | text | choice
    sent_yet | not yet i been scared to be honest | not_yet
    sent_yet | nope been working doubles | not_yet
    sent_yet | no i been so busy | not_yet
    sent_yet | no, my mom is in the hospital | not_yet
    sent_yet | todavía no, se me fue la semana | not_yet
    iep_meeting_held | yes we went and my sister came too | yes
""")
def test_a_clear_first_word_answers_unless_the_classifier_sees_another_choice(
    book: Book, judge: dict[str, float], question: str, text: str, choice: str
) -> None:
    other = next(each.name for each in book.question(question).choices if each.name != choice)
    judge |= {"-": 0.9 - LITTLE, choice: LITTLE, other: LITTLE}
    assert choice == found(book, question, text)
    judge[other] = OPPOSITE
    assert found(book, question, text) is None


@table("""
    question | text | choice
    sent_yet | no he tenido tiempo de nada | not_yet
    promise_due | si ya pusieron la ayudante | yes
""")
def test_an_ambiguous_first_word_needs_the_classifier(
    book: Book, judge: dict[str, float], question: str, text: str, choice: str
) -> None:
    """In Spanish "no le va bien" denies what follows, and "si" is an if."""
    text = text.replace("no he", "no les he")
    judge |= {"-": 0.9, choice: 0.1}
    assert found(book, question, text) is None
    judge |= {"-": 1 - SURE_NAMED, choice: SURE_NAMED}
    judge["-"] -= LITTLE
    assert choice == found(book, question, text)


def test_a_but_leaves_the_decision_to_the_classifier(book: Book, judge: dict[str, float]) -> None:
    judge |= {"-": 0.3, "yes": SURE_ANSWER - LITTLE, "in_part": 0.1}
    assert found(book, "plan_in_use", "yes but they skip it when the aide is out") is None
    assert "yes" == found(book, "plan_in_use", "yes they all follow it")


def test_at_a_reminder_the_classifier_comes_before_a_topic(book: Book, judge: dict[str, float]) -> None:
    text = "I handed it to the front desk and they stamped it"
    assert book.reader.read(text).sure > SURE_ANSWER
    judge |= {"sent": SURE_ANSWER, "-": 0.1}
    assert "sent" == found(book, "sent_yet", text)
    judge |= {"sent": SURE_ANSWER - LITTLE, "-": OTHER_ALONE}
    assert found(book, "sent_yet", text) is None
    judge["sent"] = 0.99
    assert found(book, "sent_yet", "what is an iep") is None


def test_at_a_reminder_a_choice_without_a_rival_is_enough(book: Book, judge: dict[str, float]) -> None:
    """Of five choices, one is seldom 80% likely."""
    text = "it came back that he gets the help"
    judge |= {"eligible": SURE_ALONE, "not_eligible": OTHER_ALONE - LITTLE, "-": OTHER_ALONE - LITTLE}
    assert "eligible" == found(book, "testing_done", text)
    judge["-"] = OTHER_ALONE
    assert found(book, "testing_done", text) is None


def test_the_opposite_of_a_first_word_is_never_recorded(book: Book, judge: dict[str, float]) -> None:
    judge |= {"no": 0.99, "-": 0.01}
    assert found(book, "iep_meeting_held", "yes that one went ok") is None
    assert "no" == found(book, "meeting_set", "ya la pedi pero no me dan fecha")  # "already", no yes


def test_an_unstated_day_is_never_recorded(book: Book, judge: dict[str, float]) -> None:
    judge |= {"yesterday": 0.99, "-": 0.01}
    assert found(book, "sent_on", "a good while back") is None
    judge |= {"yesterday": 0.0, "not_known": 0.99}
    assert "not_known" == found(book, "sent_on", "a good while back")


@pytest.mark.parametrize(
    "text",
    (
        "todo se le dificulta | no le entra nada | nada se le queda | he does nothing all day in class | "
        "she has no friends and nothing makes her happy | nothing comes easy for him at that school | "
        "none of his teachers get him | ninguno sabemos bien que tiene"
    ).split(" | "),
)
def test_no_sentence_means_that_nothing_is_hard(book: Book, text: str) -> None:
    """That outcome alone tells a parent not to ask for testing."""
    talk = Talk(book, Session(state="hardest", language="en")).text(text)
    assert talk.session.answer_to("hardest") != "nothing"
    assert "outcome_support" not in talk.told


@pytest.mark.parametrize(
    "text",
    (
        "5 | none | None of these | nothing really | nada de eso | no, nothing | ninguna de esas | "
        "none thanks"
    ).split(" | "),
)
def test_a_whole_answer_says_that_nothing_is_hard(book: Book, text: str) -> None:
    talk = Talk(book, Session(state="hardest", language="en")).text(text)
    assert "nothing" == talk.session.answer_to("hardest")


def test_a_story_never_means_that_nothing_is_hard(book: Book, judge: dict[str, float]) -> None:
    judge |= {"nothing": 0.99, "-": 0.01}
    talk = Talk(book).text("my daughter is 9 and nothing like that ever happened before, she cant read")
    assert "nothing" not in {**dict(talk.session.given)}.values()


def test_thanks_beside_an_unclear_answer_asks_again(book: Book, judge: dict[str, float]) -> None:
    text = "yeah they gave him the iep thank god"
    judge |= {"-": 0.4, "eligible": 0.6}
    talk = Talk(book, Session(state="testing_done", language="en")).text(text)
    assert ("testing_done", False) == (talk.asked, "thanks" in talk.told)
    judge |= {"-": 0.6, "eligible": 0.4}
    assert (
        "testing_done"
        != Talk(book, Session(state="testing_done", language="en")).text("thank you so much").told[0]
    )


def test_thanks_beside_an_answer_to_the_screening_is_none_either(book: Book, judge: dict[str, float]) -> None:
    judge |= {"-": 0.4, "learning": 0.6}
    talk = Talk(book, Session(state="hardest", language="en")).text("yeah they gave him the iep thank god")
    assert ("hardest", False) == (talk.asked, "thanks" in talk.told)


@pytest.mark.parametrize(
    "text",
    ["nope im done with all this", "no i dont need these anymore", "no and quit it with these already"],
)
def test_a_likely_opt_out_is_asked_about_first(book: Book, judge: dict[str, float], text: str) -> None:
    judge |= {"-": 0.01, "not_yet": 0.99}
    talk = Talk(book, Session(state="sent_yet", language="en")).text(text)
    assert talk.asked == "stop_or_not"
    assert "not_yet" == found(book, "sent_yet", "nope im swamped with all this")


@pytest.mark.parametrize(
    ("question", "like"),
    [("answered_now", "did_they_answer"), ("cause_meeting_504", "manifestation_meeting")],
)
def test_questions_with_the_same_answers_share_a_classifier(book: Book, question: str, like: str) -> None:
    event = Event("1", NOON, Channel.SMS, EventKind.SAID, "")
    builder = TurnBuilder(book, event, Session())
    assert f"answer.{like}" == head_of(builder, book.question(question))
    assert [c.name for c in book.question(question).choices] == [c.name for c in book.question(like).choices]


def test_every_reminder_question_has_a_classifier(book: Book) -> None:
    """Its own, a shared one, or that of yes and no; consent is read by rule alone."""
    event = Event("1", NOON, Channel.SMS, EventKind.SAID, "")
    builder = TurnBuilder(book, event, Session())
    asked = [
        s for s in book.states.values() if isinstance(s, Question) and s.reminder and not book.binds(s.name)
    ]
    assert [] == [q.name for q in asked if head_of(builder, q) is None and q.name != "call_dropped"]


@pytest.mark.parametrize(
    ("question", "language", "text", "choice"),
    [
        ("sent_yet", "en", "yes sent it by email", "sent"),
        ("sent_yet", "en", "not yet, what do i say", "not_yet"),
        ("sent_yet", "en", "nope been working doubles", "not_yet"),
        ("did_they_answer", "en", "yes finally!! they are gonna evaluate him 🙌", "will_test"),
        ("answered_now", "en", "yes finally!! they are gonna evaluate him 🙌", "will_test"),
        ("did_they_answer", "es", "si! ya le van a hacer la prueba", "will_test"),
        ("in_kindergarten", "en", "yes she started in august", "school_age"),
        ("testing_done", "es", "todavia no empiezan", "not_done"),
        ("meeting_set", "en", "no, they dont answer me", "no"),
        ("count_the_days", "en", "9 days now", "no"),
        ("count_the_days", "en", "today makes 11", "yes"),
        ("count_the_days", "es", "ya van 7 dias", "no"),
        ("count_the_days", "es", "van 12", "yes"),
        ("manifestation_meeting", "en", "only 4 days so far", "fewer_days"),
        ("asked_before", "es", "no nunca la he pedido", "no"),
        ("may_we_text", "es", "no gracias así estoy bien", "no"),
        ("may_we_text", "es", "sí pero poquitos", "yes"),
        ("may_we_text", "en", "yes but not too many", "yes"),
        ("may_we_text", "en", "yes but not now", None),
    ],
)
def test_real_replies_to_reminders_are_read(
    book: Book, question: str, language: str, text: str, choice: str | None
) -> None:
    assert choice == understand(book, text, language, question).choice


@pytest.mark.parametrize(
    ("state", "said", "language", "kept"),
    [
        ("sent_yet", "no i didnt send it yet sorry i meant i did, friday", "en", "sent"),
        ("sent_yet", "not yet oh wait yes i did on monday", "en", "sent"),
        ("sent_yet", "yes i sent it actually no i didnt", "en", "not_yet"),
        ("sent_yet", "si ya la mande, no perdon todavia no", "es", "not_yet"),
        ("sent_yet", "not sent yet, sorry ive been sick", "en", "not_yet"),
        ("sent_yet", "yes, sorry it took so long", "en", "sent"),
        ("sent_home", "no he isnt suspended, sorry he is, since monday", "en", "yes"),
        ("sent_home", "no esta suspendido, perdon si esta, desde el lunes", "es", "yes"),
        ("did_they_answer", "they didnt answer, wait yes they did they said no", "en", "said_no"),
        ("did_they_answer", "they said to wait, sorry", "en", "wait"),
        ("did_they_answer", "they said no at first but now they said yes", "en", "will_test"),
        ("did_they_answer", "we got denied. then i cried and then they called and said ok", "en", None),
        ("did_they_answer", "he already had testing in september they said so no", "en", None),
        ("iep_meeting_held", "they held it w/o me", "en", "disagree"),
        ("iep_meeting_held", "la hicieron sin avisarme", "es", "disagree"),
        ("plan_in_use", "they do it when they feel like it", "en", "in_part"),
    ],
)
def test_news_is_never_recorded_as_its_opposite(
    book: Book, state: str, said: str, language: str, kept: str | None
) -> None:
    talk = Talk(book, Session(state=state, language=language, texting=Texting.YES)).text(said)
    counted = [effect.name for effect in talk.effects if isinstance(effect, Count)]
    assert ([f"answer.{state}.{kept}"] if kept else []) == [c for c in counted if c.startswith("answer.")]


@pytest.mark.parametrize(
    ("state", "said", "language"),
    [("sent_yet", "ok", "en"), ("sent_yet", "ok thanks", "en"), ("asked_before", "si esta bien", "es")],
)
def test_an_ok_is_not_an_answer(book: Book, state: str, said: str, language: str) -> None:
    talk = Talk(book, Session(state=state, language=language, texting=Texting.YES)).text(said)
    assert (state, ()) == (talk.session.state, talk.session.answers)


@table("""
    state | said | language | not_told
    plan_in_use | ya le quitaron el ayudante | es | good_news
    plan_in_use | yes but they dont follow it | en | good_news
    did_they_answer | yes they said he has good grades | en | they_will_test
""")
def test_a_yes_at_the_start_of_another_answer_is_not_a_yes(
    book: Book, state: str, said: str, language: str, not_told: str
) -> None:
    """What the rest of the text surely is about is another of the answers."""
    assert (
        not_told
        not in Talk(book, Session(language=language, texting=Texting.YES)).remind(state).text(said).told
    )


@table("""
    state | said | language | told
    sent_yet | i tried but the email came back | en | said_not_taken
    sent_yet | la mandé pero el correo rebotó | es | said_not_taken
    sent_yet | i forgot sorry | en | will_ask_if_sent
    sent_yet | se me olvidó | es | will_ask_if_sent
    sent_yet | la acabo de mandar | es | letter_sent
    sent_yet | i didnt have enough time | en | will_ask_if_sent
    iep_meeting_held | se acabó temprano | es | plan_starts
    iep_meeting_held | it was a disaster | en | plan_starts
    plan_in_use | not enough | en | faq_not_followed
    plan_in_use | ya no lo hacen | es | faq_not_followed
""")
def test_how_parents_answer_a_reminder(book: Book, state: str, said: str, language: str, told: str) -> None:
    """A letter that came back was not sent; a bad meeting was held, and is not called good."""
    assert told in Talk(book, Session(language=language, texting=Texting.YES)).remind(state).text(said).told
