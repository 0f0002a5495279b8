"""An observation as bytes and back."""

import pytest
import torch

from resnet_live.exercise.observers.serialize import (
    MAGIC,
    MOST_TENSORS,
    NOT_NOTED,
    SerializationError,
    deserialize,
    serialize,
    serialize_observation,
)


def test_a_tree_comes_back_as_it_was():
    tree = {"a": [1, 2.5, None, True, "text"], "b": {"x": torch.arange(6.0).view(2, 3), "y": torch.ones(2).bfloat16()}}
    back = deserialize(serialize(tree))
    assert back["a"] == tree["a"]
    assert all(torch.equal(back["b"][name], tree["b"][name]) for name in ("x", "y"))
    assert back["b"]["y"].dtype == torch.bfloat16


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "bfloat16", "float64", "complex64"])
@pytest.mark.parametrize("shape", [(), (0, 3), (1,), (3, 4)])
def test_a_tensor_of_any_type_and_shape_comes_back(dtype, shape):
    tensor = torch.randn(shape).to(getattr(torch, dtype))
    back = deserialize(serialize({"before": torch.ones(1, dtype=torch.uint8), "a": tensor}))["a"]
    assert (back.dtype, back.shape) == (tensor.dtype, tensor.shape)
    assert torch.equal(back, tensor)


def test_numbers_that_are_the_same_are_written_once():
    x = torch.randn(50, 20)
    once = len(serialize({"a": x}))
    assert len(serialize({"a": x, "b": x.clone(), "c": [x.T.contiguous().T]})) < 1.1 * once


def written(tree: str, numbers: bytes = bytes(64)) -> bytes:
    """An observation as a forger would write it."""
    return MAGIC + len(tree).to_bytes(8, "little") + tree.encode() + numbers


@pytest.mark.parametrize(
    "note",
    [
        '["float32", [1000], 0]',  # more than there is
        '["float32", [2], 1000]',
        '["float32", [2], -8]',
        '["float32", [-2, -2], 0]',
        '["float32", [1e3], 0]',
        '["float32", [100000000000], 0]',
        '["float32", "3", 0]',
        '["__class__", [1], 0]',
        '["float32", [1]]',
        '"text"',
        "{}",
    ],
)
def test_a_note_of_a_tensor_that_is_not_there_is_refused(note):
    with pytest.raises(SerializationError, match="no observation"):
        deserialize(written(f'{{"a": {{"$tensor": {note}}}}}'))


MANY_NOTES = '{"a": [' + ", ".join(['{"$tensor": ["int8", [], 0]}'] * (MOST_TENSORS + 1)) + "]}"


@pytest.mark.parametrize("tree", ["[" * 100_000, MANY_NOTES], ids=["deep", "many"])
def test_a_tree_that_is_too_deep_or_has_too_many_tensors_is_refused(tree):
    with pytest.raises(SerializationError, match="no observation"):
        deserialize(written(tree))


@pytest.mark.parametrize("data", [b"", b"no archive", serialize({"a": torch.ones(3)})[:-30], serialize([1, 2])])
def test_bytes_that_are_no_observation_are_refused(data):
    with pytest.raises(SerializationError, match="no observation"):
        deserialize(data)


@pytest.mark.parametrize("tree", [{1: "a"}, {"a": object()}, {"a": {2, 3}}])
def test_what_is_neither_json_nor_a_tensor_is_refused(tree):
    with pytest.raises(SerializationError):
        serialize(tree)


TOO_MANY = [torch.ones(())] * (MOST_TENSORS + 1)


@pytest.mark.parametrize(
    "seen", [TOO_MANY, torch.ones(2).to(torch.float8_e5m2), object()], ids=["many", "kind", "object"]
)
def test_what_cannot_be_passed_on_is_refused_and_an_observation_says_so(seen):
    with pytest.raises(SerializationError):
        serialize({"a": seen})
    there = deserialize(serialize_observation({"exercise": "6.1", "seen": {"a": seen}}))
    assert there["exercise"] == "6.1"
    assert there["seen"].keys() == {NOT_NOTED}


def test_as_many_tensors_as_are_read_are_written():
    assert len(deserialize(serialize({"a": TOO_MANY[1:]}))["a"]) == MOST_TENSORS
