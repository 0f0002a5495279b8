"""From `solutions/` to `exercises/` and the packaged references. The rules of a solution notebook:

- It is named NN_name.ipynb after its chapter. Its cells are nbgrader's (metadata `nbgrader`), so that nbgrader takes it as it is:
  `setup` (locked; the imports that answers use, and nothing of this package), then for each exercise of the chapter, in order,
  a Markdown cell that begins with `## 2.3 Title` and holds the line `*5 minutes · 7 points*`; `answer-2-3` (a solution cell);
  `check-2-3` (locked, graded, with the exercise's points), whose source is exactly the call of `check`.
- In an answer cell, the lines between `### BEGIN SOLUTION` and `### END SOLUTION` (comments by themselves on a line, both
  indented alike) become `raise NotImplementedError`. Several regions are allowed, nested ones are not.
- No line of a solution may stand anywhere else in the notebook.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

import nbformat

from resnet_live import __version__
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import exercises

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "raise NotImplementedError"
LOOKS_LIKE = re.compile(r"#\s*(begin|end)\s+(solution|hidden\s+tests?|mark\s+scheme)\b", re.IGNORECASE)
# What a student is given for an exercise, by the id of the cell, and its name for the reader.
PARTS = {"text": "its text", "example": "its example", "answer": "the cell to fill in", "check": "its check"}
# A line of a solution shorter than this is nobody's secret (`x = 1`, `return out`).
LEAK_LENGTH = 16


class NotebookProblems(ValueError):
    """Everything that is wrong with the solution notebooks: one line each, naming notebook and cell."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Built:
    """What one solution notebook gives: the exercise notebook and the packaged reference, as the text of two files."""

    name: str
    chapter: int
    notebook: str
    reference: str


def build(solutions: Path, exercises_folder: Path, references: Path) -> list[Path]:
    """Write the exercise notebooks and references of all solution notebooks; return the files that changed.

    A notebook with problems does not stop the others: those are written first. Then NotebookProblems is raised.
    """
    changed = []
    targets, problems = _targets(solutions, exercises_folder, references)
    for path, text in targets.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    if problems:
        raise NotebookProblems(problems)
    return changed


def drift(solutions: Path, exercises_folder: Path, references: Path) -> list[str]:
    """What differs from what `build` would write, one line each: files that are missing, differ, or have no solution.

    Raises NotebookProblems.
    """
    targets, problems = _targets(solutions, exercises_folder, references)
    if problems:
        raise NotebookProblems(problems)
    found = [f"{path.name}: missing" for path in targets if not path.exists()]
    found += [
        f"{path.name}: differs from what its solution notebook gives"
        for path, text in targets.items()
        if path.exists() and path.read_text(encoding="utf-8") != text
    ]
    there = [*exercises_folder.glob("*.ipynb"), *references.glob("ch*.json")]
    return found + [f"{path.name}: has no solution notebook" for path in there if path not in targets]


def _targets(solutions: Path, exercises_folder: Path, references: Path) -> tuple[dict[Path, str], list[str]]:
    problems: list[str] = []
    targets: dict[Path, str] = {}
    files = sorted(solutions.glob("*.ipynb"))
    seen = set()
    for file in files:
        try:
            made = convert(file)
        except NotebookProblems as error:
            problems += error.problems
            seen |= {int(file.name[:2])} if file.name[:2].isdigit() else set()
            continue
        seen.add(made.chapter)
        targets[exercises_folder / made.name] = made.notebook
        targets[references / f"ch{made.chapter:02d}.json"] = made.reference
    for chapter in sorted({exercise.chapter for exercise in exercises().values()} - seen):
        problems.append(f"chapter {chapter} has exercises but no notebook in {solutions.name}/")
    return targets, problems


def convert(file: Path) -> Built:
    """Turn one solution notebook into its exercise notebook and reference. Raises NotebookProblems, which names notebook and cell."""
    problems: list[str] = []
    try:
        source = nbformat.read(file, as_version=4)
        nbformat.validate(source)
    except Exception as error:  # nbformat raises many kinds; each means the same to the author
        raise NotebookProblems([f"{file.name}: not a valid notebook: {str(error).splitlines()[0]}"]) from error
    if not re.match(r"\d\d_\w+\.ipynb$", file.name):
        raise NotebookProblems([f"{file.name}: a solution notebook is named NN_name.ipynb, after its chapter"])
    chapter = int(file.name[:2])
    expected = [exercise for exercise in exercises().values() if exercise.chapter == chapter]
    if not expected:
        problems.append(f"{file.name}: chapter {chapter} has no exercises")

    made = copy.deepcopy(source)
    answers: dict[str, str] = {}
    secrets: list[tuple[int, str]] = []
    for number, cell in enumerate(made.cells, start=1):
        here = f"{file.name}, cell {number}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        try:
            regions = find_regions(cell.source) if cell.cell_type == "code" else _no_markers(cell.source)
        except ValueError as error:
            problems.append(f"{here}: {error}")
            continue
        grade_id = _grade_id(cell)
        if not grade_id.startswith("answer-"):
            if regions:
                problems.append(f"{here}: a solution outside an answer cell (its grade_id is {grade_id!r})")
            continue
        if not regions:
            problems.append(f"{here}: an answer cell without {BEGIN}")
            continue
        answers[grade_id.removeprefix("answer-").replace("-", ".", 1)] = without_markers(cell.source)
        secrets += [(number, line) for line in _secret_lines(cell.source, regions)]
        cell.source = stubbed(cell.source, regions)
    problems += _check_layout(file.name, source, expected)
    problems += _leaks(file.name, made, secrets)
    setup = next((cell.source for cell in source.cells if _grade_id(cell) == "setup"), "")
    if "resnet_live" in setup:
        problems.append(
            f"{file.name}: the setup cell must not import resnet_live (a grader runs it where that is absent)"
        )
    if problems:
        raise NotebookProblems(problems)
    parts = {exercise.id: _parts(made, exercise) for exercise in expected}
    made.metadata = {key: value for key, value in made.metadata.items() if key in ("kernelspec", "language_info")}
    made.metadata["resnet_live"] = {"version": __version__, "exercises": parts}
    reference = {"notebook": file.stem, "setup": setup, "answers": answers, "exercises": parts}
    return Built(
        file.name,
        chapter,
        nbformat.writes(made) + "\n",
        json.dumps(reference, indent=1, ensure_ascii=False) + "\n",
    )


# ---- Markers ----


def find_regions(source: str) -> list[tuple[int, int]]:
    """The solution regions of a cell as pairs of line indices (of the two markers). Raises ValueError for every malformed marker."""
    lines = source.splitlines()
    marked = {index for index, line in enumerate(lines) if LOOKS_LIKE.search(line)}
    if not marked:
        return []
    comments = _comment_lines(source)
    regions, open_at = [], None
    for index in sorted(marked):
        line, where = lines[index].strip(), f"line {index + 1} ({lines[index].strip()!r})"
        if line not in (BEGIN, END):
            raise ValueError(
                f"{where} looks like a marker but is not one: it must be {BEGIN!r} or {END!r}, alone on its line"
            )
        if index not in comments:
            raise ValueError(f"{where} is a marker inside a string")
        if line == BEGIN:
            if open_at is not None:
                raise ValueError(f"{where} begins a solution inside the one of line {open_at + 1}")
            open_at = index
            continue
        if open_at is None:
            raise ValueError(f"{where} ends a solution that was not begun")
        if _indent(lines[index]) != _indent(lines[open_at]):
            raise ValueError(f"{where} is not indented as its beginning in line {open_at + 1}")
        if not any(inside.strip() for inside in lines[open_at + 1 : index]):
            raise ValueError(f"{where} ends an empty solution")
        regions.append((open_at, index))
        open_at = None
    if open_at is not None:
        raise ValueError(f"line {open_at + 1}: the solution is not ended by {END!r}")
    return regions


def stubbed(source: str, regions: list[tuple[int, int]]) -> str:
    """The cell with each region replaced by the stub. Raises ValueError when that is no Python."""
    lines = source.splitlines()
    for begin, end in reversed(regions):
        lines[begin : end + 1] = [_indent(lines[begin]) + STUB]
    return "\n".join(lines)


def without_markers(source: str) -> str:
    """The cell as the reference: without the lines of the markers."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in (BEGIN, END))


def _no_markers(source: str) -> list:
    if LOOKS_LIKE.search(source):
        raise ValueError("a solution marker in a text cell")
    return []


def _comment_lines(source: str) -> set[int]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source + "\n").readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(f"not valid Python: {error}") from error
    return {token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


# ---- Layout and leaks ----


def _check_layout(name: str, notebook, expected: list[Exercise]) -> list[str]:
    problems = []
    ids = [_grade_id(cell) for cell in notebook.cells if _grade_id(cell)]
    problems += [f"{name}: grade_id {one!r} stands twice" for one in sorted({i for i in ids if ids.count(i) > 1})]
    if "setup" not in ids:
        problems.append(f"{name}: there is no cell with grade_id 'setup'")
    wanted = [f"{kind}-{exercise.slug}" for exercise in expected for kind in ("answer", "check")]
    got = [one for one in ids if one.startswith(("answer-", "check-"))]
    if got != wanted:
        problems.append(f"{name}: answer and check cells must be {', '.join(wanted)}; they are {', '.join(got)}")
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for exercise in expected:
        heading, cost = heading_of(exercise)
        text = next((text for text in texts if text.startswith(heading)), None)
        if text is None:
            problems.append(f"{name}: no text cell begins with {heading!r}")
        elif cost not in text.splitlines():
            problems.append(f"{name}: the text of {exercise.id} must hold the line {cost!r}")
        for number, cell in enumerate(notebook.cells, start=1):
            if _grade_id(cell) in (f"answer-{exercise.slug}", f"check-{exercise.slug}"):
                problems += [f"{name}, cell {number}: {problem}" for problem in _check_cell(cell, exercise)]
    return problems


def heading_of(exercise: Exercise) -> tuple[str, str]:
    """The heading of an exercise's text cell, and the line that says what it costs and gives."""
    minutes = f"{exercise.minutes:g} minute{'s' * (exercise.minutes != 1)}"
    return f"## {exercise.id} {exercise.title}", f"*{minutes} · {exercise.points} points*"


def check_call(exercise: Exercise) -> str:
    """The source of the check cell."""
    return f'check("{exercise.id}", {", ".join(exercise.names)})'


def metadata(grade_id: str, points: int | None = None, solution: bool = False) -> dict:
    """nbgrader's metadata of a cell: an answer (`solution`), a check (`points`), or read-only (neither)."""
    entry = {"grade": points is not None, "grade_id": grade_id, "locked": not solution, "schema_version": 3}
    entry |= {"solution": solution, "task": False}
    return {"nbgrader": entry | ({"points": points} if points is not None else {})}


def _check_cell(cell, exercise: Exercise) -> list[str]:
    problems = []
    answer = _grade_id(cell).startswith("answer-")
    right = metadata(_grade_id(cell), None if answer else exercise.points, answer)
    if cell.metadata.get("nbgrader") != right["nbgrader"]:
        problems.append(f"its nbgrader metadata must be {json.dumps(right['nbgrader'])}")
    if not answer:
        if cell.source != check_call(exercise):
            problems.append(f"the check must be exactly {check_call(exercise)}")
        return problems
    try:
        tree = ast.parse(cell.source)
        ast.parse(stubbed(cell.source, find_regions(cell.source)))
    except (SyntaxError, ValueError) as error:
        return [*problems, f"not valid Python, with or without the solution: {error}"]
    defined = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for wanted in exercise.names:
        if wanted not in defined:
            problems.append(f"the answer does not define {wanted}")
        elif not (said := ast.get_docstring(defined[wanted])):
            problems.append(f"{wanted} has no docstring")
        elif "\n" in said.split("\n\n")[0]:
            problems.append(f"the first sentence of {wanted}'s docstring takes more than one line")
    return problems


def _parts(made, exercise: Exercise) -> dict[str, str]:
    """A fingerprint of each part that the student is given; "" for one that there is not."""
    sources = {cell.id: cell.source for cell in made.cells}
    found = {part: sources.get(f"{part}-{exercise.slug}", "") for part in PARTS}
    return {part: text and hashlib.sha256(text.encode()).hexdigest()[:8] for part, text in found.items()}


def _secret_lines(source: str, regions: list[tuple[int, int]]) -> list[str]:
    lines = source.splitlines()
    inside = [lines[index].strip() for begin, end in regions for index in range(begin + 1, end)]
    return [line for line in inside if len(line) >= LEAK_LENGTH and line != "super().__init__()"]


def _leaks(name: str, made, secrets: list[tuple[int, str]]) -> list[str]:
    flat = [(number, _squeezed(cell.source + str(cell.metadata))) for number, cell in enumerate(made.cells, start=1)]
    return [
        f"{name}, cell {number}: gives away a line of the solution in cell {origin}: {line!r}"
        for origin, line in secrets
        for number, text in flat
        if _squeezed(line) in text
    ]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _grade_id(cell) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
