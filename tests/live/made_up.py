"""Cells of a made-up chapter."""

from nbformat.v4 import new_code_cell


def step(number: str, source: str, kind: str = "typed", raises: bool = False, minutes: float = 1, **more):
    """A code cell with step metadata."""
    meta = {"step": number, "kind": kind, "minutes": minutes, "note": f"Note of {number}.", **more}
    return new_code_cell(source, metadata={"resnet_live": meta, "tags": ["raises-exception"] if raises else []})


def play(say, state, *numbers: str) -> str:
    """Run steps of the open chapter as it has them; returns what was shown by the last."""
    shown = ""
    for number in numbers:
        shown = say(state.require_chapter().step(number).code)
    return shown
