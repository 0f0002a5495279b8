"""The question: silent before an answer, then right or not quite, with the reason."""

import pytest
from kernel_free import Page, elements

from resnet_live.widgets import predict

OPTIONS = {"`126`": "One is lost a side: `128 - 3 + 1`.", "127": "That is a 2×2 kernel.", "128": "Only with padding."}


@pytest.fixture
def page():
    return Page(predict("What comes <out> of `Conv2d` & why?", OPTIONS, "`126`"))


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
        page = Page(predict("?", OPTIONS, answer))
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


def test_an_answer_that_is_no_option_is_refused():
    with pytest.raises(ValueError, match="'125' is not one of the options: '`126`', '127', '128'"):
        predict("?", OPTIONS, "125")


@pytest.mark.parametrize("options", [{}, {"126": "because"}])
def test_a_question_without_a_choice_is_refused(options):
    with pytest.raises(ValueError, match=f"at least two options, here are {len(options)}"):
        predict("?", options, "126")
