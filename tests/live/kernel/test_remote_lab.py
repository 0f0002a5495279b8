"""The remote control in JupyterLab: in a second window and in a console, beside the notebook that is taught from."""

import re

import nbformat
import pytest
from lab import TOKEN, Hands, jupyter_lab
from nbformat.v4 import new_code_cell, new_notebook

from resnet_live.live.chapter import read_chapter
from resnet_live.live.pages.live_notebook import build


@pytest.fixture
def lesson(browser, small_book, tmp_path):
    """The live notebook of the made-up chapter in JupyterLab, its first cell run; and the address of the server."""
    folder = tmp_path / "lab"
    (notebook,) = build([read_chapter(small_book)], folder)
    speaker = new_notebook(cells=[new_code_cell("%remote")])
    speaker.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(speaker, folder / "speaker.ipynb")
    with jupyter_lab(folder, {}) as address:
        hands = Hands(browser, address, notebook.name)
        first = hands.run(hands.cell("%load_ext"))
        first.locator(".jp-OutputArea-output").first.wait_for()
        yield hands, address
        hands.page.close()


def second_window(browser, address):
    """The speaker's notebook in a window of its own, on the kernel of the live notebook."""
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.goto(f"{address}/lab/workspaces/speaker/tree/speaker.ipynb?token={TOKEN}")
    page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle")).wait_for()
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Change Kernel…").click()
    choice = page.locator(".jp-Dialog select")
    choice.select_option(value=choice.locator("option", has_text="02_small").first.get_attribute("value"))
    page.locator(".jp-Dialog .jp-mod-accept").click()
    page.locator(".jp-Dialog").wait_for(state="detached")
    page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle")).wait_for()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Catch up", exact=True).wait_for()
    return page


def test_a_class_with_a_speakers_window(lesson, browser):
    hands, address = lesson
    hands.run(hands.cell("# 2.0"))
    page = second_window(browser, address)
    shown = page.locator(".jp-Notebook .jp-OutputArea").first
    shown.get_by_text("Done: 2.0").wait_for()
    for number in ("2.1", "2.2"):
        prompt = hands.cell(f"# {number}")
        hands.run(hands.add(prompt, "%next"))  # the prompt's own cell is filled
        hands.run(hands.cell(f"# {number}"))
        shown.get_by_text(f"Done: {number}").wait_for()
    assert hands.page.locator(".jp-Notebook .cm-content", has_text="# 2.2").count() == 1

    page.get_by_role("button", name="Mistake", exact=True).click()
    shown.get_by_text("Chosen: the mistake 2.3.").wait_for()
    hands.run(hands.add(hands.cell("# 2.3"), "%next"))
    assert "NameError: name 'missing' is not defined" in hands.shown(hands.run(hands.cell("# 2.3")))
    shown.get_by_text("Done: 2.3").wait_for()

    page.get_by_role("button", name="Catch up", exact=True).click()
    shown.get_by_text("Press Catch up again to do it.").wait_for()
    page.get_by_role("button", name="Catch up", exact=True).click()
    shown.get_by_text("You stand at 2.3.").wait_for()
    page.close()


def test_the_remote_control_in_a_console_of_the_notebook(lesson):
    hands, _ = lesson
    page = hands.page
    page.locator(".jp-Notebook .jp-MarkdownCell").first.click(button="right")
    page.get_by_text("New Console for Notebook").click()
    page.locator(".jp-CodeConsole-promptCell .cm-content").click()
    page.keyboard.insert_text("%remote")
    page.keyboard.press("Shift+Enter")
    console = page.locator(".jp-CodeConsole")
    console.get_by_text("Next: 2.0").wait_for()
    hands.run(hands.cell("# 2.0"))
    console.get_by_text("Done: 2.0").wait_for()
