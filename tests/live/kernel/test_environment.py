"""What a class runs on: images, profile, device, front end; found out without waiting, and worded for the class."""

import threading
from types import SimpleNamespace

import pytest

from resnet_live.live.kernel import environment
from resnet_live.live.kernel.environment import FrontEnd


def test_no_images_and_no_network_are_said_at_once(say, state, monkeypatch, tmp_path):
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "nothing"))
    monkeypatch.setattr("socket.socket", None)  # nobody may as much as try
    monkeypatch.setattr("resnet_live.data.synthetic.standin.draw_class", None)
    assert "Images: none here yet" in say("%chapter 2")
    assert "Images: none here yet" in say("%where") and "resnet-live data fetch" in say("%where")
    monkeypatch.setenv("RESNET_LIVE_OFFLINE", "1")
    assert "downloading is switched off, so the steps use ten classes drawn by the package" in say("%where")
    monkeypatch.setenv("RESNET_LIVE_DATA", str(tmp_path / "gone"))
    assert "Images: not usable. RESNET_LIVE_DATA names a folder that cannot be used" in say("%where")


def test_images_that_are_there(say, state, monkeypatch, tmp_path):
    from PIL import Image

    from resnet_live.data import CLASSES

    for split in ("train", "val"):
        for wnid in CLASSES:
            folder = tmp_path / "images" / split / wnid
            folder.mkdir(parents=True)
            Image.new("RGB", (8, 8)).save(folder / "a.JPEG")
    monkeypatch.setenv("RESNET_LIVE_DATA", str(tmp_path / "images"))
    assert "Images: Imagenette from the folder named by RESNET_LIVE_DATA, 10 for training." in say("%where")
    assert "Images" not in say("%chapter 2")


def test_a_profile_that_there_is_not_is_said_when_a_chapter_opens(say, state, monkeypatch):
    monkeypatch.setattr("resnet_live.live.kernel.environment.sys", type("Fake", (), {"modules": {}}))
    monkeypatch.setenv("RESNET_LIVE_PROFILE", "huge")
    assert "RESNET_LIVE_PROFILE=huge is none. Set it to one of" in say("%chapter 2")


def test_a_slow_disk_does_not_hold_up_the_class(monkeypatch, tmp_path):
    go = threading.Event()
    source = SimpleNamespace(note="Imagenette, at last", train=[1, 2])
    monkeypatch.setenv("RESNET_LIVE_DATA", str(tmp_path))
    monkeypatch.setattr("resnet_live.data.find_source", lambda download: go.wait(60) and source)
    slow = environment.images(0.01)
    assert slow.sentence == "Images: the folder is still being read." and not slow.notable
    go.set()
    assert environment.images(60).sentence == "Images: Imagenette, at last, 2 for training."


def test_profile_and_device_without_loading_torch(monkeypatch):
    monkeypatch.delitem(environment.sys.modules, "torch", raising=False)
    monkeypatch.setenv("RESNET_LIVE_PROFILE", "smoke")
    assert environment.machine().sentence == "Profile: smoke; the device is known after the first set-up step."
    monkeypatch.setenv("RESNET_LIVE_PROFILE", "huge")
    assert "RESNET_LIVE_PROFILE=huge is none. Set it to one of smoke, quick, full" in environment.machine().sentence
    monkeypatch.delenv("RESNET_LIVE_PROFILE")
    assert "full with a GPU, quick without one" in environment.machine().sentence
    assert "torch" not in environment.sys.modules


@pytest.mark.parametrize(
    "profile, said",
    [
        ("smoke", "smoke, 1 epoch at"),
        ("quick", "training is cut short by this profile"),
        ("full", "training steps take long. Set"),
    ],
)
def test_no_gpu(monkeypatch, profile, said):
    monkeypatch.setitem(environment.sys.modules, "torch", SimpleNamespace())
    monkeypatch.setenv("RESNET_LIVE_PROFILE", profile)
    monkeypatch.setattr("resnet_live.profiles.device", lambda: SimpleNamespace(type="cpu"))
    monkeypatch.setattr("resnet_live.profiles.device_name", lambda: "CPU (2 threads)")
    assert f"Profile: {profile}" in environment.machine().sentence
    assert (
        "device: CPU (2 threads); no GPU" in environment.machine().sentence and said in environment.machine().sentence
    )
    monkeypatch.setattr("resnet_live.profiles.device", lambda: SimpleNamespace(type="cuda"))
    monkeypatch.setattr("resnet_live.profiles.device_name", lambda: "A big one")
    assert environment.machine().sentence.endswith("device: A big one.")


class Kernel:
    """Enough of a kernel for a shell to count as one in a notebook."""


def test_front_ends_that_are_not_jupyter(say, state, shell, monkeypatch, given):
    assert environment.front_end(shell) is FrontEnd.TERMINAL and "A terminal" in say("%chapter 2")
    assert "copy" not in say("%next")
    monkeypatch.setattr(shell, "simple_prompt", True, raising=False)  # a terminal that cannot put words into the prompt
    assert "copy it:" in say("%next")
    monkeypatch.setattr(shell, "kernel", Kernel(), raising=False)
    for name in ("VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG"):
        monkeypatch.delenv(name, raising=False)
    assert environment.front_end(shell) is FrontEnd.JUPYTER and environment.limits(shell) == []
    assert "copy" not in say("%next")
    shell.user_ns["__vsc_ipynb_file__"] = "/somewhere/a.ipynb"
    assert "VS Code" in say("%chapter 2") and "JupyterLab and Notebook 7 only" in say("%chapter 2")
    assert "copy it:" in (shown := say("%next")) and "from math import *" in shown and given() is not None
    del shell.user_ns["__vsc_ipynb_file__"]
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")
    assert "Colab" in say("%chapter 2") and "total = 0" in say("%next 2.6")
    assert "y = 4" in say("%mistake")
