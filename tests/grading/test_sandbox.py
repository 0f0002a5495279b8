"""What the sandbox says is shut off is."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from resnet_live.grading import sandbox
from resnet_live.grading.assemble import IN_KERNEL


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_isolation_is_told_and_holds(tmp_path):
    """What the sandbox says is shut off is: tried from within, by what the guard does not look at."""
    how = sandbox.isolation()
    assert how.summary
    if not how.hides:
        assert "NOT shut off" in how.summary
        pytest.skip(f"no namespaces here: {how.summary}")
    secret = tmp_path / "solutions"
    secret.mkdir()
    (secret / "answer.txt").write_text("42")
    archive = tmp_path / "class.zip"
    archive.write_text("of the others")
    probe = f"""import os, socket
try:
    socket.create_connection(("192.0.2.1", 80), 3)
    print("network")
except OSError as error:
    print(error.errno)
print(os.listdir({str(secret)!r}), open({str(archive)!r}).read() or None, end=" ")
print(os.environ.get("SECRET"), len([p for p in os.listdir("/proc") if p.isdigit()]) < 9)"""
    limits = tmp_path / "limits.json"
    limits.write_text(
        json.dumps({"own_network": True, "hide": [str(secret), str(archive)], "memory": 10**9, "cpu": 60})
    )
    command = ["unshare", *how.options, sys.executable, "-I", str(IN_KERNEL / "launch.py"), str(limits)]
    done = subprocess.run(
        [*command, sys.executable, "-c", probe], capture_output=True, text=True, env=sandbox.environment(tmp_path)
    )
    assert "network" not in done.stdout, done.stderr
    assert "[] None None True" in done.stdout, done.stdout + done.stderr
    assert (secret / "answer.txt").read_text() == "42"


def test_the_caller_s_secrets_are_not_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("RESNET_LIVE_DATA", "/data")
    environment = sandbox.environment(tmp_path)
    assert "GITHUB_TOKEN" not in environment
    assert "RESNET_LIVE_DATA" not in environment


@pytest.mark.skipif(os.name == "nt", reason="sessions are POSIX")
def test_children_end_with_the_run():
    """A child in a session of its own too."""
    script = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    print(os.getpid(), flush=True)\ntime.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    child = int(process.stdout.readline())
    sandbox.end(process)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child lives")
