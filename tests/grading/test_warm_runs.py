"""A run that is forked off the grader's warm process is like one that is started anew, and out of reach of all others."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from hostile import BARE, BEFORE, home_of, ran
from submissions import NAME, RIGHT, WRONG, handed_in, save
from tricks import ROUTES

from resnet_live.grading import sandbox
from resnet_live.grading.assemble import Assembled
from resnet_live.grading.forge.warm_runs import MOST_FAILURES, RunOrder, WarmRun, WarmRuns
from resnet_live.grading.grader import Grader, Settings, facts, grade
from resnet_live.grading.isolation import Engine, tried
from resnet_live.grading.sandbox import Ending
from resnet_live.grading.status import Status
from resnet_live.kernels.kernelspec import VARIABLE
from resnet_live.kernels.warm_client import NotWarm

SOURCES = Path(sandbox.__file__).parent

pytestmark = [
    pytest.mark.kernel,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("warm runs"),
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux"),
]


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """Where a grader that has its warm process runs its answers."""
    with Grader(Settings(seed=3, device="cpu")) as one:
        yield one.here


def written(home: Path, *sources: str) -> Assembled:
    """A folder ready for the sandbox, with cells of the test's own: no guard is in the way. `out`: the folder of what they leave."""
    made = home_of(home)
    begin = f"from pathlib import Path\nout = Path({str(home / 'out')!r})\n(out / 'ready').touch()"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (begin, *sources)])
    nbformat.write(notebook, made.notebook)
    return made


def seen(made: Assembled) -> dict:
    return json.loads(made.observation.read_text())


# and what bubblewrap sets
NAMES_OF_A_PROCESS = (
    "JPY_PARENT_PID",
    "JPY_SESSION_NAME",
    "JUPYTER_PATH",
    "PWD",
    "PYTEST_CURRENT_TEST",
    "PYTEST_VERSION",
)
FACTS = """
import json, os, random, resource, sys, tempfile, torch, numpy, matplotlib, fastai.vision.all
import fastai.data.external
part = out / "part"
facts = {
    "cwd": os.getcwd(), "tmp": tempfile.gettempdir(), "environment": dict(os.environ), "path": sys.path, "argv": sys.argv[0],
    "umask": os.umask(0o022), "threads": torch.get_num_threads(), "hash": hash("a"), "nice": os.nice(0),
    "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
    "signal": str(__import__("signal").getsignal(2)), "backend": matplotlib.get_backend(), "name": __name__,
    "strangers": [n for n in sys.modules if n.split(".")[0] in ("pytest", "_pytest", "nbmake", "nbclient", "resnet_live")],
    "grad": torch.is_grad_enabled(), "dtype": str(torch.get_default_dtype()), "main": sys.modules["__main__"].__name__,
    "deterministic": torch.are_deterministic_algorithms_enabled(),
    "cuda": torch.cuda.is_initialized(), "tty": sys.stdin is not None and os.isatty(0), "home": str(Path.home()),
}
part.write_text(json.dumps(facts)); part.rename(out / "observation.bin")
"""


def test_a_run_has_what_a_fresh_one_has(warm, tmp_path):
    """Folder, variables, path, limits, threads, hashes: equal, but for the folder's name and what names a process."""
    found = []
    for runs in (warm.warm, None):
        made = written(Path(warm.work) / ("forked" if runs else "fresh") / "run", FACTS)
        assert sandbox.run(made, warm.hidden, 120, "python3", runs).ending is Ending.OBSERVED
        text = made.observation.read_text().replace(str(made.home), "HOME")
        facts = json.loads(text)
        for name in NAMES_OF_A_PROCESS:
            facts["environment"].pop(name, None)
        facts["limits"].pop("RLIMIT_NPROC")  # so many more than there are in the moment
        found.append(facts)
    assert found[0]["environment"] == found[1]["environment"]
    assert found[0] == found[1]


def test_random_numbers_differ_from_run_to_run(warm):
    draw = "import json, random, numpy, torch\npart = out / 'part'\n"
    draw += "part.write_text(json.dumps([random.random(), numpy.random.rand(), torch.rand(1).item()]))\n"
    draw += "part.rename(out / 'observation.bin')"
    drawn = []
    for name in ("one", "two"):
        made = written(Path(warm.work) / name / "run", draw)
        assert sandbox.run(made, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED
        drawn.append(seen(made))
    assert not set(drawn[0]) & set(drawn[1])


REACH = """
import ctypes, json, os, socket
def tried(what):
    try:
        return what() or True
    except OSError as error:
        return None
libc = ctypes.CDLL(None)
facts = {
    "written": tried(lambda: open(OUTSIDE, "w").close()),
    "others": os.listdir(WORK),
    "hidden": tried(lambda: os.listdir(HIDDEN)),
    "processes": len([one for one in os.listdir("/proc") if one.isdigit()]),
    "network": tried(lambda: bool(socket.create_connection(("192.0.2.1", 80), 3))),
    "machine": tried(lambda: bool(socket.create_connection(("127.0.0.1", PORT), 3))),
    "shown": [libc.umount2(folder.encode(), 2) for folder in (HIDDEN, WORK, "/dev/shm")],
    "capabilities": [line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm"))],
    "killed": tried(lambda: os.kill(1, 9)),
    "namespaces": libc.unshare(0x10000000),
}
(out / "part").write_text(json.dumps(facts)); (out / "part").rename(out / "observation.bin")
"""


def test_the_report_says_what_shuts_the_runs_off():
    """Bubblewrap starts programs, and a forked run is none."""
    cold, forked = (facts(Settings(seed=3, device="cpu", warm=warm))["isolation"] for warm in (False, True))
    assert cold == sandbox.isolation().summary
    assert forked == ((tried(Engine.NAMESPACES) or sandbox.isolation()).summary if "bubblewrap" in cold else cold)


@pytest.fixture
def server():
    """The port of a server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one.getsockname()[1]


def names_in_reach(outside: Path, work: str | Path, port: int) -> str:
    """What `REACH` is given."""
    return f"OUTSIDE, WORK, HIDDEN, PORT = {str(outside)!r}, {str(work)!r}, {str(SOURCES)!r}, {port}"


def test_a_run_reaches_nothing_but_itself(warm, tmp_path, server):
    """Not the files of a run beside it, no folder outside its own, no process, no network; and it cannot undo that."""
    if not sandbox.isolation().hides:
        assert "NOT shut off" in sandbox.isolation().summary
        pytest.skip("no namespaces here")
    other = written(Path(warm.work) / "other" / "run")
    outside, work = tmp_path / "file", warm.work
    made = written(Path(work) / "this" / "run", names_in_reach(outside, work, server) + REACH)
    assert sandbox.run(made, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED
    facts = seen(made)
    assert facts.pop("capabilities") == ["0000000000000000"] * 2
    assert facts.pop("processes") < 9
    assert facts.pop("killed") in (True, None)  # nothing: it is the first process of all, and still there
    expected = {
        "written": None,
        "others": ["this"],
        "hidden": None,
        "network": None,
        "machine": None,
        "shown": [-1, -1, -1],
        "namespaces": -1,
    }
    assert facts == expected
    assert not outside.exists()
    assert other.notebook.exists()


def test_with_nothing_shut_off_it_reaches_all_of_that(tmp_path, server, monkeypatch):
    """But for the signal to the first process of all, which is not tried."""
    monkeypatch.setattr(sandbox, "isolation", lambda: BARE)
    (tmp_path / "other").mkdir()
    source = REACH.replace('    "killed": tried(lambda: os.kill(1, 9)),\n', "")
    assert source != REACH
    begin = f"from pathlib import Path\nout = Path('../out')\n{names_in_reach(tmp_path / 'file', tmp_path, server)}"
    ended, facts = ran(tmp_path / "this", f"{begin}{source}tell(**facts)")
    assert ended == "whole"
    assert (facts["written"], facts["machine"]) == (True, True)
    assert (tmp_path / "file").exists()
    assert {"other", "this"} <= set(facts["others"])
    assert "sandbox.py" in facts["hidden"]
    assert facts["processes"] >= len([one for one in os.listdir("/proc") if one.isdigit()]) / 2 > 1
    if os.geteuid() == 0:
        assert "0000000000000000" not in facts["capabilities"]
        assert facts["namespaces"] == 0


def test_with_its_capabilities_a_run_would_undo_what_shuts_it_off(tmp_path, monkeypatch):
    found = tried(Engine.NAMESPACES)
    if found is None:
        pytest.skip("no namespaces here")
    monkeypatch.setattr(sandbox, "isolation", lambda: found)
    made = home_of(tmp_path / "home")
    launch = made.home / "ours" / "in_kernel" / "launch.py"
    text = launch.read_text(encoding="utf-8")
    assert text.count("    drop_capabilities()\n") == 1
    launch.write_text(text.replace("    drop_capabilities()\n", ""), encoding="utf-8")
    script = f"{BEFORE}import ctypes\ntell(shown=ctypes.CDLL(None).umount2(b'/dev/shm', 2))"
    (made.home / "run" / "script.py").write_text(script)
    sandbox.run_command([sys.executable, "script.py"], made, [], 60)
    assert json.loads((made.home / "run" / "told.json").read_text()) == {"shown": 0}


# What could be a way from one run to the warm process, and from there to the next: memory and handles that both have.
SHARED = """
import json, os, socket, stat
part, held = out / "part", []
for name in os.listdir("/proc/self/fd"):
    try:
        mode, number = os.fstat(int(name)).st_mode, int(name)
    except OSError:
        continue
    if stat.S_ISSOCK(mode):
        one = socket.socket(fileno=os.dup(number))
        held.append(f"socket {one.family.name} {one.type.name}")
    else:
        held.append(os.readlink(f"/proc/self/fd/{name}"))
memory = [line.strip() for line in open("/proc/self/maps") if "s" in line.split()[1] and "w" in line.split()[1]]
for line in memory:  # what is there is overwritten: the runs after this one shall not notice
    start, stop = (int(number, 16) for number in line.split()[0].split("-"))
    __import__("ctypes").memset(start, 255, stop - start)
facts = {"handles": held, "memory": memory, "parent": os.getppid()}
part.write_text(json.dumps(facts)); part.rename(out / "observation.bin")
"""


def test_the_look_at_what_is_shared_sees_what_is_shared(tmp_path):
    before = "import mmap, socket\nmine = mmap.mmap(-1, 8192)\npair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)"
    source = f"from pathlib import Path\nout = Path({str(tmp_path)!r})\n{before}\n{SHARED}\nassert mine[:] == bytes([255]) * 8192"
    subprocess.run([sys.executable, "-c", source], check=True)
    facts = json.loads((tmp_path / "observation.bin").read_text())
    assert len(facts["memory"]) == 1
    assert facts["handles"].count("socket AF_UNIX SOCK_SEQPACKET") == 2


def test_a_run_holds_nothing_that_the_warm_process_or_the_next_run_has(warm):
    """No memory is shared, and no handle leads to the warm process, its log, or a file that is not the run's."""
    if not sandbox.isolation().hides:
        pytest.skip("no namespaces here")
    for name in ("first of two", "second of two"):
        made = written(Path(warm.work) / name / "run", SHARED)
        assert sandbox.run(made, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED
        facts = seen(made)
        assert facts["handles"]
        assert facts["memory"] == []
        assert facts["parent"] in (0, 1)
        assert not [one for one in facts["handles"] if "SEQPACKET" in one or "pidfd" in one], facts["handles"]
        files = [one for one in facts["handles"] if one.startswith("/") and not one.startswith(("/dev/", "/proc/"))]
        own = str(made.home.parent)
        assert all(one.startswith((own, sys.prefix, sys.base_prefix)) for one in files), files
        assert not any("warm" in Path(one).name for one in files), files


@pytest.mark.parametrize(
    ("how", "cell"),
    [
        (Ending.FAILED, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
        (Ending.FAILED, "import ctypes\nctypes.string_at(0)"),
        (Ending.TIMED_OUT, "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 60))\nwhile True: pass"),
        (Ending.FAILED, "import torch\ntorch.empty(2 * 10**9).fill_(0.0)"),
    ],
    ids=["killed", "segfault", "deaf", "memory"],
)
def test_what_befalls_a_run_befalls_no_other(warm, how, cell):
    """However it ends, all of it ends, the next run is a run as any other, and comes from the same process."""
    leave = "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)"
    name = f"{how.name}{len(cell)}"
    made = written(Path(warm.work) / name / "run", leave, cell)
    assert sandbox.run(made, warm.hidden, 3, "python3", warm.warm).ending is how
    process = warm.warm._process
    draw = "(out / 'observation.bin').write_text('{}')"
    after = written(Path(warm.work) / f"{name}-after" / "run", draw)
    assert sandbox.run(after, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED
    if sandbox.isolation().hides:
        assert warm.warm._process is process


def test_a_killed_warm_process_costs_no_answer(warm):
    """The run that it takes along is told from one that ended by itself; the next one has a new process."""
    made = written(Path(warm.work) / "long" / "run", "import time\ntime.sleep(600)")
    limits = sandbox.isolation().inside(*sandbox._bounds(made.home, [], 600, False))
    environment, log = sandbox.environment(made.home), made.home / "nbmake.log"
    order = RunOrder(made.home / "ours", made.notebook, [], environment, limits, log)
    run = warm.warm.start(order)
    while not made.ready.exists():
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(warm.warm._process.pid, signal.SIGKILL)
    while run.poll() is None:
        time.sleep(0.05)
    assert run.lost
    ends = time.monotonic() + 60
    while Path(f"/proc/{run.pid}").exists():  # nobody knows of it any more
        assert time.monotonic() < ends
        time.sleep(0.05)
    again = written(Path(warm.work) / "again" / "run", "(out / 'observation.bin').write_text('{}')")
    assert sandbox.run(again, warm.hidden, 60, "python3", warm.warm).ending in (Ending.OBSERVED, Ending.LOST)
    last = written(Path(warm.work) / "last" / "run", "(out / 'observation.bin').write_text('{}')")
    assert sandbox.run(last, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED


def test_who_takes_away_that_it_has_begun_costs_nobody_the_warm_process(warm):
    """`ready` lies where the answer writes. An error of its own is its own doing, and the warm process lives on for the others."""
    draw = "(out / 'observation.bin').write_text('{}')"
    assert sandbox.run(written(Path(warm.work) / "begin" / "run", draw), warm.hidden, 60, "python3", warm.warm)
    process = warm.warm._process
    take = "(out / 'ready').unlink()\nimport os, shutil\n"
    for number, more in enumerate(
        ["undefined", "os._exit(0)", "shutil.rmtree('..', ignore_errors=True)\nos._exit(0)", "undefined"]
    ):
        made = written(Path(warm.work) / f"taken{number}" / "run", take + more)
        ran = sandbox.run(made, warm.hidden, 60, "python3", warm.warm)
        assert ran.ending is Ending.FAILED and (ran.kind == "NameError" or more != "undefined")
    if sandbox.isolation().hides:
        assert warm.warm._process is process
    assert not warm.warm.why_not


def test_a_warm_process_that_takes_many_runs_along_has_failed_once(tmp_path):
    """And only failures in a row mean that runs cannot be forked here."""
    runs = WarmRuns({}, tmp_path)

    def died(count: int) -> None:
        runs._process = subprocess.Popen(["sleep", "600"], start_new_session=True)
        for run in [WarmRun(socket.socketpair()[0], runs._process.pid) for _ in range(count)]:
            runs.failed(run, "killed")

    for _ in range(MOST_FAILURES - 1):
        died(8)
    assert runs.failures == MOST_FAILURES - 1 and not runs.why_not
    runs.worked()
    died(1)
    assert not runs.why_not
    for _ in range(MOST_FAILURES - 1):
        died(1)
    assert runs.why_not == "killed"


def test_where_kernels_cannot_be_forked_the_ordinary_one_is_started(warm, monkeypatch):
    monkeypatch.setenv(VARIABLE, "off")
    made = written(Path(warm.work) / "ordinary" / "run", "(out / 'observation.bin').write_text('{}')")
    with pytest.raises(NotWarm):
        warm.warm.start(RunOrder(made.home, made.notebook, [], {}, {}, made.home / "log"))
    assert sandbox.run(made, warm.hidden, 60, "python3", warm.warm).ending is Ending.OBSERVED


def compared(folder: Path, only: tuple[str, ...], timeout: float = 30) -> list:
    """What is graded the same with runs that are forked and with fresh ones."""
    books = [grade(folder, Settings(9, jobs=2, timeout=timeout, only=only, warm=warm)) for warm in (True, False)]
    results = [
        [(one.student, one.exercise, one.points, one.status, one.message, one.notes, one.text) for one in book.grades]
        for book in books
    ]
    assert results[0] == results[1]
    return books[0].grades


def test_the_grade_is_the_same(tmp_path):
    """Right, wrong, with an error, with a cheat, cut out and as the notebook stands."""
    save(handed_in(RIGHT), tmp_path / "right" / NAME)
    raising = {"2.1": "def conv_out(n, k, s=1, p=0):\n    return undefined", "2.2": WRONG["2.2"]}
    save(handed_in(raising), tmp_path / "wrong" / NAME)
    cheat = handed_in(WRONG)
    for trick in ROUTES.values():
        trick(cheat)
    save(cheat, tmp_path / "cheat" / NAME)
    grades = compared(tmp_path, ("2.1",))
    assert {one.status for one in grades} >= {Status.PASSED, Status.FAILED}
