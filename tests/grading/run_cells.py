"""Run assembled notebooks without Jupyter, each in a forked child, so that PyTorch is imported once:

    python run_cells.py seconds home seconds home…     (with FASTAI=1 in the environment, fastai is imported once too)

A child runs the cells one after the other as a kernel would, and stops at the first error. Prints one JSON object: {home: what
ended it}.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch.fx.experimental.symbolic_shapes  # noqa: F401 (autograd imports it late, and it takes a second)

if os.environ.get("FASTAI"):
    import fastai.vision.all  # noqa: F401


def child(home: Path) -> None:
    os.chdir(home / "run")
    os.setsid()
    tempfile.tempdir = os.environ["TMPDIR"] = str(home / "home" / "tmp")  # as the sandbox sets it
    sys.path[:] = [path for path in sys.path if path and path != str(Path(__file__).parent)]
    notebook = json.loads(Path("answer.ipynb").read_text(encoding="utf-8"))
    space = {"__name__": "__main__"}
    ended = "whole"
    try:
        for place, cell in enumerate(notebook["cells"]):
            source = "".join(cell["source"])
            exec(compile(source, f"/tmp/ipykernel_0/{place}.py", "exec"), space)
    except BaseException as error:
        ended = f"{type(error).__name__}: {error}"
    (home / "out" / "ended").write_text(ended)
    # as a kernel that is shut down: threads and exit handlers get their chance
    sys.exit(0)


def main() -> None:
    ended = {}
    for seconds, home in zip(sys.argv[1::2], map(Path, sys.argv[2::2]), strict=True):
        number = os.fork()
        if number == 0:
            child(home)
        deadline = time.monotonic() + float(seconds)
        while os.waitpid(number, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(number, signal.SIGKILL)
                os.waitpid(number, 0)
                break
            time.sleep(0.01)
        file = home / "out" / "ended"
        ended[str(home)] = file.read_text() if file.exists() else "killed"
    print(json.dumps(ended))


if __name__ == "__main__":
    main()
