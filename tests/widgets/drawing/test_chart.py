"""Axes: round ticks inside the range, values at their places, labels that do not cover each other."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from resnet_live.widgets.drawing.chart import Chart, apart, log_ticks, short, signed, ticks

numbers = st.floats(-1e4, 1e4, allow_nan=False)


@given(low=numbers, span=st.floats(1e-3, 1e5))
def test_ticks_lie_inside_and_are_few(low, span):
    found = ticks(low, low + span)
    assert all(low - 1e-6 * span <= tick <= low + span + 1e-6 * span for tick in found)
    assert 1 <= len(found) <= 7


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.4, 2.3, [0.5, 1, 1.5, 2]),
        (1, 20, [5, 10, 15, 20]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (1, 56, [10, 20, 30, 40, 50]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.02, 30, [0.1, 1, 10]), (0.6, 7, [1, 2, 5]), (1e-9, 1, [1e-9, 1e-7, 1e-5, 1e-3, 1e-1])],
)
def test_log_ticks_are_powers_of_ten_or_finer_where_there_are_few(low, high, expected):
    assert log_ticks(low, high) == pytest.approx(expected)


@given(low=st.floats(1e-6, 1e3), ratio=st.floats(1.5, 1e9))
def test_log_ticks_lie_inside(low, ratio):
    found = log_ticks(low, low * ratio)
    assert len(found) <= 9
    assert all(low * 0.999 <= tick <= low * ratio * 1.001 for tick in found)


def test_ends_of_the_axes_are_at_the_ends_of_the_frame():
    for log, low in [(False, 0.0), (True, 0.1)]:
        chart = Chart(10, 110, 20, 80, (1, 5), (low, 10.0), log)
        assert (chart.px(1), chart.px(5)) == (10, 110)
        assert chart.py(low) == pytest.approx(80) and chart.py(10.0) == pytest.approx(20)
        assert chart.py(1e9) == pytest.approx(20)  # beyond the end: on the edge
    assert Chart(0, 1, 0, 100, (0, 1), (0.01, 100), log=True).py(1) == pytest.approx(50)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=5))
def test_labels_keep_their_order_and_their_distance(places):
    assume(len(set(places)) == len(places))
    moved = apart(places, 13)
    order = sorted(range(len(places)), key=lambda i: places[i])
    gaps = [moved[b] - moved[a] for a, b in zip(order, order[1:], strict=False)]
    assert all(gap > 12 for gap in gaps)


def test_numbers_are_short():
    assert [short(v) for v in (0.5, 20.0, 1e-5, -1.0, 1e6)] == ["0.5", "20", "1e−5", "−1", "1e6"]


@pytest.mark.parametrize(
    ("value", "words"), [(0.26, "+0.3"), (-1.24, "−1.2"), (0.0, "0.0"), (-0.04, "0.0"), (0.04, "0.0")]
)
def test_a_difference_has_its_sign_and_zero_has_none(value, words):
    assert signed(value, 1) == words
