"""Where the kernels of these tests come from."""

import sys

import pytest
from started_kernels import Place

from resnet_live.kernels.kernelspec import supported
from resnet_live.kernels.warm_client import stop_all


@pytest.fixture(scope="session", autouse=True)
def _forks_here():
    if sys.platform == "linux":
        assert supported(), "Jupyter does not know the provisioner: run `pip install -e .` again"
    else:
        pytest.skip("kernels are forked on Linux only")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A warm process for the tests of one module, with few imports."""
    place = Place(tmp_path_factory.mktemp("warm"))
    yield place
    stop_all(place.folder)


@pytest.fixture
def new_place(tmp_path):
    """`new_place(preload=…, idle_s=…)`: warm processes of a test's own."""
    made = []

    def make(**options) -> Place:
        made.append(Place(tmp_path / f"warm{len(made)}", **options))
        return made[-1]

    yield make
    for place in made:
        stop_all(place.folder)
