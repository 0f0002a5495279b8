"""The interactive figures in the built pages: no kernel, only what the page carries."""

import re

from test_pages import CHAPTERS
from visiting import WIDGET_VIEWS, one_visit

from resnet_live.questions import chapter_questions


def says(page) -> list[str]:
    return page.locator(".rl-says").all_inner_texts()


def wait_for_other_words(page, before):
    """Until some figure of the page says something else; a figure that does not fails the test."""
    page.wait_for_function(
        "before => [...document.querySelectorAll('.rl-says')].some((one, n) => one.innerText !== before[n])", arg=before
    )


opened = one_visit(CHAPTERS)


def test_widgets_come_up_cleanly(light):
    assert light.went_wrong() == []
    page = light.page
    assert page.locator(WIDGET_VIEWS).count() > 0, "a chapter has at least one interactive figure"
    assert page.locator(".rl-view > .rl-widget").count() == page.locator(WIDGET_VIEWS).count()


def test_words_in_figures_are_large_enough_for_a_phone(phone):
    """Of charts and drawings; powers of ten in their two sizes are left out."""
    small = phone.page.locator(".bd-article svg text:not(:has(tspan))").evaluate_all(
        """words => words.map(t => {
            const scale = t.getScreenCTM()
            return [t.textContent, parseFloat(getComputedStyle(t).fontSize) * Math.hypot(scale.a, scale.b)]
        }).filter(([_, size]) => size < 11)"""
    )
    assert small == []


def test_a_chart_has_the_column_and_words_as_large_as_the_text(light):
    charts = light.page.locator(".rl-figure > svg").evaluate_all(
        """charts => charts.map(chart => {
            const text = parseFloat(getComputedStyle(document.querySelector('.bd-article p')).fontSize)
            const words = [...chart.querySelectorAll('text:not(:has(tspan))')].map(t =>
                parseFloat(getComputedStyle(t).fontSize) * Math.hypot(t.getScreenCTM().a, t.getScreenCTM().b) / text)
            const share = chart.getBoundingClientRect().width / chart.closest('.cell').getBoundingClientRect().width
            return [share, Math.min(...words), Math.max(...words)]
        })"""
    )
    assert all(share > 0.85 and smallest > 0.7 and largest < 1.1 for share, smallest, largest in charts), charts


def test_every_slider_changes_what_its_figure_says(light):
    page = light.page
    for handle in page.locator("input[type=range]").all():
        name = handle.evaluate("h => document.getElementById(h.getAttribute('aria-labelledby')).textContent.trim()")
        assert name, "a slider must have a name"
        before = says(page)
        stood, said = handle.input_value(), handle.get_attribute("aria-valuetext")
        handle.focus()
        page.keyboard.press("ArrowRight")
        if handle.input_value() == stood:  # at its end
            page.keyboard.press("ArrowLeft")
        wait_for_other_words(page, before)
        assert handle.get_attribute("aria-valuetext") not in ("", said), f"{name}: what it is set to now"


def test_a_slider_says_its_value_and_is_one_stop_for_the_tabulator(light):
    """Not the place of the value: 128, and not 2."""
    for box in light.page.locator(".rl-slider:has(.rl-readout)").all():
        readout = box.locator(".rl-readout")
        assert readout.inner_text() == box.locator("input").get_attribute("aria-valuetext")
        assert readout.get_attribute("tabindex") is None and readout.get_attribute("contenteditable") is None


def test_every_menu_changes_what_its_figure_says(light):
    page = light.page
    for menu in page.locator(".rl-widget select").all():
        before = says(page)
        count = menu.locator("option").count()
        now = menu.evaluate("m => m.selectedIndex")
        menu.select_option(index=(now + 1) % count)
        wait_for_other_words(page, before)


def test_no_reason_can_be_read_before_somebody_has_chosen(light, request):
    page, name = light.page, request.node.callspec.params["opened"]
    chapter = int(name.removeprefix("book/")[:2])
    text = " ".join(page.locator("body").inner_text().split())
    for question in chapter_questions(chapter).values():
        for choice in question.choices:
            for part in re.split(r"\{\w+\}", choice.why.replace("`", "")):
                assert len(part) < 20 or " ".join(part.split()) not in text, question.step


def test_every_prediction_answers_with_a_reason(light):
    page = light.page
    questions = page.locator(".rl-predict")
    assert questions.count() >= 2
    for question in questions.all():
        assert not re.search("Right\\.|Not quite\\.", question.inner_text()), "nothing is revealed before choosing"
        group = question.get_by_role("group", name=question.locator(".rl-question").inner_text(), exact=True)
        buttons = group.locator("button").all()
        replies = []
        for button in buttons:
            assert button.get_attribute("aria-pressed") == "false"
            button.focus()
            page.keyboard.press("Enter")
            page.wait_for_function("b => b.getAttribute('aria-pressed') === 'true'", arg=button.element_handle())
            assert group.locator("[aria-pressed=true]").count() == 1
            assert question.locator(".rl-mark").inner_text().startswith("Answered")
            replies.append(question.locator(".rl-says").inner_text())
        assert sum("Right." in reply for reply in replies) == 1
        assert sum("Not quite." in reply for reply in replies) == len(buttons) - 1


def test_the_shape_ladder_reads_right(visit):
    page = visit("book/02_adaptive_pooling").page
    handle = page.locator(".rl-shape-ladder input[type=range]")
    handle.focus()
    page.keyboard.press("Home")
    read = set()
    for _ in range(30):
        read.update(re.findall(r"3×(\d+)×\1.*?256×(\d+)×\2", " ".join(says(page)), flags=re.DOTALL))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(120)
    for pair in [("128", "4"), ("160", "5"), ("256", "8"), ("1024", "32")]:
        assert pair in read


def test_the_block_explorer_is_fixed_step_by_step(visit):
    page = visit("book/06_skip_path").page
    explorer = page.locator(".rl-block-explorer")
    words = explorer.locator(".rl-says")

    def press(label):
        explorer.get_by_role("button", name=label, exact=True).click()
        page.wait_for_timeout(200)
        return words.inner_text()

    assert "must match the size of tensor b (128) at non-singleton dimension 3" in words.inner_text()
    pooled = press("pooling")
    assert "tensor a (32) must match the size of tensor b (3) at non-singleton dimension 1" in pooled
    assert press("1×1") == "It fits. F(x) is 32×64×64 and so is the skip path."
    assert press("no pooling").startswith("PyTorch raises.")
    press("no 1×1")
    explorer.locator("input[type=range]").first.focus()
    page.keyboard.press("Home")  # one channel in
    explorer.locator("input[type=range]").nth(1).focus()
    page.keyboard.press("Home")  # stride 1
    page.wait_for_timeout(250)
    assert words.inner_text().startswith("Runs, and is wrong. F(x) is 32×128×128, the skip path 1×128×128")
    assert explorer.locator("circle.silent").count() == 1


def test_the_block_starts_as_the_identity(visit):
    page = visit("book/05_naive_resblock").page
    figure = page.locator(".rl-identity-start")
    words = figure.locator(".rl-says")
    assert "every output is its input plus 0.001" in words.inner_text()
    figure.locator("input[type=range]").focus()
    page.keyboard.press("End")
    page.wait_for_timeout(250)
    assert words.inner_text().startswith("γ = 1.0: F(x) adds between −")


def test_concatenation_grows_where_addition_does_not(visit):
    page = visit("book/06_skip_path").page
    figure = page.locator(".rl-add-or-concat")
    handle = figure.locator("input[type=range]").first
    handle.focus()
    for key, said in [("Home", "64 + 1·32 = 96"), ("End", "64 + 12·32 = 448")]:
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        assert said in figure.locator(".rl-says").inner_text()


def test_the_two_loops_walk_through_one_turn(visit):
    figure = visit("book/08_pure_pytorch").page.locator(".rl-two-loops")
    handle = figure.locator("input[type=range]")
    handle.focus()
    handle.press("Home")
    read = []
    for _ in range(12):
        handle.page.wait_for_timeout(150)
        read.append(figure.locator(".rl-says").inner_text().split(":")[0])
        handle.press("ArrowRight")
    assert len(set(read)) == 12
    assert (read[0], read[-1]) == ("set up", "test")
    assert read.index("forget the old gradients") < read.index("backward") < read.index("step") < read.index("schedule")
