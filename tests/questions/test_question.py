"""Questions: read from the chapters' files, checked, and asked without their answers."""

import re
from pathlib import Path

import nbformat
import pytest

from resnet_live.live.chapter import read_chapters
from resnet_live.live.pages.live_notebook import live_notebook
from resnet_live.questions import QuestionError, asked_by, chapter_questions, find_question

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = read_chapters(BOOK)
QUESTION = """["2.5"]
ask = "How many?"
right = "two"
[["2.5".choices]]
text = "one"
why = "Too few."
[["2.5".choices]]
text = "two"
why = "Yes: {count}."
"""


@pytest.fixture
def written(tmp_path):
    def write(text, chapter=2):
        (tmp_path / f"ch{chapter:02}.toml").write_text(text, encoding="utf-8")
        return chapter_questions(chapter, tmp_path)

    return write


def test_a_question_has_its_choices_in_order(written):
    question = written(QUESTION)["2.5"]
    assert (question.step, question.ask, question.right) == ("2.5", "How many?", "two")
    assert [choice.text for choice in question.choices] == ["one", "two"]


def test_a_chapter_without_a_file_asks_nothing(tmp_path):
    assert chapter_questions(3, tmp_path) == {}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('ask = "How many?"', "", "ch02.toml, 2.5: ask is missing"),
        ('ask = "How many?"', 'ask = " "', "ch02.toml, 2.5: ask must be a text"),
        (
            'right = "two"',
            'right = "three"',
            "ch02.toml, 2.5: the right choice 'three' is none of the choices: 'one', 'two'",
        ),
        (
            'right = "two"',
            'answer = "two"',
            "ch02.toml, 2.5: answer has no meaning here; known are ask, choices, right, sure",
        ),
        ('text = "one"', 'text = "two"', "ch02.toml, 2.5: a choice stands twice"),
        ('why = "Too few."', "", "ch02.toml, 2.5, choice 1: why is missing"),
        ("2.5", "3.5", "ch02.toml, 3.5: the number does not belong to chapter 2"),
        ("[[", "[", "ch02.toml is no TOML"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(written, old, new, problem):
    with pytest.raises(QuestionError, match=re.escape(problem)):
        written(QUESTION.replace(old, new))


def test_one_choice_is_no_question(written):
    with pytest.raises(QuestionError, match=r"2\.5: a question has at least two choices"):
        written(QUESTION[: QUESTION.rindex("[[")])


def test_values_of_the_page_are_put_in(written):
    answered = written(QUESTION)["2.5"].answered(values={"count": 2})
    assert answered.choices[1].why == "Yes: 2."
    with pytest.raises(
        QuestionError, match="Question 2.5: its text needs a value that the page does not give: 'count'"
    ):
        written(QUESTION)["2.5"].answered(values={"number": 2})


def test_the_right_choice_comes_from_the_file_or_from_the_page(written):
    question = written(QUESTION.replace('right = "two"', ""), 2)["2.5"]
    assert question.answered("one").right == "one"
    with pytest.raises(QuestionError, match="the page must give the right choice"):
        question.answered()
    with pytest.raises(QuestionError, match="'three' is none of its choices: 'one', 'two'"):
        question.answered("three")
    with pytest.raises(QuestionError, match="the file says already"):
        find_question("2.5").answered("126")


@pytest.mark.parametrize("step", ["2.6", "77.1", "two", ""])
def test_a_question_that_does_not_exist(step):
    with pytest.raises(QuestionError, match=f"There is no question '{step}'"):
        find_question(step)


@pytest.mark.parametrize(
    ("source", "step"),
    [
        ('widgets.predict("2.5")', "2.5"),
        ('x = 1\nwidgets.predict("9.47", right, points="3")', "9.47"),
        ("predict('2.5')", "2.5"),
        ("model.predict(x)", None),
        ("widgets.show()", None),
        ("def broken(", None),
    ],
)
def test_which_question_a_cell_asks(source, step):
    question = asked_by(source)
    assert (question and question.step) == step


# what the course asks


def explanations(chapter: int) -> list[str]:
    """The fixed parts of all reasons of a chapter, long enough to be told from other text."""
    whys = [choice.why for question in chapter_questions(chapter).values() for choice in question.choices]
    return [part for why in whys for part in re.split(r"\{\w+\}", why) if len(part) > 20]


def test_the_course_asks_at_least_twice_a_chapter():
    assert all(len(chapter_questions(chapter.number)) >= 2 for chapter in CHAPTERS)
    assert sum(len(chapter_questions(chapter.number)) for chapter in CHAPTERS) >= 35


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_no_notebook_holds_a_reason_or_a_right_answer(chapter):
    """What a reader downloads, and what a class has in front of it."""
    for notebook in (nbformat.read(chapter.path, as_version=4), live_notebook(chapter)):
        text = "\n".join(cell.source for cell in notebook.cells)
        assert [part for part in explanations(chapter.number) if part in text] == []
        assert "answer=" not in text


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_no_live_notebook_holds_a_claim(chapter):
    assert "claim" not in "\n".join(cell.source for cell in live_notebook(chapter).cells if cell.cell_type == "code")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_no_heading_above_a_question_holds_its_right_answer(chapter):
    for step in chapter.steps:
        question = asked_by(step.source)
        if question is not None and question.right is not None and len(question.right) > 4:
            assert question.right.lower() not in step.section.lower()
