"""Which images the chapters would find. Nothing is fetched, drawn or decoded."""

from __future__ import annotations

import os
from pathlib import Path

from resnet_live.doctor.diagnosis import Diagnosis, Use, fine, note, problem
from resnet_live.knock import knock

SECONDS = 2


def look() -> list[Diagnosis]:
    """In the order in which the course looks: RESNET_LIVE_DATA, fastai's cache, a download, the synthetic dataset."""
    from resnet_live.data.cache import fastai_data_folder
    from resnet_live.data.download import is_whole, miscounted
    from resnet_live.data.errors import DataError
    from resnet_live.data.folder import check_layout
    from resnet_live.data.imagenette import COUNTS, NAME, URL
    from resnet_live.data.locate import ENV, may_download

    named = os.environ.get(ENV, "").strip()
    if named:
        try:
            check_layout(Path(named).expanduser().absolute())
        except DataError as error:
            return [problem("Images", f"{ENV}: {error}", f"Correct {ENV}, or unset it.", *_training())]
        return [fine("Images", f"the folder named by {ENV}: {named}")]
    cached = fastai_data_folder() / NAME
    if is_whole(cached):
        return [fine("Images", f"fastai's cache: {cached}")]
    says, fetch = "no photographs yet", "resnet-live data fetch"
    if cached.exists():
        says = f"{cached} is not whole: {miscounted(cached, COUNTS)}"
    if not may_download():
        remedy = f"Unset RESNET_LIVE_OFFLINE and run {fetch}, or point {ENV} at a copy."
        return [
            problem("Images", f"{says}, and downloading is switched off: chapters use drawings", remedy, Use.RECORD)
        ]
    if why := knock(URL, SECONDS):
        remedy = f"Where there is a network: {fetch}. Or point {ENV} at a copy."
        return [
            problem("Images", f"{says}, and none can be fetched ({why}): chapters use drawings", remedy, Use.RECORD)
        ]
    return [note("Images", f"{says}: they are fetched at first use", f"Before class: {fetch}")]


def _training() -> tuple[Use, ...]:
    return (Use.READ, Use.SOLVE, Use.TEACH, Use.RECORD)
