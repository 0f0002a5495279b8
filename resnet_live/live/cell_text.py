"""The text of a cell of a live notebook: its code, apart from the step's header and from our own commands."""

import ast
import re
import textwrap

from resnet_live.live.chapter import step_of

COMMANDS = (
    "chapter",
    "plan",
    "agenda",
    "stage",
    "next",
    "peek",
    "catchup",
    "mistake",
    "where",
    "check",
    "check_step",
    "record",
    "export",
    "remote",
    "share",
    "vote",
    "timer",
    "live",
)

_COMMAND_LINE = re.compile(rf"\s*%{{1,2}}(?:(?:{'|'.join(COMMANDS)})\b|(?:re|un)?load_ext\s+resnet_live\.live\b)")


def body(source: str) -> str:
    """The code of a cell without our commands, the step's header, and blanks that do not matter: two cells can be compared."""
    lines = [line.rstrip() for line in without_commands(textwrap.dedent(source)).splitlines()]
    if lines and step_of(lines[0]):
        lines = lines[1:]
    return "\n".join(lines).strip("\n")


def without_commands(source: str) -> str:
    """`source` without the lines of our own commands, and without what is then blank at its ends."""
    return "\n".join(line for line in source.splitlines() if not _COMMAND_LINE.match(line)).strip("\n")


def same_code(one: str, other: str) -> bool:
    """Whether two pieces of code are the same but for layout and comments; what is no Python must be the same text."""
    try:
        return one == other or ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError):
        return False


def only_commands(source: str) -> bool:
    """Whether a cell holds our own commands and nothing else than comments and blank lines beside them."""
    lines = [line.strip() for line in source.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return bool(lines) and all(_COMMAND_LINE.match(line) for line in lines)
