"""Chapter 6 taught in a real JupyterLab, with the keyboard: the live notebook, its commands, an error and its fix, a figure."""

import pytest
from lab import Hands, jupyter_lab

from resnet_live.live.chapter import find_chapter
from resnet_live.live.pages.live_notebook import build


@pytest.fixture
def hands(browser, tmp_path):
    folder = tmp_path / "lab"
    (notebook,) = build([find_chapter(6)], folder)
    with jupyter_lab(folder, {"RESNET_LIVE_PROFILE": "smoke", "OMP_NUM_THREADS": "1"}) as address:
        hands = Hands(browser, address, notebook.name)
        yield hands
        hands.page.close()


@pytest.mark.timeout(600)  # a whole chapter, typed
def test_a_lesson(hands):
    assert "Chapter 6" in hands.shown(hands.run(hands.cell("%load_ext")))
    hands.run(hands.cell("# 6.0 ·"))

    # The prompt's own cell is filled, and fails as planned.
    prompt = hands.add(hands.cell("# 6.1 ·"), "%next")
    hands.run(prompt)
    assert "NaiveResBlock(3, 32, stride=2)(x)" in hands.code(prompt)
    hands.run(prompt)
    assert "RuntimeError" in hands.shown(prompt) and "non-singleton dimension 3" in hands.shown(prompt)

    # A late student.
    catchup = hands.run(hands.below(prompt, "%catchup 6.7"))
    assert "You stand at 6.7" in hands.shown(catchup) and "PoolBlock" in hands.shown(catchup)

    # The planned mistake comes into the next cell, fails, and `%next` gives the fix.
    mistake = hands.run(hands.below(catchup, "%mistake"))
    assert "fail" not in hands.shown(mistake)  # the class sees it
    wrong = hands.run(hands.after(mistake))
    assert "# 6.8 ·" in hands.code(wrong) and "RuntimeError" in hands.shown(wrong)
    fix = hands.run(hands.after(hands.run(hands.below(wrong, "%next"))))
    assert "# 6.9 ·" in hands.code(fix) and "RuntimeError" not in hands.shown(fix)

    where = hands.shown(hands.run(hands.below(fix, "%where")))
    assert "stands at 6.9" in where and "planned" in where

    # The kernel is restarted in the middle.
    hands.restart()
    said = hands.shown(hands.run(hands.cell("%load_ext")))
    assert "restarted" in said and "%catchup 6.9" in said
    cell = hands.run(hands.below(hands.cell("%load_ext"), "%catchup"))
    assert "You stand at 6.9" in hands.shown(cell)

    # A figure moves. Its code is folded: one goes on to it with Shift+Enter from its prompt.
    prompt = hands.page.locator(".jp-Notebook .jp-MarkdownCell", has_text="6.35 ·")
    prompt.click()
    hands.page.keyboard.press("Shift+Enter")
    hands.page.keyboard.press("Shift+Enter")
    cell = hands.after(prompt)
    figure = cell.locator(".jp-OutputArea-output .jupyter-widgets").first
    figure.wait_for()
    before = figure.inner_text()
    handle = cell.locator(".noUi-handle").first
    handle.focus()
    handle.press("ArrowRight")
    hands.page.wait_for_timeout(500)
    assert figure.inner_text() != before
