"""A planned session is really executed: through %next and %record in a kernel of its own, mistakes and fixes included."""

import json
from types import SimpleNamespace

import pytest
from made_up import step

from resnet_live.live.chapter import LiveError
from resnet_live.live.recording.publish import insert
from resnet_live.live.recording.record_session import record_session

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(300)]

PLAN = """
title = "A small session"
minutes = 12
summary = "A made-up one."

[[item]]
talk = "Welcome."
minutes = 2

[[item]]
steps = "2.1-2.4"

[[item]]
catchup = "2.6"
minutes = 3

[[item]]
steps = "2.7"
"""


@pytest.fixture
def plan(tmp_path):
    folder = tmp_path / "sessions"
    folder.mkdir()
    (folder / "small.toml").write_text(PLAN)


@pytest.fixture
def source(tmp_path):
    return SimpleNamespace(path=tmp_path, train=[], valid=[], note="none", kind="folder")


def test_a_session_is_recorded(plan, small_book, source, tmp_path):
    said = []
    file = record_session("small", source, tmp_path / "recorded", said.append)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert (data["title"], data["clock"], data["format"]) == ("A small session", "planned", 1)
    assert "rehearsal" in data["about"]
    assert data["command"] == "resnet-live live record-session small"
    assert {"date", "commit", "device", "versions", "data", "profile"} <= set(data)
    runs = data["runs"]
    assert [(run["step"], run["kind"]) for run in runs] == [
        ("2.0", "setup"),
        ("2.1", "typed"),
        ("2.2", "typed"),
        ("2.3", "mistake"),
        ("2.4", "fix"),
        ("2.6", "catchup"),
        ("2.7", "typed"),
    ]
    failure, fix = runs[3], runs[4]
    assert (failure["error"], failure["message"]) == ("NameError", "name 'missing' is not defined")
    assert (failure["fixed_by"], fix["fixes"]) == (4, [3])
    assert fix["source"] == "missing = 1\nnet(y)"
    assert fix["output"] == "13"
    assert runs[5]["source"] == "%catchup 2.6"
    assert "2.6" in runs[5]["output"] and "`" not in runs[5]["output"]
    assert str(tmp_path) not in file.read_text(encoding="utf-8")


def test_class_time_is_planned_minutes_and_real_seconds(plan, small_book, source, tmp_path):
    runs = json.loads(record_session("small", source, tmp_path / "recorded", str).read_text())["runs"]
    at = [run["at"] for run in runs]
    planned = [0, 120, 240, 360, 420, 480, 660]
    took = [0.0]
    for run in runs[:-1]:
        took.append(took[-1] + (run["seconds"] if run["kind"] != "setup" else 0))
    assert at == pytest.approx([minutes + seconds for minutes, seconds in zip(planned, took, strict=True)], abs=0.2)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (step("2.3", "y = 4", kind="mistake", raises=True), "Step 2.3 is planned to fail, and ran through"),
        (step("2.3", "1 / 0"), "Step 2.3 failed: ZeroDivisionError"),
    ],
)
def test_a_path_that_has_broken_is_said(plan, book, source, tmp_path, cell, message):
    others = [step(f"2.{number}", f"x{number} = 1") for number in range(8)]
    book(*others[:3], cell, *others[4:])
    with pytest.raises(LiveError, match=message):
        record_session("small", source, tmp_path / "recorded", str)
    assert not (tmp_path / "recorded").exists()


def test_indices_move_when_a_run_is_put_between():
    runs = [
        SimpleNamespace(fixes=[], fixed_by=2),
        SimpleNamespace(fixes=[], fixed_by=None),
        SimpleNamespace(fixes=[0], fixed_by=None),
    ]
    insert(runs, 1, SimpleNamespace(fixes=[], fixed_by=None))
    assert runs[0].fixed_by == 3
    assert runs[3].fixes == [0]
    insert(runs, 0, SimpleNamespace(fixes=[], fixed_by=None))
    assert runs[4].fixes == [1]
    assert runs[1].fixed_by == 4
