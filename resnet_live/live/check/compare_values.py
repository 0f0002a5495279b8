"""Whether two values are the same but for spelling and rounding, and what a value is in a few words. Safe whatever the value."""

import reprlib
import sys
from dataclasses import dataclass
from typing import Any

RELATIVE, ABSOLUTE = 1e-3, 1e-4
MOST_TEXT, MOST_ITEMS, MOST_NUMBERS = 80, 8, 4_000_000
# What somebody's own object may raise when it is looked at.
CAUGHT = (Exception, SystemExit, GeneratorExit)
_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother = 2, MOST_TEXT, MOST_TEXT


@dataclass(frozen=True)
class Raised:
    """What came instead of a value: an exception's name and message."""

    name: str
    message: str


def alike(wanted: Any, seen: Any) -> bool:
    """Whether `seen` is as good as `wanted`.

    None in `wanted` fits everything. Lists, tuples and sizes are interchangeable, so are arrays and tensors, a number and an
    array of one number, types of one width and another; numbers may differ by rounding. Exceptions are alike by their class.
    """
    try:
        return _alike(wanted, seen)
    except CAUGHT:
        return False


def _alike(wanted: Any, seen: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, Raised) or isinstance(seen, Raised):
        return isinstance(wanted, Raised) and isinstance(seen, Raised) and wanted.name == seen.name
    if isinstance(wanted, dict):
        return (
            isinstance(seen, dict) and wanted.keys() == seen.keys() and all(_alike(wanted[k], seen[k]) for k in wanted)
        )
    if isinstance(wanted, list | tuple):
        items = seen if (array := _as_array(seen)) is None else array  # one number alone has no length: TypeError
        sequence = array is not None or isinstance(seen, list | tuple | range)
        return sequence and len(items) == len(wanted) and all(map(_alike, wanted, items))
    one, other = plain_value(wanted), plain_value(seen)
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, bool | int | float) and isinstance(other, bool | int | float):
        return one == other or abs(one - other) <= ABSOLUTE + RELATIVE * abs(one) or (one != one and other != other)
    if _is_frame(wanted):
        return _is_frame(seen) and _alike(wanted.to_numpy().tolist(), seen.to_numpy().tolist())
    return _same_arrays(wanted, seen) if _as_array(wanted) is not None else wanted is seen or bool(wanted == seen)


def plain_value(value: Any) -> Any:
    """An array of one number as that number; everything else unchanged."""
    array = _as_array(value)
    return array.reshape(-1)[0].item() if array is not None and array.size == 1 else value


def _as_array(value: Any) -> Any:
    """A tensor or NumPy value as a NumPy array; None for anything else, and for very large ones."""
    torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
    if torch is not None and isinstance(value, torch.Tensor):
        if value.numel() > MOST_NUMBERS:
            return None
        value = value.detach().as_subclass(torch.Tensor).cpu()
        value = (value.float() if value.dtype in (torch.bfloat16, torch.float16) else value).numpy()
    return value if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic) else None


def _same_arrays(wanted: Any, seen: Any) -> bool:
    one, other = _as_array(wanted), _as_array(seen)
    if other is None:
        return isinstance(seen, list | tuple) and _alike(one.tolist(), seen)
    if one.shape != other.shape or (one.dtype.kind == "b") != (other.dtype.kind == "b"):
        return False
    if one.dtype.kind not in "fiub" or other.dtype.kind not in "fiub":
        return bool((one == other).all())
    numpy = sys.modules["numpy"]
    scale = max(float(abs(one.astype(float)).max()), 1e-6) if one.size else 1.0
    return bool(numpy.allclose(one.astype(float), other.astype(float), RELATIVE, ABSOLUTE * scale, equal_nan=True))


def _is_frame(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series)


def describe_value(value: Any, depth: int = 0) -> str:
    """A value in a few words, for a message."""
    try:
        return _describe(value, depth)
    except CAUGHT:
        return f"a {type(value).__name__}"


def _describe(value: Any, depth: int) -> str:
    if isinstance(value, Raised):
        return f"{value.name}: {one_line(value.message, MOST_TEXT)}" if value.message else value.name
    array = _as_array(value)
    if array is not None and array.size != 1:
        return f"a tensor of shape {'×'.join(map(str, array.shape))}"
    value = plain_value(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple) and depth < 3:
        inside = ["anything" if item is None else describe_value(item, depth + 1) for item in value[:MOST_ITEMS]]
        return one_line(f"({', '.join(inside)}{', …' if len(value) > MOST_ITEMS else ''})", MOST_TEXT)
    if isinstance(value, type) or callable(value):
        return f"`{getattr(value, '__name__', type(value).__name__)}`"
    return one_line(_REPR.repr(value), MOST_TEXT)


def one_line(text: str, most: int = 200) -> str:
    """`text` on one line, cut when it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
