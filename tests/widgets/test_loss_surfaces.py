"""Loss surfaces: one scale of shades for both, and a cut whose words are the recorded values."""

from math import hypot, log, log10

import pytest
from kernel_free import Page, elements
from recorded_runs import STEPS, a_surface

from resnet_live.widgets import loss_surfaces
from resnet_live.widgets.loss_surfaces import Shades


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


def lasting(page):
    """The shapes that all states have in common, by their names."""
    (source,) = [m["value"] for m in page.named("HTMLModel") if m["value"].startswith("<svg><g id=")]
    return {e.get("id"): e for e in elements(source) if e.get("id")}


def shapes(page, style):
    return [e for part in lasting(page).values() for e in part if e.get("class") == style]


def points(path):
    return [tuple(map(float, p.split())) for p in path.get("d")[1:].replace("z", "").replace("M", "L").split("L")]


def test_shades_depend_on_the_loss_and_not_on_the_net():
    shades = Shades(surfaces())
    values = sorted(v for s in surfaces() for row in s["loss"] for v in row)
    found = [shades.level(v) for v in values]
    assert found == sorted(found) and (found[0], found[-1]) == (0, len(shades.levels))
    assert shades.level(None) == len(shades.levels)  # not finite: as bad as can be


def test_both_maps_have_a_line_at_each_level_that_their_losses_cross_and_one_scale(page):
    layers = shapes(page, "neutral layer")
    crossed = sum(
        any(v > level for row in s["loss"] for v in row) for s in surfaces() for level in Shades(surfaces()).levels
    )
    in_the_scale = len(Shades(surfaces()).levels)
    assert len(layers) == crossed + in_the_scale


def test_a_line_lies_where_the_loss_has_its_level():
    steps = [i / 14 - 1 for i in range(29)]
    steps[14] = 0.0
    bowl = [[0.1 * 100 ** ((a * a + b * b) ** 0.5) for a in steps] for b in steps]  # 1 at a distance of a half
    page = Page(loss_surfaces([{"net": n, "depth": 56, "steps": steps, "loss": bowl} for n in ("plain", "residual")]))
    left, right = (e for e in shapes(page, "ink dash"))  # guessing: ln 10
    radius = log10(log(10) / 0.1) / 2 * 161 / 2
    for path, centre in ((left, 4 + 161 / 2), (right, 340 - 4 - 161 / 2)):
        assert all(hypot(x - centre, y - 24 - 161 / 2) == pytest.approx(radius, rel=0.03) for x, y in points(path))
    assert len(shapes(page, "ink s w")) == 2  # the crosses at the trained weights


def test_each_state_shows_the_maps_that_stand_in_the_page_once(page):
    names = set(lasting(page))
    for position in page.positions("cut at b"):
        page.set(cut_at_b=position)
        shown = [e.get("href") for e in elements(page.shown()[0]) if e.tag == "use"]
        assert {name.removeprefix("#") for name in shown} == names and len(shown) == len(names)


def test_figures_of_other_surfaces_have_other_names():
    assert not set(lasting(Page(loss_surfaces(surfaces())))) & set(lasting(Page(loss_surfaces(surfaces(5.0)))))


def test_what_is_not_finite_is_drawn_at_the_edge_and_named():
    plain, residual = surfaces()
    plain["loss"][0][0] = None
    page = Page(loss_surfaces([residual, plain]))
    page.set(cut_at_b=0)
    assert "to not finite" in page.message()
    drawn = "".join(e.get("d", "") for html in page.shown() for e in elements(html))
    drawn += "".join(e.get("d", "") for part in lasting(page).values() for e in part)
    assert "inf" not in drawn and "nan" not in drawn


def test_a_wall_at_the_edge_is_drawn_to_its_height_and_does_not_hide_the_valley():
    plain, residual = surfaces()
    plain["loss"][0][0] = 1e6
    shades = Shades([plain, residual])
    assert shades.level(1e6) > shades.level(24) > shades.level(log(10)) > shades.level(0.5)
    page = Page(loss_surfaces([plain, residual]))
    page.set(cut_at_b=0)
    assert "to 1,000,000" in page.message()
    assert "100,000" in "".join(e.text or "" for part in lasting(page).values() for e in part)
    assert len(shapes(page, "ink dash")) == 2  # where guessing begins, in both maps
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
