"""Interrupts, ends and crashes are as with an ordinary kernel, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from jupyter_client.manager import start_new_kernel
from processes import gone
from started_kernels import LIGHT, environment

from resnet_live.kernels import warm_kernels
from resnet_live.kernels.warm_client import stop_all


@pytest.mark.parametrize("ordinary", [True, False])
def test_an_interrupt_stops_a_cell_and_the_kernel_goes_on(place, ordinary):
    with place.kernel(ordinary=ordinary) as kernel:
        kernel.run("a = 1")
        # Not `stop_on_error`: it would throw away the next cell, too, when that one comes quickly.
        sent = kernel.client.execute("import time\nprint('begun')\nwhile True: time.sleep(0.1)", stop_on_error=False)
        while kernel.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        kernel.manager.interrupt_kernel()
        while (reply := kernel.client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != sent:
            pass
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert kernel.says("a") == "1"


def test_a_kernel_that_says_nothing_is_alive(place):
    with place.kernel() as kernel:
        kernel.client.execute("while True: pass")
        assert kernel.manager.is_alive()
        assert kernel.manager.provisioner.process.returncode is None
        with pytest.raises(subprocess.TimeoutExpired):
            kernel.manager.provisioner.process.wait(0.1)


DEATHS = {
    "os._exit": ("import os; os._exit(3)", 3),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    "a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    "an abort": ("import os; os.abort()", -signal.SIGABRT),
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("ordinary", [True, False])
def test_a_kernel_that_dies_is_seen_to_be_dead(place, death, ordinary):
    source, code = DEATHS[death]
    with place.kernel(ordinary=ordinary) as kernel:
        process = kernel.manager.provisioner.process
        kernel.client.execute(source)
        assert process.wait(60) == code
        assert not kernel.manager.is_alive()


def test_sys_exit_raises_and_the_kernel_goes_on(place):
    with place.kernel() as kernel:
        assert ("error", "SystemExit", "3") in kernel.run("import sys; sys.exit(3)")
        assert kernel.says("6 * 7") == "42"


@pytest.mark.parametrize("now", [True, False])
def test_a_restart_gives_a_new_kernel(place, now):
    with place.kernel() as kernel:
        kernel.run("a = 1")
        before = kernel.pid
        kernel.manager.restart_kernel(now=now)
        kernel.client.wait_for_ready(timeout=60)
        assert kernel.why_ordinary is None
        assert kernel.pid != before
        assert gone(before)
        assert kernel.run("a")[-1][:2] == ("error", "NameError")


def test_two_kernels_at_once_know_nothing_of_each_other(place):
    with place.kernel() as one, place.kernel() as other:
        assert one.why_ordinary is other.why_ordinary is None
        one.run("a = 1")
        other.run("a = 2")
        assert (one.says("a"), other.says("a")) == ("1", "2")
        assert psutil.Process(one.pid).ppid() == psutil.Process(other.pid).ppid()
    assert len(place.warm_processes()) == 1


@pytest.mark.parametrize("now", [True, False])
def test_nothing_is_left_of_a_kernel_that_was_shut_down(place, now):
    with place.kernel() as kernel:
        pids = [kernel.pid]
        if now:
            pids.append(
                int(kernel.run("import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid)")[-1][1])
            )
        kernel.manager.shutdown_kernel(now=now)
        assert all(gone(pid) for pid in pids)
    (warm,) = place.warm_processes()
    assert warm.children() == []


def test_what_a_notebook_wants_done_at_the_end_is_done(place, tmp_path):
    with place.kernel(cwd=tmp_path) as kernel:
        kernel.run("import atexit, pathlib; atexit.register(lambda: pathlib.Path('last').write_text('words'))")
        kernel.run("import threading, time\ndef late(): time.sleep(0.5); pathlib.Path('later').write_text('words')")
        kernel.run("threading.Thread(target=late).start()")
        kernel.manager.shutdown_kernel()
    assert (tmp_path / "last").read_text() == "words"
    assert (tmp_path / "later").read_text() == "words"


def test_ignored_signals_do_not_save_a_kernel(place):
    with place.kernel() as kernel:
        kernel.run("import signal\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)")
        kernel.client.execute("while True: pass")
        pid = kernel.pid
        kernel.manager.shutdown_kernel(now=True)
        assert gone(pid)


def test_after_the_warm_process_was_killed_the_next_kernel_has_a_new_one(new_place):
    place = new_place()
    with place.kernel() as kernel:
        (warm,) = place.warm_processes()
        warm.kill()
        assert gone(kernel.pid)
        assert not kernel.manager.is_alive()
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=60)
        assert kernel.why_ordinary is None
        assert kernel.says("1") == "1"
        assert [process.pid for process in place.warm_processes()] != [warm.pid]


def test_stopping_ends_the_warm_process_and_its_kernels(new_place):
    place = new_place()
    with place.kernel() as kernel:
        (warm,) = place.warm_processes()
        stop_all(place.folder)
        assert gone(warm.pid, within=0)
        assert gone(kernel.pid, within=0)


def test_it_ends_when_nobody_wants_a_kernel_for_long(new_place):
    place = new_place(idle_s=0.5)
    with place.kernel() as kernel:
        (warm,) = place.warm_processes()
        time.sleep(1)
        assert kernel.says("1") == "1"
    assert gone(warm.pid)
    with place.kernel() as kernel:
        assert kernel.why_ordinary is None


RUNNER = """
import time
from jupyter_client.manager import start_new_kernel
from resnet_live.kernels import warm_kernels
with warm_kernels(preload=["ipykernel.kernelapp"]):
    manager, client = start_new_kernel(kernel_name="python3")
    client.execute("while True: pass")
    print(manager.provisioner.pid, manager.provisioner.why_ordinary, flush=True)
    time.sleep(600)
"""


def test_a_killed_runner_takes_kernel_and_warm_process_along():
    free = environment(RESNET_LIVE_WARM_KERNELS=None, JUPYTER_PATH=None)
    runner = subprocess.Popen([sys.executable, "-c", RUNNER], env=free, stdout=subprocess.PIPE, text=True)
    with runner:
        pid, why_ordinary = runner.stdout.readline().split(maxsplit=1)
        kernel = int(pid)
        assert why_ordinary.strip() == "None"
        warm = psutil.Process(kernel).ppid()
        assert "warm_process" in " ".join(psutil.Process(warm).cmdline())
        runner.kill()
    assert gone(kernel)
    assert gone(warm)


def test_processes_of_one_run_share_a_warm_process_and_it_ends_with_the_run(monkeypatch):
    monkeypatch.delenv("RESNET_LIVE_WARM_KERNELS", raising=False)
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    ask = (
        "from jupyter_client.manager import start_new_kernel; import psutil\n"
        "m, c = start_new_kernel(kernel_name='python3'); print(psutil.Process(m.provisioner.pid).ppid())\n"
        "c.stop_channels(); m.shutdown_kernel(now=True)"
    )
    with warm_kernels(preload=LIGHT) as variables:
        asking = [subprocess.Popen([sys.executable, "-c", ask], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        warm = {int(process.communicate(timeout=120)[0]) for process in asking}
        assert len(warm) == 1
        assert "warm_process" in " ".join(psutil.Process(*warm).cmdline())
        with warm_kernels() as inside:
            assert inside == variables
        assert os.environ["RESNET_LIVE_WARM_KERNELS"] == variables["RESNET_LIVE_WARM_KERNELS"]
        folder = variables["RESNET_LIVE_WARM_KERNELS"]
        assert os.stat(folder).st_mode & 0o777 == 0o700
    assert gone(*warm)
    assert not os.path.exists(folder)
    assert "RESNET_LIVE_WARM_KERNELS" not in os.environ
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        assert not hasattr(manager.provisioner, "why_ordinary")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
