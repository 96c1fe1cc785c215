"""988 answers in English, except after 2 or AYUDA."""

import re

from hotline.conversation.book.book import Book

IN_SPANISH = re.compile(
    r"(988|nueve ocho ocho)\W+(y |\()?oprima (2|dos)|AYUDA al 988|palabra ayuda al", re.IGNORECASE
)


def test_988_in_spanish_says_how_to_get_spanish(book: Book) -> None:
    named = {
        (text, way): words
        for text, (written, spoken) in book.texts["es"].items()
        for way, words in (("written", written), ("spoken", spoken))
        if "988" in words or "nueve ocho ocho" in words
    }
    assert len(named) > 20
    assert {} == {key: words for key, words in named.items() if not IN_SPANISH.search(words)}


def test_in_a_call_988_uses_a_key(book: Book) -> None:
    named = {text: spoken for text, (_, spoken) in book.texts["es"].items() if "nueve ocho ocho" in spoken}
    assert len(named) > 10
    assert {} == {
        text: words for text, words in named.items() if "oprima" not in words.split("nueve ocho ocho", 1)[1]
    }
