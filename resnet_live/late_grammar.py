"""The grammar of web addresses, compiled when somebody asks for it, and not with each start of a program.

nbformat imports jsonschema, and that `rfc3987_syntax`, which compiles a grammar for two seconds as it is imported: for a format of
which no notebook's schema makes use.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

NAME = "rfc3987_syntax"


def put_off_grammar() -> None:
    """Let `rfc3987_syntax` be imported in this process when something of it is first used. For programs, before they import nbformat;
    where it is imported already, or is not installed, nothing happens."""
    if NAME in sys.modules or (spec := importlib.util.find_spec(NAME)) is None:
        return
    stand_in = ModuleType(NAME)

    def of_the_real_one(name: str) -> Any:
        if name.startswith("__"):  # whoever looks through all modules asks for these
            raise AttributeError(name)
        if sys.modules.get(NAME) is stand_in:
            del sys.modules[NAME]
        return getattr(importlib.import_module(NAME), name)

    vars(stand_in).update(
        __path__=spec.submodule_search_locations,
        __spec__=spec,
        __getattr__=of_the_real_one,
        is_valid_syntax=lambda *given, **named: of_the_real_one("is_valid_syntax")(*given, **named),
    )
    sys.modules[NAME] = stand_in
