"""Which language a text is in, by its small words.

Rule 1: the first text of somebody new is judged. A later one changes the language only where it is plainly in
another; danger words are answered in their own.
Rule 2: no small word of the other language outweighs; a text with none is in the first language.
"""

from __future__ import annotations

from collections.abc import Sequence

from hotline.conversation.nlu.normalize import normalise

SMALL_WORDS = {
    "en": frozenset(
        "the an my is are was he she his her they i im you your we what whats how do does did can not dont in of to "
        "and for with at it this that need needs want help hi hello please school child kid son daughter".split()
    ),
    "es": frozenset(
        "el la los las un una mi mis es esta son fue que como cuando donde porque por para con sin su sus de del al y o en "
        "se le lo te nos yo usted necesito necesita quiero quiere quieren puedo puede tengo tiene ayuda ayudar hola buenas "
        "buenos dias tardes noches gracias favor escuela hijo hija nino nina ninos espanol hablo cual cuales si "
        "alto parar basta baja salir cancelar empezar matar matarse morir vivir respira pega pego golpea maestra maestro "
        "pistola pastillas dice dijo tiene miedo esposo".split()
    ),
}
"""Words that nearly every text has some of. "no", "me" and "a" stand in both languages and decide nothing; nor does
"son", a child or "are"."""


PLAIN, PLAIN_IN_DANGER = 3, 2
"""How many small words of a language show that a text is in it. In danger fewer do, and some of another do no harm."""


def plain_language(text: str, languages: Sequence[str], *, danger: bool = False) -> str | None:
    """The language of `languages` that a text is plainly in; None where it may be another."""
    best, *others = sorted(_scores(text, languages).items(), key=lambda scored: -scored[1])
    rival = others[0][1] if others else 0
    plain = best[1] >= PLAIN_IN_DANGER and best[1] > rival if danger else best[1] >= PLAIN and not rival
    return best[0] if plain else None


def language_of(text: str, languages: Sequence[str]) -> str:
    """The language of `languages` that a text is most likely in; the first where that is not plain."""
    scores = _scores(text, languages)
    best = max(scores.values(), default=0)
    likeliest = [language for language, score in scores.items() if score == best]
    return likeliest[0] if len(likeliest) == 1 else languages[0]


def _scores(text: str, languages: Sequence[str]) -> dict[str, int]:
    """How many small words of each language, and of no other, a text has."""
    known = [
        [language for language in languages if word in SMALL_WORDS.get(language, ())]
        for word in normalise(text).split()
    ]
    return {language: known.count([language]) for language in languages}
