"""Is this machine's GPU right, and how fast is it? CPU against GPU for each chapter's model, speed, every exercise's reference.

    python benchmarks/gpu_check.py [--out gpu_check.json]        (make gpu-check)

1. Each chapter's model computes scores in float32 and gradients in float64 on both devices; they must agree within `TOLERANCE`.
   (In float32 a value beside a ReLU's corner, or two that a max-pool holds to be equal, falls to the other side when sums are taken
   in another order, and the gradient takes another way: float32 and float64 on *one* CPU differ by half a percent, too.)
2. Training steps a second, of our ResNet-18 and of torchvision's, in one run, in turn, in mixed precision where that pays.
3. The reference answer of each exercise is observed as `check` does it, one after the other in this process: time, the most memory
   of the GPU, and what is left of it afterwards, which must be nearly nothing.
4. All of them go through the whole grader on the GPU: time and full points.

`--skip-exercises` leaves out 3 and 4.

Exit code 1 when something is wrong. `--device cpu` tries the script itself where there is no GPU.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from resnet_live import devices
from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.grading import grader
from resnet_live.models import AnySizeNet, NaiveResBlock, ResBlock, get_model, named_resnet, plain_net, residual_net
from resnet_live.models.modern import ModernResNet

# relative to the largest value: float32 sums in another order, through up to twenty layers; TF32 is switched off
TOLERANCE = 1e-3
# what a library may keep of a GPU for its own work after an exercise has given back its memory
LEFT_MB = 100
MODELS: dict[str, Callable[[], nn.Module]] = {
    "chapters 2 and 3, pooled ConvNet": AnySizeNet,
    "chapter 4, plain-20": lambda: plain_net(20),
    "chapter 4, residual-20": lambda: residual_net(20),
    "chapter 5, naive residual blocks": lambda: get_model(
        lambda ni, nf, stride: nn.Sequential(_reduce(ni, nf), NaiveResBlock(nf, nf))
    ),
    "chapter 6, residual blocks": lambda: get_model(ResBlock),
    "chapters 7 and 8, ResNet-18": lambda: named_resnet("resnet18", 10),
    "chapter 9, modern ResNet": ModernResNet,
}


def main(arguments: list[str]) -> int:
    """Parse the command line, check, write, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=devices.KINDS, help="(the best one here)")
    parser.add_argument("--size", type=int, default=128, help="pixels a side")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=30, help="training steps that are timed, of each net")
    parser.add_argument("--skip-exercises", action="store_true")
    parser.add_argument("--out", type=Path, help="write what was found here, as JSON")
    options = parser.parse_args(arguments)
    device = torch.device(options.device) if options.device else devices.best_device_here()
    if not devices.available(device.type):
        print(f"PyTorch finds no {device.type} here.", file=sys.stderr)
        return 1
    devices.guard_mps_pooling()
    facts: dict = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "torch": torch.__version__}
    facts["device"] = f"{device.type} ({devices.words_for(device)})"
    print(facts["device"])
    facts["models"] = {
        name: differences(make, device, min(options.batch, 8), options.size) for name, make in MODELS.items()
    }
    for name, found in facts["models"].items():
        print(f"{name}: " + ", ".join(f"{part} differ by {value:.1e}" for part, value in found.items()))
    facts["images a second"] = speeds(device, options.batch, options.size, options.steps)
    for name, found in facts["images a second"].items():
        print(f"{name}: {found['images']:.0f} images a second, {found['memory_gb']} GB")
    facts["checks"] = {} if options.skip_exercises else check_references(device)
    for name, found in facts["checks"].items():
        print(
            f"{name}: checked in {found['seconds']:.2f} s, {found['peak_mb']:.0f} MB at most, {found['left_mb']:.0f} left"
        )
    facts["exercises"] = {} if options.skip_exercises else grade_references(device)
    for name, found in facts["exercises"].items():
        print(f"{name}: {found['status']}, {found['seconds']:.1f} s")
    problems = wrong(facts)
    if options.out:
        options.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print("\n".join(problems) or "All is as it should be.", file=sys.stderr if problems else sys.stdout)
    return 1 if problems else 0


def wrong(facts: dict) -> list[str]:
    """A line for each thing that is not as it should be."""
    found = [
        f"WRONG: {name}: {part} on the device and the CPU differ by {value:.1e} of the largest, more than {TOLERANCE:.0e}"
        for name, parts in facts["models"].items()
        for part, value in parts.items()
        if not value <= TOLERANCE  # nan is wrong, too
    ]
    found += [
        f"WRONG: the reference of {name}, checked in a notebook, leaves {one['left_mb']:.0f} MB of the GPU in use"
        for name, one in facts["checks"].items()
        if one["left_mb"] > LEFT_MB
    ]
    return found + [
        f"WRONG: the reference of {name} got {one['points']} of {one['max_points']} points ({one['status']}): {one['message']}"
        for name, one in facts["exercises"].items()
        if one["points"] != one["max_points"]
    ]


def _reduce(ni: int, nf: int) -> nn.Module:
    """What makes room for a block that keeps its shape."""
    return nn.Conv2d(ni, nf, 3, stride=2, padding=1)


def differences(make: Callable[[], nn.Module], device: torch.device, batch: int, size: int) -> dict[str, float]:
    """The largest difference of scores, and of gradients, between CPU and `device`, relative to the largest value.

    MPS has no float64: there the gradients are left out.
    """
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    parts = {"scores": scores} if device.type == "mps" else {"scores": scores, "gradients": gradients}
    places = (torch.device("cpu"), device)
    return {name: relative(*(part(make, place, batch, size) for place in places)) for name, part in parts.items()}


def scores(make: Callable[[], nn.Module], place: torch.device, batch: int, size: int) -> torch.Tensor:
    """The scores that a new model gives `batch` images, computed on `place` in float32."""
    model, xb = example(make, batch, size)
    with torch.no_grad():
        return model.to(place)(xb.to(place)).cpu()


def gradients(make: Callable[[], nn.Module], place: torch.device, batch: int, size: int) -> torch.Tensor:
    """The gradients of all its weights in a row, computed on `place` in float64."""
    model, xb = example(make, batch, size)
    predicted = model.to(place, torch.float64)(xb.to(place, torch.float64))
    F.cross_entropy(predicted, torch.arange(batch, device=place) % predicted.shape[1]).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None]).cpu()


def example(make: Callable[[], nn.Module], batch: int, size: int) -> tuple[nn.Module, torch.Tensor]:
    """A model and images for it, the same in each call."""
    torch.manual_seed(0)
    # a size that five halvings do not divide: the pools must be right, too
    model, xb = make(), torch.randn(batch, 3, size + 7, size + 7)
    # a last batch norm that starts at zero would hide its block
    for norm in (one for one in model.modules() if isinstance(one, nn.BatchNorm2d)):
        nn.init.constant_(norm.weight, 0.5)
    return model, xb


def relative(a: torch.Tensor, b: torch.Tensor) -> float:
    return ((a - b).abs().max() / a.abs().max()).item()


def speeds(device: torch.device, batch: int, size: int, steps: int) -> dict[str, dict[str, float]]:
    """Images a second (median over three rounds, in turn) and peak memory of training, of our ResNet-18 and torchvision's."""
    makers = {
        "ours": lambda: named_resnet("resnet18", 10),
        "torchvision's": lambda: torchvision.models.resnet18(num_classes=10),
    }
    memory = devices.memory_format(devices.precision_for(device))
    rates: dict[str, list[float]] = {name: [] for name in makers}
    peaks = dict.fromkeys(makers, 0.0)
    for _ in range(3):
        for name, make in makers.items():
            torch.manual_seed(0)
            model = make().to(device, memory_format=memory).train()
            optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
            xb = torch.randn(batch, 3, size, size, device=device).contiguous(memory_format=memory)
            yb = torch.arange(batch, device=device) % 10
            count_memory(device)
            train(model, optimiser, xb, yb, max(1, steps // 10))  # kernels are chosen and loaded first
            began = time.perf_counter()
            train(model, optimiser, xb, yb, steps)
            rates[name].append(batch * steps / (time.perf_counter() - began))
            peaks[name] = max(peaks[name], peak_mb(device) / 1e3)
            del model, optimiser, xb, yb
            devices.give_back_memory()
    return {name: {"images": statistics.median(rates[name]), "memory_gb": round(peaks[name], 2)} for name in makers}


def train(model: nn.Module, optimiser: torch.optim.Optimizer, xb: torch.Tensor, yb: torch.Tensor, steps: int) -> None:
    """`steps` training steps on one batch; comes back when the device has done them."""
    precision = devices.precision_for(xb.device)
    for _ in range(steps):
        with devices.autocast(xb.device, precision):
            loss = F.cross_entropy(model(xb), yb)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    loss.item()  # waits for the device


def count_memory(device: torch.device) -> None:
    """From here on, `peak_mb` looks for the most."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()


def peak_mb(device: torch.device) -> float:
    """The most of a CUDA GPU's memory that tensors have held since `count_memory`; 0 elsewhere, where nobody counts."""
    return torch.cuda.max_memory_allocated() / 1e6 if device.type == "cuda" else 0.0


def check_references(device: torch.device, only: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Each exercise's reference (or those of `only`), observed as in one student's notebook, one after the other.

    Seconds; `peak_mb`: the most memory of the GPU; `left_mb`: what this process still keeps of it when the memory is given back.
    """
    found = {}
    for exercise in grader.selected(tuple(only)):
        count_memory(device)
        began = time.perf_counter()
        observe(exercise.id, reference.objects(exercise.id), 1, device.type)
        seconds = time.perf_counter() - began
        peak = peak_mb(device)
        devices.give_back_memory()
        left = torch.cuda.memory_reserved() / 1e6 if device.type == "cuda" else 0.0
        found[exercise.id] = {"seconds": round(seconds, 3), "peak_mb": round(peak, 1), "left_mb": round(left, 1)}
    return found


def grade_references(device: torch.device) -> dict[str, dict]:
    """Each exercise's reference through the whole grader on `device`: status, points, seconds."""
    from grade_one import hand_in

    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder) / "reference")
        book = grader.grade(Path(folder), grader.Settings(seed=1, device=device.type))
    return {
        grade.exercise: {
            "status": str(grade.status),
            "points": grade.points,
            "max_points": grade.max_points,
            "seconds": round(grade.seconds, 2),
            "message": grade.message,
        }
        for grade in book.grades
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
