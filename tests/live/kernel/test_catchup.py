"""A kernel that is behind or broken stands where the class stands."""

import gc
import re
import threading

import pytest
import torch
from made_up import step

from resnet_live.live.kernel import class_state, magics


def test_everything_up_to_the_step_runs_in_silence(say, state, shell):
    shown = say("%catchup 2.8")
    assert shell.user_ns["total"] == 3 * 2 + 1 and "trained" not in shown and "NameError" not in shown
    assert "You stand at 2.8. That is the last step of chapter 2." in shown
    assert "Names you have now, newest first: `total`, `missing`, `y`, `net`, `widths`" in shown
    assert "itertools" not in shown  # modules are no news
    assert state.last_step.number == "2.8" and state.skipped() == [] and state.cells == []


def test_the_setup_alone(say, state, shell):
    assert "You stand at 2.0. `%next` gives 2.1.\nNothing but imports so far." in say("%catchup 2.0")


def test_what_a_planned_failure_made_is_there(say, state, shell):
    say("%catchup 2.3")
    assert shell.user_ns["y"] == 4 and "missing" not in shell.user_ns
    assert "Traceback" not in say("# 2.4 · x\nmissing = 1\nnet(y)")


def test_twice_is_as_once(say, state, shell):
    say("%catchup 2.7")
    say("%catchup 2.7")
    assert shell.user_ns["total"] == 7


def test_going_back(say, state, shell):
    say("%catchup 2.8")
    shown = say("%catchup 2.1")
    assert "You stand at 2.1. `%next` gives 2.2." in shown
    assert "total" not in shell.user_ns and "net" not in shell.user_ns and state.last_step.number == "2.1"


def test_overwritten_and_shadowed_names_are_put_right_and_the_users_own_stay(say, state, shell):
    say("print = None\nfloor = 3\nwidths = 'x'\ndef net(x): return 0")
    say("mine = {'notes': 1}")
    say("%catchup 2.8")
    assert "print" not in shell.user_ns and shell.user_ns["total"] == 7 and shell.user_ns["floor"](2.5) == 2
    assert shell.user_ns["mine"] == {"notes": 1} and "get_ipython" in shell.user_ns


def test_without_a_number_it_goes_to_the_class(say, state, shell):
    assert "Catch up to which step?" in say("%catchup")
    for number in ("2.0", "2.1"):
        say(state.chapter.step(number).code)
    say("widths = None")
    assert "You stand at 2.1" in say("%catchup") and shell.user_ns["widths"] == [3, 16, 32]


def failing(book, shell):
    book(step("2.0", "x = 1"), step("2.1", "y = x\nraise OSError('no disk\\nmore')"), step("2.2", "z = 1"))
    magics.load(shell)
    shell.run_cell("%chapter 2")
    return class_state.current()


def test_a_step_that_fails(shell, book, capsys):
    state = failing(book, shell)
    shell.run_cell("%catchup 2.2")
    shown = capsys.readouterr().out
    assert "2.1 failed: OSError: no disk. See the whole error with `%next 2.1` and run it." in shown
    assert "The kernel stands at 2.0. Run `%catchup 2.2` again to begin anew." in shown and "Traceback" not in shown
    assert state.last_step.number == "2.0" and state.next_step().number == "2.1"
    magics.unload(shell)


def test_an_interrupt(shell, book, capsys):
    book(step("2.0", "x = 1"), step("2.1", "raise KeyboardInterrupt"), step("2.2", "z = 1"))
    magics.load(shell)
    shell.run_cell("%chapter 2\n%catchup 2.2")
    shown = capsys.readouterr().out
    assert "Stopped in 2.1." in shown and "The kernel stands at 2.0." in shown
    assert class_state.current().last_step.number == "2.0"
    magics.unload(shell)


def test_a_step_that_trains_is_announced(shell, book, capsys):
    book(step("2.0", "def fit(n):\n    print('epoch')"), step("2.1", "fit(3)"))
    magics.load(shell)
    shell.run_cell("%chapter 2\n%catchup 2.1")
    shown = capsys.readouterr().out
    assert re.search(
        r"Catching up: 2.1 of 2.1: this step may train a network( \(profile \w+\))?, which can take minutes.", shown
    )
    assert "epoch" not in shown
    magics.unload(shell)


def test_not_while_a_cell_runs(say, state, shell):
    """Front ends may send presses of buttons past a running cell, in another thread."""
    from resnet_live.live.chapter import LiveError
    from resnet_live.live.kernel.catchup import catch_up

    found = []

    def press():
        try:
            catch_up(state, "2.1", print)
        except LiveError as error:
            found.append(str(error))

    shell.user_ns["press"] = lambda: (thread := threading.Thread(target=press), thread.start(), thread.join())
    say("press()")
    assert found == ["A cell is running. Wait for it, or interrupt the kernel, then catch up."]


def test_the_cell_that_catches_up_is_heard_as_before(say, state, shell):
    """Held-back tracebacks and displays must not stay held back."""
    assert "_showtraceback" not in vars(shell)
    say("%catchup 2.4")
    assert "_showtraceback" not in vars(shell)
    say("1 / 0")
    assert state.cells[-1].error == "ZeroDivisionError" and state.cells[-1].outputs[-1]["output_type"] == "error"


def test_widgets_and_pictures_are_not_shown(shell, book, capsys):
    book(
        step("2.0", "from IPython.display import display, HTML", kind="setup"),
        step(
            "2.1",
            "import ipywidgets\nslider = ipywidgets.IntSlider(3)\ndisplay(HTML('<b>no</b>'))\nslider",
            kind="figure",
        ),
    )
    magics.load(shell)
    shell.run_cell("%chapter 2\n%catchup 2.1")
    shown = capsys.readouterr().out
    assert shell.user_ns["slider"].value == 3
    assert "object" not in shown and "IntSlider(" not in shown and "newest first: `slider`.\n" in shown
    magics.unload(shell)


def test_methods_patched_onto_a_class_of_the_chapter_are_gone(shell, book):
    book(step("2.0", "class A:\n    pass"), step("2.1", "A.size = 1"), step("2.2", "hasattr(A, 'size')"))
    magics.load(shell)
    for cell in ("%chapter 2", "%catchup 2.1"):
        shell.run_cell(cell)
    assert shell.user_ns["A"].size == 1
    shell.run_cell("%catchup 2.0")
    assert not hasattr(shell.user_ns["A"], "size")
    magics.unload(shell)


@pytest.mark.parametrize("number", ["2.0", "2.4"])
def test_a_late_kernel_and_a_broken_one_end_alike(say, state, shell, number):
    say(f"%catchup {number}")
    late = {name: repr(value) for name, value in shell.user_ns.items() if name in ("widths", "y", "missing")}
    for cell in ("widths = 0", "del itertools", "y = missing = None", f"%catchup {number}"):
        say(cell)
    broken = {name: repr(value) for name, value in shell.user_ns.items() if name in ("widths", "y", "missing")}
    assert late == broken


def test_what_takes_a_moment_leaves_room_for_others_who_catch_up(say, shell, book):
    """One thread and no collecting, but for a step that trains; afterwards all is as it was."""
    now = "(torch.get_num_threads(), gc.isenabled())"
    book(
        step("2.0", "import gc, torch"),
        step("2.1", f"short = {now}"),
        step("2.2", f"def fit_it(): return {now}\nlong = fit_it()"),
        step("2.3", f"after = {now}\n1 / 0", raises=True),
        step("2.4", "seen = [short, long, after]"),
    )
    before = torch.get_num_threads()
    magics.load(shell)
    torch.set_num_threads(2)
    try:
        assert "You stand at 2.4" in say("%chapter 2\n%catchup 2.4")
        assert "[(1, False), (2, True), (1, False)]" in say("print(seen)")
        assert (torch.get_num_threads(), gc.isenabled()) == (2, True)
    finally:
        torch.set_num_threads(before)
        magics.unload(shell)
