"""The remote control: it follows the class, its buttons choose and show, and nothing stays behind."""

import threading
import types

import pytest

from resnet_live.live.kernel.remote import Remote


@pytest.fixture
def remote(state, say):
    """A remote control of the made-up class."""
    remote = Remote(state)
    yield remote
    remote.close()


def clocks():
    return [thread for thread in threading.enumerate() if thread.name == "resnet-live clock"]


def test_it_follows_cells_run_elsewhere(remote, say, state):
    assert "Nothing has run yet" in remote.html and "Next: 2.0 · Note of 2.0." in remote.html
    say("%catchup 2.2")
    assert "Done: 2.2" in remote.html and "Next: 2.3" in remote.html and "net(y)" in remote.html
    say(state.chapter.step("2.3").code)
    assert "Done: 2.3" in remote.html and "min after the start, planned 1" in remote.html
    say("%catchup 2.8")
    assert "That was the last step." in remote.html


def test_next_chooses_the_step_that_the_notebook_then_gives(remote, say, shell):
    remote.press("next")
    assert "Chosen: 2.0" in remote.html and "Run <code>%next</code> in a new cell of the notebook" in remote.html
    remote.press("next")
    assert "Chosen: 2.1" in remote.html
    say("%next")
    assert shell.rl_next_input.startswith("# 2.1")
    assert "Next: 2.0" in remote.html


def test_next_at_the_end(remote, say):
    say("%catchup 2.7")
    remote.press("next")
    remote.press("next")
    assert "There is no step after this one." in remote.html


def test_peek_looks_ahead_and_chooses_nothing(remote, state, say):
    remote.press("peek")
    assert "Looking ahead: 2.1" in remote.html and state.queued_step is None
    for _ in range(20):
        remote.press("peek")
    assert "Looking ahead: 2.8" in remote.html
    say("x = 1")
    assert "Next: 2.0" in remote.html


def test_mistake_then_fix(remote, say, shell):
    remote.press("mistake")
    assert "Chosen: the mistake 2.3." in remote.html and "The lesson, 2.4" in remote.html
    assert "Not run yet: 2.0 to 2.2" in remote.html
    say("%next")
    assert shell.rl_next_input.startswith("# 2.3")
    say("%next")
    assert shell.rl_next_input.startswith("# 2.4")


def test_where_and_code_are_shown_as_text(remote, say, shell):
    say("# 2.1 · x\nwidths = [1]")
    remote.press("where")
    assert "The class stands at 2.1" in remote.html and "Images:" in remote.html
    say("%next 2.2")
    assert "<script" not in remote.html


def test_catch_up_asks_first(remote, say, shell, state):
    remote.press("catch up")
    assert "Nothing has run yet" in remote.html
    say(state.chapter.step("2.0").code)
    say(state.chapter.step("2.1").code)
    shell.user_ns["widths"] = None
    remote.press("catch up")
    assert "Press Catch up again to do it" in remote.html and shell.user_ns["widths"] is None
    remote.press("where")
    remote.press("catch up")
    assert shell.user_ns["widths"] is None
    remote.press("catch up")
    assert shell.user_ns["widths"] == [3, 16, 32] and "You stand at 2.1" in remote.html


def test_without_a_chapter(shell, small_book):
    from resnet_live.live.kernel import class_state, magics

    magics.load(shell)
    remote = Remote(class_state.current())
    for name in ("next", "peek", "mistake", "check", "catch up", "where"):
        remote.press(name)
        assert "%chapter 2" in remote.html, name
    remote.close()
    magics.unload(shell)


def test_the_clock_ticks_and_its_thread_ends(state, say, monkeypatch):
    monkeypatch.setattr("resnet_live.live.kernel.remote.TICK", 0.01)
    say(state.chapter.step("2.1").code)
    remote = Remote(state)
    assert "0 min after the start" in remote.html and len(clocks()) == 1
    state.progress.saved.began -= 600
    for _ in range(500):
        if "10 min after the start" in remote.html:
            break
        threading.Event().wait(0.01)
    assert "10 min after the start, planned 2: 8 late" in remote.html
    remote.close()
    assert clocks() == [] and state.watchers == []
    remote.close()  # twice does no harm


def test_a_press_in_another_thread_while_a_cell_runs(remote, say, shell, state):
    say(state.chapter.step("2.0").code)

    def press():
        thread = threading.Thread(target=remote.press, args=["catch up"])
        thread.start()
        thread.join()

    shell.user_ns["press"] = press
    shown = []
    state.shell.user_ns["look"] = lambda: shown.append(remote.html)
    say("press(); look()")
    assert "A cell is running." in shown[0]


def test_check_shows_the_verdict(remote, monkeypatch, state):
    verdict = types.SimpleNamespace(html="<b>as it should be</b>")
    monkeypatch.setattr(
        "resnet_live.live.check.check_step.check_step", lambda asked: verdict if asked is state else None
    )
    remote.press("check")
    assert "<b>as it should be</b>" in remote.html
