"""The replay pages: a slider and a play button step through a recorded session with no kernel."""

import re

import pytest

PAGES = {"replay_pooling_to_residual": ("2", "5", "6"), "replay_pytorch": ("7", "8")}


@pytest.fixture(params=PAGES)
def replayed(request, visit):
    seen = visit(f"book/instructor/{request.param}")
    seen.page.wait_for_selector(".rl-replay .rl-run", timeout=60_000)
    return seen, PAGES[request.param]


def says(page) -> str:
    return page.locator(".rl-replay .rl-says").inner_text()


def press(page, key):
    page.keyboard.press(key)
    page.wait_for_timeout(150)


def test_the_slider_walks_through_the_whole_session(replayed):
    seen, chapters = replayed
    page = seen.page
    handle = page.locator(".rl-replay .noUi-handle")
    assert handle.get_attribute("aria-label") == "cell"
    handle.focus()
    press(page, "Home")
    count = int(re.search(r"Cell 1 of (\d+)", page.locator(".rl-where").inner_text())[1])
    read = []
    for number in range(1, count + 1):
        assert f"Cell {number} of {count}" in page.locator(".rl-where").inner_text()
        read.append(says(page))
        press(page, "ArrowRight")
    assert len(set(read)) == count
    assert {re.search(r"Step (\d+)\.", words)[1] for words in read} == set(chapters)
    assert any("✗ It fails." in words for words in read)
    assert any("✓ It fixes step" in words for words in read)
    assert seen.problems == []


def test_a_fix_shows_its_difference_with_signs(replayed):
    page = replayed[0].page
    page.locator(".rl-replay .noUi-handle").focus()
    press(page, "Home")
    signs = set()
    for _ in range(60):
        signs |= {text.strip()[:1] for text in page.locator(".rl-run .rl-line:is(ins, del)").all_inner_texts()}
        if signs == {"+", "−"}:
            return
        press(page, "ArrowRight")
    raise AssertionError(f"no fix with lines taken out and put in: {signs}")


def test_play_moves_on_by_itself_and_pauses(replayed):
    page = replayed[0].page
    page.locator(".rl-replay .noUi-handle").focus()
    press(page, "Home")
    page.evaluate("document.activeElement.blur()")
    button = page.get_by_role("button", name="Play or pause")
    button.click()
    page.wait_for_function(
        "document.querySelector('.rl-replay .rl-where').innerText.startsWith('Cell 3 ')", timeout=60_000
    )
    button.click()
    page.wait_for_timeout(300)
    stopped = page.locator(".rl-where").inner_text()
    assert page.locator(".rl-replay .widget-readout").inner_text() == stopped.split()[1]
    page.wait_for_timeout(5000)  # longer than a cell is shown
    assert page.locator(".rl-where").inner_text() == stopped
    page.get_by_role("button", name="Stop: back to the first").click()
    page.wait_for_timeout(300)
    assert page.locator(".rl-where").inner_text().startswith("Cell 1 ")


def test_the_page_says_that_it_is_a_rehearsal(replayed):
    text = replayed[0].page.locator("article").inner_text()
    assert "This is a rehearsal." in text
    assert "minutes planned" in text
    assert "record-session" in text
