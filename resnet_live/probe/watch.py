"""The hooks: they write down each call as it happens, and know which module raised."""

import sys
from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import nn

from resnet_live.probe.describe import count, describe, statistics, tensor_shapes
from resnet_live.probe.table import CallRow, ShapeTable

# They only hold others and have no forward of their own, so nobody calls them.
HOLDERS = (nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)


@dataclass
class OpenCall:
    """A call that has begun and not ended; `handled`: the exception that was being handled when it began."""

    module: nn.Module
    row: CallRow
    handled: BaseException | None


@dataclass
class ModelWatch:
    """One `with probe(model)` block: hooks go on at `start`, off at `stop`; `report` fills up between."""

    model: nn.Module
    stats: bool
    depth: int | None
    report: ShapeTable = field(init=False)

    def __post_init__(self) -> None:
        self.report = ShapeTable(type(self.model).__name__, count(self.model.parameters()), with_stats=self.stats)
        self.modules: dict[str, nn.Module] = {}
        self.calls: Counter[str] = Counter()
        self.open: list[OpenCall] = []
        self.handles: list = []
        self.origin: CallRow | None = None  # the row that raised `exception`
        self.exception: BaseException | None = None
        self.ended: BaseException | None = None  # the exception that ended a call of the model

    def start(self) -> None:
        """Register the hooks; should that fail halfway, none stays."""
        try:
            for name, module in self.model.named_modules():
                if isinstance(module, torch.jit.ScriptModule):
                    self._opaque(name)
                else:
                    self.modules[name] = module
                    self._register(name, module, name.count(".") + 1 if name else 0)
        except BaseException:
            self._remove()
            raise

    def stop(self, error: BaseException | None) -> bool:
        """Remove the hooks and complete the report; True when `error`, raised in the block, came out of the model."""
        self._remove()
        if self.open and error is not None and not isinstance(error, Exception):  # an interrupt: no hook sees it
            self._blame(self.open[-1].row, error)
            self._ended_by(error)
        from_model = error is not None and error is self.ended
        self.report.total_parameters = count(self.model.parameters())
        if self.report.rows and self.report.failed is None:
            self.report.not_called = self._not_called()
        # An exception holds its frames, and they hold the learner's tensors.
        self.exception = self.ended = None
        self.open.clear()
        return from_model

    def _register(self, name: str, module: nn.Module, level: int) -> None:
        listed = self.depth is None or level <= self.depth

        def own_parameters() -> int:
            # The last level listed answers for everything below it.
            return count(module.parameters(recurse=level == self.depth)) if listed and self.calls[name] == 1 else 0

        def before(_, args, kwargs):
            self.calls[name] += 1
            shapes_in = tensor_shapes((args, kwargs))
            row = CallRow(name or "(model)", describe(module), level, shapes_in, own_parameters(), self.calls[name])
            if self.open:
                self.open[-1].row.callees.append(row)
            else:
                self.exception = None  # a new call of the model: what was raised before is over
            if listed:
                self.report.rows.append(row)
            self.open.append(OpenCall(module, row, sys.exception()))

        def after(_, args, kwargs, output):
            if not any(call.module is module for call in self.open):
                return  # another's pre-hook raised before ours ran
            while (call := self.open.pop()).module is not module:
                pass  # left over from an interrupt that was caught
            error = sys.exception()
            if error is not None and error is not call.handled:
                self._blame(call.row, error)
                if not self.open:
                    self._ended_by(error)
                return
            call.row.outputs = tensor_shapes(output)
            if call.row.call == 1:  # a lazy module may have its parameters only now
                call.row.parameters, call.row.what = own_parameters(), describe(module)
            if self.stats and listed:
                call.row.stats = statistics(output)

        self.handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
        # PyTorch runs an always_call hook while it handles the exception of a failed forward.
        self.handles.append(module.register_forward_hook(after, with_kwargs=True, always_call=True))

    def _blame(self, row: CallRow, error: BaseException) -> None:
        if error is self.exception:
            return  # on its way out through the callers of the module that raised it
        self.origin, self.exception = row, error
        message = str(error).strip().splitlines()
        row.error = message[0] if message else type(error).__name__
        if not any(row is listed for listed in self.report.rows):
            self.report.rows.append(row)  # deeper than `depth`, and just what the reader looks for

    def _ended_by(self, error: BaseException) -> None:
        self.report.failed, self.ended = self.origin, error

    def _opaque(self, name: str) -> None:
        if not any(name.startswith(f"{outer}.") or outer == "(model)" for outer in self.report.opaque):
            self.report.opaque.append(name or "(model)")

    def _not_called(self) -> list[str]:
        # Named once, at the top: a part that was left out, not all that lies in it. A part whose insides were called
        # by hand, as in `for layer in self.layers`, did take part.
        idle: list[str] = []
        for name, module in self.modules.items():
            listed = self.depth is None or name.count(".") < self.depth
            if not name or not listed or isinstance(module, HOLDERS):
                continue
            inside = f"{name}."
            took_part = any(called == name or called.startswith(inside) for called in self.calls)
            if not took_part and not any(name.startswith(f"{outer}.") for outer in idle):
                idle.append(name)
        return idle

    def _remove(self) -> None:
        for handle in self.handles:
            handle.remove()
        self.handles.clear()
