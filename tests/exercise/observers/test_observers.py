"""The observers run where nothing else of the package is."""

import ast
from pathlib import Path

import pytest

from resnet_live.exercise import observers

FILES = sorted(Path(observers.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_observer_imports_its_own_folder_by_relative_imports_and_nothing_else_of_the_package(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level < 2
            assert not (node.module or "").startswith("resnet_live")
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("resnet_live") for alias in node.names)
