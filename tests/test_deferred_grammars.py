"""What is deferred is there when it is used, and gives what it gives."""

import subprocess
import sys

import pytest

CODE = """\
import sys
if {deferred}:
    from resnet_live.deferred_grammars import defer_grammars
    defer_grammars()
import jsonschema, nbformat
print("lark" in sys.modules)
checker = jsonschema.FormatChecker()
for kind, text in [("iri", "https://a.b/ü"), ("iri", "no address"), ("iri-reference", "ü/x"), ("iri-reference", "<>")]:
    print(kind, checker.conforms(text, kind))
import rfc3987_syntax
print("lark" in sys.modules, rfc3987_syntax.is_valid_syntax_iri("x:y"), len(rfc3987_syntax.RFC3987_SYNTAX_TERMS))
"""


@pytest.fixture(scope="module")
def said():
    """What the program prints, with the grammars deferred and without."""
    return {
        deferred: subprocess.run(
            [sys.executable, "-c", CODE.format(deferred=deferred)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for deferred in (False, True)
    }


def test_nothing_is_compiled_before_it_is_used(said):
    assert (said[False][0], said[True][0]) == ("True", "False")


def test_what_is_used_gives_the_same(said):
    assert said[True][1:] == said[False][1:]
    assert {line.split()[-1] for line in said[True][1:5]} == {"True", "False"}
