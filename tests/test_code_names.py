"""The names that a cell assigns, defines or reads."""

import ast

import pytest

from resnet_live.code_names import assigned, names_of

DEFINED = {
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


@pytest.mark.parametrize("name", DEFINED)
def test_names_that_a_cell_assigns_or_defines(name):
    source, names = DEFINED[name]
    assert assigned(ast.parse(source).body) == set(names)


def test_a_try_reads_the_errors_that_it_catches():
    names = names_of(ast.parse("try:\n    a = f()\nexcept mine.Error as error:\n    print(error)").body)
    assert names.refs_now == {"f", "mine", "print"}
