"""The check of committed notebooks, on small notebooks named for their state."""

import check_notebooks
import nbformat
import objectives
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def step(kind="typed", **changes):
    return {
        "resnet_live": {"step": "2.7", "kind": kind, "minutes": 2, "note": "Say it aloud.", "prompt": "Count."}
        | changes
    }


def problems_of(tmp_path, *cells, kernel="python3"):
    file = tmp_path / "sample.ipynb"
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    nbformat.write(new_notebook(cells=list(cells), metadata=metadata), file)
    return check_notebooks.check(file)


def failure(**metadata):
    return new_code_cell("1 / 0", metadata={"tags": ["raises-exception"], **metadata})


FAILS = step("mistake", expect={"error": "ZeroDivisionError", "says": ["division"]})


def test_a_notebook_in_order_has_no_problems(tmp_path):
    cells = new_markdown_cell("Look."), new_code_cell("1 + 1", metadata=step(expect={"value": "2"})), failure(**FAILS)
    assert problems_of(tmp_path, *cells, new_code_cell("1 / 1", metadata=step("fix"))) == []


BAD = {
    "outputs": ([new_code_cell("1", outputs=[new_output("stream", text="1")])], "cell 1: holds outputs"),
    "a count": ([new_code_cell("1", execution_count=3)], "cell 1: holds outputs or an execution count"),
    "a long cell": ([new_code_cell("x = 1\n" * 26)], "cell 1: 26 lines, at most 25"),
    "long cells": ([new_code_cell("x = 1\n" * 7)] * 3, "the median cell has 7 logical lines, at most 5"),
    "an odd kind": ([new_code_cell("1", metadata=step("talk"))], "kind 'talk' is none of"),
    "an odd step": ([new_code_cell("1", metadata=step(step="two"))], "step 'two' is not like '2.7'"),
    "no minutes": ([new_code_cell("1", metadata=step(minutes=0))], "minutes must be a number above zero"),
    "no note": ([new_code_cell("1", metadata=step(note=" "))], "the note for the instructor is empty"),
    "no prompt": ([new_code_cell("1", metadata=step("figure", prompt=" "))], "the prompt for the class is empty"),
    "a prompt of two lines": (
        [new_code_cell("1", metadata=step(prompt="Add.\nThen print."))],
        "cell 1: the prompt must be one line",
    ),
    "a padded prompt": (
        [new_code_cell("1", metadata=step(prompt=" Add"))],
        "the prompt must be one line, with no blanks",
    ),
    "a long prompt": ([new_code_cell("1", metadata=step(prompt="x" * 73))], "the prompt has 73 characters, at most 72"),
    "a prompt that gives the code away": (
        [new_code_cell("x = 1\nprint(x + 1)", metadata=step(prompt="Write print( x+1 )"))],
        "cell 1: the prompt holds a line of its own code: print(x + 1)",
    ),
    "a name that the class cannot know": (
        [new_code_cell("total = 1 + 1", metadata=step(prompt="Add totals")), new_code_cell("print(total)")],
        "cell 1: later cells need total, and the prompt does not name it",
    ),
    "a magic beside steps": (
        [new_code_cell("1", metadata=step()), new_code_cell("%time f()")],
        "the names in the prompts cannot be checked: invalid syntax: %time f()",
    ),
    "an unfixed slip that runs": (
        [new_code_cell("1", metadata=step("fix")), new_code_cell("1", metadata=step("mistake"))],
        "cell 2: a planned failure with no step of kind 'fix'",
    ),
    "an unmarked failure": ([failure(), new_code_cell("1", metadata=step("fix"))], "its kind must be 'mistake'"),
    "a failure that is not described": (
        [failure(**step("mistake")), new_code_cell("1", metadata=step("fix"))],
        "a step that is planned to fail says so: expect.error",
    ),
    "a step that only looks like a failure": (
        [new_code_cell("1", metadata=step(expect={"error": "ValueError"}))],
        "a step that is planned to fail says so: expect.error",
    ),
    "an expectation that nobody knows": (
        [new_code_cell("1", metadata=step(expect={"colour": "red"}))],
        "its metadata: expect has colour; there are value, error, says",
    ),
    "an expression that is none": (
        [new_code_cell("1", metadata=step(same={"f(": ""}))],
        "its metadata: same is no Python expression: f(",
    ),
    "something free of nothing": (
        [new_code_cell("1", metadata=step(free=["sizes"]))],
        "its metadata: free and answer go with checks",
    ),
    "an exercise that is not there": (
        [new_code_cell("1", metadata=step(checks="6.99"))],
        "checks: There is no exercise '6.99'",
    ),
    "a check that the exercise lacks": (
        [new_code_cell("1", metadata=step(checks="6.3", free=["colour"]))],
        "free: exercise 6.3 has no check 'colour'",
    ),
    "a figure that is checked": (
        [new_code_cell("1", metadata=step("figure", expect={"value": "1"}))],
        "only what is typed is checked",
    ),
    "an unfixed failure": (
        [new_code_cell("1", metadata=step("fix")), failure(**step("mistake"))],
        "cell 2: a planned failure with no step of kind 'fix'",
    ),
}


GOOD_PROMPTS = {
    "of the longest length": ("1 + 1", "typed", "x" * 72),
    "that names what later cells need": ("total = 1 + 1", "typed", "Add them up: total"),
    "that names a name which is a line": ("total = 1\ntotal", "typed", "Make total and look at it"),
    "that names a decorator": ("@patch\ndef f(x):\n    return x", "typed", "Add f with @patch"),
    "of a figure with its own code": ("show(x)\ntotal = 1", "figure", "See what show(x) draws"),
}


@pytest.mark.parametrize("state", GOOD_PROMPTS)
def test_a_prompt(tmp_path, state):
    source, kind, prompt = GOOD_PROMPTS[state]
    cells = new_code_cell(source, metadata=step(kind, prompt=prompt)), new_code_cell("print(total)")
    assert problems_of(tmp_path, *cells) == []


@pytest.mark.parametrize("state", BAD)
def test_a_notebook_with(tmp_path, state):
    cells, message = BAD[state]
    found = problems_of(tmp_path, *[nbformat.from_dict(dict(cell, id=f"c{i}")) for i, cell in enumerate(cells)])
    assert any(message in problem and problem.startswith("sample.ipynb") for problem in found), found


def test_another_kernel_is_a_problem(tmp_path):
    assert problems_of(tmp_path, kernel="xeus") == ["sample.ipynb: the kernelspec must be python3"]


def test_a_damaged_file_is_named(tmp_path):
    file = tmp_path / "damaged.ipynb"
    file.write_text("{")
    assert check_notebooks.check(file)[0].startswith("damaged.ipynb: not a valid notebook")


def test_fix_removes_outputs(tmp_path):
    file = tmp_path / "sample.ipynb"
    cell = new_code_cell("1", outputs=[new_output("stream", text="1")], execution_count=1)
    metadata = {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}, "widgets": {}}
    nbformat.write(new_notebook(cells=[cell], metadata=metadata), file)
    check_notebooks.strip(file)
    assert check_notebooks.check(file) == []


def asking(source, **changes):
    return new_code_cell(source, metadata=step("predict", step="2.5", **changes))


def claiming(source):
    return new_code_cell(source, metadata={"tags": ["remove-cell"]})


def test_a_question_whose_answer_is_checked_behind_it_is_in_order(tmp_path):
    claim = claiming('page.claim_answer("2.5", made_here == 126)')
    shown = new_code_cell("made_here = 126", metadata=step(step="2.6", prompt="Work it out"))
    assert problems_of(tmp_path, asking('widgets.predict("2.5")'), shown, claim) == []


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ([asking('widgets.predict("2.6")')], "cell 1: There is no question '2.6'"),
        (
            [asking('widgets.predict("2.3")')],
            "cell 1: a step of kind 'predict' asks its own question: predict(\"2.5\")",
        ),
        ([asking('vote("Which?")')], "cell 1: a step of kind 'predict' asks its own question: predict(\"2.5\")"),
        ([asking('widgets.predict("2.5")')], "cell 1: the answer is not checked"),
        (
            [claiming('page.claim_answer("2.5", 1)'), asking('widgets.predict("2.5")')],
            "cell 2: the answer is not checked",
        ),
        (
            [asking('widgets.predict("2.5")'), claiming('page.claim_answer("2.5", 1)')],
            "cell 2: it gives the answer right below the buttons",
        ),
    ],
)
def test_a_question_out_of_order_is_named(tmp_path, cells, problem):
    assert any(problem in found for found in problems_of(tmp_path, *cells))


def promising(*lines):
    """The first cell of a chapter 2 that promises `lines`, and a step 2.1."""
    words = "\n".join(f"- {line}" for line in lines)
    first = new_markdown_cell(f"# 2 · A chapter\n\n:::{{admonition}} You will be able to\n:class: tip\n{words}\n:::\n")
    return [first, new_code_cell("1", metadata={"resnet_live": {"step": "2.1"}})]


@pytest.mark.parametrize(
    "line",
    [
        "work out sizes (exercise 2.1);",
        "work out sizes (exercises 2.1 and 2.2);",
        "work out sizes (exercises 2.1, 2.2 and question 2.5).",
        "work out sizes (of maps), by hand (step 2.1).",
        "build it (exercise 2.5 and exercise 9.1 of chapter 9).",
    ],
)
def test_an_objective_may_name_exercises_questions_and_steps(line):
    assert objectives.uncovered(2, promising(line)) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("work out sizes.", "does not end with what covers it"),
        ("work out sizes (2.1).", "does not end with what covers it"),
        ("work out sizes (exercise 2.1), and read them.", "does not end with what covers it"),
        ("work out sizes (exercise 2.9).", "names exercise 2.9, and there is none"),
        ("work out sizes (question 2.4).", "names question 2.4, and there is none"),
        ("work out sizes (exercise 2.1 and step 2.99).", "names step 2.99, and there is none"),
        ("work out sizes (exercise 3.1).", "exercise 3.1 is not of chapter 2"),
        ("work out sizes (exercise 3.1 of chapter 4).", "exercise 3.1 is not of chapter 4"),
    ],
)
def test_an_objective_that_nothing_covers_is_named(line, problem):
    (found,) = objectives.uncovered(2, promising("read a message (step 2.1);", line))
    assert problem in found


def test_a_chapter_has_objectives():
    (found,) = objectives.uncovered(2, [new_markdown_cell("# 2 · A chapter")])
    assert "You will be able to" in found


def test_a_call_that_is_broken_over_lines_counts_once(tmp_path):
    broken = "print(\n" + "    1,\n" * 10 + ")"
    assert not [problem for problem in problems_of(tmp_path, *[new_code_cell(broken)] * 3) if "median" in problem]


@pytest.mark.parametrize(("folder", "expected"), [("book", 1), ("exercises", 1), ("solutions", 0)])
def test_what_readers_see_fits_into_the_column(tmp_path, folder, expected):
    (tmp_path / folder).mkdir()
    cells = [new_code_cell("x = " + "1" * 84), new_code_cell("x = " + "1" * 85)]
    found = [problem for problem in problems_of(tmp_path / folder, *cells) if "characters" in problem]
    assert len(found) == expected and all("cell 2: a line has 89 characters, at most 88" in p for p in found)
