"""Chapters as steps, and what is said when a notebook or a number is not right."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from resnet_live.live import chapter
from resnet_live.live.chapter import LiveError, find_chapter, read_chapter, read_chapters, step_of


def a_step(number, source="1", tags=(), **more):
    meta = {"step": number, "kind": "typed", "minutes": 1, "note": "Say it.", **more}
    return new_code_cell(source, metadata={"resnet_live": meta, "tags": list(tags)})


def written(folder, *cells, name="02_small.ipynb"):
    file = folder / name
    nbformat.write(new_notebook(cells=list(cells)), file)
    return file


def test_steps_know_their_section_and_the_prose_before_them(tmp_path):
    file = written(
        tmp_path,
        new_markdown_cell("# 2 · Small\n\nHello."),
        a_step("2.0", kind="setup"),
        new_markdown_cell("## Part\n\n```python\n## no heading\n```"),
        new_code_cell("unmarked"),
        a_step("2.1", "boom", tags=["raises-exception"], kind="mistake", prompt="Let it fail"),
    )
    found = read_chapter(file)
    assert (found.number, found.name, found.title, found.minutes) == (2, "02_small", "Small", 2)
    first, second = found.steps
    assert (first.prose, first.section, first.typed, first.prompt) == ("# 2 · Small\n\nHello.", "", False, "Say it.")
    assert (second.section, second.raises, second.cell) == ("Part", True, 4)
    assert second.code == "# 2.1 · Let it fail\nboom" and step_of(second.code) == "2.1"


@pytest.mark.parametrize("source", ["x = 1", "# 2.7", "# chapter 2 · Small", ""])
def test_other_cells_belong_to_no_step(source):
    assert step_of(source) is None


def test_the_fingerprint_follows_the_code_and_not_the_words(tmp_path):
    before = read_chapter(written(tmp_path, a_step("2.0", "x = 1"))).fingerprint
    assert read_chapter(written(tmp_path, a_step("2.0", "x = 1", note="Other."))).fingerprint == before
    assert read_chapter(written(tmp_path, a_step("2.0", "x = 2"))).fingerprint != before


def test_steps_out_of_order_are_named(tmp_path):
    with pytest.raises(LiveError, match=r"02_small.ipynb, cell 2: step 2\.2 stands where 2\.1 should"):
        read_chapter(written(tmp_path, a_step("2.0"), a_step("2.2")))


def test_a_step_of_an_unknown_kind_is_named(tmp_path):
    with pytest.raises(LiveError, match=r"02_small\.ipynb, cell 1: its step metadata are wrong: 'dance'"):
        read_chapter(written(tmp_path, a_step("2.0", kind="dance")))


def test_a_notebook_without_steps_and_a_file_that_is_none(tmp_path):
    with pytest.raises(LiveError, match="has no steps"):
        read_chapter(written(tmp_path))
    (tmp_path / "03_bad.ipynb").write_text("{")
    with pytest.raises(LiveError, match="03_bad.ipynb cannot be read"):
        read_chapter(tmp_path / "03_bad.ipynb")


def test_unknown_steps_and_chapters(tmp_path):
    file = written(tmp_path, a_step("2.0"), a_step("2.1"))
    with pytest.raises(LiveError, match=r"no step 2\.9\. Its steps go from 2\.0 to 2\.1"):
        read_chapter(file).step("2.9")
    with pytest.raises(LiveError, match="no chapter 5. Chapters: 2"):
        find_chapter(5, tmp_path)
    assert find_chapter("2", tmp_path).name == "02_small"


def test_the_book_is_found_by_its_variable_and_says_when_that_is_wrong(tmp_path, monkeypatch):
    written(tmp_path, a_step("2.0"))
    monkeypatch.setenv(chapter.ENV, str(tmp_path))
    assert chapter.book_folder() == tmp_path
    monkeypatch.setenv(chapter.ENV, str(tmp_path / "nowhere"))
    with pytest.raises(LiveError, match="holds no chapter notebooks"):
        chapter.book_folder()


def test_all_chapters_of_the_course_can_be_read():
    found = read_chapters()
    assert [c.number for c in found] == list(range(1, len(found) + 1)) and len(found) >= 8
    assert all(step.note and step.minutes > 0 for c in found for step in c.steps)
