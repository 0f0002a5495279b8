"""An experiment by its name, on the real images."""

import functools
import importlib

from resnet_live.data import find_source
from resnet_live.data.source import SourceKind
from resnet_live.experiments.record import Experiment


class NoSuchExperiment(LookupError):
    """There is no experiment of that name, or there are no real images for it; the text says what to do."""


@functools.cache
def find_experiment(name: str) -> Experiment:
    """The experiment of `resnet_live/experiments/NAME.py`. Raises NoSuchExperiment, and DataError as `find_source` does."""
    try:
        make = importlib.import_module(f"resnet_live.experiments.{name}").experiment
    except (ImportError, AttributeError):
        raise NoSuchExperiment(
            f"there is no experiment {name!r}. Look into resnet_live/experiments for their names."
        ) from None
    source = find_source()
    if source.kind is SourceKind.STANDIN:
        raise NoSuchExperiment("results are recorded on the real images only. Fetch them with: resnet-live data fetch")
    return make(source)
