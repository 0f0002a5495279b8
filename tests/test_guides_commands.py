"""Each command that a guide tells to type is one that there is, with the arguments that it asks for."""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from resnet_live.cli import app

ROOT = Path(__file__).parents[1]
GUIDES = [*ROOT.glob("*.md"), *(ROOT / "book" / "appendices").glob("*.md"), ROOT / "book" / "instructor" / "guide.md"]
# on a line of its own, with what may stand before it, or between backticks
WRITTEN = re.compile(r"^(?:[\w/.-]*/)?resnet-live (.+)$|`(?:[\w/.-]*/)?resnet-live ([^`]+)`", re.MULTILINE)


def parsed(line):
    """The command that the line names; raises an error of the command line's when it asks for something else."""
    command, words = get_command(app), shlex.split(line.replace("…", "1"), comments=True)
    while words and hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    if words:  # else it is only named
        with suppress(typer.Exit):  # --help
            command.make_context(line, words)
    return command


def test_a_line_with_too_little_or_too_much_is_refused():
    for line in ("gradebook export grades moodle", "grade class --outt grades", "live biuld"):
        with pytest.raises((Exception, SystemExit)):
            parsed(line)
    assert parsed("gradebook adjust").name == "adjust"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda file: file.stem)
def test_commands_in_a_guide_can_be_typed(guide, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for folder in ("class", "submissions", "grades"):
        (tmp_path / folder).mkdir()
    (tmp_path / "late.csv").touch()
    for line in [one or other for one, other in WRITTEN.findall(guide.read_text(encoding="utf-8"))]:
        parsed(line)
