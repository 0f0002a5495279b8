"""The workflows are valid, pinned and modest, and the very scripts of their jobs run here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent


def read(file):
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_there_are_four():
    assert [file.name for file in WORKFLOWS] == ["book.yml", "grade.yml", "newest.yml", "test.yml"]


def linter(name):
    """A program of the dev extra, which it brings on Linux."""
    program = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        if os.environ.get("CI") and sys.platform == "linux":
            pytest.fail(f"{name} must be there in CI: it is in the dev extra")
        pytest.skip(f"no {name} here: pip install -e '.[dev]' brings it on Linux")
    return program


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("actionlint", WORKFLOWS),
        ("zizmor", ["--offline", "--no-progress", "--persona=pedantic", ROOT / ".github"]),
        ("shellcheck", sorted((ROOT / "tools" / "ci").glob("*.sh"))),
    ],
)
def test_a_linter_finds_nothing(name, arguments):
    """actionlint: syntax and types; zizmor: security; shellcheck: the scripts. None of them asks the network."""
    done = subprocess.run([linter(name), *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# A job that may do more than read, and what for.
RIGHTS = {"publish": {"pages", "id-token"}, "launch": {"contents"}}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_pinned_and_rights_are_few(file):
    tree = read(file)
    assert tree["permissions"] == {"contents": "read"}
    for name, job in tree["jobs"].items():
        assert job["runs-on"], name
        assert set(job.get("permissions", {})) == RIGHTS.get(name, set())
        if name in RIGHTS:
            assert "refs/tags/v" in job["if"], "only a release may write"
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            if step.get("uses", "").startswith("actions/checkout"):
                assert step["with"]["persist-credentials"] is False
    assert "secrets." not in file.read_text(encoding="utf-8")
    assert "pull_request_target" not in file.read_text(encoding="utf-8")


def test_students_code_meets_no_token_and_no_fork_on_the_gpu_runner():
    tree = read(ROOT / ".github/workflows/grade.yml")
    triggers = tree[True]  # YAML's `on`
    assert set(triggers) == {"push", "workflow_dispatch"}
    assert "GPU_RUNNER" in tree["jobs"]["grade"]["runs-on"]
    assert "ubuntu" in tree["jobs"]["grade"]["runs-on"]
    assert [name for name, job in tree["jobs"].items() if "GPU_RUNNER" in str(job["runs-on"])] == ["grade"]
    assert "github.token" not in (ROOT / ".github/workflows/grade.yml").read_text(encoding="utf-8")


def test_a_pull_request_is_never_built_on_the_gpu_runner():
    jobs = read(ROOT / ".github/workflows/book.yml")["jobs"]
    for name, job in jobs.items():
        if "pull_request" in job["if"]:
            assert job["runs-on"] == "ubuntu-24.04", name
        else:
            assert "GPU_RUNNER" in job["runs-on"] or name in RIGHTS
    # a release is executed anew: a cache that another workflow has written cannot get into it
    assert not any("cache/restore" in step.get("uses", "") for step in jobs["execute"]["steps"])


def test_no_input_is_pasted_into_a_script():
    """An expression in `run:` would let a branch's name or an input write shell code."""
    for file in WORKFLOWS:
        for job in read(file)["jobs"].values():
            assert not any("${{" in step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_scripts_and_make_targets_exist(file):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for job in read(file)["jobs"].values():
        for step in job["steps"]:
            for script in re.findall(r"tools/[\w/]+\.(?:py|sh)", step.get("run", "")):
                assert (ROOT / script).exists()
            for target in re.findall(r"make (\S+)", step.get("run", "")):
                assert re.search(rf"^{re.escape(target.replace('.venv', '$(VENV)'))}:", makefile, re.MULTILINE), target


def script(*command, summary, **environment):
    environment = dict(os.environ, GITHUB_STEP_SUMMARY=str(summary), BIN=str(BIN), OMP_NUM_THREADS="1", **environment)
    return subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=ROOT, env=environment, check=False)


@pytest.mark.slow
def test_the_device_is_told_and_a_gpu_that_was_asked_for_must_be_there(tmp_path):
    import torch

    summary = tmp_path / "summary.md"
    done = script(sys.executable, "tools/ci/device.py", summary=summary)
    assert done.returncode == 0, done.stderr
    assert ("CPU" in summary.read_text(encoding="utf-8")) == (not torch.cuda.is_available())
    done = script(sys.executable, "tools/ci/device.py", "--gpu", summary=summary, CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 1
    assert "asked for" in done.stderr
    assert "asked for" in summary.read_text(encoding="utf-8")


def test_a_gpu_is_really_used():
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA here")
    done = subprocess.run(
        [sys.executable, ROOT / "tools/ci/device.py", "--gpu"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "GiB" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the jobs run on Linux")
def test_the_grading_job_s_script(tmp_path):
    """On a submission as it is handed out: nothing attempted, so it takes no kernel."""
    (tmp_path / "submission" / "ada").mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / "02_adaptive_pooling.ipynb", tmp_path / "submission" / "ada")
    summary = tmp_path / "summary.md"
    done = script(
        "bash", "tools/ci/grade.sh", tmp_path / "submission", tmp_path / "grades", "--only", "2", summary=summary
    )
    assert done.returncode == 0, done.stderr
    assert "| ada | 2.5 | 0/" in summary.read_text(encoding="utf-8")
    assert {"gradebook.csv", "results.json", "junit.xml", "feedback"} <= {
        p.name for p in (tmp_path / "grades").iterdir()
    }


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="the jobs run on Linux")
def test_the_grading_job_fails_when_nothing_could_be_graded(tmp_path):
    done = script("bash", "tools/ci/grade.sh", tmp_path / "nowhere", tmp_path / "grades", summary=tmp_path / "s.md")
    assert done.returncode != 0
    assert "no folder" in done.stderr
