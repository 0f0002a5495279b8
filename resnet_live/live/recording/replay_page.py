"""The replay of a class: the data that `widgets.replay` shows, and a page that shows them."""

import json
from collections.abc import Sequence
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live.cell_text import body
from resnet_live.live.pages.live_notebook import METADATA
from resnet_live.live.recording.clean_outputs import as_text
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_run import PublishedRun

FORMAT = 1
# Characters of one text and of one cell's code.
TEXT, CODE = 2_500, 6_000


def replay_data(
    runs: Sequence[PublishedRun], report: PublishReport, title: str, about: str, clock: Sequence[float] | None = None
) -> dict[str, Any]:
    """What `widgets.replay` shows: JSON-able, small. `clock`: seconds of class time at each run; default: as it was recorded."""
    first = runs[0].cell.began
    at = clock or [max(0.0, run.cell.began - first) for run in runs]
    shown = [_run(run, number, at[number - 1], report) for number, run in enumerate(runs, start=1)]
    return {
        "format": FORMAT,
        "title": title,
        "about": about,
        "clock": "planned" if clock else "recorded",
        "runs": shown,
    }


def _run(run: PublishedRun, number: int, at: float, report: PublishReport) -> dict[str, Any]:
    cell, where = run.cell, run.cell.label(number)
    return {
        "step": cell.step,
        "title": run.title,
        "section": run.section,
        "prompt": run.prompt,
        "kind": run.kind,
        "at": round(at, 1),
        "seconds": round(cell.seconds, 2),
        "source": report.short(body(cell.source) or cell.source, CODE, f"the code of {where} in the replay"),
        "output": report.short(as_text(cell.outputs), TEXT, f"the output of {where} in the replay"),
        "error": cell.error,
        "message": report.short(cell.message, TEXT, f"the message of {where} in the replay"),
        "wrong": run.wrong,
        "fixed_by": run.fixed_by,
        "fixes": run.fixes,
        "difference": [list(line) for line in run.difference],
    }


def replay_page(title: str, data: str) -> nbformat.NotebookNode:
    """A page for a book: a heading and the replay of the file called `data`, which lies beside it."""
    code = [
        "import json",
        "from pathlib import Path",
        "",
        "from resnet_live import widgets",
        "",
        f'widgets.replay(json.loads(Path({json.dumps(data)}).read_text(encoding="utf-8")))',
    ]
    cells = [
        new_markdown_cell(f"# Replay: {title}", id="replay-0"),
        new_code_cell("\n".join(code), id="replay-1", metadata={"tags": ["hide-input"]}),
    ]
    return new_notebook(cells=cells, metadata=METADATA)
