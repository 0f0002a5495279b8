"""`resnet-live grade`, all the way: ten students, in the states in which notebooks are handed in."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import nbformat
import psutil
import pytest
from rich.console import Console
from submissions import RIGHT, WRONG, handed_in, save
from typer.testing import CliRunner

from resnet_live import cli
from resnet_live.exercise import reference
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import gradebook, grader, sandbox
from resnet_live.grading.assemble import assemble
from resnet_live.grading.collect import collect
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.find_answer import parse
from resnet_live.grading.gradebook import Marks, Row
from resnet_live.grading.grader import Settings, mark

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(600)]

ONLY = ("2.1", "2.2", "2.3")
NAME = "02_adaptive_pooling.ipynb"
STEM = NAME.removesuffix(".ipynb")
ENDLESS = "def halvings(n):\n    while n:\n        pass"
LOUD = """import warnings, sys
def conv_out(n, k, s=1, p=0):
    warnings.warn("careful")
    print("loud " * 1000, file=sys.stderr)
    print("loud " * 1000)
    return (n + 2 * p - k) // s + 1"""


NO_TRACEBACK = """from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.showtraceback = lambda *a, **k: None
get_ipython().showtraceback = lambda *a, **k: None"""
NO_ASSERT = """import ast
class Drop(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Drop())"""
ALWAYS = "class Always:\n    def __eq__(self, other):\n        return True\ndef conv_out(n, k, s=1, p=0):\n    return Always()"
NEW_CHECK = "import resnet_live.exercise as e\ne.check = lambda *a: print('all passed')\ncheck = e.check"


def in_metadata(key, value):
    return lambda notebook: notebook.metadata.update({key: value})


def in_each_cell(key, value):
    return lambda notebook: [cell.metadata.update({key: value}) for cell in notebook.cells]


def as_first_cell(source):
    return lambda notebook: notebook.cells.insert(0, nbformat.v4.new_code_cell(source))


def without_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("check(")]


# The nine ways by which a wrong answer passes nbmake, and some more: what each does to the notebook.
ROUTES = {
    "allow_errors in the metadata": in_metadata("execution", {"allow_errors": True, "timeout": 9999}),
    "the tag raises-exception": in_each_cell("tags", ["raises-exception"]),
    "the tag skip-execution": in_each_cell("tags", ["skip-execution"]),
    "nbmake.post_cell_execute": in_each_cell(
        "nbmake", {"post_cell_execute": ["conv_out = None"], "mock": {"conv_out": "1"}}
    ),
    "showtraceback of the instance": as_first_cell("get_ipython().showtraceback = lambda *a, **k: None"),
    "showtraceback of the class": as_first_cell(NO_TRACEBACK),
    "asserts dropped by a transformer": as_first_cell(NO_ASSERT),
    "a deleted check": without_checks,
    "a new check": as_first_cell(NEW_CHECK),
    "a forged report": as_first_cell("print('✓ 5/5  all checks\\n2.1 conv_out: 5 of 5 points')"),
}


def code_cells(home):
    notebook = nbformat.read(home / "run" / "answer.ipynb", as_version=4)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert all(not cell.metadata for cell in notebook.cells)
    return [cell.source for cell in notebook.cells[1:]]


def assembled(notebook, folder):
    """The cells that run for 2.1 when this notebook is handed in."""
    save(notebook, folder / "in" / NAME)
    (student,) = collect(folder / "in")
    answer = find_answer(find("2.1"), student, [parse(one) for one in student.notebooks], STEM)
    assemble(find("2.1"), answer, folder / "out", 1, "cpu", [])
    return code_cells(folder / "out")


@pytest.mark.parametrize("route", ROUTES)
def test_what_passes_nbmake_does_not_get_into_the_notebook_that_runs(route, tmp_path):
    """It is the same as without the trick, and without any metadata."""
    plain, tricky = handed_in(WRONG), handed_in(WRONG)
    ROUTES[route](tricky)
    assert tricky != plain
    assert assembled(tricky, tmp_path / "tricky") == assembled(plain, tmp_path / "plain")


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """Ten students, marked once: (folder, marks, what the progress said)."""
    folder = tmp_path_factory.mktemp("class")
    perfect = handed_in(RIGHT)
    perfect.metadata["kernelspec"] = {"name": "torch-gpu", "display_name": "My kernel", "language": "python"}
    save(perfect, folder / "perfect" / NAME)
    save(handed_in({}), folder / "empty" / NAME)
    save(handed_in(RIGHT | {"2.2": WRONG["2.2"]}), folder / "one-wrong" / "renamed.ipynb")
    save(handed_in(WRONG), folder / "everything-wrong" / NAME)
    # all of these at once, and an object that is equal to everything
    cheating = handed_in({"2.1": ALWAYS, "2.2": WRONG["2.2"], "2.3": WRONG["2.3"]})
    for trick in ROUTES.values():
        trick(cheating)
    save(cheating, folder / "cheating" / NAME)
    (folder / "broken").mkdir()
    (folder / "broken" / NAME).write_text('{"cells": [{"cell_type": "code", "source"', encoding="utf-8")
    save(handed_in({"2.1": RIGHT["2.1"], "2.2": ENDLESS}), folder / "endless" / NAME)
    other = handed_in(RIGHT)
    other.cells.reverse()
    other.cells += [nbformat.v4.new_code_cell("1 / 0")]
    for cell in other.cells:
        cell.metadata = {}
    save(other, folder / "other-order" / NAME)
    (folder / "missing").mkdir()
    save(handed_in({"2.1": LOUD}), folder / "warnings" / NAME)
    said = []
    settings = Settings(seed=5, jobs=2, timeout=15, only=ONLY)
    marks = mark(folder, settings, lambda done, of, what: said.append((done, of)))
    return folder, marks, said


def statuses(marks, student):
    return [(row.points, row.status) for row in marks.rows if row.student == student]


FULL = [(5, "passed"), (6, "passed"), (7, "passed")]
EXPECTED = {
    "perfect": FULL,
    "empty": [(0, "not attempted")] * 3,
    "one-wrong": [FULL[0], None, FULL[2]],
    "everything-wrong": [None] * 3,
    "cheating": [None] * 3,
    "broken": [(0, "error")] * 3,
    "endless": [FULL[0], (0, "timed out"), (0, "not attempted")],
    "other-order": FULL,
    "missing": [(0, "missing")] * 3,
    "warnings": [FULL[0], (0, "not attempted"), (0, "not attempted")],
}


@pytest.mark.parametrize("student", EXPECTED)
def test_each_student_gets_what_is_due(classroom, student):
    for got, due in zip(statuses(classroom[1], student), EXPECTED[student], strict=True):
        # a wrong answer may keep the point for returning an int
        assert got == due or (due is None and got[0] <= 1 and got[1] in ("failed", "partly")), got


def test_the_messages_say_what_was_wrong(classroom):
    rows = {(row.student, row.exercise): row for row in classroom[1].rows}
    assert all(row.message for row in rows.values())
    assert NAME in rows["broken", "2.1"].message
    assert "conv_out" in rows["missing", "2.1"].message
    assert "15 seconds" in rows["endless", "2.2"].message
    assert "-1" in rows["one-wrong", "2.2"].message
    assert any("broken" in warning and "not JSON" in warning for warning in classroom[1].warnings)


def test_progress_goes_from_nothing_to_all(classroom):
    assert classroom[2] == [(done, 30) for done in range(31)]


def test_the_table_and_the_files(classroom, tmp_path):
    _, marks, _ = classroom
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    gradebook.show(marks, console)
    table = console.export_text()
    for words in ("other-order", "timed out", "not attempted", "Isolation: ", "Seed: 5", "perfect: 18/18 points"):
        assert words in table
    gradebook.write(marks, tmp_path)
    with (tmp_path / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.DictReader(file))
    assert list(sheet[0]) == ["student", "exercise", "points", "max_points", "status", "message"]
    assert len({(line["student"], line["exercise"]) for line in sheet}) == len(sheet) == 30
    tree = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert tree["points"] == sum(int(line["points"]) for line in sheet)
    assert tree["seed"] == 5
    suites = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert sum(int(suite.get("tests")) for suite in suites) == 30
    assert len(list((tmp_path / "feedback").iterdir())) == 10
    assert "✗" in (tmp_path / "feedback" / "one-wrong.md").read_text(encoding="utf-8")
    assert "| perfect | 2.1 | 5/5 | passed |" in gradebook.summary(marks)


def test_a_seed_repeats_a_run(classroom, tmp_path):
    """Same inputs, so the same words about the same wrong number, whatever else is marked beside it."""
    _, marks, _ = classroom
    (tmp_path / "one-wrong").mkdir()
    save(handed_in({"2.2": WRONG["2.2"]}), tmp_path / "one-wrong" / NAME)
    again = mark(tmp_path, Settings(seed=5, only=("2.2",)))
    before = next(row for row in marks.rows if (row.student, row.exercise) == ("one-wrong", "2.2"))
    assert again.rows[0].text == before.text


def test_seeds_differ_between_students_exercises_and_runs():
    seeds = {grader.seed_of(*case) for case in ((1, "a", "2.1"), (2, "a", "2.1"), (1, "b", "2.1"), (1, "a", "2.2"))}
    assert len(seeds) == 4
    assert grader.new_seed() != grader.new_seed()


OWN_LAYER = """class ConvLayer(nn.Module):
    def __init__(self, ni, nf, ks=3, stride=1, act=True, zero=False):
        super().__init__()
        self.conv = nn.Conv2d(ni, nf, ks, stride, ks // 2, bias=False)
        self.bn = nn.BatchNorm2d(nf)
        nn.init.constant_(self.bn.weight, 0.0 if zero else 1.0)
        self.act = act

    def forward(self, x):
        x = self.bn(self.conv(x))
        return x.relu() if self.act else x"""
WITH_OWN_LAYER = """class NaiveResBlock(nn.Module):
    def __init__(self, ni, nf, stride=1):
        super().__init__()
        self.first, self.second = ConvLayer(ni, nf, stride=stride), ConvLayer(nf, nf, act=False, zero=True)

    def forward(self, x):
        return self.second(self.first(x)) + x"""


def test_an_answer_may_rest_on_the_student_s_own_layer_when_that_is_right(tmp_path):
    """It takes an argument that the reference does not have. A wrong one is replaced by the reference, and helps nobody."""
    zero_gamma = reference.source("5.2")
    for student, layer in (("right", OWN_LAYER), ("wrong", OWN_LAYER.replace("bias=False", "bias=True"))):
        notebook = nbformat.v4.new_notebook()
        sources = ("from torch import nn", layer, zero_gamma, WITH_OWN_LAYER)
        notebook.cells = [nbformat.v4.new_code_cell(one) for one in sources]
        save(notebook, tmp_path / student / "05_naive_resblock.ipynb")
    marks = mark(tmp_path, Settings(seed=2, jobs=2, only=("5.3",)))
    assert [(row.student, row.status) for row in marks.rows] == [("right", "passed"), ("wrong", "failed")]
    assert "zero" in marks.rows[1].message


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_isolation_is_told_and_holds(tmp_path):
    """What the sandbox says is shut off is: tried from within, by what the guard does not look at."""
    how = sandbox.isolation()
    assert how.words
    if not how.hides:
        assert "NOT shut off" in how.words
        pytest.skip(f"no namespaces here: {how.words}")
    secret = tmp_path / "solutions"
    secret.mkdir()
    (secret / "answer.txt").write_text("42")
    probe = f"""import os, socket
try:
    socket.create_connection(("192.0.2.1", 80), 3)
    print("network")
except OSError as error:
    print(error.errno)
print(os.listdir({str(secret)!r}), os.environ.get("SECRET"), len([p for p in os.listdir("/proc") if p.isdigit()]) < 9)"""
    limits = tmp_path / "limits.json"
    limits.write_text(json.dumps({"own_network": True, "hide": [str(secret)], "memory": 10**9, "cpu": 60}))
    command = ["unshare", *how.options, sys.executable, "-I", str(sandbox.KERNELSIDE / "launch.py"), str(limits)]
    done = subprocess.run(
        [*command, sys.executable, "-c", probe], capture_output=True, text=True, env=sandbox._environment(tmp_path)
    )
    assert "network" not in done.stdout, done.stderr
    assert "[] None True" in done.stdout, done.stdout + done.stderr
    assert (secret / "answer.txt").read_text() == "42"


def test_the_caller_s_secrets_are_not_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("RESNET_LIVE_DATA", "/data")
    environment = sandbox._environment(tmp_path)
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
    sandbox._end(process)
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


# ---- Files and the command ----


def made_up(**changes):
    row = Row("=ada|[red]", "2.1", 0, 5, "error", "\x1b[31m=cmd()\x00 <b> ``` | `x`", text="````")
    return Marks((row, *[Row("bob", e, 5, 5, "passed", "All checks passed.") for e in changes]), {"seed": 1})


def test_hostile_text_stays_text(tmp_path):
    """A student's message cannot break the XML, become a formula, or draw in the terminal."""
    marks = made_up()
    gradebook.write(marks, tmp_path)
    ElementTree.parse(tmp_path / "junit.xml")
    with (tmp_path / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["student"].startswith("'=")
    assert line["message"].startswith("'=")
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    gradebook.show(marks, console)
    assert "\x1b[31m=cmd" not in console.export_text(styles=False)
    assert r"\|" in gradebook.summary(marks)
    assert "<b>" not in gradebook.summary(marks)


def run(*arguments):
    return CliRunner().invoke(cli.app, ["grade", *map(str, arguments)])


@pytest.mark.parametrize("made", ["missing", "empty", "file"])
def test_a_path_with_nothing_to_mark(tmp_path, made):
    path = tmp_path / "here"
    if made == "empty":
        path.mkdir()
    if made == "file":
        path.write_text("")
    result = run(path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_exercise_that_is_not_there(tmp_path):
    save(handed_in({}), tmp_path / NAME)
    result = run(tmp_path, "--only", "99")
    assert (result.exit_code, "'99'" in result.stderr) == (1, True)


def test_the_exit_code_follows_min_score_only_when_asked(tmp_path):
    save(handed_in({}), tmp_path / "s" / NAME)
    assert run(tmp_path, "--only", "2.1").exit_code == 0
    assert run(tmp_path, "--only", "2.1", "--min-score", "50", "--out", tmp_path / "out").exit_code == 2
    assert (tmp_path / "out" / "gradebook.csv").exists()


def test_every_exercise_has_a_row(tmp_path):
    (tmp_path / "ada").mkdir()
    save({"cells": []}, tmp_path / "bob" / "x.ipynb")
    marks = mark(tmp_path, Settings(seed=1))
    assert [(row.student, row.exercise) for row in marks.rows] == [(s, e) for s in ("ada", "bob") for e in exercises()]
    assert {row.status for row in marks.rows} == {"missing"}
