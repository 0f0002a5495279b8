import csv
import os
from xml.etree import ElementTree

import pytest
from rich.console import Console

from resnet_live.grading import reports
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.pages.write_pages import write_pages
from resnet_live.grading.status import Status


def made_up():
    grade = Grade("=ada|[red]", "2.1", 0, 5, Status.ERROR, "\x1b[31m=cmd()\x00 <b> ``` | `x`", text="````")
    return Gradebook((grade,), {"seed": 1}, ("ada/x.ipynb could not be read: not JSON",))


def test_hostile_text_stays_text(tmp_path):
    """A student's message cannot break the XML, become a formula, or draw in the terminal."""
    book = made_up()
    reports.write(book, tmp_path)
    ElementTree.parse(tmp_path / "junit.xml")
    with (tmp_path / "gradebook.csv").open(encoding="utf-8", newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["student"].startswith("'=")
    assert line["message"].startswith("'=")
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    reports.show(book, console)
    assert "\x1b[31m=cmd" not in console.export_text(styles=False)
    assert r"\|" in reports.summary(book)
    assert "<b>" not in reports.summary(book)


@pytest.mark.parametrize(
    "text", [r"\[/x]", r"\[red]", "[/]", r"\\[/b] [link=x]", "ends in \\", r"a\[/b].ipynb could not be read"]
)
def test_no_text_of_a_student_s_is_markup(text):
    """The table stands before all files are written: what breaks it would cost the whole class."""
    book = Gradebook((Grade(text, "2.1", 0, 5, Status.ERROR, text),), {"seed": 1}, (text,))
    console = Console(width=160, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    reports.show(book, console)
    assert console.export_text(styles=False).count(text) == 4


@pytest.mark.parametrize("write", [reports.write, write_pages])
def test_one_file_that_cannot_be_written_keeps_no_other_from_it(tmp_path, write):
    """Open elsewhere, say; here a folder of that name is in the way."""
    grades = [Grade(student, "2.1", 3, 5, Status.PARTLY, "x") for student in ("ada", "bob")]
    everything = {file.relative_to(tmp_path / "all") for file in write(Gradebook(tuple(grades)), tmp_path / "all")}
    for in_the_way in everything:
        (tmp_path / in_the_way.stem / in_the_way / "full").mkdir(parents=True)
        with pytest.raises(reports.NotWritten) as told:
            write(Gradebook(tuple(grades)), tmp_path / in_the_way.stem)
        assert f"{in_the_way} could not be written: " in str(told.value)
        written = {file for file in everything if (tmp_path / in_the_way.stem / file).is_file()}
        assert written == everything - {in_the_way}
    with pytest.raises(reports.NotWritten, match="and [1-9] more could not be written"):
        (tmp_path / "out").write_text("")
        write(Gradebook(tuple(grades)), tmp_path / "out")


def test_a_long_name_is_shortened_by_bytes_and_stays_one_of_its_own(tmp_path):
    long = ["ß" * 117 + end for end in "ab"]
    names = {reports.short_name(name) for name in [*long, "ada", "ß" * 100]}
    assert len(names) == 4 and {"ada", "ß" * 100} < names
    assert all(len(name.encode()) <= 200 and name.startswith(("ß" * 90, "ada")) for name in names)
    book = Gradebook(tuple(Grade(name, "2.1", 3, 5, Status.PARTLY, "x") for name in long))
    assert len({*reports.write(book, tmp_path), *write_pages(book, tmp_path)}) == 3 + 2 + 2 + 1


def test_a_gradebook_is_read_back_from_its_file(tmp_path):
    """Without the checks and the report's text."""
    book = Gradebook((Grade("bob", "2.1", 3, 5, Status.PARTLY, "5 of 7"),), {"seed": 1}, ("a warning",))
    reports.write(book, tmp_path)
    assert reports.read(tmp_path / "results.json") == book
