"""Python programs that find their imports done: forks of a process that has them, for code that is run many times."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Forks for each line {"code", "arguments", "cwd", "environment", "stdout", "stderr"}, waits, and answers with the exit code.
SERVER = """
import gc, importlib, json, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
gc.freeze()
for line in sys.stdin:
    task = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(task[name], os.O_WRONLY), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(task["cwd"])
        os.environ.clear()
        os.environ.update(task["environment"])
        sys.argv = ["-c", *task["arguments"]]
        code = 1
        try:
            exec(compile(task["code"], "<string>", "exec"), {"__name__": "__main__"})
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Ended:
    """What is left of a program that has run: the part of subprocess.Popen that its caller uses."""

    def __init__(self, returncode: int, stderr):
        self.returncode, self.stderr = returncode, stderr

    def wait(self) -> int:
        return self.returncode

    def kill(self) -> None:
        """It has ended."""


@contextlib.contextmanager
def forked_python(modules) -> Iterator:
    """Gives a function to put in place of `build_book.start_python`: its programs find `modules` imported."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVER, *modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def start(code: str, arguments: list[str], cwd: Path, environment: dict[str, str]) -> Ended:
        with tempfile.TemporaryDirectory() as folder:
            shown = {name: Path(folder, name) for name in ("stdout", "stderr")}
            for file in shown.values():
                file.touch()
            task = {"code": code, "arguments": arguments, "cwd": str(cwd), "environment": environment}
            print(json.dumps(task | {name: str(file) for name, file in shown.items()}), file=server.stdin, flush=True)
            returncode = int(server.stdout.readline())
            sys.stdout.write(shown["stdout"].read_text(encoding="utf-8"))
            messages = shown["stderr"].read_text(encoding="utf-8").splitlines(keepends=True)
        return Ended(returncode, messages)

    try:
        yield start
    finally:
        server.stdin.close()
        server.wait(timeout=60)
