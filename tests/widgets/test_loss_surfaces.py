"""Loss surfaces: one scale of shades for both, and a cut whose words are the recorded values."""

from math import log

import pytest
from kernel_free import Page, elements
from recorded_runs import STEPS, a_surface

from resnet_live.widgets import loss_surfaces
from resnet_live.widgets.loss_surfaces import LEVELS, Shades


def surfaces(steepness=4.0):
    return [a_surface("plain", steepness), a_surface("residual")]


@pytest.fixture
def page():
    return Page(loss_surfaces(surfaces()))


def test_the_cut_starts_at_the_trained_weights_and_walks_over_every_row(page):
    assert page.positions("cut at b") == range(len(STEPS))
    assert page.message().startswith("The cut at b = 0, through the trained weights")


def test_the_message_holds_the_range_of_both_cuts_and_count_the_positions_better_than_guessing(page):
    for position, b in enumerate(STEPS):
        page.set(cut_at_b=position)
        for surface in surfaces():
            row = surface["loss"][position]
            better = sum(v < log(10) for v in row)
            assert (
                f"from {min(row):.3g} to {max(row):.3g}, better than guessing at {better} of {len(row)} places"
                in page.message()
            ), (b, surface["net"])


def test_shades_depend_on_the_loss_and_not_on_the_net():
    shades = Shades(surfaces())
    values = sorted(v for s in surfaces() for row in s["loss"] for v in row)
    levels = [shades.level(v) for v in values]
    assert levels == sorted(levels) and (levels[0], levels[-1]) == (1, LEVELS)
    assert shades.level(None) == LEVELS  # not finite: as bad as can be


def test_each_cell_of_both_maps_is_covered_once(page):
    side = 156 / len(STEPS)
    areas = 0.0
    for element in elements(page.shown()[0]):
        if element.tag == "path" and element.get("class").startswith("neutral f"):
            for box in element.get("d").split("M")[1:]:
                corner, wide = box.split("h")[0], float(box.split("h")[1].split("v")[0])
                if 24 <= float(corner.split()[1]) < 180:  # the maps; the scale lies below
                    areas += wide * side
    assert areas == pytest.approx(2 * 156 * 156, rel=0.01)


def test_what_is_not_finite_is_drawn_at_the_edge_and_named():
    plain, residual = surfaces()
    plain["loss"][0][0] = None
    page = Page(loss_surfaces([residual, plain]))
    page.set(cut_at_b=0)
    assert "to not finite" in page.message()
    drawn = "".join(e.get("d", "") for e in elements(page.shown()[0]))
    assert "inf" not in drawn and "nan" not in drawn


def test_a_wall_at_the_edge_does_not_hide_the_valley():
    plain, residual = surfaces()
    plain["loss"][0][0] = 1e6
    shades = Shades([plain, residual])
    assert shades.level(1e6) == LEVELS == shades.level(24)
    assert shades.level(log(10)) >= 4  # of the shades below, some are left for the valley
    page = Page(loss_surfaces([plain, residual]))
    page.set(cut_at_b=0)
    assert "to 1,000,000" in page.message() and "≥ 23" in page.shown()[0]
    heights = [e for e in elements(page.shown()[0]) if e.get("class") == "extra s w"]
    assert all(float(y) >= 242 for y in [p.split()[1] for p in heights[0].get("d")[1:].split("L")])


def test_the_plain_net_stands_on_the_left_whatever_the_order():
    first, second = (Page(loss_surfaces(order)).shown() for order in (surfaces(), surfaces()[::-1]))
    assert first == second


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "needs two surfaces"),
        ([a_surface("plain"), a_surface("plain")], "one of a plain and one of a residual"),
        ([a_surface("plain"), a_surface("dense")], "one of a plain and one of a residual"),
        ([a_surface("plain"), a_surface("residual", steps=[-2.0, -1.0, 0.0, 1.0, 2.0])], "different steps"),
        ([a_surface("plain", steps=[-1.0, 1.0]), a_surface("residual", steps=[-1.0, 1.0])], "0 among its steps"),
        ([{**a_surface(net), "loss": [[None] * 5] * 5} for net in ("plain", "residual")], "No loss .* finite"),
        ([{**a_surface(net), "loss": [[1.0] * 4] * 5} for net in ("plain", "residual")], "5×5 losses"),
    ],
)
def test_what_would_mislead_is_refused_with_a_message(given, message):
    with pytest.raises(ValueError, match=message):
        loss_surfaces(given)
