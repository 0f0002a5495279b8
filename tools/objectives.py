"""Check what a chapter promises: each line of its *You will be able to* names the exercise, question or step that covers it.

A line ends with brackets, e.g. "(exercise 2.1 and question 2.5)" or "(exercises 5.2, 5.3)". What it names must exist and belong to
the chapter; an exercise of another one is called so: "(exercise 9.1 of chapter 9)".
"""

import re

from nbformat import NotebookNode

from resnet_live.exercise import registry
from resnet_live.questions import chapter_questions

_LIST = re.compile(r":::\{admonition\} You will be able to\n(.*?)^:::", re.DOTALL | re.MULTILINE)
_COVERED = re.compile(r"\(([^()]*\d\.\d[^()]*)\)[.;]?$")
_NAMED = re.compile(r"\b(exercise|question|step)s? (\d+\.\d+(?:(?:, | and | to )\d+\.\d+)*)(?: of chapter (\d+))?")


def uncovered(chapter: int, cells: list[NotebookNode]) -> list[str]:
    """One message for each objective in the chapter's first cell that names nothing that covers it, or something that is not there."""
    found = _LIST.search(cells[0].source) if cells else None
    if not found:
        return ["cell 1: it has no list *You will be able to*"]
    steps = {str(cell.metadata["resnet_live"].get("step")) for cell in cells if "resnet_live" in cell.metadata}
    problems = []
    for line in re.findall(r"^- (.*(?:\n  .*)*)", found[1], re.MULTILINE):
        end = _COVERED.search(line)
        named = list(_NAMED.finditer(end[1])) if end else []
        if not named:
            problems.append(f"cell 1: “{line}” does not end with what covers it, e.g. (exercise {chapter}.1)")
        for what, numbers, other in (match.groups() for match in named):
            known = {"exercise": registry.exercises(), "question": chapter_questions(chapter), "step": steps}[what]
            for number in re.findall(r"\d+\.\d+", numbers):
                if number not in known:
                    problems.append(f"cell 1: “{line}” names {what} {number}, and there is none")
                elif number.split(".")[0] != (other or str(chapter)):
                    problems.append(
                        f"cell 1: {what} {number} is not of chapter {other or chapter}; write “of chapter …” behind it"
                    )
    return problems
