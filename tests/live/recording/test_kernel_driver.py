"""The driver: what it sees of a cell is what somebody at the keyboard sees."""

import pytest

from resnet_live.live.chapter import LiveError
from resnet_live.live.recording.kernel_driver import kernel

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with kernel(tmp_path_factory.mktemp("class"), {"OF_THE_CLASS": "yes"}) as opened:
        yield opened


def test_a_cell_prints_and_has_a_value(running):
    reply = running.run("print('said')\n40 + 2")
    assert reply.text == "said\n42"
    assert (reply.error, reply.message, reply.next_input) == (None, "", None)
    assert reply.seconds > 0


def test_what_a_command_says_for_programs_is_read_beside_its_words(running):
    shown = running.run(
        "from resnet_live.live.kernel.display import show_message\nshow_message('Hello.', facts={'step': '2.7'})"
    )
    assert (shown.text, shown.facts) == ("Hello.", {"step": "2.7"})
    assert running.run("print('2.7')").facts == {}


def test_an_error_is_part_of_the_reply_and_the_kernel_goes_on(running):
    running.run("kept = 3")
    reply = running.run("keptt")
    assert (reply.error, reply.message) == ("NameError", "name 'keptt' is not defined")
    assert running.run("kept").text == "3"


def test_what_is_put_into_the_next_cell_is_seen(running):
    running.run("shell = get_ipython()")
    assert running.run("shell.set_next_input('x = 1')").next_input == "x = 1"
    replaced = running.run("shell.set_next_input('x = 2', replace=True)")
    assert (replaced.next_input, replaced.replaces) == ("x = 2", True)


def test_folder_and_environment(running):
    assert "class" in running.run("import os; os.path.basename(os.getcwd())").text
    assert running.run("os.environ['OF_THE_CLASS']").text == "'yes'"


def test_a_cell_without_end_is_stopped_and_the_kernel_goes_on(running):
    with pytest.raises(LiveError, match="longer than 1 s"):
        running.run("import time\nwhile True:\n    time.sleep(0.1)", timeout=1)
    assert running.run("1 + 1").text == "2"


def test_a_dead_kernel_is_said(tmp_path):
    with kernel(tmp_path) as dying, pytest.raises(LiveError, match="died"):
        dying.run("import os; os._exit(3)")


def test_no_kernel_is_said(tmp_path):
    with pytest.raises(LiveError, match="No kernel could be started"), kernel(tmp_path / "nowhere"):
        pass
