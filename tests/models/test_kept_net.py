"""Kept weights: what is read is what was written, to sixteen bits, and the file says what it is."""

import json
import struct

import pytest
import torch

from resnet_live.models.kept_net import halved, keep_net, kept_net, kept_nets
from resnet_live.models.modern import Design, ModernResNet

DESIGNS = [
    Design((1, 1), (8, 16)),
    Design((1, 1), (8, 16), deep_stem=True, pooled_skip=True, squeeze=True, blur=True, activation="mish"),
    Design((1, 1), (8, 16), bottleneck=True, drop_path=0.2),
]


def a_net(design, n_classes=10):
    torch.manual_seed(0)
    model = ModernResNet(design, n_classes)
    model.train()(torch.randn(8, 3, 32, 32))  # the batch norms have seen something
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model.eval()


@pytest.mark.parametrize("design", DESIGNS, ids=["plain", "modern", "bottleneck"])
def test_a_kept_net_gives_the_same_scores_to_sixteen_bits(design, tmp_path):
    model = a_net(design, 7)
    file = keep_net("tiny", design, model, {"accuracy": 0.5}, tmp_path)
    read, facts = kept_net("tiny", tmp_path)
    assert file == tmp_path / "tiny.safetensors" and facts["accuracy"] == 0.5 and not read.training
    x = torch.randn(2, 3, 40, 40)
    torch.testing.assert_close(read(x), model(x), rtol=2e-2, atol=2e-2)
    assert all(parameter.dtype == torch.float32 for parameter in read.parameters())
    assert file.stat().st_size < 2.2 * sum(p.numel() for p in model.parameters()) + 20_000


def test_the_header_can_be_read_with_no_library(tmp_path):
    """As a browser does: eight bytes of length, then JSON."""
    bytes_ = keep_net("tiny", DESIGNS[0], a_net(DESIGNS[0]), {"date": "today"}, tmp_path).read_bytes()
    header = json.loads(bytes_[8 : 8 + struct.unpack("<Q", bytes_[:8])[0]])
    facts = json.loads(header["__metadata__"]["resnet_live"])
    assert facts["name"] == "tiny" and facts["date"] == "today" and facts["design"]["widths"] == [8, 16]
    assert {entry["dtype"] for name, entry in header.items() if name.endswith(("weight", "bias", "running_var"))} == {
        "F16"
    }


def test_a_number_too_large_for_sixteen_bits_is_named_and_the_old_file_stays(tmp_path):
    model = a_net(DESIGNS[0])
    file = keep_net("tiny", DESIGNS[0], model, {}, tmp_path)
    before = file.read_bytes()
    torch.nn.init.constant_(model.fc.bias, 1e6)
    with pytest.raises(ValueError, match="fc.bias holds a number that 16 bits cannot: 1e"):
        keep_net("tiny", DESIGNS[0], model, {}, tmp_path)
    assert file.read_bytes() == before and kept_nets(tmp_path) == ["tiny"]
    assert halved(a_net(DESIGNS[0]))["fc.bias"].dtype == torch.float16


def test_what_is_not_there_or_no_file_of_ours_is_said(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"No weights 'big' are kept \(kept: nothing\).*make record NAME=weights"
    ):
        kept_net("big", tmp_path)
    (tmp_path / "big.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    with pytest.raises(ValueError, match=r"big.safetensors is not a file of this course's weights"):
        kept_net("big", tmp_path)
    (tmp_path / "big.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"big.safetensors is not a file"):
        kept_net("big", tmp_path)
