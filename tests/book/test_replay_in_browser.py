"""The replay pages: a slider and a play button step through a recorded session with no kernel."""

import re

import pytest
from visiting import one_visit, open_page

PAGES = {
    "book/instructor/replay_pooling_to_residual": ("2", "5", "6"),
    "book/instructor/replay_pytorch": ("7", "8"),
}
SHOWN = 4000  # ms for which a cell is shown while it plays

opened = one_visit(PAGES)


@pytest.fixture
def replayed(opened):
    """A replay that stands at its first cell."""
    page = opened.page
    page.wait_for_selector(".rl-replay .rl-run")
    page.locator(".rl-replay input[type=range]").focus()
    page.keyboard.press("Home")
    wait_for_cell(page, 1)
    return opened


def says(page) -> str:
    return page.locator(".rl-replay .rl-says").inner_text()


def wait_for_cell(page, number):
    page.wait_for_function(
        "n => document.querySelector('.rl-replay .rl-where').innerText.startsWith(`Cell ${n} `)", arg=number
    )


def count_cells(page) -> int:
    return int(re.search(r"Cell 1 of (\d+)", page.locator(".rl-where").inner_text())[1])


def test_the_slider_walks_through_the_whole_session(replayed, request):
    page = replayed.page
    assert page.get_by_role("slider", name="cell", exact=True).count() == 1
    count = count_cells(page)
    read = []
    for number in range(1, count + 1):
        wait_for_cell(page, number)
        assert f"Cell {number} of {count}" in page.locator(".rl-where").inner_text()
        read.append(says(page))
        page.keyboard.press("ArrowRight")
    assert len(set(read)) == count
    chapters = PAGES[request.node.callspec.params["opened"]]
    assert {re.search(r"Step (\d+)\.", words)[1] for words in read} == set(chapters)
    assert any("✗ It fails." in words for words in read)
    assert any("✓ It fixes step" in words for words in read)
    assert replayed.went_wrong() == []


def test_a_fix_shows_its_difference_with_signs(replayed):
    page = replayed.page
    signs = set()
    for number in range(1, min(count_cells(page), 60) + 1):
        wait_for_cell(page, number)
        signs |= {text.strip()[:1] for text in page.locator(".rl-run .rl-line:is(ins, del)").all_inner_texts()}
        if signs == {"+", "−"}:
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"no fix with lines taken out and put in: {signs}")


@pytest.fixture
def with_a_clock(browser, address, request):
    """A replay whose clock the test moves on."""
    context = browser.new_context()
    yield open_page(context, address, request.param).page
    context.close()


@pytest.mark.parametrize("with_a_clock", PAGES, indirect=True)
def test_play_moves_on_by_itself_and_pauses(with_a_clock):
    page = with_a_clock
    page.wait_for_selector(".rl-replay .rl-run")
    page.clock.install(time="2026-01-01 12:00")
    page.clock.pause_at("2026-01-01 13:00")
    button = page.get_by_role("button", name="Play or pause")
    button.click()
    page.clock.run_for(SHOWN + 500)  # the second cell comes at once
    wait_for_cell(page, 3)
    button.click()
    page.clock.run_for(300)
    stopped = page.locator(".rl-where").inner_text()
    assert page.locator(".rl-replay .rl-readout").inner_text() == stopped.split()[1]
    page.clock.run_for(SHOWN + 1000)
    assert page.locator(".rl-where").inner_text() == stopped
    page.get_by_role("button", name="Stop: back to the first").click()
    page.clock.run_for(300)
    assert page.locator(".rl-where").inner_text().startswith("Cell 1 ")


def test_the_page_says_that_it_is_a_rehearsal(replayed):
    text = replayed.page.locator("article").inner_text()
    assert "This is a rehearsal." in text
    assert "minutes planned" in text
    assert "record-session" in text
