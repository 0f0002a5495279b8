"""A debugger that somebody else types into: it stops, answers, goes on, and leaves nothing behind."""

import io
import subprocess
import sys

import pytest

from resnet_live.probe.breakpoints import typed_at_breakpoint


def double(x):
    y = x + 1
    breakpoint()
    y = 2 * y
    return y  # noqa: RET504  (a line of its own to stop at)


def test_what_is_typed_and_what_is_answered_is_printed(capsys):
    with typed_at_breakpoint("x", "y", "n", "y", "c"):
        assert double(20) == 42
    screen = capsys.readouterr().out.splitlines()
    assert screen[0].startswith("> <cell>(")
    assert screen[0].endswith("double()")
    assert screen[1:] == [
        "-> y = 2 * y",
        "(Pdb) x",
        "20",
        "(Pdb) y",
        "21",
        "(Pdb) n",
        screen[7],
        "-> return y  # noqa: RET504  (a line of its own to stop at)",
        "(Pdb) y",
        "42",
        "(Pdb) c",
    ]


def test_a_prompt_and_what_is_typed_behind_it_are_printed_in_one_go(monkeypatch):
    goes = []
    screen = io.StringIO()
    screen.flush = lambda: goes.append(screen.getvalue())
    monkeypatch.setattr(sys, "stdout", screen)
    with typed_at_breakpoint("x", "c"):
        double(20)
    assert all(printed.endswith("\n") for printed in [*goes, screen.getvalue()])


def test_what_is_typed_can_change_the_program():
    with typed_at_breakpoint("y = 100", "c"):
        assert double(1) == 200


def test_when_the_lines_are_used_up_the_program_goes_on(capsys):
    with typed_at_breakpoint("x"):
        assert [double(1), double(2)] == [4, 6]
    assert capsys.readouterr().out.count("-> y = 2 * y") == 1


def test_the_breakpoint_is_python_s_own_afterwards():
    before = sys.breakpointhook
    with pytest.raises(ZeroDivisionError), typed_at_breakpoint("c"):
        1 / 0  # noqa: B018
    assert sys.breakpointhook is before


def test_it_is_python_s_debugger_where_another_has_taken_its_name():
    program = (
        "import pdb, IPython.core.debugger as other\n"
        "pdb.Pdb = other.Pdb\n"
        "from resnet_live.probe.breakpoints import typed_at_breakpoint\n"
        "def one(x):\n    breakpoint()\n    return x\n"
        "with typed_at_breakpoint('x', 'c'):\n    one(7)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.splitlines()[1:] == ["(Pdb) x", "7", "(Pdb) c"], run.stderr
