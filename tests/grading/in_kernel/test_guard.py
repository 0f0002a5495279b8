# ruff: noqa: E501 (a cheat a line)
"""Cheats that have got past the reading of their source: none gains a point over the same answer without the trick.

Policy and Jupyter are left out here, so that what the kernel's side and the judge do by themselves is seen.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from answers import every
from submissions import REPOSITORY, in_cells

import resnet_live
from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import serialize
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading.assemble import IN_KERNEL, OBSERVERS, assemble
from resnet_live.grading.collect import collect
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.judge_observation import judge_file
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

PACKAGE = Path(resnet_live.__file__).parent
SEED = 11
# Right numbers by a way that the exercise does not allow: what is lost is the check "by hand".
POOLED = "import torch.nn.functional as F\ndef global_avg_pool(x):\n    {trick}\n    return F.adaptive_avg_pool2d(x, 1).flatten(1)"
# Right numbers, and the input is changed on the way.
CHANGED = "import torch\ndef global_avg_pool(x):\n    {trick}\n    x *= 1.5\n    return x.mean((2, 3)) / 1.5"
NUMBERS = "def conv_out(n, k, s=1, p=0):\n    {trick}\n    return -1"


@dataclass(frozen=True)
class Cheat:
    """`trick`: statements within the answer; `before`: at the top of the notebook; `ends`: what must stop it, when something must."""

    name: str
    answer: str
    trick: str = "pass"
    before: str = ""
    ends: str = ""

    @property
    def source(self) -> str:
        return f"{self.before}\n{self.answer.format(trick=self.trick)}"


OTHER_THREAD = """import threading
    box = []
    worker = threading.Thread(target=lambda: box.append(F.adaptive_avg_pool2d(x, 1).flatten(1)))
    worker.start()
    worker.join()
    return box[0]"""
FRAME = """import sys
    frame = sys._getframe(1)
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, list):
                value.clear()
        frame = frame.f_back"""
TRACEBACK = """try:
        1 / 0
    except ZeroDivisionError as error:
        frame = error.__traceback__.tb_frame.f_back
        frame.f_globals['noted_ops'] = None"""
FORGED = """import os
    folder = '../out'
    for name in [*os.listdir(folder), 'answer.bin', 'observation.bin']:
        if name != 'ended':
            with open(os.path.join(folder, name), 'wb') as file:
                file.write(open('good.bin', 'rb').read())"""
LATER = """import os, time
for name in ():
    pass
def spoil():
    for _ in range(200):
        for name in os.listdir('../out'):
            if name.endswith('.bin'):
                with open('../out/' + name, 'wb') as file:
                    file.write(open('good.bin', 'rb').read())
                return
        time.sleep(0.01)"""
CHEATS = [
    Cheat("the profiler is replaced", POOLED, "import torch; torch.autograd.profiler_legacy.profile.__exit__ = lambda *a: None", ends="Tampered"),
    Cheat("the profiler is switched off", POOLED, "import torch; torch.autograd._disable_profiler_legacy()"),
    Cheat("pooling in another thread", POOLED, OTHER_THREAD),
    Cheat("the caller's lists are emptied", POOLED, FRAME),
    Cheat("the caller's frame through a traceback", POOLED, TRACEBACK),
    Cheat("the caller's frame through inspect", POOLED, "import inspect; inspect.currentframe().f_back.f_globals.clear()"),
    Cheat("the key out of the generator", POOLED, "globals()['_observing'].gi_frame.f_locals['key']"),
    Cheat("the observers through the garbage collector", POOLED, "import gc; [o.clear() for o in gc.get_objects() if type(o) is list]"),
    Cheat("a trace function", POOLED, "import sys; sys.settrace(lambda *a: None)"),
    Cheat("a profile function", POOLED, "import sys; sys.setprofile(lambda *a: None)"),
    Cheat("the observers' module", POOLED, "import sys; sys.modules['in_kernel.observers.calls'].noted_ops = None"),
    Cheat("the observers imported again", POOLED, "import in_kernel.observers"),
    Cheat("a class of the observers", POOLED, "[c for c in object.__subclasses__() if c.__name__ == 'InputGenerator'][0].tensor = None", ends="Tampered"),
    Cheat("observed beforehand", POOLED, before="", trick="globals().get('_observing') and None"),
    Cheat("torch.equal always true", CHANGED, "torch.equal = lambda *a: True", ends="Tampered"),
    Cheat("Tensor.clone does nothing", CHANGED, before="import torch\ntorch.Tensor.clone = lambda self, **kw: self", ends="Tampered"),
    Cheat("Tensor.__mul__ replaced", CHANGED, before="import torch\ntorch.Tensor.__imul__ = lambda self, o: self * o", ends="Tampered"),
    Cheat("the built-in isinstance", NUMBERS, "import builtins; builtins.isinstance = lambda *a: True"),
    Cheat("numpy.savez writes another", NUMBERS, "import numpy; numpy.savez = lambda f, **k: f.write(open('good.bin','rb').read())", ends="Tampered"),
    Cheat("json.dumps writes another", NUMBERS, "import json; json.dumps = lambda t: '{}'", ends="Tampered"),
    Cheat("hmac replaced", NUMBERS, "import hmac; hmac.new = None", ends="Tampered"),
    Cheat("the code of torch's function", CHANGED, "torch.functional.einsum.__code__ = (lambda: 0).__code__"),
    Cheat("a copied observation in every file", NUMBERS, FORGED),
    Cheat("a copied observation, then the end", NUMBERS, FORGED + "\n    os._exit(0)", ends="killed"),
    Cheat("a thread that outlives the cell", NUMBERS, before=LATER + "\nimport threading\nthreading.Thread(target=spoil, daemon=True).start()"),
    Cheat("an exit handler", NUMBERS, before=LATER + "\nimport atexit\natexit.register(spoil)"),
    Cheat("a child process that stays", NUMBERS, before=LATER + "\nimport os\nif os.fork() == 0:\n    os.setsid()\n    spoil()\n    os._exit(0)"),
    Cheat("sys.exit", NUMBERS, "raise SystemExit(0)"),
    Cheat("sys.exit at once", NUMBERS, before="raise SystemExit(0)", ends="SystemExit"),
    Cheat("os._exit", NUMBERS, "import os; os._exit(0)", ends="killed"),
    Cheat("an end that never comes", NUMBERS, "\n    while True: pass", ends="killed"),
    Cheat("equal to everything", "class Yes(int):\n    __eq__ = lambda self, other: True\n    __hash__ = None\ndef conv_out(n, k, s=1, p=0):\n    return Yes(7)"),
    Cheat("an object equal to everything", "class Yes:\n    __eq__ = lambda self, other: True\ndef conv_out(n, k, s=1, p=0):\n    return Yes()"),
    Cheat("the visible example learnt by heart", "def conv_out(n, k, s=1, p=0):\n    return {{(128, 3): 126}}.get((n, k), -1)"),
    Cheat("numbers that broadcast", "import torch\ndef global_avg_pool(x):\n    return x.mean()"),
    Cheat("the package imported", NUMBERS, before="from resnet_live.exercise import reference\nexec(reference.source('2.1'))", ends="PermissionError"),
    Cheat("the reference read from its file", NUMBERS, before=f"open({str(PACKAGE / 'exercise/reference_answers/ch02.json')!r}).read()", ends="PermissionError"),
    Cheat("the package's folder listed", NUMBERS, before=f"import os\nos.listdir({str(PACKAGE)!r})", ends="PermissionError"),
    Cheat("the solutions by a detour", NUMBERS, before=f"open({str(PACKAGE / '../resnet_live/cli.py')!r}).read()", ends="PermissionError"),
    Cheat("another interpreter", NUMBERS, before="import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])", ends="PermissionError"),
    Cheat("the network", NUMBERS, before="import socket\nsocket.create_connection(('127.0.0.1', 9))", ends="PermissionError"),
    Cheat("a file outside the working folder", NUMBERS, before="open('../ours/in_kernel/guard.py', 'w')", ends="PermissionError"),
    Cheat("a second watch", NUMBERS, before="import sys\nsys.addaudithook(lambda *a: globals().update(conv_out=None))"),
]  # fmt: skip


def made(home: Path, exercise: str, source: str):
    """The assembled notebook of an answer, unread by the policy."""
    (notebook,) = in_cells(source).notebooks
    answer = Answer(notebook.name, parse(notebook).statements)
    return assemble(find(exercise), answer, home, SEED, "cpu", [PACKAGE])


def run_all(runs: dict, seconds: float, root: Path, **environment: str) -> dict:
    """Run them one after the other: {name: (how it ended, verdict)}."""
    script = Path(__file__).parents[1] / "run_cells.py"
    command = [sys.executable, script, str(seconds), *(str(one.home) for one in runs.values())]
    environment = dict(os.environ, OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", **environment)
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout.splitlines()[-1])
    return {name: (ended[str(one.home)], judge_file(one.observation, one.record)) for name, one in runs.items()}


def exercise_of(source: str) -> str:
    return "2.3" if "global_avg_pool" in source else "2.1"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """All cheats, and the same answers without their tricks, run one after the other: {name: (how it ended, verdict)}."""
    root = tmp_path_factory.mktemp("homes").resolve()
    sources = {cheat.name: cheat.source for cheat in CHEATS}
    sources |= {text: text.format(trick="pass") for text in (POOLED, CHANGED, NUMBERS)}
    sources |= {"reference": reference.source("2.1")}
    runs = {}
    # an honest student's observation for this very seed, exercise and device, as a cheat may have it from a friend
    good = serialize(observe("2.1", reference.objects("2.1"), SEED, "cpu"))
    for number, (name, source) in enumerate(sources.items()):
        runs[name] = made(root / str(number), exercise_of(source), source)
        (runs[name].home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
    return run_all(runs, 8, root)


def test_the_reference_passes_here(outcomes):
    ended, verdict = outcomes["reference"]
    assert (ended, verdict.valid, verdict.points) == ("whole", True, 5)


def test_without_tricks_the_answers_lose_their_points(outcomes):
    assert {text: outcomes[text][1].points for text in (POOLED, CHANGED, NUMBERS)}[NUMBERS] <= 1
    lost = {check.key for check in outcomes[POOLED][1].checks if check.state != "passed"}
    assert lost == {"by hand"}
    assert "untouched" in {check.key for check in outcomes[CHANGED][1].checks if check.state != "passed"}


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing(cheat, outcomes):
    ended, verdict = outcomes[cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)
    if cheat.ends:
        assert ended.startswith(cheat.ends), ended
        assert verdict.points == 0


def test_an_observation_counts_for_one_run_only(tmp_path, outcomes):
    """Signed with another run's key, of another exercise, cut short, or none: nothing."""
    first = made(tmp_path / "a", "2.1", reference.source("2.1"))
    second = made(tmp_path / "b", "2.1", reference.source("2.1"))
    run_all({"first": first}, 60, tmp_path)
    data = first.observation.read_bytes()
    assert judge_file(first.observation, first.record).points == 5
    assert not judge_file(second.observation, second.record).valid
    for spoilt in (data, data[:-1], data[:40], b"", b"x" * 32 + data[32:]):
        second.observation.write_bytes(spoilt)
        assert not judge_file(second.observation, second.record).valid


def test_the_kernel_s_side_holds_no_expected_value(tmp_path):
    """Nothing of definitions, judging or references is in the folder, and the key's file is gone when the answer runs."""
    home = made(tmp_path / "a", "2.1", NUMBERS.format(trick="pass")).home
    observers = {path.name for path in OBSERVERS.glob("*.py")}
    assert {path.name for path in home.rglob("*.py")} == observers | {path.name for path in IN_KERNEL.glob("*.py")}
    text = "".join(path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file())
    for word in ("Misconception(", "Feedback(", "Check(", "resnet_live.exercise.judging"):
        assert word not in text
        assert any(word in path.read_text(encoding="utf-8") for path in (PACKAGE / "exercise").rglob("*.py")), word
    assert reference.source("2.1").splitlines()[-1].strip() not in text


# ---- No honest answer is hindered ----

HONEST = {f"{exercise} reference": (exercise, reference.source(exercise)) for exercise in exercises()}
# and the first known right answer that is not the course's own; the others meet the same observers in tests/exercise
for one in reversed(every("right")):
    if "resnet_live" not in one.source:
        HONEST[f"{one.exercise} another way"] = (one.exercise, one.source)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Every reference, and an answer written in another way, guarded: {name: (how it ended, verdict)}."""
    root = tmp_path_factory.mktemp("honest").resolve()
    runs = {name: made(root / str(n), *answer) for n, (name, answer) in enumerate(HONEST.items())}
    return run_all(runs, 120, root, FASTAI="1")


@pytest.mark.parametrize("name", HONEST)
def test_a_right_answer_gets_all_points_from_the_grader(name, honest):
    ended, verdict = honest[name]
    assert ended == "whole"
    assert verdict.points == find(HONEST[name][0]).points, verdict.text


@pytest.mark.parametrize("exercise", list(exercises()))
def test_a_stub_gets_nothing_from_the_grader(exercise):
    stem = reference.chapter(find(exercise).chapter)["notebook"]
    (student,) = collect(REPOSITORY / "exercises")
    notebooks = [one for one in student.notebooks if one.stem == stem]
    found = find_answer(find(exercise), student, [parse(one) for one in notebooks], stem)
    assert isinstance(found, NoAnswer)
    assert (found.status, found.message) == (Status.NOT_ATTEMPTED, "The stub was not filled in.")
