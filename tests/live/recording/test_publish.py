"""Publishing: three files, nothing private in them, nothing lost, and a report."""

import json

import pytest
from records import failed, printed, published_from, ran, typed, value, write
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.live.chapter import LiveError
from resnet_live.live.recording.publish import join, publish
from resnet_live.live.recording.session_log import read_log


def test_a_class_of_nothing_but_magics_is_said():
    with pytest.raises(LiveError, match="nothing to publish"):
        published_from(typed("%next"), typed("%where"))


def test_nothing_private_is_published(tmp_path):
    token = "hf_abcdefghijklmnopqrstuvwxyz0123456789"
    entries = [
        typed('from huggingface_hub import login\nlogin("' + token + '")'),
        typed(
            'db = connect(password="geheim-123")',
            failed("OSError", "geheim-123 refused", "\x1b[31mpass\x1b[0mword = \x1b[1m'geheim-123'"),
        ),
        typed("print(db)", printed("user alice at /home/alice/course/x.py with geheim-123\n")),
        typed(
            "db", value("<Db geheim-123>", text_html="<b title='/home/alice'>geheim-123</b> &lt;bob@example.org&gt;")
        ),
        typed(
            "db.plot()",
            {
                "output_type": "display_data",
                "data": {"image/svg+xml": "<svg><text>geheim-123</text></svg>"},
                "metadata": {},
            },
        ),
    ]
    (notebook, replay, _, page), report = publish([write(tmp_path / "c.jsonl", entries)], tmp_path / "out")
    for file in (notebook, replay, page):
        text = file.read_text(encoding="utf-8")
        for secret in (token, "geheim-123", "alice", "bob@example.org"):
            assert secret not in text, (file.name, secret)
    lines = " ".join(report.lines())
    assert "password or key" in lines and "token" in lines and "path" in lines
    assert "geheim" not in lines and "alice" not in lines
    assert "geheim-123" in (tmp_path / "c.jsonl").read_text()  # the record itself stays whole


def test_files_and_report(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1"), ran("2.24"), ran("2.25")])
    with record.open("a") as file:
        file.write('{"kind": "run", "sour')
    files, report = publish([record], tmp_path / "out")
    assert [file.name for file in files] == [
        "monday.ipynb",
        "monday.replay.json",
        "monday.replay.ipynb",
        "monday.html",
    ]
    assert any("torn" in line for line in report.lines())
    data = json.loads(files[1].read_text(encoding="utf-8"))
    assert (data["format"], data["clock"], len(data["runs"])) == (1, "recorded", 3)
    assert [run["at"] for run in data["runs"]] == [0.0, 60.0, 120.0]


def test_a_class_of_several_chapters_is_not_named_after_the_first(tmp_path):
    first = write(tmp_path / "02_adaptive_pooling-2026-11-25.jsonl", [ran("2.1"), ran("5.1")])
    second = write(tmp_path / "06_skip_path-2026-11-25.jsonl", [ran("6.1")])
    (notebook, *_), _ = publish([first, second], tmp_path / "out")
    assert notebook.name == "chapters_02_05_06-2026-11-25.ipynb"
    mine = write(tmp_path / "monday.jsonl", [ran("2.1"), ran("5.1")])
    assert publish([mine], tmp_path / "out")[0][0].name == "monday.ipynb"
    one = write(tmp_path / "02_adaptive_pooling-2026-11-26-2.jsonl", [ran("2.1")])
    assert publish([one], tmp_path / "out")[0][0].name == "02_adaptive_pooling-2026-11-26-2.ipynb"


def test_the_command(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1"), typed("print('/home/alice/x')")])
    runner = CliRunner()
    done = runner.invoke(app, ["live", "publish", str(record), "--yes", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "Taken out: path: 1 time (in cell 2)" in done.output
    assert "monday.replay.json" in done.output
    again = runner.invoke(app, ["live", "publish", str(record), "--yes", "--out", str(tmp_path / "out")])
    assert again.exit_code == 1
    assert "is there already" in again.output and "Traceback" not in again.output
    missing = runner.invoke(app, ["live", "publish", str(tmp_path / "no.jsonl")])
    assert (missing.exit_code, "cannot be read" in missing.output) == (1, True)


def test_what_was_published_before_is_not_lost(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1")])
    (notebook, *_), _ = publish([record], tmp_path / "out")
    notebook.write_text("with my remarks")
    with pytest.raises(LiveError, match="is there already"):
        publish([record], tmp_path / "out")
    assert notebook.read_text() == "with my remarks"
    publish([record], tmp_path / "out", overwrite=True)
    assert notebook.read_text() != "with my remarks"


def test_records_of_two_kernels_become_one_class(tmp_path):
    first = write(tmp_path / "a.jsonl", [ran("2.1")])
    second = write(tmp_path / "b.jsonl", [ran("5.1")])
    whole = join([read_log(second), read_log(first)])
    assert [cell.step for cell in whole.cells] == ["2.1", "5.1"]
