"""Whether what a step shows, as a value or as text, is what it should show."""

import ast
import re
from typing import Any

from resnet_live.live.check.compare_values import Raised, alike, describe_value, plain_value
from resnet_live.live.check.verdict import Finding, StepStatus
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.recording.clean_outputs import joined

_VALUE = re.compile(
    r"(?<![\w.])[-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?(?!\w)|\b(?:True|False)\b|(?<!\w)-?\b(?:nan|inf)\b"
)
# Functions that ask whether things agree: False is then no other answer to another question.
_ASK = ("equal", "allclose", "isclose", "all", "eq")


def check_value(wanted: Any, cells: list[ExecutedCell]) -> Finding:
    """What is to say about the value that the cells of a step show, as a value or printed; `wanted`: with None for what is free."""
    if isinstance(wanted, Raised):
        return Finding(StepStatus.RAN, "What it shows cannot be compared: names that the step uses are not there.")
    planned = describe_value(wanted)
    shown = [cell for cell in cells if cell.has_result]
    for cell in shown:
        if alike(wanted, cell.result):
            return Finding(StepStatus.RIGHT, f"It shows {planned}.")
    for cell in shown:
        if _same_form(wanted, cell.result) and _same_question(wanted, cell.result, cell.source):
            return Finding(StepStatus.NOT_YET, f"It shows {describe_value(cell.result)}, not {planned}.")
    atoms = _atoms(wanted)
    seen = _printed(cells, len(atoms))
    # Of rows of numbers nothing may stand between them: a larger table would hold them too.
    together = isinstance(wanted, list) and all(isinstance(row, list) for row in wanted)
    if any(atom is not None for atom in atoms) and _in_order(atoms, seen, together):
        return Finding(StepStatus.RIGHT, f"{planned} stands in what it shows.")
    if not any(output["output_type"] != "error" for cell in cells for output in cell.outputs):
        return Finding(None, f"Nothing is shown. The step shows {planned}: put it on the last line, or print it.")
    return Finding(None, f"The step shows {planned}. Compare yourself.")


def _same_form(wanted: Any, seen: Any) -> bool:
    """Whether the same kinds of things stand in the same places. A number with decimals may be meant in another unit."""
    if wanted is None:
        return True
    if isinstance(wanted, list | tuple):
        items = list(seen) if isinstance(seen, list | tuple) else None
        return items is not None and len(items) == len(wanted) and all(map(_same_form, wanted, items))
    one, other = plain_value(wanted), plain_value(seen)
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool)
    return (isinstance(one, int) and isinstance(other, int)) or alike(one, other)


def _same_question(wanted: Any, seen: Any, source: str) -> bool:
    """Whether each True or False that differs answers a question of the same kind: "are they equal?", not "is it too large?"."""
    try:
        last = ast.parse(source).body[-1]
    except (SyntaxError, IndexError):
        return False
    asked = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(wanted, list | tuple):
        return alike(wanted, seen) or not isinstance(plain_value(wanted), bool) or _asks_for_equality(asked)
    parts = asked.elts if isinstance(asked, ast.Tuple | ast.List) else [asked] * len(wanted)
    if len(parts) != len(wanted):
        return False
    return all(
        alike(one, other) or not isinstance(one, bool) or _asks_for_equality(part)
        for one, other, part in zip(wanted, seen, parts, strict=True)
    )


def _asks_for_equality(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Compare):
        return all(isinstance(op, ast.Is | ast.Eq) for op in node.ops)
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in _ASK:
            return not any(isinstance(inner, ast.NotEq | ast.Gt | ast.GtE | ast.Not) for inner in ast.walk(node))
        return name in ("bool", "item") and _asks_for_equality(
            node.args[0] if node.args else getattr(node.func, "value", None)
        )
    return False


def _atoms(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [atom for item in value for atom in _atoms(item)]
    return [plain_value(value)]


def _printed(cells: list[ExecutedCell], most: int) -> list[Any]:
    """The numbers, True and False in what was shown as text, in their order. A row of more than `most` is left out: it was compared
    as a whole, and may hold those that are wanted by chance."""
    found: list[Any] = []
    for cell in cells:
        atoms = _atoms(cell.result) if isinstance(cell.result, list | tuple) else []
        longer = len(atoms) > most and all(isinstance(atom, bool | int | float) for atom in atoms)
        for output in cell.outputs:
            if not (longer and output["output_type"] == "execute_result"):
                text = joined(output.get("text") or output.get("data", {}).get("text/plain", ""))
                text = re.sub(r"(?<=\d)\s?[x×]\s?(?=\d)", " × ", text).replace("_", " ")
                found += map(_read, _VALUE.findall(text))
    return found


def _read(text: str) -> bool | int | float:
    if text in ("True", "False"):
        return text == "True"
    bare = text.replace(",", "").replace("−", "-")
    return int(bare) if re.fullmatch(r"[-+]?\d+", bare) else float(bare)


def _in_order(wanted: list[Any], seen: list[Any], together: bool) -> bool:
    """Whether the values stand in `seen` in this order, whatever stands between them. True and False are answers: none may be
    left over."""
    asked, answers = ([atom for atom in values if isinstance(atom, bool)] for values in (wanted, seen))
    if asked and answers != asked:
        return False
    if together:
        starts = range(len(seen) - len(wanted) + 1)
        return any(alike(wanted, seen[start : start + len(wanted)]) for start in starts)
    rest = iter(seen)
    return all(any(alike(one, other) for other in rest) for one in wanted if one is not None)
