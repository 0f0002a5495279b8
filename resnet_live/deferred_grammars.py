"""Notebooks are read a second sooner: grammars that checking a notebook never uses are compiled when somebody asks for them."""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

# 38 grammars of international addresses, compiled at its import; jsonschema, and so nbformat, imports it for the formats "iri" and
# "iri-reference", which the schemas of notebooks do not have.
PACKAGE = "rfc3987_syntax"


class _Deferred(ModuleType):
    """Stands for the package until one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _real_function if name == "is_valid_syntax" else getattr(_real(), name)


def defer_grammars() -> None:
    """Let an `import rfc3987_syntax` cost nothing in this process until the package is used. Call it before nbformat is imported."""
    if PACKAGE in sys.modules or (spec := importlib.util.find_spec(PACKAGE)) is None:
        return
    stand_in = _Deferred(PACKAGE)
    stand_in.__spec__, stand_in.__path__ = spec, list(spec.submodule_search_locations or ())
    sys.modules[PACKAGE] = stand_in


def _real() -> ModuleType:
    if isinstance(sys.modules.get(PACKAGE), _Deferred):
        del sys.modules[PACKAGE]
    return importlib.import_module(PACKAGE)


def _real_function(term: str, value: str) -> bool:
    return _real().is_valid_syntax(term, value)
