"""Check the committed notebooks: no outputs, short cells, steps well marked. `--fix` strips outputs.

python tools/check_notebooks.py [--fix] [notebooks or folders …]
"""

import argparse
import io
import re
import statistics
import sys
import tokenize
from pathlib import Path

import nbformat
import objectives
from nbformat import NotebookNode

from resnet_live.live.chapter import HIDDEN, TYPED, StepKind
from resnet_live.live.expectation import read_expectation
from resnet_live.live.step_names import live_out
from resnet_live.questions import QuestionError, asked_by, chapter_questions

FOLDERS = ("book", "exercises", "solutions")
MEDIAN_LINES, MOST_LINES = 5, 25  # the median is that of logical lines: how often they are wrapped does not count
PROMPT_LENGTH = 72
LINE_LENGTH = 88  # what fits into the column of a page
SEEN = ("book", "exercises")  # folders of notebooks that readers see


def main() -> int:
    """Parse the command line, check, print one line for each problem, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--fix", action="store_true", help="remove outputs and execution counts")
    arguments = parser.parse_args()
    root = Path(__file__).parents[1]
    paths = arguments.paths or [root / folder for folder in FOLDERS]
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*.ipynb")))]
    files = [file for file in files if ".ipynb_checkpoints" not in file.parts]
    if arguments.fix:
        for file in files:
            strip(file)
    problems = [problem for file in files for problem in check(file)]
    print("\n".join(problems) or f"{len(files)} notebooks are in order.")
    return bool(problems)


def strip(file: Path) -> None:
    """Remove outputs and execution counts from a notebook file."""
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)
    nbformat.write(notebook, file)


def check(file: Path) -> list[str]:
    """All problems of one notebook, each naming notebook and cell (counted from 1)."""
    try:
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises many kinds; each means the same to the author
        return [f"{file.name}: not a valid notebook: {str(error).splitlines()[0]}"]
    problems = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append(f"{file.name}: the kernelspec must be python3")
    if "widgets" in notebook.metadata:
        problems.append(f"{file.name}: holds widget states; run with --fix")
    cells = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "code"]
    problems += [f"{file.name}, {problem}" for problem in questions(file, cells)]
    if is_chapter(file):
        problems += [f"{file.name}, {problem}" for problem in objectives.uncovered(int(file.name[:2]), notebook.cells)]
    cells = [(number, cell) for number, cell in cells if HIDDEN not in cell.metadata.get("tags", [])]
    for number, cell in cells:
        problems += [f"{file.name}, cell {number}: {problem}" for problem in check_code(cell)]
        if file.parent.name in SEEN:
            problems += [f"{file.name}, cell {number}: {problem}" for problem in too_wide(cell)]
    lengths = [logical_lines(cell.source) for _, cell in cells]
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        problems.append(
            f"{file.name}: the median cell has {statistics.median(lengths):g} logical lines, at most {MEDIAN_LINES}"
        )
    return problems + [f"{file.name}, {problem}" for problem in unfixed(cells) + unnamed(cells)]


def is_chapter(file: Path) -> bool:
    """Whether `file` is a chapter of the book: its name begins with the number."""
    return re.match(r"\d\d_", file.name) is not None and file.parent.name == "book"


def questions(file: Path, cells) -> list[str]:
    """The problems of a chapter's questions: each step that asks one asks its own, and each answer that rests on a result is checked
    by a cell behind it, though not right below its buttons: where hidden cells are shown, that gives it away."""
    problems, asked, claims = [], set(), _all_claims(cells)
    for number, cell in cells:
        step = cell.metadata.get("resnet_live", {})
        if step.get("kind") != "predict":
            continue
        try:
            question = asked_by(cell.source)
        except QuestionError as error:
            problems.append(f"cell {number}: {error}")
            continue
        if question is None or question.step != step.get("step"):
            problems.append(
                f"cell {number}: a step of kind 'predict' asks its own question: predict(\"{step.get('step')}\")"
            )
        else:
            asked.add(question.step)
            rests_on_a_result = question.right is not None and not question.sure
            if rests_on_a_result and not any(s == question.step and place > number for s, place in claims):
                problems.append(
                    f"cell {number}: the answer is not checked. Behind the cell that shows it write, in a cell with the tag "
                    f'{HIDDEN}: page.claim_answer("{question.step}", condition); or say in the file of questions why it is sure'
                )
            if (question.step, number + 1) in claims:
                problems.append(f"cell {number + 1}: it gives the answer right below the buttons: put it further down")
    if is_chapter(file):
        unasked = [step for step in chapter_questions(int(file.name[:2])) if step not in asked]
        problems += [f"the file of questions has {step}, and no step asks it" for step in unasked]
    return problems


def _all_claims(cells) -> list[tuple[str, int]]:
    """(step, number of the cell) for each answer that a cell checks."""
    pattern = re.compile(r"\bclaim_answer\(\s*[\"']([\d.]+)[\"']")
    return [(step, number) for number, cell in cells for step in pattern.findall(cell.source)]


def line_count(cell: NotebookNode) -> int:
    """The non-blank lines of a cell."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def logical_lines(source: str) -> int:
    """The lines of code that Python sees: a call that is broken over several lines counts once, a comment not at all."""
    plain = re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.MULTILINE) + "\n"
    try:
        return sum(token.type == tokenize.NEWLINE for token in tokenize.generate_tokens(io.StringIO(plain).readline))
    except (tokenize.TokenError, SyntaxError):  # a planned mistake, or a stub: its lines as they stand
        return sum(bool(line.strip()) for line in source.splitlines())


def too_wide(cell: NotebookNode) -> list[str]:
    """A message for each line that does not fit into the column of a page."""
    return [
        f"a line has {len(line)} characters, at most {LINE_LENGTH}: {line.strip()[:60]}…"
        for line in cell.source.splitlines()
        if len(line) > LINE_LENGTH
    ]


def check_code(cell: NotebookNode) -> list[str]:
    """The problems of one code cell by itself."""
    problems = []
    if cell.outputs or cell.execution_count is not None:
        problems.append("holds outputs or an execution count; run with --fix")
    if line_count(cell) > MOST_LINES:
        problems.append(f"{line_count(cell)} lines, at most {MOST_LINES}")
    step = cell.metadata.get("resnet_live")
    if step is not None:
        if step.get("kind") not in list(StepKind):
            problems.append(f"kind {step.get('kind')!r} is none of {', '.join(sorted(StepKind))}")
        chapter, _, number = str(step.get("step", "")).partition(".")
        if not (chapter.isdigit() and number.isdigit()):
            problems.append(f"step {step.get('step')!r} is not like '2.7'")
        if not isinstance(step.get("minutes"), (int, float)) or step["minutes"] <= 0:
            problems.append("minutes must be a number above zero")
        if not str(step.get("note", "")).strip():
            problems.append("the note for the instructor is empty")
        problems += check_prompt(step, cell.source) + check_expectation(step, cell)
    raises = "raises-exception" in cell.metadata.get("tags", [])
    if raises and (step or {}).get("kind") != "mistake":
        problems.append("tagged raises-exception, so its kind must be 'mistake'")
    return problems


def check_expectation(step: dict, cell: NotebookNode) -> list[str]:
    """What is wrong with what `%check` is to look at in a step."""
    try:
        found = read_expectation(step)
    except ValueError as error:
        return [f"its metadata: {error}"]
    problems = []
    raises = "raises-exception" in cell.metadata.get("tags", [])
    if raises != bool(found.error):
        problems.append("a step that is planned to fail says so: expect.error, and no other step does")
    if found and step.get("kind") not in TYPED:
        problems.append("only what is typed is checked: no checks, same or expect here")
    if found.checks:
        from resnet_live.exercise.registry import UnknownExercise, find

        try:
            exercise = find(found.checks)
        except UnknownExercise as error:
            return [*problems, f"checks: {error}"]
        unknown = set(found.free) - {check.key for check in exercise.checks}
        problems += [f"free: exercise {exercise.id} has no check {key!r}" for key in sorted(unknown)]
    return problems


def check_prompt(step: dict, source: str) -> list[str]:
    """What is wrong with the prompt of a step, by itself: `source` is the step's code."""
    prompt = step.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return ["the prompt for the class is empty"]
    problems = []
    if len(prompt.splitlines()) > 1 or prompt != prompt.strip():
        problems.append("the prompt must be one line, with no blanks around it")
    if len(prompt) > PROMPT_LENGTH:
        problems.append(f"the prompt has {len(prompt)} characters, at most {PROMPT_LENGTH}")
    if step.get("kind") in TYPED:
        given_away = [line.strip() for line in source.splitlines() if gives_away(prompt, line)]
        problems += [f"the prompt holds a line of its own code: {line}" for line in given_away]
    return problems


def gives_away(prompt: str, line: str) -> bool:
    """Whether a prompt holds a line of code, however it is spaced. A line of bare names, or of brackets, is no secret."""
    bare, prompt = "".join(line.split()), "".join(prompt.split())
    return not re.fullmatch(r"@?[\w,]*|\W*", bare) and bare in prompt


def unnamed(cells: list[tuple[int, NotebookNode]]) -> list[str]:
    """A message for each name that a typed step makes, a later cell needs, and the step's prompt does not say."""
    steps = [cell.metadata.get("resnet_live") for _, cell in cells]
    if not any(steps):
        return []
    try:
        live = live_out([cell.source for _, cell in cells])
    except SyntaxError as error:
        return [f"the names in the prompts cannot be checked: {error.msg}: {(error.text or '').strip()}"]
    return [
        f"cell {number}: later cells need {name}, and the prompt does not name it"
        for (number, _), step, names in zip(cells, steps, live, strict=True)
        if step and step.get("kind") in TYPED
        for name in sorted(names)
        if not re.search(rf"\b{name}\b", str(step.get("prompt", "")))
    ]


def unfixed(cells: list[tuple[int, NotebookNode]]) -> list[str]:
    """A message for each planned mistake, with an error or without, that no later cell fixes."""
    kinds = [(number, cell.metadata.get("resnet_live", {}).get("kind"), cell) for number, cell in cells]
    fixes = [number for number, kind, _ in kinds if kind == "fix"]
    return [
        f"cell {number}: a planned failure with no step of kind 'fix' after it"
        for number, kind, cell in kinds
        if (kind == "mistake" or "raises-exception" in cell.metadata.get("tags", []))
        and not any(fix > number for fix in fixes)
    ]


if __name__ == "__main__":
    sys.exit(main())
