"""The second way to an answer: the notebook as it stands, from the top to where the answer is checked."""

import ast
import os

import pytest
from cheats import SPELT, UNSEEN
from submissions import in_cells

from resnet_live.exercise import reference
from resnet_live.exercise.registry import find
from resnet_live.grading import policy, sandbox
from resnet_live.grading.assemble import Origin
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status
from resnet_live.grading.whole_notebook import cells_of, used

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("cases"),
]

SETUP = "import torch\nimport torch.nn.functional as F\nfrom torch import nn"
COURSE = "from resnet_live.exercise import check, hint, progress, solution, use"
BODY = """class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf)
        self.act = nn.ReLU() if act else nn.Identity()"""
FORWARD = """def finish(layer):
    def forward(self, x):
        return self.act(self.norm(self.conv(x)))
    layer.forward = forward
"""
CHECK = 'check("5.1", ConvLayer)'
SKIP = reference.source("6.2")

# name: (exercise, cells). Cut out of its notebook none of these is right; the student saw it pass.
ONLY_AS_A_WHOLE = {
    "a class that a function finishes": ("5.1", [SETUP, COURSE, BODY, FORWARD + "finish(ConvLayer)", CHECK]),
    "by another name": ("5.1", [SETUP, COURSE, BODY, "C = ConvLayer\n" + FORWARD + "finish(C)", CHECK]),
    "the course under a name of its own": (
        "5.1",
        [SETUP, "import resnet_live.exercise as course", BODY, FORWARD + "finish(ConvLayer)", 'course.check("5.1", ConvLayer)'],
    ),
    "behind an endless cell, a missing package and an error": (
        "5.1",
        [
            SETUP,
            COURSE,
            "while True:\n    pass",
            "import no_such_package\n" + BODY,
            "1 / 0",
            "no_such_package.login()",
            FORWARD + "finish(ConvLayer)",
            CHECK,
        ],
    ),
    "a list of all blocks": (
        "6.2",
        [
            SETUP,
            COURSE,
            'ConvLayer, zero_gamma, NaiveResBlock = use("5.1"), use("5.2"), use("5.3")',
            "blocks = {}\ndef block(made):\n    blocks[made.__name__] = made\n    return made",
            f"@block\n{SKIP}".replace("class ConvSkipBlock", "class Block"),
            "ConvSkipBlock = blocks['Block']",
            'check("6.2", ConvSkipBlock)',
        ],
    ),
}  # fmt: skip


def answer_of(exercise, *sources):
    """(student, parsed notebook, answer) of a notebook of these cells."""
    student = in_cells(*sources, name="answers.ipynb")
    parsed = parse(student.notebooks[0])
    return student, parsed, find_answer(find(exercise), student, [parsed], "answers")


@pytest.mark.parametrize("name", ONLY_AS_A_WHOLE)
def test_what_the_student_saw_pass_passes(name, forks, monkeypatch):
    exercise, sources = ONLY_AS_A_WHOLE[name]
    runs = []
    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda made, *how: runs.append(made) or run(made, *how))
    student, parsed, _ = answer_of(exercise, *sources)
    grade = forks.grade(student, [parsed], find(exercise))
    assert grade.status is Status.PASSED, (grade.message, grade.text)
    assert [any(cell.origin is Origin.COURSE for cell in made.cells) for made in runs][-1]


def test_a_notebook_that_says_no_more_than_the_answer_is_not_run_again(forks, monkeypatch):
    sources = [
        SETUP,
        COURSE,
        "def conv_out(n, k, s=1, p=0):\n    return 0",
        "conv_out(128, 3)",
        'check("2.1", conv_out)',
    ]
    runs = []
    run = sandbox.run
    monkeypatch.setattr(sandbox, "run", lambda made, *how: runs.append(made) or run(made, *how))
    student, parsed, answer = answer_of("2.1", *sources)
    assert answer.plain()
    grade = forks.grade(student, [parsed], find("2.1"))
    assert (grade.status, len(runs)) == (Status.FAILED, 1)


def test_use_gives_no_later_answer_which_may_rest_on_this_one(forks):
    body = "def global_avg_pool(x):\n    return use('{}')(x, 1, 1).flatten(1)"
    for later in ("2.4", "6.3"):
        student, parsed, _ = answer_of("2.3", SETUP, COURSE, body.format(later), 'check("2.3", global_avg_pool)')
        assert forks.grade(student, [parsed], find("2.3")).points == 0
    asked = [SETUP, COURSE, *(f'use("{one}")' for one in ("9.1", "5.3", "2.2", "5.1", "no such", "6.2")), BODY]
    _, parsed, _ = answer_of("6.2", *asked)
    assert [one.id for one in used(find("6.2"), parsed)] == ["5.1", "5.2", "5.3", "2.2"]


def test_use_gives_no_answer_to_the_exercise_itself(forks):
    sources = [
        SETUP,
        COURSE,
        "kept = {}",
        'kept["a"] = use("6.2")',
        "def ConvSkipBlock(ni, nf):\n    return kept['a'](ni, nf)",
    ]
    student, parsed, _ = answer_of("6.2", *sources, 'check("6.2", ConvSkipBlock)')
    assert forks.grade(student, [parsed], find("6.2")).points == 0


def run_source(exercise, *sources):
    answer = answer_of(exercise, *sources)[2]
    return "\n".join(cell.source for cell in cells_of(find(exercise), answer))


@pytest.mark.parametrize(
    "cheat",
    [
        "import sys\nframe = sys._getframe()",
        "torch.equal = lambda *a: True",
        "get_ipython().ast_transformers.append(1)",
        "from resnet_live.exercise import reference",
        "exec('x = 1')",
        "setattr(torch, 'equal', 1)",
        "nn.Module.__call__ = None",
        "f = F\nf.relu = None",
    ],
)
def test_what_is_refused_in_an_answer_runs_in_no_other_cell(cheat):
    answer = "def conv_out(n, k, s=1, p=0):\n    return 0"
    plain = run_source("2.1", SETUP, COURSE, answer)
    for cells in ([cheat, answer], [answer, cheat]):
        ran = run_source("2.1", SETUP, COURSE, *cells)
        assert not any(line in ran for line in cheat.splitlines() if not line.startswith(("import sys", "f = F")))
        assert answer in ran
    assert answer in plain


def refused_in(*sources):
    """The statements of these cells that the policy refuses, as they are written out."""
    parsed = parse(in_cells(SETUP, *sources).notebooks[0])
    refused = policy.refused(parsed.statements)
    return {ast.unparse(one.node) for one in parsed.statements if one.index in refused}


OF_THEIR_SOURCE = {cheat.name: cheat.elsewhere for cheat in UNSEEN} | {
    line: line for lines in SPELT.values() for line in lines
}


@pytest.mark.parametrize("name", OF_THEIR_SOURCE)
def test_what_only_its_source_gives_away_runs_in_no_other_cell(name):
    """At the top of a cell, and in a function of another name; above the answer and below it."""
    line = OF_THEIR_SOURCE[name]
    answer = "def conv_out(n, k, s=1, p=0):\n    return 0"
    for cheat in (line, "def helper(x, f, s, frame):\n" + "\n".join(f"    {part}" for part in line.splitlines())):
        refused = refused_in(cheat)
        assert refused
        for cells in ([cheat, answer], [answer, cheat]):
            ran = run_source("2.1", SETUP, COURSE, *cells)
            assert not refused & {ast.unparse(node) for node in ast.walk(ast.parse(ran)) if isinstance(node, ast.stmt)}
            assert answer in ran


@pytest.mark.parametrize("name", OF_THEIR_SOURCE)
def test_what_only_its_source_gives_away_is_run_in_neither_way_within_an_answer(name, forks, monkeypatch):
    monkeypatch.setattr(sandbox, "run", None)
    body = "\n".join(f"    {part}" for part in OF_THEIR_SOURCE[name].splitlines())
    cheat = f"def conv_out(n, k, s=1, p=0, x=0, f=0, frame=0):\n{body}\n    return 0"
    student, parsed, _ = answer_of("2.1", SETUP, COURSE, cheat, "help(conv_out)")
    assert forks.new_grade(student, [parsed], find("2.1")).message.startswith("Not run")


def test_an_answer_with_what_is_refused_is_run_in_neither_way(forks):
    sources = [SETUP, COURSE, "def conv_out(n, k, s=1, p=0):\n    return eval('n')", "help(conv_out)"]
    student, parsed, _ = answer_of("2.1", *sources)
    grade = forks.grade(student, [parsed], find("2.1"))
    assert grade.message.startswith("Not run")
