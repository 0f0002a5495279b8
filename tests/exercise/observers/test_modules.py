"""What is kept of a module: facts, and the numbers that a judge works with."""

import torch
from torch import nn

from resnet_live.exercise.observers import modules
from resnet_live.exercise.observers.inputs import InputGenerator


def test_of_a_kernel_its_shape_is_kept_and_whether_it_is_zero_and_of_what_mixes_channels_the_numbers():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 1), nn.BatchNorm2d(5), nn.Flatten(), nn.Linear(5, 2))
    nn.init.zeros_(net[0].weight)
    nn.init.zeros_(net[2].weight)
    kept = modules.weights(net)
    assert {name: one["shape"] for name, one in kept.items()} == {
        name: list(value.shape) for name, value in net.named_parameters()
    }
    assert {name for name, one in kept.items() if one["zero"]} == {"0.weight", "2.weight", "2.bias"}
    assert {name for name, one in kept.items() if one["numbers"] is None} == {"0.weight"}
    assert torch.equal(kept["1.weight"]["numbers"], net[1].weight)


def test_a_gradient_that_arrives_none_and_one_of_zeros_are_told_apart():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(3, 2), nn.Linear(3, 2)
            self.silent = nn.Parameter(torch.ones(2))

        def forward(self, x):
            return self.used(x) + 0 * self.silent

    seen = modules.run(Net(), torch.ones(2, 3), training=True, gradient=InputGenerator(1, "cpu"))
    assert seen["gradients"] == {"0": True}
    assert seen["parameter_gradients"] == {
        "silent": False,
        "used.weight": True,
        "used.bias": True,
        "idle.weight": None,
        "idle.bias": None,
    }


def test_a_flow_keeps_the_outputs_that_are_asked_for_and_every_shape():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    steps = modules.flow(net, torch.ones(2, 3, 8, 8), outputs="batch_norm")["steps"]
    assert steps[-1]["shape"] == [2, 4, 6, 6]
    assert ["batch_norm" in step["op"] for step in steps] == [step["output"] is not None for step in steps]
    assert any(step["output"] is not None for step in steps)


class Loop(nn.Module):
    """A pool by hand, a learned convolution, and two that only add pixels up."""

    def __init__(self):
        super().__init__()
        self.conv, self.spare = nn.Conv2d(2, 2, 3, padding=1), nn.Parameter(torch.ones(4, 1, 3, 3))

    def forward(self, x):
        out = torch.zeros_like(x)
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                out[:, :, i, j] = x[:, :, i, j].mean(1, keepdim=True)
        nn.functional.conv2d(x, torch.ones(2, 1, 3, 3), groups=2)
        nn.functional.conv2d(x, self.spare[:2], groups=2)
        return self.conv(out).relu()


def test_of_what_is_done_for_each_pixel_the_results_are_not_kept_and_of_the_others_they_are():
    steps = modules.flow(Loop(), torch.randn(2, 2, 7, 7))["steps"]
    kept = [step["op"] for step in steps if step["output"] is not None]
    assert len([step for step in steps if step["op"] == "mean"]) == 49
    assert "mean" not in kept and len(kept) < 3 * modules.MOST_ALIKE
    assert kept[-2:] == ["convolution", "relu"]


def test_a_convolution_that_only_adds_up_is_told_from_one_that_learns():
    steps = modules.flow(Loop(), torch.randn(2, 2, 7, 7))["steps"]
    assert [step["counts"] for step in steps if step["op"] == "convolution"] == [True, False, False]
