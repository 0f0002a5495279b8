"""Known answers, wrong and right, as source: `chNN/exN_M.py`, many in one file.

Each begins with a comment `# wrong: name` or `# right: name`. Under `wrong`, `# says: words` is what the report must say (upper or
lower case), and `# points: N`, where it stands, exactly what it gets. Then comes the cell, or, where that is shorter, an edit of
another answer: `# base: reference`, or `# base: ` and the name of a right answer in the file, and the lines of the edit (`edits.py`).
The reference is taken without its docstrings. An answer is run after the notebook's setup cell and the references of what it needs.
"""

import ast
import linecache
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from edits import edited

from resnet_live.exercise import reference
from resnet_live.exercise.build import stubbed
from resnet_live.exercise.registry import exercises, find

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """One known answer to an exercise: `source` is what a student would have in the answer cell."""

    exercise: str
    kind: str
    name: str
    source: str
    says: str = ""
    points: int | None = None

    @property
    def label(self) -> str:
        return f"{self.exercise} {self.kind}: {self.name}"

    def objects(self) -> tuple:
        """The student's functions or classes, in the order of the definition's names."""
        return run(self.exercise, self.source, f"<{self.label}>")


def run(exercise: str, source: str, file: str) -> tuple:
    """Execute an answer behind the setup and the references of what it needs."""
    definition = find(exercise)
    space: dict = {"__name__": "__main__"}
    exec(reference.setup(exercise), space)
    for need in definition.needs:
        space |= dict(zip(find(need).names, reference.objects(need), strict=True))
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), space)
    return tuple(space[name] for name in definition.names)


@cache
def answers(exercise: str) -> tuple[Answer, ...]:
    """All known answers to an exercise. Raises ValueError for a file that cannot be read (see `read`)."""
    file = FOLDER / f"ch{find(exercise).chapter:02d}" / f"ex{exercise.replace('.', '_')}.py"
    return read(exercise, file.read_text(encoding="utf-8"), file.name) if file.exists() else ()


def read(exercise: str, text: str, file: str) -> tuple[Answer, ...]:
    """The answers in the text of a file, edits carried out.

    Raises ValueError, with the name of the file and of the answer, for a head that cannot be read, for a base that is no right
    answer or is an edit of this one, and for an edit that does not apply or changes nothing.
    """
    first, *parts = re.split(r"^# (?=(?:wrong|right): )", text, flags=re.MULTILINE)
    if first.strip():
        raise ValueError(f"{file}: text before the first answer")
    written = [_written(part, file) for part in parts]
    rights = {one.name: one for one in written if one.kind == "right"}

    def source(one: _Written, above: tuple[str, ...] = ()) -> str:
        if one.base is None:
            return one.body
        if one.base in above or one.base not in {"reference", *rights} or one is rights.get(one.base):
            raise ValueError(f"{file}: {one.name!r}: neither 'reference' nor another right answer: base {one.base!r}")
        bare = one.base == "reference"
        base = without_docstrings(reference.source(exercise)) if bare else source(rights[one.base], (*above, one.name))
        try:
            return edited(base, one.body.rstrip("\n").split("\n"))
        except ValueError as error:
            raise ValueError(f"{file}: {one.name!r}: {error}") from None

    return tuple(Answer(exercise, one.kind, one.name, source(one), one.says, one.points) for one in written)


@dataclass(frozen=True)
class _Written:
    """An answer as it stands in its file: `body` is its cell or, with a base, the lines of its edit."""

    kind: str
    name: str
    body: str
    says: str
    points: int | None
    base: str | None


def _written(part: str, file: str) -> _Written:
    head, *lines = part.splitlines()
    kind, name = head.split(": ", 1)
    facts: dict[str, str] = {}
    while lines and (found := re.match(r"# (says|points|base): (.+)$", lines[0])):
        facts[found[1]] = found[2]
        lines.pop(0)
    if (kind == "wrong") != ("says" in facts):
        raise ValueError(f"{file}: {head!r}: a wrong answer, and no right one, has a line '# says: …'")
    points = int(facts["points"]) if "points" in facts else None
    return _Written(kind, name, "\n".join(lines).strip() + "\n", facts.get("says", ""), points, facts.get("base"))


def without_docstrings(source: str) -> str:
    """The source with the docstrings of its functions and classes, and a blank line behind each, taken out."""
    lines = source.splitlines()
    gone: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            gone |= {*range(docstring.lineno - 1, docstring.end_lineno)}
            if not lines[docstring.end_lineno].strip():
                gone.add(docstring.end_lineno)
    return "\n".join(line for number, line in enumerate(lines) if number not in gone).strip() + "\n"


def every(kind: str) -> list[Answer]:
    """All known answers of this kind ("wrong" or "right") to all exercises."""
    return [answer for exercise in exercises() for answer in answers(exercise) if answer.kind == kind]


def stub(exercise: str) -> str:
    """The source of the stub, as the exercise notebook has it."""
    import nbformat

    from resnet_live.exercise.build import find_regions

    definition = find(exercise)
    name = reference.chapter(definition.chapter)["notebook"]
    notebook = nbformat.read(FOLDER.parents[2] / "solutions" / f"{name}.ipynb", as_version=4)
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    source = ids[f"answer-{definition.slug}"]
    return stubbed(source, find_regions(source))
