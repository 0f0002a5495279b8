"""The magics in a real kernel, spoken to as a front end does."""

import json
import time

import pytest
from made_up import step

FIRST = "%load_ext resnet_live.live\n%chapter 2"


@pytest.fixture
def lesson(small_book, kernel):
    """A kernel whose notebook has run its first cell."""
    kernel.run(FIRST)
    return kernel


def test_next_arrives_in_the_reply_and_the_chapter_can_be_played(lesson):
    places = []
    while code := lesson.run("%next").next_input:
        shown = lesson.run(code)
        places.append((code.split()[1], shown.reply["status"]))
    assert [number for number, _ in places] == [f"2.{n}" for n in range(9)]
    assert [number for number, status in places if status == "error"] == ["2.3"]
    assert "was the last step" in lesson.run("%next").text


def test_below_a_prompt_the_cell_itself_is_filled(lesson):
    (payload,) = lesson.run("# 2.6 · Note of 2.6.\n%next").reply["payload"]
    assert payload["replace"] is True and payload["text"] == "# 2.6 · Note of 2.6.\ntotal = 0"


def test_mistake_error_and_fix(lesson):
    lesson.run("%catchup 2.2")
    planted = lesson.run("%mistake")
    assert planted.next_input.startswith("# 2.3") and planted.text == ""  # notes are not for the class
    failed = lesson.run(planted.next_input)
    assert "NameError: name 'missing' is not defined" in failed.text
    fix = lesson.run("%next").next_input
    assert fix.startswith("# 2.4") and lesson.run(fix).text.endswith("13")


def test_catching_up_shows_no_error_and_stands_where_the_class_stands(lesson):
    shown = lesson.run("%catchup 2.8")
    assert shown.reply["status"] == "ok" and all(m["msg_type"] != "error" for m in shown.outputs)
    assert "You stand at 2.8" in shown.text and "trained" not in shown.text
    assert lesson.value("total") == 7
    rich = [m["content"]["data"] for m in shown.outputs if m["msg_type"] == "display_data"]
    assert any("<code>total</code>" in data.get("text/html", "") for data in rich)


def test_a_restart_in_the_middle(lesson):
    lesson.run("%catchup 2.6")
    lesson.restart()
    assert "%where" in lesson.run("%where").text  # IPython's own words: there is no such magic yet
    shown = lesson.run(FIRST).text
    assert "The kernel was restarted: names are gone. Stand where the class stands with `%catchup 2.6`." in shown
    assert "comes from" not in shown and "Traceback" not in shown
    assert "2.7 · Note of 2.7." in lesson.run("%where").text
    lesson.run("%catchup")
    assert lesson.run("%next").next_input.startswith("# 2.7") and lesson.value("total") == 0


def test_interrupting_a_long_catch_up(book, kernel):
    book(step("2.0", "x = 1"), step("2.1", "import time\ntime.sleep(60)"), step("2.2", "z = 1"))
    kernel.run(FIRST)
    shown = kernel.run("%catchup 2.2", interrupt=True)
    assert "Stopped in 2.1." in shown.text and "The kernel stands at 2.0." in shown.text
    assert shown.reply["status"] == "ok" and kernel.value("x") == 1
    assert kernel.run("1 / 0").text == "ZeroDivisionError: division by zero"


def test_the_remote_control_follows_the_notebook(lesson):
    assert "%share on" in lesson.run("%remote").text
    assert "http://127.0.0.1:" in lesson.run("%share on").text
    assert "/remote#" in lesson.run("%remote").text
    ask = "__import__('resnet_live.live.kernel.class_state', fromlist=['x']).current().board.remote.view()"
    seen = lesson.value(ask)
    assert seen["step"]["head"] == "Next" and seen["step"]["number"] == "2.0"
    lesson.run(lesson.run("%next").next_input)
    assert "Done: 2.0" in lesson.value(ask)["place"] and lesson.value(ask)["step"]["number"] == "2.1"
    lesson.run("%share off")
    threads = "sorted(t.name for t in __import__('threading').enumerate() if 'resnet' in t.name)"
    assert lesson.value(threads) == []


def test_a_press_of_catch_up_runs_between_cells(lesson):
    """JupyterLab handles presses in a thread of its own; the steps must run in the main thread, and undisturbed."""
    lesson.run("%catchup 2.6")
    lesson.run("%share on\nwidths = None")
    lesson.run(
        "import threading\nfrom resnet_live.live.kernel.class_state import current\n"
        "def press():\n    current().board.remote.press('catch up'); current().board.remote.press('catch up')\n"
        "timer = threading.Timer(0.5, press); timer.start()"
    )
    wait_until(lesson, "globals().get('widths') is not None")
    assert lesson.value("widths") == [3, 16, 32]
    assert "You stand at 2.6" in lesson.value("'\\n'.join(current().board.remote.message)")


def test_a_press_of_catch_up_can_be_interrupted(book, kernel):
    book(step("2.0", "x = 1"), step("2.1", "import time\ny = 1\ntime.sleep(120)"), step("2.2", "z = 1"))
    kernel.run(FIRST)
    kernel.run("%share on\n%catchup 2.0")
    kernel.run(
        "import threading\nfrom resnet_live.live.kernel.class_state import current\ncurrent().progress.saved.last_step = '2.2'\n"
        "def press():\n    current().board.remote.press('catch up'); current().board.remote.press('catch up')\n"
        "timer = threading.Timer(0.5, press); timer.start()"
    )
    time.sleep(3)  # the press comes, and the kernel sleeps in step 2.1
    kernel.manager.interrupt_kernel()
    assert "Stopped in 2.1." in kernel.value("'\\n'.join(current().board.remote.message)")
    assert kernel.value("y") == 1 and kernel.run("1 / 0").text == "ZeroDivisionError: division by zero"


def wait_until(kernel, expression: str, seconds: float = 30) -> None:
    """Ask the kernel until it says yes."""
    ends = time.monotonic() + seconds
    while not kernel.value(expression):
        assert time.monotonic() < ends, expression
        time.sleep(0.1)


def test_recording_in_a_kernel(lesson, tmp_path):
    lesson.run("%record on class.jsonl")
    lesson.run("print('kept')")
    lesson.run("nope")
    lesson.run("%record off")
    lines = [json.loads(line) for line in (tmp_path / "class.jsonl").read_text().splitlines()]
    runs = [line for line in lines if line["kind"] == "run"]
    assert [(run["source"], run["error"]) for run in runs] == [("print('kept')", None), ("nope", "NameError")]


def test_unloading(lesson):
    lesson.run("%share on")
    lesson.run("%unload_ext resnet_live.live")
    assert "UsageError" in lesson.run("%where").text
    assert lesson.run("1 / 0").text == "ZeroDivisionError: division by zero"
