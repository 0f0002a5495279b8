"""A page that is nothing but the figures with a network, as a folder: opened from the disk, it works like a page of the book."""

import base64
import shutil
from pathlib import Path

import torch
from sphinx_ext import page_net
from torch import nn

from resnet_live.experiments.weights import DESIGN, NAME
from resnet_live.models.kept_net import WEIGHTS, keep_net, kept_nets
from resnet_live.models.modern import Design, ModernResNet

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tools" / "sphinx_ext" / "scripts"
PAGE = """<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>figures</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="_static/resnet_live.css">
<script src="_static/page.js"></script>
<style>html[data-theme=dark] {{ --pst-color-background: #14181e; --pst-color-surface: #29313d; --pst-color-text-base: #ced6dd;
--pst-color-border: #48566b }} body {{ max-width: 784px; margin: 0 auto; font: 16px/1.5 sans-serif;
background: var(--pst-color-background); color: var(--pst-color-text-base) }}</style></head><body><main>
<h1>Figures</h1>{figures}</main></body></html>"""


def make_site(folder: Path, weights: Path, recorded: Path, assets: Path = page_net.ASSETS) -> Path:
    """Write `index.html`, `dark.html` and their scripts to `folder`; `weights`: a folder of `keep_net`. Returns the first page."""
    figures = ("own-picture", "block-xray")
    folder.mkdir(exist_ok=True)
    static = folder / "_static"
    shutil.copytree(SCRIPTS, static, dirs_exist_ok=True)
    shutil.copy(ROOT / "book" / "_static" / "resnet_live.css", static)
    page_net.write_scripts(static, assets=assets, weights=weights, recorded=recorded)
    places = "".join(f'<div class="rl-net" data-rl-net="{name}"></div>' for name in figures)
    for name, theme in (("dark", "dark"), ("index", "light")):
        (folder / f"{name}.html").write_text(PAGE.format(theme=theme, figures=places), encoding="utf-8")
    return folder / "index.html"


def seeded_net(design: Design, seed: int = 0) -> ModernResNet:
    """An untrained net whose batch norms have seen something, so that each of its numbers shows in the scores."""
    torch.manual_seed(seed)
    model = ModernResNet(design)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.3, 1.2)
            nn.init.normal_(module.bias, std=0.2)
    with torch.no_grad():
        for _ in range(3):
            model.train()(torch.randn(8, 3, 64, 64))
    return model.eval()


def keep_for_page(folder: Path) -> Path:
    """A folder with the weights that the page computes with: the course's own where they are kept, else untrained ones."""
    if NAME in kept_nets():
        return WEIGHTS
    facts = {"recipe": {"size": 128, "epochs": 0}, "valid_accuracy": 0.1, "date": "2026-01-01"}
    keep_net(NAME, DESIGN, seeded_net(DESIGN), facts, folder)
    return folder


def encoded(numbers: torch.Tensor) -> str:
    """float32 numbers, or bytes, for a page."""
    return base64.b64encode(numbers.contiguous().numpy().tobytes()).decode()
