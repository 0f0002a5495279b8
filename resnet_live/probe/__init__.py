"""Look inside a model: the shapes that go through every layer, and how far it got when it failed.

    with probe(model) as report:
        model(torch.randn(1, 3, 128, 128))
    report          # a table in a notebook, text elsewhere

The tool is PyTorch's forward hooks (`torch.nn.Module.register_forward_hook`).
"""

import contextlib

from torch import nn

from resnet_live.probe.table import CallRow, ShapeTable, show
from resnet_live.probe.watch import ModelWatch

__all__ = ["CallRow", "ShapeTable", "probe"]


class probe:
    """Watch every call inside `model` and list names, shapes (N×C×H×W), parameters; the model is left as it was found.

    `stats`: also mean, standard deviation and share of zeros of each output. `depth`: how many levels of submodules
    to list (None: all; 0: the model alone); a deeper module that raises is listed all the same. TorchScript modules
    cannot be watched and are named in the report. When the forward fails, the report is shown at once (it says how far
    the data got, which layer failed and with which shapes) and the exception goes on its way unchanged. One object
    can be used again: each `with` gives a new report.
    Raises TypeError when `model` is not an `nn.Module`, ValueError when `depth` is negative.

    Example::

        model = nn.Sequential(nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.Flatten(), nn.Linear(256, 10))
        with probe(model):
            model(torch.randn(1, 3, 32, 32))

    shows, before PyTorch's own message,
    `2: Linear 256→10 got 1×4096 and raised: mat1 and mat2 shapes cannot be multiplied (1x4096 and 256x10)`.
    """

    def __init__(self, model: nn.Module, stats: bool = False, depth: int | None = None):
        if not isinstance(model, nn.Module):
            hint = f" Did you forget the brackets, as in {model.__name__}()?" if isinstance(model, type) else ""
            raise TypeError(f"probe wants an nn.Module, this is {type(model).__name__}.{hint}")
        if depth is not None and depth < 0:
            raise ValueError(f"depth is a number of levels, 0 or more, or None for all; this is {depth}.")
        self.model, self.stats, self.depth = model, stats, depth
        self._watches: list[ModelWatch] = []  # a stack: the same object may be entered inside itself

    def __enter__(self) -> ShapeTable:
        watch = ModelWatch(self.model, self.stats, self.depth)
        watch.start()
        self._watches.append(watch)
        return watch.report

    def __exit__(self, kind, error: BaseException | None, traceback) -> None:
        watch = self._watches.pop()
        if watch.stop(error) and isinstance(error, Exception):
            # Whatever is wrong with the display, the learner must see PyTorch's message and not that.
            with contextlib.suppress(Exception):
                show(watch.report)
