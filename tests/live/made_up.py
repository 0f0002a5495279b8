"""Cells of a made-up chapter."""

from nbformat.v4 import new_code_cell


def step(number: str, source: str, kind: str = "typed", raises: bool = False, minutes: float = 1, **more):
    """A code cell with step metadata."""
    meta = {"step": number, "kind": kind, "minutes": minutes, "note": f"Note of {number}.", **more}
    return new_code_cell(source, metadata={"resnet_live": meta, "tags": ["raises-exception"] if raises else []})
