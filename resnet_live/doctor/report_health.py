"""The doctor's screen, its JSON and its exit code."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Sequence  # noqa: UP035 - Python 3.8

from resnet_live.doctor.diagnosis import Diagnosis, Health, Use
from resnet_live.doctor.examine import as_data, examine, possible

STYLES = {Health.OK: "green", Health.NOTE: "yellow", Health.PROBLEM: "bold red"}


def main(arguments: Sequence[str]) -> int:
    """`[--json] [use …]`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="resnet-live doctor", description="Say what this machine can do.")
    choices = [use.value for use in Use]
    parser.add_argument(
        "uses", nargs="*", metavar="use", help=f"only these decide on the exit code: {', '.join(choices)}"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.uses if name not in choices]
    if unknown:
        parser.error(f"there is no use {unknown[0]!r}. Uses: {', '.join(choices)}")
    return report([Use(name) for name in options.uses], options.json)


def report(uses: Sequence[Use] = (), as_json: bool = False) -> int:
    """Examine the machine and print it; 1 when one of `uses` (none named: any) is impossible, else 0."""
    found = examine()
    if as_json:
        print(json.dumps(as_data(found), indent=1))
    else:
        show(found)
    able = possible(found)
    return 0 if all(able[use] for use in uses or Use) else 1


def show(found: Sequence[Diagnosis]) -> None:
    """One screen: a table where rich is installed, else plain lines."""
    able = possible(found)
    can = [use.value for use, fine in able.items() if fine]
    cannot = [use.value for use, fine in able.items() if not fine]
    summary = f"This machine can {', '.join(can) or 'do nothing of the course yet'}."
    if cannot:
        summary += f" It cannot {', '.join(cannot)}: see the lines marked problem."
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        for one in found:
            print(f"{one.health.value:8} {one.subject}: {one.says}")
            if one.remedy:
                print(f"{'':8} -> {one.remedy}")
        print(summary)
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    for one in found:
        words = Text(one.says)
        if one.remedy:
            words.append(f"\n{one.remedy}", style="italic")
        table.add_row(Text(one.health.value, style=STYLES[one.health]), one.subject, words)
    console = Console()
    # a pipe or a log has no width: paths stay in one piece
    (console if console.is_terminal else Console(width=160, file=sys.stdout)).print(table)
    print(f"\n{summary}")
