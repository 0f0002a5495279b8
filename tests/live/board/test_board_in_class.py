"""A class with its board, in browsers: what no visitor may do, what runs long, a server that is killed. A lesson with it, with votes,
signals and a restart of the kernel, stands in `test_session_lab`."""

import json
import os
import re
import urllib.request

import pytest
from made_up import step
from processes import gone
from visitor_pages import new_page

from resnet_live.live.board.board_folder import lives
from resnet_live.live.chapter import read_chapter

PICTURES = """
from IPython.display import HTML, display
from PIL import Image as Pixels
from resnet_live.widgets import strided_or_pooled
red = Pixels.new("RGB", (40, 40), "red")
red.save("red.png")
display({"image/png": open("red.png", "rb").read(), "text/plain": "A red one."}, raw=True)
display(HTML('<svg width="60" height="30" aria-label="A green one."><rect width="60" height="30" fill="green"/></svg>'))
strided_or_pooled()
"""
FIRST = "%load_ext resnet_live.live\n%chapter 2"


@pytest.fixture
def class_chapter(book):
    """A chapter with a mistake and its fix, and a cell that would do harm in a page."""
    return read_chapter(
        book(
            step("2.0", "import time", kind="setup", prompt="Load"),
            step("2.1", "widths = [3, 16, 32]", prompt="Widths"),
            step("2.2", "def net(x):\n    return x * widths[3]", prompt="A net"),
            step("2.3", "net(2)", kind="mistake", raises=True, prompt="Call it"),
            step("2.4", "def net(x):\n    return x * widths[2]\nnet(2)", kind="fix", prompt="Mend it"),
            step("2.5", "print('<img src=x onerror=alert(1)>')", prompt="<b onclick=alert(1)>Say</b> it"),
        )
    )


@pytest.fixture
def open_board(class_chapter, kernel):
    """The kernel of a class that has opened its board, the chapter, and the board's address."""
    kernel.run(FIRST)
    address = re.search(r"http://127\.0\.0\.1:\d+/", kernel.run("%share on").text)[0]
    yield kernel, class_chapter, address
    kernel.run("%share off")


def settings(tmp_path) -> dict:
    """What the board's folder says of its server."""
    (file,) = tmp_path.glob("cache/live/boards/*/settings.json")
    return json.loads(file.read_text())


@pytest.mark.timeout(300)
def test_a_class_and_its_board(open_board, browser, tmp_path):
    kernel, chapter, address = open_board
    problems: list[str] = []
    run = lambda number: kernel.run(chapter.step(number).code)  # noqa: E731
    one, two = (new_page(browser, problems, viewport={"width": 1280, "height": 800}) for _ in range(2))
    phone = new_page(browser, problems, viewport={"width": 390, "height": 844}, color_scheme="dark")
    students = [one, two, phone]
    run("2.0")
    for student in students:
        student.goto(address)
        student.get_by_role("heading", name="2.0").wait_for()

    # The instructor's remote control: the link opens one browser.
    link = re.search(r"http\S+/remote#\S+", kernel.run("%remote").text)[0]
    remote = new_page(browser, problems, viewport={"width": 390, "height": 844})
    remote.goto(link)
    remote.get_by_text("Next: 2.1").wait_for()
    assert link.split("#")[1] not in remote.url
    other = new_page(browser, problems)
    other.goto(link)
    other.get_by_text("This browser is not the remote control").wait_for()

    # What is run appears: code, a mistake, its fix as a difference.
    for number in ("2.1", "2.2", "2.3", "2.4"):
        run(number)
    for student in students:
        student.get_by_text("IndexError: list index out of range").first.wait_for()
        student.locator("article", has_text="2.4").locator(".added", has_text="widths[2]").wait_for()
        assert "Note of" not in student.locator("body").inner_text()
    remote.get_by_text("Done: 2.4").wait_for()

    # The remote control chooses, `%next` gives.
    remote.get_by_role("button", name="Mistake", exact=True).click()
    remote.get_by_text("plans no further mistake").wait_for()
    remote.get_by_role("button", name="Next", exact=True).click()
    remote.get_by_text("Chosen: 2.5", exact=False).first.wait_for()
    assert kernel.run("%next").next_input.startswith("# 2.5")

    # Nothing that was typed or printed is taken for a page.
    run("2.5")
    for student in students:
        student.get_by_text("<img src=x onerror=alert(1)>").first.wait_for()
        assert student.locator("article img, article b").count() == 0

    # Pictures are seen as they were in class: a file, a drawing, and a figure with controls as it stood.
    kernel.run(PICTURES)
    for student in students:
        pictures = student.locator("article", has_text="strided_or_pooled()").locator("img.picture")
        pictures.nth(2).wait_for()
        # the page's policy forbids `wait_for_function`, which is made of text
        widths = "Promise.all([...document.querySelectorAll('img.picture')].map(one => one.decode().then(() => one.naturalWidth)))"
        assert min(student.evaluate(widths)) > 20
        assert [pictures.nth(place).get_attribute("alt")[:10] for place in range(2)] == ["A red one.", "A green on"]
        assert "windows" in pictures.nth(2).get_attribute("alt")
        assert student.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Who scrolls back stays there, and is told of what is new.
    one.mouse.move(300, 400)
    one.mouse.wheel(0, -10_000)
    one.get_by_role("button", name="Jump to newest").wait_for()
    kernel.run("'something new'")
    one.get_by_role("button", name="Jump to newest (1 new)").click()
    one.get_by_role("button", name="Jump to newest").wait_for(state="hidden")

    # A cell that runs long is shown while it runs.
    kernel.client.execute("time.sleep(3)\n'slept'")
    one.locator("article.running", has_text="time.sleep(3)").wait_for()
    one.locator("article:not(.running)", has_text="'slept'").wait_for()

    # The server is killed: another takes its place, and nothing is lost.
    before = one.locator("article").count()
    killed = settings(tmp_path)["server"]
    os.kill(killed, 9)
    for student in students:
        student.get_by_text("Disconnected").wait_for()
    for student in students:
        student.get_by_text("Connected", exact=True).wait_for()
    kernel.run("'after the kill'")
    for student in students:
        student.get_by_text("'after the kill'", exact=True).first.wait_for()
    assert one.locator("article").count() == before + 1 and settings(tmp_path)["server"] != killed

    # It is killed again, and at once the kernel is restarted: the class goes on, at the same address, with all that it showed.
    killed = settings(tmp_path)["server"]
    os.kill(killed, 9)
    kernel.restart()
    assert gone(killed), "the server still runs"
    shown = kernel.run(FIRST).text
    assert f"The board goes on at {address}" in shown
    for student in students:
        student.get_by_text("Connected", exact=True).wait_for()
        student.get_by_text("'after the kill'", exact=True).first.wait_for()
    remote.get_by_text("Connected", exact=True).wait_for()
    kernel.run("'after the restart'")
    for student in students:
        student.get_by_text("'after the restart'", exact=True).first.wait_for()
    assert one.locator("article").count() == before + 2 and settings(tmp_path)["server"] not in (0, killed)

    assert problems == []

    # It is closed, and nothing is kept.
    server = settings(tmp_path)["server"]
    assert "nothing of it is kept" in kernel.run("%share off").text
    one.get_by_text("Disconnected").wait_for()
    assert gone(server), "the server still runs"
    assert list(tmp_path.glob("cache/live/boards/*")) == []
    for page in (*students, remote, other):
        page.context.close()


@pytest.mark.kernel
def test_no_server_outlives_its_class(book, tmp_path):
    """The kernel dies, and with it the program that had started it."""
    import subprocess
    import sys

    book(step("2.0", "x = 1"))
    # a program that runs a shell of its own stands for JupyterLab; its child for the kernel
    child = (
        "import os, time\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('%load_ext resnet_live.live\\n%share on')\nprint('shared', flush=True)\ntime.sleep(600)"
    )
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])"
    launcher = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    while "shared" not in (line := launcher.stdout.readline()):
        assert line, "the child did not share"
    found = settings(tmp_path)
    assert lives(tuple(found["kernel"])) and found["launcher"][0] == launcher.pid
    urllib.request.urlopen(f"http://127.0.0.1:{found['port']}/").close()
    launcher.kill()
    os.kill(found["kernel"][0], 9)
    launcher.wait(10)
    assert gone(found["server"]), "the server still runs"
