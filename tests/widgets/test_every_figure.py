"""What holds for each state of each interactive figure."""

import base64
import re
from xml.etree import ElementTree

import pytest
from kernel_free import Page, Tags, elements, state_size
from recorded_runs import a_surface, degraded, nets_of_two_sizes, race_runs, with_blocks_left_out

from resnet_live.data import CLASSES
from resnet_live.live.recording.clean_outputs import as_text
from resnet_live.live.recording.shown_pictures import pictures, words_beside
from resnet_live.widgets import (
    AblationStep,
    adaptive_windows,
    add_or_concat,
    block_explorer,
    conv_arithmetic,
    degradation_curves,
    gradient_norms,
    identity_start,
    loss_surfaces,
    one_cycle,
    predict,
    resnet_stages,
    result_ladder,
    seed_luck,
    shape_ladder,
    signal_race,
    size_lab,
    skipped_blocks,
    soft_targets,
    strided_or_pooled,
    two_loops,
)


def a_run():
    lrs = [1e-3 * (i + 1) for i in range(20)] + [2e-2 * (1 - i / 73) for i in range(73)]
    return one_cycle(lrs, [0.95 - lr * 5 for lr in lrs], losses=[2.3 / (1 + i / 50) for i in range(93)], epochs=3)


def a_ladder():
    names = [f"step {number}" for number in range(9)]
    steps = [AblationStep(name, "one thing more", [0.6 + i / 50, 0.62 + i / 60, 0.61]) for i, name in enumerate(names)]
    return result_ladder(steps, ("leaderboard", 0.8743))


def the_targets():
    return soft_targets(list(CLASSES.values()))


def the_degradation():
    return degradation_curves(degraded())


def the_gradients():
    return gradient_norms(degraded())


def the_surfaces():
    steps = [i / 7 - 1 for i in range(15)]
    steps[7] = 0.0
    return loss_surfaces([a_surface("plain", 4.0, steps), a_surface("residual", steps=steps)])


def the_skipped_blocks():
    return skipped_blocks(with_blocks_left_out())


def the_race():
    return signal_race(race_runs((8, 20, 32, 56, 110), ("He", "Glorot", "0.01")))


def the_size_lab():
    return size_lab(nets_of_two_sizes(), (0.5, 1.0))


def a_question():
    return predict("2.5")


PICTURES = {
    "shape_ladder": shape_ladder,
    "conv_arithmetic": conv_arithmetic,
    "adaptive_windows": adaptive_windows,
    "one_cycle": a_run,
    "block_explorer": block_explorer,
    "identity_start": identity_start,
    "add_or_concat": add_or_concat,
    "strided_or_pooled": strided_or_pooled,
    "result_ladder": a_ladder,
    "seed_luck": lambda: seed_luck(0.7),
    "soft_targets": the_targets,
    "degradation_curves": the_degradation,
    "gradient_norms": the_gradients,
    "loss_surfaces": the_surfaces,
    "two_loops": two_loops,
    "resnet_stages": resnet_stages,
    "signal_race": the_race,
    "size_lab": the_size_lab,
    "skipped_blocks": the_skipped_blocks,
}
LIMITS = {
    "shape_ladder": 100_000,
    "conv_arithmetic": 310_000,
    "adaptive_windows": 250_000,
    "one_cycle": 200_000,
    "block_explorer": 750_000,
    "identity_start": 60_000,
    "seed_luck": 60_000,
    "add_or_concat": 120_000,
    "strided_or_pooled": 60_000,
    "result_ladder": 60_000,
    "soft_targets": 110_000,
    "degradation_curves": 60_000,
    "gradient_norms": 60_000,
    "loss_surfaces": 220_000,
    "two_loops": 110_000,
    "resnet_stages": 130_000,
    "signal_race": 170_000,
    "size_lab": 60_000,
    "skipped_blocks": 110_000,
}


def grouped(name, *values):
    """As a parameter: the tests of one figure run in one process."""
    return pytest.param(*(values or [name]), marks=pytest.mark.xdist_group(f"figure {name}"), id=name)


@pytest.fixture(scope="module", params=[grouped(name) for name in PICTURES])
def page(request):
    return Page(PICTURES[request.param]())


@pytest.fixture(scope="module")
def states(page):
    """Each state once: (settings, HTML)."""
    found = []
    for settings in page.settings():
        page.set(**settings)
        (html,) = page.shown()
        found.append((settings, html))
    return found


def test_each_state_has_a_picture_with_words_for_those_who_cannot_see_it(states):
    for settings, html in states:
        (picture,) = [e for e in elements(html) if e.tag == "svg"]
        assert picture.get("role") == "img", settings
        assert len(picture.get("aria-label")) > 40, settings


def test_states_that_look_different_are_described_differently(states):
    pictures = {html.split("</svg>")[0] for _, html in states}
    labels = {next(e for e in elements(html) if e.tag == "svg").get("aria-label") for _, html in states}
    assert len(labels) == len(pictures)


def test_each_state_has_one_message_that_is_announced(states):
    for settings, html in states:
        (line,) = [e for e in elements(html) if e.get("class") == "rl-says"]
        assert line.get("aria-live") == "polite"
        assert any(e.tag == "code" for e in line), settings


def test_no_state_has_a_heading_or_an_id(states):
    for _, html in states:
        assert not [e.tag for e in elements(html) if re.fullmatch("h[1-6]", e.tag) or e.get("id")]


def test_text_stays_inside_the_picture(states):
    for settings, html in states:
        picture = next(e for e in elements(html) if e.tag == "svg")
        _, _, width, height = map(float, picture.get("viewBox").split())
        for text in picture.iter("text"):
            places = [float(x) for x in text.get("x").split()]
            length = len(text.text) * 7.2 if len(places) == 1 else 8
            style = f"{picture.get('class')} {text.get('class', '')}".split()
            before = {"m": 0.5, "e": 1}.get(next((s for s in ("e", "m") if s in style), ""), 0) * length
            assert min(places) - before >= -1, (settings, text.text)
            assert max(places) - before + length <= width + 1, (settings, text.text)
            assert 12 <= float(text.get("y")) <= height, (settings, text.text)


def test_colours_are_named_by_the_palette_only(states):
    for _, html in states:
        assert "#" not in re.sub(r"href='#[a-z0-9-]+'", "", html)
        assert "fill=" not in html
        assert "stroke=" not in html


def test_every_control_has_a_label(page):
    controls = [m for m in page.models.values() if re.search("Slider|Dropdown|Buttons", m["model_name"])]
    assert len([c for c in controls if "description" in c["state"] and c["state"]["description"]]) == len(
        [c for c in controls if "_options_labels" in c["state"] or "min" in c["state"]]
    )
    assert page.controls()


def test_only_links_that_need_no_kernel(page):
    sources = {"IntSliderModel": "value"} | dict.fromkeys(
        ("SelectionSliderModel", "ToggleButtonsModel", "DropdownModel"), "index"
    )
    links = page.named("LinkModel")
    assert len(links) == len(page.named("StackModel"))
    for link in links:
        (source, trait), (target, target_trait) = link["source"], link["target"]
        assert sources[page.model(source)["model_name"]] == trait
        assert (page.model(target)["model_name"], target_trait) == ("StackModel", "selected_index")


def test_states_share_their_layouts_and_styles(page):
    assert len(page.named("LayoutModel")) <= 3
    assert len(page.named("HTMLStyleModel")) == 1


@pytest.mark.parametrize("name", [grouped(name) for name in PICTURES])
def test_figures_are_light(name):
    assert state_size(PICTURES[name]()) < LIMITS[name]


def test_the_figures_of_a_chapter_together_are_light():
    chapter = [shape_ladder(), conv_arithmetic(), adaptive_windows(), *(a_question() for _ in range(6))]
    assert sum(map(state_size, chapter)) < 700_000


@pytest.mark.parametrize("make", [*(grouped(name, make) for name, make in PICTURES.items()), a_question])
def test_the_style_sheet_comes_with_the_figure_and_is_not_shown(make):
    figure = make()
    page = Page(figure)
    (style,) = [s for s in page.named("HTMLModel") if s["value"].startswith("<style>")]
    assert page.model(style["layout"])["state"]["display"] == "none"
    assert Tags(style["value"]).names == ["style"]
    assert "rl-widget" in page.models[page.root]["state"]["_dom_classes"]

    # Where no widget can be shown stands the picture of its state; a question has none, and is not answered there.
    bundle = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    if make is a_question:
        assert "text/html" not in bundle
    else:
        (picture,) = pictures(bundle)
        assert picture.mime == "image/svg+xml" and len(picture.alt) > 40
        drawing = ElementTree.fromstring(base64.b64decode(picture.base64))
        assert not any(shape.tag.endswith("use") for shape in drawing.iter())  # nothing of the page is in reach
        assert drawing.get("width") == "432" and ".rl-pic" in drawing[0].text
        words = words_beside(bundle)
        assert all(f"{description}: " in words for description in page.controls())
        assert as_text([{"output_type": "display_data", "data": bundle}]).startswith("[An interactive figure: ")
