"""What the sandbox says is shut off is."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hostile import home_of, ran
from processes import gone
from submissions import NAME, handed_in, save

from resnet_live.grading import sandbox
from resnet_live.grading.grader import NoSandbox, Settings, UnknownSelection, grade
from resnet_live.grading.isolation import Engine, Isolation, tried
from resnet_live.grading.run_watch import end

linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")


@pytest.fixture(params=Engine)
def engine(request, monkeypatch):
    """Each of the ways that this machine has."""
    found = tried(request.param)
    if found is None:
        pytest.skip(f"not here: {request.param}")
    monkeypatch.setattr(sandbox, "isolation", lambda: found)
    return found


@pytest.fixture(params=[Engine.BUBBLEWRAP, Engine.NAMESPACES])
def hiding(request, monkeypatch):
    """Each of the ways that hide files."""
    found = tried(request.param)
    if found is None:
        pytest.skip(f"not here: {request.param}")
    monkeypatch.setattr(sandbox, "isolation", lambda: found)


@linux
def test_isolation_is_told_and_holds(tmp_path, engine):
    """Tried from within, by what the guard does not look at."""
    assert engine.hides != ("NOT shut off" in engine.summary)
    secret = tmp_path / "solutions"
    secret.mkdir()
    (secret / "answer.txt").write_text("42")
    archive = tmp_path / "class.zip"
    archive.write_text("of the others")
    inside = Path(sys.prefix) / "share" / "jupyter"  # within what must be readable
    ended, seen = ran(
        tmp_path / "home",
        f"""
import os, socket
def tries(function, *arguments):
    try:
        return function(*arguments)
    except OSError:
        return None
network = tries(socket.create_connection, ("192.0.2.1", 80), 3)
tell(network=bool(network), processes=[p for p in os.listdir("/proc") if p.isdigit()])
tell(files=[tries(os.listdir, {str(secret)!r}), tries(lambda: open({str(archive)!r}).read()), tries(os.listdir, {str(inside)!r})])
tell(homes=tries(os.listdir, {str(Path.home())!r}), secret=os.environ.get("SECRET"), ran=os.listdir(".."))
tell(wrote=[path for path in {["/x", "/usr/x", "/etc/x", "x"] if engine.hides else ["x"]} if tries(open, path, "w")])
tell(capable=[line for line in open("/proc/self/status") if line.startswith("Cap")][:4])""",
        hidden=[inside],
    )
    assert ended == "whole", seen
    assert not seen["network"]
    assert seen["secret"] is None
    assert seen["wrote"] == ["x"]
    assert {int(line.split()[1], 16) for line in seen["capable"]} == {0}
    if engine.hides:
        assert seen["files"] in ([None, None, []], [None, None, None])
        assert len(seen["processes"]) < 5
        assert sorted(seen["ran"]) == ["home", "ours", "out", "run"]
        # the way to Python may lead through it
        assert set(seen["homes"] or ()) <= {part for path in (sys.prefix, sys.base_prefix) for part in Path(path).parts}
    else:
        assert seen["files"][0] == ["answer.txt"]
    assert (secret / "answer.txt").read_text() == "42"


@linux
def test_two_runs_do_not_see_each_other(tmp_path, hiding):
    other = home_of(tmp_path / "other")
    (other.home / "run" / "answer.txt").write_text("42")
    source = f"import os\ntell(other=os.path.exists({str(other.home)!r}), beside=os.listdir({str(tmp_path)!r}))"
    assert ran(tmp_path / "home", source)[1] == {"other": False, "beside": ["home"]}


def test_the_caller_s_secrets_are_not_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("RESNET_LIVE_DATA", "/data")
    environment = sandbox.environment(tmp_path)
    assert "GITHUB_TOKEN" not in environment
    assert "RESNET_LIVE_DATA" not in environment


def test_a_sandbox_can_be_required(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "isolation", lambda: Isolation(Engine.NONE, True, "NOT shut off: everything"))
    save(handed_in({}), tmp_path / "ada" / NAME)
    with pytest.raises(NoSandbox, match="NOT shut off"):
        grade(tmp_path, Settings(seed=1, require_sandbox=True))
    nobody = replace(Settings(seed=1), students=("eve",))  # is asked for only where answers would be run
    with pytest.raises(UnknownSelection):
        grade(tmp_path, nobody)
    monkeypatch.setattr(sandbox, "isolation", lambda: Isolation(Engine.NAMESPACES, True, "all shut off"))
    with pytest.raises(UnknownSelection):
        grade(tmp_path, replace(nobody, require_sandbox=True))


@pytest.mark.skipif(os.name == "nt", reason="sessions are POSIX")
def test_children_end_with_the_run():
    """A child in a session of its own too."""
    script = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    print(os.getpid(), flush=True)\ntime.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    child = int(process.stdout.readline())
    end(process)
    if not gone(child, within=5):
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child lives")
