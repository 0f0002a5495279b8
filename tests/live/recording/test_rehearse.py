"""Every chapter is run once through a real kernel, from its live notebook: typed steps, planned mistakes and fixes, checked step by
step, and between them the cells that readers do not see."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from made_up import step
from nbformat.v4 import new_code_cell

from resnet_live.live.chapter import HIDDEN, read_chapter, read_chapters, step_of
from resnet_live.live.check.verdict import StepStatus
from resnet_live.live.pages import live_notebook
from resnet_live.live.recording import rehearse
from resnet_live.profiles import PROFILES

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[3]
CHAPTERS = read_chapters(ROOT / "book")
# The others train for longer than some seconds: `resnet-live live rehearse --profile quick` goes through them in full.
QUICK = (1, 5, 6)


def profile_of(chapter) -> str:
    asked = os.environ.get("RESNET_LIVE_REHEARSAL", "").strip()
    if asked and asked not in PROFILES:
        raise ValueError(f"RESNET_LIVE_REHEARSAL={asked!r} is no profile: {', '.join(PROFILES)}")
    return asked or ("quick" if chapter.number in QUICK else "smoke")


def test_there_are_chapters():
    assert len(CHAPTERS) >= 3


def with_hidden_cells(chapter):
    """The live notebook, and in it, each in its place, the chapter's cells that it leaves out: all that a reader's notebook runs."""
    made, steps = live_notebook.live_notebook(chapter), {step.cell: step for step in chapter.steps}
    place = next(i for i, cell in enumerate(made.cells) if cell.cell_type == "code")  # opens the chapter
    for index, cell in enumerate(nbformat.read(chapter.path, as_version=4).cells):
        if cell.cell_type != "code":
            continue
        place += 1
        if HIDDEN in cell.metadata.get("tags", []):
            made.cells.insert(place, cell)
        else:
            while not _is_of(made.cells[place], steps.get(index), cell):
                place += 1
    return made


def _is_of(cell, step, source) -> bool:
    if cell.cell_type != "code":
        return False
    return step_of(cell.source) == step.number if step else cell.source == source.source


def code_cells(notebook) -> int:
    return sum(cell.cell_type == "code" for cell in notebook.cells)


@pytest.mark.parametrize(
    ("chapter", "profile"),
    [pytest.param(chapter, profile_of(chapter), id=f"{chapter.name}-{profile_of(chapter)}") for chapter in CHAPTERS],
)
def test_a_chapter_can_be_taught_and_runs_to_its_end_on_the_synthetic_dataset(chapter, profile, monkeypatch):
    """One run for both: every cell of the chapter, those that readers do not see too, with no images and no network: what a
    reader on a train has."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("RESNET_LIVE_OFFLINE", "1")
    monkeypatch.setenv("RESNET_LIVE_DATA", "")
    monkeypatch.setenv("FASTAI_HOME", str(ROOT / "no-such-folder"))
    monkeypatch.setattr(rehearse, "live_notebook", with_hidden_cells)
    assert code_cells(with_hidden_cells(chapter)) == 1 + code_cells(nbformat.read(chapter.path, as_version=4))
    result = rehearse.rehearse(chapter, profile)
    print(f"{result.seconds:.0f} s; slowest: {result.slowest}; right: {result.count(StepStatus.RIGHT)}")
    assert result.problems == []
    assert set(result.verdicts) == {step.number for step in chapter.steps}
    # A check that compares nothing would be content with everything.
    assert result.count(StepStatus.RIGHT) == sum(bool(step.expectation) for step in chapter.steps)


def test_a_hidden_cell_that_raises_is_told(small, monkeypatch):
    hidden = new_code_cell("1 / 0", metadata={"tags": [HIDDEN]})
    monkeypatch.setattr(rehearse, "live_notebook", with_hidden_cells)
    (problem,) = rehearse.rehearse(small(hidden, step("2.5", "side + 1"))).problems
    assert "ZeroDivisionError" in problem


@pytest.fixture
def small(book):
    """A chapter with everything in it that a rehearsal meets."""
    return lambda *more: read_chapter(
        book(
            step("2.0", "from math import sqrt", kind="setup", prompt="Set-up: the imports"),
            step("2.1", "side = 3\nprint('side', side)", prompt="Write side", same={"side": ""}),
            step("2.2", "sid * 2", kind="mistake", raises=True, prompt="Twice the side", expect={"error": "NameError"}),
            step("2.3", "side * 2", kind="fix", prompt="Fix it: which name?"),
            step("2.4", "sqrt(side ** 4)", kind="figure", prompt="See the area"),
            *more,
        )
    )


def test_a_sound_chapter_has_no_problems(small):
    told = []
    result = rehearse.rehearse(small(step("2.5", "side + 1")), "smoke", told.append)
    assert result.problems == []
    assert (result.count(StepStatus.RIGHT), result.count(StepStatus.RAN)) == (2, 4)
    assert [line.split(":")[0] for line in told][:3] == ["2.0 setup", "2.1 typed", "2.2 mistake"]


def test_problems_are_collected_by_step(small):
    chapter = small(
        step("2.5", "side = 'three'"),
        step("2.6", "side + 1"),
        step("2.7", "side * 2", kind="mistake", raises=True),
        step("2.8", "2", kind="fix"),
    )
    problems = rehearse.rehearse(chapter).problems
    assert any(problem.startswith("2.6: it raised TypeError") for problem in problems)
    assert "2.7: it is planned to fail, and ran through." in problems
    assert {problem.split(":")[0] for problem in problems} <= {"2.6", "2.7"}


def test_a_dead_kernel_ends_the_rehearsal_and_is_told(small):
    result = rehearse.rehearse(small(step("2.5", "import os; os._exit(1)"), step("2.6", "1")))
    assert any("died" in problem for problem in result.problems)
    assert "2.6" not in result.verdicts


def test_a_live_notebook_that_gives_the_code_away_is_told(small, monkeypatch):
    original = live_notebook.live_notebook

    def careless(chapter):
        made = original(chapter)
        for cell in made.cells:
            cell.source = cell.source.replace("# 2.1 · Write side", "# 2.1 · Write side\nside = 3")
        return made

    monkeypatch.setattr(rehearse, "live_notebook", careless)
    assert any("2.1: its cell in the live notebook holds code" in p for p in rehearse.rehearse(small()).problems)


def run(*arguments):
    command = [sys.executable, "-c", "from resnet_live.cli import app; app()", "live", "rehearse", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def test_the_command_prints_a_table(small):
    small()
    done = run("2", "--profile", "smoke")
    assert done.returncode == 0, done.stderr
    assert "2 · Small" in done.stdout


def test_the_command_exits_with_1_on_problems(small):
    small(step("2.5", "nothing"))
    done = run("--profile", "smoke")
    assert done.returncode == 1
    assert "2.5: it raised NameError" in done.stderr


@pytest.mark.parametrize("arguments", [("77",), ("2", "--profile", "huge")])
def test_the_command_says_what_is_wrong(small, arguments):
    small()
    done = run(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert arguments[-1] in done.stderr
