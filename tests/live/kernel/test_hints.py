"""What is said after a cell: nothing, unless something went another way than planned."""

from made_up import play, step

UP_TO_4 = ("2.0", "2.1", "2.2", "2.3", "2.4")


def test_a_class_that_goes_as_planned_hears_nothing(say, state):
    assert play(say, state, "2.0", "2.1", "2.2") == ""
    assert "NameError" in play(say, state, "2.3")
    assert play(say, state, "2.4").strip().endswith("13")
    assert state.last_step.number == "2.4" and state.next_step().number == "2.5" and state.skipped() == []
    assert [run.step for run in state.cells] == ["2.0", "2.1", "2.2", "2.3", "2.4"]


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
    shown = say(state.chapter.step("2.8").source.replace("total, ", ""))
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


def classes(book):
    """As in chapter 2: a class whose mistake shows two steps later, after a fix of another mistake."""
    book(
        step("2.0", "from math import *", kind="setup"),
        step("2.1", "def pair(): return 1, 2"),
        step("2.2", "class Net:\n    def __init__(self):\n        self.a, self.b = pair()\n        self.c = widths[5]"),
        step("2.3", "model = Net()", kind="mistake", raises=True),
        step("2.4", "widths = [1, 2]", kind="fix"),
        step("2.5", "model = Net()", kind="mistake", raises=True),
        step("2.6", "widths = [1] * 6\nmodel = Net()", kind="fix"),
    )


NET = "# 2.2 · x\nclass Net:\n    def __init__(self):\n        self.c = widths[0]"


def test_a_mistake_that_was_typed_further_back_is_named(say, state, book):
    classes(book)
    say("%chapter 2 new")
    play(say, state, "2.0", "2.1")
    say(NET)
    play(say, state, "2.3", "2.4")
    shown = play(say, state, "2.5").replace("`", "")
    assert "2.5 was planned to fail, and ran: it counts on the mistake in 2.2, which was typed in another way." in shown
    assert "%next 2.2, run it" in shown
    shown = say("%mistake 2.5").replace("`", "")
    assert "2.2 was typed in another way than planned. If nothing fails, %next 2.2 has the mistake." in shown
    assert "IndexError" in play(say, state, "2.2", "2.5")


def test_when_more_than_one_step_may_hold_the_mistake_all_are_named(say, state, book):
    classes(book)
    say("%chapter 2 new")
    play(say, state, "2.0", "2.1")
    say(NET)
    play(say, state, "2.3")
    say("# 2.4 · x\nwidths = [1, 2, 3]")
    shown = play(say, state, "2.5").replace("`", "")
    assert "it counts on 2.2 and 2.4, which did not run as planned. For the failure: %catchup 2.4" in shown
    assert "2.2 and 2.4 were typed in another way" in say("%mistake 2.5")


def test_what_a_used_function_uses_is_looked_at_as_well(say, state, book):
    classes(book)
    say("%chapter 2 new")
    play(say, state, "2.0")
    say("# 2.1 · x\ndef pair():\n    global widths\n    widths = range(9)\n    return 1, 2")
    play(say, state, "2.2", "2.3", "2.4")
    assert "it counts on the mistake in 2.1, which was typed" in play(say, state, "2.5").replace("`", "")


def test_another_layout_is_no_other_way(say, state, book):
    classes(book)
    say("%chapter 2 new")
    play(say, state, "2.0")
    say("# 2.1 · x\ndef pair():\n    return (1, 2)  # two")
    say(NET)
    play(say, state, "2.3")
    say("# 2.4 · x\nwidths=[1,2]")
    shown = play(say, state, "2.5")
    assert "the mistake in 2.2" in shown and "2.4" not in shown.replace("%next 2.4", "")


def test_a_step_that_the_plan_leaves_out_is_not_what_a_mistake_counts_on(say, state, book):
    classes(book)
    say("%chapter 2 new")
    state.plan = ("2.0", "2.1", "2.2", "2.5")
    play(say, state, "2.0", "2.1")
    say("widths = range(9)")
    play(say, state, "2.2")
    assert "2.5 was planned to fail, and ran. Say so, and go on" in play(say, state, "2.5")
