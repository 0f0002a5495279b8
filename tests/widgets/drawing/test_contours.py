"""Contours: round levels in a range, areas above them, labels that do not touch."""

from itertools import combinations

import pytest

from resnet_live.widgets.drawing.contours import Contours, Square, levels

PLACE = Square(10, 20, 100)
HILL = [[10.0 ** (3 - abs(a) - abs(b)) for a in range(-3, 4)] for b in range(-3, 4)]


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.35, 50_000, [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000]),
        (0.5, 12, [0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10]),
        (0.4, 60, [0.5, 1, 2, 5, 10, 20, 50]),
        (1e-6, 1e6, [10.0**p for p in range(-5, 6)]),
        (1.1, 1.2, []),
    ],
)
def test_levels_are_round_and_few(low, high, found):
    assert levels(low, high) == pytest.approx([v for v in found if v > low])


def test_a_vast_range_has_no_more_levels_than_asked():
    assert 3 <= len(levels(1e-40, 1e40)) <= 11


def test_areas_shrink_from_level_to_level_and_have_the_size_they_should():
    contours = Contours(HILL, (1e-3, 1e3), PLACE)
    wide = []
    for level in (1.0, 10.0, 100.0):
        (ring,) = contours.above(level).strip("Mz").split("z")
        xs = [float(point.split()[0]) for point in ring.split("L")]
        wide.append(max(xs) - min(xs))
    assert wide == pytest.approx([100, 200 / 3, 100 / 3], abs=0.2)  # log10 falls by one in each of six cells
    assert contours.above(1e3) == contours.line(1e4) == ""


def test_an_area_with_a_hole_has_two_rings():
    valley = [[1000 / v for v in row] for row in HILL]
    assert Contours(valley, (1.0, 1e6), PLACE).above(10).count("z") == 2


def test_what_is_not_finite_counts_as_the_highest():
    values = [[1.0] * 5 for _ in range(5)]
    values[2][2] = None
    assert Contours(values, (1.0, 100.0), PLACE).line(10) != ""


def test_labels_lie_inside_on_their_lines_apart_from_each_other_and_from_what_is_there():
    contours = Contours(HILL, (1e-3, 1e3), PLACE)
    texts = {0.1: "0.1", 1.0: "1", 10.0: "10", 100.0: "100"}
    places = contours.labels(texts, [(60, 70)])
    assert len(places) >= 3
    for x, y in places.values():
        assert 10 < x < 110 and 20 < y < 120
    for (x, y), (u, v) in combinations([*places.values(), (60, 70)], 2):
        assert abs(x - u) > 7 or abs(y - v) > 13


def test_a_label_without_room_is_left_out():
    assert Contours(HILL, (1e-3, 1e3), PLACE).labels({10.0: "a label that is far too long"}, []) == {}
