"""No program of ours compiles the grammar of web addresses as it starts, and who needs it has it."""

import subprocess
import sys
from pathlib import Path

import resnet_live
from resnet_live.import_closure import import_closure

PACKAGE = Path(resnet_live.__file__).parent
# In place of the real one, which takes two seconds.
GRAMMAR = """
print("compiled")
def is_valid_syntax(rule, text):
    return rule == "iri" and " " not in text
other = 42
"""
ASKED = """
import sys
from resnet_live.late_grammar import put_off_grammar
put_off_grammar()
import jsonschema
assert [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print("imported")
draft = jsonschema.Draft202012Validator
address = draft({"format": "iri"}, format_checker=draft.FORMAT_CHECKER)
print(address.is_valid("https://a.b"), address.is_valid("https://a. b"))
import rfc3987_syntax
print(rfc3987_syntax.other)
"""


def said(folder, source):
    (folder / "rfc3987_syntax.py").write_text(GRAMMAR)
    command = [sys.executable, "-c", source]
    path = f"{folder}:{PACKAGE.parent}" if sys.platform != "win32" else f"{folder};{PACKAGE.parent}"
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env={"PYTHONPATH": path, "HOME": str(folder)}, check=True
    )
    return done.stdout.splitlines()


def test_it_is_compiled_with_the_first_question(tmp_path):
    assert said(tmp_path, ASKED) == ["imported", "compiled", "True False", "42"]


def test_the_command_puts_it_off(tmp_path):
    source = "from resnet_live.cli import main\nmain()\nimport jsonschema\nprint('imported')"
    assert said(tmp_path, source) == ["imported"]


def test_what_judges_reads_no_notebook():
    """Each judging process would compile it."""
    for file in import_closure([PACKAGE / "grading" / "judge_observation.py"], PACKAGE):
        assert "import nbformat" not in file.read_text(encoding="utf-8"), file
