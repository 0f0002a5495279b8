"""Run assembled notebooks without Jupyter, each in a forked child, so that PyTorch is imported once:

    python run_cells.py

Reads lines of seconds and a folder, and answers each with a JSON object: {"ended": "whole", "killed" or the error, "cell": the index
of the cell that it ended in, "kind": the error's class}. A child runs the cells one after the other as a kernel would, and stops at
the first error in a cell that may not fail. The line "import" and a module has all children from then on find that imported: not
before it is needed, since a fork of a larger process takes longer.
"""

import atexit
import codeop
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import torch
import torch.fx.experimental.symbolic_shapes  # noqa: F401 (autograd imports it late, and it takes a second)

leave = os._exit  # a cheat may replace it


def child(home: Path) -> None:
    os.chdir(home / "run")
    os.setsid()
    tempfile.tempdir = os.environ["TMPDIR"] = str(home / "home" / "tmp")  # as the sandbox sets it
    sys.path[:] = [path for path in sys.path if path and path != str(Path(__file__).parent)]
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (the answers stand there)
    notebook = json.loads(Path("answer.ipynb").read_text(encoding="utf-8"))
    space = {"__name__": "__main__"}
    compiled = codeop.Compile()  # as a kernel's: what is imported from the future holds for the cells below too
    result = "\n\nwhole"
    for index, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        try:
            exec(compiled(f"{source}\n", f"/tmp/ipykernel_0/{index}.py", "exec"), space)
        except BaseException as error:
            # an error in a cell with this tag ends the cell alone, as in nbclient
            if "raises-exception" in cell.get("metadata", {}).get("tags", []) and not isinstance(error, SystemExit):
                continue
            result = f"{index}\n{type(error).__name__}\n{type(error).__name__}: {error}"
            break
    # plain text: a cheat may have replaced what json does
    (home / "out" / "ended").write_text(result)
    # as a kernel that is shut down: threads, exit handlers and objects get their chance
    threading._shutdown()
    atexit._run_exitfuncs()
    space.clear()
    leave(0)  # to take down all modules would cost two seconds


def run(home: Path, seconds: float) -> dict:
    number = os.fork()
    if number == 0:
        child(home)
    deadline = time.monotonic() + seconds
    while os.waitpid(number, os.WNOHANG) == (0, 0):
        if time.monotonic() > deadline:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            break
        time.sleep(0.01)
    file = home / "out" / "ended"
    cell, kind, ended = (file.read_text() if file.exists() else "\n\nkilled").split("\n", 2)
    return {"ended": ended, "cell": int(cell) if cell else None, "kind": kind}


def ready() -> None:
    gc.collect()
    gc.freeze()  # what is imported is nothing for a child's collector


if __name__ == "__main__":
    ready()
    for line in sys.stdin:
        limit, folder = line.strip().split(" ", 1)
        if limit == "import":
            importlib.import_module(folder)
            ready()
        else:
            print(json.dumps(run(Path(folder), float(limit))), flush=True)
