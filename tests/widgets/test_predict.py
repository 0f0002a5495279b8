"""The question: silent before an answer, then right or not quite, with the reason."""

import pytest
from kernel_free import Page, elements

from resnet_live.questions import Choice, Question, QuestionError
from resnet_live.widgets import predict
from resnet_live.widgets.predict import ask

OPTIONS = {"`126`": "One is lost a side: `128 - 3 + 1`.", "127": "That is a 2×2 kernel.", "128": "Only with padding."}


def question(text, answer):
    return Question("2.5", text, tuple(Choice(*choice) for choice in OPTIONS.items()), answer)


@pytest.fixture
def page():
    return Page(ask(question("What comes <out> of `Conv2d` & why?", "`126`")))


def test_nothing_is_chosen_and_nothing_shown_before_an_answer(page):
    assert page.controls()["Your answer"]["state"]["index"] is None
    assert page.message() == ""
    assert len(page.shown()) == 1  # the question


def test_each_answer_is_judged_and_gives_its_own_reason(page):
    replies = []
    for i in range(len(OPTIONS)):
        page.set(Your_answer=i)
        replies.append(page.message())
    assert replies[0] == "Right. You chose “126”. One is lost a side: 128 - 3 + 1."
    assert replies[1] == "Not quite. You chose “127”. That is a 2×2 kernel."
    assert replies[2] == "Not quite. You chose “128”. Only with padding."


def test_the_right_answer_may_stand_anywhere():
    for answer in OPTIONS:
        page = Page(ask(question("?", answer)))
        verdicts = []
        for i in range(len(OPTIONS)):
            page.set(Your_answer=i)
            verdicts.append(page.message().split(".")[0])
        assert [option for option, verdict in zip(OPTIONS, verdicts, strict=True) if verdict == "Right"] == [answer]


def test_question_and_reasons_are_plain_text_with_code(page):
    question = elements(page.shown()[0])[0]
    assert "".join(question.itertext()) == "What comes <out> of Conv2d & why?"
    assert [e.text for e in question.iter("code")] == ["Conv2d"]


def test_the_reply_is_announced_and_has_no_heading(page):
    page.set(Your_answer=1)
    line = elements(page.shown()[1])[0]
    assert (line.tag, line.get("aria-live")) == ("p", "polite")


def test_a_step_asks_the_question_of_its_number():
    page = Page(predict("2.5"))
    assert "A 3×3 convolution with no padding" in "".join(elements(page.shown()[0])[0].itertext())
    page.set(Your_answer=2)
    assert page.message().startswith("Right. You chose “126”.")


def test_a_page_gives_the_right_choice_that_it_has_worked_out():
    page = Page(predict("9.47", "More than 10 points", points="15.9"))
    page.set(Your_answer=2)
    assert page.message().startswith("Right.") and "15.9 points" in page.message()


def test_a_question_that_does_not_exist_is_refused():
    with pytest.raises(QuestionError, match="There is no question '2.6'. Chapter 2 asks 2.3, 2.5"):
        predict("2.6")
