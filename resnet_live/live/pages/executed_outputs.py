"""What an executed cell shows, in plain text: for run sheets and slides, where nothing can be operated."""

import re
import textwrap
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resnet_live.live.chapter import Chapter
from resnet_live.live.html_to_text import are_sentences, html_to_text

# As many letters stand in a line of a printed run sheet.
LINES, WIDTH = 14, 112


def from_cache(chapters: list[Chapter], build: Path) -> Path:
    """Write the executed notebooks of `chapters`, as the book's build keeps them in `build`/.jupyter_cache, into the folder returned.

    MyST-NB's own folder of executed notebooks has no outputs where it found them in the cache. Nothing is there for a
    chapter that was not executed as it stands now.
    """
    from jupyter_cache import get_cache

    out, cache = build / "executed", get_cache(build / ".jupyter_cache")
    out.mkdir(parents=True, exist_ok=True)
    for chapter in chapters:
        file = out / f"{chapter.name}.ipynb"
        try:
            _, notebook = cache.merge_match_into_notebook(nbformat.read(chapter.path, as_version=4))
        except KeyError:
            file.unlink(missing_ok=True)
        else:
            nbformat.write(notebook, file)
    return out


def executed_cells(chapter: Chapter, folder: Path) -> dict[str, list[NotebookNode]]:
    """Outputs of each step of `chapter` from its executed notebook in `folder`; empty when that is missing or of other code."""
    file = folder / f"{chapter.name}.ipynb"
    if not file.exists():
        return {}
    cells = [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
    by_number = {str(cell.metadata["resnet_live"]["step"]): cell for cell in cells if "resnet_live" in cell.metadata}
    return {
        step.number: by_number[step.number].outputs
        for step in chapter.steps
        if step.number in by_number and by_number[step.number].source == step.source
    }


def as_text(outputs: list[NotebookNode], lines: int = LINES) -> str:
    """The words of outputs: printed text, results, tables; "" for what has to be seen. What has more `lines` is cut in the middle."""
    parts: list[str] = []
    for output in outputs:
        if output.output_type == "stream" and output.name == "stdout":
            if parts and parts[-1].endswith("\n"):
                parts[-1] += output.text
            else:
                parts.append(output.text)
        elif (
            output.output_type in ("execute_result", "display_data")
            and not to_operate([output])
            and not picture(output)
            and (words := _words(output.data))
        ):
            parts.append(words + "\n")
    return shortened("".join(parts).strip("\n"), lines)


def error(outputs: list[NotebookNode]) -> str:
    """`NameError: name 'channels' is not defined`, or "" when the cell ran through."""
    found = next((output for output in outputs if output.output_type == "error"), None)
    return shortened(f"{found.ename}: {found.evalue}".strip(), width=None) if found else ""


def pictures(outputs: list[NotebookNode]) -> list[str]:
    """The descriptions of the figures among outputs."""
    return [words for output in outputs if (words := picture(output))]


def picture(output: NotebookNode) -> str:
    """The description of a figure, "" when the output is none, or one to operate."""
    if to_operate([output]):
        return ""
    html = output.get("data", {}).get("text/html", "")
    if "<img" not in html and "<svg" not in html:
        return ""
    return output.data.get("text/plain", "").strip() or "A figure."


def to_operate(outputs: list[NotebookNode]) -> bool:
    """Whether a widget is among outputs."""
    return any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)


def shortened(text: str, most: int = LINES, width: int | None = WIDTH) -> str:
    """What fills at most `most` lines of `width` characters; beginning and end stay: a table may have its point in its last row.

    A line may be longer, where it is shown it goes on in the next; a word may not. Without a `width` words stay whole too.
    """
    whole = lines = text.splitlines()
    if width is not None:
        whole = [re.sub(rf"\S{{{width + 1},}}", lambda word: f"{word[0][: width - 1]}…", line) for line in lines]
        lines = [part for line in whole for part in textwrap.wrap(line, width, break_on_hyphens=False) or [""]]
    if len(lines) <= most:
        return "\n".join(whole)
    tail = most // 3
    left_out = len(lines) - most + 1
    return "\n".join([*lines[: most - 1 - tail], f"… {left_out} lines more …", *lines[-tail:]])


def in_columns(text: str) -> bool:
    """Whether lines of `text` have cells that stand below each other, so that no line may be broken."""
    return sum("  " in line.strip() for line in text.splitlines()) > 1


def _words(data: NotebookNode) -> str:
    plain, html = data.get("text/plain", ""), data.get("text/html")
    # a table that pandas had no room for says how large it is, and leaves columns out; sentences have marks of Markdown
    if html is not None and (not plain or plain.startswith("<") or plain.endswith(" columns]") or are_sentences(html)):
        return html_to_text(html)
    return data["text/markdown"].replace("`", "") if "text/markdown" in data else plain
