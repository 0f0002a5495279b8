"""Two versions of code, as lines taken out and put in."""

import difflib
import re


def diff(before: str, after: str, around: int = 3) -> list[tuple[str, str]]:
    """Lines of a unified difference as (sign, text); the sign is "+", "-", " " or "…" where unchanged lines are left out."""
    lines, first = [], True
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=around))[2:]:
        if line.startswith("@@"):
            if not first:
                lines.append(("…", ""))
            first = False
        else:
            lines.append((line[0], line[1:]))
    return lines


def changed_words(old: str, new: str) -> tuple[list[tuple[bool, str]], list[tuple[bool, str]]]:
    """Two versions of a line as pieces (changed?, text). Lines that share little are changed as a whole."""
    a, b = (re.findall(r"\w+|\s+|[^\w\s]", line) for line in (old, new))
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < 0.5:
        return [(True, old)], [(True, new)]
    left: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    for what, i, j, k, m in matcher.get_opcodes():
        for pieces, words in ((left, a[i:j]), (right, b[k:m])):
            if words:
                pieces.append((what != "equal", "".join(words)))
    return left, right
