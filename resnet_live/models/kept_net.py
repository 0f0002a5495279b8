"""Trained weights that come with the course: `recorded/weights/NAME.safetensors`, in half precision, with where they come from.

The file says what net it belongs to (`Design`), so that it can be opened without anything else.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from resnet_live.models.modern import Design, ModernResNet

WEIGHTS = Path(__file__).parents[2] / "recorded" / "weights"
_FACTS = "resnet_live"  # the key of the facts, as JSON, in the header of the file


def halved(model: nn.Module) -> dict[str, Tensor]:
    """The model's state on the CPU with 16-bit floats. Raises ValueError when a number does not fit into them."""
    state = {}
    for name, value in model.state_dict().items():
        kept = value.detach().cpu().contiguous()
        kept = kept.half() if kept.is_floating_point() else kept
        if not kept.isfinite().all():
            raise ValueError(f"{name} holds a number that 16 bits cannot: {value.abs().max().item():g}.")
        state[name] = kept
    return state


def keep_net(name: str, design: Design, model: nn.Module, facts: Mapping, folder: Path = WEIGHTS) -> Path:
    """Write the weights of `model`, a `ModernResNet(design)`, to `folder/NAME.safetensors`; returns the file.

    `facts`: what else stands in its header, JSON-able: accuracy, recipe, provenance. The file is the old or the whole new one.
    Raises ValueError as `halved` does.
    """
    state = halved(model)
    n_classes = len(state["fc.bias"])
    header = json.dumps({"name": name, "design": asdict(design), "n_classes": n_classes, **facts}, ensure_ascii=False)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.partial"
    save_file(state, partial, metadata={_FACTS: header})
    return partial.replace(folder / f"{name}.safetensors")


def kept_nets(folder: Path = WEIGHTS) -> list[str]:
    """The names of the nets that are kept, in alphabetical order."""
    return sorted(file.stem for file in folder.glob("*.safetensors"))


def kept_net(name: str, folder: Path = WEIGHTS) -> tuple[ModernResNet, dict]:
    """The net `name` with its weights, in float32, on the CPU, in evaluation mode; and the facts in the file's header.

    Raises FileNotFoundError when there is none of that name, ValueError when the file is not one of `keep_net`.
    """
    file = folder / f"{name}.safetensors"
    if not file.exists():
        known = ", ".join(kept_nets(folder)) or "nothing"
        raise FileNotFoundError(
            f"No weights {name!r} are kept (kept: {known}). Make them with: make record NAME=weights"
        )
    try:
        with safe_open(file, "pt") as opened:
            facts = json.loads((opened.metadata() or {})[_FACTS])
            state = {key: opened.get_tensor(key).float() for key in opened.keys()}  # noqa: SIM118
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts["design"].items()}
        model = ModernResNet(Design(**fields), facts["n_classes"])
        model.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        raise ValueError(f"{file.name} is not a file of this course's weights: {error}") from error
    return model.eval(), facts
