"""The notebook of a session in a real JupyterLab, by the keyboard alone: prompts that come, the focus, the stage, a restart."""

import pytest
from lab import Hands, jupyter_lab

from resnet_live.live.pages.session_chapter import find_session_chapter
from resnet_live.live.pages.session_notebook import build_for_class

ACTIVE = ".jp-CodeCell.jp-mod-active"


@pytest.fixture
def hands(browser, tmp_path):
    folder = tmp_path / "lab"
    placed = build_for_class(find_session_chapter("pooling_to_residual"), folder)
    with jupyter_lab(folder, {"RESNET_LIVE_PROFILE": "smoke", "OMP_NUM_THREADS": "1"}) as address:
        hands = Hands(browser, address, placed.file.name)
        yield hands
        hands.page.close()


@pytest.mark.timeout(600)  # JupyterLab and two kernels that import torch
def test_a_session_by_the_keyboard_alone(hands):
    page, keyboard = hands.page, hands.page.keyboard

    def enter(*says, keys="Shift+Enter"):
        """Run the cell that has the focus, and wait until it `says` that much; returns it."""
        cell = hands.fixed(page.locator(ACTIVE))
        keyboard.press(keys)
        for text in says:
            cell.locator(".jp-OutputArea-output", has_text=text).first.wait_for(state="attached")
        page.wait_for_timeout(300)
        hands.idle()
        return cell

    def holds(begins):
        """Wait until the cell that has the focus begins with this."""
        page.wait_for_function(
            "begins => (document.querySelector('.jp-CodeCell.jp-mod-active .cm-content')?.textContent ?? '').startsWith(begins)",
            arg=begins,
        )

    def type_below(text):
        """Type into the cell that is chosen, below its line."""
        if "jp-mod-editMode" not in page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook").get_attribute(
            "class"
        ):
            keyboard.press("Enter")
        keyboard.press("Control+End")
        keyboard.press("Enter")
        keyboard.insert_text(text)

    hands.cells().first.locator(".cm-content").click()  # the only click
    enter("37 steps of chapters 2, 5 and 6", "2.0 ·")
    keyboard.press("ArrowDown")  # past the chapter's heading
    setup = enter("2.1 · Write digit_net")
    assert "digit_net" not in hands.code(setup)
    assert hands.code(page.locator(ACTIVE)).strip() == "# 2.1 ·"

    # `%next` fills the cell it was written in, and that cell has the focus: Shift+Enter runs it.
    type_below("%next")
    enter()
    holds("# 2.1 · Write digit_net")
    enter("2.2 · Give digit_net a picture")
    # What is typed by hand counts as well.
    type_below("digit_net(torch.randn(1, 1, 128, 128)).shape")
    enter("torch.Size", "2.10 · Write conv_stack")

    # A step that is not the cell's own comes into a new cell, which gets the focus.
    type_below("%next 2.15")
    enter()
    holds("# 2.15 · Pool the last features")
    enter("NameError")
    holds("# 2.11 ·")

    # Large type with nothing beside it, and back.
    type_below("%stage")
    enter(keys="Control+Enter")
    page.locator("#resnet-live-stage").wait_for(state="attached")
    prompt, bar = page.locator(".jp-InputPrompt").first, page.locator(".jp-SideBar.jp-mod-left")
    page.wait_for_function("document.querySelector('.jp-SideBar.jp-mod-left').offsetWidth <= 1")
    assert not prompt.is_visible() and not page.locator("#jp-left-stack").is_visible()
    size = "getComputedStyle(document.querySelector('.jp-CodeCell .cm-content')).fontSize"
    assert page.evaluate(size) == "24px"
    enter(keys="Control+Enter")
    page.locator("#resnet-live-stage").wait_for(state="detached")
    page.wait_for_function("document.querySelector('.jp-SideBar.jp-mod-left').offsetWidth > 20")
    assert prompt.is_visible() and bar.is_visible() and page.locator("#jp-left-stack").is_visible()
    assert page.evaluate(size) != "24px"

    # Catching up over two chapters, and a mistake whose fix is not in sight before it has happened.
    everything = page.locator(".jp-Notebook").inner_text
    type_below("%catchup 5.24")
    enter("You stand at 5.24", "5.26 ·", keys="Control+Enter")
    assert "Fix it, for now" not in everything()
    type_below("%mistake")
    enter()
    holds("# 5.26 ·")
    enter("RuntimeError", "5.27 · Fix it, for now")

    # The kernel is restarted: place, plan and clock are known.
    keyboard.press("Escape")
    keyboard.press("0")
    keyboard.press("0")
    page.locator(".jp-Dialog .jp-mod-accept").wait_for()
    keyboard.press("Enter")
    page.locator(".jp-Dialog").wait_for(state="detached")
    page.wait_for_timeout(2000)
    hands.idle()
    for _ in range(20):
        keyboard.press("k")  # up to the first cell
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    enter("%catchup 5.26", keys="Control+Enter")
    type_below("%where")
    enter("The class stands at 5.26", "min after the start", keys="Control+Enter")
