"""The targets of Mixup and label smoothing against PyTorch's loss."""

import re

import pytest
import torch
from kernel_free import Page, elements
from torch.nn import functional as F

from resnet_live.data import CLASSES
from resnet_live.widgets import soft_targets
from resnet_live.widgets.soft_targets import LAMBDAS, SMOOTHINGS, lowest_loss, targets

NAMES = list(CLASSES.values())


@pytest.fixture(scope="module")
def page():
    return Page(soft_targets(NAMES))


def states(page):
    for settings in page.settings():
        page.set(**settings)
        yield LAMBDAS[settings["Mixup_λ"]], SMOOTHINGS[settings["smoothing_ε"]]


def by_torch(lam, smoothing):
    """The targets that PyTorch's loss really uses: minus its gradient for scores of equal size, plus the softmax."""
    scores = torch.zeros(1, 10, dtype=torch.float64, requires_grad=True)
    hard = lam * F.one_hot(torch.tensor([4]), 10).double() + (1 - lam) * F.one_hot(torch.tensor([8]), 10).double()
    F.cross_entropy(scores, hard, label_smoothing=smoothing).backward()
    return (0.1 - scores.grad[0]).tolist()


def test_every_state_shows_the_targets_of_torch(page):
    for lam, smoothing in states(page):
        wanted = by_torch(lam, smoothing)
        assert targets(10, 4, 8, lam, smoothing) == pytest.approx(wanted, abs=1e-9)
        shown = [e.text for e in elements(page.shown()[0]) if e.tag == "text" and e.get("class") == "k"]
        assert shown == [f"{share:.2f}" for share in wanted]


def test_the_bars_are_as_long_as_the_targets(page):
    for lam, smoothing in states(page):
        lengths = [
            float(length)
            for e in elements(page.shown()[0])
            if e.tag == "path"
            for length in re.findall(r"h([\d.]+)v", e.get("d"))
        ]
        wanted = [160 * share for share in targets(10, 4, 8, lam, smoothing) if share]
        assert sorted(lengths) == pytest.approx(sorted(wanted), abs=0.06)


def test_the_message_names_both_classes_and_the_lowest_loss(page):
    for lam, smoothing in states(page):
        says, shares = page.message(), by_torch(lam, smoothing)
        assert f"{shares[4]:.2f} for church, {shares[8]:.2f} for golf ball" in says
        best = torch.tensor(shares)
        lowest = F.cross_entropy(best.log().clamp(min=-1e9)[None], best[None]).item()
        assert lowest_loss(shares) == pytest.approx(lowest, abs=1e-6)
        assert ("has loss 0.00" in says) == (lowest < 1e-6) == ("below" not in says)
        if lowest > 1e-6:
            assert f"below {lowest:.2f}" in says


def test_it_begins_with_a_mixed_image(page):
    assert Page(soft_targets(NAMES)).message().startswith("70% church and 30% golf ball: the target is 0.70")


@pytest.mark.parametrize(("first", "second"), [(3, 3), (0, 10), (-1, 2)])
def test_two_different_classes_are_needed(first, second):
    with pytest.raises(ValueError, match="Two different positions in 10 names"):
        soft_targets(NAMES, first, second)


def strengths(page):
    return [float(e.get("opacity")) for e in elements(page.shown()[0]) if e.get("opacity")]


def test_the_picture_is_mixed_as_the_targets_are():
    page = Page(soft_targets(NAMES))
    for position, lam in enumerate(LAMBDAS):
        page.set(Mixup_λ=position)
        assert strengths(page) == pytest.approx([share for share in (lam, 1 - lam) if share])


def test_classes_without_a_drawing_are_mixed_as_their_names():
    page = Page(soft_targets(["cat", "dog"], 0, 1))
    (lasting,) = [m["value"] for m in page.named("HTMLModel") if m["value"].startswith("<svg><g id=")]
    assert len(strengths(page)) == 2 and lasting.count(">dog<") == lasting.count(">cat<") == 1
