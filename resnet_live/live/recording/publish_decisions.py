"""What no program can decide before a class is published: names of files, listings and names of machines that are left in it."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from resnet_live.live.recording.clean_outputs import joined, texts
from resnet_live.live.recording.published_run import PublishedRun
from resnet_live.live.recording.redact import plain


class DecisionKind(StrEnum):
    """What the instructor looks at."""

    FILE_NAME = "file name"
    LISTING = "listing"
    HOST_NAME = "host name"


@dataclass(frozen=True)
class Decision:
    """`text`: what is left in the cells with these `numbers`, from 1, and may be private."""

    kind: DecisionKind
    text: str
    numbers: tuple[int, ...]

    @property
    def line(self) -> str:
        """For the screen."""
        cells = ", ".join(map(str, self.numbers))
        return f"{self.kind} {self.text} (cell {cells})"


_ENDINGS = (
    "csv|tsv|xlsx?|docx?|odt|ods|pptx?|pdf|txt|md|jsonl?|toml|ya?ml|ini|cfg|env|png|jpe?g|gif|svg|webp|mp4|zip|tar|gz|pth|pt|pkl|h5|"
    "npy|npz|parquet|ipynb|py|sh|log|db|sqlite|key|pem"
)
_FILE = re.compile(rf"(?<![\w.@])[\w-][\w .-]{{0,60}}?\.(?:{_ENDINGS})(?![\w(.])")
_QUOTED = re.compile(r"([\"'])((?:(?!\1)[^\\\n]){1,200})\1")
_LISTS = re.compile(
    r"(?:^|\n)\s*[!%]\s*(?:ls|dir|find|tree|du|ps|env|history)\b|\b(?:listdir|scandir|iterdir|r?glob|walk|ls)\s*\("
)
_HOST = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,5}"
    r"(?:com|org|net|edu|gov|io|ai|co|dev|app|info|school|cloud|local|lan|intern|internal|example|"
    r"de|fr|uk|it|es|nl|ch|at|se|no|fi|dk|pl|jp|cn|in|br|au|ca|eu)(?![\w(-]|\.\w)",
    re.IGNORECASE,
)
# Everybody's: they identify nobody.
_PUBLIC = (
    "pytorch.org",
    "python.org",
    "fast.ai",
    "github.com",
    "githubusercontent.com",
    "huggingface.co",
    "arxiv.org",
    "pypi.org",
)


def decisions(runs: Sequence[PublishedRun]) -> list[Decision]:
    """What is left in `runs` for the instructor to decide about, by kind, in the order in which it is met."""
    found: dict[tuple[DecisionKind, str], list[int]] = defaultdict(list)

    def note(kind: DecisionKind, text: str, number: int) -> None:
        numbers = found[kind, text]
        if number not in numbers:
            numbers.append(number)

    for number, run in enumerate(runs, start=1):
        if match := _LISTS.search(run.cell.source):
            note(DecisionKind.LISTING, f"`{match[0].strip()}`", number)
        shown = [plain(text) for text in texts(o for o in run.cell.outputs if o["output_type"] != "error")]
        quoted = [match[2] for match in _QUOTED.finditer(run.cell.source)]
        for text in [*quoted, *shown]:
            for match in _FILE.finditer(text):
                note(DecisionKind.FILE_NAME, match[0].strip(), number)
        for text in [run.cell.source, *shown]:
            for match in _HOST.finditer(joined(text)):
                if not any(match[0].lower() == public or match[0].lower().endswith(f".{public}") for public in _PUBLIC):
                    note(DecisionKind.HOST_NAME, match[0], number)
    order = list(DecisionKind)
    made = [Decision(kind, text, tuple(numbers)) for (kind, text), numbers in found.items()]
    return sorted(made, key=lambda decision: order.index(decision.kind))


def preview(runs: Sequence[PublishedRun]) -> list[str]:
    """A line for each cell: its number, step, first line, and whether it failed."""
    lines = []
    for number, run in enumerate(runs, start=1):
        code = run.cell.source.strip().splitlines()
        code = [line for line in code if not line.startswith("#")] or code or [""]
        failed = f"  {run.cell.error}" if run.cell.error else ""
        lines.append(f"{number:4}  {run.cell.step or '':5} {code[0][:70]}{failed}")
    return lines


def chosen(text: str, most: int) -> set[int]:
    """The cells of "3, 5-7"; `most`: the number of the last. Raises ValueError, which names what is none."""
    found: set[int] = set()
    for part in filter(None, re.split(r"[,\s]+", text.strip())):
        match = re.fullmatch(r"(\d+)(?:[-–](\d+))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= most:
            raise ValueError(f"{part!r} is no cell: write numbers from 1 to {most}, like 3 or 5-7")
        found |= set(range(first, last + 1))
    return found
