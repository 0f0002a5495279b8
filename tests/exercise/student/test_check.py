"""What a student calls: check, hint, solution, use."""

import pytest
import torch

from resnet_live.exercise import CheckFailed, check, hint, reference, solution, use
from resnet_live.exercise.student import progress_file


def good(x):
    return x.mean((2, 3))


def test_a_right_answer_is_shown_and_noted(capsys):
    check("2.3", good)
    assert "✓" in capsys.readouterr().out
    assert progress_file.load()["2.3"].solved


def test_a_wrong_answer_stops_with_the_report_as_its_text():
    with pytest.raises(CheckFailed) as caught:
        check("2.3", lambda x: x.mean((0, 1)))
    text = str(caught.value)
    assert "✗" in text and "batch" in text and "Traceback" not in text
    assert caught.value._render_traceback_()[-1] == "2.3 global_avg_pool: 0 of 7 points"


def test_where_the_report_is_shown_already_one_line_is_left():
    assert CheckFailed("long\ntext", "short", shown=True)._render_traceback_() == ["short"]
    assert CheckFailed("long\ntext", "short", shown=False)._render_traceback_() == ["long", "text"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: check("2.33", good), "2.3"),
        (lambda: check("2.3"), "global_avg_pool"),
        (lambda: check("2.3", good, good), "got 2"),
        (lambda: check("2.3", torch.ones(2)), "without parentheses"),
        (lambda: check("2.5", torch.nn.Linear(1, 1)), "AnySizeNet itself, without parentheses"),
        (lambda: check("7.3", torch.nn.Linear(1, 1)), "resnet itself, without parentheses"),
        (lambda: check("2.3", None), "None"),
    ],
)
def test_a_wrong_call_of_check_is_explained(call, words):
    with pytest.raises(CheckFailed, match=words):
        call()


def test_an_exception_is_shown_at_the_student_s_line():
    def answer(x):
        return x.mean(7)

    with pytest.raises(CheckFailed) as caught:
        check("2.3", answer)
    assert "return x.mean(7)" in str(caught.value) and "IndexError" in str(caught.value)


def test_leaving_the_program_is_an_answer_that_failed():
    with pytest.raises(CheckFailed, match="SystemExit"):
        check("2.3", lambda x: exit(0))


def test_the_student_s_random_state_is_left_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    check("2.5", *reference.objects("2.5"))
    assert torch.equal(torch.rand(1), expected)


def test_a_seed_repeats_the_inputs():
    reports = []
    for _ in range(2):
        with pytest.raises(CheckFailed) as caught:
            check("2.3", lambda x: x.sum((2, 3)), seed=11)
        reports.append(str(caught.value))
    assert reports[0] == reports[1]


def test_hints_come_one_after_the_other():
    assert "Hint 1" in str(hint("2.3"))
    assert "Hint 2" in str(hint("2.3"))
    assert "Hint 2" in str(hint("2.3"))


def test_the_solution_waits_until_one_has_passed_or_insists():
    assert "def global_avg_pool" not in str(solution("2.3"))
    assert "def global_avg_pool" in str(solution("2.3", anyway=True))
    assert progress_file.load()["2.3"].shown
    check("2.3", good)
    assert "def global_avg_pool" in str(solution("2.3"))


def test_use_takes_one_s_own_answer_when_it_is_right(capsys):
    assert use("2.3", good) is good
    assert capsys.readouterr().out == ""
    assert use("2.3", lambda x: x) is not good
    assert "reference" in capsys.readouterr().out
    assert use("2.3")(torch.ones(1, 2, 3, 3)).shape == (1, 2)


def test_an_answer_of_which_too_much_is_seen_is_told_so_and_gets_no_error_of_ours(monkeypatch):
    monkeypatch.setattr("resnet_live.exercise.observers.serialize.MOST_TENSORS", 2)
    with pytest.raises(CheckFailed, match="more than 2 tensors"):
        check("2.3", good)
