"""The replay of a class: small data, with words for figures and tables, and a page that shows them."""

import json
import subprocess
import sys

import nbformat
from records import (
    code,
    printed,
    published_from,
    ran,
    typed,
    value,
    write,
)

from resnet_live.live.recording import replay_page
from resnet_live.live.recording.publish import publish
from resnet_live.live.recording.replay_page import replay_data


def test_the_replay_page_shows_the_replay(tmp_path):
    record = write(tmp_path / "monday's class.jsonl", [ran("2.1"), ran("2.24"), ran("2.25")])
    (_, _, page, _), _ = publish([record], tmp_path)
    notebook = nbformat.read(page, as_version=4)
    nbformat.validate(notebook)
    (cell,) = code(notebook)
    program = f"import os; os.chdir({str(tmp_path)!r})\n" + cell.source.replace(
        "widgets.replay(", "shown = widgets.replay("
    )
    subprocess.run([sys.executable, "-c", f"{program}\nassert len(shown.children) == 5"], check=True)


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
    assert outputs == ["[A figure: a curve that falls]", "net    acc\nplain  0.5", "**a**", "one\ntensor(3)"]


def test_the_replay_is_short():
    runs, report = published_from(typed("x", printed("y\n" * 50_000)))
    assert len(json.dumps(replay_data(runs, report, "t", "a"))) < replay_page.TEXT + 2000
    assert any("in the replay" in line for line in report.shortened)
