"""Parts of one experiment side by side: shared by processes, each once; what fails is named, what is finished stays."""

import os
import signal
import sys
import threading
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


def note(folder: Path, name: str) -> None:
    """Leave the number of this process in a file: whoever sees the file can read it."""
    (folder / f"{name}.new").write_text(str(os.getpid()))
    (folder / f"{name}.new").rename(folder / name)


def wait_for(file: Path) -> str:
    until = time.monotonic() + 100
    while not file.exists():
        assert time.monotonic() < until, f"{file.name} does not come"
        time.sleep(0.01)
    return file.read_text()


def meets(folder: Path, own: str, other: str) -> dict:
    """Ends well only while the other part runs beside it."""
    note(folder, own)
    return {"apart": wait_for(folder / other) != str(os.getpid())}


def fails_once(folder: Path) -> dict:
    if (folder / "failed").exists():
        return {"second": True}
    (folder / "failed").touch()
    raise ValueError("the net has no weights")


def waits(folder: Path) -> dict:
    note(folder, "a")
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
    return Experiment("endless", "", Images(folder), {"a": partial(waits, folder)})


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
    def interrupt():
        wait_for(tmp_path / "a")
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # another test's kernel may have ignored interrupts
    try:
        threading.Thread(target=interrupt, daemon=True).start()
        with pytest.raises(KeyboardInterrupt):
            record_side_by_side(partial(endless, tmp_path), 2, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "a").read_text()), 0)
