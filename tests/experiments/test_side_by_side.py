"""Parts of one experiment side by side: shared by processes, each once; what fails is named, what is finished stays."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from resnet_live.experiments.record import Experiment, load, record
from resnet_live.experiments.side_by_side import PartFailed, record_side_by_side

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Images:
    path: Path
    train: tuple = ()
    valid: tuple = ()
    note: str = "none"


def meets(folder: Path, own: str, other: str) -> dict:
    """Ends well only while the other part runs in another process."""
    (folder / own).write_text(str(os.getpid()))
    until = time.monotonic() + 300
    while not (folder / other).exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{other} does not run beside {own}")
        time.sleep(0.01)
    return {"apart": (folder / own).read_text() != (folder / other).read_text()}


def fails_once(folder: Path) -> dict:
    if (folder / "failed").exists():
        return {"second": True}
    (folder / "failed").touch()
    raise ValueError("the net has no weights")


def waits(folder: Path, name: str) -> dict:
    (folder / name).write_text(str(os.getpid()))
    time.sleep(600)
    return {}


def shared(folder: Path) -> Experiment:
    parts = {
        "one": partial(meets, folder, "one", "other"),
        "other": partial(meets, folder, "other", "one"),
        "weak": partial(fails_once, folder),
    }
    return Experiment("shared", "", Images(folder), parts)


def endless(folder: Path) -> Experiment:
    return Experiment("endless", "", Images(folder), {"a": partial(waits, folder, "a")})


def test_processes_share_the_parts_and_a_failed_one_is_named_and_run_again(tmp_path):
    with pytest.raises(PartFailed, match=r"^weak: ValueError: the net has no weights$"):
        record_side_by_side(partial(shared, tmp_path), 2, tmp_path)
    assert not (tmp_path / "shared.json").exists()
    assert (
        record(shared(tmp_path), tmp_path) == tmp_path / "shared.json"
    )  # the finished parts would wait for each other
    parts = load("shared", tmp_path)["parts"]
    assert list(parts) == ["one", "other", "weak"]
    assert parts["one"]["apart"] and parts["other"]["apart"] and parts["weak"]["second"]
    assert all(part["device"] for part in parts.values())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interrupt_ends_the_processes(tmp_path):
    code = (
        "import test_side_by_side as here, pathlib, functools\n"
        "if __name__ == '__main__':\n"
        f"    folder = pathlib.Path({str(tmp_path)!r})\n"
        "    here.record_side_by_side(functools.partial(here.endless, folder), 2, folder)\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (Path(__file__).parent, *sys.path)))}
    command = subprocess.Popen([sys.executable, script], env=environment, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "a").exists():
        assert command.poll() is None, command.stderr.read()
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate()
    assert command.returncode != 0 and said.rstrip().endswith("KeyboardInterrupt")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "a").read_text()), 0)
