"""The pages of a class as files."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import quote

from resnet_live.grading.gradebook import Gradebook
from resnet_live.grading.pages.class_report import class_report
from resnet_live.grading.pages.feedback_page import feedback_page
from resnet_live.grading.reports import short_name, write_each


def write_pages(
    book: Gradebook, folder: Path, address: str = "", students: Collection[str] | None = None
) -> list[Path]:
    """Write feedback/STUDENT.html and class_report.html into `folder`; return the files. `address`: where the book's chapters are;
    `students`: whose feedback, None for everybody's. Raises NotWritten."""
    by_student = book.by_student()
    names = {student: f"feedback/{short_name(student)}.html" for student in by_student}

    def texts() -> Iterator[tuple[Path, str]]:
        for student, own in by_student.items():
            if students is None or student in students:
                yield folder / names[student], feedback_page(student, own, address)
        # those that are there now, or were from before
        there = {student: quote(name) for student, name in names.items() if (folder / name).exists()}
        yield folder / "class_report.html", class_report(book, there)

    return write_each(texts())
