"""A made-up chapter of six steps and plans for it, and a made-up chapter with a vote, a mistake and a question."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from timelines import a_step

from resnet_live.live.chapter import read_chapter
from resnet_live.live.pages import session_plan


@pytest.fixture
def chapter(tmp_path):
    sources = ["import math", "a = 1", "b = a", "c = b", "a + 1", "c"]
    cells = [
        new_code_cell(
            source, metadata={"resnet_live": {"step": f"2.{i}", "kind": "typed", "minutes": 2, "note": "Say."}}
        )
        for i, source in enumerate(sources)
    ]
    nbformat.write(new_notebook(cells=[new_markdown_cell("# 2 · Small"), *cells]), tmp_path / "02_small.ipynb")
    return read_chapter(tmp_path / "02_small.ipynb")


@pytest.fixture
def read(tmp_path, chapter):
    def read(text):
        (tmp_path / "small.toml").write_text(text, encoding="utf-8")
        return session_plan.read_session(tmp_path / "small.toml", [chapter])

    return read


VOTE = 'widgets.predict("2.3")'


@pytest.fixture
def small(tmp_path):
    cells = [
        new_markdown_cell("# 2 · Small"),
        a_step("2.0", "import math", "setup", 1),
        new_markdown_cell("## Part\n\nLook."),
        a_step("2.1", VOTE, "predict", 1),
        a_step("2.2", "print(`x`)", "mistake", tags=["raises-exception"]),
        new_markdown_cell("It said [why](appendices/slips).\n\n## Next"),
        a_step("2.3", "print('x')", "fix"),
        new_markdown_cell(":::{dropdown} Really?\nYes, see [3](03_training).\n:::"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "02_small.ipynb")
    return read_chapter(tmp_path / "02_small.ipynb")
