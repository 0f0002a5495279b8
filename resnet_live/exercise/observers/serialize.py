"""An observation as bytes and back: JSON for the tree, raw numbers for the tensors, never pickle."""

import io
import json
import math

import numpy as np
import torch
from torch import Tensor

from .values import Tree

TREE = "tree"
MOST_TENSORS, MOST_ELEMENTS = 4096, 64_000_000
# NumPy has no bfloat16: its bits travel as int16.
AS_BITS = {torch.bfloat16: torch.int16}


class SerializationError(ValueError):
    """The bytes are no observation, or the tree holds something that is neither JSON nor a tensor."""


def serialize(tree: object) -> bytes:
    """`tree` (dicts with text keys, lists, tuples, text, numbers, bools, None, tensors) as bytes.

    Tuples become lists. Raises SerializationError for anything else.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(_without_tensors(tree, arrays))
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **{TREE: np.frombuffer(text.encode(), dtype=np.uint8)}, **arrays)
    return file.getvalue()


def deserialize(data: bytes) -> Tree:
    """The tree that `serialize` was given; tensors on the CPU. Never unpickles. Raises SerializationError for damaged bytes."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            if len(file.files) > MOST_TENSORS:
                raise SerializationError(f"{len(file.files)} tensors, at most {MOST_TENSORS}")
            tree = _with_tensors(json.loads(file[TREE].tobytes().decode()), file)
    except SerializationError:
        raise
    except Exception as error:  # NumPy, zipfile and json raise many kinds; each means damaged bytes
        raise SerializationError(f"these bytes are no observation: {error}") from error
    if not isinstance(tree, dict):
        raise SerializationError(f"these bytes are no observation: a {type(tree).__name__}")
    return tree


def _without_tensors(tree: object, arrays: dict[str, np.ndarray]) -> object:
    if isinstance(tree, Tensor):
        key = f"t{len(arrays)}"
        plain = tree.detach().to("cpu").contiguous()
        kind = str(plain.dtype).removeprefix("torch.")
        arrays[key] = plain.view(AS_BITS[plain.dtype]).numpy() if plain.dtype in AS_BITS else plain.numpy()
        return {"$tensor": key, "dtype": kind}
    if isinstance(tree, dict):
        if not all(type(key) is str for key in tree):
            raise SerializationError("keys must be text")
        return {key: _without_tensors(value, arrays) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_without_tensors(value, arrays) for value in tree]
    if tree is None or type(tree) in (str, int, float, bool):
        return tree
    raise SerializationError(f"cannot serialize {type(tree).__name__}")


def _with_tensors(tree: object, file) -> object:
    if isinstance(tree, list):
        return [_with_tensors(value, file) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "$tensor" not in tree:
        return {key: _with_tensors(value, file) for key, value in tree.items()}
    array = file[tree["$tensor"]]
    if math.prod(array.shape) > MOST_ELEMENTS:
        raise SerializationError("a tensor is too large")
    made = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape).copy())
    dtype = getattr(torch, tree["dtype"], None)
    if not isinstance(dtype, torch.dtype):
        raise SerializationError(f"unknown dtype {tree['dtype']!r}")
    return made.view(dtype) if dtype in AS_BITS else made
