"""Are two results the same? Tensors and numbers, within what rounding explains.

Tolerance, relative to the largest expected value (at least 1): 1e-5 in float32, where sums of some hundred terms in any order differ
by less than 1e-6; 1e-10 in float64, so that a detour through float32 (1e-7) shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

TOLERANCE = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-5, "float64": 1e-10}
# Two scores of a network that are so near may be in either order in float32: it is off by a hundredth of this.
NEARLY = 1e-4


def close(got: Tensor, wanted: Tensor, tolerance: Mapping[str, float] | None = None) -> bool:
    """Same shape and the same values, within the tolerance of `got`'s dtype; False for any nan that is not expected."""
    if got.shape != wanted.shape:
        return False
    if not wanted.numel():
        return True
    # exact for whole numbers and bools
    allowed = (tolerance or TOLERANCE).get(str(got.dtype).removeprefix("torch."), 0.0)
    scale = max(1.0, wanted.double().abs().max().item())
    return bool(torch.isclose(got.double(), wanted.double(), rtol=0, atol=allowed * scale, equal_nan=True).all())


def most_different(got: Tensor, wanted: Tensor) -> tuple[list[int], float, float]:
    """The index where two tensors of one shape differ most ([] in a single number), and what stands there in each."""
    off = (got.double() - wanted).abs().nan_to_num(nan=torch.inf)
    index = [int(i) for i in torch.unravel_index(off.argmax(), off.shape)] if off.ndim else []
    return index, got.double()[tuple(index)].item(), wanted[tuple(index)].item()


def plain_number(seen: dict[str, Any]) -> int | float | None:
    """The number in a described value: Python's, NumPy's, or a tensor's with one element and no dimension; else None."""
    if seen["type"] in ("Tensor", "ndarray"):
        return seen["data"].item() if seen["shape"] == [] and "data" in seen else None
    number = seen.get("value")
    return number if type(number) in (int, float) else None


def number_in(seen: dict[str, Any]) -> int | float:
    """The same. Raises ValueError where there is none."""
    number = plain_number(seen)
    if number is None:
        raise ValueError(f"no number: a {seen['type']}")
    return number


def same_number(got: int | float, wanted: int | float, tolerance: Mapping[str, float] = TOLERANCE) -> bool:
    """The same whole number, or the same within the tolerance of float32."""
    if isinstance(wanted, int):
        return got == wanted
    return abs(got - wanted) <= tolerance["float32"] * max(1.0, abs(wanted))


def unchanged(before: Tensor, after: Tensor) -> bool:
    """The same numbers, of the same type (`torch.equal` alone calls float32 and float64 equal)."""
    return before.dtype == after.dtype and torch.equal(before, after)


def count_right(scores: Tensor, labels: Tensor, lead: float = 0.0) -> int:
    """For how many rows of N×classes scores the label's is at least by `lead` above all others: below zero, one that is nearly the
    largest counts too."""
    own = scores.gather(1, labels[:, None])
    others = scores.scatter(1, labels[:, None], -torch.inf).amax(1, keepdim=True)
    return int((own >= others + lead).sum())
