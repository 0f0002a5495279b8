"""Make the clean notebook in which one answer is observed, and the files that stand beside it."""

from __future__ import annotations

import ast
import json
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import nbformat

from resnet_live import devices
from resnet_live.exercise import observers, reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import all_needs
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.statements import Statement

IN_KERNEL = Path(__file__).parent / "in_kernel"
OBSERVERS = Path(observers.__file__).parent
# Imported before the student's code, so that what these change in PyTorch is not taken for the student's doing.
_ROOTS = "fastai fastcore torchvision torch numpy einops timm pandas PIL matplotlib scipy sklearn"
ROOTS = frozenset(_ROOTS.split())


class Origin(Enum):
    """Whose code a cell holds."""

    GRADER = "the grader's own"
    SETUP = "the imports that the exercise's notebook begins with"
    REFERENCE = "the reference answer to an exercise that this one needs"
    STUDENT = "the student's"
    STAND_IN = "a stand-in for a name that the student did not define"
    COURSE = "stand-ins for `check`, `hint`, `use` and the like"


@dataclass(frozen=True)
class AssembledCell:
    """One cell of the clean notebook. `number`: of the cell in the student's notebook that it comes from; `may_fail`: an error ends
    the cell alone."""

    origin: Origin
    source: str
    number: int = 0
    may_fail: bool = False


@dataclass(frozen=True)
class Assembled:
    """A folder ready for the sandbox."""

    home: Path
    notebook: Path
    record: RunRecord
    cells: tuple[AssembledCell, ...]

    @property
    def observation(self) -> Path:
        return self.home / "out" / self.record.out

    @property
    def ready(self) -> Path:
        """Is there once everything is imported, before any code of the student's runs."""
        return self.home / "out" / "ready"


def assemble(
    exercise: Exercise,
    answer: Answer,
    home: Path,
    seed: int,
    device: str,
    hidden: list[Path],
    own: dict[str, Answer] | None = None,
    jobs: int = 1,
) -> Assembled:
    """Write the notebook for an answer into the new folder `home`: see `cells_of_answer` and `written`."""
    return written(exercise, cells_of_answer(exercise, answer, own), home, seed, device, hidden, jobs=jobs)


def cells_of_answer(exercise: Exercise, answer: Answer, own: dict[str, Answer] | None = None) -> list[AssembledCell]:
    """The cells of the notebook for an answer. `own`: the student's own answers, by exercise, in place of the references for what this
    one needs."""
    needs = [need.id for need in all_needs(exercise)]
    setup = "\n".join(dict.fromkeys(reference.setup(one) for one in [exercise.id, *needs]))
    cells = [AssembledCell(Origin.SETUP, setup)]
    own = own or {}
    # a star import of one own answer must not replace what another has defined
    stars = [s for one in own.values() for s in one.statements if s.is_star_import]
    cells += as_cells([*stars, *answer.statements[: answer.needs_at]])
    for need in needs:
        if need in own:
            cells += as_cells([s for s in own[need].statements if not s.is_star_import])
        else:
            cells.append(AssembledCell(Origin.REFERENCE, reference.source(need)))
    cells += as_cells(answer.statements[answer.needs_at :])
    cells += [AssembledCell(Origin.STAND_IN, _stand_in(name)) for name in answer.missing]
    return cells


def written(
    exercise: Exercise,
    cells: Sequence[AssembledCell],
    home: Path,
    seed: int,
    device: str,
    hidden: list[Path],
    last: str = "",
    jobs: int = 1,
) -> Assembled:
    """Write these cells, between those of the grader's own, into the new folder `home`.

    `hidden`: folders into which the student's code must not look; `last`: what runs before the observation; `jobs`: how many answers
    run at once, and share a GPU.
    """
    record = RunRecord(exercise.id, seed, device, secrets.token_bytes(32), f"{secrets.token_hex(16)}.bin")
    for folder in ("ours", "run", "out", "home/tmp"):
        (home / folder).mkdir(parents=True)
    target = home / "ours" / "in_kernel"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(IN_KERNEL, target, ignore=leave)
    shutil.copytree(OBSERVERS, target / "observers", ignore=leave)
    task = {"exercise": exercise.id, "seed": seed, "device": device, "key": record.key.hex(), "out": record.out}
    task["gpu_share"] = devices.grading_share(jobs)
    task |= {"imports": _modules([cell.source for cell in cells]), "hidden": [str(folder) for folder in hidden]}
    (home / "ours" / "task.json").write_text(json.dumps(task), encoding="utf-8")

    begin = "import sys\nsys.path.insert(0, {0!r})\nfrom in_kernel.guard import begin\n_observing = begin({0!r})\nnext(_observing)"
    first = AssembledCell(Origin.GRADER, begin.format(str(home / "ours")) + "\ndel sys, begin")
    names = "".join(f"{name}, " for name in exercise.names)
    cells = [first, *cells, AssembledCell(Origin.GRADER, f"{last}_ = _observing.send(({names}))")]
    notebook = nbformat.v4.new_notebook()
    # nbclient goes on behind an error in a cell with this tag
    notebook.cells = [
        nbformat.v4.new_code_cell(
            cell.source, id=f"c{index}", metadata={"tags": ["raises-exception"]} if cell.may_fail else {}
        )
        for index, cell in enumerate(cells)
    ]
    path = home / "run" / "answer.ipynb"
    nbformat.write(notebook, path)
    return Assembled(home, path, record, tuple(cells))


def as_cells(statements: Sequence[Statement]) -> list[AssembledCell]:
    """Neighbouring statements of one cell stay together."""
    cells: list[AssembledCell] = []
    for statement in statements:
        source = statement.source
        if cells and cells[-1].number == statement.cell:
            source = stacked(cells.pop().source, statement, source)
        cells.append(AssembledCell(Origin.STUDENT, source, statement.cell))
    return cells


def stacked(above: str, statement: Statement, source: str) -> str:
    """The code of a cell with one more statement, as `source`: below the others, but where Python asks for it above them."""
    return f"{source}\n{above}" if statement.is_future else f"{above}\n{source}"


def _stand_in(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    raise NotImplementedError"


def _modules(sources: list[str]) -> list[str]:
    """The modules that these import, of the packages in ROOTS."""
    names: list[str] = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
    return [name for name in dict.fromkeys(names) if name.split(".")[0] in ROOTS]
