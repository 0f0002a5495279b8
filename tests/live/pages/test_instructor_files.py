"""The files of the pages for instructors are written when they change, and say where they come from."""

import pytest

from resnet_live.live.chapter import LiveError
from resnet_live.live.pages import instructor_files


def test_pages_are_written_only_when_they_change(tmp_path, small):
    texts = instructor_files.pages([small], [], {})
    assert texts["run_sheet_02"].startswith(instructor_files.GENERATED)
    assert instructor_files.build(texts, tmp_path / "pages") == [tmp_path / "pages" / "run_sheet_02.md"]
    assert instructor_files.build(texts, tmp_path / "pages") == []
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="cannot be written"):
        instructor_files.build(texts, tmp_path / "file")
