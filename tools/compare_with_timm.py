"""Open timm's ResNets, give ours their weights, and write recorded/timm.json: the same scores, or not.

    python tools/compare_with_timm.py

The nets are untrained (nothing is downloaded), and their batch norms hold numbers drawn by chance: a γ that starts at 0 would
keep a block silent, and a mistake in it hidden.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version

import timm
import torch
from torch import nn

from resnet_live.experiments.record import RECORDED, commit, write_json
from resnet_live.models.modern import Design, ModernResNet
from resnet_live.models.resnet import named_resnet

_D = {"deep_stem": True, "pooled_skip": True}
# timm's name → our net of 1000 classes: chapter 7's, whose weights have the same names, or chapter 9's, in the same order.
OURS = {
    "resnet18": lambda: named_resnet("resnet18"),
    "resnet34": lambda: named_resnet("resnet34"),
    "resnet50": lambda: named_resnet("resnet50"),
    "resnet18d": lambda: ModernResNet(Design(**_D), 1000),
    "resnet50d": lambda: ModernResNet(Design(depths=(3, 4, 6, 3), bottleneck=True, **_D), 1000),
}
SIZES = (64, 97)


def main() -> int:
    """Compare all, write the file, print a line for each; returns the exit code: 1 when a net is not the same."""
    parts = {name: compare(name) for name in OURS}
    facts = {
        "name": "timm",
        "command": "python tools/compare_with_timm.py",
        "date": datetime.now(UTC).date().isoformat(),
    }
    versions = {package: version(package) for package in ("torch", "timm")}
    write_json(RECORDED / "timm.json", {**facts, "commit": commit(), "versions": versions, "parts": parts})
    for name, part in parts.items():
        print(name, part)
    return int(not all(part["same"] for part in parts.values()))


def compare(name: str) -> dict:
    """timm's net `name` and ours with the same weights.

    `parameters`: [ours, timm's]; `same_names`: whether the weights have the same names; `difference`: the largest between two scores
    on random images of the sizes `SIZES`, in shares of the largest score; `same`: whether all of it is one net.
    """
    torch.manual_seed(0)
    theirs, ours = timm.create_model(name, pretrained=False).eval(), OURS[name]().eval()
    for module in theirs.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.2, 0.6)
            nn.init.normal_(module.bias, std=0.1)
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    theirs_, ours_ = theirs.state_dict(), ours.state_dict()
    parameters = [sum(p.numel() for p in net.parameters()) for net in (ours, theirs)]
    shapes = [[tuple(value.shape) for value in state.values()] for state in (ours_, theirs_)]
    found = {"parameters": parameters, "same_names": list(ours_) == list(theirs_), "sizes": list(SIZES)}
    if shapes[0] != shapes[1]:
        return {**found, "difference": None, "same": False}
    ours.load_state_dict(dict(zip(ours_, theirs_.values(), strict=True)))
    apart = 0.0
    with torch.no_grad():
        for size in SIZES:
            x = torch.randn(2, 3, size, size)
            a, b = ours(x), theirs(x)
            apart = max(apart, ((a - b).abs().max() / b.abs().max()).item())
    return {**found, "difference": float(f"{apart:.1e}"), "same": apart < 1e-5}


if __name__ == "__main__":
    sys.exit(main())
