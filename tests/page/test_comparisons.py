"""The table in which a page compares several sets of runs."""

import pytest

from resnet_live import page


def test_each_comparison_is_a_row_with_means_difference_interval_and_what_it_shows():
    table = page.comparisons(
        ("Loss", "deep", [2.0, 2.1, 2.2], "flat", [1.0, 1.1, 1.2]),
        ("Loss", "flat", [1.0, 1.1, 1.2], "deep", [2.0, 2.1, 2.2]),
        ("Accuracy", "deep", [0.5, 0.7], "flat", [0.4, 0.8]),
        ("Once", "deep", [1.5], "flat", [1.0]),
    )
    assert list(table.index) == ["Loss", "Loss", "Accuracy", "Once"]
    assert next(iter(table["runs"])) == "deep and flat" and next(iter(table["means"])) == "2.10 and 1.10"
    assert list(table["difference"]) == ["1.00", "−1.00", "0.00", "0.50"]
    assert list(table["it is"]) == ["higher", "lower", "no difference shown", "one run a side: no verdict"]
    # Welch's interval of three against three with standard deviation 0.1 each: 2.776 (t, 4 degrees) × 0.0816.
    assert next(iter(table["95 % interval"])) == "0.77 to 1.23" and list(table["95 % interval"])[3] == "–"


def test_a_side_without_runs_is_refused():
    with pytest.raises(ValueError, match="0 runs"):
        page.comparisons(("Loss", "deep", [], "flat", [1.0]))
