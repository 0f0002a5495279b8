"""Our ResNets against torchvision's: the same names, the same numbers, forwards and backwards."""

import pytest
import torch
import torchvision
from torch import nn

from resnet_live.models.resnet import (
    ARCHITECTURES,
    BasicBlock,
    Bottleneck,
    cached_weights,
    named_resnet,
    pretrained_resnet,
    resnet,
)

NAMES = list(ARCHITECTURES)
SIZES = [224, 128, 97]


@pytest.fixture(scope="module", params=NAMES)
def pair(request):
    """(ours, torchvision's) of one name with the same random weights and lived-in batch norms."""
    torch.manual_seed(0)
    theirs = getattr(torchvision.models, request.param)(weights=None)
    for part in theirs.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.normal_(part.bias, std=0.1)
            nn.init.normal_(part.running_mean, std=0.1)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    ours = named_resnet(request.param)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def test_the_names_are_torchvisions_in_the_same_order(pair):
    ours, theirs = pair
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_outputs_are_torchvisions(pair, training, size):
    x = torch.randn(2, 3, size, size)
    outputs = [net.train(training)(x) for net in pair]
    torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)
    assert outputs[0].std() > 0.1
    # training moved the running averages of both alike
    for ours, theirs in zip(*(net.state_dict().values() for net in pair), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_gradients_are_torchvisions(pair):
    x, y = torch.randn(2, 3, 65, 65), torch.tensor([3, 999])
    for net in pair:
        net.train().zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
    for (name, ours), theirs in zip(pair[0].named_parameters(), pair[1].parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, msg=lambda text, name=name: f"{name}: {text}")
        assert ours.grad.abs().max() > 0, name


def test_no_class_is_torchvisions(pair):
    assert not [type(part) for part in pair[0].modules() if type(part).__module__.startswith("torchvision")]
    assert not [m for m in type(pair[0]).__mro__ if m.__module__.startswith("torchvision")]


def test_their_state_dict_takes_ours_too():
    torchvision.models.resnet18(weights=None).load_state_dict(named_resnet("resnet18").state_dict(), strict=True)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_new_block_passes_on_its_skip_path(block):
    x = torch.rand(2, 8 * block.expansion, 7, 5)
    assert torch.equal(block(8 * block.expansion, 8)(x), x)


@pytest.mark.parametrize("name", NAMES)
def test_a_new_net_learns_in_every_parameter(name):
    # γ = 0 stops gradients in the residual path for the first step only, and never those of γ itself
    net = named_resnet(name, n_classes=4)
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    x, y = torch.randn(4, 3, 64, 64), torch.arange(4)
    for _ in range(3):
        opt.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        opt.step()
    assert not [key for key, p in net.named_parameters() if p.grad is None or p.grad.abs().max() == 0]


def test_depths_and_classes_are_free():
    net = resnet((1, 2, 1, 1), n_classes=10).eval()
    assert [len(getattr(net, f"layer{i}")) for i in range(1, 5)] == [1, 2, 1, 1]
    assert net(torch.randn(3, 3, 40, 61)).shape == (3, 10)


@pytest.mark.parametrize("depths", [(), (2, 2, 2), (2, 2, 2, 2, 2)])
def test_another_number_of_stages_is_refused(depths):
    with pytest.raises(ValueError, match="4 stages"):
        resnet(depths)


def test_an_empty_stage_is_refused():
    with pytest.raises(ValueError, match="at least one block"):
        resnet((2, 0, 2, 2))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="'resnet101' is not one of resnet18, resnet34, resnet50"):
        named_resnet("resnet101")


class TestPretrained:
    """Files that look like torchvision's in torch's cache; nothing is downloaded."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
        monkeypatch.setattr(torch.hub, "download_url_to_file", None)
        (tmp_path / "checkpoints").mkdir()
        return tmp_path / "checkpoints"

    def test_weights_in_the_cache_are_loaded(self, folder):
        theirs = torchvision.models.resnet18(weights=None).eval()
        torch.save(theirs.state_dict(), folder / "resnet18-0123abcd.pth")
        ours = pretrained_resnet("resnet18")
        assert not ours.training
        x = torch.randn(1, 3, 64, 64)
        assert torch.equal(ours(x), theirs(x))

    def test_other_files_are_not_taken(self, folder):
        for name in ["resnet18.pth", "resnet18-mine.pth", "resnet34-0123abcd.pth", "resnet18-0123abcd.pth.part"]:
            (folder / name).touch()
        assert cached_weights("resnet18") is None
        with pytest.raises(FileNotFoundError, match=r"No weights resnet18-X+\.pth in .*fetch them once"):
            pretrained_resnet("resnet18")

    def test_no_cache_at_all(self, tmp_path):
        assert cached_weights("resnet18", tmp_path / "nowhere") is None

    def test_of_several_the_first(self, folder):
        for digits in ["fff00000", "0676ba61"]:
            (folder / f"resnet50-{digits}.pth").touch()
        assert cached_weights("resnet50").name == "resnet50-0676ba61.pth"

    @pytest.mark.parametrize(
        "content", [b"", b"half a file", {"conv1.weight": torch.zeros(1)}, [1, 2], {"fc.weight": "text"}]
    )
    def test_a_bad_file_is_named(self, folder, content):
        file = folder / "resnet18-0123abcd.pth"
        file.write_bytes(content) if isinstance(content, bytes) else torch.save(content, file)
        with pytest.raises(
            ValueError, match=r"resnet18-0123abcd\.pth does not hold the weights of resnet18: .+ Delete"
        ):
            pretrained_resnet("resnet18")

    def test_weights_of_another_net_are_refused(self, folder):
        torch.save(named_resnet("resnet34").state_dict(), folder / "resnet18-0123abcd.pth")
        with pytest.raises(ValueError, match="does not hold the weights of resnet18"):
            pretrained_resnet("resnet18")
