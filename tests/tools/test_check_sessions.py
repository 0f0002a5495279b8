"""The check of planned sessions: one line for each problem, and exit code 1."""

import shutil
import subprocess
import sys
from pathlib import Path

import check_sessions
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path):
    for folder in ("book", "sessions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "_toc.yml", tmp_path)
    return tmp_path


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_sessions_of_the_course_are_in_order():
    assert check_sessions.problems(ROOT) == []


def test_minutes_that_do_not_add_up_name_session_and_difference(copy):
    change(copy / "sessions" / "pytorch.toml", "minutes = 5\n", "minutes = 8\n")
    found = "\n".join(check_sessions.problems(copy))
    assert "session pytorch: " in found or "pytorch.toml" in found
    assert "93 minutes, 3 more than the session's 90" in found


def test_missing_minutes_fail_the_check_and_do_not_hide_other_plans(copy):
    change(copy / "sessions" / "pooling_to_residual.toml", "minutes = 3\n", "\n")
    change(copy / "sessions" / "half_day.toml", "minutes = 240", "minutes = 241")
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "check_sessions.py", copy], capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 1
    assert "pooling_to_residual.toml, item 4: minutes must be a number above zero, it is missing" in run.stdout
    assert "session half_day: the items take 240 minutes, 1 less than the session's 241" in run.stdout


def test_a_page_that_is_not_in_the_contents_is_named(copy):
    change(copy / "_toc.yml", "          - file: book/instructor/run_sheet_02\n", "")
    assert check_sessions.problems(copy) == [
        "_toc.yml: book/instructor/run_sheet_02 is missing. Add it to the part for instructors."
    ]
