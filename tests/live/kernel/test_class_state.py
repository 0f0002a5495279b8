"""Where a class stands, what goes wrong in it, and what is said about it."""

import json
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from made_up import step

from resnet_live.live.chapter import find_chapter, read_chapter
from resnet_live.live.kernel import class_state, magics, saved_state
from resnet_live.live.kernel.chapter_progress import rough_kind


def steps_of(state):
    return {s.number: s for s in state.chapter.steps}


def play(say, state, *numbers):
    """Run steps as the chapter has them; returns what was shown by the last."""
    shown = ""
    for number in numbers:
        shown = say(steps_of(state)[number].code)
    return shown


UP_TO_4 = ("2.0", "2.1", "2.2", "2.3", "2.4")


def test_importing_is_light():
    """A notebook's first cell must be there at once: neither torch nor widgets are loaded for it."""
    code = (
        "import sys, resnet_live.live, resnet_live.live.kernel.class_state, resnet_live.live.kernel.magics\n"
        "print([name for name in ('torch', 'ipywidgets', 'fastai', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_class_that_goes_as_planned_hears_nothing(say, state):
    assert play(say, state, "2.0", "2.1", "2.2") == ""
    assert "NameError" in play(say, state, "2.3")
    assert play(say, state, "2.4").strip().endswith("13")
    assert state.last_step.number == "2.4" and state.next_step().number == "2.5" and state.skipped() == []
    assert [run.step for run in state.cells] == ["2.0", "2.1", "2.2", "2.3", "2.4"]


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


def test_a_skipped_step_is_said_once_with_what_later_needs(say, state):
    play(say, state, "2.0")
    assert "Skipped: 2.1. Later steps need `widths` from there: `%next 2.1` to type it now" in play(say, state, "2.2")
    assert "Skipped" not in play(say, state, "2.2")


def test_a_skipped_figure_is_no_matter(say, state):
    play(say, state, *UP_TO_4)
    assert (
        play(say, state, "2.6").strip() == "Skipped: 2.5. Nothing later needs it; `%next 2.5` if you want it after all."
    )
    assert "Skipped: 2.5." in say("%where")


def test_what_was_typed_in_a_cell_of_its_own_is_not_missed(say, state):
    play(say, state, "2.0")
    say("widths = [1, 2]")
    assert "Skipped: 2.1. Nothing later needs it" in play(say, state, "2.2")


def test_a_missing_name_names_its_step(say, state):
    shown = play(say, state, "2.0", "2.2", "2.6", "2.7")
    assert "`net`" not in shown  # 2.2 has run
    assert "widths comes from 2.1, which has not run in this kernel. %catchup 2.6" in shown.replace("`", "")
    assert state.last_step.number == "2.6" and state.progress.saved.failed == ["2.7"]
    assert "Failed when last run: 2.7. %next 2.7 gives" in say("%where").replace("`", "")


def test_the_star_import_counts_as_made_by_the_setup(say, state):
    say("%catchup 2.7")
    state.shell.reset(new_session=False)
    state.progress.ran_here.clear()
    shown = say(steps_of(state)["2.8"].source.replace("total, ", ""))
    assert "floor comes from 2.0" in shown.replace("`", "")


def test_a_deleted_name(say, state):
    play(say, state, *UP_TO_4)
    say("del missing")
    assert "missing comes from 2.4, and is gone" in play(say, state, "2.6", "2.7").replace("`", "")


def test_a_name_that_no_step_makes_is_left_to_the_class(say, state):
    play(say, state, "2.0", "2.1")
    assert "comes from" not in say("# 2.2 · x\nprint(widhts)")


def test_an_overwritten_name_is_said_once_when_a_later_step_needs_it(say, state):
    play(say, state, *UP_TO_4)
    shown = say("widths = 7").replace("`", "")
    assert "overwritten widths, which 2.1 made and" not in shown  # no later step spells it out
    shown = say("net = 'oops'").replace("`", "")
    assert "This cell has overwritten net, which 2.2 made and 2.7 needs." in shown and "%catchup 2.4" in shown
    assert say("net = 5") == ""
    shown = play(say, state, "2.5", "2.6", "2.7").replace("`", "")
    assert "net is no longer what 2.2 made of it" in shown and "%catchup 2.6" in shown
    assert "net is no longer what 2.2 made of it" in say("%where").replace("`", "")
    say("%catchup 2.7")
    assert "no longer" not in say("%where") and state.shell.user_ns["total"] == 7


def test_a_name_overwritten_with_the_same_kind_is_no_matter(say, state):
    play(say, state, *UP_TO_4, "2.5", "2.6")
    assert say("total = 3") == ""
    assert "overwritten" in say("total = 'three'")


def test_running_again_an_earlier_step(say, state):
    play(say, state, *UP_TO_4, "2.5", "2.6", "2.7")
    shown = play(say, state, "2.6").replace("`", "")
    assert "2.6 ran again and took total (last made by 2.7) back. %catchup 2.7 puts it right." in shown
    assert "2.1 ran again. The class stands at 2.7. %next gives 2.8." in play(say, state, "2.1").replace("`", "")
    assert state.last_step.number == "2.7"


def test_running_twice_a_step_that_builds_on_itself(say, state):
    play(say, state, *UP_TO_4, "2.5", "2.6", "2.7")
    shown = play(say, state, "2.7").replace("`", "")
    assert "2.7 ran twice, and builds on its own result (total). %catchup 2.7 puts it right." in shown
    assert "Run more than once: 2.7." in say("%where")


def test_editing_and_running_the_last_step_again_is_quiet(say, state):
    play(say, state, *UP_TO_4, "2.5", "2.6")
    assert play(say, state, "2.6") == ""


def test_a_planned_failure_that_does_not_fail(say, state):
    play(say, state, "2.0", "2.1")
    say("# 2.2 · x\ndef net(x):\n    return x * widths[0]")
    shown = play(say, state, "2.3").replace("`", "")
    assert "2.3 was planned to fail, and ran: it counts on the mistake in 2.2, which was typed in another way." in shown
    assert "%next 2.2" in shown and state.last_step.number == "2.3"


def test_a_prompt_that_is_still_empty(say, state):
    assert "2.1 is still to be typed" in say("# 2.1 · Note of 2.1.\n")
    assert state.cells == [] and state.last_step is None


def test_headers_of_another_chapter_or_of_no_step(say, state):
    assert "not of chapter 2" in say("# 3.1 · x\n1") and "has no step 2.99: it ends with 2.8" in say("# 2.99 · x\n1")
    assert state.last_step is None and len(state.cells) == 2


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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chapter": 2}', '{"ran": 1}'])
def test_a_broken_file_of_the_class_is_none(tmp_path, text):
    file = tmp_path / "class.json"
    file.write_text(text)
    assert saved_state.load(file) is None


def test_a_class_of_another_hour_is_another_class(tmp_path):
    file = tmp_path / "class.json"
    saved_state.save(saved_state.SavedState(2, "abc", last_step="2.4"), file)
    assert saved_state.load(file).last_step == "2.4"
    old = json.loads(file.read_text())
    old["saved_at"] -= saved_state.ANOTHER_CLASS + 1
    file.write_text(json.dumps(old))
    assert saved_state.load(file) is None


def test_classes_of_other_days_are_removed(say, state, tmp_path):
    import os

    play(say, state, "2.0")
    (file,) = (tmp_path / "cache" / "live").glob("*.json")
    old, other = file.with_name("2001-01-01-02-0123456789ab.json"), file.with_name("notes.txt")
    for each in (old, other):
        each.write_text("{}")
        os.utime(each, (0, 0))
    saved_state.save(state.progress.saved, file)
    assert old.exists()
    file.unlink()
    saved_state.save(state.progress.saved, file)
    assert file.exists() and other.exists() and not old.exists()


def test_a_disk_that_cannot_be_written_is_no_matter(tmp_path):
    (tmp_path / "file").write_text("")
    saved_state.save(saved_state.SavedState(2, "abc"), tmp_path / "file" / "class.json")


def test_another_version_of_the_chapter_forgets_the_place(say, state, shell, book):
    play(say, state, *UP_TO_4)
    book(step("2.0", "another = 1"))
    restart()
    assert "restarted" not in say("%chapter 2") and class_state.current().last_step is None


def test_the_clock_starts_after_the_setup(say, state, monkeypatch):
    play(say, state, "2.0")
    assert state.progress.minutes_used is None and state.minutes_planned == 0
    play(say, state, "2.1")
    state.progress.saved.began -= 300
    assert 5 <= state.progress.minutes_used < 5.5 and state.minutes_planned == 2
    assert "5 min after the start, planned 2: 3 late" in say("%where")
    play(say, state, "2.2")
    assert state.minutes_planned == 4


def test_steps_that_are_left_out_and_caught_up_take_no_minutes(say, state):
    play(say, state, "2.0", "2.1")
    say("%catchup 2.5")
    play(say, state, "2.6")
    assert state.minutes_planned == 2 + 1  # 2.1 and 2.6
    assert "Run by `%catchup` only: 2.2 to 2.5." in say("%where")
    say("%catchup 2.6")
    assert state.minutes_planned == 3
    play(say, state, "2.2")
    assert state.minutes_planned == 2 + 2 + 1


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


def test_kinds_of_things():
    assert rough_kind([1, 2]) == rough_kind([3, 4]) != rough_kind([1]) and rough_kind(1) == rough_kind(2) != rough_kind(
        "1"
    )

    class Odd:
        @property
        def shape(self):
            raise ValueError

    assert rough_kind(Odd())[2] is None


def test_the_small_chapter_is_sound(small_book):
    assert read_chapter(small_book).minutes == find_chapter(2).minutes == 13
