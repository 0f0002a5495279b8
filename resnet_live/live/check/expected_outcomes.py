"""What each step of a chapter gives when all goes as planned: found out by a process of its own, kept in the cache.

`prepare(chapter)` starts that process in the background; `outcome(chapter, "2.7")` waits for one step. The process runs the
chapter twice side by side, with other random numbers, images and sizes the second time: what differs between the two is chance
or depends on the profile, and is not expected of anybody.
"""

import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from filelock import FileLock, Timeout

from resnet_live.data.cache import cache_folder, fastai_data_folder
from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, LiveError, Step, read_chapter
from resnet_live.live.check import printed_values, probe_class, uses, value_summary

PATIENCE = 20.0  # seconds that somebody waits for a step
LONGEST = 1800.0  # seconds after which the process gives up, whatever it does
KEEP_DAYS = 14
CLOCKS = ("time", "timeit")  # Python's modules that measure time

_PACKAGE = Path(__file__).parents[2]
# Of this folder what decides the outcomes, so that they need not be found out again for a change of a message.
_OWN = (
    "chapter.py",
    "capture.py",
    "expected_outcomes.py",
    "printed_values.py",
    "probe_class.py",
    "step_names.py",
    "uses.py",
    "value_summary.py",
)
_workers: dict[Path, "_Worker"] = {}


class NotReady(LiveError):
    """The outcome of a step is not known yet, or cannot be found out; the text says which."""


@dataclass
class Standing:
    """What is known of a chapter: `outcomes` by step number, whether they are all there, and what went wrong, if anything."""

    outcomes: dict[str, dict] = field(default_factory=dict)
    done: bool = False
    failed: str = ""


def prepare(chapter: Chapter) -> None:
    """Start finding out what the chapter's steps give, unless it is known or being found out. Returns at once; never raises."""
    with suppress(OSError):
        _start(chapter, _file(chapter))


def _start(chapter: Chapter, file: Path) -> None:
    if not _read(file).done and not _running(file):
        _workers[file] = _Worker(chapter, file)


def standing(chapter: Chapter) -> Standing:
    """What is known so far, without waiting."""
    return _read(_file(chapter))


def outcome_of(chapter: Chapter, number: str, patience: float = PATIENCE) -> dict:
    """What step `number` should give; see `compute`. Starts the work when nobody has.

    Raises NotReady when it is not known after `patience` seconds, or when the process failed, which is told once and
    tried again with the next call.
    """
    file, until = _file(chapter), time.monotonic() + patience
    try:
        _start(chapter, file)
    except OSError as error:
        raise NotReady(f"What this step should give cannot be kept in {file.parent}: {error.strerror}.") from error
    while True:
        known = _read(file)
        if number in known.outcomes:
            return known.outcomes[number]
        if not _running(file):
            known = _read(file)  # it may have ended between the two looks
            if number in known.outcomes:
                return known.outcomes[number]
            raise NotReady(_why(file, known))
        if time.monotonic() >= until:
            raise NotReady(
                f"What step {number} should give is still being worked out in the background "
                f"({len(known.outcomes)} of {len(chapter.steps)} steps are known). Ask again in a moment."
            )
        time.sleep(0.1)


def outcomes(chapter: Chapter, patience: float = LONGEST) -> dict[str, dict]:
    """What all steps should give, by number. Raises NotReady as `outcome_of` does."""
    outcome_of(chapter, chapter.steps[-1].number, patience)
    return standing(chapter).outcomes


def _why(file: Path, known: Standing) -> str:
    worker = _workers.pop(file, None)
    reason = known.failed or (worker.last_words() if worker else "")
    return (
        "What this step should give could not be worked out: the process that runs the chapter in the background "
        f"{'said: ' + reason if reason else 'was stopped'}. Ask again to start it anew."
    )


def _file(chapter: Chapter) -> Path:
    return cache_folder() / "outcomes" / f"{chapter.name}-{_key(chapter)}.jsonl"


def _key(chapter: Chapter) -> str:
    """Changes with everything that the outcomes depend on."""
    words = [chapter.fingerprint, platform.python_version(), _sources(), os.environ.get("CUDA_VISIBLE_DEVICES", "")]
    for library in ("torch", "torchvision", "fastai", "numpy", "pandas"):
        with suppress(importlib.metadata.PackageNotFoundError):
            words.append(importlib.metadata.version(library))
    # The images: a download in class changes the counts of later steps.
    words += [os.environ.get("RESNET_LIVE_DATA", ""), str((fastai_data_folder() / "imagenette2-160").is_dir())]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


@functools.cache  # what this process has loaded does not change when files do
def _sources() -> str:
    """The code that outcomes rest on, and the recorded results, by their contents."""
    found = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        part, *inner = path.relative_to(_PACKAGE).parts
        if part in ("exercise", "grading", "cli.py") or (part == "live" and inner[-1] not in _OWN):
            continue
        found.update(path.read_bytes())
    for path in sorted((_PACKAGE.parent / "recorded").glob("*.json")):
        found.update(path.read_bytes())
    return found.hexdigest()


def _read(file: Path) -> Standing:
    known = Standing()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return known
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # the last line, while it is being written
            continue
        if "step" in entry:
            known.outcomes[entry["step"]] = entry
        known.done = known.done or "done" in entry
        known.failed = entry.get("failed", known.failed)
    return known


def _running(file: Path) -> bool:
    """Whether a process is at work on `file`, started by this one or by another kernel."""
    worker = _workers.get(file)
    if worker is not None and worker.process.poll() is None:
        return True
    try:
        with FileLock(f"{file}.lock", timeout=0):
            return False
    except Timeout:
        return True
    except (OSError, NotImplementedError):  # no folder yet, or a file system without locks
        return False


class _Worker:
    """The background process of one chapter. Its end is waited for by a thread, so that no zombie is left."""

    def __init__(self, chapter: Chapter, file: Path):
        file.parent.mkdir(parents=True, exist_ok=True)
        self._log = file.with_suffix(".log")
        path = os.pathsep.join(filter(None, [str(_PACKAGE.parent), os.environ.get("PYTHONPATH", "")]))
        environment = os.environ | {
            "RESNET_LIVE_PROFILE": "smoke",
            "RESNET_LIVE_OFFLINE": "1",
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": path,
            "PYTHONIOENCODING": "utf-8",
        }
        environment.pop("JPY_PARENT_PID", None)
        own: dict = {"start_new_session": True}
        if os.name == "nt":
            own = {"creationflags": subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW}
        arguments = [str(chapter.path.absolute()), chapter.fingerprint, str(file)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "resnet_live.live.check.expected_outcomes", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                **own,
            )
        threading.Thread(target=self.process.wait, daemon=True).start()

    def last_words(self) -> str:
        """The last line that it wrote to stderr."""
        with suppress(OSError):
            said = [line.strip() for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines()]
            return next((line for line in reversed(said) if line), "")
        return ""


# ---- the background process ------------------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Write the outcomes of a chapter, a line a step. `arguments`: chapter notebook, its fingerprint, the file to write."""
    path, fingerprint, file = Path(arguments[0]), arguments[1], Path(arguments[2])
    try:
        lock = FileLock(f"{file}.lock", timeout=0)
        lock.acquire()
    except Timeout:  # another kernel was quicker
        return 0
    if _read(file).done:
        return 0
    _step_aside()
    with file.open("w", encoding="utf-8") as out:

        def write(entry: dict) -> None:
            out.write(json.dumps(entry, ensure_ascii=True) + "\n")
            out.flush()

        try:
            chapter = read_chapter(path)
            if chapter.fingerprint != fingerprint:
                raise LiveError(f"{path.name} was changed meanwhile")
            for entry in compute(chapter):
                write(entry)
            write({"done": True})
        except Exception as error:
            write({"failed": f"{type(error).__name__}: {error}"})
            return 1
    _tidy(file)
    return 0


def _step_aside() -> None:
    """Leave the processor to the class, and do not run for ever."""
    with suppress(OSError, AttributeError):
        os.nice(10)
    watch = threading.Timer(LONGEST, lambda: os._exit(3))
    watch.daemon = True
    watch.start()


def _tidy(file: Path) -> None:
    """Remove what earlier versions of this chapter left."""
    name, long_ago = file.name.rpartition("-")[0], time.time() - KEEP_DAYS * 24 * 3600
    for old in file.parent.glob(f"{name}-*"):
        with suppress(OSError):
            if old.stat().st_mtime < long_ago:
                old.unlink()


def compute(chapter: Chapter) -> Iterator[dict]:
    """Run the chapter's steps in this process, and give for each a JSON object:

    `step`; `error` and `message` (null when it ran through); `result`, a summary (see `outcome.summarise`) or null;
    `printed`, the values that stand in what it printed (see `printed.lines`); `shows`, whether anything appeared;
    `names`, summaries of what later steps need and this one made or changed; `attributes`, which of these later steps
    read; `tries`, what the classes of layers among them give as later steps call them (see `trying`); `chancy`, whether it
    depends on a training or on measured time.
    """
    runs = _Twice(chapter)
    trained: set[str] = set()
    timers: set[str] = set()
    before: dict[str, dict] = {}
    for place, step in enumerate(chapter.steps):
        both = runs.run(step, place)
        made = step_names.defs_of(step)
        alive = {name for earlier in chapter.steps[: place + 1] for name in step_names.defs_of(earlier)}
        alive = {name for name in alive if step_names.next_use(chapter, name, place + 1)}
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
        entry = _entry(step, both, fresh, chancy, runs.learned)
        entry["attributes"] = {name: runs.has(name, uses.attributes(chapter, name, place + 1)) for name in fresh}
        entry["tries"] = {
            name: runs.tries(chapter, name, place) for name, seen in fresh.items() if seen["kind"] == "class"
        }
        yield entry


def _entry(step: Step, both: list, fresh: dict[str, dict], chancy: bool, learned: bool) -> dict:
    first, second = both
    entry: dict = {"step": step.number, "error": first.error, "message": first.message if first.error else None}
    if first.error and first.message != second.message:
        entry["message"] = None
    results = [value_summary.summarise(run.result) for run in both if run.has_result]
    entry["result"] = value_summary.common(*results) if len(results) == 2 else None
    entry["shows"] = all(run.outputs for run in both)
    # What a training prints (bars, tables) differs from front end to front end.
    entry["printed"] = [] if learned else printed_values.common(*(_printed(run) for run in both))
    entry["names"] = fresh
    entry["chancy"] = chancy
    if chancy:
        entry["result"] = entry["result"] and value_summary.without_floats(entry["result"])
        entry["printed"] = [kept for line in entry["printed"] if (kept := [value for value in line if value.isdigit()])]
        entry["names"] = {name: value_summary.without_floats(summary) for name, summary in fresh.items()}
    return entry


def _printed(run) -> str:
    return "".join(o["text"] for o in run.outputs if o["output_type"] == "stream" and o["name"] == "stdout")


class _Twice:
    """Two runs of a chapter side by side in one IPython shell: each with its own names, seeds and sizes."""

    def __init__(self, chapter: Chapter):
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        from resnet_live.live.kernel.capture import listen

        sys.stdout = _Nowhere()
        self._shell = InteractiveShell.instance(config=Config({"HistoryAccessor": {"hist_file": ":memory:"}}))
        self._heard: list = []
        listen(self._shell, self._heard.append)
        self._modules = [ModuleType("__main__"), ModuleType("__main__")]
        for module in self._modules:
            module.__builtins__ = __builtins__
            self._enter(module)
            self._shell.init_user_ns()
        self.learned = False
        self._watching: set[str] = set()

    def _enter(self, module) -> None:
        self._shell.user_module, self._shell.user_ns = module, module.__dict__
        sys.modules["__main__"] = module

    def run(self, step: Step, place: int) -> list:
        """Run a step in both; the two CellRuns."""
        self.learned, both = False, []
        for side, module in enumerate(self._modules):
            self._enter(module)
            self._vary(side, 100 * side + place)
            self._shell.run_cell(step.source, store_history=False)
            both.append(self._heard.pop())
            self._watch_optimisers()
        return both

    def value(self, name: str) -> dict | None:
        """What the two runs have under `name`, as far as they agree; None when it is missing."""
        if any(name not in vars(module) for module in self._modules):
            return None
        return value_summary.common(*(value_summary.summarise(vars(module)[name]) for module in self._modules))

    def tries(self, chapter: Chapter, name: str, place: int) -> dict[str, dict]:
        """What a class of layers gives, by the call as it is written in later steps."""
        space = vars(self._modules[0])
        if not probe_class.is_module_class(space[name]):
            return {}
        calls = probe_class.worth_trying(uses.calls(chapter, name, place + 1))
        return {text: probe_class.try_out(text, space) for text in calls}

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


if __name__ == "__main__":
    from resnet_live.live.check.expected_outcomes import main as run

    status = run(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # threads of libraries must not keep it alive
