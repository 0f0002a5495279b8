"""Known answers written as edits: what an edit makes, and what is refused."""

import pytest
from answers import read, without_docstrings
from edits import edited

from resnet_live.exercise import reference

BASE = """def step(x):
    x = F.relu(x)
    y = F.relu(x)

    return y
"""


@pytest.mark.parametrize(
    ("lines", "old", "new"),
    [
        (["# replace: return y → return y + 1"], "return y", "return y + 1"),
        (["# replace: return → yield", "# replace: yield y → yield x"], "return y", "yield x"),
        (["# replace all: F.relu → torch.relu"], "F.relu", "torch.relu"),
        (["# remove: y = F.relu(x)"], "    y = F.relu(x)\n", ""),
        (["# remove: return y"], "    return y\n", ""),
        (["# remove: turn y"], "turn y", ""),
        (["# diff:", "#  def step(x):", "# +    x = x + 1"], "(x):\n", "(x):\n    x = x + 1\n"),
        (["# diff:", "# +@compiled", "#  def step(x):"], "def step", "@compiled\ndef step"),
        (["# diff:", "# -    x = F.relu(x)", "# -    y = F.relu(x)", "# +    y = x"], "x = F.relu(x)\n    y = F.relu(x)", "y = x"),
        (["# diff:", "# -    y = F.relu(x)", "# -", "# +    y = x", "# +", "# +"], "y = F.relu(x)\n\n", "y = x\n\n\n"),
        (["# diff:", "#", "# -    return y", "# +    return x"], "\n    return y", "\n    return x"),
    ],
)  # fmt: skip
def test_an_edit_changes_what_it_names(lines, old, new):
    assert edited(BASE, lines) == BASE.replace(old, new)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["# replace: z → y"], "found 0 times"),
        (["# replace: F.relu → torch.relu"], "found 2 times"),
        (["# replace all: return → yield"], "found 1 times"),
        (["# remove: F.relu"], "found 2 times"),
        (["# remove: sigmoid"], "found 0 times"),
        (["# replace: return y → return y"], "changes nothing"),
        (["# replace: return y"], "not 'old → new'"),
        (["# replace: x → y → z"], "not 'old → new'"),
        (["# replace: return → yield", "# replace: yield → return"], "the edit changes nothing"),
        (["# diff:", "#      return y"], "no lines of a diff with a change"),
        (["# diff:"], "no lines of a diff with a change"),
        (["# diff:", "# -    return y", "return z"], "no lines of a diff with a change"),
        (["# diff:", "# -    return y", "# +    return y"], "changes nothing"),
        (["# diff:", "# -    return", "# +    yield"], "found 0 times"),
        (["# diff:", "# +    yield"], "found 0 times"),
        (["# diff: return → yield"], "no edit"),
        (["# replace:"], "no edit"),
        (["# rename: x → z"], "no edit"),
        (["return z"], "no edit"),
        ([""], "no edit"),
    ],
)
def test_an_edit_that_does_not_apply_is_refused(lines, said):
    with pytest.raises(ValueError, match=said):
        edited(BASE, lines)


def test_lines_of_a_diff_that_stand_twice_are_refused():
    with pytest.raises(ValueError, match="found 2 times"):
        edited("a\nb\na\n", ["# diff:", "# -a", "# +c"])


def test_an_answer_is_an_edit_of_the_reference_without_its_docstrings():
    (answer,) = read(
        "2.1", "# wrong: one\n# says: both sides\n# points: 3\n# base: reference\n# replace: 2 * p → p\n", "f"
    )
    assert '"""' in reference.source("2.1")
    assert '"""' not in answer.source
    assert answer.source == without_docstrings(reference.source("2.1")).replace("2 * p", "p")
    assert (answer.name, answer.says, answer.points) == ("one", "both sides", 3)


def test_an_answer_is_an_edit_of_a_right_one_that_may_be_an_edit_too():
    text = "# wrong: a\n# says: s\n# base: b\n# replace: 2 → 3\n\n# right: b\n# base: c\n# replace: 1 → 2\n\n# right: c\nx = 1\n"
    assert [answer.source for answer in read("2.1", text, "f")] == ["x = 3\n", "x = 2\n", "x = 1\n"]


def test_docstrings_go_with_the_blank_line_behind_and_nothing_else_does():
    source = 'class A:\n    """One,\n    2."""\n\n    def f(self):\n        """Three."""\n        return """four\n\n        five"""\n'
    assert without_docstrings(source) == 'class A:\n    def f(self):\n        return """four\n\n        five"""\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# wrong: a\n# says: s\n# base: none\n# replace: 1 → 2\n", "ex: 'a': neither 'reference'"),
        ("# wrong: a\n# says: s\n# base: b\n# replace: 1 → 2\n\n# wrong: b\n# says: s\nx = 1\n", "ex: 'a': neither 'reference'"),
        ("# right: a\n# base: a\n# replace: 1 → 2\n", "ex: 'a': neither 'reference'"),
        ("# right: a\n# base: b\n# replace: 1 → 2\n\n# right: b\n# base: a\n# replace: 2 → 1\n", "neither 'reference'"),
        ("# right: a\n# base: reference\n# replace: nowhere → 2\n", "ex: 'a': found 0 times"),
        ("# right: a\n# base: reference\n", "ex: 'a': no edit"),
        ("# right: a\n# base: reference\n# remove: padded\n", "ex: 'a': found 2 times"),
        ("# right: a\n# base: reference\n# replace: 2 * p → p\ndef conv_out(): pass\n", "ex: 'a': no edit"),
        ("# wrong: a\nx = 1\n", "has a line '# says"),
        ("# right: a\n# says: s\nx = 1\n", "has a line '# says"),
        ("x = 1\n# right: a\nx = 1\n", "text before the first answer"),
    ],
)  # fmt: skip
def test_a_file_of_answers_that_cannot_be_read_is_refused_by_name(text, said):
    with pytest.raises(ValueError, match=said):
        read("2.1", text, "ex")
