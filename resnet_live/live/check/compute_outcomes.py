"""What each step of a chapter gives when all goes as planned: run twice side by side, to be compared with what a class typed.

The second run has other random numbers, images and sizes: what differs between the two is chance or depends on the profile, and
is not expected of anybody.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import TypedDict

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.check import compare_summaries, later_uses, printed_values, probe_class, value_summary
from resnet_live.live.check.value_summary import Summary
from resnet_live.live.kernel.capture import ExecutedCell, capture

CLOCKS = ("time", "timeit")  # Python's modules that measure time


class ExpectedOutcome(TypedDict):
    """What a step should give; a JSON object.

    `error` and `message`: None when it runs through; `result`: a summary of its value, or None; `printed`: the values that stand in
    what it prints (see `printed_values.lines`); `shows`: whether anything appears; `names`: summaries of what later steps need and
    this one makes or changes; `attributes`: which of these later steps read; `probes`: what the classes of layers among them give
    as later steps call them (see `probe_class`); `chancy`: whether it depends on a training or on measured time.
    """

    step: str
    error: str | None
    message: str | None
    result: Summary | None
    printed: list[list[str]]
    shows: bool
    names: dict[str, Summary]
    attributes: dict[str, list[str]]
    probes: dict[str, dict[str, Summary]]
    chancy: bool


def compute_outcomes(chapter: Chapter) -> Iterator[ExpectedOutcome]:
    """Run the chapter's steps in this process, twice side by side, and say of each what it gave, as far as both runs agree."""
    runs = _TwoRuns()
    trained: set[str] = set()
    timers: set[str] = set()
    before: dict[str, Summary] = {}
    for position, step in enumerate(chapter.steps):
        both = runs.run(step, position)
        made = step_names.defs_of(step)
        alive = {name for earlier in chapter.steps[: position + 1] for name in step_names.defs_of(earlier)}
        alive = {name for name in alive if step_names.next_use(chapter, name, position + 1)}
        there = {name: runs.value(name) for name in sorted(alive)}
        now = {name: summary for name, summary in there.items() if summary is not None}
        fresh = {name: summary for name, summary in now.items() if name in made or before.get(name) != summary}
        before = now
        timers |= runs.timers(made)
        if timers & step_names.refs(step.source):
            timers |= made  # a function that measures, or what was measured
        chancy = runs.learned or bool((trained | timers) & step_names.refs(step.source))
        if chancy:
            trained |= made
        if runs.learned:
            trained |= {name for name in step_names.refs(step.source) if runs.holds_weights(name)}
        outcome = _outcome(step, both, fresh, chancy, runs.learned)
        outcome["attributes"] = {
            name: runs.has(name, later_uses.attributes(chapter, name, position + 1)) for name in fresh
        }
        outcome["probes"] = {
            name: runs.probes(chapter, name, position) for name, seen in fresh.items() if seen["kind"] == "class"
        }
        yield outcome


def _outcome(
    step: Step, both: tuple[ExecutedCell, ExecutedCell], names: dict[str, Summary], chancy: bool, learned: bool
) -> ExpectedOutcome:
    first, second = both
    result = None
    if first.has_result and second.has_result:
        result = compare_summaries.common(*(value_summary.summarise(cell.result) for cell in both))
    # What a training prints (bars, tables) differs from front end to front end.
    printed = [] if learned else printed_values.common(_stdout(first), _stdout(second))
    if chancy:
        result = result and compare_summaries.without_floats(result)
        printed = [kept for line in printed if (kept := [value for value in line if value.isdigit()])]
        names = {name: compare_summaries.without_floats(summary) for name, summary in names.items()}
    return {
        "step": step.number,
        "error": first.error,
        "message": first.message if first.error and first.message == second.message else None,
        "result": result,
        "printed": printed,
        "shows": bool(first.outputs and second.outputs),
        "names": names,
        "attributes": {},
        "probes": {},
        "chancy": chancy,
    }


def _stdout(cell: ExecutedCell) -> str:
    return "".join(o["text"] for o in cell.outputs if o["output_type"] == "stream" and o["name"] == "stdout")


class _TwoRuns:
    """Two runs of a chapter side by side in one IPython shell: each with its own names, seeds and sizes."""

    def __init__(self) -> None:
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        sys.stdout = _Nowhere()
        self._shell = InteractiveShell.instance(config=Config({"HistoryAccessor": {"hist_file": ":memory:"}}))
        self._executed: list[ExecutedCell] = []
        capture(self._shell, self._executed.append)
        self._modules = [ModuleType("__main__"), ModuleType("__main__")]
        for module in self._modules:
            vars(module)["__builtins__"] = __builtins__
            self._enter(module)
            self._shell.init_user_ns()
        self.learned = False
        self._watching: set[str] = set()

    def _enter(self, module: ModuleType) -> None:
        self._shell.user_module, self._shell.user_ns = module, module.__dict__
        sys.modules["__main__"] = module

    def run(self, step: Step, position: int) -> tuple[ExecutedCell, ExecutedCell]:
        """Run a step in both."""
        self.learned = False
        for side, module in enumerate(self._modules):
            self._enter(module)
            self._vary(side, 100 * side + position)
            self._shell.run_cell(step.source, store_history=False)
            self._watch_optimisers()
        second, first = self._executed.pop(), self._executed.pop()
        return first, second

    def value(self, name: str) -> Summary | None:
        """What the two runs have under `name`, as far as they agree; None when it is missing."""
        if any(name not in vars(module) for module in self._modules):
            return None
        return compare_summaries.common(*(value_summary.summarise(vars(module)[name]) for module in self._modules))

    def probes(self, chapter: Chapter, name: str, position: int) -> dict[str, Summary]:
        """What a class of layers gives, by the call as it is written in later steps."""
        namespace = vars(self._modules[0])
        if not probe_class.is_module_class(namespace[name]):
            return {}
        calls = probe_class.worth_probing(later_uses.calls(chapter, name, position + 1))
        return {text: probe_class.probe(text, namespace) for text in calls}

    def holds_weights(self, name: str) -> bool:
        """Whether training may have changed what stands under `name`: a network, or an object around one."""
        value = self.value(name)
        return value is not None and value["kind"] in ("module", "other")

    def timers(self, made: frozenset[str]) -> set[str]:
        """Those of the names that are a clock: one of Python's modules for time, or a function from there."""
        values = {name: vars(self._modules[0]).get(name) for name in made}
        return {
            name
            for name, value in values.items()
            if getattr(value, "__module__", None) in CLOCKS
            or (isinstance(value, ModuleType) and value.__name__ in CLOCKS)
        }

    def has(self, name: str, attributes: set[str]) -> list[str]:
        """Those of the attributes that the value has."""
        value = vars(self._modules[0])[name]
        return sorted(attribute for attribute in attributes if hasattr(value, attribute))

    def _vary(self, side: int, seed: int) -> None:
        import random

        from resnet_live import profiles

        smoke = profiles.PROFILES["smoke"]
        if not hasattr(self, "_profiles"):
            other = replace(smoke, name="other", train_images=80, valid_images=40, epochs=2, size=80, batch_size=8)
            self._profiles = smoke, other
        profiles.PROFILES["smoke"] = self._profiles[side]
        random.seed(seed)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(seed)
        if "torch" in sys.modules:
            sys.modules["torch"].manual_seed(seed)

    def _watch_optimisers(self) -> None:
        """From now on know when weights are trained. Libraries are watched once they are loaded."""

        def note(*_):
            self.learned = True

        if "torch" in sys.modules and "torch" not in self._watching:
            from torch.optim.optimizer import register_optimizer_step_post_hook

            register_optimizer_step_post_hook(note)
            self._watching.add("torch")
        if "fastai.optimizer" in sys.modules and "fastai" not in self._watching:
            kind = sys.modules["fastai.optimizer"].Optimizer
            original = kind.step

            def step(self, *args, **kwargs):
                note()
                return original(self, *args, **kwargs)

            kind.step = step
            self._watching.add("fastai")


class _Nowhere:
    """A stream that forgets."""

    encoding, errors, closed = "utf-8", "replace", False

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False
