"""The recorder: a line a cell, at once; whatever happens to the kernel, the file or the disk, what was run is kept."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from resnet_live.live.chapter import LiveError
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.recording import session_log
from resnet_live.live.recording.session_log import Recorder, read_log


@pytest.fixture
def room():
    chapter = SimpleNamespace(name="02_adaptive_pooling", fingerprint="5f3a9c12")
    return SimpleNamespace(listeners=[], chapter=chapter, class_id="0a1b")


def tell(room, *runs):
    for run in runs:
        for listener in list(room.listeners):
            listener(run)


def a_run(source="1 + 1", **facts):
    return ExecutedCell(source, **{"step": "2.7", "began": time.time(), "seconds": 0.5, **facts})


def test_each_cell_is_in_the_file_before_the_next_one_runs(room, tmp_path):
    kept = Recorder(room, tmp_path / "a" / "b.jsonl")
    assert str(tmp_path / "a" / "b.jsonl") in kept.start()
    for number in range(3):
        tell(room, a_run(f"print({number})"))
        assert read_log(kept.file).cells[-1].source == f"print({number})"
    assert "3 cells kept" in kept.stop()
    assert room.listeners == []


def test_everything_a_cell_gave_is_kept(room, tmp_path):
    kept = Recorder(room, tmp_path / "b.jsonl")
    kept.start()
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "γ = 0\n"},
        {"output_type": "error", "ename": "NameError", "evalue": "name 'x'", "traceback": ["\x1b[31mNameError"]},
    ]
    run = a_run("x", outputs=outputs, error="NameError", message="name 'x'", result=object())
    tell(room, run)
    (cell,) = read_log(kept.file).cells
    assert (cell.source, cell.chapter, cell.step, cell.error, cell.message) == (
        "x",
        "02_adaptive_pooling",
        "2.7",
        "NameError",
        "name 'x'",
    )
    assert (cell.began, cell.seconds, cell.outputs) == (run.began, 0.5, outputs)


def test_a_second_start_does_not_record_twice(room, tmp_path):
    kept = Recorder(room, tmp_path / "b.jsonl")
    kept.start()
    assert "Recording since no cell" in kept.start() or "Recording since 0 cells" in kept.status()
    tell(room, a_run())
    assert len(read_log(kept.file).cells) == 1
    assert "one cell" in kept.status()


def test_a_restarted_kernel_goes_on_in_the_same_file_behind_a_torn_line(room, tmp_path):
    first = Recorder(room, tmp_path / "b.jsonl")
    first.start()
    tell(room, a_run("before"))
    with first.file.open("ab") as file:
        file.write(b'{"kind": "run", "source": "half a li')
    assert any("torn" in problem for problem in read_log(first.file).problems)
    room.listeners.clear()
    second = Recorder(room, first.file)
    assert "goes on" in second.start()
    tell(room, a_run("after"))
    record = read_log(first.file)
    assert [cell.source for cell in record.cells] == ["before", "after"]
    assert len(record.problems) == 1
    assert len(record.machines) == 2


def test_a_killed_kernel_loses_nothing(tmp_path):
    program = """
import sys, time
from types import SimpleNamespace
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.recording.session_log import Recorder
room = SimpleNamespace(listeners=[], chapter=None, class_id="0a1b")
Recorder(room, sys.argv[1]).start()
for number in range(5):
    for listener in room.listeners:
        listener(ExecutedCell(f"cell {number}", began=number))
print("ready", flush=True)
time.sleep(60)
"""
    file = tmp_path / "killed.jsonl"
    process = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()
    process.stdout.close()
    record = read_log(file)
    assert [cell.source for cell in record.cells] == [f"cell {number}" for number in range(5)]
    assert record.problems == []


def test_a_full_disk_stops_no_class_and_loses_nothing(room, tmp_path, capsys, monkeypatch):
    kept = Recorder(room, tmp_path / "b.jsonl")
    kept.start()

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", full)
        tell(room, a_run("one"), a_run("two"))
    assert capsys.readouterr().out.count("No space left on device") == 1
    assert "2 cells still in memory" in kept.status()
    tell(room, a_run("three"))
    assert [cell.source for cell in read_log(kept.file).cells] == ["one", "two", "three"]
    assert "nothing was lost" in kept.status()


def test_a_file_that_cannot_be_written_is_said_at_once(room, tmp_path):
    (tmp_path / "taken").write_text("a file, no folder")
    with pytest.raises(LiveError, match="cannot be written"):
        Recorder(room, tmp_path / "taken" / "b.jsonl").start()
    assert room.listeners == []


def test_what_json_does_not_know_is_kept_as_text(room, tmp_path):
    kept = Recorder(room, tmp_path / "b.jsonl")
    kept.start()
    strange = [
        {"output_type": "display_data", "data": {"application/json": {1, 2}, "text/plain": "\ud800"}, "metadata": {}}
    ]
    tell(room, a_run("ä\ud800", outputs=strange))
    (cell,) = read_log(kept.file).cells
    assert cell.source == "ä\ud800"
    assert "{1, 2}" in cell.outputs[0]["data"]["application/json"]


def test_the_default_file_lies_beside_the_live_notebooks(room, tmp_path, monkeypatch):
    (tmp_path / "live").mkdir()
    for folder in (tmp_path, tmp_path / "live"):
        monkeypatch.chdir(folder)
        file = session_log.default_file(room)
        assert file.parent == tmp_path / "live" / "records"
        assert file.name.startswith("02_adaptive_pooling-2")


def test_another_class_of_the_same_day_has_a_record_of_its_own(room, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = Recorder(room, session_log.default_file(room))
    first.start()
    tell(room, a_run("the first group"))
    again = SimpleNamespace(listeners=[], chapter=room.chapter, class_id=room.class_id)  # a restarted kernel
    assert session_log.default_file(again) == first.file
    other = SimpleNamespace(listeners=[], chapter=room.chapter, class_id="2c3d")
    second = Recorder(other, session_log.default_file(other))
    assert second.file == first.file.with_stem(f"{first.file.stem}-2")
    second.start()
    tell(other, a_run("the second group"))
    assert [cell.source for cell in read_log(first.file).cells] == ["the first group"]
    assert [cell.source for cell in read_log(second.file).cells] == ["the second group"]
    third = SimpleNamespace(listeners=[], chapter=room.chapter, class_id="4e5f")
    assert session_log.default_file(third).stem.endswith("-3")


def test_a_record_that_does_not_say_whose_it_is_is_left_alone(room, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = session_log.default_file(room)
    file.parent.mkdir(parents=True)
    file.write_bytes(b'{"kind": "start", "version": 1}\n["start"]\n{"kind": "start\xff')
    assert session_log.default_file(room) != file


LINE = json.dumps({"kind": "run", "source": "1", "began": 1.0, "seconds": 0.0, "outputs": []})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a shopping list\n", "is no record"),
        ("\x00\xff\x00", "is no record"),
        ('{"cells": [], "nbformat": 4}', "is no record"),
        ("[1, 2]\n", "is no record"),
        ('{"kind": "stop", "at": 1}\n', "holds no executed cell"),
        ('{"kind": "start", "version": 99, "at": 1, "machine": {}}\n', "later version"),
    ],
)
def test_a_file_that_is_no_record_is_said(tmp_path, content, message):
    file = tmp_path / "b.jsonl"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(LiveError, match=message):
        read_log(file)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(LiveError, match="cannot be read"):
        read_log(tmp_path / "none.jsonl")
    with pytest.raises(LiveError, match="cannot be read"):
        read_log(tmp_path)


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "null",
        '{"kind": "party"}',
        '{"kind": "run"}',
        '{"kind": "run", "source": 3, "outputs": []}',
        '{"kind": "run", "source": "x", "outputs": "many"}',
        '{"kind": "run", "source": "x", "outputs": [3]}',
        '{"kind": "start", "version": "one", "machine": {}}',
        '{"kind": "start", "version": 1, "machine": {"planet": "Mars"}}',
    ],
)
def test_a_bad_line_costs_that_line_only_and_is_named(tmp_path, bad):
    file = tmp_path / "b.jsonl"
    file.write_text(f"{LINE}\n{bad}\n{LINE}\n")
    record = read_log(file)
    assert len(record.cells) == 2
    (problem,) = record.problems
    assert "line 2" in problem
    # unknown fields of a later minor version do no harm
    file.write_text(LINE[:-1] + ', "mood": "good"}\n')
    assert read_log(file).problems == []
