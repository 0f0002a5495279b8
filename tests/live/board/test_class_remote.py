"""The remote control: it follows the class, its buttons choose and show, and nothing stays behind."""

import threading
import types

import pytest
from made_up import play, step

from resnet_live.live.board.class_remote import ClassRemote


@pytest.fixture
def remote(state, say):
    """A remote control of the made-up class."""
    remote = ClassRemote(state, lambda: None)
    state.watchers.append(remote.moved)
    yield remote
    state.watchers.remove(remote.moved)


def seen(remote) -> str:
    """All that its page shows, as text."""
    view = remote.view()
    step = view["step"]
    shown = [f"{step['head']}: {step['number']} · {step['prompt']}", *step["wrong"], step["code"]] if step else []
    return "\n".join([view["place"], view["clock"], *view["message"], *shown])


def test_it_follows_cells_run_elsewhere(remote, say, state):
    assert "Nothing has run yet" in seen(remote) and "Next: 2.0 · Note of 2.0." in seen(remote)
    say("%catchup 2.2")
    assert "Done: 2.2" in seen(remote) and "Next: 2.3" in seen(remote) and "net(y)" in seen(remote)
    say(state.chapter.step("2.3").code)
    assert "Done: 2.3" in seen(remote) and "min after the start, planned 1" in seen(remote)
    say("%catchup 2.8")
    assert remote.view()["step"] is None


def test_next_chooses_the_step_that_the_notebook_then_gives(remote, say, shell):
    remote.press("next")
    assert "Chosen: 2.0" in seen(remote) and "Run `%next` in a new cell of the notebook" in seen(remote)
    remote.press("next")
    assert "Chosen: 2.1" in seen(remote)
    say("%next")
    assert shell.rl_next_input.startswith("# 2.1")
    assert "In the cell: 2.1" in seen(remote)


def test_what_stands_in_the_cell_is_what_the_remote_shows(remote, say, state, given):
    say("%catchup 2.1")
    say("%next 2.6")
    assert given().startswith("# 2.6") and "In the cell: 2.6" in seen(remote)
    remote.press("peek")
    assert "Looking ahead: 2.7" in seen(remote)
    remote.press("next")
    assert "Chosen: 2.7" in seen(remote)
    say("x = 1")  # another cell: what follows is the next step again, or what was chosen
    assert "Next: 2.7" in seen(remote)


def test_after_a_mistake_next_is_its_fix(remote, say, state, given):
    say("%catchup 2.2")
    say("%mistake")
    assert given().startswith("# 2.3") and "In the cell: 2.3" in seen(remote)
    assert "It is planned to fail." in seen(remote)
    remote.press("next")
    assert "Chosen: 2.4" in seen(remote)
    say(state.chapter.step("2.3").code)
    assert "Next: 2.4" in seen(remote)
    remote.press("next")
    assert "Chosen: 2.4" in seen(remote)
    say("%next")
    assert given().startswith("# 2.4")
    remote.press("next")
    remote.press("next")
    assert "Chosen: 2.6" in seen(remote)


def test_what_nothing_needs_is_not_missed_before_a_mistake(remote, say, state, book):
    book(
        step("2.0", "import math", kind="setup"),
        step("2.1", "x = 1"),
        step("2.2", "block = [x]\nblock[3]", kind="mistake", raises=True),
        step("2.3", "x = 2"),
        step("2.4", "block = [x, 2]\nblock[0]", kind="mistake"),
        step("2.5", "block[1]", kind="fix"),
    )
    say("%chapter 2 new")
    play(say, state, "2.0", "2.1")
    shown = play(say, state, "2.3")
    assert "Skipped: 2.2. Nothing later needs it" in shown
    assert "Next: 2.4" in seen(remote) and "counts on it" not in seen(remote)
    assert "2.2" not in say("%mistake")


def test_a_name_that_a_skipped_step_makes_anew_is_missed(remote, say, state, book):
    book(
        step("2.0", "import math", kind="setup"),
        step("2.1", "x = 1"),
        step("2.2", "x = [x]"),
        step("2.3", "y = 3"),
        step("2.4", "x[5]", kind="mistake", raises=True),
        step("2.5", "x[0]", kind="fix"),
    )
    say("%chapter 2 new")
    play(say, state, "2.0", "2.1")
    assert "Skipped: 2.2. Later steps need `x` from there" in play(say, state, "2.3")
    assert "2.2 has not run, and it counts on it" in seen(remote)
    say("x = [1]")  # made by hand
    assert "counts on it" not in seen(remote)


def test_next_at_the_end(remote, say):
    say("%catchup 2.7")
    remote.press("next")
    remote.press("next")
    assert "There is no step after this one." in seen(remote)


def test_peek_looks_ahead_and_chooses_nothing(remote, state, say):
    remote.press("peek")
    assert "Looking ahead: 2.1" in seen(remote) and state.queued_step is None
    for _ in range(20):
        remote.press("peek")
    assert "Looking ahead: 2.8" in seen(remote)
    say("x = 1")
    assert "Next: 2.0" in seen(remote)


def test_mistake_then_fix(remote, say, shell):
    remote.press("mistake")
    assert "Chosen: the mistake 2.3." in seen(remote) and "The lesson, 2.4" in seen(remote)
    assert "Not run yet: 2.0 to 2.2" in seen(remote)
    say("%next")
    assert shell.rl_next_input.startswith("# 2.3")
    say("%next")
    assert shell.rl_next_input.startswith("# 2.4")


def test_where_and_code_are_shown_as_text(remote, say, shell):
    say("# 2.1 · x\nwidths = [1]")
    remote.press("where")
    assert "The class stands at 2.1" in seen(remote) and "Images:" in seen(remote)
    say("%next 2.2")
    assert "<script" not in seen(remote)


def test_catch_up_asks_first(remote, say, shell, state):
    remote.press("catch up")
    assert "Nothing has run yet" in seen(remote)
    say(state.chapter.step("2.0").code)
    say(state.chapter.step("2.1").code)
    shell.user_ns["widths"] = None
    remote.press("catch up")
    assert "Press Catch up again to do it" in seen(remote) and shell.user_ns["widths"] is None
    remote.press("where")
    remote.press("catch up")
    assert shell.user_ns["widths"] is None
    remote.press("catch up")
    assert shell.user_ns["widths"] == [3, 16, 32] and "You stand at 2.1" in seen(remote)


def test_without_a_chapter(shell, small_book):
    from resnet_live.live.kernel import class_state, magics

    magics.load(shell)
    remote = ClassRemote(class_state.current(), lambda: None)
    for name in ("next", "peek", "mistake", "check", "catch up", "where"):
        remote.press(name)
        assert "%chapter 2" in seen(remote), name
    magics.unload(shell)


def test_the_clock_goes_on_between_cells(remote, state, say):
    say(state.chapter.step("2.1").code)
    assert "0 min after the start" in seen(remote)
    state.progress.saved.began -= 600
    assert "10 min after the start, planned 2: 8 late" in seen(remote)


def test_a_press_in_another_thread_while_a_cell_runs(remote, say, shell, state):
    say(state.chapter.step("2.0").code)

    def press():
        thread = threading.Thread(target=remote.press, args=["catch up"])
        thread.start()
        thread.join()

    shell.user_ns["press"] = press
    shown = []
    state.shell.user_ns["look"] = lambda: shown.append(seen(remote))
    say("press(); look()")
    assert "A cell is running." in shown[0]


def test_check_shows_the_verdict(remote, monkeypatch, state):
    verdict = types.SimpleNamespace(lines=["✓ Step 2.1: right"])
    monkeypatch.setattr(
        "resnet_live.live.check.check_step.check_step", lambda asked: verdict if asked is state else None
    )
    remote.press("check")
    assert "✓ Step 2.1: right" in seen(remote)


@pytest.mark.slow
def test_what_the_session_plans_between_two_steps(shell, monkeypatch):
    from resnet_live.live.kernel import class_state, magics

    monkeypatch.setenv("JPY_SESSION_NAME", "")
    magics.load(shell)
    shell.run_cell("%plan pooling_to_residual")
    state = class_state.current()
    remote = ClassRemote(state, lambda: None)
    assert remote.view()["agenda"] is None
    state.progress.saved.last_step = "2.15"
    ahead = remote.view()["agenda"]
    assert ahead["head"] == "Before the next step" and ahead["minutes"] == 5 and "Exercise 2.3" in ahead["lines"][0]
    assert "mean" in ahead["note"] and any(line.startswith("5 min: 2.28") for line in remote.view()["late"])
    number = next(place for place, item in enumerate(state.chapter.items, start=1) if item.text == "2.3")
    shell.run_cell(f"%agenda {number}")
    assert remote.view()["agenda"]["head"] == "Now" and remote.view()["agenda"]["lines"] == ahead["lines"]
    magics.unload(shell)
