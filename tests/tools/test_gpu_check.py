"""The check of a GPU, tried on the CPU with tiny sizes; and that it sees a device that computes wrongly."""

import json
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import gpu_check

from resnet_live.exercise.observers import observe

TINY = ["--device", "cpu", "--size", "33", "--batch", "2", "--steps", "1", "--skip-exercises"]


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
        if len(made) % 2:  # the CPU's comes first
            model[0].register_forward_hook(lambda module, args, out: out * 1.01)
        made.append(model)
        return model

    found = gpu_check.differences(make, torch.device("cpu"), 2, 9)
    facts = {"models": {"x": found}, "checks": {}, "exercises": {}}
    assert len(gpu_check.wrong(facts)) == 2
    assert "x: scores" in gpu_check.wrong(facts)[0]
    assert gpu_check.wrong({"models": {"x": {"scores": float("nan")}}, "checks": {}, "exercises": {}})


def test_a_reference_without_its_points_is_told():
    one = {"points": 3, "max_points": 5, "status": "partly", "message": "why"}
    (line,) = gpu_check.wrong({"models": {}, "checks": {}, "exercises": {"2.1": one, "2.2": one | {"points": 5}}})
    assert "2.1 got 3 of 5 points (partly): why" in line


@pytest.fixture
def counted(monkeypatch):
    """A GPU whose driver counts: each exercise takes 30 MB at its height, of which `leak_each` bytes never come back."""

    class Driver:
        peak = reserved = leak = leak_each = 0.0  # bytes

    def seen(exercise, answers, seed, device):
        assert device == "cuda"
        Driver.peak += 30e6
        Driver.reserved += 30e6
        return observe(exercise, answers, seed, "cpu")

    def emptied():
        Driver.leak += Driver.leak_each
        Driver.reserved = Driver.leak

    monkeypatch.setattr(gpu_check, "observe", seen)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: setattr(Driver, "peak", 0.0))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: Driver.peak)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: Driver.reserved)
    monkeypatch.setattr(torch.cuda, "empty_cache", emptied)
    return Driver


def test_time_and_memory_of_each_exercise_are_measured_and_given_back(counted):
    found = gpu_check.check_references(torch.device("cuda"), ["2.1", "2.2"])
    assert list(found) == ["2.1", "2.2"]
    assert all(one["peak_mb"] == 30 and one["left_mb"] == 0 and one["seconds"] > 0 for one in found.values())
    assert not gpu_check.wrong({"models": {}, "checks": found, "exercises": {}})


def test_memory_that_is_not_given_back_is_told(counted):
    counted.leak_each = 80e6
    found = gpu_check.check_references(torch.device("cuda"), ["2.1", "2.2"])
    (line,) = gpu_check.wrong({"models": {}, "checks": found, "exercises": {}})
    assert "the reference of 2.2, checked in a notebook, leaves 160 MB" in line


def test_a_device_that_is_not_here_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main(["--device", "cuda"]) == 1
    assert capsys.readouterr().err == "PyTorch finds no cuda here.\n"
