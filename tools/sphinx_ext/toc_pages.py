"""Which pages _toc.yml lists."""

from pathlib import Path

import yaml


def expected_pages(root: Path) -> list[str]:
    """The pages that _toc.yml promises, as paths without suffix, in order."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(node[key] for key in ("root", "file") if key in node)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    return found
