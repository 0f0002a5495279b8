import os
import shutil

import pytest

from resnet_live.data import CLASSES, DataError, folder
from resnet_live.data.folder import read_folder

FIRST = next(iter(CLASSES))


def read(path):
    return read_folder(path, "folder", "the note")


def test_a_whole_folder_gives_all_images_class_by_class(images):
    source = read(images)
    assert (len(source.train), len(source.valid), source.note) == (120, 60, "the note")
    assert [file.parent.name for file in source.train[::12]] == list(CLASSES)
    assert {file.parent.parent.name for file in source.valid} == {"val"}


def test_other_suffixes_count_and_other_files_do_not(images):
    class_folder = images / "train" / FIRST
    files = sorted(class_folder.iterdir())
    for file, suffix in zip(files, (".jpg", ".JPG", ".jpeg"), strict=False):
        file.rename(file.with_suffix(suffix))
    (class_folder / "._x.JPEG").write_bytes(b"a note of the Finder")
    (class_folder / "notes.txt").write_text("not an image")
    assert len(read(images).train) == 120


def test_missing(tmp_path):
    with pytest.raises(DataError, match="nowhere: there is no such folder"):
        read(tmp_path / "nowhere")


def test_empty(tmp_path):
    with pytest.raises(DataError, match="It is empty"):
        read(tmp_path)


def test_a_file(images):
    with pytest.raises(DataError, match="is a file, not a folder"):
        read(next((images / "train" / FIRST).iterdir()))


@pytest.mark.parametrize("below", ["train", "val", f"train/{FIRST}"])
def test_too_low_names_the_right_folder(images, below):
    with pytest.raises(DataError) as caught:
        read(images / below)
    assert f"Did you mean {images}?" in str(caught.value)


def test_too_high_names_the_right_folder(images):
    with pytest.raises(DataError) as caught:
        read(images.parent)
    assert f"Did you mean {images}?" in str(caught.value)


def test_no_split(images):
    shutil.rmtree(images / "val")
    with pytest.raises(DataError, match="no folder val in it"):
        read(images)


@pytest.mark.parametrize("empty", [True, False])
def test_a_lacking_class_is_named(images, empty):
    shutil.rmtree(images / "val" / FIRST)
    if empty:
        (images / "val" / FIRST).mkdir()
    with pytest.raises(DataError, match=r"no images for 1 of the ten classes: n01440764 \(tench\)"):
        read(images)


def spoil(file):
    """Cut a JPEG short: its head is fine, its pixels are not all there."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def test_one_broken_image_is_skipped_counted_and_named_in_the_note(images):
    broken = sorted((images / "train" / FIRST).iterdir())[0]
    spoil(broken)
    source = read(images)
    assert broken not in source.train
    assert len(source.train) == 119
    assert source.note == "the note; 1 unreadable file skipped"


def test_up_to_one_in_a_hundred_is_tolerated_and_no_more(images, monkeypatch):
    files = sorted((images / "train" / FIRST).iterdir())
    monkeypatch.setattr(folder, "TOLERATED", 2 / 180)
    spoil(files[0])
    files[1].write_bytes(b"")
    assert "2 unreadable files skipped" in read(images).note
    spoil(files[2])
    with pytest.raises(DataError, match="3 of 180 images cannot be read.*train"):
        read(images)


def test_a_dangling_link_is_one_unreadable_file(images):
    link = images / "train" / FIRST / "gone.JPEG"
    try:
        link.symlink_to(images / "nowhere.JPEG")
    except OSError:
        pytest.skip("no right to make links")
    assert "1 unreadable file skipped" in read(images).note


def test_a_class_of_broken_images_only_is_a_lacking_class(images):
    first, *others = sorted((images / "val" / FIRST).iterdir())
    spoil(first)
    for file in others:
        file.unlink()
    with pytest.raises(DataError, match="no readable image.*tench"):
        read(images)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="rights mean nothing to this user")
def test_a_folder_that_may_not_be_read(images):
    (images / "train" / FIRST).chmod(0)
    try:
        with pytest.raises(DataError, match="may not be read"):
            read(images)
    finally:
        (images / "train" / FIRST).chmod(0o755)


def test_the_second_look_decodes_only_what_changed(images, monkeypatch):
    decoded = []
    really = folder.can_be_decoded

    def can_be_decoded(file):
        decoded.append(file.name)
        return really(file)

    monkeypatch.setattr(folder, "can_be_decoded", can_be_decoded)
    read(images)
    assert len(decoded) == 180
    decoded.clear()
    read(images)
    assert decoded == []
    changed = sorted((images / "train" / FIRST).iterdir())[3]
    spoil(changed)
    assert "1 unreadable" in read(images).note
    assert decoded == [changed.name]
    decoded.clear()
    assert "1 unreadable" in read(images).note, "what is known to be broken stays broken"
    assert decoded == []


def test_a_damaged_manifest_is_made_again(images, tmp_path):
    spoil(sorted((images / "train" / FIRST).iterdir())[0])
    read(images)
    (manifest,) = (tmp_path / "cache" / "checked").glob("*.json")
    for nonsense in ("", "[1, 2]", '{"train/x": 3}', "{"):
        manifest.write_text(nonsense)
        assert "1 unreadable" in read(images).note
