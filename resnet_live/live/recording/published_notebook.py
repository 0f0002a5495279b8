"""The notebook of a class for its students: code and outputs in the order in which they were run, failures kept and marked."""

from collections.abc import Sequence
from datetime import datetime

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.code_in_text import fenced
from resnet_live.live.pages.live_notebook import METADATA
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_run import PublishedRun

# Characters of one text in the notebook.
NOTEBOOK_TEXT = 20_000


def published_notebook(runs: Sequence[PublishedRun], report: PublishReport) -> nbformat.NotebookNode:
    """The students' notebook (nbformat 4): code and outputs in the order in which they were run, failures kept and marked."""
    first, *more = beginning(runs)
    cells = [new_markdown_cell("\n\n".join([f"# {first}", *more]))]
    title = section = None
    for number, run in enumerate(runs, start=1):
        if run.title and run.title != title:
            cells.append(new_markdown_cell(f"## {run.title}"))
            title, section = run.title, None
        if run.section and run.section != section:
            cells.append(new_markdown_cell(f"### {run.section}"))
            section = run.section
        if run.wrong:
            cells.append(new_markdown_cell("\n\n".join(filter(None, (failure(run, runs), _fix(run))))))
        cells.append(_code_cell(run, number, report))
    for number, cell in enumerate(cells):
        cell.id = f"published-{number}"
    notebook = new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(notebook)
    return notebook


def title_of(runs: Sequence[PublishedRun]) -> str:
    """The chapters of the runs, in order."""
    titles = list(dict.fromkeys(run.title for run in runs if run.title))
    return "; ".join(titles) or "A class"


def beginning(runs: Sequence[PublishedRun]) -> list[str]:
    """The title of what is published, and what a student should know about it, as paragraphs of Markdown."""
    day = datetime.fromtimestamp(runs[0].cell.began).date().isoformat() if runs[0].cell.began else "unknown"
    failed = sum(run.wrong for run in runs)
    return [
        f"As run in class: {title_of(runs)}",
        f"Recorded on {day}. The cells stand in the order in which they were run, with what they gave. "
        f"{_count(failed, 'try', 'tries')} went wrong and stayed in, each with what fixed it, where something did.",
        "Where you read `[secret]`, `[token]`, `~` or `…/`, something private was taken out. "
        "The lines with a number, like `# 2.7 · …`, name the step of the chapter.",
    ]


def failure(run: PublishedRun, runs: Sequence[PublishedRun]) -> str:
    """What is said of a run that went wrong, in Markdown."""
    what = "This failed in class." if run.cell.error else "This ran in class, and is wrong."
    if run.fixed_by is None:
        return f"**{what}** Nothing in the record fixes it."
    how = f"**{what}** What fixed it ({runs[run.fixed_by].name}):"
    return how if run.difference else f"{how} the same code, run again."


def _fix(run: PublishedRun) -> str:
    if run.fixed_by is None or not run.difference:
        return ""
    return fenced("\n".join(f"{sign}{text}" if sign != "…" else "@@ … @@" for sign, text in run.difference), "diff")


def _code_cell(run: PublishedRun, number: int, report: PublishReport) -> nbformat.NotebookNode:
    outputs = []
    where = run.cell.label(number)
    for output in run.cell.outputs:
        output = dict(output)
        if output["output_type"] == "execute_result":
            output["execution_count"] = number
        if "text" in output:
            output["text"] = report.short(output["text"], NOTEBOOK_TEXT, f"the output of {where}")
        if "traceback" in output:
            traceback = report.short("\n".join(output["traceback"]), NOTEBOOK_TEXT, f"the traceback of {where}")
            output["traceback"] = traceback.split("\n")
            output["evalue"] = report.short(output["evalue"], NOTEBOOK_TEXT, f"the message of {where}")
        if "data" in output and "text/plain" in output["data"]:
            text = report.short(output["data"]["text/plain"], NOTEBOOK_TEXT, f"the output of {where}")
            output["data"] = {**output["data"], "text/plain": text}
        outputs.append(new_output(**output))
    cell = new_code_cell(run.cell.source, execution_count=number, outputs=outputs)
    if run.cell.error:
        cell.metadata["tags"] = ["raises-exception"]
    return cell


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
