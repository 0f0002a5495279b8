"""timm, really opened: our nets with its weights give its scores, and the page's recorded comparison says so. No download."""

import importlib.metadata

import compare_with_timm
import pytest
from compare_with_timm import OURS, compare

from resnet_live.experiments.record import load
from resnet_live.models.modern import Design, ModernResNet

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", OURS)
def test_ours_is_timms_net_and_the_record_says_so(name):
    found, recorded = compare(name), load("timm")["parts"][name]
    assert found["same"] and found["parameters"][0] == found["parameters"][1]
    assert {**found, "difference": 0} == {**recorded, "difference": 0} and recorded["difference"] < 1e-5


def test_the_record_is_of_the_timm_that_is_pinned():
    assert load("timm")["versions"]["timm"] == importlib.metadata.version("timm")
    assert list(load("timm")["parts"]) == list(OURS)


@pytest.mark.parametrize(
    "design",
    [Design(deep_stem=True), Design(deep_stem=True, pooled_skip=True, blur=True)],
    ids=["another skip", "same shapes, other pools"],
)
def test_another_net_is_not_called_the_same(design, monkeypatch):
    monkeypatch.setitem(compare_with_timm.OURS, "resnet18d", lambda: ModernResNet(design, 1000))
    assert not compare("resnet18d")["same"]
