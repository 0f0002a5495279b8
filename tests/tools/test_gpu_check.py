"""The check of a GPU, tried on the CPU with tiny sizes; and that it sees a device that computes wrongly."""

import json
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import gpu_check

TINY = ["--device", "cpu", "--size", "33", "--batch", "2", "--steps", "1", "--skip-grading"]


@pytest.mark.slow
def test_the_cpu_agrees_with_itself(tmp_path, capsys):
    assert gpu_check.main([*TINY, "--out", str(tmp_path / "found.json")]) == 0
    facts = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert facts["device"].startswith("cpu (")
    assert facts["models"].keys() == gpu_check.MODELS.keys()
    assert all(part <= 1e-6 for found in facts["models"].values() for part in found.values())
    assert facts["images a second"]["ours"]["images"] > 0
    assert "All is as it should be" in capsys.readouterr().out


def test_a_device_that_computes_wrongly_is_seen():
    """One convolution of the second model is off by a hundredth: as a wrong kernel of a device would be."""
    made = []

    def make():
        torch.manual_seed(1)
        model = torch.nn.Sequential(torch.nn.Conv2d(3, 10, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
        if made:
            model[0].register_forward_hook(lambda module, args, out: out * 1.01)
        made.append(model)
        return model

    found = gpu_check.differences(make, torch.device("cpu"), 2, 9)
    facts = {"models": {"x": found}, "exercises": {}}
    assert len(gpu_check.wrong(facts)) == 2
    assert "x: scores" in gpu_check.wrong(facts)[0]
    assert gpu_check.wrong({"models": {"x": {"scores": float("nan")}}, "exercises": {}})


def test_a_reference_without_its_points_is_told():
    one = {"points": 3, "max_points": 5, "status": "partly", "message": "why"}
    (line,) = gpu_check.wrong({"models": {}, "exercises": {"2.1": one, "2.2": one | {"points": 5}}})
    assert "2.1 got 3 of 5 points (partly): why" in line


def test_a_device_that_is_not_here_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main(["--device", "cuda"]) == 1
    assert capsys.readouterr().err == "PyTorch finds no cuda here.\n"
