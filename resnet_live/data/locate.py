"""Find the images: the user's folder, fastai's cache, the network, and at last the synthetic dataset."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from resnet_live.data.cache import fastai_data_folder
from resnet_live.data.download import download, is_whole
from resnet_live.data.errors import DataError
from resnet_live.data.folder import read_folder
from resnet_live.data.imagenette import NAME
from resnet_live.data.source import Source, SourceKind
from resnet_live.data.synthetic.standin import synthetic_dataset

ENV, OFFLINE = "RESNET_LIVE_DATA", "RESNET_LIVE_OFFLINE"


def find_source(download: bool = True, progress: Callable[[str], None] = print) -> Source:
    """The images to use. `download=False` never fetches; `progress` is called with a line about what takes time.

    In this order: the folder named by RESNET_LIVE_DATA (DataError when it is not usable: never a silent substitute);
    fastai's cache; a download, unless RESNET_LIVE_OFFLINE is 1 or the network does not answer within seconds; the
    synthetic dataset. The last two find out once in a process.
    """
    named = os.environ.get(ENV, "").strip()
    if named:
        path = Path(named).expanduser().absolute()
        try:
            return read_folder(path, SourceKind.FOLDER, "Imagenette from the folder named by RESNET_LIVE_DATA")
        except DataError as error:
            raise DataError(f"{ENV} names a folder that cannot be used. {error}") from None
    cached = fastai_data_folder() / NAME
    why = ""
    if not is_whole(cached):
        why = _fetch(download and may_download(), progress)
    if is_whole(cached):
        return read_folder(cached, SourceKind.FASTAI, "Imagenette (160 px) from fastai's cache")
    note = f"the synthetic dataset: ten classes drawn by the package, not photographs, because {why}"
    return read_folder(synthetic_dataset(say=progress), SourceKind.STANDIN, note)


def may_download() -> bool:
    """Whether images may be fetched: RESNET_LIVE_OFFLINE does not say otherwise."""
    return os.environ.get(OFFLINE, "") not in ("1", "true", "yes")


def _fetch(allowed: bool, progress: Callable[[str], None]) -> str:
    """Try to download; returns why not, in words that end a sentence, or nothing."""
    if not allowed:
        return "no images were found and downloading is switched off"
    return download_once(fastai_data_folder(), progress)


@lru_cache(maxsize=8)
def download_once(folder: Path, progress: Callable[[str], None]) -> str:
    """Download into `folder`, at most once in a process; returns why it failed, as the end of a sentence, or nothing."""
    try:
        download(folder, progress)
    except DataError as error:
        return f"Imagenette could not be fetched ({error})"
    return ""
