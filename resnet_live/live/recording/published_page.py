"""A class as one HTML page for students who were absent: it needs no Jupyter and no network, and nothing in it runs."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from resnet_live.code_in_text import code_as_html
from resnet_live.live.cell_text import body
from resnet_live.live.recording.clean_outputs import as_text
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.published_notebook import NOTEBOOK_TEXT, beginning, failure, title_of
from resnet_live.live.recording.published_run import PublishedRun
from resnet_live.live.recording.shown_pictures import ShownPicture, pictures, words_beside

STYLE = Path(__file__).parent / "page" / "published.css"


def published_page(runs: Sequence[PublishedRun], report: PublishReport) -> str:
    """The page. Pictures stand in it as data, also drawings: a script within one does not run."""
    first, *more = beginning(runs)
    parts = [f"<h1>{escape(first)}</h1>", *(f"<p>{_words(text)}</p>" for text in more)]
    title = section = ""
    for number, run in enumerate(runs, start=1):
        if run.title and run.title != title:
            title, section = run.title, ""
            parts.append(f"<h2>{escape(title)}</h2>")
        if run.section and run.section != section:
            section = run.section
            parts.append(f"<h3>{escape(section)}</h3>")
        parts.append(_run(run, number, runs, report))
    style = STYLE.read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title_of(runs))}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        f"<style>\n{style}</style>\n</head>\n<body>\n{''.join(parts)}\n</body>\n</html>\n"
    )


def _run(run: PublishedRun, number: int, runs: Sequence[PublishedRun], report: PublishReport) -> str:
    where = run.cell.label(number)
    named = " · ".join(part for part in (run.cell.step, run.prompt) if part)
    parts = [f'<p><span class="number">{_words(named)}</span></p>' if named else ""]
    if run.wrong:
        parts.append(f"<p>{_words(failure(run, runs))}</p>{_difference(run)}")
    parts.append(f'<pre class="code" tabindex="0">{escape(body(run.cell.source) or run.cell.source)}</pre>')
    for output in run.cell.outputs:
        parts.append(_output(output, where, report))
    inside = "".join(parts)
    return f'<div class="went-wrong">{inside}</div>\n' if run.wrong else f"<div>{inside}</div>\n"


def _difference(run: PublishedRun) -> str:
    if run.fixed_by is None or not run.difference:
        return ""
    kinds = {"+": "plus", "-": "minus"}
    lines = [f'<span class="{kinds.get(sign, "")}">{escape(f"{sign} {text}")}</span>' for sign, text in run.difference]
    return f'<pre class="difference">{chr(10).join(lines)}</pre>'


def _output(output: dict, where: str, report: PublishReport) -> str:
    if output["output_type"] == "error":
        message = report.short(
            f"{output['ename']}: {output['evalue']}", NOTEBOOK_TEXT, f"the message of {where} on the page"
        )
        return f'<pre class="error" tabindex="0">{escape(message)}</pre>'
    data = output.get("data", {})
    if found := pictures(data):
        words = "".join(f"<p>{escape(line)}</p>" for line in words_beside(data).splitlines())
        return "".join(map(_figure, found)) + words
    text = report.short(as_text([output]), NOTEBOOK_TEXT, f"the output of {where} on the page")
    return f'<pre class="shown" tabindex="0">{escape(text)}</pre>' if text.strip() else ""


def _figure(picture: ShownPicture) -> str:
    return f'<figure><img src="{escape(picture.address)}" alt="{escape(picture.alt)}"></figure>'


def _words(text: str) -> str:
    """Markdown of our own sentences: `code` and **strong**."""
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", code_as_html(text))
