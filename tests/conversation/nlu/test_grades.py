"""The grade that a child is in."""

import pytest

from hotline.conversation.book.book import Book
from hotline.conversation.nlu.grades import read_grade

GRADES = {
    "3rd": "3",
    "third": "3",
    "3": "3",
    "1st": "1",
    "1": None,  # the number of "leave it blank"
    "12": "12",
    "13": None,
    "he is in 2nd grade": "2",
    "grade 10": "10",
    "kindergarten": "K",
    "K": "K",
    "pre-k": "PK",
    "preschool": "PK",
    "tercero": "3",
    "va en tercer grado": "3",
    "kinder": "K",
    "seven": "7",
    "he is 9 years old": None,
    "i dont know": None,
    "": None,
}


@pytest.mark.parametrize(("said", "grade"), GRADES.items(), ids=list(GRADES))
def test_a_grade_is_read_or_not(book: Book, said: str, grade: str | None) -> None:
    assert grade == read_grade(said, book.reader.lexicon)
