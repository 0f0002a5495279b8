"""A student's progress outlives a broken file, and no check fails because of it."""

import json

import pytest

from resnet_live.exercise import check


def good(x):
    return x.mean((2, 3))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"exercises": 3}', '{"exercises": {"2.3": {"best": "many"}}}'])
def test_a_broken_progress_file_is_set_aside(progress_file, text):
    progress_file.parent.mkdir()
    progress_file.write_text(text)
    check("2.3", good)
    assert json.loads(progress_file.read_text())["exercises"]["2.3"]["solved"]
    assert progress_file.with_name("progress.json.broken").read_text() == text


def test_a_progress_file_that_cannot_be_written_stops_nobody(progress_file):
    progress_file.parent.write_text("a file where the folder should be")
    check("2.3", good)
