"""What is cells of a cell, in a plain IPython and in a real kernel, and that nobody notices."""

import threading

import pytest

from resnet_live.live.kernel.capture import as_seen, capture


@pytest.fixture
def cells(shell):
    runs = []
    stop = capture(shell, runs.append)
    yield runs
    stop()


def kinds(run):
    return [output["output_type"] for output in run.outputs]


def test_a_cell_prints_and_has_a_value(shell, cells):
    shell.run_cell("# 2.7 · Say it\nprint('hello'); import sys; print('oh', file=sys.stderr)\n6 * 7")
    (run,) = cells
    assert (run.step, run.has_result, run.result, run.printed, run.error) == ("2.7", True, 42, "hello\noh\n", None)
    assert [(o["output_type"], o.get("name")) for o in run.outputs] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", None),
    ]
    assert run.outputs[2]["data"]["text/plain"] == "42" and run.seconds > 0 and run.began > 1e9


def test_a_cell_without_a_value(shell, cells):
    for source in ("x = 1", "None", "6 * 7;"):
        shell.run_cell(source, store_history=True)  # IPython looks for the semicolon in its history
    assert [run.has_result for run in cells] == [False, False, False]
    assert all(run.outputs == [] for run in cells)


@pytest.mark.parametrize(
    "source, name, message",
    [
        ("print('a'); nope", "NameError", "name 'nope' is not defined"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("%nonsense", "UsageError", "Line magic function `%nonsense` not found."),
        ("class Bad(Exception):\n    def __str__(self): 1 / 0\nraise Bad", "Bad", ""),
    ],
)
def test_errors_with_their_text(shell, cells, source, name, message):
    shell.run_cell(source)
    (run,) = cells
    assert (run.error, run.message) == (name, message)
    assert run.missing_name == ("nope" if name == "NameError" else None)


def test_a_cell_that_is_no_python(shell, cells):
    shell.run_cell("def f(:\n    pass")
    (run,) = cells
    assert run.error == "SyntaxError" and "invalid syntax" in run.message and kinds(run) == ["error"]


def test_a_traceback_is_one_output_and_no_print(shell, cells):
    shell.run_cell("1 / 0")
    (run,) = cells
    assert kinds(run) == ["error"] and run.printed == ""
    assert run.outputs[0]["ename"] == "ZeroDivisionError" and len(run.outputs[0]["traceback"]) > 2


def test_displays_updates_and_clearing(shell, cells):
    shell.run_cell("from IPython.display import display, HTML, clear_output")
    shell.run_cell("h = display(HTML('<b>1</b>'), display_id='a'); print('x'); h.update(HTML('<b>2</b>'))")
    assert kinds(cells[-1]) == ["display_data", "stream"] and cells[-1].outputs[0]["data"]["text/html"] == "<b>2</b>"
    shell.run_cell("h.update(HTML('<b>3</b>'))")
    assert cells[-1].outputs == []
    shell.run_cell("print('old'); clear_output(); print('new')")
    assert cells[-1].printed == "new\n"
    shell.run_cell("print('old'); clear_output(wait=True)")
    assert cells[-1].printed == "old\n"
    shell.run_cell("print('old'); clear_output(wait=True); print('new')")
    assert cells[-1].printed == "new\n"


def test_images_are_kept_as_text(shell, cells):
    shell.run_cell("from IPython.display import publish_display_data\npublish_display_data({'image/png': b'\\x89PNG'})")
    assert cells[-1].outputs[0]["data"] == {"image/png": "iVBORw=="}


def test_what_is_held_back_is_not_captured(shell, cells):
    shell.run_cell(
        "from IPython.utils.capture import capture_output\nwith capture_output():\n    print('no'); display(1)\nprint('yes')"
    )
    assert cells[-1].printed == "yes\n" and kinds(cells[-1]) == ["stream"]


def test_what_goes_into_an_output_widget_is_not_captured(shell, cells):
    from ipywidgets import Output

    shell.user_ns["out"] = out = Output()
    shell.run_cell("out.msg_id = 'x'; print('inside'); out.msg_id = ''; print('outside')")
    assert cells[-1].printed == "outside\n"
    out.close()


def test_cells_inside_a_cell_belong_to_it(shell, cells):
    shell.run_cell("print(1); get_ipython().run_cell('print(2)'); get_ipython().run_cell(''); print(3)")
    assert [run.printed for run in cells] == ["1\n2\n3\n"]


def test_awaiting_and_printing_from_threads(shell, cells):
    # In a thread of its own: a browser of another test may keep the main thread's event loop busy.
    source = "import asyncio\nawait asyncio.sleep(0)\nprint('slept')\n5"
    awaiting = threading.Thread(target=shell.run_cell, args=[source])
    awaiting.start()
    awaiting.join()
    assert cells[-1].printed == "slept\n" and cells[-1].result == 5
    shell.run_cell("import threading\nt = threading.Thread(target=print, args=['there']); t.start(); t.join()")
    assert cells[-1].printed == "there\n"


def test_a_listener_that_fails_is_not_noticed(shell, capsys):
    def fail(run):
        raise RuntimeError("mine")

    stop = capture(shell, fail)
    shell.run_cell("print('still here')")
    stop()
    assert "mine" not in "".join(capsys.readouterr()) and shell.last_execution_succeeded


def test_the_user_sees_the_same_and_nothing_stays_behind(shell, capsys):
    source = "print('a'); import sys; print('b', file=sys.stderr); display(3); 4"
    shell.run_cell(source)
    without = capsys.readouterr()
    before = [list(shell.events.callbacks[event]) for event in ("pre_run_cell", "post_run_cell")]
    owners = (shell, shell.display_pub, shell.displayhook)
    attributes = [set(vars(owner)) for owner in owners]
    runs = []
    stop = capture(shell, runs.append)
    shell.run_cell(source)
    shown = capsys.readouterr()
    stop()
    assert shown == without and len(runs) == 1
    shell.run_cell(source)
    assert len(runs) == 1
    assert [list(shell.events.callbacks[event]) for event in ("pre_run_cell", "post_run_cell")] == before
    assert [set(vars(owner)) for owner in owners] == attributes


def test_stopping_in_the_middle_of_a_cell(shell):
    runs = []
    shell.user_ns["stop"] = capture(shell, runs.append)
    shell.run_cell("stop(); print('not captured')")
    assert runs == [] and "publish" not in vars(shell.display_pub)


def test_a_flood_of_text_is_cut(shell, cells, monkeypatch):
    monkeypatch.setattr("resnet_live.live.kernel.capture.MOST_TEXT", 100)
    shell.run_cell("for _ in range(50): print('0123456789')")
    assert len(cells[-1].printed) < 150 and "was not kept" in cells[-1].printed


@pytest.mark.parametrize(
    "text, seen",
    [("10%\r50%\r100%\n", "100%\n"), ("a\r\nb\r\n", "a\nb\n"), ("abc\b\bx", "ax"), ("done\r", "done"), ("\b1", "1")],
)
def test_progress_bars_leave_their_last_state(text, seen):
    assert as_seen(text) == seen


def test_a_real_kernel_is_captured_and_shows_the_same(kernel):
    source = (
        "from IPython.display import display, HTML\nprint('one'); display(HTML('<i>2</i>'), display_id='d')\n"
        "import os; os.system('echo three')\nimport matplotlib.pyplot as plt; plt.plot([1, 2]); 4"
    )
    plain = kernel.run(source)
    kernel.run(
        "from resnet_live.live.kernel.capture import capture\nruns = []\nstop = capture(get_ipython(), runs.append)"
    )
    shown = kernel.run(source)
    assert [m["msg_type"] for m in shown.outputs] == [m["msg_type"] for m in plain.outputs]
    outputs = kernel.value("[(o['output_type'], sorted(o.get('data', [])), o.get('text')) for o in runs[-1].outputs]")
    assert [part[0] for part in outputs if part[0] != "stream"] == ["display_data", "execute_result", "display_data"]
    assert outputs[0][2] == "one\n" and outputs[-1][1] == ["image/png", "text/plain"]
    kernel.run("print('before'); 1 / 0")
    assert kernel.value("[runs[-1].error, runs[-1].message, runs[-1].printed, runs[-1].outputs[-1]['ename']]") == [
        "ZeroDivisionError",
        "division by zero",
        "before\n",
        "ZeroDivisionError",
    ]
    kernel.run("import time; print('going'); time.sleep(30)", interrupt=True)
    assert kernel.value("[runs[-1].error, runs[-1].printed]") == ["KeyboardInterrupt", "going\n"]
    # (one long sleep would end first: the kernel's loop looks for an interrupt when it has something to do)
    kernel.run("import asyncio\nfor _ in range(300): await asyncio.sleep(0.1)", interrupt=True)
    assert kernel.value("runs[-1].error") in ("CancelledError", "KeyboardInterrupt")
    kernel.run("print('and on')")
    assert kernel.value("runs[-1].printed") == "and on\n"
