"""Other ways to write down the same answer, as people do: (source, its names) → the cells of a notebook."""

import ast
import re

Cells = list[str]


def as_it_is(source: str, names: tuple[str, ...]) -> Cells:
    return [source]


def made_by_a_function(source: str, names: tuple[str, ...]) -> Cells:
    body = "\n".join(f"    {line}" if line else "" for line in source.splitlines())
    return [f"def lesson():\n{body}\n    return {', '.join(names)}", f"{', '.join(names)} = lesson()"]


def by_another_name(source: str, names: tuple[str, ...]) -> Cells:
    own = {name: f"My{name}" for name in names}
    text = re.sub("|".join(rf"\b{name}\b" for name in names), lambda found: own[found[0]], source)
    return [text, "\n".join(f"{name} = {own[name]}" for name in names)]


def kept_in_a_dict(source: str, names: tuple[str, ...]) -> Cells:
    """Each is noted by a decorator, and taken from there."""
    lines = source.splitlines()
    for node in sorted(ast.parse(source).body, key=lambda node: -node.lineno):
        if getattr(node, "name", None) in names and not node.decorator_list:
            lines.insert(node.lineno - 1, "@note")
    noting = "notes = {}\ndef note(made):\n    notes[made.__name__] = made\n    return made"
    return [noting, "\n".join(lines), *(f"{name} = notes.get('{name}', {name})" for name in names)]


def defined_twice(source: str, names: tuple[str, ...]) -> Cells:
    """A first try stands above."""
    return [*(f"def {name}(*arguments, **options):\n    return 42" for name in names), source]


def among_experiments(source: str, names: tuple[str, ...]) -> Cells:
    return [
        "import no_such_package\nno_such_package.login()",
        "x = 1 / 0",
        source,
        *(f"print({name})" for name in names),
    ]


REWRITES = (as_it_is, made_by_a_function, by_another_name, kept_in_a_dict, defined_twice, among_experiments)
