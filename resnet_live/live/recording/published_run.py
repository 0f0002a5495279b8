"""The runs of a class as they may be shown: nothing private in them, each failure connected with what fixed it.

The board rests on it in the kernel of the class; so it imports no library of notebooks, which takes a second to load.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

from resnet_live.code_difference import diff
from resnet_live.live.cell_text import without_commands
from resnet_live.live.chapter import Chapter, LiveError, find_chapter
from resnet_live.live.recording.clean_outputs import clean_output, texts
from resnet_live.live.recording.fixes import Fix, find_fixes, went_wrong
from resnet_live.live.recording.publish_report import PublishReport
from resnet_live.live.recording.redact import Redactor
from resnet_live.live.recording.session_log import LoggedCell
from resnet_live.whole_letters import whole_letters


@dataclass
class PublishedRun:
    """One published run: a cell of the log with redacted texts, what the chapter says about its step, and its fix.

    `title`, `section`, `prompt`, `kind`: of the chapter's step, "" when it is none; `wrong`: it failed, or runs and is wrong;
    `fixed_by`: the index of the run that fixed it, `fixes`: the indices of those that this run fixes;
    `difference`: lines (sign, text) of the fix, of this failure when it is one, else of what this run fixes.
    """

    cell: LoggedCell
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
        return f"step {self.cell.step}" if self.cell.step else "a later cell"


def connected(cells: list[LoggedCell], report: PublishReport) -> list[PublishedRun]:
    """The runs of redacted cells, each failure connected with what fixed it. A chapter that is not there is a problem of `report`."""
    chapter_of = _chapters(report)
    runs = [_published(cell, chapter_of(cell.chapter)) for cell in cells]
    for fix in find_fixes(cells, chapter_of):
        _connect(runs, fix)
    return runs


def all_texts(cell: LoggedCell) -> Iterator[str]:
    """Everything of a cell in which something private may stand."""
    yield from (cell.source, cell.message)
    yield from texts(cell.outputs)


def redacted(cell: LoggedCell, redactor: Redactor, where: str, report: PublishReport) -> LoggedCell:
    """The cell without our own commands and with nothing in it that must stay private, as far as `redactor` knows by now.

    `where`: what the report calls the cell.
    """
    return replace(
        cell,
        source=redactor.text(whole_letters(without_commands(cell.source)), code=True, where=where),
        outputs=[output for raw in cell.outputs for output in clean_output(raw, redactor, where, report)],
        message=redactor.text(whole_letters(cell.message), where=where),
    )


def _chapters(report: PublishReport) -> Callable[[str | None], Chapter | None]:
    """A function that gives a chapter by its file's name, None when it is not there; each missing one is a problem once."""

    @cache
    def chapter_of(name: str | None) -> Chapter | None:
        if name is None:
            return None
        try:
            return find_chapter(int(name[:2]))
        except (LiveError, ValueError):
            report.problems.append(f"the chapter {name} is not here: its headings and prompts are missing.")
            return None

    return chapter_of


def _published(cell: LoggedCell, chapter: Chapter | None) -> PublishedRun:
    if chapter is None:
        return PublishedRun(cell, wrong=cell.error is not None)
    title, step = f"Chapter {chapter.number} · {chapter.title}", chapter.find(cell.step)
    if step is None:
        return PublishedRun(cell, title, wrong=cell.error is not None)
    return PublishedRun(cell, title, step.section, step.prompt, step.kind, went_wrong(cell, step))


def _connect(runs: list[PublishedRun], fix: Fix) -> None:
    lines = diff(fix.before, fix.after)
    runs[fix.failed].fixed_by = fix.fixed
    runs[fix.failed].difference = lines
    runs[fix.fixed].fixes.append(fix.failed)
    if not runs[fix.fixed].wrong:
        runs[fix.fixed].difference = lines
