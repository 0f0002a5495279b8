"""Runs in the kernel, around the student's code. Self-contained: the standard library and PyTorch, no import of the package.

`begin` is a generator. Its first step, before any code of the student, reads the task, imports what will be needed, remembers what
PyTorch looked like and puts a watch on the interpreter. Its second step takes the answers, observes them, and writes the
observation, signed. A generator, because the key lies in its frame: the watch lets nobody look into frames.
"""

import _thread
import builtins
import contextlib
import hashlib
import hmac
import importlib
import json
import os
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import FrameType, ModuleType

# what nobody needs for an answer, and what the judge outside could not see
from .deny_list import ASKED, CHANGEABLE, FRAMES, NEVER, PARTS, RECORDING, SENT, UNTRIED

MOST_OUTPUT = 1_000_000
# Packages whose functions nobody may rewrite in place.
GUARDED = ("torch", "numpy", "builtins", "json", "hashlib", "hmac", "contextlib", "warnings", "random", "io", "zipfile")
# Modules whose functions and classes must be the same after the student's code as before: what the observers use, and what answers
# are made of. Not all of torch: some of its parts change others when they are first imported.
SAME = frozenset(
    (
        *GUARDED,
        "torch._tensor",
        "torch.functional",
        "torch.random",
        "torch.utils._python_dispatch",
        "numpy.lib._npyio_impl",
    )
)
SAME_BELOW = ("torch.nn.functional", "torch.nn.modules", "torch.nn.parameter", "torch.autograd", "torch.optim", "json.")
# The kernel sets these anew with each cell; PyTorch wraps this one when its compiler is first imported.
OFTEN_NEW = {("builtins", name) for name in ("input", "_", "display", "get_ipython")}
OFTEN_NEW |= {("torch", "manual_seed"), ("torch.random", "manual_seed")}
# An optimiser wraps its class's `step` when the first one is made.
WRAPPED_LATE = {"step"}
# Modules of the standard library that would look into frames, or call C, on somebody's behalf.
LENDERS = ("inspect.py", "traceback.py", os.path.join("ctypes", "__init__.py"), os.path.join("ctypes", "util.py"))


class Tampered(Exception):
    """Something that is not the student's was replaced."""


def begin(folder: str) -> Generator[None, tuple[object, ...], None]:
    """See the module's text. `folder`: holds this package and task.json, which is removed; `run`, `out` and `home` lie beside it."""
    home, file = Path(folder).parent, Path(folder) / "task.json"
    task = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    key, out = bytes.fromhex(task["key"]), home / "out" / task["out"]
    observers = importlib.import_module("in_kernel.observers")
    serialize = importlib.import_module("in_kernel.observers.serialize").serialize_observation
    observer = observers.observer(task["exercise"])
    for name in task["imports"]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    _settle_gpu(task["device"], task["gpu_share"])
    ours = [sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "in_kernel"]
    sys.path.remove(folder)
    limit_output()
    _watch(home, folder, task["hidden"])
    before = _functions(ours)
    (home / "out" / "ready").write_text("")

    answers = yield

    _compare(before, _functions(ours))
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        seen = observers.observe(task["exercise"], answers, task["seed"], task["device"], observer)
        data = serialize(seen)
    _compare(before, _functions(ours))
    part = out.with_suffix(".part")
    part.write_bytes(hmac.new(key, data, hashlib.sha256).digest() + data)
    part.rename(out)
    yield


def limit_output() -> None:
    """Let the student print MOST_OUTPUT characters, and take the rest without a word: the notebook would hold all of it."""
    left = MOST_OUTPUT

    def limited(write):
        def take(text):
            nonlocal left
            left -= len(text)
            return write(text) if left >= 0 else len(text)

        return take

    for stream in (sys.stdout, sys.stderr):
        vars(stream)["write"] = limited(stream.write)


def _settle_gpu(device: str, share: float) -> None:
    """On CUDA: no more than its share of the card's memory, as others run beside it, and the same numbers in each run."""
    if device == "cuda":
        import torch

        torch.cuda.set_per_process_memory_fraction(share)
        # where an operation has no such way, it runs all the same
        torch.use_deterministic_algorithms(True, warn_only=True)


def _functions(ours: list[ModuleType]) -> dict[tuple[object, ...], object]:
    """(module or class, name) → the function or class behind it, for everything guarded; of our own modules, every value."""
    found: dict[tuple[object, ...], object] = {}
    modules = [m for name, m in list(sys.modules.items()) if name in SAME or name.startswith(SAME_BELOW)] + ours
    for module in modules:
        space = getattr(module, "__dict__", None)
        if not isinstance(space, dict):
            continue
        name = space.get("__name__")
        for key, value in list(space.items()):
            if (callable(value) or module in ours) and (name, key) not in OFTEN_NEW:
                found[(name, key)] = value
                if isinstance(value, type) and getattr(value, "__module__", None) == name:
                    found.update(
                        {
                            (name, key, part): one
                            for part, one in list(vars(value).items())
                            if callable(one) and part not in WRAPPED_LATE
                        }
                    )
    # `torch.Tensor`'s own methods live in C: what stands in its dict would hide them
    tensor = sys.modules["torch"].Tensor
    # (pickling adds a list of names to it)
    found.update(
        {("torch", "Tensor", part): one for part, one in list(vars(tensor).items()) if part != "__slotnames__"}
    )
    # `json.dumps` asks this one object, whose own attributes would hide its class's methods
    encoder = vars(sys.modules["json"])["_default_encoder"]
    found.update({("json", "_default_encoder", part): one for part, one in list(vars(encoder).items())})
    return found


def _compare(before: dict[tuple[object, ...], object], after: dict[tuple[object, ...], object]) -> None:
    # names that PyTorch adds later, by importing more of itself, are no matter; a new method of Tensor would hide an old one, and
    # a new name in a module of ours a built-in function
    for place, value in before.items():
        if after.get(place) is not value:
            raise Tampered(f"{'.'.join(map(str, place))} was replaced")
    for place in after.keys() - before.keys():
        ours = str(place[0]).startswith("in_kernel") and not str(place[1]).startswith("__")
        if place[:2] in (("torch", "Tensor"), ("json", "_default_encoder")) or ours:
            raise Tampered(f"{'.'.join(map(str, place))} was added")


def _kernel_files(begin: FrameType) -> set[str]:
    """The files of what runs the cells, down to where the process began: a forked kernel's need not be of the installation. No code
    of the student's has run yet. `begin`: the frame of `begin`, which a cell has called."""
    cell = begin.f_back
    files, frame = set(), cell and cell.f_back
    while frame is not None:
        files.add(frame.f_code.co_filename)
        frame = frame.f_back
    return files


def _watch(home: Path, ours: str, hidden: list[str]) -> None:
    """Refuse, from now on, what no answer needs. An audit hook cannot be taken off again.

    Everything that it uses is bound here: the student could replace a built-in function.
    """
    getframe, get_ident, busy = sys._getframe, threading.get_ident, set()
    scratch = (str(home / "run") + os.sep, str(home / "out") + os.sep, str(home / "home") + os.sep, os.devnull)
    code_of_ours = ours + os.sep
    trusted = tuple(
        {os.path.realpath(path) + os.sep for path in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))}
        | {path + os.sep for path in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))}
        | {code_of_ours, "<frozen "}
        | _kernel_files(getframe(1))
    )
    secret = (*(path.rstrip(os.sep) + os.sep for path in hidden), code_of_ours)
    abspath, fspath, fsdecode = os.path.abspath, os.fspath, os.fsdecode
    guarded = (*GUARDED, "in_kernel")
    integer, string, error, length, kind = int, str, PermissionError, len, isinstance
    writes, frames, lenders = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC, {*FRAMES}, LENDERS
    never, asked, parts, sent = {*NEVER, *UNTRIED}, {*ASKED}, {*PARTS}, {*SENT}
    changeable = {*CHANGEABLE}

    def asked_by_student() -> bool:
        frame = getframe(3)  # behind `look` and `hook`
        file = frame.f_code.co_filename
        if not file.startswith(trusted):
            return True
        # through `inspect` and the like, at one remove or two
        for _ in (1, 2):
            if not file.endswith(lenders) or frame.f_back is None:
                return False
            frame = frame.f_back
            file = frame.f_code.co_filename
            if not file.startswith(trusted):
                return True
        return False

    def student_is_calling() -> bool:
        frame: FrameType | None = getframe(1)
        while frame is not None:
            if not frame.f_code.co_filename.startswith(trusted):
                return True
            frame = frame.f_back
        return False

    def asked_by_ours() -> bool:
        """Is the nearest frame that is not the installation's one of ours? The frame that asks is `getframe(2)`."""
        frame: FrameType | None = getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(code_of_ours) or not file.startswith(trusted):
                return file.startswith(code_of_ours)
            frame = frame.f_back
        return True

    def for_ours(name: str, function):
        def ask(*args, **kwargs):
            if not asked_by_ours():
                refuse(f"torch.autograd.{name}")
            return function(*args, **kwargs)

        return ask

    def is_guarded(function: object) -> bool:
        owner = getattr_(function, "__module__", "")
        return kind(owner, string) and owner.split(".")[0] in guarded

    def refuse(what: str) -> None:
        raise error(f"an answer may not use {what}")

    def look(event: str, args: tuple) -> None:
        if event in asked:
            if asked_by_student():
                refuse(event)
        elif event == "object.__getattr__":
            if args[1] in frames and asked_by_student():
                refuse(args[1])
            if args[1] in changeable and is_guarded(args[0]) and not getframe(2).f_code.co_filename.startswith(trusted):
                refuse(f"{args[0]}'s {args[1]}")
        elif event == "object.__setattr__":
            if args[1] in parts and is_guarded(args[0]):
                refuse(f"{args[0]}'s {args[1]}")
        elif event == "open":
            path, _, flags = args
            if kind(path, integer) or path is None:
                return
            path = abspath(fsdecode(fspath(path)))
            if (path + os_sep).startswith(secret):
                refuse(f"the file {path}")
            if kind(flags, integer) and flags & writes and not path.startswith(scratch):
                refuse(f"the file {path} (only the working folder may be written)")
            if path.startswith("/proc/") and path.endswith(("/mem", "/environ", "/cmdline")):
                refuse(f"the file {path}")
        elif event == "os.listdir" or event == "os.scandir":
            named = args[0] is not None and not kind(args[0], integer)
            if named and (abspath(fsdecode(fspath(args[0]))) + os_sep).startswith(secret):
                refuse("a folder of the grader")
        elif event in sent:
            if kind(args[1], tuple_) and length(args[1]) > 1:
                refuse("the network")
        elif event in never:
            refuse(event)

    getattr_, tuple_, os_sep = builtins.getattr, tuple, os.sep

    def hook(event: str, args: tuple) -> None:
        ident = get_ident()
        if ident in busy:
            return
        busy.add(ident)
        try:
            look(event, args)
        finally:
            busy.discard(ident)

    start = _thread.start_new_thread

    def start_new_thread(*args):
        # the observers do not see what another thread calls
        if student_is_calling():
            refuse("threads")
        return start(*args)

    for name in RECORDING:
        function = getattr_(sys.modules["torch._C._autograd"], name)
        asking = for_ours(name, function)
        for module in list(sys.modules.values()):
            if vars(module).get(name) is function:
                setattr(module, name, asking)

    sys.addaudithook(hook)
    # no audit event tells of a new thread before Python 3.12
    _thread.start_new_thread = _thread.start_new = start_new_thread
    threading._start_new_thread = start_new_thread  # type: ignore[attr-defined]  # private; threads start with it
