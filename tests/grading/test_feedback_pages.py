"""The feedback page and the class report: what stands on them, that nothing breaks out, and how they look in a browser."""

import json
import re
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docutils.nodes import make_id
from made_class import NAMES, made_class
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.code_in_text import code_as_html
from resnet_live.exercise.feedback import Misconception
from resnet_live.exercise.judging.checks import values
from resnet_live.exercise.judging.evidence import Evidence
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import exercises
from resnet_live.grading.gradebook import Gradebook
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.pages.class_report import class_report, not_attempted, went_wrong
from resnet_live.grading.pages.feedback_page import feedback_page
from resnet_live.grading.pages.reread import reread, sections
from resnet_live.grading.reports import feedback
from resnet_live.grading.status import Status

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "book"))
from accessibility import violations  # noqa: E402

BOOK = made_class()
ADDRESS = "https://example.org/book"


class Tags(HTMLParser):
    """The elements of a page, its ids, and every address that it names."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.addresses, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "action", "data"):
                self.addresses.append(value)

    def handle_data(self, data):
        self.words.append(data)


def pages():
    for student, own in BOOK.by_student().items():
        yield student, feedback_page(student, own, ADDRESS)


def test_a_page_needs_nothing_else_and_nothing_of_a_student_s_is_markup():
    numbered = {student: f"{number}.html" for number, student in enumerate(NAMES)}
    for student, text in [*pages(), ("class", class_report(BOOK, numbered))]:
        read = Tags(text)
        assert not {"script", "link", "img", "iframe", "object", "form", "ends", "another", "first"} & set(read.tags)
        assert not re.search(r"@import|url\(", text)
        own = [
            one for one in read.addresses if not one.startswith(("#", ADDRESS)) and not re.fullmatch(r"\d+\.html", one)
        ]
        assert own == [], student
        assert {one[1:] for one in read.addresses if one.startswith("#")} <= set(read.ids)
        assert len(read.ids) == len(set(read.ids))


def test_the_student_reads_every_check_and_no_hidden_input():
    for student, text in pages():
        words = unescape(" ".join(Tags(text).words))
        own = BOOK.by_student()[student]
        assert f"{own.earned:g}" in words
        assert "SECRET" not in text
        plain = feedback(student, own, ADDRESS)
        assert "SECRET" not in plain
        for grade in own.grades:
            assert f"{grade.exercise} {exercises()[grade.exercise].title}" in words
            assert all(code_as_html(check.title) in text for check in grade.checks)
            if grade.status is not Status.PASSED:
                assert f"“{sections()[grade.exercise]}”" in words
                again = reread(grade.exercise, ADDRESS)
                assert f"Read again: [chapter {again.chapter}, “{again.section}”]({again.address})" in plain
                assert f"Read again: chapter {again.chapter}, “{again.section}”\n" in feedback(student, own)
        assert plain.count("Read again") == sum(grade.status is not Status.PASSED for grade in own.grades)
    assert any("Count the positions" in text for _, text in pages())
    assert any("right, by &lt;another&gt; definition" in text for _, text in pages())


def test_each_exercise_sends_back_to_a_section_that_its_chapter_has():
    assert list(sections()) == list(exercises())
    for exercise, section in sections().items():
        (chapter,) = (ROOT / "book").glob(f"{int(exercise.split('.')[0]):02}_*.ipynb")
        cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
        lines = [line.strip() for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"]]
        assert f"## {section}" in lines, exercise
        assert reread(exercise, ADDRESS + "/").address == f"{ADDRESS}/{chapter.stem}.html#{make_id(section)}"
        assert reread(exercise).address == ""


def test_a_misconception_has_its_name_from_the_check_to_the_report():
    observation = observe("2.1", (lambda n, k, s=1, p=0: (n + 2 * p - k) // s,), 5)
    short = Misconception("short", lambda n, k, s=1, p=0: (n + 2 * p - k) // s, "Count.")
    test = values(lambda n, k, s=1, p=0: (n + 2 * p - k) // s + 1, misconceptions=(short,))
    found = test(Evidence("2.1", ("n", "k", "s", "p"), observation))
    assert (found.misconception, found.hint) == ("short", "Count.")


def test_the_commonest_comes_first_with_its_students():
    found = went_wrong(BOOK)
    counts = [len(one.students) for one in found]
    assert counts == sorted(counts, reverse=True)
    for one in found:
        said = {
            grade.student
            for grade in BOOK.grades
            for check in grade.checks
            if grade.exercise == one.exercise and check.feedback and check.feedback.hint == one.hint
        }
        assert sorted(said) == sorted(one.students)
    assert "one position short" in {one.name for one in found}
    assert "one position short" in class_report(BOOK)


def test_who_has_not_attempted_what():
    found = not_attempted(BOOK)
    open_ = {(student, exercise) for student, those in found.items() for exercise in those}
    assert open_ == {
        (grade.student, grade.exercise)
        for grade in BOOK.grades
        if grade.status in (Status.NOT_ATTEMPTED, Status.MISSING)
    }
    assert all(found.values())


def test_a_report_of_nobody_and_of_one_exercise_is_a_page():
    assert "Everybody has attempted everything" in class_report(Gradebook(()))
    one = Gradebook(tuple(grade for grade in BOOK.grades if grade.exercise == "2.1"))
    assert class_report(one).count('<th scope="row">2.1') == 1


def test_the_gradebook_writes_the_pages_again_as_it_stands(tmp_path):
    with GradebookFile(tmp_path / "gradebook.db") as file:
        file.begin([(name, "x") for name in ("Zoë", "=1")], {"seed": 1})
        for student, other in zip(("Zoë", "=1"), NAMES[:2], strict=True):
            for grade in BOOK.by_student()[other].grades[:3]:
                file.add(type(grade)(**vars(grade) | {"student": student, "adjusted": None}), "x", "b")
        file.adjust("Zoë", "1.1", 9, "by hand")
    arguments = ["gradebook", "feedback", str(tmp_path), "--out", str(tmp_path / "out"), "--chapters", ADDRESS]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "by hand" in (tmp_path / "out" / "feedback" / "Zoë.html").read_text(encoding="utf-8")
    assert f"]({ADDRESS}/" in (tmp_path / "out" / "feedback" / "=1.md").read_text(encoding="utf-8")
    assert "nobody knows where" in done.stderr  # the notebooks, which were never there
    assert 'href="feedback/%3D1.html"' in (tmp_path / "out" / "class_report.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "feedback" / "=1.html").is_file()


@pytest.mark.parametrize("kind", ["feedback", "class"])
def test_a_page_reads_well_in_light_and_dark_and_on_a_phone(browser, tmp_path, kind):
    student = NAMES[9]
    text = class_report(BOOK) if kind == "class" else feedback_page(student, BOOK.by_student()[student], ADDRESS)
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    for scheme, width in (("light", 1200), ("dark", 390)):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        assert len(asked) == 1
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.close()
