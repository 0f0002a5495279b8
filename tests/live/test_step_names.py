"""Names that cells define and use: defs, refs, live-out names."""

import pytest
from made_up import step

from resnet_live.live import step_names
from resnet_live.live.chapter import read_chapter, read_chapters


@pytest.mark.parametrize(
    "source, defs, refs",
    [
        ("x = 1\ny = x + z", {"x", "y"}, {"z"}),
        ("x = x + 1", {"x"}, {"x"}),
        ("for layer in net:\n    x = layer(x)", {"layer", "x"}, {"net", "x"}),
        ("def f(a, b=c):\n    return a + g + f(a)", {"f"}, {"c", "g"}),
        ("class A(B):\n    k = 1\n    def m(self):\n        return super().m() + A.k + d", {"A"}, {"B", "d"}),
        ("import torch.nn as nn, os.path\nfrom math import pi", {"nn", "os", "pi"}, set()),
        ("[i * w for i in range(3)]", set(), {"w"}),
        ("a, *b = rows\nwith probe(model) as report:\n    report", {"a", "b", "report"}, {"rows", "probe", "model"}),
        ("try:\n    f()\nexcept ValueError as error:\n    print(error)", {"error"}, {"f"}),
        ("@patch\ndef forward(self: Net, x):\n    return x", {"forward"}, {"patch", "Net"}),
        ("x[0] = y\nz.a = 1", set(), {"x", "y", "z"}),
        ("(n := 10) + n", {"n"}, {"n"}),
        ("def f(:", set(), set()),
        ("%matplotlib inline", set(), set()),
    ],
)
def test_defs_and_refs_of_a_cell(source, defs, refs):
    assert (step_names.defs(source), step_names.refs(source)) == (defs, refs)


def test_the_step_that_defines_a_name_and_the_next_that_uses_it(book):
    chapter = read_chapter(
        book(
            step("2.0", "from lib import *", kind="setup"),
            step("2.1", "x = 1"),
            step("2.2", "x = 2\ny = nope", kind="mistake", raises=True),
            step("2.3", "x = 3\ny = 1", kind="fix"),
            step("2.4", "x + y + nn"),
        )
    )

    def number(step):
        return step and step.number

    assert number(step_names.defining_step(chapter, "x", 2)) == "2.1"
    assert (
        number(step_names.defining_step(chapter, "x", 3)) == "2.2" and step_names.defining_step(chapter, "y", 3) is None
    )
    assert number(step_names.defining_step(chapter, "x", 5)) == "2.3"
    assert (
        number(step_names.defining_step(chapter, "nn", 4)) == "2.0"
        and step_names.defining_step(chapter, "typo", 4) is None
    )
    assert (
        number(step_names.next_use(chapter, "y", 3)) is None and number(step_names.next_use(chapter, "y", 4)) == "2.4"
    )


def test_every_chapter_defines_what_it_uses():
    for chapter in read_chapters():
        for position, (each, after) in enumerate(zip(chapter.steps, (*chapter.steps[1:], None), strict=True)):
            if each.kind == "mistake" or (after and after.kind == "mistake"):
                continue  # such a mistake may be planned here
            missing = {
                name for name in step_names.refs(each.source) if not step_names.defining_step(chapter, name, position)
            }
            later = {name for name in missing if any(name in step_names.defs_of(s) for s in chapter.steps[position:])}
            assert not later - step_names.defs(each.source), (each.number, later)


USES = {
    "in an expression": ("f(a)", True),
    "in a function": ("def f():\n    return a", True),
    "in a method": ("class B:\n    def f(self):\n        return a", True),
    "as a base": ("class B(a):\n    pass", True),
    "as a default": ("def f(x=a):\n    return x", True),
    "in a comprehension": ("[a + i for i in range(3)]", True),
    "in an f-string": ("f'{a:.2f}'", True),
    "before it is bound anew": ("b = a\na = 1", True),
    "on the right of its own assignment": ("a = a + 1", True),
    "by +=": ("a += 1", True),
    "in the head of a loop over itself": ("for a in a:\n    pass", True),
    "in a lambda": ("sorted(x, key=lambda i: a + i)", True),
    "in a function that is called before the cell binds it": ("def f():\n    return a\n\n\na = f()", True),
    "in a function that such a function calls": (
        "def f():\n    return a\n\n\ndef g():\n    return f()\n\n\na = g()",
        True,
    ),
    "in a class that is used before the cell binds it": (
        "class B:\n    def f(self):\n        return a\n\n\na = B().f()",
        True,
    ),
    "as the owner of an attribute": ("a.b = 1", True),
    "after it was bound anew": ("a = 1\nf(a)", False),
    "as a loop variable": ("for a in x:\n    f(a)", False),
    "as a loop variable in a block": ("if x:\n    for a in x:\n        f(a)", False),
    "after an import": ("import a\na.b()", False),
    "as the name in with": ("with f() as a:\n    g(a)", False),
    "as the error of an except": ("try:\n    f()\nexcept E as a:\n    print(a)", False),
    "in a function that is called after the cell has bound it": ("def f():\n    return a\n\n\na = 1\na = f()", False),
    "as a parameter": ("def f(a):\n    return a", False),
    "as a local name": ("def f():\n    a = 1\n    return a", False),
    "as the variable of a comprehension": ("[a for a in range(3)]", False),
    "as an attribute of another thing": ("b.a", False),
    "as a keyword": ("f(a=1)", False),
    "in a function before the cell binds it": ("def f():\n    return a\n\n\na = 1\nf()", False),
}


@pytest.mark.parametrize("name", USES)
def test_a_name_is_live_out_when_a_later_cell_uses_it(name):
    source, live = USES[name]
    assert step_names.live_out(["a = 1", source]) == [{"a"} if live else set(), set()]


def test_a_name_counts_where_it_was_made_last():
    assert step_names.live_out(["a = 1", "a = 2", "f(a)"]) == [set(), {"a"}, set()]


def test_a_name_that_is_used_and_made_anew_counts_twice():
    assert step_names.live_out(["a = 1", "a = a + 1", "f(a)"]) == [{"a"}, {"a"}, set()]


def test_the_cell_itself_does_not_count():
    assert step_names.live_out(["a = 1\nf(a)"]) == [set()]


def test_a_cell_that_is_no_python_is_an_error():
    with pytest.raises(SyntaxError):
        step_names.live_out(["a = 1", "%matplotlib inline"])
