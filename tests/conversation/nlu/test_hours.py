"""Times of day at which a person can be reached."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.hours import first_hours, has_hours, of_hours, only_hours

MORNING = (
    "mornings | any time before noon | 9 | 8 to 10 | between nine and eleven please | 9:30am | "
    "11 to 11:45 | not after 11 | tomorrow morning if they can | 10ish | before work | before lunch | "
    "por la mañana | mañana temprano | antes de mediodía | de 9 a 11 | a las diez y media | alas 10 am"
).split(" | ")
AFTERNOON = (
    "between two and four | 2-4pm | 12 to 1 | 1:30 | at 2:30 | after 1 but before 4:30 | noon | "
    "after lunch | from 1 on | tuesday at 3 | 9 to 5 | 14:15 | the afternoon before 4 | "
    "entre dos y cuatro | en la tarde | mañana a las 3 | de 2 a 4 pm | "
    "por la tarde antes de las cinco | despues de la una | entre las dos y las cuatro | al mediodia"
).split(" | ")
EVENING = (
    "after five | tonight after eight | 6-8 | not before 6 | 7 | 5 oclock or later | 9 at night | "
    "5 or 6 pm | despues de las 5 | a partir de las cinco y cuarto | a las 8 de la noche | "
    "despues del trabajo | no antes de las 6"
).split(" | ")
MAY_BE_TWO = [
    *(
        "8",
        "after 8",
        "7 to 9",
        "10 to 2",
        "mornings or after 5",
        "en la mañana o en la noche",
        "2 or 7",
        "25",
    )
]
SAYS_MORE = [
    *("the school called me at 2", "not in the morning", "504", "what is an iep", "monday"),
    *(
        "que es un plan 504",
        "when he naps",
        "no puedo en la tarde",
        "he is 7 and cannot read",
        "",
        "any time",
    ),
]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        *(("morning", said) for said in MORNING),
        *(("afternoon", said) for said in AFTERNOON),
        *(("evening", said) for said in EVENING),
        *(("", said) for said in (*MAY_BE_TWO, *SAYS_MORE)),
    ],
)
def test_an_hour_gives_one_of_the_offered_times(book: Book, choice: str, said: str) -> None:
    question, words = book.question("call_back_time"), book.reader.lexicon.hours
    found = of_hours(question.choices, said, words)
    assert choice == (found.name if found else "")


def test_a_text_with_more_than_a_time_is_not_a_time(book: Book) -> None:
    words = book.reader.lexicon.hours
    assert [] == [said for said in SAYS_MORE if only_hours(said, words)]
    assert [] == [
        said for said in (*MORNING, *AFTERNOON, *EVENING, *MAY_BE_TWO) if not only_hours(said, words)
    ]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("Before noon, please. I have dialysis in the afternoon.", "Before noon"),
        ("por la mañana porque en la tarde trabajo", "por la mañana"),
        ("he was suspended, call after 5", ""),
    ],
)
def test_the_first_clause_can_give_the_time(book: Book, said: str, first: str) -> None:
    assert first == first_hours(said, book.reader.lexicon.hours)


def test_a_time_in_a_longer_text_is_noticed(book: Book) -> None:
    words = book.reader.lexicon.hours
    assert has_hours("when the bus comes, like 7:50", words)
    assert has_hours("llego del trabajo en la noche", words)
    assert not has_hours("when he naps", words)
