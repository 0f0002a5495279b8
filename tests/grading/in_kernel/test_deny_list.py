"""Each entry of the deny-list names a cheat; without the entry nobody stops that one's way of spelling it.

What the guard sees while an answer runs is tried in `test_guard.py`, entry by entry.
"""

import pytest
from cheats import CHEATS, SPELT, UNSEEN
from submissions import in_cells

from resnet_live.grading import policy
from resnet_live.grading.in_kernel import deny_list
from resnet_live.grading.statements import parse

TABLES = ("MODULES", "NAMES", "ATTRIBUTES", "INSIDES")
ENTRIES = [(table, entry) for table in TABLES for entry in getattr(deny_list, table)]
SETUP = "import torch, json\nfrom torch import nn"


def told(*sources: str) -> list[str]:
    """What the policy says of these cells by its list, without their places."""
    (notebook,) = in_cells(SETUP, *sources).notebooks
    parsed = parse(notebook)
    assert not parsed.broken, parsed.broken
    found = [line.split(": ", 1)[1] for line in policy.problems(parsed.statements)]
    # that something imported is changed needs no list
    return [line for line in found if not line.startswith("it changes")]


def sources_of(name: str) -> list[str]:
    """The cells of a cheat, in all its spellings."""
    found = [cheat.source for cheat in (*CHEATS, *UNSEEN) if cheat.name == name]
    return found + [f"def answer(x, f, s, frame):\n    {line}" for line in SPELT.get(name, ())]


@pytest.mark.parametrize(("table", "entry"), ENTRIES, ids=lambda one: one)
def test_each_entry_stops_the_cheat_that_it_names(table, entry, monkeypatch):
    name = getattr(deny_list, table)[entry]
    sources = sources_of(name)
    assert sources, f"no cheat is called {name!r}"
    for other in TABLES:
        monkeypatch.setattr(policy, other, {entry: name} if other == table else {})
    stopped = [source for source in sources if any(entry in line for line in told(source))]
    assert stopped, sources
    monkeypatch.setattr(policy, table, {})
    for source in stopped:
        assert not any(entry in line for line in told(source)), told(source)


def test_every_cheat_that_is_spelt_out_is_needed():
    """By an entry of the list."""
    named = {cheat for table in TABLES for cheat in getattr(deny_list, table).values()}
    assert set(SPELT) <= named
    assert {cheat.name for cheat in UNSEEN} <= named
