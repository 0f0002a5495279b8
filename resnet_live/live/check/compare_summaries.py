"""How two summaries of values differ, and what they have in common. `value_summary` makes them."""

import math
from collections.abc import Callable

from resnet_live.live.check.value_summary import MOST_VALUES, Summary

RELATIVE, ABSOLUTE = 2e-3, 2e-5


def common(one: Summary, other: Summary) -> Summary:
    """What two summaries of the same thing agree on: where they differ it is chance, and is left out.

    A side of a shape that differs becomes None; a kind that differs, "any".
    """
    if one.get("kind") != other.get("kind"):
        if {one.get("kind"), other.get("kind")} <= {"int", "float"}:
            return {"kind": "float"}
        return {"kind": "any"}
    both: Summary = {}
    for key, value in one.items():
        if key not in other:
            continue
        again = other[key]
        if key in ("shape", "parameters") and value != again and isinstance(value, list) and isinstance(again, list):
            kept = _sides(value, again)
            if kept is not None:
                both[key] = kept
        elif key == "items" and isinstance(value, list) and value and isinstance(value[0], dict):
            if len(value) == len(again) and one.get("length") == other.get("length"):
                both[key] = _doubt([common(a, b) for a, b in zip(value, again, strict=True)])
        elif key == "items" and isinstance(value, dict):
            if list(value) == list(again):
                both[key] = dict(zip(value, _doubt([common(value[name], again[name]) for name in value]), strict=True))
        elif key == "model":
            both[key] = common(value, again)
        elif key == "values" and value and isinstance(value[0], dict):
            if len(value) == len(again):
                both[key] = [common(a, b) for a, b in zip(value, again, strict=True)]
        elif value == again:
            both[key] = value
    return both


def _doubt(items: list[Summary]) -> list[Summary]:
    """Of items where one differs, those of its kind lose their values too: of six labels drawn at random some are the same."""
    scalar = ("bool", "int", "float", "text")
    chance = {item["kind"] for item in items if item["kind"] in scalar and "value" not in item}
    return [{"kind": item["kind"]} if item["kind"] in chance else item for item in items]


def _sides(one: list, other: list) -> list | None:
    if len(one) != len(other):
        return None
    if one and isinstance(one[0], list):
        return [
            _sides(a, b) if isinstance(a, list) and isinstance(b, list) else None
            for a, b in zip(one, other, strict=True)
        ]
    return [a if a == b else None for a, b in zip(one, other, strict=True)]


def without_floats(summary: Summary) -> Summary:
    """`summary` without the values of floats and texts, which a training may give by chance the same twice."""
    kind = summary["kind"]
    if kind in ("float", "complex", "text"):
        return {key: value for key, value in summary.items() if key not in ("value", "length")}
    kept = {key: value for key, value in summary.items() if key not in ("values", "statistics")}
    if isinstance(kept.get("items"), dict):
        kept["items"] = {key: without_floats(item) for key, item in kept["items"].items()}
    elif kind == "sequence" and "items" in kept:
        kept["items"] = [without_floats(item) for item in kept["items"]]
    return kept


def difference(expected: Summary, seen: Summary, what: str = "it") -> str | None:
    """How `seen` differs from `expected`, as a clause such as "its shape is 1×16, not 1×10"; None when it fits.

    Lists and tuples, arrays and tensors, a number and a tensor of one number are interchangeable; widths of dtypes and
    rounding do not count; what `expected` leaves out is not compared.
    """
    kind, other = expected["kind"], seen["kind"]
    if kind == "any":
        return None
    expected, seen = alike(expected, seen)
    kind, other = expected["kind"], seen["kind"]
    if kind != other:
        return f"{what} is {describe(seen)}, not {describe(expected)}"
    compare = _COMPARISONS.get(kind)
    return compare(expected, seen, what) if compare else None


def alike(expected: Summary, seen: Summary) -> tuple[Summary, Summary]:
    """Both in one form where two kinds mean the same."""
    numbers = ("bool", "int", "float")
    if expected["kind"] in numbers and seen["kind"] == "array" and seen.get("shape") in ([], [1]):
        return _as_float(expected), {"kind": "float"} | ({"value": seen["values"][0]} if "values" in seen else {})
    if seen["kind"] in numbers and expected["kind"] == "array" and expected.get("shape") in ([], [1]):
        return {"kind": "float"} | ({"value": expected["values"][0]} if "values" in expected else {}), _as_float(seen)
    if {expected["kind"], seen["kind"]} <= set(numbers) and expected["kind"] != seen["kind"]:
        return _as_float(expected), _as_float(seen)
    if {expected["kind"], seen["kind"]} == {"sequence", "array"}:
        return _as_array(expected) or expected, _as_array(seen) or seen
    return expected, seen


def _as_float(summary: Summary) -> Summary:
    value = summary.get("value")
    return (
        {"kind": "float"}
        if value is None
        else {"kind": "float", "value": value if isinstance(value, str) else float(value)}
    )


def _as_array(summary: Summary) -> Summary | None:
    """A flat sequence of numbers as an array; an array as it is."""
    if summary["kind"] == "array":
        return summary
    items = summary.get("items")
    if (
        items is None
        or len(items) != summary.get("length")
        or any(item["kind"] not in ("bool", "int", "float") for item in items)
    ):
        return None
    seen = {"kind": "array", "shape": [len(items)]}
    if all("value" in item for item in items) and len(items) <= MOST_VALUES:
        seen["values"] = [item["value"] if isinstance(item["value"], str) else float(item["value"]) for item in items]
    return seen


def same_number(one: float | str, other: float | str) -> bool:
    """Whether two numbers are equal but for rounding; "nan" and "inf" are texts."""
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _compare_value(expected: Summary, seen: Summary, what: str) -> str | None:
    if "value" not in expected or "value" not in seen:
        return None
    if expected["kind"] == "float":
        equal = same_number(expected["value"], seen["value"])
    else:
        equal = expected["value"] == seen["value"]
    return None if equal else f"{what} is {_short(seen['value'])}, not {_short(expected['value'])}"


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _compare_array(expected: Summary, seen: Summary, what: str) -> str | None:
    shape, other = expected.get("shape"), seen.get("shape")
    if shape is not None and other is not None and not _same_sides(shape, other):
        return f"the shape of {what} is {_shape(other)}, not {_shape(shape)}"
    if "dtype" in expected and "dtype" in seen and expected["dtype"] != seen["dtype"]:
        return f"the numbers of {what} are {_DTYPES.get(seen['dtype'], seen['dtype'])}, not {_DTYPES.get(expected['dtype'])}"
    if "values" in expected and "values" in seen:
        pairs = list(zip(expected["values"], seen["values"], strict=False))
        wrong = next((pair for pair in pairs if not same_number(*pair)), None)
        if wrong:
            return f"{what} holds {_short(wrong[1])} where {_short(wrong[0])} is expected"
    if "statistics" in expected and "statistics" in seen:
        (mean, spread, low, high), found = expected["statistics"], seen["statistics"]
        span = 1.0 if any(isinstance(n, str) for n in (low, high)) else max(abs(low), abs(high), 1e-3)
        for name, a, b in zip(("mean", "spread", "least", "greatest"), (mean, spread, low, high), found, strict=True):
            if isinstance(a, str) or isinstance(b, str):
                close = a == b
            else:
                close = abs(a - b) <= RELATIVE * span
            if not close:
                return f"the {name} value of {what} is {_short(b)}, not {_short(a)}"
    return None


_DTYPES = {"float": "floats", "int": "whole numbers", "bool": "True and False", "complex": "complex"}


def _same_sides(expected: list, seen: list) -> bool:
    return len(expected) == len(seen) and all(a is None or a == b for a, b in zip(expected, seen, strict=True))


def _shape(sides: list) -> str:
    return "×".join("?" if side is None else str(side) for side in sides) or "that of a single number"


def _compare_sequence(expected: Summary, seen: Summary, what: str) -> str | None:
    if "length" in expected and expected["length"] != seen.get("length"):
        return f"{what} has {seen.get('length')} items, not {expected['length']}"
    if "items" not in expected or "items" not in seen:
        return None
    for place, (a, b) in enumerate(zip(expected["items"], seen["items"], strict=False)):
        found = difference(a, b, f"item {place} of {what}")
        if found:
            return found
    return None


def _compare_mapping(expected: Summary, seen: Summary, what: str) -> str | None:
    if "length" in expected and expected["length"] != seen.get("length"):
        return f"{what} has {seen.get('length')} entries, not {expected['length']}"
    if "items" not in expected or "items" not in seen:
        return None
    for key, item in expected["items"].items():
        if key not in seen["items"]:
            return f"{what} has no entry {key}"
        found = difference(item, seen["items"][key], f"entry {key} of {what}")
        if found:
            return found
    return None


def _compare_set(expected: Summary, seen: Summary, what: str) -> str | None:
    if "length" in expected and expected["length"] != seen.get("length"):
        return f"{what} has {seen.get('length')} items, not {expected['length']}"
    if "items" in expected and expected["items"] != seen.get("items"):
        return f"{what} holds other items"
    return None


def _compare_class(expected: Summary, seen: Summary, what: str) -> str | None:
    missing = [name for name in expected.get("methods", ()) if name not in seen.get("methods", ())]
    if missing:
        return f"{what} has no {missing[0]}"
    if "Module" in expected.get("bases", ()) and "Module" not in seen.get("bases", ()):
        return f"{what} is no nn.Module"
    return None


def _compare_module(expected: Summary, seen: Summary, what: str) -> str | None:
    shapes, found = expected.get("parameters"), seen.get("parameters")
    if shapes is None or found is None:
        return None
    if len(shapes) != len(found):
        return f"{what} has {len(found)} parameter tensors, not {len(shapes)}"
    if all(a is None or b is None or _same_sides(a, b) for a, b in zip(shapes, found, strict=True)):
        return None
    if all(None not in a for a in shapes if a) and sorted(map(str, shapes)) == sorted(map(str, found)):
        return None  # the same layers, registered in another order
    wrong = next((a, b) for a, b in zip(shapes, found, strict=True) if a and b and not _same_sides(a, b))
    return f"a layer of {what} has weights of shape {_shape(wrong[1])}, not {_shape(wrong[0])}"


def _compare_frame(expected: Summary, seen: Summary, what: str) -> str | None:
    shape, other = expected.get("shape"), seen.get("shape")
    if shape is not None and other is not None and not _same_sides(shape, other):
        return f"{what} has {_shape(other)} rows and columns, not {_shape(shape)}"
    for row, (a, b) in enumerate(zip(expected.get("values", ()), seen.get("values", ()), strict=False)):
        found = difference(a, b, f"row {row} of {what}")
        if found:
            return found
    return None


def _compare_other(expected: Summary, seen: Summary, what: str) -> str | None:
    if "model" in expected and "model" in seen:
        return _compare_module(expected["model"], seen["model"], f"the model of {what}")
    if expected.get("type") and seen.get("type") and expected["type"] != seen["type"]:
        return f"{what} is a {seen['type']}, not a {expected['type']}"
    return None


# Of a function only how later steps call it matters, and that is looked at where those are known: see `check_names`.
_COMPARISONS: dict[str, Callable[[Summary, Summary, str], str | None]] = {
    "bool": _compare_value,
    "int": _compare_value,
    "float": _compare_value,
    "text": _compare_value,
    "complex": _compare_value,
    "array": _compare_array,
    "sequence": _compare_sequence,
    "mapping": _compare_mapping,
    "set": _compare_set,
    "class": _compare_class,
    "module": _compare_module,
    "frame": _compare_frame,
    "other": _compare_other,
}


def describe(summary: Summary) -> str:
    """A summary in a few words, for a message: `a tensor of shape 1×10`, `3.14`, `a function`."""
    kind = summary["kind"]
    if kind in ("bool", "int", "float", "text", "complex"):
        named = {"bool": "True or False", "int": "a whole number", "float": "a number", "text": "a text"}
        return _short(summary["value"]) if "value" in summary else named.get(kind, "a number")
    if kind == "array":
        return f"a tensor of shape {_shape(summary['shape'])}" if "shape" in summary else "a tensor"
    if kind == "sequence":
        items = summary.get("items")
        if items is not None and len(items) == summary.get("length") and len(items) <= 8:
            inside = ", ".join(describe(item) for item in items)
            if len(inside) <= 100:
                return f"({inside})"
        return f"a sequence of {summary['length']} items" if "length" in summary else "a sequence"
    if kind == "mapping":
        return f"a dictionary of {summary['length']} entries" if "length" in summary else "a dictionary"
    if kind == "frame":
        return f"a table of {_shape(summary['shape'])}" if "shape" in summary else "a table"
    plain = {"none": "None", "set": "a set", "function": "a function", "class": "a class", "any": "anything"}
    plain |= {"module": "a network", "widget": "a widget", "package": "a module", "bytes": "bytes"}
    return plain.get(kind) or f"a {summary.get('type', 'value')}"
