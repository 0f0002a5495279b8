"""The first session taught by keyboard: its notebook in JupyterLab, the remote on a phone, three students on the board."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import Hands, jupyter_lab
from visitor_pages import cell_of, new_page

from resnet_live.live.pages.session_chapter import find_session_chapter
from resnet_live.live.pages.session_notebook import build_for_class

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def hands(browser, tmp_path):
    folder = tmp_path / "lab"
    placed = build_for_class(find_session_chapter("pooling_to_residual"), folder)
    own = {"RESNET_LIVE_PROFILE": "smoke", "OMP_NUM_THREADS": "1", "RESNET_LIVE_CACHE": str(tmp_path / "cache")}
    with jupyter_lab(folder, own) as address:
        hands = Hands(browser, address, placed.file.name)
        yield hands
        hands.page.close()


@pytest.fixture
def problems():
    """What goes wrong in the browsers of students and remote."""
    return []


@pytest.fixture
def visitors(browser, problems):
    """(three students, the instructor's phone), with no page open yet."""
    desk, phone, late = (
        new_page(browser, problems, viewport=size, color_scheme=scheme)
        for size, scheme in (({"width": 1280, "height": 800}, "light"), (PHONE, "dark"), (PHONE, "light"))
    )
    remote = new_page(browser, problems, viewport=PHONE)
    yield [desk, phone, late], remote
    for page in (desk, phone, late, remote):
        page.context.close()


@pytest.mark.slow
@pytest.mark.kernel
@pytest.mark.timeout(600)  # JupyterLab and two kernels that import torch
def test_the_first_session(hands, visitors, problems):
    page, keyboard, students, remote = hands.page, hands.page.keyboard, *visitors
    desk, phone, late = students
    everything = page.locator(".jp-Notebook").inner_text

    hands.cells().first.locator(".cm-content").click()  # the only click in the notebook
    hands.enter("37 steps of chapters 2, 5 and 6", "2.0 ·")
    keyboard.press("ArrowDown")  # past the chapter's heading

    # The board opens, and the remote control.
    address = re.search(r"http://127\.0\.0\.1:\d+/", hands.shown(hands.say("%share on", "The board is open")))[0]
    link = re.search(r"http\S+/remote#\S+", hands.shown(hands.say("%remote", "/remote#")))[0]
    for student in (desk, phone):
        student.goto(address)
        student.get_by_text("Nothing has been run yet.").wait_for()
    remote.goto(link)
    remote.get_by_text("Next: 2.0").wait_for()

    setup = hands.enter("2.1 · Write digit_net")
    assert "digit_net" not in hands.code(setup)
    for student in (desk, phone):
        cell_of(student, "2.0").wait_for()
    remote.get_by_text("Next: 2.1 · Write digit_net").wait_for()
    assert "Ask for the next size before each line" in remote.locator("#note").inner_text()

    # `%next` fills the cell it was written in, and that cell has the focus: Shift+Enter runs it.
    hands.holds("# 2.1 ·")
    assert hands.code(page.locator(".jp-CodeCell.jp-mod-active")).strip() == "# 2.1 ·"
    hands.type_below("%next")
    hands.enter()
    hands.holds("# 2.1 · Write digit_net")
    hands.enter("2.2 · Give digit_net a picture")
    for student in (desk, phone):
        cell_of(student, "2.1").locator(".code", has_text="digit_net").wait_for()
        assert "Ask for the next size" not in student.locator("body").inner_text()

    # What is typed by hand counts as well. A slip: the class sees the error, and what puts it right.
    hands.type_below("digit_net(torch.randn(1, 1, 128, 128)).shpe")
    hands.enter("AttributeError", keys="Control+Enter")
    for student in (desk, phone):
        cell_of(student, "2.2").locator(".last", has_text="no attribute 'shpe'").wait_for()
    hands.to_the_end()
    keyboard.press("Backspace")
    keyboard.press("Backspace")
    keyboard.insert_text("ape")
    hands.enter("torch.Size", "2.10 · Write conv_stack")
    for student in (desk, phone):
        cell_of(student, "2.2").locator(".added", has_text=".shape").wait_for()
        assert student.locator("article.failed").count() == 1
    assert cell_of(phone, "2.2").locator(".difference").evaluate("lines => lines.scrollWidth <= lines.clientWidth")
    remote.get_by_text("Done: 2.2").wait_for()

    # A step that is not the cell's own comes into a new cell, which gets the focus.
    hands.type_below("%next 2.15")
    hands.enter()
    hands.holds("# 2.15 · Pool the last features")
    hands.enter("NameError")
    hands.holds("# 2.11 ·")

    # A student comes late, reads all of it, and takes home what ran.
    late.goto(address)
    cell_of(late, "2.15").locator(".last", has_text="NameError").wait_for()
    assert late.locator("article .number").all_inner_texts() == ["2.0", "2.1", "2.2", "2.2", "2.15"]
    with late.expect_download() as taken:
        cell_of(late, "2.15").get_by_role("link", name="Everything until 2.15 as .py").click()
    state = taken.value.path().read_text(encoding="utf-8")
    compile(state, "state.py", "exec")
    assert "# 2.1 · Write digit_net" in state and "128, 128)).shape" in state
    assert "shpe" not in state and "AdaptiveAvgPool2d" not in state  # what failed makes no state

    # Large type with nothing beside it, and back.
    hands.type_below("%stage")
    hands.enter(keys="Control+Enter")
    page.locator("#resnet-live-stage").wait_for(state="attached")
    prompt, bar = page.locator(".jp-InputPrompt").first, page.locator(".jp-SideBar.jp-mod-left")
    page.wait_for_function("document.querySelector('.jp-SideBar.jp-mod-left').offsetWidth <= 1")
    assert not prompt.is_visible() and not page.locator("#jp-left-stack").is_visible()
    size = "getComputedStyle(document.querySelector('.jp-CodeCell .cm-content')).fontSize"
    assert page.evaluate(size) == "24px"
    hands.enter(keys="Control+Enter")
    page.locator("#resnet-live-stage").wait_for(state="detached")
    page.wait_for_function("document.querySelector('.jp-SideBar.jp-mod-left').offsetWidth > 20")
    assert prompt.is_visible() and bar.is_visible() and page.locator("#jp-left-stack").is_visible()
    assert page.evaluate(size) != "24px"

    # Stuck; then an exercise, which begins with nobody stuck and nobody done.
    desk.get_by_role("button", name="Stuck").click()
    remote.locator("#room", has_text="1 stuck").wait_for()
    remote.get_by_role("button", name="Start", exact=True).click()
    phone.get_by_role("button", name="Done").click()
    desk.get_by_text("1 of 3 done").wait_for()
    hands.say("%timer", "Done: 1. Stuck: 0. 3 look on.")

    # Catching up over two chapters, and a mistake whose fix is not in sight before it has happened: the remote alone knows.
    hands.say("%catchup 5.24", "You stand at 5.24", "5.26 ·")
    remote.get_by_text("Next: 5.26").wait_for()
    assert "It is planned to fail." in remote.locator("#wrong").inner_text()
    remote.get_by_text("The fix", exact=True).click()
    remote.locator("#wrong .code", has_text="NaiveResBlock(32, 32)").wait_for()
    remote.get_by_role("button", name="Where", exact=True).click()
    remote.locator("#message", has_text="The class stands at 5.24").wait_for()
    assert remote.locator("#wrong .code").is_visible()  # what was opened stays open
    hands.say("%mistake")
    hands.holds("# 5.26 ·")
    remote.get_by_text("In the cell: 5.26").wait_for()
    assert "Fix it, for now" not in everything()
    assert all(
        "planned to fail" not in shown() for shown in (everything, *(s.locator("body").inner_text for s in students))
    )
    hands.enter("RuntimeError", "5.27 · Fix it, for now")
    remote.get_by_text("Next: 5.27").wait_for()
    for student in students:
        cell_of(student, "5.26").locator(".last", has_text="RuntimeError").wait_for()
    hands.say("%next")
    hands.holds("# 5.27 ·")
    hands.enter("torch.Size([1, 32, 128, 128])")
    for student in students:
        cell_of(student, "5.27").get_by_text("What fixes step 5.26:").wait_for()
        cell_of(student, "5.27").locator(".added", has_text="NaiveResBlock(32, 32)").wait_for()

    # A vote: it opens with its cell, is counted, and tells no answer before it is shown.
    hands.say("%next 5.32")
    hands.holds("# 5.32 ·")
    hands.enter()
    for student, choice in zip(students, ("It runs", "An error at dimension 1", "It runs"), strict=True):
        student.get_by_role("button", name=choice, exact=True).click()
        student.get_by_text(f"Yours: {choice}.").wait_for()
    desk.get_by_text("3 votes so far.").wait_for()
    assert all("right" not in student.locator("#vote").inner_text() for student in students)
    remote.get_by_text("(open, 3)").wait_for()
    remote.get_by_role("button", name="Show", exact=True).click()
    for student in students:
        student.locator("#vote .right", has_text="It runs").wait_for()
    hands.say("%vote show", "It runs ✓")
    remote.get_by_text("Next: 5.33").wait_for()  # 5.28 was skipped, and nothing needs it: notebook and remote agree
    assert "Nothing later needs it" in everything() and "counts on" not in remote.locator("#wrong").inner_text()

    # All that was said and shown fits a phone, and can be read and heard.
    for visitor in (desk, phone, remote):
        found = Axe().run(visitor)
        assert found.violations_count == 0, found.generate_report()
        assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # The kernel is restarted: place, plan, clock and board are known.
    before = desk.locator("article").count()
    with hands.restarting():
        for key in ("Escape", "0", "0"):
            keyboard.press(key)
        page.locator(".jp-Dialog .jp-mod-accept").wait_for()
        keyboard.press("Enter")
    for _ in range(40):
        keyboard.press("k")  # up to the first cell
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    hands.enter("%catchup 5.32", "The board goes on", keys="Control+Enter")
    remote.get_by_text("Connected", exact=True).wait_for()
    hands.type_below("%where")
    hands.enter("The class stands at 5.32", "min after the start")
    hands.say("%catchup", "You stand at 5.32")

    # The class goes on, by the remote control: the next mistake fails without an error.
    remote.get_by_role("button", name="Next", exact=True).click()
    remote.get_by_text("Chosen: 5.33", exact=False).first.wait_for()
    hands.say("%next")
    hands.holds("# 5.33 ·")
    hands.enter("torch.Size([1, 32, 128, 128])")
    for student in students:
        cell_of(student, "5.33").locator(".verdict", has_text="ran, and is wrong").wait_for()
        assert student.locator("article").count() == before + 1
        student.get_by_role("button", name="Show the vote on 5.32").wait_for()  # it makes room, and can be opened
        assert not student.locator("#choices").is_visible()
    assert problems == []

    hands.say("%share off", "nothing of it is kept")
    for student in students:
        student.get_by_text("Disconnected").wait_for()
        assert student.evaluate("document.documentElement.scrollWidth <= innerWidth")
