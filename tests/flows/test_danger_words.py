"""Words of danger that are recognized by rule, and look-alikes."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.model.events import Channel, Texting
from hotline.conversation.model.session import Session
from hotline.conversation.nlu.roles import SAFETY
from tests.conversation.talk import Talk

HEARD = (
    "hay peligro | aqui hay peligro | corremos peligro | estamos en peligro | mi hija esta en peligro | no, hay peligro | peligro | es peligroso aqui | "
    "no estamos a salvo | there is danger here | theres danger | danger | we are in danger | it isnt safe here | its dangerous here | we are unsafe | "
    "threatened yesterday | choked again last night | hit again yesterday | got hit yesterday | kicked last night | beat up yesterday | shoved this morning | "
    "threatened me yesterday | yesterday slapped again | last night he hit me | anoche la golpeó | ayer otra vez me pegó | me pego ayer | "
    "golpeada ayer | amenazada otra vez hoy | ayer pateado | lo patearon hoy | otra vez me golpeo | anoche nos amenazó | pegó otra vez"
).split(" | ")

NOT_HEARD = (
    "threatened to sue yesterday | hit the deadline yesterday | they threatened yesterday to call cps | hit send last night | kicked out yesterday | "
    "burned out last night | choked up yesterday | punched the time clock this morning | beat his reading goal yesterday | it hit me last night that i forgot | "
    "me pegó un susto ayer | ayer me pegó un susto | golpeó la puerta | ayer golpeó la puerta | me pegó la gripe ayer | ayer le pego la gripa | "
    "ayer me amenazaron con suspenderlo | amenazó ayer con demandar | hay peligro de que repruebe | corre peligro de repetir el año | "
    "hes in danger of failing | there is danger he will fail | is it safe here"
).split(" | ")


@pytest.mark.parametrize("said", HEARD)
def test_danger_is_recognized_by_rule_anywhere(book: Book, said: str) -> None:
    assert book.reader.read(said).danger_by in SAFETY
    for state in ("", "plan_now", "sent_yet"):
        for channel in Channel:
            talk = Talk(book, Session(state=state, texting=Texting.YES)).say(channel, said)
            assert talk.session.in_danger, (state, channel)


@pytest.mark.parametrize("said", NOT_HEARD)
def test_no_rule_matches_a_look_alike(book: Book, said: str) -> None:
    assert book.reader.patterns.of(said) not in SAFETY
