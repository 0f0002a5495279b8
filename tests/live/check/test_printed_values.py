"""Printed text is compared by the values in it; the words are everybody's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_live.live.check.printed_values import PrintedMatch, common, compare, lines

SHAPES = "128 px -> 256 4 4\n160 px -> 256 5 5\n"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Conv2d   1 4 14 14", ["1", "4", "14", "14"]),
        ("torch.Size([1, 256, 4, 4])", ["1", "256", "4", "4"]),
        ("16×64×64, 1,234,567 weights", ["16", "64", "64", "1,234,567"]),
        ("16x64", ["16", "64"]),
        ("plain-56: 2.07 at 1.2e-03, 50%", ["56", "2.07", "1.2e-03", "50%"]),
        ("loss=-3 is True or None, float32 conv1", ["-3", "True", "None"]),
        ("no value here", None),
    ],
)
def test_values_are_found(text, values):
    assert lines(text) == ([values] if values else [])


@pytest.mark.parametrize(
    "text",
    [
        SHAPES,
        "size 128: 256×4×4\nsize 160: 256×5×5",
        "128 (256, 4, 4), 160 (256, 5, 5)",
        "first some debugging: 7\n" + SHAPES + "and 99 more",
        "128 px\n256\n4\n4\n160 px\n256\n5\n5",
    ],
)
def test_other_words_and_other_layout_fit(text):
    assert compare(lines(SHAPES), text)[0] == PrintedMatch.FITS


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("0.333", "1/3 is 0.33"),
        ("50%", "0.5"),
        ("0.504", "50.4%"),
        ("1,234,567", "1.23 M"),
        ("2.0", "2"),
        ("-0.5", "−0.5"),
    ],
)
def test_rounding_and_units_fit(expected, text):
    assert compare(lines(expected), text)[0] == PrintedMatch.FITS


def test_other_values_differ():
    assert compare(lines(SHAPES), SHAPES.replace("256", "128"))[0] == PrintedMatch.DIFFERS
    assert compare(lines(SHAPES), "hello") == (PrintedMatch.DIFFERS, ["128", "256", "4", "160", "5"])
    assert compare(lines("True"), "False")[0] == PrintedMatch.DIFFERS
    assert compare(lines("14"), "14.4")[0] == PrintedMatch.DIFFERS


def test_a_part_is_unclear():
    assert compare(lines(SHAPES), "128 -> 256 4 4")[0] == PrintedMatch.UNCLEAR


def test_lines_with_chance_are_left_out():
    one = "epochs 3\nloss 2.31 after 10\naccuracy 10.0%\n"
    other = "epochs 3\nloss 2.28 after 10\naccuracy 10.0%\n"
    assert common(one, other) == [["3"], ["10.0%"]]
    assert common(one, one + "more") == []


@given(st.text(), st.text())
def test_any_text(one, other):
    assert compare(lines(one), one)[0] == PrintedMatch.FITS
    compare(lines(one), other)
    common(one, other)
