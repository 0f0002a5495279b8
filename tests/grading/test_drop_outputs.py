import json

import pytest

from resnet_live.grading import notebook_file
from resnet_live.grading.collect import collect
from resnet_live.grading.drop_outputs import without_outputs

CELL = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1}
SOURCE = 'x = {"outputs": [1]}\ny = "\\"outputs\\": ["\n'


def notebook(*outputs):
    cells = [CELL | {"source": [SOURCE], "outputs": list(outputs)}, {"cell_type": "markdown", "source": "outputs: ["}]
    return {"cells": cells, "metadata": {"outputs": {"a": 1}}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "output",
    [
        {"data": {"image/png": "A" * 1000}},
        {"text": ['a "quoted" ] }', "\\", '\\"', "["]},
        {"nested": [[{"outputs": [1, [2]]}], {}]},
    ],
)
def test_outputs_are_dropped_and_nothing_else(output, indent):
    text = json.dumps(notebook(output, output), indent=indent).encode()
    assert json.loads(without_outputs(text)) == notebook()


def test_text_that_is_no_json_is_left_to_whoever_reads_it():
    for text in (b"", b'"outputs": [', b'{"outputs": "[', b"print('outputs')", b'"outputs"   '):
        assert without_outputs(text).startswith(text[:9])


def test_a_notebook_of_many_outputs_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_file, "MOST_BYTES", 2000)
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "large.ipynb").write_text(json.dumps(notebook({"text": "A" * 5000})))
    (tmp_path / "ada" / "long.ipynb").write_text(json.dumps({"cells": [CELL | {"source": "A" * 5000}]}))
    (student,) = collect(tmp_path)
    large, long = student.notebooks
    assert (large.problem, [cell.source for cell in large.cells]) == ("", [SOURCE])
    assert "without its outputs" in long.problem
