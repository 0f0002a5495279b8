"""The cheat sheet says what PyTorch does: its formulas, its error messages word by word, its drawings."""

import math
import re
from pathlib import Path

import nbformat
import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup
from PIL import Image
from sphinx_ext import network_pictures
from torch import nn
from torch.utils.data import DataLoader

from resnet_live.models import AnySizeNet, NaiveResBlock, named_resnet

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "appendices" / "cheat_sheet.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(nn\..*?)` \| `(.*?)` \|$", PAGE, re.MULTILINE)
SIDES = [row for row in ROWS if "bias" not in row[0] and "Linear" not in row[0] and "BatchNorm" not in row[0]]
LEARNED = [row for row in ROWS if row not in SIDES]
ERRORS = re.findall(r"^- `(\w+: .*?)`\n  `(.*?)`( twice)?: ", PAGE, re.MULTILINE)


def value(formula: str, **sizes: int) -> int:
    """What a formula of the page gives: `⌊a/b⌋` and `⌈a/b⌉` are whole numbers, `2p` and `ni·nf` products."""
    python = re.sub(r"⌊(.*)/(\w+)⌋", r"math.floor((\1)/\2)", formula)
    python = re.sub(r"⌈(.*)/(\w+)⌉", r"math.ceil((\1)/\2)", python)
    python = python.replace("−", "-").replace("·", "*").replace("²", "**2").replace("2p", "2*p")
    return eval(python, {"math": math}, sizes)


def test_the_page_has_its_tables():
    assert len(SIDES) >= 9 and len(LEARNED) == 3 and len(ERRORS) >= 11
    assert PAGE.count("Error: ") == len(ERRORS)  # none is read past


@pytest.mark.parametrize(("layer", "formula"), SIDES)
def test_the_side_behind_a_layer(layer, formula):
    for k, s, p, m in ((3, 1, 1, 1), (3, 2, 1, 2), (2, 2, 0, 3), (5, 3, 2, 4), (7, 2, 3, 5)):
        sizes = {"k": k, "s": s, "p": p, "m": m}
        made = eval(layer, {"nn": nn}, sizes | {"ni": 1, "nf": 1})
        for n in range(7, 34):
            assert made(torch.zeros(1, 1, n, n)).shape[2] == value(formula, n=n, **sizes), (layer, n, sizes)


@pytest.mark.parametrize(("layer", "formula"), LEARNED)
def test_the_numbers_that_a_layer_learns(layer, formula):
    for sizes in ({"ni": 3, "nf": 8, "k": 3}, {"ni": 5, "nf": 2, "k": 1}):
        made = eval(layer, {"nn": nn}, sizes)
        assert sum(parameter.numel() for parameter in made.parameters()) == value(formula, **sizes)


@pytest.fixture(scope="module")
def names():
    """What the calls of the page need: the blocks, a batch, a loss that was used."""
    chapter = nbformat.read(ROOT / "book" / "06_skip_path.ipynb", as_version=4)
    blocks = [
        cell.source for cell in chapter.cells if cell.source.startswith("class PoolBlock") and "stride)" in cell.source
    ]
    found = {"torch": torch, "nn": nn, "F": F, "DataLoader": DataLoader, "NaiveResBlock": NaiveResBlock}
    exec(blocks[0], found)  # the one that pools by the stride, and not yet with ceil_mode
    scores = nn.Linear(4, 3)(torch.ones(2, 4))
    loss = scores.sum() * scores.mean()
    loss.backward()
    return found | {
        "x": torch.randn(1, 3, 128, 128),
        "y": torch.randn(1, 32, 128, 128),
        "photos": [Image.new("RGB", (4, 4))],
        "AnySizeNet": AnySizeNet,
        "loss": loss,
        "scores": scores,
        "one_hot": F.one_hot(torch.tensor([0, 2]), 3),
    }


@pytest.mark.parametrize(("message", "call", "twice"), ERRORS)
def test_a_message_is_what_pytorch_says(names, message, call, twice):
    with pytest.raises(Exception) as raised:
        eval(call, names)
    whole = f"{raised.type.__name__}: {raised.value}"
    assert whole == message or (message.endswith(".") and whole.startswith(f"{message} "))


# ---- Drawings ----


def texts(picture: str) -> list[str]:
    return [text.get_text() for text in BeautifulSoup(picture, "html.parser").find_all("text")]


def test_the_block_of_the_paper_has_all_layers_of_both_paths():
    shown = texts(network_pictures.paper_block())
    residual = ["3×3 conv 64→128, stride 2", "batch norm", "ReLU", "3×3 conv 128→128", "batch norm"]
    assert shown == ["x", *residual, "1×1 conv 64→128, stride 2", "batch norm", "F(x)", "ReLU"]


def test_the_block_of_the_course_has_all_layers_of_both_paths():
    shown = texts(network_pictures.course_block())
    residual = ["3×3 conv 64→128, stride 2", "batch norm", "ReLU", "3×3 conv 128→128", "batch norm, γ from 0"]
    assert shown == ["x", *residual, "average pool 2×2", "1×1 conv 64→128", "batch norm", "F(x)", "ReLU"]


def test_the_network_has_the_shapes_of_a_real_run():
    model, shapes = named_resnet("resnet18").eval(), {}
    blocks = [f"layer{stage}.{number}" for stage in (1, 2, 3, 4) for number in (0, 1)]
    for name in ("conv1", "maxpool", *blocks, "avgpool", "fc"):
        model.get_submodule(name).register_forward_hook(
            lambda _, __, out, name=name: shapes.update({name: "×".join(map(str, out.shape[1:]))})
        )
    with torch.no_grad():
        model(torch.zeros(1, 3, 64, 64))
    shown = texts(network_pictures.resnet18(size=64))
    for name, shape in shapes.items():
        assert shown[shown.index(name) + 1] == shape
    assert [text for text in shown if re.match(r"conv|layer|maxpool|avgpool|fc", text)] == list(shapes)


def test_another_model_makes_another_drawing(monkeypatch):
    monkeypatch.setattr(network_pictures, "named_resnet", lambda name: named_resnet("resnet34"))
    picture = network_pictures.resnet18()
    assert sum(text.startswith("layer") for text in texts(picture)) == 16
    assert len(BeautifulSoup(picture, "html.parser").select("path.dash")) == 3
