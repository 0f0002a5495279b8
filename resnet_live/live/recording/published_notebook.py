"""The students' notebook: code and outputs in the order taught, failures kept and marked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.code_in_text import fenced
from resnet_live.live.pages.live_notebook import METADATA
from resnet_live.live.recording.clean_outputs import Report, short
from resnet_live.live.recording.session_log import Entry

# Characters of one text in the notebook.
NOTEBOOK_TEXT = 20_000


@dataclass
class Taught:
    """One published run: an Entry with redacted texts, what the chapter says about its step, and its fix.

    `title`, `section`, `prompt`, `kind`: of the chapter's step, "" when it is none; `wrong`: it failed, or runs and is wrong;
    `fixed_by`: the place of the run that fixed it, `fixes`: the places of those that this run fixes;
    `difference`: lines (sign, text) of the fix, of this failure when it is one, else of what this run fixes.
    """

    entry: Entry
    title: str = ""
    section: str = ""
    prompt: str = ""
    kind: str = ""
    wrong: bool = False
    fixed_by: int | None = None
    fixes: list[int] = field(default_factory=list)
    difference: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """How the run is called in a sentence: its step, when it has one."""
        return f"step {self.entry.step}" if self.entry.step else "a later cell"


def as_taught(taught: Sequence[Taught], report: Report) -> nbformat.NotebookNode:
    """The students' notebook (nbformat 4): code and outputs in the order taught, failures kept and marked."""
    cells = [new_markdown_cell(_beginning(taught))]
    title = section = None
    for number, run in enumerate(taught, start=1):
        if run.title and run.title != title:
            cells.append(new_markdown_cell(f"## {run.title}"))
            title, section = run.title, None
        if run.section and run.section != section:
            cells.append(new_markdown_cell(f"### {run.section}"))
            section = run.section
        if run.wrong:
            cells.append(new_markdown_cell(_failure(run, taught)))
        cells.append(_code_cell(run, number, report))
    for number, cell in enumerate(cells):
        cell.id = f"taught-{number}"
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(notebook)
    return notebook


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


def title_of(taught: Sequence[Taught]) -> str:
    titles = list(dict.fromkeys(run.title for run in taught if run.title))
    return "; ".join(titles) or "A class"


def _beginning(taught: Sequence[Taught]) -> str:
    day = datetime.fromtimestamp(taught[0].entry.began).date().isoformat() if taught[0].entry.began else "unknown"
    failed = sum(run.wrong for run in taught)
    lines = [
        f"# As taught: {title_of(taught)}",
        f"Recorded on {day}. The cells stand in the order in which they were run, with what they gave. "
        f"{_count(failed, 'try', 'tries')} went wrong and stayed in, each with what fixed it, where something did.",
        "Where you read `[secret]`, `[token]`, `~` or `…/`, something private was taken out. "
        "The lines with a number, like `# 2.7 · …`, name the step of the chapter.",
    ]
    return "\n\n".join(lines)


def _failure(run: Taught, taught: Sequence[Taught]) -> str:
    what = "This failed in class." if run.entry.error else "This ran in class, and is wrong."
    if run.fixed_by is None:
        return f"**{what}** Nothing in the record fixes it."
    how = f"**{what}** What fixed it ({taught[run.fixed_by].name}):"
    if not run.difference:
        return f"{how} the same code, run again."
    lines = "\n".join(f"{sign}{text}" if sign != "…" else "@@ … @@" for sign, text in run.difference)
    return f"{how}\n\n{fenced(lines, 'diff')}"


def _code_cell(run: Taught, number: int, report: Report):
    outputs = []
    where = run.entry.step or f"cell {number}"
    for output in run.entry.outputs:
        output = dict(output)
        if output["output_type"] == "execute_result":
            output["execution_count"] = number
        if "text" in output:
            output["text"] = short(output["text"], NOTEBOOK_TEXT, f"the output of {where}", report)
        if "traceback" in output:
            traceback = short("\n".join(output["traceback"]), NOTEBOOK_TEXT, f"the traceback of {where}", report)
            output["traceback"] = traceback.split("\n")
            output["evalue"] = short(output["evalue"], NOTEBOOK_TEXT, f"the message of {where}", report)
        if "data" in output and "text/plain" in output["data"]:
            text = short(output["data"]["text/plain"], NOTEBOOK_TEXT, f"the output of {where}", report)
            output["data"] = {**output["data"], "text/plain": text}
        outputs.append(new_output(**output))
    cell = new_code_cell(run.entry.source, execution_count=number, outputs=outputs)
    if run.entry.error:
        cell.metadata["tags"] = ["raises-exception"]
    return cell


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
