"""An answer written as an edit of another one. The edit stands in comment lines, each step on the text that the step before left:

# replace: old → new           `old` stands once in the text
# replace all: old → new       it stands there twice or more
# remove: old                  it stands there once; a line that is left empty goes too
# diff:                        whole lines, as `diff -u` writes them: found once, the marked ones removed and added
#      opt.zero_grad()
# -    loss.backward()
# +    loss.sum().backward()
"""

import re

STEP = re.compile(r"# (replace all|replace|remove|diff):(?: (.+))?$")


def edited(base: str, lines: list[str]) -> str:
    """The text that the edit in `lines` makes of `base`.

    Raises ValueError, with the line, for what is no edit, does not apply, or changes nothing.
    """
    text, lines = base, list(lines)
    while lines:
        line = lines.pop(0)
        step = STEP.match(line)
        if not step or (step[1] == "diff") != (step[2] is None):
            raise ValueError(f"no edit: {line!r}")
        if step[1] == "diff":
            block = []
            while lines and not STEP.match(lines[0]):
                block.append(lines.pop(0))
            text = _patched(text, block)
        else:
            text = _replaced(text, step[1], step[2])
    if text == base:
        raise ValueError("the edit changes nothing")
    return text


def _replaced(text: str, verb: str, change: str) -> str:
    old, *new = [change] if verb == "remove" else change.split(" → ")
    if len(new) != (verb != "remove"):
        raise ValueError(f"not 'old → new': {change!r}")
    count = text.count(old)
    if count == 0 or (count > 1) != (verb == "replace all"):
        raise ValueError(f"found {count} times, so no {verb!r}: {old!r}")
    if new == [old]:
        raise ValueError(f"changes nothing: {change!r}")
    if new:
        return text.replace(old, new[0])
    before, after = text.split(old)
    start, end = before.rpartition("\n")[2], after.partition("\n")[0]
    if (start + end).strip():
        return before + after
    return before.removesuffix(start) + after.removeprefix(end).removeprefix("\n")


def _patched(text: str, block: list[str]) -> str:
    """The text after one block of a diff."""
    marked = [re.fullmatch(r"# ?([ +-]?)(.*)", line) for line in block]
    if None in marked or not any(mark[1] in {"+", "-"} for mark in marked):
        raise ValueError(f"no lines of a diff with a change: {block}")
    old = [mark[2] for mark in marked if mark[1] != "+"]
    new = [mark[2] for mark in marked if mark[1] != "-"]
    if old == new:
        raise ValueError(f"changes nothing: {block}")
    lines = text.split("\n")
    places = [n for n in range(len(lines)) if lines[n : n + len(old)] == old] if old else []
    if len(places) != 1:
        raise ValueError(f"lines of a diff found {len(places)} times: {old}")
    lines[places[0] : places[0] + len(old)] = new
    return "\n".join(lines)
