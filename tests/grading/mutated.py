"""Valid notebooks, spoilt at random: in their bytes, their JSON, their cells, their code. The same number gives the same notebook."""

import json
import random
from collections.abc import Callable

from tricks import ROUTES

JUNK = [
    None,
    True,
    -1,
    1e400,
    10**40,
    "",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"": ""},
    "x" * 3000,
    "\u202e",
    "%%bash\nls",
    float("nan"),
]
KEYS = [
    "cells",
    "cell_type",
    "source",
    "metadata",
    "nbformat",
    "outputs",
    "worksheets",
    "id",
    "tags",
    "nbgrader",
    "resnet_live",
]
LINES = [
    "%matplotlib inline",
    "!pip install torch",
    "%%time",
    "%%html",
    "?torch",
    "x = (",
    '"""',
    "\t return",
    "    raise NotImplementedError",
    "import torch; from torch import *",
    "lambda: (yield)",
    "await x",
    "del conv_out",
    "class conv_out: pass",
    "f'{x!r:{y}}' f\"",
    "match x:\n    case _: pass",
    "print('\N{PILE OF POO}' '\\ud800')",
    "\x0c\x1a\x00",
    "use = check = None",
    'check("2.1", conv_out)',
    "globals().clear()",
    "\\",
    "#" * 500,
    "(" * 300,
    "-" * 3000 + "1",
    "1" + "+1" * 3000,
    "x" + ".a" * 3000,
]


def mutated(notebook: dict, number: int, codes: bool = True) -> bytes:
    """The notebook with one to four faults. `codes`: in its code too, and in its bytes."""
    chance = random.Random(number)
    tree = json.loads(json.dumps(notebook))
    faults: list[Callable] = [_structure, _cells, _cells, _forged] + [_code, _code] * codes
    for fault in chance.choices(faults, k=chance.randint(1, 4)):
        # what an earlier one has spoilt is spoilt enough
        if isinstance(tree.get("cells"), list) and tree["cells"]:
            fault(tree, chance)
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5, indent=chance.choice([None, 1]))
    data = text.encode(chance.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"]), "surrogatepass")
    return _bytes(data, chance) if codes and chance.random() < 0.25 else data


def _places(tree, found):
    """All (container, key) of the tree."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        found.append((tree, key))
        if isinstance(tree[key], (dict, list)):
            _places(tree[key], found)
    return found


def _structure(tree, chance):
    places = _places(tree, [])
    container, key = chance.choice([one for one in places if one[1] in KEYS] if chance.random() < 0.5 else places)
    if _answers([container[key]]) or _answers([container]):
        return
    how = chance.randrange(4)
    if how == 0:
        del container[key]
    elif how == 1:
        container[key] = chance.choice(JUNK)
    elif how == 2:
        container[key] = [container[key], chance.choice(JUNK)]
    elif isinstance(container, dict):
        container[chance.choice(KEYS)] = chance.choice(JUNK)


def _answers(parts):
    """Does an answer stand in there? It is left to `_code`."""
    return any("def " in text or "class " in text for text in map(json.dumps, parts))


def _cells(tree, chance):
    cells = tree["cells"]
    here, there = chance.randrange(len(cells)), chance.randrange(len(cells))
    how = chance.randrange(7)
    if how == 0:
        del cells[here]
    elif how == 1:
        cells.insert(there, json.loads(json.dumps(cells[here])))
    elif how == 2:
        cells[here], cells[there] = cells[there], cells[here]
    elif how == 3:
        chance.shuffle(cells)
    elif how == 4 and isinstance(cells[here], dict):
        cells[here]["cell_type"] = chance.choice(["raw", "markdown", "heading", "sql", 3])
    elif how == 5 and isinstance(cells[here], dict):
        cells[here]["source"] = str(cells[here].get("source", "")).splitlines(True)
    else:
        cells.insert(here, {"cell_type": "code", "source": chance.choice(LINES), "outputs": [{"outputs": [{}]}] * 3})


class _Dotted(dict):
    """A tree whose keys are attributes too, as the tricks use them."""

    __getattr__ = dict.__getitem__


def _forged(tree, chance):
    """One of the tricks against nbmake; where the tree is too spoilt for it, nothing."""
    trick = ROUTES[chance.choice(list(ROUTES))]
    dotted = json.loads(json.dumps(tree), object_hook=_Dotted)
    try:
        trick(dotted)
    except (AttributeError, KeyError, TypeError):
        return
    tree.clear()
    tree.update(json.loads(json.dumps(dotted)))


def _code(tree, chance):
    cell = chance.choice(tree["cells"])
    if not isinstance(cell, dict) or not isinstance(cell.get("source"), str) or not cell["source"]:
        return
    lines = cell["source"].split("\n")
    here = chance.randrange(len(lines))
    how = chance.randrange(7)
    if how == 0:
        del lines[here]
    elif how == 1:
        lines.insert(here, chance.choice(LINES))
    elif how == 2:
        lines[here] = " " * chance.randrange(9) + lines[here].strip()
    elif how == 3 and lines[here]:
        at = chance.randrange(len(lines[here]))
        lines[here] = (
            lines[here][:at]
            + chance.choice(["(", ")", ":", "'", "\\", "é", "\u2028", "\t", ""])
            + lines[here][at + 1 :]
        )
    elif how == 4:
        lines.append(lines[here])
    elif how == 5:
        lines = [part for line in lines for part in (line, "")]
    else:
        cell["source"] = "\r\n".join(lines)
        return
    cell["source"] = "\n".join(lines)


def _bytes(data, chance):
    at, size = chance.randrange(len(data)), chance.randrange(1, 200)
    how = chance.randrange(5)
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + data[at + size :]
    if how == 2:
        return data[:at] + chance.randbytes(size) + data[at:]
    if how == 3:
        return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    return data[:at] + data[at : at + size] * 50 + data[at:]
