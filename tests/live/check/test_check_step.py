"""%check_step: right answers, however written, are never turned down; wrong ones are noticed and named; doubt is called doubt."""

import nbformat
import pytest
from made_up import step
from nbformat.v4 import new_markdown_cell, new_notebook

from resnet_live.live.chapter import LiveError, read_chapter
from resnet_live.live.check import expected_outcomes
from resnet_live.live.check.check_step import check_step
from resnet_live.live.check.verdict import StepStatus
from resnet_live.live.kernel import class_state
from resnet_live.live.kernel.class_state import ClassState

SETUP = "import torch\nfrom torch import nn\nfrom resnet_live import profiles"
STACK = "def stack(widths):\n    return nn.Sequential(*[nn.Conv2d(a, b, 3) for a, b in zip(widths, widths[1:])])\n"
NET = """\
class Net(nn.Module):
    def __init__(self, n=10):
        super().__init__()
        self.fc = nn.Linear(8, n)

    def forward(self, x):
        return self.fc(x)

"""
BLOCK = """\
class Block(nn.Module):
    def __init__(self, nf, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(nf, 2 * nf, 3, stride, padding=1)

    def forward(self, x):
        return self.conv(x)
"""
STEPS = [
    step("2.0", SETUP, kind="setup"),
    step("2.1", STACK + "convs = stack([3, 8])"),
    step("2.2", "features = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape"),
    step(
        "2.3",
        "pooled = features.mean((2, 3))\nfor part in pooled:\n    print('row of', *part.shape, '| in all', pooled.numel())",
    ),
    step("2.4", "model = Net()", kind="mistake", raises=True),
    step("2.5", NET + "model = Net()\nmodel(pooled).shape", kind="fix"),
    step("2.6", "noise = torch.randn(3)\nnoise"),
    step("2.7", "scores = model.fc(pooled + noise.sum())\nprint(f'largest {scores.max():.3f}')\nscores.numel()"),
    step("2.8", "profile = profiles.current()\nprofile.size, profile.epochs"),
    step("2.9", "opt = torch.optim.SGD(model.parameters(), 0.1)\nmodel(pooled).sum().backward()\nopt.step()"),
    step("2.10", "'right' if model(pooled).sum() > 1e9 else 'wrong'"),
    step("2.11", "model.eval()\nstack(widths=[3, 8, 16])(torch.randn(1, 3, 8, 8)).shape"),
    step("2.12", "torch.arange(4), [type(layer).__name__ for layer in convs]"),
    step("2.13", BLOCK),
    step("2.14", "Block(3, stride=2)(torch.randn(1, 3, 8, 8)).shape"),
    step("2.15", "_ = convs.append(nn.Identity())"),
    step("2.16", "model(pooled).shape, Net(3).fc, features, profile, convs", kind="figure"),
]
SOURCES = {cell.metadata.resnet_live["step"]: cell.source for cell in STEPS}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The book and its outcomes, found out once."""
    folder = tmp_path_factory.mktemp("checked")
    (folder / "book").mkdir()
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *STEPS]), folder / "book" / "02_small.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LIVE_CACHE", str(folder))
        patch.setenv("RESNET_LIVE_PROFILE", "quick")
        expected_outcomes.outcomes(read_chapter(folder / "book" / "02_small.ipynb"), patience=120)
        yield folder


@pytest.fixture
def classroom(cache, shell, tmp_path, monkeypatch, capsys):
    """The state of the class in a shell, with the chapter open."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "class.ipynb"))
    state = class_state.attach(shell)
    state.open(read_chapter(cache / "book" / "02_small.ipynb"))
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
        return check_step(classroom, ask or number, patience=60)

    return run


@pytest.mark.parametrize("number", SOURCES)
def test_the_chapters_own_code_is_as_it_should_be(verdict, number):
    found = verdict(number, SOURCES[number])
    assert found.status == StepStatus.OK, found.text


def test_a_mistake_that_an_earlier_step_lacks_is_not_promised(classroom):
    for number in ("2.0", "2.1", "2.2"):
        classroom.shell.run_cell(classroom.chapter.step(number).code, store_history=True)
    classroom.shell.run_cell(f"# 2.3 · x\npooled = features.mean((2, 3))\n{NET}", store_history=True)
    classroom.shell.run_cell("# 2.4 · x\nmodel = Net()", store_history=True)
    found = check_step(classroom, "2.4", patience=60).text.replace("`", "")
    assert "planned to fail" in found and "%mistake" not in found
    assert "2.3 did not run as planned. After %catchup 2.3 it fails when it is run again." in found


LINEAR = "nn.functional.linear(x, self.fc.weight, self.fc.bias)"
MAPPED = "def stack(widths):\n    return nn.Sequential(*map(lambda a, b: nn.Conv2d(a, b, (3, 3)), widths, widths[1:]))"
OTHER_WAY = STACK.replace("(widths)", "(sizes, k)").replace("zip(widths, widths[1:])", "zip(sizes, sizes[1:])")

RIGHT = [
    (
        "2.1",
        "def stack(widths):\n    return nn.Sequential(*map(lambda a, b: nn.Conv2d(a, b, (3, 3)), widths, widths[1:]))",
        "convs = stack((3, 8))",
    ),
    ("2.1", STACK + "channels = [3, 8]\nconvs = stack(channels)\nprint(convs)\nconvs"),
    ("2.2", "image = torch.randn(2, 3, 8, 8)\nfeatures = convs(image)", "features.shape"),
    ("2.2", "features = convs(torch.rand(2, 3, 8, 8))\nprint(features.shape)"),
    ("2.2", "features = convs(torch.rand(2, 3, 8, 8))\nprint('features are', 2, 'of', *features.shape[1:])"),
    ("2.2", "features = convs(torch.rand(2, 3, 8, 8))\ntuple(features.size())"),
    ("2.3", "pooled = features.flatten(2).mean(-1)\nfor p in pooled: print(f'{len(p)} numbers, {pooled.numel()}')"),
    ("2.3", "pooled = nn.AdaptiveAvgPool2d(1)(features)[..., 0, 0]\n[(*p.shape, pooled.numel()) for p in pooled]"),
    ("2.4", "x = 3\nmodel = Net()"),
    ("2.4", "try:\n    Net()\nexcept NameError as e:\n    print(e)"),
    (
        "2.5",
        NET.replace("self.fc(x)", LINEAR) + "model = Net(n=10)",
        "out = model(pooled)\nprint(out.shape)",
    ),
    ("2.6", "noise = torch.rand(3)\nprint(noise)"),
    ("2.6", "noise = torch.tensor([1.0, 2, 3])\nnoise"),
    ("2.7", "scores = model.fc(pooled + noise.sum())\nprint(scores.max())\nprint(scores.numel())"),
    ("2.8", "profile = profiles.current()\nprint(profile.size, profile.epochs)"),
    ("2.10", "'right' if model(pooled).sum() > 0 else 'wrong'"),
    ("2.13", BLOCK.replace("conv", "layer").replace("layer(x)", "layer(x) + 0")),
    ("2.15", "convs = nn.Sequential(*convs, nn.Identity())"),
    ("2.12", "print(torch.arange(4))\nprint('Conv2d')"),
]


@pytest.mark.parametrize(("number", "cells"), [(number, cells) for number, *cells in RIGHT])
def test_other_right_answers_are_not_turned_down(verdict, number, cells):
    found = verdict(number, *cells)
    assert found.status != StepStatus.WRONG, found.text


WRONG = [
    ("2.1", STACK + "convs = stack([3, 16])", "16×3×3×3, not 8×3×3×3"),
    (
        "2.1",
        STACK.replace("(widths)", "(sizes, k)").replace("zip(widths, widths[1:])", "zip(sizes, sizes[1:])")
        + "convs = stack([3, 8], 3)",
        "cannot be called so",
    ),
    ("2.1", STACK + "cnvs = stack([3, 8])", "add `convs = cnvs`"),
    ("2.1", STACK, "`convs` is missing"),
    ("2.2", "features = convs(torch.randn(2, 3, 9, 9))\nfeatures.shape", "7"),
    ("2.2", "feats = convs(torch.randn(2, 3, 8, 8))\nfeats.shape", "add `features = feats`"),
    ("2.2", "features = convs(torch.randn(2, 3, 8, 8))", "Nothing is shown yet"),
    ("2.2", "features = conv(torch.randn(2, 3, 8, 8))\nfeatures.shape", "NameError"),
    ("2.3", "pooled = features.mean((2, 3))\nprint('hello')", "Expected as well: 8"),
    (
        "2.3",
        "pooled = features.mean((1, 2))\nfor p in pooled: print('row of', *p.shape, '| in all', pooled.numel())",
        "2×6, not 2×8",
    ),
    ("2.4", "model = Nett()", "another text"),
    ("2.4", "1 / 0", "ZeroDivisionError"),
    ("2.4", "model = 3", "ran through"),
    ("2.5", NET.replace("fc", "linear") + "model = Net()\nmodel(pooled).shape", "has no `fc`"),
    ("2.5", NET.replace("n=10", "n=5") + "model = Net()\nmodel(pooled).shape", "5"),
    ("2.5", NET.replace("Net", "Network") + "model = Network()\nmodel(pooled).shape", "add `Net = Network`"),
    ("2.6", "noise = torch.randn(4)\nnoise", "shape"),
    ("2.7", "print(f'largest {pooled.max():.3f}')\npooled.numel()", "16"),
    ("2.11", "model.eval()\nstack(widths=[3, 8, 32])(torch.randn(1, 3, 8, 8)).shape", "32"),
    ("2.13", BLOCK.replace("3, stride, ", "3, "), "turns an image of 12×12 into 2×6×12×12, not 2×6×6×6"),
    ("2.13", BLOCK.replace("2 * nf", "nf"), "3×3×3×3, not 6×3×3×3"),
    ("2.13", BLOCK.replace("self.conv(x)", "self.pool(x)"), "raises AttributeError when an image goes through"),
    ("2.13", BLOCK.replace("        super", "        nope\n        super"), "raises NameError"),
    ("2.12", "torch.arange(5), [type(layer).__name__ for layer in convs]", "shape"),
]


@pytest.mark.parametrize(("number", "cell", "words"), WRONG)
def test_wrong_answers_are_noticed(verdict, number, cell, words):
    found = verdict(number, cell)
    assert found.status == StepStatus.WRONG, found.text
    assert words in found.text


def test_a_verdict_reads_well_and_shows_as_html(verdict):
    found = verdict("2.2", "feats = convs(torch.randn(2, 3, 8, 8))\nfeats.shape")
    assert found.lines[0] == "✗ Step 2.2: not yet"
    assert found.text == repr(found)
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == found.text
    assert "<code>features = feats</code>" in bundle["text/html"]


def test_html_of_what_was_typed_is_escaped(verdict):
    found = verdict("2.2", "raise ValueError('<script>alert(1)</script>')")
    assert "<script>" not in found.html


def test_what_cannot_be_seen_is_not_called_right(verdict):
    assert verdict("2.15", "print('hello')").status == StepStatus.UNSURE


def test_probing_a_class_draws_no_random_numbers_and_prints_nothing(verdict, classroom, capsys):
    import torch

    verdict("2.13", BLOCK.replace("super()", "print('made')\n        super()"))
    capsys.readouterr()
    before = torch.get_rng_state()
    assert check_step(classroom).status == StepStatus.OK
    assert torch.equal(torch.get_rng_state(), before)
    assert "made" not in capsys.readouterr().out


def test_a_fixed_cell_counts(verdict):
    found = verdict("2.2", "featurs", ask="2.2")
    assert found.status == StepStatus.WRONG


def test_the_second_try_counts(verdict, classroom):
    verdict("2.2", "features = convs(torch.randn(2, 3, 9, 9))\nfeatures.shape")
    classroom.shell.run_cell(
        "# 2.2 · to do\nfeatures = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape", store_history=True
    )
    assert check_step(classroom).status == StepStatus.OK


def test_a_stray_cell_that_fails_afterwards_is_no_failure(verdict):
    assert verdict("2.2", SOURCES["2.2"], "oops").status == StepStatus.OK


def test_typed_without_the_header(classroom):
    for number in ("2.0", "2.1"):
        classroom.shell.run_cell(classroom.chapter.step(number).code)
    classroom.shell.run_cell("features = convs(torch.randn(2, 3, 8, 8))\nfeatures.shape", store_history=True)
    assert check_step(classroom, "2.2").status == StepStatus.OK


def test_asked_later_when_a_name_was_made_anew(verdict):
    found = verdict("2.3", SOURCES["2.3"], "features = None", ask="2.2")
    assert found.status != StepStatus.WRONG, found.text


def test_asked_later_when_a_value_was_changed_in_between(verdict):
    assert (
        verdict("2.3", SOURCES["2.3"], "convs.append(nn.ReLU())\nconvs[0] = nn.Conv2d(3, 4, 1)", ask="2.1").status
        == StepStatus.UNSURE
    )


def test_a_step_that_has_not_run(classroom):
    found = check_step(classroom, "2.2")
    assert found.status == StepStatus.UNSURE
    assert "has been run" in found.text


def test_no_step_has_run_no_such_step_no_chapter(classroom):
    with pytest.raises(LiveError, match="No step has been run"):
        check_step(classroom)
    with pytest.raises(LiveError, match="no step 2.99"):
        check_step(classroom, "2.99")
    with pytest.raises(LiveError, match="Which chapter"):
        check_step(ClassState(classroom.shell))


def test_outcomes_that_are_not_ready_are_said(classroom, monkeypatch):
    def not_ready(*_):
        raise expected_outcomes.NotReady("still being worked out")

    monkeypatch.setattr(expected_outcomes, "expected_outcome", not_ready)
    classroom.shell.run_cell(classroom.chapter.step("2.0").code)
    found = check_step(classroom)
    assert (found.status, "still being worked out" in found.text) == (StepStatus.UNSURE, True)


def test_chance_and_profile_are_not_held_against_anybody(classroom):
    known = expected_outcomes.known(classroom.chapter).outcomes
    assert known["2.8"]["result"]["items"] == [{"kind": "int"}, {"kind": "int"}]
    assert known["2.7"]["printed"] == []
    assert known["2.10"]["chancy"]
    assert "value" not in known["2.10"]["result"]
    assert known["2.1"]["names"].keys() == {"stack", "convs"}
    assert known["2.5"]["attributes"]["model"] == ["eval", "fc", "parameters"]
