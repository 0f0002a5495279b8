"""Make the clean notebook in which one answer is observed, and the files that stand beside it."""

from __future__ import annotations

import ast
import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat

from resnet_live.exercise import observers, reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import find
from resnet_live.grading.find_answer import Answer, Statement

IN_KERNEL = Path(__file__).parent / "in_kernel"
OBSERVERS = Path(observers.__file__).parent
# Imported before the student's code, so that what these change in PyTorch is not taken for the student's doing.
ROOTS = (
    "fastai",
    "fastcore",
    "torchvision",
    "torch",
    "numpy",
    "einops",
    "timm",
    "pandas",
    "PIL",
    "matplotlib",
    "scipy",
    "sklearn",
)


@dataclass(frozen=True)
class Record:
    """What the marker knows of one run and the student's code does not: the judge believes this, never the observation.

    `seed`: of the inputs; `key`: signs the observation; `out`: the name of its file; `device`: where tensors go.
    """

    exercise: str
    seed: int
    device: str
    key: bytes
    out: str


@dataclass(frozen=True)
class Assembled:
    """A folder ready for the sandbox. `cells`: what each cell of the notebook is, for messages."""

    home: Path
    notebook: Path
    record: Record
    cells: tuple[str, ...]

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
    own: tuple[Answer, ...] = (),
) -> Assembled:
    """Write the notebook for an answer into the new folder `home`.

    `hidden`: folders into which the student's code must not look; `own`: the student's own answers in place of the references
    for what the exercise needs.
    """
    record = Record(exercise.id, seed, device, secrets.token_bytes(32), f"{secrets.token_hex(16)}.bin")
    for folder in ("ours", "run", "out", "home/tmp"):
        (home / folder).mkdir(parents=True)
    target = home / "ours" / "in_kernel"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(IN_KERNEL, target, ignore=leave)
    shutil.copytree(OBSERVERS, target / "observers", ignore=leave)

    setup = "\n".join(dict.fromkeys(reference.setup(one) for one in [exercise.id, *all_needs(exercise)]))
    cells: list[tuple[str, str]] = [("the imports that the exercise's notebook begins with", setup)]
    if own:
        for one in own:
            cells += _cells(one.statements)
    else:
        cells += [(f"the reference answer to {need}", reference.source(need)) for need in all_needs(exercise)]
    cells += _cells(answer.statements)
    cells += [(f"a stand-in for the missing {name}", _absent(name)) for name in answer.missing]
    begin = "import sys\nsys.path.insert(0, {0!r})\nfrom in_kernel.guard import begin\n_observing = begin({0!r})\nnext(_observing)"
    first = ("ours", begin.format(str(home / "ours")) + "\ndel sys, begin")
    last = ("ours", f"_ = _observing.send(({''.join(f'{name}, ' for name in exercise.names)}))")
    cells = [first, *cells, last]

    task = {"exercise": exercise.id, "seed": seed, "device": device, "key": record.key.hex(), "out": record.out}
    task |= {"imports": _modules([source for _, source in cells[1:-1]]), "hidden": [str(folder) for folder in hidden]}
    (home / "ours" / "task.json").write_text(json.dumps(task), encoding="utf-8")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source, id=f"c{place}") for place, (_, source) in enumerate(cells)]
    path = home / "run" / "answer.ipynb"
    nbformat.write(notebook, path)
    return Assembled(home, path, record, tuple(name for name, _ in cells))


def all_needs(exercise: Exercise) -> list[str]:
    """The ids of the exercises that this one needs, with what those need, in the order in which they can be defined."""
    found: list[str] = []
    for need in exercise.needs:
        found += [*all_needs(find(need)), need]
    return list(dict.fromkeys(found))


def _cells(statements: tuple[Statement, ...]) -> list[tuple[str, str]]:
    """Neighbouring statements of one cell stay together."""
    cells: list[tuple[str, str]] = []
    for statement in statements:
        label = f"your cell {statement.cell}"
        if cells and cells[-1][0] == label:
            cells[-1] = (label, f"{cells[-1][1]}\n{statement.source}")
        else:
            cells.append((label, statement.source))
    return cells


def _absent(name: str) -> str:
    return f"def {name}(*args, **kwargs):\n    raise NotImplementedError"


def _modules(sources: list[str]) -> list[str]:
    names: list[str] = []
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module)
    return [name for name in dict.fromkeys(names) if name.split(".")[0] in ROOTS]
