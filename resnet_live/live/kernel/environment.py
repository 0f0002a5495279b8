"""What a class runs on, found out at once: front end, images, profile, device. Nothing here waits for a network or loads torch.

The facts are dataclasses; how they are worded stands in their `sentence`.
"""

import os
import sys
import threading
from dataclasses import dataclass
from enum import Enum, auto

from IPython.core.interactiveshell import InteractiveShell

from resnet_live.live.chapter import Chapter, LiveError


class FrontEnd(Enum):
    """Where the cells are shown."""

    JUPYTER = "Jupyter"
    VSCODE = "VS Code"
    COLAB = "Colab"
    TERMINAL = "a terminal"  # a shell without a kernel


def front_end(shell: InteractiveShell) -> FrontEnd:
    """The front end that `shell` serves."""
    if "google.colab" in sys.modules or os.environ.get("COLAB_RELEASE_TAG"):
        return FrontEnd.COLAB
    if not hasattr(shell, "kernel"):
        return FrontEnd.TERMINAL
    if "__vsc_ipynb_file__" in shell.user_ns or os.environ.get("VSCODE_PID") or os.environ.get("VSCODE_CWD"):
        return FrontEnd.VSCODE
    return FrontEnd.JUPYTER


def gives_cells(shell: InteractiveShell) -> bool:
    """Whether code that is put into the next cell is sure to appear there."""
    where = front_end(shell)
    in_terminal = where is FrontEnd.TERMINAL and not getattr(shell, "simple_prompt", False)
    return where is FrontEnd.JUPYTER or in_terminal


def limits(shell: InteractiveShell) -> list[str]:
    """What is not certain or not possible in this front end, and what to do instead; nothing in JupyterLab and Notebook."""
    where = front_end(shell)
    if where is FrontEnd.TERMINAL:
        return ["A terminal: `%next` writes the code at the next prompt."]
    if where in (FrontEnd.VSCODE, FrontEnd.COLAB):
        return [
            f"{where.value}: tried in JupyterLab and Notebook 7 only. If `%next` makes no cell here, or makes two, copy the code "
            "that it shows."
        ]
    return []


# ---- images ----


class ImagesState(Enum):
    """Whether there are images to train on."""

    READING = auto()  # a slow disk is still being looked at
    FOUND = auto()
    UNUSABLE = auto()
    NONE_OFFLINE = auto()  # none, and downloading is switched off
    NONE_YET = auto()


@dataclass(frozen=True)
class ImagesFound:
    """The images that steps will use: where they come from (`note`) and how many there are for training; of unusable ones
    `note` says why."""

    state: ImagesState
    note: str = ""
    training: int = 0

    @property
    def notable(self) -> bool:
        """Whether a class should know before it begins."""
        return self.state not in (ImagesState.READING, ImagesState.FOUND)

    @property
    def sentence(self) -> str:
        """For the screen."""
        return (
            "Images: "
            + {
                ImagesState.READING: "the folder is still being read.",
                ImagesState.FOUND: f"{self.note}, {self.training:,} for training.",
                ImagesState.UNUSABLE: f"not usable. {self.note}.",
                ImagesState.NONE_OFFLINE: "none here and downloading is switched off, so the steps use ten classes drawn by the "
                "package.",
                ImagesState.NONE_YET: "none here yet. The first step that needs them fetches them; without a network it draws its "
                "own after some seconds. Before class: `resnet-live data fetch` in a terminal.",
            }[self.state]
        )


_searches: dict[tuple, "_ImageSearch"] = {}


class _ImageSearch(threading.Thread):
    """A look at the images in the background: a slow disk must not hold up a class."""

    def __init__(self) -> None:
        super().__init__(name="resnet-live images", daemon=True)
        self.found = ImagesFound(ImagesState.READING)

    def run(self) -> None:
        self.found = _find_images()


def images(patience: float = 2) -> ImagesFound:
    """Which images the steps will use, without fetching or drawing any; waits at most `patience` seconds for a slow disk."""
    asked = tuple(os.environ.get(name, "") for name in ("RESNET_LIVE_DATA", "RESNET_LIVE_OFFLINE", "FASTAI_HOME"))
    search = _searches.get(asked)
    if search is None or not (search.is_alive() or search.found.state is ImagesState.FOUND):
        search = _searches[asked] = _ImageSearch()  # what is missing may have come since
        search.start()
    search.join(patience)
    return search.found


def _find_images() -> ImagesFound:
    from resnet_live.data import DataError, find_source
    from resnet_live.data.cache import fastai_data_folder
    from resnet_live.data.download import is_whole
    from resnet_live.data.imagenette import NAME
    from resnet_live.data.locate import ENV, OFFLINE

    if os.environ.get(ENV, "").strip() or is_whole(fastai_data_folder() / NAME):
        try:
            source = find_source(download=False)
        except DataError as error:
            return ImagesFound(ImagesState.UNUSABLE, str(error).removesuffix("."))
        return ImagesFound(ImagesState.FOUND, source.note, len(source.train))
    if os.environ.get(OFFLINE, "") in ("1", "true", "yes"):
        return ImagesFound(ImagesState.NONE_OFFLINE)
    return ImagesFound(ImagesState.NONE_YET)


# ---- profile and device ----


@dataclass(frozen=True)
class Machine:
    """How much is computed, and where.

    `profile`: its name, "" when the device will decide; `known`: whether there is such a profile; `device`: in words, "" as long
    as torch is not loaded, because loading it takes seconds; `gpu`: whether it is one; `epochs` and `size` of the profile,
    0 without a device.
    """

    profile: str
    known: bool = True
    device: str = ""
    gpu: bool = False
    epochs: int = 0
    size: int = 0

    @property
    def sentence(self) -> str:
        """For the screen."""
        from resnet_live import profiles

        if not self.known:
            choice = f"Set it to one of {', '.join(profiles.PROFILES)}, or unset it"
            return f"Profile: {profiles.ENV}={self.profile} is none. {choice}."
        if not self.device:
            name = self.profile or "full with a GPU, quick without one"
            return f"Profile: {name}; the device is known after the first set-up step."
        slow = ""
        if not self.gpu and self.profile == "full":
            slow = f"; no GPU: training steps take long. Set {profiles.ENV}=quick before the kernel starts"
        elif not self.gpu:
            slow = "; no GPU: every step runs, and training is cut short by this profile"
        long = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'} at {self.size} px"
        return f"Profile: {self.profile}, {long}; device: {self.device}{slow}."


def machine() -> Machine:
    """Profile and device."""
    from resnet_live import profiles

    name = os.environ.get(profiles.ENV, "").strip()
    if name and name not in profiles.PROFILES:
        return Machine(name, known=False)
    if "torch" not in sys.modules:
        return Machine(name)
    profile, gpu = profiles.current(), profiles.device().type != "cpu"
    return Machine(profile.name, True, profiles.device_name(), gpu, profile.epochs, profile.size)


def check_version(chapter: Chapter, fingerprint: str) -> None:
    """Raises LiveError when a live notebook with `fingerprint` was made from another version of `chapter`."""
    if fingerprint and fingerprint != chapter.fingerprint:
        raise LiveError(
            f"This notebook was made from another version of {chapter.called} ({fingerprint}; here is "
            f"{chapter.fingerprint}). Its steps may have other numbers or code. Make it anew with `resnet-live live build`; or go on "
            "with it: `%next` and `%catchup` give the steps of the chapter that is here."
        )
