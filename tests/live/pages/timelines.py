"""A plan of a session, a step of a chapter, and what stands in the rows of a timeline."""

import re

from nbformat.v4 import new_code_cell

GOOD = """
title = "Small"
minutes = 14
summary = "Short."
[[item]]
talk = "Hello."
minutes = 1
[[item]]
steps = "2.1-2.2, 2.4"
[[item]]
exercise = "2.3"
[[item]]
discussion = "Why?"
minutes = 2
[[cut]]
leave = "2.4"
say = "Nothing is lost."
"""


def a_step(number, source, kind="typed", minutes=2, **more):
    meta = {"step": number, "kind": kind, "minutes": minutes, "note": f"Note {number}.", "prompt": f"Prompt {number}"}
    return new_code_cell(source, metadata={"resnet_live": meta, **more})


def rows(page):
    """(kind, clock in minutes, length) of each row of a timeline."""
    pattern = (
        r"\{container\} rl-row rl-(\w+)\n<p class=\"rl-clock\"><b>(\d+):(\d\d)</b>(?: <small>([\d.]+) min</small>)?"
    )
    return [(kind, 60 * int(h) + int(m), float(long or 0)) for kind, h, m, long in re.findall(pattern, page)]
