"""The file of a class: whole, of today, and no matter when it cannot be written."""

import json
import os

import pytest
from made_up import play

from resnet_live.live.kernel import saved_state


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chapter": 2}', '{"ran": 1}'])
def test_a_broken_file_of_the_class_is_none(tmp_path, text):
    file = tmp_path / "class.json"
    file.write_text(text)
    assert saved_state.load(file) is None


def test_a_class_of_another_hour_is_another_class(tmp_path):
    file = tmp_path / "class.json"
    saved_state.save(saved_state.SavedState(2, "abc", last_step="2.4"), file)
    assert saved_state.load(file).last_step == "2.4"
    old = json.loads(file.read_text())
    old["saved_at"] -= saved_state.ANOTHER_CLASS + 1
    file.write_text(json.dumps(old))
    assert saved_state.load(file) is None


def test_classes_of_other_days_are_removed(say, state, tmp_path):
    play(say, state, "2.0")
    (file,) = (tmp_path / "cache" / "live").glob("*.json")
    old, other = file.with_name("2001-01-01-02-0123456789ab.json"), file.with_name("notes.txt")
    for each in (old, other):
        each.write_text("{}")
        os.utime(each, (0, 0))
    saved_state.save(state.progress.saved, file)
    assert old.exists()
    file.unlink()
    saved_state.save(state.progress.saved, file)
    assert file.exists() and other.exists() and not old.exists()


def test_a_disk_that_cannot_be_written_is_no_matter(tmp_path):
    (tmp_path / "file").write_text("")
    saved_state.save(saved_state.SavedState(2, "abc"), tmp_path / "file" / "class.json")
