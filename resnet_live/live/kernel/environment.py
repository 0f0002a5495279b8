"""What a class runs on, found out at once: front end, images, profile, device. Nothing here waits for a network or loads torch."""

import os
import sys
import threading

from resnet_live.live.chapter import LiveError


def front_end(shell) -> str:
    """ "jupyter", "vscode", "colab" or "terminal" (a shell without a kernel)."""
    if "google.colab" in sys.modules or os.environ.get("COLAB_RELEASE_TAG"):
        return "colab"
    if not hasattr(shell, "kernel"):
        return "terminal"
    if "__vsc_ipynb_file__" in shell.user_ns or os.environ.get("VSCODE_PID") or os.environ.get("VSCODE_CWD"):
        return "vscode"
    return "jupyter"


def gives_cells(shell) -> bool:
    """Whether code that is put into the next cell is sure to appear there."""
    where = front_end(shell)
    return where == "jupyter" or (where == "terminal" and not getattr(shell, "simple_prompt", False))


def limits(shell) -> list[str]:
    """What is not certain or not possible in this front end, and what to do instead; nothing to say in JupyterLab and Notebook."""
    where = front_end(shell)
    if where == "terminal":
        return [
            "A terminal: `%next` writes the code at the next prompt. `%remote` needs a notebook; `%where` and `%peek` "
            "say the same."
        ]
    if where in ("vscode", "colab"):
        name = "VS Code" if where == "vscode" else "Colab"
        return [
            f"{name}: tried in JupyterLab and Notebook 7 only. If `%next` makes no cell here, or makes two, copy the code that it "
            "shows. `%remote` cannot be opened in a second window: use a phone or paper with the run sheet."
        ]
    return []


_looks: dict[tuple, "_Look"] = {}


class _Look(threading.Thread):
    """A look at the images in the background: a slow disk must not hold up a class."""

    def __init__(self):
        super().__init__(name="resnet-live images", daemon=True)
        self.found = ""

    def run(self) -> None:
        self.found = _images()


def images(patience: float = 2) -> str:
    """Which images the steps will use, without fetching or drawing any; waits at most `patience` seconds for a slow disk."""
    asked = tuple(os.environ.get(name, "") for name in ("RESNET_LIVE_DATA", "RESNET_LIVE_OFFLINE", "FASTAI_HOME"))
    look = _looks.get(asked)
    if look is None or not (look.is_alive() or look.found.startswith("Images: Imagenette")):
        look = _looks[asked] = _Look()  # what is missing may have come since
        look.start()
    look.join(patience)
    return look.found or "Images: the folder is still being read"


def _images() -> str:
    from resnet_live.data import DataError, find_source
    from resnet_live.data.cache import fastai_data_folder
    from resnet_live.data.download import is_whole
    from resnet_live.data.imagenette import NAME
    from resnet_live.data.locate import ENV, OFFLINE

    if os.environ.get(ENV, "").strip() or is_whole(fastai_data_folder() / NAME):
        try:
            source = find_source(download=False)
        except DataError as error:
            return f"Images: not usable. {error}"
        return f"Images: {source.note}, {len(source.train):,} for training"
    if os.environ.get(OFFLINE, "") in ("1", "true", "yes"):
        return "Images: none here and downloading is switched off, so the steps use ten classes drawn by the package"
    return (
        "Images: none here yet. The first step that needs them fetches them; without a network it draws its own after some "
        "seconds. Before class: `resnet-live data fetch` in a terminal"
    )


def machine() -> str:
    """Profile and device; the device only once torch is loaded, because loading it takes seconds."""
    from resnet_live import profiles

    if "torch" not in sys.modules:
        name = os.environ.get(profiles.ENV, "").strip()
        if name and name not in profiles.PROFILES:
            return (
                f"Profile: {profiles.ENV}={name} is none. Set it to one of {', '.join(profiles.PROFILES)}, or unset it"
            )
        return (
            f"Profile: {name or 'full with a GPU, quick without one'}; the device is known after the first set-up step"
        )
    try:
        profile = profiles.current()
    except ValueError as error:
        return f"Profile: {error}"
    slow = ""
    if profiles.device().type == "cpu":
        slow = "; no GPU: every step runs, and training is cut short by this profile"
        if profile.name == "full":
            slow = f"; no GPU: training steps take long. Set {profiles.ENV}=quick before the kernel starts"
    return (
        f"Profile: {profile.name}, {profile.epochs} epochs at {profile.size} px; device: {profiles.device_name()}{slow}"
    )


def check_version(chapter, fingerprint: str) -> None:
    """Raises LiveError when a live notebook with `fingerprint` was made from another version of `chapter`."""
    if fingerprint and fingerprint != chapter.fingerprint:
        raise LiveError(
            f"This notebook was made from another version of chapter {chapter.number} ({fingerprint}; here is "
            f"{chapter.fingerprint}). Its steps may have other numbers or code. Make it anew with `resnet-live live build`; or go on "
            "with it: `%next` and `%catchup` give the steps of the chapter that is here."
        )
