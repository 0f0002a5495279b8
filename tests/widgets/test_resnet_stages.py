"""The stages of the ResNets against torchvision's own nets."""

import re

import pytest
import torch
import torchvision
from kernel_free import Page

from resnet_live.widgets import resnet_stages
from resnet_live.widgets.resnet_stages import LAYERS, SIZES, stage_parts

pytestmark = pytest.mark.xdist_group("figure resnet_stages")


@pytest.fixture(scope="module")
def page():
    return Page(resnet_stages())


def real_shapes(name, size):
    """The outputs of torchvision's net behind the stem, the stages and the end (meta device: shapes without numbers)."""
    with torch.device("meta"):
        net, x = getattr(torchvision.models, name)(weights=None).eval(), torch.empty(1, 3, size, size)
    shapes = [net.maxpool(net.conv1(x)).shape[1:]]
    x = net.maxpool(net.conv1(x))
    for layer in (net.layer1, net.layer2, net.layer3, net.layer4):
        x = layer(x)
        shapes.append(x.shape[1:])
    return [tuple(shape) for shape in shapes] + [tuple(net.fc(x.mean((2, 3))).shape[1:])]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layers", LAYERS)
def test_shapes_are_torchvisions(page, layers, size):
    page.set(ResNet=LAYERS.index(layers), image_size=SIZES.index(size))
    (html,) = page.shown()
    written = re.findall(r"class='k e'[^>]*>([\d×]+)<", html)
    shapes = [(3, size, size), *real_shapes(f"resnet{layers}", size)]
    assert written == ["×".join(map(str, shape)) for shape in shapes]


@pytest.mark.parametrize("layers", LAYERS)
def test_parameters_and_blocks_are_torchvisions(layers):
    name = f"resnet{layers}"
    theirs = getattr(torchvision.models, name)(weights=None)
    stem, *stages, head = stage_parts(name, 224)
    assert stem.parameters == sum(p.numel() for part in (theirs.conv1, theirs.bn1) for p in part.parameters())
    for stage in stages:
        layer = getattr(theirs, stage.name)
        assert stage.parameters == sum(p.numel() for p in layer.parameters())
        assert stage.blocks == len(layer)
        assert stage.fixed == (layer[0].downsample is not None)
    assert head.parameters == sum(p.numel() for p in theirs.fc.parameters())


@pytest.mark.parametrize(("layers", "billions"), [(18, "1.81"), (34, "3.66"), (50, "4.09")])
def test_the_totals_are_the_published_ones(page, layers, billions):
    page.set(ResNet=LAYERS.index(layers), image_size=SIZES.index(224))
    total = sum(p.numel() for p in getattr(torchvision.models, f"resnet{layers}")(weights=None).parameters())
    assert f"{total:,} parameters, whatever the image size" in page.message()
    assert f"{billions} billion multiply-adds" in page.message()


def test_parameters_do_not_depend_on_the_image_size_and_operations_do(page):
    said = []
    for i in range(len(SIZES)):
        page.set(image_size=i)
        said.append(page.message())
    assert len({re.search(r"([\d,]+) parameters", words)[1] for words in said}) == 1
    assert len({re.search(r"([\d.]+ \w+) multiply-adds", words)[1] for words in said}) == len(SIZES)


def test_fixed_skip_paths_are_dashed(page):
    page.set(ResNet=2, image_size=0)
    (html,) = page.shown()
    assert html.count("class='skip dash'") == 4  # the first stage of ResNet-50 widens, so it is fixed too
    page.set(ResNet=0)
    (html,) = page.shown()
    assert html.count("class='skip dash'") == 3


def test_begins_with_resnet_18_at_224():
    assert Page(resnet_stages()).message().startswith("ResNet-18 takes 3×224×224 down to 512×7×7 in 8 blocks.")
