"""Chapter 8: the inputs, and what to observe of an answer."""

import contextlib
import copy
import io
import os
import tempfile
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import OneCycleLR, StepLR
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader, TensorDataset

from .calls import RAISED, AnswerFunction, Observer
from .inputs import InputGenerator
from .small_net import call_with_model, leave_gradients, set_mode, small_net
from .values import Scenes, Tree, describe, describe_error


def own_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Not cross-entropy, and with gradients so large that clipping them would show: their norm is some 5,000 or more, the largest
    number above 1,000, and people clip to 100 at most."""
    return 20_000 * F.cross_entropy(scores, labels, label_smoothing=0.3)


# ---- 8.1 ----

# key: (optimiser, its settings, loss, steps, dtype)
STEPS = {
    "first": (SGD, {"lr": 0.1}, F.cross_entropy, 1, torch.float32),
    "left over": (SGD, {"lr": 0.1}, F.cross_entropy, 1, torch.float32),
    "momentum": (SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}, F.cross_entropy, 3, torch.float32),
    # without so large an ε, Adam's first step is ± lr even for gradients that are rounding errors
    "adamw": (AdamW, {"lr": 0.01, "eps": 1e-3}, F.cross_entropy, 2, torch.float32),
    # in float64: of a clipped gradient so small a rate makes a move that float32 rounds away, and then it cannot be named
    "own loss": (SGD, {"lr": 2e-6}, own_loss, 1, torch.float64),
    "float64": (SGD, {"lr": 0.1}, F.cross_entropy, 1, torch.float64),
}


def train_step_play(generator: InputGenerator, answer: AnswerFunction, double: bool = False) -> Scenes:
    """Some steps of each of STEPS with a network in training mode: {"0": see `call_with_model`, "1": …} of each.

    "left over": every parameter has a gradient from before. "momentum": the last layer has a learning rate of its own.
    """
    for key, (optimiser, settings, loss_func, steps, dtype) in STEPS.items():
        n_classes = generator.randint(3, 6)
        net = small_net(generator, n_classes)
        batches = [(generator.tensor(8, 3, 8, 10, dtype=dtype), generator.labels(8, n_classes)) for _ in range(steps)]
        if double:
            batches = [(xb.double(), yb) for xb, yb in batches]
        net.to(batches[0][0])
        if key == "left over":
            leave_gradients(net, generator)
        last = [parameter for name, parameter in net.named_parameters() if name.startswith("fc")]
        rest = [parameter for name, parameter in net.named_parameters() if not name.startswith("fc")]
        own = {"lr": 3 * settings["lr"]} if key == "momentum" else {}
        opt = optimiser([{"params": rest}, {"params": last} | own], **settings)
        scene: Tree = {}
        for number, (xb, yb) in enumerate(batches):
            net.train()
            scene[str(number)] = call_with_model(answer, net, net, xb, yb.to(xb.device), loss_func, opt)
        yield key, scene


# ---- 8.2 ----


def evaluate_play(generator: InputGenerator, answer: AnswerFunction, double: bool = False) -> Scenes:
    """`answer(model, batches, loss_func)` on uneven batches: see `call_with_model`, and "images": how many there are.

    "plain", "own loss", "float64": a list of batches, the network in evaluation mode; "loader": a DataLoader; "generator": one that
    gives each batch once; "training", "one awake": with dropout, see `set_mode`.
    """
    for key in ("plain", "loader", "own loss", "float64", "training", "generator", "one awake"):
        dtype = torch.float64 if key == "float64" else torch.float32
        n_classes, size, full = generator.randint(3, 5), generator.randint(5, 8), generator.randint(2, 3)
        count = full * size + generator.randint(1, 2)
        net = small_net(generator, n_classes, dropout=0.5 if key in ("training", "one awake") else 0.0)
        images, labels = generator.tensor(count, 3, 8, 10, dtype=dtype), generator.labels(count, n_classes)
        if double:
            images = images.double()
        net.to(images)
        labels = labels.to(images.device)
        set_mode(net, key, generator)
        batches = DataLoader(TensorDataset(images, labels), batch_size=size)
        if key != "loader":
            batches = [(xb, yb) for xb, yb in batches]
        if key == "generator":
            batches = (batch for batch in batches)
        loss_func = own_loss if key == "own loss" else F.cross_entropy
        yield key, call_with_model(answer, net, net, batches, loss_func) | {"images": count}


# ---- 8.3 ----

RUNS = {
    "SGD with momentum, StepLR": (
        lambda net: SGD(net.parameters(), lr=0.05, momentum=0.9),
        lambda opt: StepLR(opt, step_size=2, gamma=0.3),
        False,
    ),
    "AdamW, OneCycleLR": (
        lambda net: AdamW(net.parameters(), lr=0.01, eps=1e-3),
        lambda opt: OneCycleLR(opt, max_lr=0.03, total_steps=30),
        True,
    ),
}
EPOCHS = 2  # before the checkpoint, and again after it


class TrainingRun:
    """A network with a new optimiser and schedule, and a few fixed batches."""

    def __init__(self, net: nn.Module, kind: str, batches: list):
        make_opt, make_sched, self.each_step = RUNS[kind]
        self.net = net
        self.opt = make_opt(self.net)
        self.sched = make_sched(self.opt)
        self.batches = batches

    def train(self, epochs: int) -> None:
        """So many epochs, on the same batches."""
        self.net.train()
        for _ in range(epochs):
            for xb, yb in self.batches:
                self.opt.zero_grad()
                F.cross_entropy(self.net(xb), yb).backward()
                self.opt.step()
                if self.each_step:
                    self.sched.step()
            if not self.each_step:
                self.sched.step()

    @property
    def parts(self) -> tuple:
        """Network, optimiser, schedule: what a checkpoint is made of."""
        return self.net, self.opt, self.sched

    def state(self) -> dict[str, Tree]:
        """Everything that a resumed run needs, flat: {"model", "opt", "sched": {name: tensor or number}}."""
        opt = self.opt.state_dict()
        moments = {f"{number}.{name}": value for number, of in opt["state"].items() for name, value in of.items()}
        groups = {
            f"group {number}.{name}": v for number, of in enumerate(opt["param_groups"]) for name, v in of.items()
        }
        return {
            "model": {name: value.detach().clone() for name, value in self.net.state_dict().items()},
            "opt": _plain(moments) | _plain(groups),
            "sched": _plain(self.sched.state_dict()),
        }


def _plain(values: dict) -> Tree:
    """The tensors (copied) and numbers among `values`; lists of numbers become tensors."""
    kept = {}
    for name, value in values.items():
        if isinstance(value, Tensor):
            kept[name] = value.detach().clone()
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            kept[name] = float(value)
        elif isinstance(value, (list, tuple)) and value and all(isinstance(item, (int, float)) for item in value):
            kept[name] = torch.tensor(value, dtype=torch.float64)
    return kept


def _net_to_save(generator: InputGenerator, n_classes: int) -> nn.Module:
    """A network that can be pickled wherever PyTorch is, as a whole too: all of its classes are PyTorch's."""
    net = small_net(generator, n_classes)
    layers = {
        "conv1": net.conv1,
        "bn1": net.bn1,
        "act1": nn.SiLU(),
        "block": net.block,
        "act2": nn.SiLU(),
    }
    layers |= {"pool": nn.AdaptiveAvgPool2d(1), "flat": nn.Flatten(), "fc": net.fc}
    return nn.Sequential(OrderedDict(layers))


def _runs(generator: InputGenerator, double: bool) -> Iterator[tuple[str, tuple[nn.Module, nn.Module, list, int]]]:
    """For each of RUNS: a network, another one, batches, and the number of an epoch."""
    for kind in RUNS:
        n_classes = generator.randint(3, 5)
        net, other = _net_to_save(generator, n_classes), _net_to_save(generator, n_classes)
        batches = [(generator.tensor(8, 3, 8, 10), generator.labels(8, n_classes)) for _ in range(3)]
        if double:
            net, other, batches = net.double(), other.double(), [(xb.double(), yb) for xb, yb in batches]
        yield kind, (net, other, batches, generator.randint(3, 40))


def undisturbed_play(generator: InputGenerator, double: bool = False) -> Scenes:
    """Of `checkpoint_play` what rests on no answer: the states "saved" and "undisturbed" of each of RUNS."""
    for kind, (net, _, batches, _) in _runs(generator, double):
        run = TrainingRun(net, kind, batches)
        run.train(EPOCHS)
        saved = run.state()
        run.train(EPOCHS)
        yield kind, {"saved": saved, "undisturbed": run.state()}


def checkpoint_play(
    generator: InputGenerator, save: AnswerFunction, load: AnswerFunction, double: bool = False
) -> dict[str, Tree]:
    """Save in the middle of a run and go on from the file, for each of RUNS. See `_checkpoint`."""
    scenes: Tree = {}
    for kind, (net, other, batches, epoch) in _runs(generator, double):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            scenes[kind] = _checkpoint(
                lambda weights, kind=kind, batches=batches: TrainingRun(copy.deepcopy(weights), kind, batches),
                net,
                other,
                epoch,
                Path(folder),
                save,
                load,
            )
    return scenes


def _checkpoint(begin, net, other, epoch: int, folder: Path, save: AnswerFunction, load: AnswerFunction) -> Tree:
    """One run that is saved twice, and what comes back from the files.

    The two files change their names before they are read, so that only what is *in* a file can come back. Returns "epochs" (the
    two numbers that were saved), "save", "load", "load second", "load gpu" (each {"error", "value"}), "files" (which exist),
    "beside" (names of other files that saving left in the folder, three at most), "readable" (the error of reading it with
    `weights_only=True`, or None), and states (see `TrainingRun.state`): "saved", "after saving", "loaded", "untouched" (the run
    that was filled, before), "second saved", "second loaded", "resumed", "undisturbed", "gpu loaded".
    """
    first, second = folder / "first.pt", folder / "second.pt"
    run = begin(net)
    run.train(EPOCHS)
    seen: Tree = {"epochs": [epoch, epoch + 7], "saved": run.state()}
    with MovedToCPU() as moved:
        seen["save"] = _try(save, first, *run.parts, epoch)
    seen["after saving"] = run.state()
    run.train(1)
    seen["second saved"] = run.state()
    _try(save, second, *run.parts, epoch + 7)
    seen["files"] = [first.is_file(), second.is_file()]
    seen["beside"] = _files_in(folder, but={first.name, second.name})[:3]
    undisturbed = begin(net)
    undisturbed.train(2 * EPOCHS)
    seen["undisturbed"] = undisturbed.state()
    if not all(seen["files"]):
        return seen
    swap = folder / "swap.pt"
    first.rename(swap), second.rename(first), swap.rename(second)

    resumed = begin(other)
    seen["untouched"] = resumed.state()
    seen["load"] = _try(load, second, *resumed.parts)
    seen["loaded"] = resumed.state()
    with contextlib.suppress(*RAISED):
        resumed.train(EPOCHS)
    seen["resumed"] = resumed.state()
    again = begin(other)
    seen["load second"] = _try(load, first, *again.parts)
    seen["second loaded"] = again.state()

    try:
        content = torch.load(second, map_location="cpu", weights_only=True)
        seen["readable"] = None
    except RAISED as error:
        seen["readable"] = describe_error(error)
        return seen
    halve(content)
    for key, write in (
        ("halved", lambda: torch.save(content, second)),
        ("gpu", lambda: second.write_bytes(as_if_from_gpu(content, moved=moved.all_of(run)))),
    ):
        write()
        fresh = begin(other)
        seen[f"load {key}"] = _try(load, second, *fresh.parts)
        seen[f"{key} loaded"] = fresh.state()
    return seen


def _files_in(folder: Path, but: set[str]) -> list[str]:
    """The names of the files in a folder and below it, sorted, but for these; a folder that cannot be read has none."""
    found = [Path(place, name).relative_to(folder).as_posix() for place, _, names in os.walk(folder) for name in names]
    # a name may hold bytes that are no text
    return sorted(name.encode(errors="replace").decode() for name in found if name not in but)


def _try(function, *args) -> Tree:
    record: Tree = {"value": None, "error": None}
    try:
        record["value"] = describe(function(*args))
    except RAISED as error:
        record["error"] = describe_error(error)
    return record


def halve(content: object, done: set[int] | None = None) -> None:
    """Halve every floating-point tensor in nested dicts and lists, in place and each once."""
    done = set() if done is None else done
    if isinstance(content, Tensor):
        if content.is_floating_point() and id(content) not in done:
            done.add(id(content))
            content.data.mul_(0.5)
    elif isinstance(content, dict):
        for value in content.values():
            halve(value, done)
    elif isinstance(content, (list, tuple)):
        for value in content:
            halve(value, done)


class MovedToCPU(TorchFunctionMode):
    """Counts, while it is entered, which tensors are asked to go to the CPU, by their shapes: here all of them are there already."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: Counter[torch.Size] = Counter()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is Tensor.cpu or (func is Tensor.to and "cpu" in map(str, [*args[1:], *kwargs.values()])):
            self.shapes[args[0].shape] += 1
        return func(*args, **kwargs)

    def all_of(self, run: TrainingRun) -> bool:
        """Were these all tensors of a run that would have been on a GPU? An optimiser's counts of steps never are."""
        moments = [value for of in run.opt.state.values() for value in of.values() if isinstance(value, Tensor)]
        there = [*run.net.state_dict().values(), *(value for value in moments if value.ndim)]
        return Counter(value.shape for value in there) <= self.shapes


def as_if_from_gpu(content: object, moved: bool = False) -> bytes:
    """What `torch.save` would write, had the tensors been on a GPU that this machine does not have; `moved`: and had then been moved
    to the CPU.

    The file names the device of each tensor once, in the pickle that describes them: "cpu". Here that word is changed.
    """
    written = io.BytesIO()
    torch.save(content, written)
    if moved:
        return written.getvalue()
    device = f"cuda:{torch.cuda.device_count()}".encode()
    changed = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith("data.pkl"):
                data = data.replace(b"X\x03\x00\x00\x00cpu", b"X" + len(device).to_bytes(4, "little") + device)
            new.writestr(entry.filename, data)
    return changed.getvalue()


OBSERVERS = {
    "8.1": Observer(lambda generator, answer: dict(train_step_play(generator, answer))),
    "8.2": Observer(lambda generator, answer: dict(evaluate_play(generator, answer))),
    "8.3": Observer(lambda generator, save, load: checkpoint_play(generator, save, load)),
}
