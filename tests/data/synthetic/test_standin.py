import hashlib
import os

import numpy as np
import pytest
from PIL import Image

from resnet_live.data import CLASSES, DataError
from resnet_live.data.synthetic import standin as module
from resnet_live.data.synthetic.scene import draw_scene
from resnet_live.data.synthetic.standin import synthetic_dataset


def prints(folder):
    """Name → checksum of each file below `folder`."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def draw(**options):
    return synthetic_dataset(**{"size": 32, "per_class": {"train": 3, "val": 2}, "say": lambda text: None, **options})


def test_layout_and_size():
    folder = draw(size=40)
    assert sorted(child.name for child in (folder / "train").iterdir()) == list(CLASSES)
    files = list(folder.glob("*/*/*.JPEG"))
    assert len(files) == 50
    for file in files:
        with Image.open(file) as image:
            assert (image.size, image.mode) == ((40, 40), "RGB")


def test_every_picture_is_another():
    assert len(set(prints(draw()).values())) == 50


def test_the_same_seed_draws_the_same_and_another_seed_does_not(monkeypatch, tmp_path):
    first = prints(draw())
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "elsewhere"))
    assert prints(draw()) == first
    other = prints(draw(seed=1))
    assert not set(other.values()) & set(first.values())


def test_a_picture_does_not_hang_on_how_many_there_are():
    few, more = prints(draw()), prints(draw(per_class={"train": 5, "val": 3}))
    assert few.items() <= more.items()


def test_it_is_drawn_once(monkeypatch):
    folder, said = draw(), []
    monkeypatch.setattr(module, "draw_scene", lambda *args: pytest.fail("drawn again"))
    assert draw(say=said.append) == folder
    assert said == []


def test_another_version_is_drawn_anew(monkeypatch):
    folder = draw()
    monkeypatch.setattr(module, "VERSION", module.VERSION + 1)
    assert draw() != folder


def test_an_interrupted_drawing_leaves_nothing(monkeypatch, tmp_path):
    def give_up(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "draw_scene", give_up)
        with pytest.raises(KeyboardInterrupt):
            draw()
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(prints(draw())) == 50


def test_two_at_once_end_with_one_whole_set(monkeypatch, tmp_path):
    """The other process finishes while this one draws: its folder stays, ours is thrown away."""
    really, done = module.draw_class, []

    def draw_class(*arguments):
        if not done:
            done.append("started")
            draw()
        really(*arguments)

    monkeypatch.setattr(module, "draw_class", draw_class)
    folder = draw()
    assert list((tmp_path / "cache").iterdir()) == [folder]
    assert len(prints(folder)) == 50


def test_a_cache_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match="RESNET_LIVE_CACHE"):
        draw()


@pytest.mark.parametrize("wnid", CLASSES)
@pytest.mark.parametrize("size", [16, 128])
def test_each_class_can_be_drawn_at_any_size(wnid, size):
    first, again, other = (draw_scene(wnid, size, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.size == (size, size)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_classes_are_different_drawings():
    """From one stream of chance everything but the object is alike, so what differs is the object."""
    pictures = [np.asarray(draw_scene(wnid, 96, np.random.default_rng(5)), dtype=float) for wnid in CLASSES]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert np.abs(one - other).mean() > 2


def test_brightness_does_not_give_the_class_away(drawn):
    """The mean colours of the classes overlap: they differ less between classes than within one."""
    means = np.array([
        [np.asarray(Image.open(file), dtype=float).mean((0, 1)) for file in sorted((drawn / "train" / wnid).iterdir())]
        for wnid in CLASSES
    ])  # fmt: skip
    assert (means.mean(1).std(0) < means.std(1).mean(0)).all()


def test_no_half_drawn_folder_is_left_next_to_it(tmp_path):
    folder = draw()
    assert os.listdir(tmp_path / "cache") == [folder.name]
