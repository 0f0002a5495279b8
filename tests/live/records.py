"""Records of classes that never were, put together from the chapters' own steps."""

import json
import time
from dataclasses import asdict
from pathlib import Path

from resnet_live.live.chapter import read_chapters
from resnet_live.live.recording.machine_names import MachineNames
from resnet_live.live.recording.publish import prepare
from resnet_live.live.recording.published_notebook import published_notebook
from resnet_live.live.recording.session_log import VERSION, LoggedCell, SessionLog

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = {chapter.number: chapter for chapter in read_chapters(BOOK)}
ALICE = MachineNames(home=["/home/alice"], folder=["/home/alice/course"], temp=["/tmp"], user="alice", host="lab-pc7")


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def value(text, **mimes):
    data = {"text/plain": text, **{mime.replace("_", "/"): data for mime, data in mimes.items()}}
    return {"output_type": "execute_result", "execution_count": 3, "data": data, "metadata": {}}


def failed(name, message, *lines):
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [*lines, f"{name}: {message}"]}


def ran(number, *outputs, seconds=0.1):
    """The step `number` as the chapter has it; a planned failure fails."""
    chapter = CHAPTERS[int(number.split(".")[0])]
    step = chapter.step(number)
    outputs = list(outputs)
    if step.raises and not outputs:
        outputs = [failed("RuntimeError", f"what step {number} raises")]
    return typed(step.code, *outputs, step=number, chapter=chapter.name, seconds=seconds)


def typed(source, *outputs, step=None, chapter="02_adaptive_pooling", seconds=0.1):
    error = next((output for output in outputs if output.get("output_type") == "error"), None)
    return LoggedCell(
        source,
        chapter,
        step,
        seconds=seconds,
        outputs=list(outputs),
        error=error["ename"] if error else None,
        message=str(error["evalue"]) if error else "",
    )


def write(file, cells, machine=ALICE):
    """The cells as a record, a minute apart."""
    start = {"kind": "start", "version": VERSION, "at": 0, "chapter": None, "libraries": {}, "machine": asdict(machine)}
    began = time.time() - 3600
    lines = [start] + [{"kind": "run", **asdict(cell), "began": began + 60 * n} for n, cell in enumerate(cells)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def published_from(*cells):
    """(runs, report) that are published of a class with these cells, a minute apart."""
    for number, cell in enumerate(cells):
        cell.began = 1_760_000_000.0 + 60 * number
    return prepare(SessionLog(list(cells), [ALICE], []))


def notebook_of(*cells):
    """(notebook for the students, report) of a class with these cells."""
    runs, report = published_from(*cells)
    return published_notebook(runs, report), report


def markdown(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
