"""%check on a small made-up chapter: what counts is compared, what is free is not, and nothing is claimed of the rest."""

import nbformat
import pytest
from made_up import step
from nbformat.v4 import new_markdown_cell, new_notebook

from resnet_live.live.chapter import LiveError, read_chapter
from resnet_live.live.check.check_step import check_step
from resnet_live.live.check.verdict import StepStatus
from resnet_live.live.kernel import class_state
from resnet_live.live.kernel.class_state import ClassState

RIGHT, RAN, NOT_YET = StepStatus.RIGHT, StepStatus.RAN, StepStatus.NOT_YET
STACK = "def stack(widths):\n    return nn.Sequential(*[nn.Conv2d(a, b, 3) for a, b in zip(widths, widths[1:])])\n"
NET = """\
class Net(nn.Module):
    def __init__(self, n=10):
        super().__init__()
        self.fc = nn.Linear(8, n)

    def forward(self, x):
        return self.fc(x)

"""
LAYER = """\
class ConvLayer(nn.Sequential):
    def __init__(self, ni, nf, ks=3, stride=1, act=True):
        layers = [nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False), nn.BatchNorm2d(nf)]
        super().__init__(*layers, *([nn.ReLU()] if act else []))
"""
SAME_STACK = {"filled(stack([3, 8, 5]))(randn(2, 3, 9, 9))": "Which layers?", "filled(convs)(randn(2, 3, 9, 9))": ""}
STEPS = [
    step("2.0", "import torch\nfrom torch import nn\nfrom fastcore.basics import patch", kind="setup"),
    step("2.1", STACK + "convs = stack([3, 8])", same=SAME_STACK),
    step("2.2", "features = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape", expect={"value": "(None, 8, 6, 6)"}),
    step("2.3", "pooled = features.mean((2, 3))\nprint(pooled.shape)", same={"pooled": "Over which dimensions?"}),
    step("2.4", "model = Net()", kind="mistake", raises=True, expect={"error": "NameError", "says": ["Net"]}),
    step("2.5", NET + "model = Net()\nmodel(pooled).shape", kind="fix", same={"filled(Net(5))(randn(2, 8))": ""}),
    step("2.6", "noise = torch.randn(3)\nnoise"),
    step("2.7", "model.fc(pooled)", kind="figure"),
    step(
        "2.8", "@patch\ndef forward(self: Net, x):\n    return self.fc(x) * 2", same={"filled(Net(5))(randn(2, 8))": ""}
    ),
    step("2.9", LAYER, checks="5.1", free=["parameters"]),
    step("2.10", "net = nn.Sequential(Net(), stack([3, 4]))"),
]
SOURCES = {cell.metadata.resnet_live["step"]: cell.source for cell in STEPS}


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    file = tmp_path_factory.mktemp("checked") / "02_small.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *STEPS]), file)
    return read_chapter(file)


@pytest.fixture
def classroom(chapter, shell, tmp_path, monkeypatch, capsys):
    """The state of the class in a shell, with the chapter open."""
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))
    state = class_state.attach(shell)
    state.open(chapter)
    yield state
    class_state.detach()


@pytest.fixture
def verdict(classroom):
    """`verdict("2.2", cell, …)`: the steps before as planned, then the cells (the first below the step's header)."""

    def run(number, *cells, ask=None):
        for before in classroom.chapter.steps[: classroom.chapter.position(number)]:
            classroom.shell.run_cell(before.code, store_history=True)
        first, *more = cells
        for cell in [f"# {number} · to do\n{first}", *more]:
            classroom.shell.run_cell(cell, store_history=True)
        return check_step(classroom, ask or number)

    return run


@pytest.mark.parametrize("number", SOURCES)
def test_the_chapters_own_code_is_right_where_something_counts(verdict, classroom, number):
    found = verdict(number, SOURCES[number])
    assert found.status is (RIGHT if classroom.chapter.step(number).expectation else RAN), found.text


MAPPED = "def stack(w):\n    return nn.Sequential(*map(lambda a, b: nn.Conv2d(a, b, (3, 3)), w, w[1:]))\n"


@pytest.mark.parametrize(
    ("number", "cells", "status"),
    [
        ("2.1", [MAPPED, "convs = stack((3, 8))"], RIGHT),
        ("2.1", [MAPPED.replace("stack", "tower") + "convs = tower((3, 8))"], RIGHT),
        ("2.1", [STACK + "cnvs = stack([3, 8])"], RIGHT),
        ("2.2", ["features = convs(torch.rand(5, 3, 8, 8))", "print(features.shape)"], RIGHT),
        ("2.3", ["pooled = features.flatten(2).mean(-1)"], RIGHT),
        ("2.3", ["means = features.mean((2, 3))"], RIGHT),
        ("2.4", ["x = 3\nmodel = Net()"], RIGHT),
        ("2.4", ["try:\n    Net()\nexcept NameError as e:\n    print(e)"], RIGHT),
        ("2.4", ["model = 3"], RAN),
        ("2.5", [NET.replace("self.fc(x)", "nn.functional.linear(x, self.fc.weight, self.fc.bias)")], RIGHT),
        ("2.5", [NET.replace("n=10", "classes=10").replace(", n)", ", classes)")], RIGHT),
        ("2.6", ["noise = 'loud'"], RAN),
        ("2.9", [LAYER.replace("ConvLayer", "Layer")], RIGHT),
        ("2.9", [LAYER.replace("nn.ReLU()", "nn.ReLU(True)")], RIGHT),
    ],
)
def test_other_spellings(verdict, number, cells, status):
    found = verdict(number, *cells)
    assert found.status is status, found.text


@pytest.mark.parametrize(
    ("number", "cell", "words"),
    [
        ("2.1", STACK.replace("3)", "3, 2)") + "convs = stack([3, 8])", "gives a tensor of shape"),
        ("2.1", STACK.replace("3)", "1)") + "convs = stack([3, 8])", "Which layers?"),
        ("2.1", STACK.replace("(widths)", "(widths, k)") + "convs = stack([3, 8], 3)", "raises TypeError"),
        ("2.1", STACK, "`convs` is missing, and step 2.2 needs it"),
        ("2.2", "features = convs(torch.randn(2, 3, 9, 9))\nfeatures.shape", "It shows (2, 8, 7, 7)"),
        ("2.2", "features = conv(torch.randn(2, 3, 8, 8))\nfeatures.shape", "NameError"),
        ("2.3", "pooled = features.amax((2, 3))", "other numbers than the step's own"),
        ("2.4", "model = Nex()", "Planned is `NameError` with “Net”"),
        ("2.4", "1 / 0", "ZeroDivisionError"),
        ("2.5", NET.replace("fc", "linear") + "model = Net()", "has no `fc`, which step 2.7 reads"),
        ("2.5", NET.replace("self.fc(x)", "self.fc(x).relu()") + "model = Net()", "other numbers"),
        ("2.5", NET.replace("self.fc(x)", "self.fx(x)") + "model = Net()", "raises AttributeError"),
        ("2.8", "@patch\ndef forward(self: Net, x):\n    return self.fc(x)", "other numbers"),
        ("2.9", LAYER.replace("if act", "if not act"), "ReLU"),
        ("2.9", LAYER.replace("nn.ReLU()", "nn.GELU()"), "ReLU"),
    ],
)
def test_wrong_answers_are_noticed(verdict, number, cell, words):
    found = verdict(number, cell)
    assert found.status is NOT_YET, found.text
    assert words in found.text


def test_what_a_step_leaves_free_of_an_exercise_does_not_count(verdict):
    biased = LAYER.replace("bias=False", "bias=True")  # fails the check "convolution", which counts
    assert verdict("2.9", biased).status is NOT_YET


def test_attributes_count_only_where_the_plan_takes_the_step_that_reads_them(verdict, classroom):
    classroom.plan = ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.10")
    assert verdict("2.5", NET.replace("fc", "linear") + "model = Net()").status is RIGHT


def test_an_own_name_is_a_friendly_line(verdict):
    found = verdict("2.2", "feats = 3", ask="2.2")
    assert found.status is RAN
    found = verdict("2.3", "means = features.mean((2, 3))")
    assert "You call it `means`. Later steps (2.5 first) call it `pooled`: add `pooled = means`." in found.text


def test_other_weights_with_the_same_outputs_are_not_called_right(verdict):
    twice = "def stack(w):\n    one = nn.Conv2d(w[0], w[1], 3)\n    more = [nn.Conv2d(8, 5, 3)] * (len(w) > 2)\n"
    spare = twice + "    one.spare = nn.Linear(2, 2)\n    return nn.Sequential(one, *more)\nconvs = stack([3, 8])"
    found = verdict("2.1", spare)
    assert (found.status, "other weights than planned" in found.text) == (RAN, True), found.text


def test_a_planned_failure_that_ran_is_no_mistake(classroom):
    for number in ("2.0", "2.1", "2.2"):
        classroom.shell.run_cell(classroom.chapter.step(number).code, store_history=True)
    classroom.shell.run_cell(f"# 2.3 · x\npooled = features.mean((2, 3))\n{NET}", store_history=True)
    classroom.shell.run_cell("# 2.4 · x\nmodel = Net()", store_history=True)
    found = check_step(classroom, "2.4")
    text = found.text.replace("`", "")
    assert found.status is RAN and "planned to fail" in text and "%mistake" not in text
    assert "2.3 did not run as planned. After %catchup 2.3 it fails when it is run again." in text


def test_a_verdict_reads_well_and_shows_as_html(verdict):
    found = verdict("2.2", "features = convs(torch.randn(2, 3, 9, 9))\nfeatures.shape")
    assert found.lines[0] == "✗ Step 2.2: not yet"
    assert found.lines[1] == "✗ It shows (2, 8, 7, 7), not (anything, 8, 6, 6)."
    assert found.text == repr(found)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == found.text and 'role="status"' in bundle["text/html"]


def test_html_of_what_was_typed_is_escaped(verdict):
    found = verdict("2.2", "raise ValueError('<script>alert(1)</script>')")
    assert "<script>" not in found.html


def test_a_check_draws_no_random_numbers_prints_nothing_and_changes_nothing(verdict, classroom, capsys):
    import torch

    verdict("2.8", "@patch\ndef forward(self: Net, x):\n    print('called')\n    return self.fc(x) * 2")
    capsys.readouterr()
    names, state = dict(classroom.shell.user_ns), torch.get_rng_state()
    forward = names["Net"].forward
    weights = names["model"].fc.weight.clone()
    assert check_step(classroom).status is RIGHT
    assert torch.equal(torch.get_rng_state(), state) and torch.equal(names["model"].fc.weight, weights)
    assert classroom.shell.user_ns == names and names["Net"].forward is forward
    assert "called" not in capsys.readouterr().out


def test_the_second_try_counts(verdict, classroom):
    verdict("2.2", "features = convs(torch.randn(2, 3, 9, 9))\nfeatures.shape")
    classroom.shell.run_cell("# 2.2 · to do\nfeatures = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape")
    assert check_step(classroom).status is RIGHT


def test_a_cell_that_is_mended_below_counts(verdict):
    assert verdict("2.2", "featurs", SOURCES["2.2"]).status is RIGHT
    assert verdict("2.2", "featurs").status is NOT_YET


def test_a_stray_cell_that_fails_afterwards_is_no_failure(verdict):
    assert verdict("2.2", SOURCES["2.2"], "oops").status is RIGHT


def test_typed_without_the_header(classroom):
    for number in ("2.0", "2.1"):
        classroom.shell.run_cell(classroom.chapter.step(number).code)
    classroom.shell.run_cell("features = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape", store_history=True)
    assert check_step(classroom, "2.2").status is RIGHT


def test_asked_later_when_a_name_was_made_anew(verdict):
    found = verdict("2.4", SOURCES["2.4"], "pooled = None", ask="2.3")
    assert (found.status, "made anew" in found.text) == (RAN, True)


def test_asked_later_when_a_value_was_changed_in_between(verdict):
    found = verdict("2.3", SOURCES["2.3"], "convs[0] = nn.Conv2d(3, 4, 1)", ask="2.1")
    assert found.status is not NOT_YET, found.text


def test_a_step_that_has_not_run(classroom):
    found = check_step(classroom, "2.2")
    assert (found.status, "has been run" in found.text) == (RAN, True)


def test_no_step_has_run_no_such_step_no_chapter(classroom):
    with pytest.raises(LiveError, match="No step has been typed"):
        check_step(classroom)
    with pytest.raises(LiveError, match=r"no step 2\.99"):
        check_step(classroom, "2.99")
    with pytest.raises(LiveError, match="Which chapter"):
        check_step(ClassState(classroom.shell))
