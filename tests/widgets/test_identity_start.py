"""What the block adds while γ grows, against γ·x̂ + β of its own batch norm."""

import re

import pytest
import torch
from kernel_free import Page, elements

from resnet_live.widgets import identity_start
from resnet_live.widgets.identity_start import GAMMAS, values


@pytest.fixture(scope="module")
def page():
    return Page(identity_start())


def test_gamma_zero_adds_beta_alone(page):
    inputs, outputs = values(0.0)
    assert outputs == pytest.approx([x + 0.001 for x in inputs], abs=1e-6)
    page.set(γ=0)
    assert page.message().startswith("γ = 0: every output is its input plus 0.001. That is β")


@pytest.mark.parametrize("gamma", GAMMAS)
def test_what_is_added_is_gamma_times_a_fixed_normalised_map_plus_beta(gamma):
    inputs, outputs = values(gamma)
    full = torch.tensor(values(1.0)[1]) - torch.tensor(inputs) - 0.001
    added = torch.tensor(outputs) - torch.tensor(inputs) - 0.001
    assert torch.allclose(added, gamma * full, atol=1e-5)
    assert full.mean().item() == pytest.approx(0, abs=1e-4) and full.std().item() == pytest.approx(1, abs=0.1)


def test_the_distance_grows_with_gamma(page):
    distances = []
    for position, gamma in enumerate(GAMMAS):
        page.set(γ=position)
        inputs, outputs = (torch.tensor(side) for side in values(gamma))
        if gamma:
            said = float(re.search(r"is ([\d.]+) away", page.message())[1])
            assert said == pytest.approx((outputs - inputs).abs().mean().item(), abs=0.0051)
            distances.append(said)
    assert distances == sorted(distances) and distances[-1] > 5 * distances[0]


def test_a_dot_for_every_value_inside_the_picture(page):
    for position, gamma in enumerate(GAMMAS):
        page.set(γ=position)
        inputs, _ = values(gamma)
        (dots,) = re.findall(r"class='residual d' d='([^']*)'", page.shown()[0])
        assert dots.count("M") == len(inputs)
        places = [tuple(map(float, found)) for found in re.findall(r"M([\d.]+) ([\d.]+)h", dots)]
        assert all(40 <= x <= 330 and 26 <= y <= 256 for x, y in places)
        assert len(places) == len(inputs)


def test_the_random_state_is_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    values(0.5)
    assert torch.equal(torch.rand(1), expected)


def test_both_axes_have_one_scale_so_the_identity_is_the_diagonal():
    (line,) = [e for e in elements(Page(identity_start()).shown()[0]) if e.get("class") == "skip s w"]
    (x, y), (u, v) = (map(float, point.split()) for point in line.get("d")[1:].split("L"))
    assert u - x == y - v > 0
