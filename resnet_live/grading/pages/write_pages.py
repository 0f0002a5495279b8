"""The pages of a class as files."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from resnet_live.grading.gradebook import Gradebook
from resnet_live.grading.pages.class_report import class_report
from resnet_live.grading.pages.feedback_page import feedback_page
from resnet_live.whole_file import write_whole


def write_pages(book: Gradebook, folder: Path, address: str = "") -> list[Path]:
    """Write feedback/STUDENT.html and class_report.html into `folder`; return the files. `address`: where the book's chapters are."""
    (folder / "feedback").mkdir(parents=True, exist_ok=True)
    files = []
    for student, own in book.by_student().items():
        files.append(folder / "feedback" / f"{student}.html")
        write_whole(files[-1], feedback_page(student, own, address))
    pages = {student: quote(f"feedback/{student}.html") for student in book.by_student()}
    files.append(folder / "class_report.html")
    write_whole(files[-1], class_report(book, pages))
    return files
