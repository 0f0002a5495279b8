"""The exercises online: a page for each chapter of them, made from the exercise notebook and the definitions.

A page is a notebook in MyST Markdown: the imports and examples run when the book is built, the stub is shown as it stands.
"""

import re
from pathlib import Path

import nbformat

from resnet_live.code_in_text import fenced
from resnet_live.exercise import reference, registry
from resnet_live.exercise.build import check_call
from resnet_live.exercise.definition import Exercise
from resnet_live.whole_file import write_whole

FOLDER = "book/exercises"
HEAD = """\
---
# Made from the exercise notebook and its definitions. Change those.
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
  language: python
---"""
HOW = """\
:::{{admonition}} How to do them
:class: tip
1. **Get the notebook.** <a href="../../notebooks/exercises/{name}.ipynb" download>Download it</a>, or open it with one of the buttons
   above, where there are any. It begins with a cell that installs the course where it is missing. In the course's folder it lies
   ready: `exercises/{name}.ipynb`.
2. **Write.** Replace `raise NotImplementedError` in the stub, and run the cell.
3. **Check.** Run the cell below it. It says what it saw, what it expected and where to look again, each time with new inputs.
4. **Stuck?** Read the report word by word. Then take a hint: they are folded below each exercise, and `hint("{first}")` gives the
   same. The chapter has shown what you need: go back to [{chapter}](../{name}).
:::
"""


def label(exercise: str) -> str:
    """The target of an exercise, for links: `2.3` → `exercise-2-3`."""
    return f"exercise-{exercise.replace('.', '-')}"


def write_pages(root: Path, names: list[str], solutions: bool) -> list[Path]:
    """Write the pages of these exercise notebooks ("02_adaptive_pooling"); returns the files that have changed.

    `solutions`: whether the reference answers stand on the pages, folded.
    """
    changed = []
    for name in names:
        file = root / FOLDER / f"{name}.md"
        text = page(root / "exercises" / f"{name}.ipynb", solutions)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(exist_ok=True)
            write_whole(file, text)
            changed.append(file)
    return changed


def page(notebook: Path, solutions: bool) -> str:
    """The text of the page of one exercise notebook."""
    cells = nbformat.read(notebook, as_version=4).cells
    own = [one for one in registry.exercises().values() if one.chapter == int(notebook.name[:2])]
    title, needs, *_ = cells[0].source.split("\n\n")
    chapter = f"chapter {own[0].chapter}"
    parts = [
        HEAD,
        title,
        needs,
        HOW.format(name=notebook.stem, first=own[0].id, chapter=chapter),
        _table(own),
        "## The imports\n\nThe notebook begins with them, and all of its cells may use them.",
        # what libraries say of each other when they are imported is nothing to act on
        _cell(":tags: [remove-stderr]\n" + next(cell.source for cell in cells if _grade_id(cell) == "setup")),
    ]
    for exercise in own:
        parts += _section(exercise, cells, solutions)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _section(exercise: Exercise, cells: list[nbformat.NotebookNode], solutions: bool) -> list[str]:
    answer = next(index for index, cell in enumerate(cells) if _grade_id(cell) == f"answer-{exercise.slug}")
    text = max(index for index in range(answer) if cells[index].cell_type == "markdown")
    heading, cost, task = cells[text].source.split("\n\n", 2)
    parts = [f"({label(exercise.id)})=\n{heading}", f"{cost}{_needs(exercise)}", task]
    parts += [_cell(cell.source) for cell in cells[text + 1 : answer]]
    parts += ["**The stub**", fenced(cells[answer].source, "python")]
    parts += ["**The check**", fenced(check_call(exercise), "python"), _checks(exercise)]
    first, second = exercise.hints
    parts.append(
        f"::::{{dropdown}} A hint for {exercise.id}\n{first}\n\n:::{{dropdown}} A second hint, which says more\n{second}\n:::\n::::"
    )
    if solutions:
        answer = fenced(reference.source(exercise.id), "python")
        parts.append(f":::{{dropdown}} A solution of {exercise.id}\n{answer}\n:::")
    return parts


def _table(own: list[Exercise]) -> str:
    rows = [f"| [{one.id} {one.title}](#{label(one.id)}) | {one.minutes:g} | {one.points} |" for one in own]
    return "\n".join(["| exercise | minutes | points |", "|---|--:|--:|", *rows])


def _needs(exercise: Exercise) -> str:
    if not exercise.needs:
        return ""
    return f" *· builds on* {_linked(exercise.needs)} *(where yours is missing or fails, the reference steps in)*"


def _linked(exercises: tuple[str, ...]) -> str:
    return ", ".join(f"{{ref}}`{one} <{label(one)}>`" for one in exercises)


def _checks(exercise: Exercise) -> str:
    rows = "\n".join(f"| {check.title} | {check.points} |" for check in exercise.checks)
    return f":::{{dropdown}} What is checked, and for how many points\n| check | points |\n|---|--:|\n{rows}\n:::"


def _cell(source: str) -> str:
    return fenced(source, "{code-cell} python")


def _grade_id(cell: nbformat.NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def named_in(text: str, listed: bool = False) -> list[tuple[str, str]]:
    """`text` in pieces, each with the exercise that it names, or "": "exercises 5.2 and 5.3" names two.

    `listed`: before it stand exercises, the last with code behind it; then " and 5.3 " names one.
    """
    pieces, end = [], 0
    names = r"\b[Ee]xercises? \d+\.\d+(?:(?:, | and | to )\d+\.\d+)*"
    for found in re.finditer(rf"{names}|^(?:,| and|, and) \d+\.\d+ $" if listed else names, text):
        for number in re.finditer(r"\d+\.\d+", found[0]):
            if number[0] in registry.exercises():
                start = found.start() + number.start()
                pieces += [(text[end:start], ""), (number[0], number[0])]
                end = start + len(number[0])
    return [(piece, exercise) for piece, exercise in [*pieces, (text[end:], "")] if piece]
