"""What a value is, as a small JSON object: quick to make, and safe whatever the value. `compare_summaries` compares two."""

import math
import sys
from collections.abc import Callable
from typing import Any

# Items of a container that are kept; values of an array that are; parts of one summary altogether.
MOST_ITEMS, MOST_VALUES, MOST_PARTS = 64, 64, 1500
MOST_TEXT, DEEPEST = 2000, 5
# Statistics of larger arrays would take noticeable time.
MOST_FOR_STATISTICS = 4_000_000

Summary = dict[str, Any]  # a JSON object; its "kind" says what else is in it


def summarise(value: object) -> Summary:
    """A small JSON object that says what `value` is; "kind" is always there. Never raises, and takes milliseconds.

    Kinds: none, bool, int, float, complex, text, bytes, sequence (list, tuple, torch.Size, range), set, mapping, array
    (tensors and NumPy arrays: shape, dtype without its width, values when few, else mean, spread, least and greatest; no
    device), frame (pandas), function (parameters), class (bases, methods, parameters of `__init__`), module (an nn.Module:
    parameter shapes in order, training flag), widget, package (an imported module), other (type name). What cannot be
    looked at is left out.
    """
    return _Summariser().of(value, 0)


class _Summariser:
    def __init__(self) -> None:
        self._parts = 0
        self._open: set[int] = set()

    def of(self, value: Any, depth: int) -> Summary:
        self._parts += 1
        kind = type(value)
        name = _type_name(kind)
        if self._parts > MOST_PARTS or depth > DEEPEST or id(value) in self._open:
            return {"kind": "other", "type": name}
        self._open.add(id(value))
        try:
            return self._of(value, kind, name, depth)
        except KeyboardInterrupt:
            raise
        except BaseException:  # somebody else's object may raise anything, SystemExit too
            return {"kind": "other", "type": name}
        finally:
            self._open.discard(id(value))

    def _of(self, value: Any, kind: type, name: str, depth: int) -> Summary:
        if value is None:
            return {"kind": "none"}
        if kind in (bool, int, float, complex, str, bytes):
            return _scalar(value, kind)
        for test, look in (
            (_is_module, self._module),
            (_is_tensor, _tensor),
            (_is_array, _array),
            (_is_number, _number),
            (_is_frame, self._frame),
            (_is_widget, lambda widget, _: {"kind": "widget", "type": name}),
        ):
            if test(kind):
                return look(value, depth)
        if issubclass(kind, type):
            return _class(value)
        if issubclass(kind, type(sys)):
            return {"kind": "package", "name": str(vars(value).get("__name__", ""))}
        if issubclass(kind, (list, tuple, range)):
            return self._sequence(value, name, depth)
        if issubclass(kind, (set, frozenset)):
            return {"kind": "set", "length": len(value), "items": sorted(map(str, map(self._text, value)))[:MOST_ITEMS]}
        if issubclass(kind, dict):
            return self._mapping(value, depth)
        if issubclass(kind, (bool, int, float, complex, str, bytes)):
            base: Any = next(base for base in (bool, int, float, complex, str, bytes) if issubclass(kind, base))
            return _scalar(str.__str__(value) if base is str else base.__new__(base, value), base)
        if name in ("function", "method", "builtin_function_or_method") or name == "partial":
            return {"kind": "function", "parameters": parameters(value)}
        return self._other(value, name, depth)

    def _text(self, value: Any) -> str:
        seen = self.of(value, DEEPEST)
        return repr(seen.get("value", seen.get("type", seen["kind"])))

    def _sequence(self, value: Any, name: str, depth: int) -> Summary:
        if issubclass(type(value), range):
            items = list(value[:MOST_ITEMS])
            length = len(value)
        else:
            base = list if issubclass(type(value), list) else tuple
            length = base.__len__(value)
            items = [base.__getitem__(value, place) for place in range(min(length, MOST_ITEMS))]
        return {
            "kind": "sequence",
            "type": name,
            "length": length,
            "items": [self.of(item, depth + 1) for item in items],
        }

    def _mapping(self, value: dict, depth: int) -> Summary:
        length, items = dict.__len__(value), {}
        for place, (key, item) in enumerate(dict.items(value)):
            if place >= MOST_ITEMS:
                break
            items[self._text(key)] = self.of(item, depth + 1)
        return {"kind": "mapping", "length": length, "items": items}

    def _module(self, value: Any, depth: int) -> Summary:
        shapes = []
        for parameter in value.parameters():
            uninitialised = "Uninitialized" in type(parameter).__name__
            shapes.append(None if uninitialised else [int(side) for side in parameter.shape])
        return {
            "kind": "module",
            "type": type(value).__name__,
            "parameters": shapes,
            "training": bool(value.training),
        }

    def _frame(self, value: Any, depth: int) -> Summary:
        seen: Summary = {"kind": "frame", "type": type(value).__name__, "shape": [int(side) for side in value.shape]}
        if seen["type"] == "DataFrame":
            seen["columns"] = [str(column)[:80] for column in value.columns[:MOST_ITEMS]]
        if value.size <= MOST_VALUES * 4:
            rows = value.to_numpy().tolist()
            seen["values"] = [self.of(row, depth + 1) for row in rows]
        return seen

    def _other(self, value: Any, name: str, depth: int) -> Summary:
        seen: Summary = {"kind": "other", "type": name}
        # fastai's Learner: what matters of it is its model.
        inner = getattr(value, "__dict__", {})
        model = inner.get("model") if type(inner) is dict else None
        if model is not None and _is_module(type(model)):
            seen["model"] = self.of(model, depth + 1)
        return seen


def _type_name(kind: type) -> str:
    try:
        return str(type.__getattribute__(kind, "__name__"))
    except Exception:  # a metaclass may do anything
        return "object"


def _scalar(value: Any, kind: type) -> Summary:
    if kind is bool:
        return {"kind": "bool", "value": value}
    if kind is int:
        # json turns ints of thousands of digits down
        return (
            {"kind": "int", "value": value}
            if value.bit_length() <= 256
            else {"kind": "int", "bits": value.bit_length()}
        )
    if kind is float:
        return {"kind": "float", "value": value if math.isfinite(value) else str(value)}
    if kind is complex:
        return {"kind": "complex", "value": str(value)}
    if kind is str:
        text = value[:MOST_TEXT].encode("utf-8", "replace").decode("utf-8")
        return {"kind": "text", "length": len(value), "value": text}
    return {"kind": "bytes", "length": len(value)}


def loaded(module: str, name: str) -> type | None:
    """The class `name` of `module`, when that is loaded, else None: nothing here imports a library."""
    return getattr(sys.modules.get(module), name, None)


def _is(module: str, *names: str) -> Callable[[type], bool]:
    return lambda kind: any((base := loaded(module, name)) is not None and issubclass(kind, base) for name in names)


_is_module = _is("torch.nn", "Module")
_is_tensor = _is("torch", "Tensor")
_is_array = _is("numpy", "ndarray")
_is_number = _is("numpy", "generic")
_is_frame = _is("pandas", "DataFrame", "Series")
_is_widget = _is("ipywidgets", "Widget")


def _tensor(value: Any, _depth: int) -> Summary:
    import torch

    value = torch.Tensor.detach(value)
    value = value.as_subclass(torch.Tensor)
    seen: Summary = {"kind": "array", "shape": [int(side) for side in value.shape], "dtype": _dtype(str(value.dtype))}
    count = value.numel()
    if value.layout != torch.strided or value.is_meta or value.is_complex() or value.is_quantized:
        return seen
    if count > MOST_FOR_STATISTICS or not count:
        return seen
    value = value.float() if value.device.type == "mps" else value.double()
    if count <= MOST_VALUES:
        return seen | {"values": [_finite(number) for number in value.flatten().tolist()]}
    numbers = (value.mean(), value.std(correction=0), value.min(), value.max())
    return seen | {"statistics": [_finite(number.item()) for number in numbers]}


def _array(value: Any, _depth: int) -> Summary:
    import numpy as np

    value = np.asarray(value)
    seen: Summary = {"kind": "array", "shape": [int(side) for side in value.shape], "dtype": _dtype(str(value.dtype))}
    if value.dtype.kind not in "biuf" or value.size > MOST_FOR_STATISTICS or not value.size:
        return seen
    value = value.astype(np.float64)
    if value.size <= MOST_VALUES:
        return seen | {"values": [_finite(number) for number in value.ravel().tolist()]}
    return seen | {"statistics": [_finite(float(n)) for n in (value.mean(), value.std(), value.min(), value.max())]}


def _number(value: Any, _depth: int) -> Summary:
    plain = value.item()
    if type(plain) in (bool, int, float, complex, str, bytes):
        return _scalar(plain, type(plain))
    return {"kind": "other", "type": type(value).__name__}


def _finite(number: float) -> float | str:
    return number if math.isfinite(number) else str(number)


def _dtype(name: str) -> str:
    """The family of a dtype: its width may differ from device to device."""
    name = name.removeprefix("torch.")
    for family in ("bool", "complex", "bfloat", "float", "uint", "int"):
        if name.startswith(family):
            return {"bfloat": "float", "uint": "int"}.get(family, family)
    return "other"


def _class(value: type) -> Summary:
    bases = [_type_name(base) for base in type.__getattribute__(value, "__mro__")[1:] if base is not object]
    methods = set()
    for base in type.__getattribute__(value, "__mro__"):
        if type.__getattribute__(base, "__module__") == "__main__":
            methods |= {name for name, what in vars(base).items() if callable(what) and not name.startswith("_")}
    init = parameters(type.__getattribute__(value, "__init__"))
    return {"kind": "class", "bases": bases[:20], "methods": sorted(methods), "parameters": init and init[1:]}


def parameters(function: Any) -> list[list] | None:
    """A function's parameters as [name, kind, whether it has a default]; None when they cannot be found out."""
    import inspect

    try:
        signature = inspect.signature(function)
        return [[p.name, p.kind.name, p.default is not p.empty] for p in signature.parameters.values()]
    except (ValueError, TypeError):
        return None
