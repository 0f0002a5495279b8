"""An observation as bytes and back."""

import pytest
import torch

from resnet_live.exercise.observers.serialize import SerializationError, deserialize, serialize


def test_a_tree_comes_back_as_it_was():
    tree = {"a": [1, 2.5, None, True, "text"], "b": {"x": torch.arange(6.0).view(2, 3), "y": torch.ones(2).bfloat16()}}
    back = deserialize(serialize(tree))
    assert back["a"] == tree["a"]
    assert all(torch.equal(back["b"][name], tree["b"][name]) for name in ("x", "y"))
    assert back["b"]["y"].dtype == torch.bfloat16


@pytest.mark.parametrize("data", [b"", b"no archive", serialize({"a": torch.ones(3)})[:-30], serialize([1, 2])])
def test_bytes_that_are_no_observation_are_refused(data):
    with pytest.raises(SerializationError, match="no observation"):
        deserialize(data)


@pytest.mark.parametrize("tree", [{1: "a"}, {"a": object()}, {"a": {2, 3}}])
def test_what_is_neither_json_nor_a_tensor_is_refused(tree):
    with pytest.raises(SerializationError):
        serialize(tree)
