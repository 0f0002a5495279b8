"""Is the synthetic dataset as hard as it should be? Three quick epochs of a pooled and of a residual ConvNet, and colour alone.

    python benchmarks/standin_calibration.py [seeds …]

Wanted: pooled ConvNet 45 to 75 %, colour alone far below. The residual version stands beside it: its residual paths start
at zero, and three quick epochs are too few for it to overtake the plain one.
Writes standin_calibration.json.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle)
import numpy as np
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from fastai.torch_core import set_seed
from sklearn.linear_model import LogisticRegression
from torch import nn

from resnet_live.data import dataloaders
from resnet_live.data.decode import decode
from resnet_live.data.folder import read_folder
from resnet_live.data.source import Source, SourceKind
from resnet_live.data.synthetic.standin import VERSION, synthetic_dataset
from resnet_live.models import AnySizeNet, ResBlock, get_model
from resnet_live.profiles import PROFILES, device_name


def trained(make: Callable[[], nn.Module], source: Source, seed: int) -> dict:
    """Validation accuracy and seconds an epoch after the quick profile's epochs."""
    profile = PROFILES["quick"]
    set_seed(seed, reproducible=True)
    dls = dataloaders(source=source, profile=profile, seed=seed)
    learn = Learner(dls, make(), loss_func=CrossEntropyLossFlat(), metrics=accuracy)
    began = time.perf_counter()
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(profile.epochs, 3e-3)
    seconds = (time.perf_counter() - began) / profile.epochs
    return {"accuracy": round(learn.recorder.values[-1][2], 4), "s_per_epoch": round(seconds, 1)}


def colour_alone(source: Source) -> float:
    """Accuracy of a linear model that sees only the mean and the spread of each colour channel."""

    def features(files: Iterable[Path]) -> tuple[list[np.ndarray], list[str]]:
        pixels = [np.asarray(decode(file)) for file in files]
        return [np.concatenate([p.mean((0, 1)), p.std((0, 1))]) / 255 for p in pixels], [f.parent.name for f in files]

    model = LogisticRegression(max_iter=2000).fit(*features(source.train))
    return round(model.score(*features(source.valid)), 4)


def main(seeds: list[int]) -> None:
    source = read_folder(synthetic_dataset(), SourceKind.STANDIN, "the synthetic dataset").subset(PROFILES["quick"])
    runs = {name: [trained(make, source, seed) for seed in seeds] for name, make in NETS.items()}
    for name, results in runs.items():
        print(f"{name:16}", "  ".join(f"{run['accuracy']:.1%} ({run['s_per_epoch']} s an epoch)" for run in results))
    colour = colour_alone(source)
    print(f"{'colour alone':16} {colour:.1%}")
    result = {
        "command": "python benchmarks/standin_calibration.py " + " ".join(map(str, seeds)),
        "date": datetime.now(UTC).date().isoformat(),
        "device": device_name(),
        "versions": {name: version(name) for name in ("torch", "fastai", "numpy", "pillow")},
        "standin": VERSION,
        "seeds": seeds,
        "runs": runs,
        "colour_alone": colour,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


NETS = {"pooled ConvNet": AnySizeNet, "residual": partial(get_model, ResBlock)}

if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0, 1, 2])
