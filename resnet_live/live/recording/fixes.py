"""Which run fixed which failure, and what had changed."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, Step, StepKind
from resnet_live.live.planned_fix import planned_fix
from resnet_live.live.recording.session_log import LoggedCell

_DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)", re.MULTILINE)
# Two cells that share this much of their text, or of their last lines, are two tries of the same thing.
ALIKE, ALIKE_LINE = 0.6, 0.8


@dataclass(frozen=True)
class Fix:
    """The cell at index `failed` of a log was fixed by the cell at index `fixed`.

    `before` and `after` are the code that was changed: before is "" when the fix is new code.
    """

    failed: int
    fixed: int
    before: str
    after: str


def went_wrong(cell: LoggedCell, step: Step | None) -> bool:
    """Whether a cell failed, or runs and is wrong: a planned mistake that raises nothing."""
    return cell.error is not None or (step is not None and step.kind is StepKind.MISTAKE)


def find_fixes(cells: Sequence[LoggedCell], chapter_of: Callable[[str | None], Chapter | None]) -> list[Fix]:
    """The fixes among the cells of a log, in order of the failures. A failure that nothing fixed has none.

    `chapter_of`: a chapter by its file's name. A planned mistake is fixed by the step of kind `fix` that follows it in the
    chapter; any other failure by the next run of the same step, of nearly the same code, or of a function or class with the
    same name.
    """
    fixes = []
    for index, cell in enumerate(cells):
        chapter = chapter_of(cell.chapter)
        step = chapter.find(cell.step) if chapter else None
        if not went_wrong(cell, step):
            continue
        fixed, elsewhere = _planned_fix(cells, index, chapter, step), False
        if fixed is None and cell.error is not None:
            fixed, elsewhere = _next_try(cells, index)
        if fixed is not None:
            former = _former(cells, fixed, None if elsewhere else index)
            fixes.append(Fix(index, fixed, former, body(cells[fixed].source)))
    return fixes


def _planned_fix(cells: Sequence[LoggedCell], index: int, chapter: Chapter | None, step: Step | None) -> int | None:
    fix = planned_fix(chapter, step) if chapter and step else None
    if fix is None:
        return None
    for later in range(index + 1, len(cells)):
        same_chapter = cells[later].chapter == cells[index].chapter
        if same_chapter and cells[later].step == fix.number and cells[later].error is None:
            return later
    return None


def _next_try(cells: Sequence[LoggedCell], index: int) -> tuple[int | None, bool]:
    """(the run that fixed the one at `index`, whether it changed something else than the code that failed)."""
    failed = cells[index]
    code, names = body(failed.source), set(_DEFINED.findall(failed.source))
    for later in range(index + 1, len(cells)):
        tried = cells[later]
        if tried.error is not None or tried.chapter != failed.chapter:
            continue
        again = body(tried.source)
        if (
            (failed.step is not None and tried.step == failed.step)
            or names & set(_DEFINED.findall(tried.source))
            or again == code
            or _alike(code, again)
        ):
            return (_edit_between(cells, index, later), True) if again == code else (later, False)
    return None, False


def _edit_between(cells: Sequence[LoggedCell], index: int, later: int) -> int:
    """The same code works on the second try: what fixed it was run in between, the last thing that did not fail."""
    for between in range(later - 1, index, -1):
        if cells[between].error is None and body(cells[between].source):
            return between
    return later


def _former(cells: Sequence[LoggedCell], fixed: int, failed: int | None) -> str:
    """What the fix is a new version of: the last code that defined the same function or class, else the failure itself when
    it is much the same, else nothing."""
    after = body(cells[fixed].source)
    names = set(_DEFINED.findall(after))
    for earlier in range(fixed - 1, -1, -1):
        code = body(cells[earlier].source)
        if names & set(_DEFINED.findall(code)) and code != after:
            return code
    code = body(cells[failed].source) if failed is not None else ""
    return code if code != after and _alike(code, after) else ""


def _alike(one: str, other: str) -> bool:
    """Whether two cells are two tries of the same thing: as a whole, or in the last line, which is the one that fails."""
    return _share(one, other) >= ALIKE or _share(*(code.split("\n")[-1].strip() for code in (one, other))) >= ALIKE_LINE


def _share(one: str, other: str) -> float:
    # a few characters are alike by chance
    enough = min(len(one), len(other)) > 11
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() if enough else 0
