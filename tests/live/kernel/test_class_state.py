"""The state of a class: its steps, its place after a restart, several chapters, and who follows it."""

import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from made_up import play, step

from resnet_live.live.chapter import find_chapter, read_chapter
from resnet_live.live.kernel import class_state, magics
from resnet_live.live.recording.session_log import read_log

UP_TO_4 = ("2.0", "2.1", "2.2", "2.3", "2.4")


def test_importing_is_light():
    """A notebook's first cell must be there at once: neither torch nor widgets are loaded for it."""
    code = (
        "import sys, resnet_live.live, resnet_live.live.kernel.class_state, resnet_live.live.kernel.magics\n"
        "print([name for name in ('torch', 'ipywidgets', 'fastai', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_step_without_its_header_is_known_by_its_code(say, state):
    say("widths   = [3, 16, 32]\n")
    assert state.last_step is None
    say("widths = [3, 16, 32]  \n")
    assert state.last_step.number == "2.1"


def test_same_code_twice_in_a_chapter(shell, book):
    book(step("2.0", "x = 1"), step("2.1", "x"), step("2.2", "x = 2"), step("2.3", "x"))
    magics.load(shell)
    shell.run_cell("%chapter 2")
    state = class_state.current()
    places = []
    for cell in ("x = 1", "x", "x = 2", "x", "x"):
        shell.run_cell(cell)
        places.append(state.cells[-1].step)
    magics.unload(shell)
    assert places == ["2.0", "2.1", "2.2", "2.3", "2.3"]


def test_our_own_magics_are_no_cells_of_the_class(say, state):
    for cell in ("%where", "# look\n%peek 2.1\n\n%live", "%load_ext resnet_live.live"):
        say(cell)
    assert state.cells == []
    say("%where\nx = 1")
    assert len(state.cells) == 1


def restart():
    """What a restart of the kernel leaves: nothing but the file. `say` goes on in the new shell."""
    old = InteractiveShell.instance()
    magics.unload(old)
    old.history_manager.end_session()
    InteractiveShell.clear_instance()
    magics.load(InteractiveShell.instance(config=old.config))


def test_loading_the_extension_anew_forgets_nothing(say, state):
    play(say, state, *UP_TO_4)
    assert "restarted" not in say("%reload_ext resnet_live.live\n%chapter 2")
    assert class_state.current() is state and "2.4" in state.progress.ran_here and state.cells
    assert play(say, state, "2.5", "2.6").count("Skipped") == 0


def test_a_restarted_kernel_knows_the_place(say, state, shell, capsys):
    play(say, state, *UP_TO_4)
    restart()
    shown = say("%chapter 2").replace("`", "")
    assert "The kernel was restarted: names are gone. Stand where the class stands with %catchup 2.4." in shown
    again = class_state.current()
    assert again.last_step.number == "2.4" and again.progress.ran_here == {}
    assert "The kernel was restarted" in say("%where") and "The kernel was restarted" in say("%next")
    assert "Not run in this kernel: 2.0 to 2.5." in play(say, again, "2.6")
    say("%catchup")
    assert again.shell.user_ns["missing"] == 1 and "restarted" not in say("%where")


def test_a_class_that_is_over_is_not_taken_up(say, state, shell):
    say("%catchup 2.8")
    restart()
    assert "restarted" not in say("%chapter 2") and class_state.current().last_step is None


def test_without_a_known_notebook_there_is_no_memory(say, state, shell, monkeypatch, tmp_path):
    monkeypatch.delenv("JPY_SESSION_NAME")
    say("%chapter 2 new")
    play(say, state, *UP_TO_4)
    restart()
    assert "restarted" not in say("%chapter 2") and not list((tmp_path / "cache").glob("live/*"))


def test_a_restarted_kernel_goes_on_in_the_record_of_its_class_and_a_new_class_does_not(
    say, state, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert "Recording:" in say("%record on")
    restart()
    assert "Recording goes on" in say("%chapter 2")
    play(say, class_state.current(), "2.0")
    restart()
    assert "Recording goes on" in say("%chapter 2") and "Nothing" not in say("%record off")
    (record,) = tmp_path.glob("live/records/*.jsonl")
    assert [cell.step for cell in read_log(record).cells] == ["2.0"]
    say("%chapter 2 new")
    shown = say("%record on").replace("\n", "")
    assert "Recording:" in shown and "-2.jsonl" in shown


def test_a_restarted_kernel_follows_the_plan_and_goes_on_recording(say, state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sessions").mkdir()
    plan = 'title = "T"\nminutes = 9\nsummary = "S."\n[[item]]\nsteps = "2.1, 2.5"\n'
    (tmp_path / "sessions" / "small.toml").write_text(plan, encoding="utf-8")
    say("%plan small\n%record on mine.jsonl")
    assert "Nothing is recorded" not in say("%chapter 2")
    for steps in ((), ("2.0", "2.1")):  # before the first step, and after some
        play(say, class_state.current(), *steps)
        restart()
        shown = say("%chapter 2")
        assert "The class follows the plan small, as before." in shown and "Recording goes on" in shown
        assert "mine.jsonl" in shown.replace("\n", "") and "%record off" in shown.replace("\n", " ")
        assert class_state.current().planned_from(2).number == "2.5"
    say("%record off\n%plan off")
    restart()
    shown = say("%chapter 2")
    assert "plan small" not in shown and "recorded" not in shown and "Recording" not in shown
    say("%plan small")
    (tmp_path / "sessions" / "small.toml").unlink()
    restart()
    assert "There is no plan 'small'" in say("%chapter 2") and class_state.current().plan is None


def test_a_new_class_on_the_same_day(say, state, shell):
    play(say, state, *UP_TO_4)
    restart()
    assert "restarted" not in say("%chapter 2 new") and class_state.current().last_step is None


def test_opening_the_open_chapter_again_changes_nothing(say, state):
    play(say, state, *UP_TO_4)
    say("%load_ext resnet_live.live\n%chapter 2")
    assert class_state.current() is state and state.last_step.number == "2.4" and "2.4" in state.progress.ran_here


def test_two_chapters_in_one_kernel(say, state, book):
    play(say, state, *UP_TO_4)
    book(step("3.0", "z = 1"), step("3.1", "z"), name="03_other.ipynb")
    assert "restarted" not in say("%chapter 3") and state.last_step is None
    say("# 3.0 · x\nz = 1")
    assert "restarted" not in say("%chapter 2") and state.last_step.number == "2.4" and "2.4" in state.progress.ran_here
    say("%chapter 3")
    assert state.last_step.number == "3.0"


def test_another_version_of_the_chapter_forgets_the_place(say, state, shell, book):
    play(say, state, *UP_TO_4)
    book(step("2.0", "another = 1"))
    restart()
    assert "restarted" not in say("%chapter 2") and class_state.current().last_step is None


def test_a_listener_and_an_adviser_that_fail_stop_nothing(say, state):
    def fail(*_):
        raise RuntimeError("mine")

    heard = []
    state.listeners += [fail, heard.append]
    state.advise = fail
    state.watchers.append(fail)
    assert "mine" not in play(say, state, "2.0", "2.1")
    assert len(heard) == 2 and state.last_step.number == "2.1"


def test_unloading_leaves_nothing(shell, small_book):
    before = [list(found) for found in shell.events.callbacks.values()]
    magics.load(shell)
    shell.run_cell("%chapter 2")
    magics.unload(shell)
    assert [list(found) for found in shell.events.callbacks.values()] == before
    assert "chapter" not in shell.magics_manager.magics["line"]
    with pytest.raises(class_state.LiveError, match="%load_ext resnet_live.live"):
        class_state.current()


def test_the_small_chapter_is_sound(small_book):
    assert read_chapter(small_book).minutes == find_chapter(2).minutes == 13
