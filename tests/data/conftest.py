"""Tests of the data package see neither the network nor the user's own caches, and work on a few tiny pictures."""

import os
import shutil
import socket

import pytest

from resnet_live.data import locate
from resnet_live.data.synthetic.standin import synthetic_dataset

REAL_IMAGES = os.environ.get("RESNET_LIVE_DATA", "")
FEW = {"train": 12, "val": 6}  # images a class


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    """Caches below tmp_path, no variable of the user's, and no connection but to this machine."""
    for name in ("RESNET_LIVE_DATA", "RESNET_LIVE_OFFLINE", "RESNET_LIVE_PROFILE", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "fastai"))
    look_up = socket.getaddrinfo

    def only_here(host, *args, **kwargs):
        if host not in ("127.0.0.1", "localhost"):
            raise OSError(f"the tests have no network ({host})")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    locate.download_once.cache_clear()
    yield
    locate.download_once.cache_clear()


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """A small drawn data set that tests only read: 12 + 6 pictures a class, 48 pixels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LIVE_CACHE", str(tmp_path_factory.mktemp("drawn")))
        return synthetic_dataset(48, per_class=FEW, say=lambda text: None)


@pytest.fixture
def images(drawn, tmp_path):
    """A copy of it that a test may spoil."""
    return shutil.copytree(drawn, tmp_path / "images")


@pytest.fixture
def real_images():
    """The user's own RESNET_LIVE_DATA; the test is skipped without it."""
    if not REAL_IMAGES:
        pytest.skip("RESNET_LIVE_DATA is not set")
    return REAL_IMAGES
