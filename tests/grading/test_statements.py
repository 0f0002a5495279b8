import pytest
from found import number, value
from submissions import in_cells


@pytest.mark.parametrize(
    "source_", ["x = " + "(" * 5000, "x = " + "-" * 50_000 + "1", "\0", "x = '\ud800'", "return 3"]
)
def test_no_cell_stops_the_class(source_):
    assert value(in_cells(source_, number(2)), 1, 1) == 2
