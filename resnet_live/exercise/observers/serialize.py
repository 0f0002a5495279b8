"""An observation as bytes and back: JSON for the tree, raw numbers for the tensors, never pickle.

The bytes: MAGIC; the length of the JSON (8 bytes, little-endian); the JSON, in which a tensor is {"$tensor": [dtype, shape, offset]};
the numbers. Tensors with the same numbers lie there once: most of what flows through a network is seen twice, as one layer's output
and the next one's input.
"""

import json
import math

import torch
from torch import Tensor

from .values import Tree

MAGIC = b"seen 2\n\0"
MOST_TENSORS, MOST_ELEMENTS, MOST_BYTES = 16_384, 64_000_000, 500_000_000
TENSOR = "$tensor"
NOT_NOTED = "not noted"  # in place of what was seen, when that cannot be passed on: why
ALIGNED = 16  # bytes: no number lies across the processor's words
_NUMBERS = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128"
DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in _NUMBERS.split()}


class SerializationError(ValueError):
    """The bytes are no observation, or the tree holds something that is neither JSON nor a tensor."""


def serialize(tree: object) -> bytes:
    """`tree` (dicts with text keys, lists, tuples, text, numbers, bools, None, tensors) as bytes.

    Tuples become lists. Raises SerializationError for anything else, and for more than `deserialize` takes.
    """
    written = _Written()
    text = json.dumps(_without_tensors(tree, written)).encode()
    return b"".join((MAGIC, len(text).to_bytes(8, "little"), text, written.numbers))


def serialize_observation(observation: Tree) -> bytes:
    """An observation as bytes. Where what was seen cannot be passed on, it says so in its place: the judge then tells the student,
    and no error of ours stops a check."""
    try:
        return serialize(observation)
    except (SerializationError, RecursionError) as error:
        return serialize(observation | {"seen": {NOT_NOTED: str(error)}})


def deserialize(data: bytes | memoryview) -> Tree:
    """The tree that `serialize` was given; tensors on the CPU. Never unpickles. Raises SerializationError for damaged bytes.

    Tensors share memory with each other: write into none of them.
    """
    try:
        if data[: len(MAGIC)] != MAGIC:
            raise ValueError("they begin otherwise")
        begin = len(MAGIC) + 8
        end = begin + int.from_bytes(data[len(MAGIC) : begin], "little")
        numbers = _Numbers(bytearray(memoryview(data)[end:]))
        tree = json.loads(bytes(data[begin:end]), object_hook=numbers.placed)
    except Exception as error:  # json and torch raise many kinds; each means damaged bytes
        raise SerializationError(f"these bytes are no observation: {error}") from error
    if not isinstance(tree, dict):
        raise SerializationError(f"these bytes are no observation: a {type(tree).__name__}")
    return tree


def _without_tensors(tree: object, written: "_Written") -> object:
    """The tree with a note in place of each tensor, whose bytes are `written`."""
    if isinstance(tree, Tensor):
        return {TENSOR: written.note(tree)}
    if isinstance(tree, dict):
        if not all(type(key) is str for key in tree):
            raise SerializationError("keys must be text")
        return {key: _without_tensors(value, written) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_tensors(value, written) for value in tree]
    if tree is None or type(tree) in (str, int, float, bool):
        return tree
    raise SerializationError(f"cannot serialize {type(tree).__name__}")


class _Written:
    """The bytes of the tensors so far, where each begins, and how many tensors there were."""

    def __init__(self) -> None:
        self.numbers, self.taken = bytearray(), 0
        self.places: dict[bytes, int] = {}

    def note(self, tensor: Tensor) -> list:
        """What stands in the tree for this tensor, whose bytes are there from now on."""
        self.taken += 1
        if self.taken > MOST_TENSORS:
            raise SerializationError(f"more than {MOST_TENSORS} tensors")
        kind = str(tensor.dtype).removeprefix("torch.")
        if kind not in DTYPES:
            raise SerializationError(f"numbers of type {kind}")
        if tensor.numel() > MOST_ELEMENTS:
            raise SerializationError("a tensor that is too large")
        plain = tensor.detach().to("cpu").resolve_conj().resolve_neg().contiguous()
        # NumPy has no bfloat16: bytes are bytes
        data = plain.reshape(-1).view(torch.uint8).numpy().tobytes()
        if data not in self.places:
            self.numbers.extend(bytes(-len(self.numbers) % ALIGNED))
            self.places[data] = len(self.numbers)
            self.numbers.extend(data)
            if len(self.numbers) > MOST_BYTES:
                raise SerializationError(f"tensors of more than {MOST_BYTES:,} bytes")
        return [kind, list(plain.shape), self.places[data]]


class _Numbers:
    """The bytes of the tensors, and how many have been taken."""

    def __init__(self, data: bytearray):
        self.data, self.taken = data, 0

    def placed(self, entry: dict) -> Tensor | dict:
        """The tensor that this part of the tree stands for; else the part itself."""
        return self.take(*entry[TENSOR]) if TENSOR in entry else entry

    def take(self, kind: str, shape: list[int], offset: int) -> Tensor:
        self.taken += 1
        if self.taken > MOST_TENSORS:
            raise ValueError(f"more than {MOST_TENSORS} tensors")
        count = math.prod(shape)
        if count > MOST_ELEMENTS:
            raise ValueError("a tensor is too large")
        if not count:
            return torch.empty(shape, dtype=DTYPES[kind])
        return torch.frombuffer(self.data, dtype=DTYPES[kind], count=count, offset=offset).view(shape)
