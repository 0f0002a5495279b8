import csv
import os
from xml.etree import ElementTree

from rich.console import Console

from resnet_live.grading import reports
from resnet_live.grading.gradebook import Grade, Gradebook
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


def test_a_gradebook_is_read_back_from_its_file(tmp_path):
    """Without the checks and the report's text."""
    book = Gradebook((Grade("bob", "2.1", 3, 5, Status.PARTLY, "5 of 7"),), {"seed": 1}, ("a warning",))
    reports.write(book, tmp_path)
    assert reports.read(tmp_path / "results.json") == book
