"""Look inside a model: the shapes that go through every layer, and how far it got when it failed.

    with probe(model) as report:
        model(torch.randn(1, 3, 128, 128))
    report          # a table in a notebook, text elsewhere

The tool is PyTorch's forward hooks (`torch.nn.Module.register_forward_hook`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

import torch
from torch import nn

from resnet_live.palette import css


@dataclass
class Row:
    """One call of one module.

    `inputs`, `outputs`: the shapes of the tensors that went in and came out; `parameters`: the module's own, 0 on
    later calls; `call`: 1 for the first call; `error`: what this module raised; `stats`: (mean, standard deviation,
    share of zeros) of the output, when asked for.
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


@dataclass
class Report:
    """What `probe` saw: `rows` in the order of the calls; `not_called`: modules that took no part."""

    model: str
    total_parameters: int
    rows: list[Row] = field(default_factory=list)
    not_called: list[str] = field(default_factory=list)
    with_stats: bool = False

    @property
    def failed(self) -> Row | None:
        """The innermost module that raised, or None."""
        return next((row for row in reversed(self.rows) if row.error), None)

    def __str__(self) -> str:
        table = [self._header(), *map(self._cells, self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
        ]
        return "\n".join([*lines, *self._notes()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in self._header())
        body = ""
        for row in self.rows:
            name, *rest = self._cells(row)
            colour = f' style="color: {css("error")}"' if row.error else ""
            cells = "".join(f"<td><code{colour}>{escape(text)}</code></td>" for text in rest)
            indent = f' style="padding-left: {0.4 + row.depth:.1f}em; text-align: left"'
            body += f'<tr><th scope="row"{indent}><code>{escape(name.strip())}</code></th>{cells}</tr>'
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        caption = f"<caption>What went through {escape(self.model)}</caption>"
        table = f'<table class="rl-table">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return f'<div class="rl-probe" style="overflow-x: auto">{table}{notes}</div>'

    def _header(self) -> list[str]:
        stats = ["mean", "std", "zeros"] if self.with_stats else []
        return ["module", "what", "in", "out", *stats, "parameters"]

    def _cells(self, row: Row) -> list[str]:
        name = "  " * row.depth + row.name + (f" ({ordinal(row.call)} call)" if row.call > 1 else "")
        if row.error:
            out = "raised"
        else:
            out = "not reached" if row.outputs is None else shapes(row.outputs)
        stats = []
        if self.with_stats:
            mean, std, zeros = row.stats or (None, None, None)
            stats = ["–"] * 3 if mean is None else [f"{mean:.3g}", f"{std:.3g}", f"{zeros:.0%}"]
        return [name, row.what, shapes(row.inputs), out, *stats, f"{row.parameters:,}"]

    def _notes(self) -> list[str]:
        notes = [f"{self.total_parameters:,} parameters in all"]
        if self.not_called:
            notes.append(f"not called: {', '.join(self.not_called)}")
        if self.failed:
            notes.append(self._failure(self.failed))
        return notes

    def _failure(self, row: Row) -> str:
        story = f"{row.name}: {row.what} got {shapes(row.inputs)} and raised: {row.error}"
        at = self.rows.index(row)
        children = [r for r in self.rows[at + 1 :] if r.depth == row.depth + 1 and r.outputs is not None]
        if children:
            done = ", ".join(f"{child.name} → {shapes(child.outputs)}" for child in children)
            story += f". It failed in its own forward, after {done}"
        return story


@contextmanager
def probe(model: nn.Module, stats: bool = False, depth: int | None = None) -> Iterator[Report]:
    """Watch every call inside `model` and list names, shapes, parameters; the model is left as it was found.

    `stats`: also mean, standard deviation and share of zeros of each output. `depth`: how many levels of submodules
    to list (None: all; 0: the model alone). When the forward fails, the report is shown at once (it says how far the
    data got, which layer failed and with which shapes) and the exception goes on its way unchanged.
    Raises TypeError when `model` is not an `nn.Module`.
    """
    if not isinstance(model, nn.Module):
        hint = f" Did you forget the brackets, as in {model.__name__}()?" if isinstance(model, type) else ""
        raise TypeError(f"probe wants an nn.Module, this is {type(model).__name__}.{hint}")
    report = Report(type(model).__name__, count(model.parameters()), with_stats=stats)
    open_rows: list[tuple[nn.Module, Row]] = []
    handles, calls = [], {}

    def own_parameters(module: nn.Module, level: int) -> int:
        # The last level listed answers for everything below it.
        return count(module.parameters(recurse=level == depth))

    def watch(name: str, module: nn.Module, level: int) -> None:
        def before(_, args, kwargs):
            calls[name] = calls.get(name, 0) + 1
            own = own_parameters(module, level) if calls[name] == 1 else 0
            row = Row(name or "(model)", describe(module), level, list(tensor_shapes((args, kwargs))), own, calls[name])
            report.rows.append(row)
            open_rows.append((module, row))

        def after(_, args, kwargs, output):
            # A submodule whose exception the parent caught never came here: it is still on top.
            while (top := open_rows.pop())[0] is not module:
                top[1].error = "an exception that its caller caught"
            row = top[1]
            row.outputs = list(tensor_shapes(output))
            if calls[name] == 1:  # a lazy module has its parameters only now
                row.parameters, row.what = own_parameters(module, level), describe(module)
            if stats:
                row.stats = statistics(output)

        handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
        handles.append(module.register_forward_hook(after, with_kwargs=True))

    try:
        for name, module in model.named_modules():
            level = name.count(".") + 1 if name else 0
            if not isinstance(module, torch.jit.ScriptModule) and (depth is None or level <= depth):
                watch(name, module, level)
        yield report
    except BaseException as error:
        if open_rows:
            message = str(error).strip().splitlines()
            open_rows[-1][1].error = message[0] if message else type(error).__name__
        _finish(report, model, calls, depth)
        if open_rows and isinstance(error, Exception):
            _show(report)
        raise
    else:
        _finish(report, model, calls, depth)
    finally:
        for handle in handles:
            handle.remove()


def _finish(report: Report, model: nn.Module, calls: dict[str, int], depth: int | None) -> None:
    report.total_parameters = count(model.parameters())
    if report.rows and not report.failed:
        names = [n for n, _ in model.named_modules() if n and (depth is None or n.count(".") < depth)]
        report.not_called = [name for name in names if name not in calls]


def _show(report: Report) -> None:
    """Before an exception flies: the table in a notebook, text elsewhere."""
    try:
        from IPython import get_ipython
    except ImportError:
        get_ipython = None
    if get_ipython and get_ipython() is not None:
        from IPython.display import display

        display(report)
    else:
        print(report)


def shapes(several) -> str:
    """Shapes as a reader writes them: `1×256×4×4`; several with a plus sign; a dash for none."""
    return " + ".join("×".join(map(str, shape)) or "number" for shape in several) or "–"


def tensor_shapes(value) -> Iterator[tuple[int, ...]]:
    """The shapes of all tensors in nested tuples, lists and dicts, in order."""
    for tensor in tensors(value):
        yield tuple(tensor.shape)


def tensors(value) -> Iterator[torch.Tensor]:
    """All tensors in nested tuples, lists and dicts, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def statistics(output) -> tuple[float, float, float] | None:
    """Mean, standard deviation and share of zeros of the first tensor in `output`; None without one."""
    first = next(tensors(output), None)
    if first is None or first.numel() == 0 or first.is_complex() or first.is_meta:
        return None
    values = first.detach().double() if first.device.type != "mps" else first.detach().float()
    return values.mean().item(), values.std(unbiased=False).item(), (values == 0).double().mean().item()


def count(parameters) -> int:
    """How many numbers the parameters hold; one that is not made yet (lazy) counts 0, a shared one once."""
    distinct = {id(p): p for p in parameters}.values()
    return sum(0 if isinstance(p, nn.parameter.UninitializedParameter) else p.numel() for p in distinct)


def describe(module: nn.Module) -> str:
    """A layer in a few words, e.g. `Conv2d 3→16, 3×3, stride 2, padding 1`."""
    kind = type(module).__name__
    if isinstance(module, nn.Conv2d):
        parts = [f"{kind} {module.in_channels}→{module.out_channels}", both(module.kernel_size, always=True)]
        parts += [f"stride {both(module.stride)}"] if set(module.stride) != {1} else []
        padding = module.padding if isinstance(module.padding, str) else both(module.padding)
        parts += [f"padding {padding}"] if padding != "0" else []
        return ", ".join(parts)
    if isinstance(module, nn.Linear):
        return f"{kind} {module.in_features}→{module.out_features}"
    if isinstance(module, nn.modules.batchnorm._BatchNorm):
        return f"{kind} {module.num_features}"
    return kind


def both(pair, always: bool = False) -> str:
    """(2, 2) as `2`, or `2×2` with `always`; (3, 1) as `3×1`."""
    return str(pair[0]) if len(set(pair)) == 1 and not always else "×".join(map(str, pair))


def ordinal(number: int) -> str:
    """2 → 2nd, 3 → 3rd, 4 → 4th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
