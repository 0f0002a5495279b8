"""What is recorded for the race is what the nets do: forward in 64 bits, backward by autograd, block by block."""

import json

import pytest
import torch
from painted import painted_source

from resnet_live.experiments import signal_and_gradient


def batch():
    return torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 3, 5, 9])


def test_there_is_a_number_for_the_stem_and_each_block_both_ways():
    found = signal_and_gradient.race(signal_and_gradient.prepared("residual", 14, "He", True, 0), *batch())
    assert len(found["signal"]) == len(found["gradient"]) == 1 + 6


def test_the_numbers_are_those_of_the_net_itself():
    model, (xb, yb) = signal_and_gradient.prepared("plain", 8, "Glorot", False, 1), batch()
    found = signal_and_gradient.race(model, xb, yb)
    x = xb.double()
    stem = model[0](x)
    last = model[1:4](stem).detach().requires_grad_()
    torch.nn.functional.cross_entropy(model[-1](last), yb).backward()
    assert found["signal"][0] == pytest.approx(stem.square().mean().sqrt().item(), rel=0.01)
    assert found["signal"][-1] == pytest.approx(last.square().mean().sqrt().item(), rel=0.01)
    assert found["gradient"][-1] == pytest.approx(last.grad.norm().item(), rel=0.01)


def test_without_norm_there_is_none_and_each_start_has_its_spread():
    for start, spread in (("He", (2 / 144) ** 0.5), ("Glorot", (2 / 288) ** 0.5), ("0.01", 0.01)):
        model = signal_and_gradient.prepared("plain", 20, start, False, 0)
        assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules())
        assert model[1][0].conv1.weight.std().item() == pytest.approx(spread, rel=0.1)
    assert any(
        isinstance(m, torch.nn.BatchNorm2d) for m in signal_and_gradient.prepared("plain", 8, "He", True, 0).modules()
    )


def test_what_32_bits_would_lose_is_kept_and_survives_json(tmp_path, monkeypatch):
    for name, value in (("SEEDS", (0,)), ("IMAGES", 2), ("SIZE", 16)):
        monkeypatch.setattr(signal_and_gradient, name, value)
    found = signal_and_gradient.all_starts(painted_source(tmp_path, per_class=2, side=20), "plain", 56)
    assert len(found["runs"]) == 6 and found == json.loads(json.dumps(found))
    (tiny,) = [run for run in found["runs"] if run["start"] == "0.01" and not run["norm"]]
    assert 0 < tiny["signal"][-1] < 1e-45
