"""Publishing: a notebook of the class that anybody can open, fixes found and shown, nothing private, and nothing lost."""

import base64
import json
import subprocess
import sys

import nbformat
import pytest
from records import ALICE, CHAPTERS, failed, printed, ran, typed, value, write
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.live.chapter import LiveError
from resnet_live.live.recording import replay_page
from resnet_live.live.recording.publish import join, prepare, publish
from resnet_live.live.recording.published_notebook import published_notebook
from resnet_live.live.recording.replay_page import replay_data
from resnet_live.live.recording.session_log import SessionLog, read_log


def published_from(*cells):
    for number, cell in enumerate(cells):
        cell.began = 1_760_000_000.0 + 60 * number
    return prepare(SessionLog(list(cells), [ALICE], []))


def notebook_of(*cells):
    runs, report = published_from(*cells)
    return published_notebook(runs, report), report


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


# ---- which run fixed which ----


@pytest.mark.parametrize(
    ("numbers", "failure", "fix", "gone", "new"),
    [
        (["2.23", "2.24", "2.25"], 1, 2, [], ["channels = [3, 16, 32, 64, 128, 256]"]),
        (["2.23", "2.26", "2.27"], 1, 2, [], ["        super().__init__()"]),
        (["2.28", "2.29", "2.30"], 1, 2, ["    out = self.pool(x)"], ["    out = self.pool(out)"]),
        (
            ["5.26", "5.27"],
            0,
            1,
            ["x = torch.randn(1, 3, 128, 128)", "NaiveResBlock(3, 32)(x)"],
            ["x = torch.randn(1, 32, 128, 128)"],
        ),
        (["6.4", "6.8", "6.9"], 1, 2, ["        self.pool = nn.AvgPool2d(2)"], None),
        (["7.26", "7.28", "7.29"], 1, 2, None, None),
    ],
)
def test_planned_mistakes_and_their_fixes(numbers, failure, fix, gone, new):
    runs, _ = published_from(*map(ran, numbers))
    assert runs[failure].wrong
    assert runs[failure].fixed_by == fix
    assert runs[fix].fixes == [failure]
    lines = runs[failure].difference
    assert lines == runs[fix].difference
    if gone is not None:
        assert [text for sign, text in lines if sign == "-"] == gone
    if new is not None:
        assert set(new) <= {text for sign, text in lines if sign == "+"}


def test_every_planned_mistake_of_every_chapter_is_fixed_and_shown():
    for chapter in CHAPTERS.values():
        runs, report = published_from(*(ran(step.number) for step in chapter.steps))
        for run in runs:
            if run.kind == "mistake":
                assert run.wrong, run.cell.step
                assert run.fixed_by is not None, run.cell.step
                assert any(sign == "+" for sign, _ in run.difference), run.cell.step
        nbformat.validate(published_notebook(runs, report))


def test_a_mistake_that_runs_is_marked_too():
    runs, _ = published_from(ran("5.33", value("torch.Size([1, 32, 128, 128])")), ran("5.36"))
    assert (runs[0].wrong, runs[0].cell.error, runs[0].fixed_by) == (True, None, 1)


def test_slips_that_nobody_planned():
    slip = failed("NameError", "name 'troch' is not defined")
    runs, _ = published_from(
        typed("x = troch.randn(1, 3)\nx.shape", slip),
        typed("x = torch.randn(1, 3)\nx.shape", value("torch.Size([1, 3])")),
        typed("def f(x):\n    retrun x", failed("SyntaxError", "invalid syntax")),
        typed("a = 1"),
        typed("def f(x):\n    return x"),
        typed("total + 1", failed("NameError", "name 'total' is not defined")),
        typed("total = 3"),
        typed("total + 1", value("4")),
        typed("never(fixed)", failed("NameError", "name 'never' is not defined")),
    )
    assert [run.fixed_by for run in runs] == [1, None, 4, None, None, 6, None, None, None]
    assert ("-", "x = troch.randn(1, 3)") in runs[0].difference
    assert ("+", "    return x") in runs[2].difference
    assert runs[5].difference == [("+", "total = 3")]


def test_the_same_step_tried_three_times():
    step = {"step": "2.1"}
    slip = failed("TypeError", "no")
    runs, _ = published_from(
        typed("# 2.1 · p\na(1", slip, **step), typed("# 2.1 · p\nb[2]", slip, **step), typed("# 2.1 · p\nc", **step)
    )
    assert [run.fixed_by for run in runs] == [2, 2, None]
    assert runs[2].fixes == [0, 1]


def test_a_failure_in_one_chapter_is_not_fixed_by_another():
    runs, _ = published_from(
        typed("f(x)", failed("NameError", "x")), typed("f(x)", chapter="05_naive_resblock"), ran("2.24"), ran("6.9")
    )
    assert [run.fixed_by for run in runs] == [None] * 4


# ---- the notebook ----


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


def test_a_class_of_nothing_but_magics_is_said():
    with pytest.raises(LiveError, match="nothing to publish"):
        published_from(typed("%next"), typed("%where"))


def test_backticks_in_a_difference_do_not_end_its_fence():
    slip = failed("SyntaxError", "no")
    notebook, _ = notebook_of(typed('s = """\n```\n"""(', slip), typed('s = """\n```\n"""'))
    (text,) = [text for text in markdown(notebook) if "failed" in text]
    assert text.count("````") == 2


def test_it_opens_without_the_package(tmp_path):
    (file, *_), _ = publish([write(tmp_path / "c.jsonl", [ran("2.1", printed("x\n")), ran("2.24")])], tmp_path / "out")
    program = f"import sys; sys.modules['resnet_live'] = None; import nbformat; nbformat.validate(nbformat.read({str(file)!r}, 4))"
    subprocess.run([sys.executable, "-c", program], check=True)


# ---- what is taken out ----


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
    (notebook, replay, _), report = publish([write(tmp_path / "c.jsonl", entries)], tmp_path / "out")
    for file in (notebook, replay):
        text = file.read_text(encoding="utf-8")
        for secret in (token, "geheim-123", "alice", "bob@example.org"):
            assert secret not in text, (file.name, secret)
    lines = " ".join(report.lines())
    assert "password or key" in lines and "token" in lines and "path" in lines
    assert "geheim" not in lines and "alice" not in lines
    assert "geheim-123" in (tmp_path / "c.jsonl").read_text()  # the record itself stays whole


def test_images_are_not_touched():
    picture = base64.b64encode(bytes(range(256)) * 40).decode()
    html = f'<img alt="a cat" src="data:image/jpeg;base64,{picture}">'
    notebook, report = notebook_of(
        typed("show()", value("<Picture>", text_html=html)),
        typed("plot()", {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}),
    )
    first, second = code(notebook)
    assert first.outputs[0].data["text/html"] == html
    assert second.outputs[0].data["image/png"] == picture
    assert report.removed == []


# ---- bad and enormous outputs ----


def test_a_million_characters_are_shortened_and_it_is_said():
    text = "".join(f"line {number}\n" for number in range(100_000))
    notebook, report = notebook_of(typed("for …", printed(text)), typed("x", value("9" * 1_000_000)))
    for cell in code(notebook):
        shown = nbformat.writes(notebook)
        assert len(shown) < 200_000
        assert "characters left out; they are in the record" in str(cell.outputs)
    assert "line 0\n" in code(notebook)[0].outputs[0].text
    assert "line 99999\n" in code(notebook)[0].outputs[0].text
    assert len(report.shortened) == 2


def test_a_huge_image_is_left_out_and_it_is_said():
    huge = base64.b64encode(b"x" * 2_000_000).decode()
    notebook, report = notebook_of(
        typed("plot()", {"output_type": "display_data", "data": {"image/png": huge}, "metadata": {}})
    )
    (output,) = code(notebook)[0].outputs
    assert "an image is left out: it has 2.7 MB" in output.text
    assert "2.7 MB" in report.shortened[0]


STRANGE = [
    {"output_type": "display_data", "data": {"image/png": [1, 2, 3]}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": {"not": "text"}}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/png": "\x00\x01 not base64"}, "metadata": {}},
    {"output_type": "display_data", "data": {"application/octet-stream": "AAAA"}, "metadata": {}},
    {"output_type": "display_data", "data": {}, "metadata": {}},
    {"output_type": "display_data", "data": "text"},
    {"output_type": "party"},
    {},
    {"output_type": "stream", "name": 3, "text": ["a\n", "b\ud800\n"]},
    {"output_type": "stream", "name": "stdout", "text": None},
    {"output_type": "error", "ename": None, "evalue": 3, "traceback": None},
    {"output_type": "error", "ename": "E", "evalue": "", "traceback": "one string"},
    {"output_type": "execute_result", "data": {"text/plain": ["a", "b"]}, "metadata": None},
]


@pytest.mark.parametrize("output", STRANGE)
def test_a_strange_output_stops_nothing(output):
    notebook, _ = notebook_of(typed("x", output), typed("y = 2"))
    text = nbformat.writes(notebook)
    nbformat.validate(nbformat.reads(text, as_version=4))
    text.encode("utf-8")
    assert len(code(notebook)) == 2


def test_a_widget_without_its_kernel_is_a_note():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc"}, "text/plain": "VBox(children=(…))"}
    notebook, _ = notebook_of(typed("w()", {"output_type": "display_data", "data": view, "metadata": {}}))
    assert "interactive figure" in code(notebook)[0].outputs[0].text


def test_a_chapter_that_is_not_here_costs_its_headings_only():
    notebook, report = notebook_of(typed("x = 1", chapter="77_unknown"), typed("y", chapter="strange"))
    assert len(code(notebook)) == 2
    assert len([problem for problem in report.problems if "is not here" in problem]) == 2


# ---- files ----


def test_files_and_report(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1"), ran("2.24"), ran("2.25")])
    with record.open("a") as file:
        file.write('{"kind": "run", "sour')
    files, report = publish([record], tmp_path / "out")
    assert [file.name for file in files] == ["monday.ipynb", "monday.replay.json", "monday.replay.ipynb"]
    assert any("torn" in line for line in report.lines())
    data = json.loads(files[1].read_text(encoding="utf-8"))
    assert (data["format"], data["clock"], len(data["runs"])) == (1, "recorded", 3)
    assert [run["at"] for run in data["runs"]] == [0.0, 60.0, 120.0]


def test_the_replay_page_shows_the_replay(tmp_path):
    record = write(tmp_path / "monday's class.jsonl", [ran("2.1"), ran("2.24"), ran("2.25")])
    (_, _, page), _ = publish([record], tmp_path)
    notebook = nbformat.read(page, as_version=4)
    nbformat.validate(notebook)
    (cell,) = code(notebook)
    program = f"import os; os.chdir({str(tmp_path)!r})\n" + cell.source.replace(
        "widgets.replay(", "shown = widgets.replay("
    )
    subprocess.run([sys.executable, "-c", f"{program}\nassert len(shown.children) == 5"], check=True)


def test_the_command(tmp_path):
    record = write(tmp_path / "monday.jsonl", [ran("2.1"), typed("print('/home/alice/x')")])
    runner = CliRunner()
    done = runner.invoke(app, ["live", "publish", str(record), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "Taken out: path: 1 time (in cell 2)" in done.output
    assert "monday.replay.json" in done.output
    again = runner.invoke(app, ["live", "publish", str(record), "--out", str(tmp_path / "out")])
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


def test_a_clock_of_planned_minutes():
    runs, report = published_from(ran("2.1"), ran("2.2"))
    data = replay_data(runs, report, "t", "a rehearsal", clock=[0.0, 120.04])
    assert data["clock"] == "planned"
    assert [run["at"] for run in data["runs"]] == [0.0, 120.0]


def test_figures_and_tables_have_words_in_the_replay():
    table = "<table><thead><tr><th>net</th><th>acc</th></tr></thead><tr><td>plain</td><td>0.5</td></tr></table>"
    runs, report = published_from(
        typed(
            "show()",
            value("a curve that falls", text_html="<figure><svg aria-label='a curve that falls'></svg></figure>"),
        ),
        typed("df.style", value("<pandas.io.formats.style.Styler at 0x7f>", text_html=f"<style>#T{{}}</style>{table}")),
        typed("Markdown('**a**')", value("<IPython.core.display.Markdown object>", text_markdown="**a**")),
        typed("x", printed("one\n"), value("tensor(3)")),
    )
    outputs = [run["output"] for run in replay_data(runs, report, "t", "a")["runs"]]
    assert outputs == ["[A figure: a curve that falls]", "net  acc\nplain  0.5", "**a**", "one\ntensor(3)"]


def test_the_replay_is_short():
    runs, report = published_from(typed("x", printed("y\n" * 50_000)))
    assert len(json.dumps(replay_data(runs, report, "t", "a"))) < replay_page.TEXT + 2000
    assert any("in the replay" in line for line in report.shortened)
