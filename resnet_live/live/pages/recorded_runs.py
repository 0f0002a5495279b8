"""What the steps of a planned session showed when it was recorded: for run sheets, slides and handouts that need no built book."""

import json

from nbformat import NotebookNode
from nbformat.v4 import new_output

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import book_folder
from resnet_live.live.pages.session_chapter import SessionChapter

# How a recording says that a figure with buttons stood there.
FIGURE = "[An interactive figure"


def recorded_outputs(chapter: SessionChapter) -> dict[str, list[NotebookNode]]:
    """Step → its outputs, from `recorded/sessions/NAME.json`; of steps whose code has changed since there are none."""
    file = book_folder().parent / "recorded" / "sessions" / f"{chapter.name}.json"
    if not file.is_file():
        return {}
    found = {}
    for run in json.loads(file.read_text(encoding="utf-8"))["runs"]:
        step = chapter.find(run["step"])
        if step is not None and body(run["source"]) == body(step.source):
            found[step.number] = list(_outputs(run))
    return found


def _outputs(run: dict) -> list[NotebookNode]:
    found = []
    if run["output"].startswith(FIGURE):
        found.append(new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}}))
    elif run["output"]:
        found.append(new_output("stream", text=run["output"] + "\n"))
    if run["error"]:
        found.append(new_output("error", ename=run["error"], evalue=run["message"], traceback=[]))
    return found
