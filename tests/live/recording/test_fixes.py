"""Fixes in a record: a planned mistake's is its step, any other failure's is the next try that works."""

import nbformat
import pytest
from records import CHAPTERS, failed, published_from, ran, typed, value

from resnet_live.live.recording.published_notebook import published_notebook


@pytest.mark.parametrize(
    ("numbers", "failure", "fix", "gone", "new"),
    [
        (["2.23", "2.24", "2.25"], 1, 2, [], ["channels = [3, 16, 32, 64, 128, 256]"]),
        (["2.23", "2.26", "2.27"], 1, 2, [], ["        super().__init__()"]),
        (["2.28", "2.29", "2.30"], 1, 2, ["    out = self.pool(x)"], ["    out = self.pool(out)"]),
        (
            ["5.26", "5.27"],
            0,
            1,
            ["x = torch.randn(1, 3, 128, 128)", "NaiveResBlock(3, 32)(x)"],
            ["x = torch.randn(1, 32, 128, 128)"],
        ),
        (["6.4", "6.8", "6.9"], 1, 2, ["        self.pool = nn.AvgPool2d(2)"], None),
        (["7.26", "7.28", "7.29"], 1, 2, None, None),
    ],
)
def test_planned_mistakes_and_their_fixes(numbers, failure, fix, gone, new):
    runs, _ = published_from(*map(ran, numbers))
    assert runs[failure].wrong
    assert runs[failure].fixed_by == fix
    assert runs[fix].fixes == [failure]
    lines = runs[failure].difference
    assert lines == runs[fix].difference
    if gone is not None:
        assert [text for sign, text in lines if sign == "-"] == gone
    if new is not None:
        assert set(new) <= {text for sign, text in lines if sign == "+"}


def test_every_planned_mistake_of_every_chapter_is_fixed_and_shown():
    for chapter in CHAPTERS.values():
        runs, report = published_from(*(ran(step.number) for step in chapter.steps))
        for run in runs:
            if run.kind == "mistake":
                assert run.wrong, run.cell.step
                assert run.fixed_by is not None, run.cell.step
                assert any(sign == "+" for sign, _ in run.difference), run.cell.step
        nbformat.validate(published_notebook(runs, report))


def test_a_mistake_that_runs_is_marked_too():
    runs, _ = published_from(ran("5.33", value("torch.Size([1, 32, 128, 128])")), ran("5.36"))
    assert (runs[0].wrong, runs[0].cell.error, runs[0].fixed_by) == (True, None, 1)


def test_slips_that_nobody_planned():
    slip = failed("NameError", "name 'troch' is not defined")
    runs, _ = published_from(
        typed("x = troch.randn(1, 3)\nx.shape", slip),
        typed("x = torch.randn(1, 3)\nx.shape", value("torch.Size([1, 3])")),
        typed("def f(x):\n    retrun x", failed("SyntaxError", "invalid syntax")),
        typed("a = 1"),
        typed("def f(x):\n    return x"),
        typed("total + 1", failed("NameError", "name 'total' is not defined")),
        typed("total = 3"),
        typed("total + 1", value("4")),
        typed("never(fixed)", failed("NameError", "name 'never' is not defined")),
    )
    assert [run.fixed_by for run in runs] == [1, None, 4, None, None, 6, None, None, None]
    assert ("-", "x = troch.randn(1, 3)") in runs[0].difference
    assert ("+", "    return x") in runs[2].difference
    assert runs[5].difference == [("+", "total = 3")]


def test_the_same_step_tried_three_times():
    step = {"step": "2.1"}
    slip = failed("TypeError", "no")
    runs, _ = published_from(
        typed("# 2.1 · p\na(1", slip, **step), typed("# 2.1 · p\nb[2]", slip, **step), typed("# 2.1 · p\nc", **step)
    )
    assert [run.fixed_by for run in runs] == [2, 2, None]
    assert runs[2].fixes == [0, 1]


def test_a_failure_in_one_chapter_is_not_fixed_by_another():
    runs, _ = published_from(
        typed("f(x)", failed("NameError", "x")), typed("f(x)", chapter="05_naive_resblock"), ran("2.24"), ran("6.9")
    )
    assert [run.fixed_by for run in runs] == [None] * 4
