"""Which language a first text is in, by its small words.

Rule 1: only the first text of somebody new is judged; later the person says so themselves.
Rule 2: no small word of the other language outweighs; a text with none is in the first language.
"""

from __future__ import annotations

from collections.abc import Sequence

from hotline.conversation.spelling import normalise

SMALL_WORDS = {
    "en": frozenset(
        "the a an my is are was he she his her they i im you your we what whats how do does did can not dont in of to "
        "and for with at it this that need needs want help hi hello please school child kid son daughter".split()
    ),
    "es": frozenset(
        "el la los las un una mi mis es esta son fue que como cuando donde porque por para con sin su sus de del al y o en "
        "se le lo te nos yo usted necesito necesita quiero quiere quieren puedo puede tengo tiene ayuda ayudar hola buenas "
        "buenos dias tardes noches gracias favor escuela hijo hija nino nina ninos espanol hablo cual cuales si "
        "alto parar basta baja salir cancelar empezar matar morir vivir".split()
    ),
}
"""Words that nearly every text has some of. "no", "me" and "a" stand in both languages and decide nothing."""


def language_of(text: str, languages: Sequence[str]) -> str:
    """The language of `languages` that a text is most likely in; the first where that is not plain."""
    words = normalise(text).split()
    scores = {
        language: sum(word in SMALL_WORDS.get(language, ()) for word in words) for language in languages
    }
    best = max(scores.values(), default=0)
    likeliest = [language for language, score in scores.items() if score == best]
    return likeliest[0] if len(likeliest) == 1 else languages[0]
