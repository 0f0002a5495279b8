"""What an instructor should look at after publishing: what was taken out, shortened, and wrong with the record."""

from collections import Counter
from dataclasses import dataclass, field

from resnet_live.live.recording.redact import PrivateKind

# As many cells are named for a kind of private data.
MOST_CELLS = 8


@dataclass
class PublishReport:
    """`removed`: how often each kind of private data was taken out, by the cell it stood in ("2.7", "" when unknown);
    `shortened`: what was shortened or left out, and `problems`: what is wrong with the record, a sentence each."""

    removed: dict[PrivateKind, Counter[str]] = field(default_factory=dict)
    shortened: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def short(self, text: str, most: int, what: str) -> str:
        """`text`, its middle left out when it has more than `most` characters; then it is noted that `what` was shortened."""
        if len(text) <= most:
            return text
        head, tail = text[: most * 2 // 3], text[-most // 4 :]
        left_out = len(text) - len(head) - len(tail)
        self.shortened.append(f"{what}: {left_out:,} of {len(text):,} characters left out")
        return f"{head}\n… [{left_out:,} characters left out; they are in the record] …\n{tail}"

    def lines(self) -> list[str]:
        """All of it for the screen."""
        lines = [f"Taken out: {_removed_line(kind, found)}" for kind, found in self.removed.items()]
        lines = lines or ["Taken out: nothing looked like a secret or a path."]
        return lines + [f"Shortened: {line}" for line in self.shortened] + [f"Look: {line}" for line in self.problems]


def _removed_line(kind: PrivateKind, found: Counter[str]) -> str:
    cells, times = [cell for cell in found if cell], found.total()
    more = f", and {len(cells) - MOST_CELLS} more" if len(cells) > MOST_CELLS else ""
    where = f" (in {', '.join(cells[:MOST_CELLS])}{more})" if cells else ""
    return f"{kind}: {times:,} {'time' if times == 1 else 'times'}{where}"
