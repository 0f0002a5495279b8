"""Known answers, wrong and right, as source: `chNN/exN_M.py`, many in one file.

Each begins with a comment `# wrong: name` or `# right: name`. Under `wrong`, `# says: words` is what the report must say (upper or
lower case), and `# points: N`, where it stands, exactly what it gets. An answer is run after the notebook's setup cell and the
references of what it needs.
"""

import linecache
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from resnet_live.exercise import reference
from resnet_live.exercise.chapters import exercises, find
from resnet_live.exercise.notebooks import stubbed

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
    """All known answers to an exercise. Raises ValueError for a head that cannot be read."""
    file = FOLDER / f"ch{find(exercise).chapter:02d}" / f"ex{exercise.replace('.', '_')}.py"
    if not file.exists():
        return ()
    first, *parts = re.split(r"^# (?=(?:wrong|right): )", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if first.strip():
        raise ValueError(f"{file.name}: text before the first answer")
    return tuple(_answer(exercise, part, file.name) for part in parts)


def _answer(exercise: str, part: str, file: str) -> Answer:
    head, *lines = part.splitlines()
    kind, name = head.split(": ", 1)
    facts = {}
    while lines and (found := re.match(r"# (says|points): (.+)$", lines[0])):
        facts[found[1]] = found[2]
        lines.pop(0)
    if (kind == "wrong") != ("says" in facts):
        raise ValueError(f"{file}: {head!r}: a wrong answer, and no right one, has a line '# says: …'")
    points = int(facts["points"]) if "points" in facts else None
    return Answer(exercise, kind, name, "\n".join(lines).strip() + "\n", facts.get("says", ""), points)


def every(kind: str) -> list[Answer]:
    """All known answers of this kind ("wrong" or "right") to all exercises."""
    return [answer for exercise in exercises() for answer in answers(exercise) if answer.kind == kind]


def stub(exercise: str) -> str:
    """The source of the stub, as the exercise notebook has it."""
    import nbformat

    from resnet_live.exercise.notebooks import find_regions

    definition = find(exercise)
    name = reference.chapter(definition.chapter)["notebook"]
    notebook = nbformat.read(FOLDER.parents[1] / "solutions" / f"{name}.ipynb", as_version=4)
    ids = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    source = ids[f"answer-{definition.slug}"]
    return stubbed(source, find_regions(source))
