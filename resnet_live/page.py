"""What every chapter says and does at its start: quiet imports, fixed seeds, one figure style, where its numbers come from."""

import random
import re
import warnings
from html import escape
from importlib.metadata import version

from resnet_live import profiles
from resnet_live.figures import STYLE, Picture
from resnet_live.tracebacks import shorten_in_notebook

LIBRARIES = ("torch", "torchvision", "fastai")


def start(seed: int = 42) -> None:
    """Prepare a page: seeds for Python, NumPy and PyTorch, figure style, short tracebacks, no warnings of libraries.

    Call it before `from fastai.vision.all import *`: importing fastai sets off a FutureWarning inside torch.
    """
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(torch|fastai|fastcore)(\.|$)")
    warnings.filterwarnings("ignore", category=UserWarning, module=r"(torch|fastai|fastcore)(\.|$)")
    import matplotlib
    import numpy as np
    import torch

    matplotlib.rcParams.update(STYLE)
    shorten_in_notebook()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def ran_on(source, profile: profiles.Profile | None = None) -> Picture:
    """The line every page that trains carries: data, device, profile, library versions.

    `source`: what `resnet_live.data.find_source()` returned, or its subset; `profile`: default the current one.
    """
    profile = profile or profiles.current()
    facts = {
        "Data": f"{len(source.train):,} training and {len(source.valid):,} validation images; {source.note}",
        "Device": device_name(),
        "Profile": f"{profile.name}: {profile.epochs} epochs at {profile.size} px",
        "Versions": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    words = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return Picture(f'<dl class="rl-ran-on">{rows}</dl>', words)


def say(*sentences: str) -> Picture:
    """Sentences that a cell has worked out, each a paragraph: unlike printed lines they wrap. `` `code` `` is set as code."""
    paragraphs = (re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(sentence, quote=False)) for sentence in sentences)
    return Picture("".join(f'<p class="rl-say">{paragraph}</p>' for paragraph in paragraphs), "\n".join(sentences))


def device_name() -> str:
    """The device in words, e.g. `CPU (2 threads)` or the GPU's own name."""
    import torch

    device = profiles.device()
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU (MPS)" if device.type == "mps" else f"CPU ({torch.get_num_threads()} threads)"
