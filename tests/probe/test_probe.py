"""The probe lists what happened, leaves the model as it was, and tells how far a failing forward got."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from resnet_live.models import AnySizeNet
from resnet_live.probe import probe


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def row(report, name, call=1):
    return next(r for r in report.rows if r.name == name and r.call == call)


class Add(nn.Module):
    """The naive block of chapter 5: shapes that do not fit fail in its own forward, not in a layer."""

    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.convs = nn.Sequential(nn.Conv2d(ni, nf, 3, padding=1), nn.Conv2d(nf, nf, 3, stride, padding=1))

    def forward(self, x):
        return self.convs(x) + x


def test_every_layer_with_its_shapes():
    model = AnySizeNet()
    with probe(model) as report:
        model(torch.randn(2, 3, 160, 160))
    assert row(report, "convs").outputs == [(2, 256, 5, 5)]
    assert row(report, "convs.0.0").what == "Conv2d 3→16, 3×3, stride 2, padding 1"
    assert row(report, "fc").inputs == [(2, 256)] and row(report, "fc").parameters == 2570
    assert (
        report.total_parameters == sum(p.numel() for p in model.parameters()) == sum(r.parameters for r in report.rows)
    )
    assert "2×256×5×5" in str(report) and report.failed is None


@given(widths=st.lists(st.integers(1, 8), min_size=2, max_size=6), batch=st.integers(1, 4))
@settings(max_examples=25)
def test_the_shapes_listed_are_the_shapes_there(widths, batch):
    model = nn.Sequential(*(nn.Linear(a, b) for a, b in zip(widths, widths[1:], strict=False)))
    with probe(model) as report:
        model(torch.randn(batch, widths[0]))
    layers = [r for r in report.rows if r.depth == 1]
    assert [r.outputs for r in layers] == [[(batch, width)] for width in widths[1:]]


def test_the_last_level_listed_answers_for_what_is_below():
    model = AnySizeNet()
    with probe(model, depth=1) as report:
        model(torch.randn(1, 3, 64, 64))
    assert [r.name for r in report.rows] == ["(model)", "convs", "pool", "flatten", "fc"]
    assert sum(r.parameters for r in report.rows) == report.total_parameters


def test_the_model_is_left_as_it_was():
    model = AnySizeNet().eval()
    x = torch.randn(1, 3, 64, 64, requires_grad=True)
    expected = model(x)
    with probe(model, stats=True):
        seen = model(x)
    assert hooks(model) == 0 and not model.training
    assert torch.equal(seen, expected)
    seen.sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("raised", [RuntimeError("boom"), KeyboardInterrupt()])
def test_hooks_go_when_the_forward_fails_and_the_exception_is_unchanged(raised):
    class Fails(nn.Module):
        def forward(self, x):
            raise raised

    model = nn.Sequential(nn.Linear(2, 2), Fails())
    with pytest.raises(type(raised)) as caught, probe(model) as report:
        model(torch.randn(1, 2))
    assert caught.value is raised and hooks(model) == 0
    assert report.failed.name == "1"


def test_a_failing_layer_is_named_with_what_it_got(capsys):
    model = AnySizeNet()
    model.flatten = nn.Identity()
    with pytest.raises(RuntimeError, match="mat1 and mat2"), probe(model) as report:
        model(torch.randn(1, 3, 128, 128))
    assert report.failed.name == "fc" and report.failed.inputs == [(1, 256, 1, 1)]
    assert "fc: Linear 256→10 got 1×256×1×1 and raised: mat1 and mat2" in capsys.readouterr().out
    assert "raised" in report._repr_html_()


@pytest.mark.parametrize("stride,ni,at", [(1, 3, "dimension 1"), (2, 32, "dimension 3")])
def test_a_failure_between_layers_names_the_block_and_what_it_had(stride, ni, at):
    block = Add(ni, 32, stride)
    with pytest.raises(RuntimeError, match=at), probe(block) as report:
        block(torch.randn(1, ni, 128, 128))
    assert report.failed.name == "(model)"
    assert f"after convs → 1×32×{128 // stride}×{128 // stride}" in str(report)


def test_a_user_error_outside_the_model_is_not_blamed_on_it(capsys):
    model = nn.Linear(2, 2)
    with pytest.raises(ZeroDivisionError), probe(model) as report:
        model(torch.randn(1, 2))
        1 / 0  # noqa: B018
    assert report.failed is None and capsys.readouterr().out == ""


def test_a_module_called_twice_counts_once():
    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    with probe(model) as report:
        model(torch.randn(1, 3))
    assert row(report, "0").parameters == 12 and row(report, "0", call=2).parameters == 0
    assert "0 (2nd call)" in str(report) and report.total_parameters == 12


def test_tuples_dicts_keywords_and_plain_values():
    class Odd(nn.Module):
        def forward(self, pair, *, extra):
            return {"sum": pair[0] + extra["x"], "n": 3}

    model = nn.Sequential()
    model.add_module("odd", Odd())
    with probe(model.odd) as report:
        model.odd((torch.ones(2), torch.ones(3)), extra={"x": torch.ones(2)})
    assert report.rows[0].inputs == [(2,), (3,), (2,)] and report.rows[0].outputs == [(2,)]


def test_a_module_that_is_never_called_is_listed():
    model = AnySizeNet()
    model.spare = nn.Linear(2, 2)
    with probe(model) as report:
        model(torch.randn(1, 3, 64, 64))
    assert report.not_called == ["spare"] and "not called: spare" in str(report)


def test_a_caught_failure_inside_does_not_confuse_the_rest():
    class Tries(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(5, 1), nn.Linear(2, 1)

        def forward(self, x):
            try:
                return self.first(x)
            except RuntimeError:
                return self.second(x)

    model = Tries()
    with probe(model) as report:
        model(torch.randn(1, 2))
    assert row(report, "second").outputs == [(1, 1)] and row(report, "(model)").outputs == [(1, 1)]
    assert row(report, "first").error


def test_lazy_modules_show_what_they_became():
    model = nn.Sequential(nn.LazyLinear(4))
    with probe(model) as report:
        model(torch.randn(1, 7))
    assert row(report, "0").what == "Linear 7→4" and row(report, "0").parameters == report.total_parameters == 32


def test_statistics_are_those_of_the_output():
    model = nn.Sequential(nn.ReLU())
    with probe(model, stats=True) as report:
        model(torch.tensor([[-1.0, 3.0]]))
    assert row(report, "0").stats == (1.5, 1.5, 0.5)


def test_half_precision_without_a_graph_and_an_empty_batch():
    model = nn.Sequential(nn.ReLU()).half()
    with torch.no_grad(), probe(model, stats=True) as report:
        model(torch.ones(0, 2).half())
    assert row(report, "0").outputs == [(0, 2)] and row(report, "0").stats is None


def test_probes_can_be_nested_and_the_model_used_again():
    model = nn.Sequential(nn.Linear(2, 2))
    with probe(model) as outer, probe(model) as inner:
        model(torch.randn(1, 2))
    assert len(outer.rows) == len(inner.rows) == 2
    model(torch.randn(1, 2))
    assert len(outer.rows) == 2


def test_real_models():
    import torchvision
    from fastai.vision.models.xresnet import xresnet18

    for model in (torchvision.models.resnet18(weights=None), xresnet18(n_out=10)):
        with probe(model.eval()) as report:
            model(torch.randn(1, 3, 64, 64))
        assert sum(r.parameters for r in report.rows) == report.total_parameters


def test_html_is_escaped_and_has_headers():
    class Odd(nn.Module):
        def forward(self, x):
            raise RuntimeError("<b>bold</b>")

    model = Odd()
    with pytest.raises(RuntimeError), probe(model) as report:
        model(torch.ones(1))
    html = report._repr_html_()
    assert "<b>" not in html and '<th scope="col"' in html and "<caption>" in html


def test_a_class_in_place_of_an_object_is_explained():
    with pytest.raises(TypeError, match="AnySizeNet\\(\\)"), probe(AnySizeNet):
        pass
