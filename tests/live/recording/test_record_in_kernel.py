"""`%record` in a real kernel, from the first cell to the students' notebook."""

import nbformat

from resnet_live.live.recording.publish import publish
from resnet_live.live.recording.redact import PrivateKind
from resnet_live.live.recording.session_log import read_log


def test_from_record_on_to_the_published_notebook(small_book, kernel, tmp_path):
    kernel.run("%load_ext resnet_live.live")
    kernel.run("%chapter 2")
    assert "Recording" in kernel.run("%record on mine.jsonl").text
    kernel.run(kernel.run("%next 2.1").next_input)
    kernel.run("token = 'hf_abcdefghijklmnopqrstuvwxyz'\nprint(token)")
    kernel.run(kernel.run("%next 2.2").next_input)
    kernel.run(kernel.run("%mistake 2.3").next_input)
    kernel.run(kernel.run("%next 2.4").next_input)
    assert "5 cells" in kernel.run("%record").text
    kernel.run("import os; print(os.getcwd())")
    assert "resnet-live live publish" in kernel.run("%record off").text
    kernel.run("after = 'the record'")

    record = read_log(tmp_path / "mine.jsonl")
    assert [cell.step for cell in record.cells] == ["2.1", None, "2.2", "2.3", "2.4", None]
    assert record.problems == []
    assert record.cells[3].error == "NameError"

    (file, *_), report = publish([tmp_path / "mine.jsonl"], tmp_path / "out")
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    text = file.read_text(encoding="utf-8")
    assert "hf_abc" not in text
    assert str(tmp_path) not in text
    assert "%" not in "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "**This failed in class.** What fixed it (step 2.4)" in text
    assert report.removed[PrivateKind.TOKEN]


def test_a_restarted_kernel_goes_on_in_the_record(small_book, kernel, tmp_path):
    kernel.run("%load_ext resnet_live.live\n%chapter 2\n%record on mine.jsonl")
    kernel.run("before = 1")
    kernel.restart()
    assert "Recording goes on" in kernel.run("%load_ext resnet_live.live\n%chapter 2").text
    kernel.run("after = 1")
    assert [cell.source for cell in read_log(tmp_path / "mine.jsonl").cells] == ["before = 1", "after = 1"]
