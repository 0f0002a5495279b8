"""What the workflows run, run here as their jobs do. The GPU is faked where torch meets its driver, and nowhere else."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import yaml

from resnet_live import __version__
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import GradebookFile, existing
from resnet_live.grading.status import Status

ROOT = Path(__file__).parents[2]
CI = ROOT / "tools" / "ci"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the jobs with scripts run on Linux")

# What a driver and a card would answer. Tensors stay where they are.
FAKE_GPU = """
import types, torch
class Event:
    def __init__(self, **_): pass
    def record(self): pass
    def elapsed_time(self, other): return 0.1
torch.cuda.is_available = lambda: True
torch.cuda.get_device_name = lambda *_: "Tesla T4"
torch.cuda.get_device_properties = lambda *_: types.SimpleNamespace(name="Tesla T4", total_memory=15 * 2**30)
torch.cuda.Event, torch.cuda.synchronize = Event, lambda *_: None
torch.Tensor.cuda = lambda self, *_: self
"""


def job(workflow, name):
    return yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text(encoding="utf-8"))["jobs"][name]


def run_job(workflow, name, workspace, variables, skip=("Install",)):
    """The `run:` steps of a job, in a shell as GitHub starts it. `variables`: what its expressions would give."""
    tree = job(workflow, name)
    for step in tree["steps"]:
        if "run" not in step or step.get("name") in skip:
            continue
        declared = {**tree.get("env", {}), **step.get("env", {})}
        assert declared.keys() <= variables.keys(), "an expression of the job that this test does not give"
        output, kept = workspace / "outputs.txt", workspace / "environment.txt"
        environment = (
            os.environ
            | (_named(kept) if kept.exists() else {})
            | {name: str(variables[name]) for name in declared}
            | {
                "GITHUB_STEP_SUMMARY": str(workspace / "summary.md"),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_ENV": str(kept),
                "PYTHONPATH": os.pathsep.join([str(variables["EDGE"]), str(ROOT)]),
                "OMP_NUM_THREADS": "1",
            }
        )
        folder = workspace / step.get("working-directory", ".")
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return done
        if output.exists():
            variables |= _named(output)
    return done


def _named(file):
    return dict(line.split("=", 1) for line in file.read_text(encoding="utf-8").splitlines())


def graded(folder, student, points=(3, 5), seed=1, like=None):
    """A folder as `resnet-live grade --out` writes it, of a run like that of the results `like`."""
    (folder / "feedback").mkdir(parents=True)
    result = {"student": student, "exercise": "2.1", "points": points[0], "max_points": points[1], "status": "partly"}
    result["message"] = "a\x1b\nb"
    tree = {"seed": seed, "device": "cpu (x)", "torch": "2", "resnet_live": "0.1", **(like or {})}
    tree |= {"warnings": [], "results": [result], "points": points[0], "max_points": points[1]}
    (folder / "results.json").write_text(json.dumps(tree))
    (folder / "gradebook.csv").write_text(f"student,exercise\n{student},2.1\n")
    (folder / "junit.xml").write_text(f'<testsuites><testsuite name="{student}"/></testsuites>')
    (folder / "feedback" / f"{student}.md").write_text(f"# {student}: 3 of 5 points")
    return folder


@pytest.fixture
def workspace(tmp_path):
    """A job's folder: the grader as it is checked out, with an environment; a class of two."""
    grader = tmp_path / "grader"
    grader.mkdir()
    for name in ("tools", "resnet_live", "exercises", "pyproject.toml"):
        (grader / name).symlink_to(ROOT / name)
    (grader / ".venv").symlink_to(sys.prefix)
    for student in ("ada", "bob"):
        folder = tmp_path / "submission" / "class" / student
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "exercises" / "02_adaptive_pooling.ipynb", folder)
    (tmp_path / "edge").mkdir()
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_class_is_graded_in_two_jobs_on_a_gpu(workspace):
    """The second job runs here; what the first one leaves is made up."""
    (workspace / "edge" / "sitecustomize.py").write_text(FAKE_GPU)
    given = {"FOLDER": "class", "SHARDS": "2", "GPU": "--gpu", "TORCH_INDEX": "", "EDGE": workspace / "edge"}
    assert run_job("grade.yml", "plan", workspace, given).returncode == 0
    shards = json.loads(given["shards"])
    assert shards == ["1/2", "2/2"]
    (workspace / "parts").mkdir()
    done = run_job("grade.yml", "grade", workspace, given | {"SHARD": shards[1], "SEED": given["seed"]})
    assert done.returncode == 0, done.stderr
    (workspace / "grades").rename(workspace / "parts" / "2")
    summary = (workspace / "summary.md").read_text(encoding="utf-8")
    assert "Set up in 0." in summary
    assert "Device: Tesla T4" in summary and "| bob | 2.5 | 0/" in summary and "| ada |" not in summary
    second = json.loads((workspace / "parts" / "2" / "results.json").read_text(encoding="utf-8"))
    graded(workspace / "parts" / "1", "ada", like=second)
    done = run_job("grade.yml", "gather", workspace, given)
    assert done.returncode == 0, done.stderr
    grades = workspace / "grades"
    tree = json.loads((grades / "results.json").read_text(encoding="utf-8"))
    assert {result["student"] for result in tree["results"]} == {"ada", "bob"}
    assert tree["device"] == "cuda (Tesla T4)" and str(tree["seed"]) == given["seed"]
    assert tree["max_points"] == sum(result["max_points"] for result in tree["results"])
    assert len((grades / "gradebook.csv").read_text(encoding="utf-8").splitlines()) == len(tree["results"]) + 1
    assert len(ElementTree.parse(grades / "junit.xml").getroot()) == 2
    assert sorted(file.name for file in (grades / "feedback").iterdir()) == ["ada.md", "bob.html", "bob.md"]
    assert "Whole class: 2 students" in (workspace / "summary.md").read_text(encoding="utf-8")
    assert sorted(file.stem for file in (grades / "classroom50").iterdir()) == ["ada", "bob"]


def test_the_gradebooks_of_two_jobs_are_one(tmp_path):
    """As `resnet-live gradebook` opens it: every student, and the numbers by which a platform knows them."""
    for number, (student, points) in enumerate({"ada_11": 3, "bob_12": 5, "eve": 1}.items()):
        shard = tmp_path / f"part-{number}"
        graded(shard, student, (points, 5))
        with GradebookFile(shard / "gradebook.db") as file:
            file.fact("seed", 1)
            file.begin([(student, "hash")], {"device": "cpu (x)"}, {student: "Moodle"} if "_" in student else {})
            file.add(Grade(student, "2.1", points, 5, Status.PARTLY, "m"), "hash", "basis")
    done = python(CI / "merge_grades.py", tmp_path / "all", *sorted(tmp_path.glob("part-*")))
    assert done.returncode == 0, done.stderr
    with existing(tmp_path / "all") as file:
        book = file.book()
        assert [(grade.student, grade.points) for grade in book.grades] == [("ada_11", 3), ("bob_12", 5), ("eve", 1)]
        assert book.facts == {"device": "cpu (x)"} and file.fact("seed") == 1
        people = file.people()
        assert people["bob_12"].number == "12" and people["eve"].number == ""
        # and it goes on from there
        file.adjust("bob_12", "2.1", 4, "why not")
        assert file.book().grades[1].points == 4


@pytest.fixture
def binaries(tmp_path):
    """The programs of an environment whose grader leaves the grades of one student, made on a CPU."""
    folder = tmp_path / "bin"
    folder.mkdir()
    grades = graded(tmp_path / "made up", "exercises")
    (folder / "resnet-live").write_text(f'#!/bin/sh\ncp -r "{grades}" "$4"\n')
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


@pytest.mark.slow
def test_grades_from_the_cpu_fail_a_job_that_asked_for_a_gpu(binaries, tmp_path):
    """The driver was there for the step before, and is gone when it is graded."""
    environment = os.environ | {"GPU": "--gpu", "BIN": str(binaries), "PYTHONPATH": str(ROOT)}
    environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    command = ["bash", str(CI / "grade.sh"), str(tmp_path), str(tmp_path / "grades")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "made on cpu" in done.stderr
    assert "| exercises | 2.1 | 3/5" in (tmp_path / "summary.md").read_text(encoding="utf-8"), "grades are not lost"


# ---- Sharing out and joining, without the grader ----


def python(script, *arguments, cwd=None, **environment):
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=os.environ | environment, check=False)


def test_every_student_is_in_one_shard(tmp_path):
    submissions = tmp_path / "class"
    for number in range(7):
        (submissions / f"s{number}" / "deep").mkdir(parents=True)
        if number != 3:
            (submissions / f"s{number}" / "deep" / "a.ipynb").write_text("{}")
    (submissions / ".git").mkdir()
    (submissions / "notes.ipynb").write_text("{}")
    (submissions / "s0" / "out.ipynb").symlink_to("/etc/passwd")
    done = python(CI / "shards.py", "plan", submissions, "--shards", "9")
    shards = json.loads(re.search(r"shards=(.*)", done.stdout)[1])
    assert len(shards) == 6, "no shard without a notebook: the grader would refuse it"
    dealt = []
    for number, shard in enumerate(shards):
        assert python(CI / "shards.py", "take", submissions, tmp_path / str(number), "--shard", shard).returncode == 0
        dealt += [folder.name for folder in (tmp_path / str(number)).iterdir()]
        assert any((tmp_path / str(number)).rglob("deep/a.ipynb"))
    assert sorted(dealt) == ["notes.ipynb", *(f"s{number}" for number in range(7))]
    assert (tmp_path / "0" / "s0" / "out.ipynb").is_symlink(), "a link is not followed"


def test_one_student_is_one_shard_and_no_folder_is_one_line(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    assert 'shards=["1/1"]' in python(CI / "shards.py", "plan", tmp_path, "--shards", "4").stdout
    done = python(CI / "shards.py", "plan", tmp_path / "nowhere")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1


def test_shards_that_are_not_of_one_run_are_not_joined(tmp_path):
    first, second = graded(tmp_path / "1", "ada"), graded(tmp_path / "2", "bob", seed=2)
    done = python(CI / "merge_grades.py", tmp_path / "out", first, second)
    assert done.returncode == 1 and "seed is 1 and 2" in done.stderr
    done = python(CI / "merge_grades.py", tmp_path / "out", first, tmp_path / "3")
    assert done.returncode == 1 and "Run it again" in done.stderr


RUNNER = {"CLASSROOM": "cs", "ASSIGNMENT": "ch2", "SUBMISSION_TAG": "submit/1", "COMMIT_URL": "https://x/commit/1"}
RUNNER |= {"RELEASE_URL": "https://x/releases/1", "REVIEW_URL": "https://x/compare/1"}


def test_a_result_is_of_classroom_50_s_form(tmp_path):
    """The fields of its documented contract, result/v1; the scores are whole numbers that add up."""
    grades = graded(tmp_path / "grades", "ada")
    assert python(CI / "classroom50.py", grades, tmp_path / "result.json", **RUNNER).returncode == 0
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    when = result.pop("datetime")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", when)
    assert result == {
        "schema": "classroom50/result/v1",
        "classroom": "cs",
        "assignment": "ch2",
        "submission": "submit/1",
        "commit": "https://x/commit/1",
        "release": "https://x/releases/1",
        "review": "https://x/compare/1",
        "score": 3,
        "max-score": 5,
        "tests": [{"test-name": "2.1", "passed": False, "score": 3, "max-score": 5, "message": "a  b"}],
    }
    assert json.loads((grades / "classroom50" / "ada.json").read_text(encoding="utf-8"))["score"] == 3


def test_one_result_is_not_for_a_class(tmp_path):
    grades = tmp_path / "out"
    assert (
        python(CI / "merge_grades.py", grades, graded(tmp_path / "1", "ada"), graded(tmp_path / "2", "bob")).returncode
        == 0
    )
    done = python(CI / "classroom50.py", grades, tmp_path / "result.json")
    assert done.returncode == 1 and "2 were graded" in done.stderr
    assert python(CI / "classroom50.py", tmp_path).returncode == 1


@pytest.mark.slow
def test_classroom_50_s_runner_gets_its_result(binaries, tmp_path):
    """As its runner does: in the student's checkout, with its variables; the course is installed already."""
    checkout = tmp_path / "checkout"
    (checkout / "exercises").mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / "02_adaptive_pooling.ipynb", checkout / "exercises")
    environment = RUNNER | {"RESNET_LIVE_COURSE": str(ROOT), "BIN": str(binaries)}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    done = python(CI / "classroom50_autograder.py", cwd=checkout, **environment)
    assert done.returncode == 0, done.stderr
    result = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    assert (result["score"], result["max-score"], result["classroom"]) == (3, 5, "cs")
    assert (checkout / "release-body.md").read_text(encoding="utf-8").startswith("# exercises: 3 of 5")


# ---- The book, and notebooks to launch ----


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_a_pull_request_s_build_takes_over_what_was_executed():
    (step,) = [step for step in job("book.yml", "check")["steps"] if step.get("name") == "Build"]
    done = subprocess.run([*step["run"].split(), "-n"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "tools/build_book.py --cached" in done.stdout


GIVEN_BY_A_RELEASE = {"repository": "https://github.com/somebody/resnet-live", "tag": "v1.2"}


def test_a_release_pushes_notebooks_that_install_the_course(tmp_path):
    """To a repository on this machine in GitHub's place."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "remote")], check=True)
    given = {"TOKEN": "none", "GITHUB_REPOSITORY": "somebody/resnet-live", "GITHUB_REF_NAME": "v1.2"}
    given |= {"REMOTE": str(tmp_path / "remote"), "HOME": str(tmp_path)}
    for _ in range(2):  # the next release replaces it
        done = subprocess.run(
            ["bash", str(CI / "push_launch.sh")], env=os.environ | given, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    subprocess.run(["git", "clone", "-q", "-b", "launch", str(tmp_path / "remote"), str(tmp_path / "got")], check=True)
    chapters = sorted((tmp_path / "got" / "book").glob("*.ipynb"))
    assert len(chapters) == len(list((ROOT / "book").glob("[0-9]*.ipynb")))
    for file in [*chapters, *(tmp_path / "got" / "exercises").glob("*.ipynb")]:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
        first = notebook.cells[0].source
        assert "git+https://github.com/somebody/resnet-live@v1.2" in first
        original = nbformat.read(ROOT / file.parent.name / file.name, as_version=4)
        assert [cell.source for cell in notebook.cells[1:]] == [cell.source for cell in original.cells]
        about = original.metadata.get("resnet_live", {}) | {"version": __version__} | GIVEN_BY_A_RELEASE
        assert notebook.metadata.resnet_live == about
    exec(compile(first, "setup", "exec"), {})  # the course is here: nothing is installed
    count = ["git", "-C", str(tmp_path / "got"), "rev-list", "--count", "launch"]
    assert subprocess.run(count, capture_output=True, text=True, check=True).stdout == "2\n", (
        "a pull goes on from the last release"
    )
    # where nothing is installed: Binder and Codespaces
    wanted = (tmp_path / "got" / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert set((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()) < set(wanted)
    assert wanted[-1] == "resnet-live @ git+https://github.com/somebody/resnet-live@v1.2"
    container = json.loads((tmp_path / "got" / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert ".binder/requirements.txt" in container["postCreateCommand"]


@pytest.mark.parametrize("tag", ["v1'; import os", "", "v1\nx"])
def test_no_code_gets_into_a_notebook_by_a_tag(tmp_path, tag):
    done = python(ROOT / "tools" / "launch_notebooks.py", tmp_path / "out", "https://github.com/a/b", tag)
    assert done.returncode == 2 and not (tmp_path / "out").exists()


def test_the_tests_for_every_system_end_as_pytest_does(tmp_path):
    """With an interpreter that says what it was asked to run, and fails."""
    (tmp_path / "python").write_text('#!/bin/sh\necho "$@"\nexit 5\n')
    (tmp_path / "python").chmod(0o755)
    done = python(CI / "anywhere.py", "-x", PYTHON_OF_TESTS=str(tmp_path / "python"))
    doctor, tests = done.stdout.splitlines()
    assert done.returncode == 5
    assert doctor == "-m resnet_live.doctor"
    assert "not slow and not browser and not kernel" in tests and tests.endswith(" -x")


def test_the_cost_of_a_class_follows_from_its_seconds(tmp_path):
    """Thirty answers of a minute each, two at once: fifteen minutes and the setup; each job is rounded up."""
    results = [{"student": f"s{number}", "seconds": 60.0} for number in range(30)]
    (tmp_path / "results.json").write_text(json.dumps({"results": results}))
    one = python(CI / "cost.py", tmp_path, "--jobs", "2").stdout
    assert "30 students, 30 answers of 60.0 s, 2 at once: 20 billed minutes in 1 job, 1.04 dollars" in one
    four = python(CI / "cost.py", tmp_path, "--jobs", "2", "--shards", "4", "--setup", "4.5", "--rate", "1").stdout
    assert "36 billed minutes in 4 jobs, 36.00 dollars" in four
    assert python(CI / "cost.py", tmp_path / "nowhere").returncode == 1
    (tmp_path / "measured.json").write_text('{"seconds an answer": 6.0}')
    done = python(CI / "cost.py", tmp_path / "measured.json", "--students", "10", "--exercises", "4", "--setup", "0")
    assert "10 students, 40 answers of 6.0 s, 4 at once: 1 billed minutes" in done.stdout
    assert python(CI / "cost.py", tmp_path / "measured.json").returncode == 1


def test_the_guide_quotes_what_its_commands_print():
    text = (ROOT / "book" / "appendices" / "runners.md").read_text(encoding="utf-8")
    quoted = re.findall(r"^\$ python (tools/ci/cost.py .*)\n(.+)$", text.replace("\\\n   ", ""), re.MULTILINE)
    assert len(quoted) >= 2
    for command, output in quoted:
        assert python(*command.split(), cwd=ROOT).stdout.strip() == output
