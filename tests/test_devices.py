"""Which device is taken, and what is guarded on MPS. Devices that are not here are faked where torch would ask its driver."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_live import devices, profiles
from resnet_live.exercise.observers.inputs import best_device


@pytest.fixture
def drivers(monkeypatch):
    """Call it with the kinds of device that drivers are there for."""
    monkeypatch.delenv(devices.ENV, raising=False)

    def there(*kinds):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in kinds)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in kinds)

    return there


@pytest.mark.parametrize(
    ("kinds", "best"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")]
)
def test_the_best_device_is_taken_unless_one_is_named(drivers, monkeypatch, kinds, best):
    drivers(*kinds)
    assert devices.best_device_here().type == best
    assert devices.pin_memory() == (best == "cuda")
    for kind in ("cpu", *kinds):
        monkeypatch.setenv(devices.ENV, f" {kind.upper()} ")
        # the observers may not import the package, and must come to the same
        assert devices.best_device_here().type == profiles.device().type == best_device().type == kind


@pytest.mark.parametrize(("named", "words"), [("gpu", "is no device"), ("cuda", "finds none here")])
def test_a_device_that_is_not_there_is_an_error_that_names_the_variable(drivers, monkeypatch, named, words):
    drivers()
    monkeypatch.setenv(devices.ENV, named)
    with pytest.raises(ValueError, match=f"RESNET_LIVE_DEVICE.*{words}"):
        profiles.current()


def test_forcing_the_cpu_brings_the_small_profile(drivers, monkeypatch):
    drivers("cuda")
    monkeypatch.delenv(profiles.ENV, raising=False)
    assert profiles.current().name == "full"
    monkeypatch.setenv(devices.ENV, "cpu")
    assert profiles.current().name == "quick"


class OnMps(torch.Tensor):
    """A tensor that says that it lies on MPS, and whose copies on the CPU and back are kept count of."""

    moves: list = []  # noqa: RUF012

    @property
    def device(self):
        return torch.device("mps")

    def cpu(self):
        OnMps.moves.append("cpu")
        return self.as_subclass(torch.Tensor)


@pytest.fixture
def mps(drivers, monkeypatch):
    """MPS with its two mistakes: what does not divide is wrong, or raises, unless it is computed on the CPU."""
    drivers("mps")
    right = {name: getattr(F, name) for name in devices.GUARDED_POOLS}
    real_to = torch.Tensor.to
    monkeypatch.setattr(
        torch.Tensor, "to", lambda self, where, *a: self if where == "mps" else real_to(self, where, *a)
    )

    def broken(name):
        def pool(x, size, *args, **kwargs):
            if isinstance(x, OnMps) and not devices.divides(tuple(x.shape[-2:]), size):
                if name == "adaptive_avg_pool2d":
                    raise RuntimeError("Adaptive pool MPS: input sizes must be divisible by output sizes")
                return torch.full((*x.shape[:-2], 3, 3), -1.0)
            return right[name](x.as_subclass(torch.Tensor), size, *args, **kwargs)

        return pool

    for name in devices.GUARDED_POOLS:
        monkeypatch.setattr(F, name, broken(name))
    OnMps.moves.clear()


@pytest.mark.parametrize(("layer", "size"), [(nn.AdaptiveMaxPool2d, 3), (nn.AdaptiveAvgPool2d, (3, None))])
def test_adaptive_pools_are_right_on_mps_for_every_size(mps, layer, size):
    x = torch.randn(2, 3, 7, 9)
    want = layer(size)(x)
    if layer is nn.AdaptiveMaxPool2d:
        assert not torch.equal(layer(size)(x.as_subclass(OnMps)), want), "without the guard it is wrong"
    devices.guard_mps_pooling()
    devices.guard_mps_pooling()  # a second page changes nothing
    assert torch.equal(layer(size)(x.as_subclass(OnMps)), want)
    assert OnMps.moves == ["cpu"]
    even = torch.randn(2, 3, 6, 9)
    assert torch.equal(layer(size)(even.as_subclass(OnMps)), layer(size)(even))
    assert OnMps.moves == ["cpu"], "what is right there stays there"
    pool, indices = nn.AdaptiveMaxPool2d(3, return_indices=True)(x)
    assert pool.shape == indices.shape == (2, 3, 3, 3)


def test_nothing_is_replaced_where_there_is_no_mps(drivers):
    drivers("cuda")
    before = F.adaptive_max_pool2d
    devices.guard_mps_pooling()
    assert F.adaptive_max_pool2d is before
