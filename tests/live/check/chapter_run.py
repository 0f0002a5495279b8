"""A chapter run cell by cell in this process, without a kernel: cheap enough to judge hundreds of variants of its steps."""

import ast
import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.check.chapter_slice import chapter_namespace
from resnet_live.live.check.check_step import check_cells
from resnet_live.live.check.verdict import StepVerdict
from resnet_live.live.kernel.capture import ExecutedCell


class ChapterRun:
    """The names that a chapter's steps have made so far, and verdicts on other cells in the place of the next step."""

    def __init__(self, chapter: Chapter):
        self.chapter = chapter
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def steps(self) -> Iterator[Step]:
        """Each step in order; it is run, as the chapter has it, when the next is asked for."""
        for step in self.chapter.steps:
            yield step
            run_cell(step.source, self.names)

    def verdict(self, step: Step, *cells: str) -> StepVerdict:
        """What `%check` says when `cells` are typed for `step`. Names and patched methods are afterwards what they were."""
        names = dict(self.names)
        patched = [(value, value.forward) for value in names.values() if _is_own_net(value)]
        try:
            return check_cells(self.chapter, step, [run_cell(cell, names) for cell in cells], names)
        finally:
            for net, forward in patched:
                net.forward = forward


class ChapterParts(ChapterRun):
    """As ChapterRun, for chapters that train: before a step only what it and its expectation rest on is made, nothing is trained."""

    def prepare(self, step: Step, cells: list[str], given: str = "") -> None:
        """Make the names that the step and `cells` need; `given`: code for what the chapter makes by training."""
        texts = [step.source, *cells, step.expectation.value, *(text for text, _ in step.expectation.same)]
        wanted = frozenset().union(*(step_names.refs(text) for text in texts)) - step_names.defs(given)
        key = (step.number, wanted)
        if key not in self._made:
            self._made[key] = chapter_namespace(self.chapter, self.chapter.position(step.number) - 1, wanted)
        self.names = dict(self._made[key])
        run = run_cell(given, self.names)
        assert not run.error, f"given for {step.number}: {run.message}"

    def __init__(self, chapter: Chapter):
        super().__init__(chapter)
        self._made: dict[tuple, dict[str, Any]] = {}


def _is_own_net(value: Any) -> bool:
    return isinstance(value, type) and value.__module__ == "__main__" and "forward" in vars(value)


def run_cell(source: str, names: dict[str, Any]) -> ExecutedCell:
    """Run a cell in `names`, as a kernel would."""
    cell, printed = ExecutedCell(source), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = ast.parse(source).body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
            if last is not None:
                cell.result = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        except Exception as error:
            cell.error, cell.message = type(error).__name__, str(error)
    cell.has_result, cell.printed = cell.result is not None, printed.getvalue()
    if cell.printed:
        cell.outputs.append({"output_type": "stream", "name": "stdout", "text": cell.printed})
    if cell.has_result:
        cell.outputs.append({"output_type": "execute_result", "data": {"text/plain": repr(cell.result)}})
    return cell
