"""A file that is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from resnet_live.whole_file import write_whole


def test_text_and_bytes_replace_what_was_there_and_leave_nothing_beside(tmp_path):
    file = tmp_path / "a.json"
    file.write_text("old")
    write_whole(file, "naïve\nx")
    assert file.read_bytes() == "naïve\nx".encode()
    write_whole(file, b"\x00\n")
    assert file.read_bytes() == b"\x00\n" and list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_it_can_be_for_this_user_alone(tmp_path):
    write_whole(tmp_path / "secret", "x", mode=0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_failure_leaves_the_old_one_and_nothing_beside(tmp_path, monkeypatch):
    file = tmp_path / "a"
    file.write_text("old")

    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(file, "new")
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_whole(Path(tmp_path / "nowhere" / "a"), "x")
