"""The notebook of a class that anybody can open: cells in order, failures marked, each with what fixed it."""

import subprocess
import sys

import nbformat
from records import code, failed, markdown, notebook_of, printed, ran, typed, value, write

from resnet_live.live.recording.publish import publish


def test_order_headings_and_failures(tmp_path):
    notebook, _ = notebook_of(
        ran("2.1", printed("Conv2d 1 4 14 14\n")),
        ran("2.23"),
        ran("2.24", failed("NameError", "name 'channels' is not defined")),
        ran("2.25"),
        ran("5.26"),
        ran("5.27", value("torch.Size([1, 32, 128, 128])")),
    )
    assert [cell.source.split(" ")[1] for cell in code(notebook)] == ["2.1", "2.23", "2.24", "2.25", "5.26", "5.27"]
    texts = markdown(notebook)
    assert texts[0].startswith("# As run in class: Chapter 2")
    assert "2 tries went wrong" in texts[0]
    assert "## Chapter 2 · Any size in, ten numbers out" in texts
    assert "### The network that knows only one size" in texts
    assert "## Chapter 5 · The naive residual block" in texts
    (failure,) = [text for text in texts if "step 2.25" in text]
    assert failure.startswith("**This failed in class.** What fixed it (step 2.25):\n\n```diff\n+channels = ")
    place = [cell.source for cell in notebook.cells].index(failure)
    assert notebook.cells[place + 1].source.startswith("# 2.24")
    assert notebook.cells[place + 1].outputs[0].ename == "NameError"
    assert notebook.cells[place + 1].metadata.tags == ["raises-exception"]
    text = nbformat.writes(notebook)
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert "resnet_live.live" not in text


def test_our_magics_are_left_out():
    notebook, _ = notebook_of(
        typed("%load_ext resnet_live.live\n%chapter 2 5f3a9c12"),
        typed("%next"),
        typed("x = 3\n%record status\nx", value("3")),
        typed("%%time\nx", value("3")),
        typed("  %check_step 2.7"),
    )
    assert [cell.source for cell in code(notebook)] == ["x = 3\nx", "%%time\nx"]


def test_backticks_in_a_difference_do_not_end_its_fence():
    slip = failed("SyntaxError", "no")
    notebook, _ = notebook_of(typed('s = """\n```\n"""(', slip), typed('s = """\n```\n"""'))
    (text,) = [text for text in markdown(notebook) if "failed" in text]
    assert text.count("````") == 2


def test_it_opens_without_the_package(tmp_path):
    (file, *_), _ = publish([write(tmp_path / "c.jsonl", [ran("2.1", printed("x\n")), ran("2.24")])], tmp_path / "out")
    program = f"import sys; sys.modules['resnet_live'] = None; import nbformat; nbformat.validate(nbformat.read({str(file)!r}, 4))"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_chapter_that_is_not_here_costs_its_headings_only():
    notebook, report = notebook_of(typed("x = 1", chapter="77_unknown"), typed("y", chapter="strange"))
    assert len(code(notebook)) == 2
    assert len([problem for problem in report.problems if "is not here" in problem]) == 2
