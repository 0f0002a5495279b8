"""A chapter as slides for reveal.js: one step a slide, what it shows on the next press, the text of the chapter as speaker's notes."""

import hashlib
import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from resnet_live.live.chapter import Chapter, Step, StepKind
from resnet_live.live.myst import dropdowns, literal, plain, sections
from resnet_live.live.pages import executed_outputs
from resnet_live.live.pages.changed_files import write_changed
from resnet_live.live.pages.live_notebook import AFTERWARDS
from resnet_live.questions import asked_by, question_file

# Lines of code and output on a slide, at most.
LINES = 25
# As many characters of code fill a line in the large type.
WIDTH = 78
TEMPLATE = Path(__file__).parent / "deck"
# Where reveal.js and MathJax are: in the built book, seen from `slides/NN_name.html` (tools/vendored.json has the versions), and
# on public servers, for a book that was built where these could not be fetched.
LOCAL = ("../_static/reveal", "../_static/mathjax/tex-chtml.js")
PUBLIC = ("https://unpkg.com/reveal.js@5.2.1", "https://unpkg.com/mathjax@3.2.2/es5/tex-chtml.js")


def build(chapters: list[Chapter], executed: Path, out: Path, addresses: tuple[str, str] = LOCAL) -> list[Path]:
    """Write `NN_name.html` for each of `chapters` into `out`, a folder of the built book. Returns the new and changed files.

    `executed`: the folder of the executed notebooks; without one a deck has no outputs. `addresses`: `LOCAL` or
    `PUBLIC`. Raises LiveError.
    """

    def files() -> Iterator[tuple[str, str]]:
        for chapter in chapters:
            name, key = f"{chapter.name}.html", _key(chapter, executed, addresses)
            there = (out / name).read_text(encoding="utf-8") if (out / name).exists() else ""
            if f'content="{key}"' not in there[:1000]:
                yield name, as_html(slide_notebook(chapter, executed, key), addresses)

    return write_changed(files(), out, "slides")


def _key(chapter: Chapter, executed: Path, addresses: tuple[str, str]) -> str:
    """A fingerprint of all that a deck is made from."""
    files = [
        chapter.path,
        executed / chapter.path.name,
        question_file(chapter.number),
        Path(__file__),
        Path(executed_outputs.__file__),
        *TEMPLATE.iterdir(),
    ]
    digest = hashlib.sha256("\n".join(addresses).encode())
    for file in files:
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:16]


def as_html(notebook: nbformat.NotebookNode, addresses: tuple[str, str] = LOCAL) -> str:
    """The deck as one page. `addresses`: of reveal.js and of MathJax, as the page sees them."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    from nbconvert import SlidesExporter  # slow to import
    from traitlets.config import Config

    exporter = SlidesExporter(
        config=Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {"remove-input"}}}),
        template_name=TEMPLATE.name,
        extra_template_basedirs=[str(TEMPLATE.parent)],
        reveal_url_prefix=addresses[0],
        reveal_theme="white",
        mathjax_url=addresses[1],
        exclude_anchor_links=True,
    )
    html, _ = exporter.from_notebook_node(notebook)
    return html


def slide_notebook(chapter: Chapter, executed: Path, key: str = "") -> nbformat.NotebookNode:
    """The deck as a notebook with slideshow metadata, from the chapter and its executed notebook in the folder `executed`."""
    shown = executed_outputs.executed_cells(chapter, executed)
    bibliography = chapter.path.parent / "references.bib"

    def notes(*texts: str):
        return slide_cell(new_markdown_cell("\n\n".join(plain(text, bibliography) for text in texts if text)), "notes")

    opening = sections(chapter.steps[0].prose)
    intro = next((text for heading, text in opening if heading.startswith("# ")), "")
    cells = [
        title_slide(f"# {chapter.title}", f"Chapter {chapter.number}"),
        notes(
            intro, "Keys: arrows or space to go on, S for this speaker view, O for all slides, F for the full screen."
        ),
    ]
    section = ""
    for step in chapter.steps:
        parts = sections(step.prose)
        before = "\n\n".join(text for heading, text in parts if not heading.startswith("# "))
        if step.section != section:
            section = step.section
            cells += [
                title_slide(f"## {section}"),
                notes(next((text for head, text in parts if head == f"## {section}"), "")),
            ]
        if step.kind is not StepKind.SETUP:
            cells += [*step_slides(chapter, step, shown.get(step.number)), notes(f"**{literal(step.note)}**", before)]
    cells += _closing(chapter, bibliography)
    for index, cell in enumerate(cells):
        cell.id = f"slide-{index}"
    metadata = {"title": f"{chapter.number} · {chapter.title}", "resnet_live": {"key": key}}
    return new_notebook(cells=cells, metadata=metadata)


def step_slides(chapter: Chapter, step: Step, found: list | None, up: str = "..") -> list:
    """The cells of one step. `found`: its outputs; `up`: the folder of the built book, as the deck sees it."""
    cells = [slide_cell(new_markdown_cell(f"### <b>{step.number}</b> {literal(step.prompt)}"), "subslide")]
    if step.kind is StepKind.PREDICT:
        return [*cells, *_vote(step)]
    message = executed_outputs.error(found or [])
    code = sum(1 + len(line) // WIDTH for line in step.source.splitlines()) if step.typed else 0
    # The message of an error is the point of its slide, so it must stand on it.
    text = executed_outputs.as_text(found or [], max(8, LINES - code - 5 * bool(message)))
    rows = text.splitlines()
    small = len(rows) > executed_outputs.LINES or (len(rows) > 3 and any(len(row) > WIDTH for row in rows))
    if step.typed:
        lines = code + (0 if small else len(rows))
        tags = [*[f"rl-lines-{most}" for most in (20, 14) if lines > most][:1], f"rl-{step.kind}"]
        cells.append(slide_cell(new_code_cell(step.source), "-", tags))
    page = f"{up}/book/{chapter.name}.html"
    if found is None:
        return cells
    if executed_outputs.to_operate(found):
        words = f'<p class="rl-note-on-figure">A figure to operate: open it on <a href="{page}">the chapter\'s page</a>.</p>'
        return [*cells, slide_cell(new_markdown_cell(words), "-" if step.kind is StepKind.FIGURE else "fragment")]
    seen = [output for output in found if output.output_type != "error" and executed_outputs.picture(output)]
    if text:
        shown = f'<pre class="rl-shown{" rl-small" if small else ""}" tabindex="0">{escape(text)}</pre>'
        cells.append(slide_cell(new_markdown_cell(shown), "fragment"))
    for output in seen:
        cells.append(
            slide_cell(_only_output(output), "-" if step.kind is StepKind.FIGURE else "fragment", ["remove-input"])
        )
    if message:
        cells.append(
            slide_cell(
                new_markdown_cell(f'<pre class="rl-shown rl-error" tabindex="0">{escape(message)}</pre>'), "fragment"
            )
        )
    return cells


def _only_output(output):
    data = {"text/html": _static(output.data["text/html"])}
    return new_code_cell("", outputs=[new_output("display_data", data=data)])


def _static(html: str) -> str:
    return re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)


def _vote(step: Step) -> list:
    """The question with its choices, and on the next press the right one with its reason."""
    question = asked_by(step.source)
    if question is None:
        return [slide_cell(new_markdown_cell("Vote, then go on."), "-")]
    choices = "\n".join(f"- {choice.text}" for choice in question.choices)
    cells = [slide_cell(new_markdown_cell(f"{question.ask}\n\n{choices}"), "-")]
    for choice in question.choices:
        if choice.text == question.right:
            answer = f'<span class="rl-right">{escape(choice.text)}</span>: {escape(choice.why)}'
            cells.append(slide_cell(new_markdown_cell(answer), "fragment"))
    return cells


def _closing(chapter: Chapter, bibliography: Path) -> list:
    """The questions that learners ask, a slide each, then the recap."""
    cells, source = [], nbformat.read(chapter.path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in source if cell.cell_type == "markdown")
    if asked := dropdowns(text):
        cells.append(title_slide(f"## {AFTERWARDS[0]}"))
        for question, answer in asked:
            cells.append(slide_cell(new_markdown_cell(f"### {plain(question)}"), "subslide"))
            cells.append(slide_cell(new_markdown_cell(plain(answer, bibliography)), "fragment"))
    for heading, words in sections(text):
        if heading == "## Recap":
            cells += [title_slide(heading), slide_cell(new_markdown_cell(plain(words, bibliography)), "-")]
    return cells


def title_slide(heading: str, above: str = "") -> nbformat.NotebookNode:
    """A slide of its own with a heading in Markdown, and a line above it."""
    return slide_cell(new_markdown_cell(f"{above}\n\n{heading}" if above else heading), "slide")


def slide_cell(cell: nbformat.NotebookNode, slide: str, tags: list[str] | None = None) -> nbformat.NotebookNode:
    """`cell` as a part of the deck. `slide`: "slide", "subslide", "fragment", "notes" or "-", on the slide before."""
    cell.metadata["slideshow"] = {"slide_type": slide}
    if tags:
        cell.metadata["tags"] = tags
    return cell
