"""The figures of chapter 4 in the built page: buttons and sliders choose what the recorded runs say."""

import re

import pytest
from visiting import open_page

pytestmark = pytest.mark.xdist_group("degradation-page")


@pytest.fixture(scope="module")
def page(context, address):
    """For all tests: each has a figure of its own."""
    page = open_page(context, address, "book/04_degradation").page
    yield page
    page.close()


def pressed(page, figure, label):
    figure.get_by_role("button", name=label, exact=True).click()
    page.wait_for_timeout(200)
    return figure.locator(".rl-says").inner_text()


def test_depth_net_and_loss_of_the_recorded_curves(page):
    curves = page.locator(".rl-degradation").first
    words = curves.locator(".rl-says")
    assert re.match(r"56 layers, plain: after \d+ epochs the training loss is .* over \d seeds", words.inner_text())
    assert "56 layers, with skips" in pressed(page, curves, "with skips")
    assert "the validation loss" in pressed(page, curves, "validation")
    assert pressed(page, curves, "20").startswith("20 layers, with skips")  # two depths: two buttons, no slider
    assert curves.locator("svg").get_attribute("aria-label").startswith("Validation loss by epoch")


def test_the_readers_own_runs_have_a_figure_of_their_own(page):
    own = page.locator(".rl-degradation").nth(1).locator(".rl-says").inner_text()
    assert "seeds" not in own and "one run each, so no spread to compare with" in own


def test_gradients_before_and_after_an_epoch(page):
    gradients = page.locator(".rl-gradient-norms")
    start = gradients.locator(".rl-says").inner_text()
    assert start.startswith("56 layers, at the start: plain")
    after = pressed(page, gradients, "after one epoch")
    assert after.startswith("56 layers, after one epoch") and after != start


def test_the_cut_through_the_surfaces_moves(page):
    surfaces = page.locator(".rl-loss-surfaces")
    words = surfaces.locator(".rl-says")
    assert "b = 0, through the trained weights" in words.inner_text()
    surfaces.locator("input[type=range]").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(250)
    assert "b = 1, beside the trained weights" in words.inner_text()
