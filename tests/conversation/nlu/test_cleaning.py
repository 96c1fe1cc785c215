"""Cleaning: which part of a text is the sender's own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.cleaning import clean, without_courtesy
from hotline.conversation.nlu.lexicon import Lexicon

OURS = "How old is your child? 1: Under 3 2: 3 to 5 3: K-12"
CHOICES = ("1 under 3", "2 preschool not in school yet", "3 in school kindergarten to 12th grade")

LONG_SECONDS = 0.15
"""Of processor time for 1,600 characters. It takes about 10 milliseconds; a slow machine gets fifteen times."""


REACTIONS = [
    *(
        f"{verb} “{OURS}”"
        for verb in ("Liked", "Loved", "Disliked", "Laughed at", "Emphasized", "Questioned")
    ),
    *(f"{verb} “{OURS}”" for verb in ("Removed a like from", "Removed an exclamation from")),
    *(f"Removed a {sign} from “{OURS}”" for sign in ("heart", "dislike", "laugh", "question mark")),
    *(f"{verb} “{OURS}”" for verb in ("Reacted ❤️ to", "Reacted with 😢 to", "Responded 👍 to")),
    *(f"{verb} “{OURS}”" for verb in ("Le gustó", "Le encantó", "Me gusta", "Me encanta", "No le gustó")),
    *(f"{verb} “{OURS}”" for verb in ("Se rió de", "Enfatizó", "Exclamó", "Cuestionó", "Reaccionó con 😂 a")),
    *(
        f"{verb} «{OURS}»"
        for verb in ("Le dio risa", "Destacó", "Quitó un me gusta de", "Eliminó la reacción a")
    ),
    *(f'{verb} "{OURS}"' for verb in ("liked", "LIKED", "Liked:")),
    *(
        "Liked an image",
        "Loved a photo",
        "Laughed at an attachment",
        "Le gustó una imagen",
        "Liked a message.",
    ),
    *(f"👍 to “{OURS}”", f"\u200b❤️\u200b to \u200b“{OURS}”", f"😂 a «{OURS}»", f"\u200aLiked “{OURS}”"),
    f"Liked “{OURS}\nSecond line.\n”",
]


@pytest.mark.parametrize("text", REACTIONS)
def test_a_reaction_alone_is_not_a_turn(text: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert (True, "", "", ("reaction",)) == (cleaned.reaction, cleaned.text, cleaned.core, cleaned.cut)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"Liked “{OURS}” 2", "2"),
        (f"Liked “{OURS}”\nyes he was suspended", "yes he was suspended"),
        (f"Le gustó “{OURS}” sí", "sí"),
        (f"👍 to “{OURS}” STOP", "STOP"),
        (f"😢 a «{OURS}» se quiere morir", "se quiere morir"),
    ],
)
def test_text_after_a_reaction_is_read(text: str, rest: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert (rest, False) == (cleaned.text, cleaned.reaction)
    assert "reaction" in cleaned.cut


@pytest.mark.parametrize(
    "text",
    (
        "Liked | i liked “harry potter” and so did he | he loved the class | Loved it! | "
        "me gusta la escuela | he laughed at “the teacher” | liked by all | no le gustó la maestra | a “b” | "
        "he said “i want to die”"
    ).split(" | "),
)
def test_words_like_a_reactions_are_read(text: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert (text, False) == (cleaned.text, cleaned.reaction)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("From: mom@example.com\nTo: 5551230000\nSubject: school\n\nmy son cant read", "my son cant read"),
        ("De: ana@example.com\nAsunto: escuela\nmi hijo no lee", "mi hijo no lee"),
        ("FRM:mom@example.com\nSUBJ:school\nMSG:2", "2"),
        ("SUBJ:hi\nMSG:yes", "yes"),
        ("MSG: STOP", "STOP"),
        ("2\nSent from my iPhone", "2"),
        ("2\nEnviado desde mi iPhone", "2"),
        ("2\nGet Outlook for iOS", "2"),
        ("yes\n\nOn Mon, Nov 23, 2026, Parent Hotline wrote:\n> How old is your child?\n> 1: Under 3", "yes"),
        ("sí\n\nEl lun, 23 nov 2026, Línea escribió:\n> ¿Qué edad?", "sí"),
        ("3\n----- Original Message -----\n> Reply 1, 2 or 3", "3"),
        ("he cant read (but\n(Con't) 2 of 2", "he cant read (but"),
    ],
)
def test_mail_headers_and_footers_are_cut(text: str, own: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert own == cleaned.text
    assert "header" in cleaned.cut


@pytest.mark.parametrize("text", ["From: mom@example.com", "> > >", "Sent from my iPhone", "to: him"])
def test_a_text_of_headers_only_stays(text: str, lexicon: Lexicon) -> None:
    assert text == clean(text, lexicon).text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (
            "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where I’m going.",
            "",
        ),
        ("Estoy conduciendo. Te llamo luego.", ""),
        ("I'm driving right now. they sent my son home again", "they sent my son home again"),
        ("This phone is not monitored. STOP texting me", "STOP texting me"),
    ],
)
def test_automatic_replies_are_cut(text: str, own: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert (own, "auto-reply") == (cleaned.text, cleaned.cut[0])


@pytest.mark.parametrize(
    "text", ["im driving right now my son was attacked call me", "he was out of the office when they hit him"]
)
def test_similar_words_of_a_parent_are_read(text: str, lexicon: Lexicon) -> None:
    assert clean(text, lexicon).text == text


def test_a_copied_menu_is_cut_and_the_answer_stays(lexicon: Lexicon) -> None:
    ours = {*CHOICES, "yes", "my rights", "how old is your child"}
    copied = "1: Under 3\n2: Preschool, not in school yet\n3: In school, kindergarten to 12th grade\n\n3"
    cleaned = clean(copied, lexicon, ours.__contains__)
    assert ("3", ("quote",)) == (cleaned.text, cleaned.cut)
    assert "he is 9" == clean("How old is your child?\nhe is 9", lexicon, ours.__contains__).text
    for answer in ("yes", "My rights", "Yes\nMy rights"):
        assert answer == clean(answer, lexicon, ours.__contains__).text
    only = "1: Under 3"
    assert only == clean(only, lexicon, ours.__contains__).text


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("2\n-Maria G.", "2"),
        ("STOP - Maria", "stop"),
        ("please stop\nMaria", "stop"),
        ("no -mom", "no"),
        ("yes --ana maria", "yes"),
        ("si\nAna", "si"),
        ("2 — Ms. O'Neil", "2"),
        ("1 ~ mama de Luis", "1"),
    ],
)
def test_a_signature_is_cut_from_an_answer(text: str, core: str, book: Book) -> None:
    cleaned = clean(text, book.reader.lexicon, public=book.reader.places)
    assert core == cleaned.core
    assert "signature" in cleaned.cut


@pytest.mark.parametrize(
    "text",
    ["hi\nyes", "hi - two", "he is in school - no", "my kid\ncant read", "Maria", "-Maria", "pre-school"],
)
def test_an_answer_is_not_a_signature(text: str, lexicon: Lexicon) -> None:
    assert "signature" not in clean(text, lexicon).cut


@pytest.mark.parametrize(
    ("text", "core"),
    [
        *(
            ("2 thanks", "2"),
            ("1 thank you so much", "1"),
            ("hi 2", "2"),
            ("2 i think", "2"),
            ("um 2 please", "2"),
        ),
        *(("hola 2", "2"), ("2 gracias", "2"), ("2 por favor", "2"), ("creo que 2", "2"), ("2 creo", "2")),
        *(("buenos dias, si gracias", "si"), ("hi good morning yes please", "yes")),
        *(("thanks", "thanks"), ("hi", "hi"), ("hola buenas tardes", "tardes"), ("gracias", "gracias")),
    ],
)
def test_courtesy_around_an_answer_is_cut(text: str, core: str, lexicon: Lexicon) -> None:
    assert core == clean(text, lexicon).core


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("one more thing do i have to go alone", "do i have to go alone"),
        ("Hi, sorry to bother you again but one more question: is it free?", "is it free?"),
        ("Sorry for the late reply... not yet", "not yet"),
        ("No sé si me puedan ayudar, mi hijo no lee", "mi hijo no lee"),
        ("hola buenas tardes disculpe la molestia y una pregunta ¿cuánto cuesta?", "¿cuánto cuesta?"),
        *((text, text) for text in ("one more thing", "i have a question", "otra pregunta", "ok", "")),
        ("the school said one more thing", "the school said one more thing"),
        ("i was wondering if they said no", "i was wondering if they said no"),
        ("hi he hit me", "hi he hit me"),
    ],
)
def test_an_announcement_is_removed(text: str, rest: str, lexicon: Lexicon) -> None:
    cleaned = clean(text, lexicon)
    assert rest == cleaned.text
    assert ("announcement" in cleaned.cut) is (text != rest)


def test_danger_is_read_in_the_full_text(lexicon: Lexicon) -> None:
    """ "I can't anymore, thanks for everything" must reach the danger reader whole."""
    cleaned = clean("hi i cant do this anymore thanks", lexicon)
    assert "hi i cant do this anymore thanks" == cleaned.text


@given(text=st.text(max_size=1700))
def test_cleaning_only_removes(text: str, book: Book) -> None:
    cleaned = clean(text, book.reader.lexicon)
    assert cleaned.text in text
    assert cleaned.reaction is (cleaned.cut == ("reaction",) and not cleaned.text)


@given(
    words=st.lists(
        st.sampled_from(["hi", "please", "2", "thanks", "gracias", "hola", "x", "yes"]), max_size=12
    )
)
def test_courtesy_never_removes_everything(words: list[str], book: Book) -> None:
    rest = without_courtesy(words, book.reader.lexicon)
    assert bool(rest) == bool(words)
    assert not rest or any(rest == words[at : at + len(rest)] for at in range(len(words)))


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "Liked “",
            "Removed a ",
            "“”",
            "x - ",
            "-a ",
            "\n- A",
            "thanks ",
            "hi ",
            "From: ",
            "\n",
            "> \n",
            "on ",
        ),
        *("❤️", "\u200b", "subj:", "a' ", "A. ", "Reacted with ", "--", "...", "”", "🙂 to “"),
    ],
)
def test_no_text_takes_long(piece: str, lexicon: Lexicon) -> None:
    took = []
    for text in ((piece * 1600)[:1600], ("Liked “" + piece * 1600)[:1600], ("2 " + piece * 1600)[:1600]):
        start = time.process_time()
        clean(text, lexicon, lambda _: True)
        took.append(time.process_time() - start)
    assert max(took) < LONG_SECONDS


def test_a_negated_wish_is_not_courtesy(book: Book) -> None:
    assert "he doesnt have a good day" == clean("he doesnt have a good day", book.reader.lexicon).core
    assert "2" == clean("2 have a good day", book.reader.lexicon).core


@pytest.mark.parametrize(
    "text",
    (
        "ok -but later | sure - maybe later | ok - call me | no - sent home daily | no - he did it again | "
        "yes\nStop | yes\nNever mind | no\nSuspended twice | si - pero luego | sí\nMejor no"
    ).split(" | "),
)
def test_an_afterthought_is_not_a_signature(text: str, book: Book) -> None:
    assert "signature" not in clean(text, book.reader.lexicon, public=book.reader.places).cut
