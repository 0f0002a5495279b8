"""Names that one cell makes and another needs, read from the code."""

import ast

import pytest

from resnet_live.code_names import assigned
from resnet_live.live.step_names import owed

MADE = {
    "assignments": ("a = b = 1\nc, (d, *e) = 1, (2, 3)\nf: int = 4\ng += 1", "abcdefg"),
    "functions and classes": ("def a(x):\n    y = x\n\n\nclass B:\n    z = 1\n\n\nasync def c(): ...", "aBc"),
    "assignments in a block": (
        "for i in x:\n    a = i\nif a:\n    b = 1\nelse:\n    c = 1\nwith f() as g:\n    d = g",
        "abcd",
    ),
    "a try": ("try:\n    a = 1\nexcept E as error:\n    b = 2\nfinally:\n    c = 3", "abc"),
    "a match": ("match x:\n    case 1:\n        a = 1", "a"),
    "no imports": ("import a\nfrom b import c", ""),
    "no attributes, no items": ("a.b = 1\na[0] = 2", ""),
    "no loop variables": ("[i for i in x]\nfor j in x:\n    pass", ""),
}


@pytest.mark.parametrize("name", MADE)
def test_a_cell_makes(name):
    source, names = MADE[name]
    assert assigned(ast.parse(source).body) == set(names)


NEEDED = {
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


@pytest.mark.parametrize("name", NEEDED)
def test_a_later_cell_needs_it(name):
    source, needs = NEEDED[name]
    assert owed(["a = 1", source]) == [{"a"} if needs else set(), set()]


def test_a_name_counts_where_it_was_made_last():
    assert owed(["a = 1", "a = 2", "f(a)"]) == [set(), {"a"}, set()]


def test_a_name_that_is_used_and_made_anew_counts_twice():
    assert owed(["a = 1", "a = a + 1", "f(a)"]) == [{"a"}, {"a"}, set()]


def test_the_cell_itself_does_not_count():
    assert owed(["a = 1\nf(a)"]) == [set()]


def test_a_cell_that_is_no_python_is_an_error():
    with pytest.raises(SyntaxError):
        owed(["a = 1", "%matplotlib inline"])
