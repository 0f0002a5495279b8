"""Which images were right survives the recording."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resnet_live.training.right_images import pack, unpack


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_what_is_packed_comes_out_again(right):
    assert unpack(pack(right), len(right)) == right and len(pack(right)) <= len(right) / 4 + 2


def test_answers_for_another_number_of_images_are_refused():
    with pytest.raises(ValueError, match="not for 17"):
        unpack(pack([True] * 16), 17)
    with pytest.raises(ValueError, match="not for 8"):
        unpack(pack([True] * 16), 8)
