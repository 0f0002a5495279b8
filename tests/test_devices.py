"""Which device is taken, and what is guarded on MPS. Devices that are not here are faked where torch would ask its driver."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_live import devices, profiles
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.inputs import best_device
from resnet_live.exercise.registry import find
from resnet_live.exercise.student import check


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


# ---- how to compute, and a GPU that several share ----


@pytest.mark.parametrize(
    ("kind", "instruction", "precision"),
    [
        ("cuda", False, "bfloat16"),
        ("mps", True, "float32"),
        ("cpu", True, "bfloat16"),
        ("cpu", False, "float32"),
    ],
)
def test_mixed_precision_and_channels_last_go_where_they_pay(monkeypatch, kind, instruction, precision):
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: instruction, raising=False)
    assert devices.precision_for(torch.device(kind)) == precision
    last = devices.memory_format(precision) is torch.channels_last
    assert last == (precision == "bfloat16")


@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_the_forward_pass_computes_in_the_precision_that_was_asked_for(precision):
    with devices.autocast(torch.device("cpu"), precision):
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype is getattr(torch, precision)


@pytest.mark.parametrize(("system", "processes"), [("linux", 2), ("darwin", 0), ("win32", 0)])
def test_loaders_start_processes_only_where_a_notebook_can(monkeypatch, system, processes):
    monkeypatch.setattr("sys.platform", system)
    assert devices.loader_processes() == processes


def test_nothing_is_graded_on_mps(drivers, monkeypatch):
    drivers("mps")
    assert devices.best_device_here().type == "mps"
    assert devices.device_for_grading().type == "cpu"
    monkeypatch.setenv(devices.ENV, "mps")
    assert devices.device_for_grading().type == "cpu"
    monkeypatch.delenv(devices.ENV)
    drivers("cuda", "mps")
    assert devices.device_for_grading().type == "cuda"


@pytest.fixture
def gpu(drivers, monkeypatch):
    """Call it with "cuda" or "mps": a GPU whose driver writes down what PyTorch asks of it."""
    asked = []
    for kind in ("cuda", "mps"):
        there = getattr(torch, kind)
        monkeypatch.setattr(
            there, "set_per_process_memory_fraction", lambda share, kind=kind: asked.append((kind, share))
        )
        monkeypatch.setattr(there, "empty_cache", lambda kind=kind: asked.append((kind, "empty")))

    def one(*kinds):
        drivers(*kinds)
        return asked

    return one


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_notebook_keeps_to_its_share_of_the_gpu(gpu, monkeypatch, kind):
    asked = gpu(kind)
    devices.settle()
    assert asked == []
    monkeypatch.setenv(devices.SHARE_ENV, " 0.25 ")
    devices.settle()
    assert asked == [(kind, 0.25)]
    assert devices.grading_share(5) == pytest.approx(0.05)
    monkeypatch.setenv(devices.ENV, "cpu")
    devices.settle()
    assert len(asked) == 1, "what was forced onto the CPU asks nothing of a GPU"


@pytest.mark.parametrize("share", ["0", "1.5", "-0.2", "half", "nan"])
def test_a_share_that_is_none_is_an_error_that_names_the_variable(drivers, monkeypatch, share):
    drivers("cuda")
    monkeypatch.setenv(devices.SHARE_ENV, share)
    for ask in (devices.gpu_share, devices.settle, lambda: devices.grading_share(2)):
        with pytest.raises(devices.DeviceError, match="RESNET_LIVE_GPU_SHARE.*0.25"):
            ask()


@pytest.mark.parametrize("kinds", [("cuda",), ("mps",), ()])
def test_after_each_check_the_gpu_s_memory_is_given_back(gpu, monkeypatch, kinds):
    """Whatever became of the check. The answer itself is observed on the CPU: there is no such GPU here."""
    asked = gpu(*kinds)
    monkeypatch.setattr(check, "observe", lambda *args: observe(*args, device="cpu"))
    check.make_report(find("2.1"), (lambda n, k, s=1, p=0: (n + 2 * p - k) // s + 1,), 1, note=False)
    assert asked == [(kind, "empty") for kind in kinds]
    monkeypatch.setattr(check, "observe", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        check.make_report(find("2.1"), (abs,), 1, note=False)
    assert len(asked) == 2 * len(kinds)


def test_a_check_on_a_device_that_is_not_there_is_not_made(drivers, monkeypatch):
    drivers()
    monkeypatch.setenv(devices.ENV, "cuda")
    with pytest.raises(check.CheckFailed, match="RESNET_LIVE_DEVICE=cuda"):
        check.check("2.1", lambda n, k, s=1, p=0: 0)
