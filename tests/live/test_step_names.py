"""Names that cells make and need."""

import pytest
from made_up import step

from resnet_live.live import step_names
from resnet_live.live.chapter import read_chapter, read_chapters


@pytest.mark.parametrize(
    "source, made, needed",
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
def test_what_a_cell_makes_and_needs(source, made, needed):
    assert (step_names.made(source), step_names.needed(source)) == (made, needed)


def test_who_made_a_name(book):
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

    assert number(step_names.maker(chapter, "x", 2)) == "2.1"
    assert number(step_names.maker(chapter, "x", 3)) == "2.2" and step_names.maker(chapter, "y", 3) is None
    assert number(step_names.maker(chapter, "x", 5)) == "2.3"
    assert number(step_names.maker(chapter, "nn", 4)) == "2.0" and step_names.maker(chapter, "typo", 4) is None
    assert (
        number(step_names.needed_later(chapter, "y", 3)) is None
        and number(step_names.needed_later(chapter, "y", 4)) == "2.4"
    )


def test_every_chapter_makes_what_it_needs():
    for chapter in read_chapters():
        for position, (each, after) in enumerate(zip(chapter.steps, (*chapter.steps[1:], None), strict=True)):
            if each.kind == "mistake" or (after and after.kind == "mistake"):
                continue  # a slip of that kind may be planned here
            missing = {name for name in step_names.needed(each.source) if not step_names.maker(chapter, name, position)}
            later = {name for name in missing if any(name in step_names.made_by(s) for s in chapter.steps[position:])}
            assert not later - step_names.made(each.source), (each.number, later)
