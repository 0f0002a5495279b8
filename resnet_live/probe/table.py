"""The table that the probe fills in, as text and as HTML."""

import re
import sys
from dataclasses import dataclass, field
from html import escape

from resnet_live.palette import css
from resnet_live.probe.describe import ordinal, shapes

NUMBERS = {"mean", "std", "zeros", "parameters"}
LAST_CALLEES = 6
BEFORE_NUMBER = re.compile(r"(?<=[a-z]) (?=\d)")  # in "padding 1": no line ends there


@dataclass
class CallRow:
    """One call of one module.

    `inputs`, `outputs`: the shapes of the tensors that went in and came out (`outputs` is None when nothing came out);
    `parameters`: the module's own, 0 on later calls; `call`: 1 for the first call; `error`: the first line of what this
    module raised; `stats`: (mean, standard deviation, share of zeros) of the output, when asked for; `callees`: the
    calls that this one made.
    """

    name: str
    what: str
    depth: int
    inputs: list[tuple[int, ...]]
    parameters: int
    call: int = 1
    outputs: list[tuple[int, ...]] | None = None
    error: str | None = None
    stats: tuple[float, float, float] | None = None
    callees: "list[CallRow]" = field(default_factory=list, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The name, and which call this is when it is not the first."""
        return self.name + (f" ({ordinal(self.call)} call)" if self.call > 1 else "")


@dataclass(repr=False)
class ShapeTable:
    """What `probe` saw.

    `rows`: the calls in their order; `total_parameters`: of the whole model, shared ones once; `not_called`: modules
    that took no part; `opaque`: TorchScript modules, whose inside cannot be watched; `failed`: the row of the innermost
    module that raised the exception which ended a call of the model, or None.
    """

    model: str
    total_parameters: int
    rows: list[CallRow] = field(default_factory=list)
    not_called: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    failed: CallRow | None = None
    with_stats: bool = False

    def __str__(self) -> str:
        header = self._header()
        table = [header, *map(self._cells, self.rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(header))]
        lines = []
        for cells in table:
            columns = zip(header, cells, widths, strict=True)
            padded = (cell.rjust(width) if name in NUMBERS else cell.ljust(width) for name, cell, width in columns)
            lines.append("  ".join(padded).rstrip())
        return "\n".join([*lines, *self._notes(), *self._failures()])

    __repr__ = __str__  # what IPython shows in a terminal

    def _repr_html_(self) -> str:
        caption = escape(f"What went through {self.model}")
        header = self._header()
        head = "".join(f'<th scope="col" style="{_align(name)}">{escape(name)}</th>' for name in header)
        body = "".join(self._html_row(row, header) for row in self.rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        notes += "".join(f'<p style="color: {css("error")}">{escape(note)}</p>' for note in self._failures())
        table = (
            f'<table class="rl-table" style="color: inherit; border-collapse: collapse"><caption>{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
        # A wide table scrolls in its box; the box takes the focus so that the arrow keys can scroll it.
        box = f'class="rl-probe" role="group" tabindex="0" aria-label="{caption}" style="overflow-x: auto"'
        return f"<div {box}>{table}</div>{notes}"

    def _html_row(self, row: CallRow, header: list[str]) -> str:
        colour = f"; color: {css('error')}" if row.error is not None else ""
        _, *rest = (BEFORE_NUMBER.sub("&nbsp;", escape(text)) for text in self._cells(row))
        cells = "".join(
            f'<td style="{_align(column)}{colour}"><code style="color: inherit">{text}</code></td>'
            for column, text in zip(header[1:], rest, strict=True)
        )
        indent = f"{_align('module')}{colour}; padding-left: {0.4 + row.depth:.1f}em"
        name = f'<code style="color: inherit">{escape(row.label)}</code>'
        return f'<tr><th scope="row" style="{indent}">{name}</th>{cells}</tr>'

    def _header(self) -> list[str]:
        stats = ["mean", "std", "zeros"] if self.with_stats else []
        return ["module", "what", "in", "out", *stats, "parameters"]

    def _cells(self, row: CallRow) -> list[str]:
        if row.error is not None:
            out = "raised"
        else:
            out = "not reached" if row.outputs is None else shapes(row.outputs)
        stats = []
        if self.with_stats:
            stats = ["–"] * 3 if row.stats is None else [f"{row.stats[0]:.3g}", f"{row.stats[1]:.3g}"]
            stats += [] if row.stats is None else [f"{row.stats[2]:.0%}"]
        return ["  " * row.depth + row.label, row.what, shapes(row.inputs), out, *stats, f"{row.parameters:,}"]

    def _notes(self) -> list[str]:
        notes = [f"{self.total_parameters:,} parameters in all"]
        if self.not_called:
            notes.append(f"not called: {', '.join(self.not_called)}")
        if self.opaque:
            notes.append(f"not watched, because it is TorchScript: {', '.join(self.opaque)}")
        return notes

    def _failures(self) -> list[str]:
        raised = [row for row in self.rows if row.error is not None]
        caught = [f"{self._story(row)}. That was caught." for row in raised if row is not self.failed]
        return caught + ([self._story(self.failed)] if self.failed else [])

    def _story(self, row: CallRow) -> str:
        story = f"{row.label}: {row.what} got {shapes(row.inputs)} and raised: {row.error}"
        done = [f"{callee.label} → {shapes(callee.outputs)}" for callee in row.callees if callee.outputs is not None]
        if done:
            # TorchScript inside may have raised instead: then only the order is known.
            inside = "" if row.name == "(model)" else f"{row.name}."
            own = "" if any(name.startswith(inside) for name in self.opaque) else " in its own forward,"
            left_out = ["…"] if len(done) > LAST_CALLEES else []
            story += f". It failed{own} after {', '.join(left_out + done[-LAST_CALLEES:])}"
        return story


def _align(column: str) -> str:
    return f"text-align: {'right' if column in NUMBERS else 'left'}"


def show(report: ShapeTable) -> None:
    """Put the report before the reader at once: the table in a notebook, text on standard output elsewhere."""
    try:
        from IPython import get_ipython
    except ImportError:
        get_ipython = None
    if get_ipython is not None and get_ipython() is not None:
        from IPython.display import display

        display(report)
        return
    try:
        print(report)
    except UnicodeEncodeError:  # a console without the arrow, as on Windows with code page 1252
        encoding = sys.stdout.encoding
        print(str(report).encode(encoding, errors="replace").decode(encoding))
