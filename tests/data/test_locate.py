import subprocess
import sys
from functools import partial

import pytest

from resnet_live.data import CLASSES, DataError, find_source, locate
from resnet_live.data.cache import fastai_data_folder
from resnet_live.data.download import is_whole
from resnet_live.data.imagenette import NAME
from resnet_live.data.synthetic import standin

COUNT = {split: dict.fromkeys(CLASSES, n) for split, n in {"train": 12, "val": 6}.items()}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A few images are a whole data set here."""
    monkeypatch.setattr(standin, "IMAGES", {"train": 2, "val": 1})
    monkeypatch.setattr(locate, "is_whole", partial(is_whole, counts=COUNT))


@pytest.fixture
def fastai_copy(images):
    target = fastai_data_folder() / NAME
    target.parent.mkdir(parents=True)
    return images.rename(target)


def quietly(text):
    pass


def no_download(*args, **kwargs):
    pytest.fail("the network was asked")


def test_the_named_folder_comes_first(monkeypatch, images, tmp_path):
    monkeypatch.setenv("RESNET_LIVE_DATA", f"  {images} ")
    monkeypatch.setattr(locate, "download", no_download)
    source = find_source()
    assert (source.kind, source.path, len(source.train), len(source.valid)) == ("folder", images, 120, 60)


def test_a_bad_named_folder_is_never_replaced_silently(monkeypatch, fastai_copy, tmp_path):
    monkeypatch.setenv("RESNET_LIVE_DATA", str(tmp_path / "typo"))
    with pytest.raises(DataError, match="RESNET_LIVE_DATA.*typo"):
        find_source()


def test_fastais_copy_comes_before_the_network(monkeypatch, fastai_copy):
    monkeypatch.setattr(locate, "download", no_download)
    source = find_source()
    assert (source.kind, source.path, len(source.train)) == ("fastai", fastai_copy, 120)


@pytest.mark.parametrize("setting", ["variable", "argument"])
def test_switched_off_the_network_is_not_asked(monkeypatch, setting):
    monkeypatch.setattr(locate, "download", no_download)
    if setting == "variable":
        monkeypatch.setenv("RESNET_LIVE_OFFLINE", "1")
    source = find_source(download=setting == "variable", progress=quietly)
    assert (source.kind, len(source.train), len(source.valid)) == ("standin", 20, 10)
    assert "drawn" in source.note
    assert "not photographs" in source.note
    assert "switched off" in source.note


def test_half_a_copy_is_not_used(monkeypatch, fastai_copy):
    next((fastai_copy / "val" / "n03888257").iterdir()).unlink()
    assert find_source(download=False, progress=quietly).kind == "standin"


def test_a_copy_with_many_broken_images_says_how_to_get_out(fastai_copy):
    for file in (fastai_copy / "train" / "n01440764").iterdir():
        file.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        find_source(download=False, progress=quietly)
    assert f"Remove {fastai_copy}" in str(caught.value)


def test_without_a_network_the_synthetic_dataset_is_taken_and_the_note_says_so():
    source = find_source(progress=quietly)
    assert source.kind == "standin"
    assert "could not be fetched" in source.note
    assert "no network" in source.note


def test_the_network_is_asked_once_in_a_process(monkeypatch):
    asked = []

    def download(folder, say):
        asked.append(folder)
        raise DataError("it broke off")

    monkeypatch.setattr(locate, "download", download)
    notes = {find_source(progress=quietly).note for _ in range(3)}
    assert len(asked) == len(notes) == 1


def test_a_download_ends_as_fastais_copy(monkeypatch, images):
    def download(folder, say):
        folder.mkdir(parents=True)
        images.rename(folder / NAME)

    monkeypatch.setattr(locate, "download", download)
    source = find_source(progress=quietly)
    assert (source.kind, source.path, len(source.valid)) == ("fastai", fastai_data_folder() / NAME, 60)


def test_importing_is_cheap():
    program = "import sys, resnet_live.data; sys.exit(bool({'torch', 'fastai', 'pandas'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
