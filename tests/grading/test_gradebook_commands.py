"""`resnet-live grade --out` and `resnet-live gradebook …` on notebooks that need no kernel; the progress bar; a set of Git clones."""

import io
import json
import shutil
import sqlite3
import subprocess
from xml.etree import ElementTree

import pytest
from rich.console import Console
from submissions import NAME, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.cli_grading import progress_bar
from resnet_live.grading import grader, layouts
from resnet_live.grading.collect import collect
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import GradebookFile, existing
from resnet_live.grading.status import Status

STUDENTS = ('Zoë, "Q" 🦊', "=1+1", "O'Brien & Sons")


@pytest.fixture
def graded(tmp_path):
    """Three students with odd names and no answer, graded: (folder of the notebooks, folder of the grades)."""
    for student in STUDENTS:
        save(handed_in({}), tmp_path / "class" / student / NAME)
    assert run("grade", tmp_path / "class", "--only", "2.1", "--only", "2.2", "--out", tmp_path / "out").exit_code == 0
    return tmp_path / "class", tmp_path / "out"


def run(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in done.output
    return done


def text_of(file):
    return file.read_text(encoding="utf-8")


def refused(*arguments):
    done = run(*arguments)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    return line


def test_everything_that_people_read_is_written_for_every_name(graded):
    _, out = graded
    written = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    each = {
        form.format(student)
        for student in STUDENTS
        for form in ("feedback/{}.html", "feedback/{}.md", f"returned/{{}}/{NAME}")
    }
    assert written == each | {"class_report.html", "gradebook.csv", "gradebook.db", "junit.xml", "results.json"}


def test_a_zip_file_is_unpacked_once_and_no_answer_sees_what_was_in_it(graded, tmp_path, monkeypatch):
    """Its notebooks lie elsewhere while they are graded and given back."""
    folder, _ = graded
    archive, unpacked, hidden = shutil.make_archive(str(tmp_path / "class"), "zip", folder), [], []
    unpack, settle = layouts.unpack, grader.RunsHere

    def unpack_and_note(archive, folder):
        unpacked.append(folder)
        return unpack(archive, folder)

    monkeypatch.setattr(layouts, "unpack", unpack_and_note)
    monkeypatch.setattr(grader, "RunsHere", lambda hide, warm: hidden.extend(hide) or settle(hide, warm))
    assert run("grade", archive, "--only", "2.1", "--out", tmp_path / "zipped").exit_code == 0
    (place,) = unpacked
    assert place in hidden
    assert not place.exists()
    assert len(list((tmp_path / "zipped" / "returned").rglob(NAME))) == len(STUDENTS)


def test_the_same_command_again_grades_nothing_and_keeps_its_seed(graded, monkeypatch):
    folder, out = graded
    before = json.loads((out / "results.json").read_text(encoding="utf-8"))
    monkeypatch.setattr(grader.Grader, "new_grade", lambda *_: pytest.fail("it was graded again"))
    assert run("grade", folder, "--only", "2.1", "--only", "2.2", "--out", out).exit_code == 0
    assert json.loads((out / "results.json").read_text(encoding="utf-8")) == before


def test_a_notebook_that_has_changed_is_graded_again_and_only_that_one(graded, monkeypatch):
    folder, out = graded
    changed = handed_in({})
    changed.cells[-1].source += "\n# changed"
    save(changed, folder / "=1+1" / NAME)
    asked, new_grade = [], grader.Grader.new_grade
    monkeypatch.setattr(
        grader.Grader, "new_grade", lambda self, *what: asked.append(what[0].name) or new_grade(self, *what)
    )
    run("grade", folder, "--only", "2.1", "--only", "2.2", "--out", out)
    assert asked == ["=1+1", "=1+1"]
    assert "handed in again" in run("gradebook", "history", out, "=1+1").stdout


def test_an_adjustment_is_shown_exported_and_survives_a_regrade(graded):
    _, out = graded
    assert run("gradebook", "adjust", out, STUDENTS[0], "2.2", "4", "--reason", "orally").exit_code == 0
    told = run("gradebook", "regrade", out, "--student", STUDENTS[0], "--only", "2.2", "--reason", "to see").stdout
    assert "4/6" in told
    assert "orally" in told
    history = run("gradebook", "history", out, STUDENTS[0], "2.2").stdout
    for words in ("graded", "adjusted: orally", "to see"):
        assert words in history
    assert len(run("gradebook", "history", out, STUDENTS[1]).stdout.splitlines()) < len(
        run("gradebook", "history", out).stdout.splitlines()
    )
    run("gradebook", "feedback", out, "--out", out)
    assert "Your instructor gave 4 points: orally" in (out / "feedback" / f"{STUDENTS[0]}.html").read_text(
        encoding="utf-8"
    )
    run("gradebook", "adjust", out, STUDENTS[0], "2.2", "--reason", "a mistake", "--undo")
    with existing(out) as file:
        assert file.book().points == 0


def test_a_part_that_is_graded_leaves_the_files_of_the_class_whole(graded):
    """The table shows what was asked for; feedback and notebooks are written for whom was graded, on all that counts."""
    folder, out = graded
    first, second, third = STUDENTS
    run("gradebook", "adjust", out, second, "2.1", "4", "--reason", "orally")
    for file in (out / "feedback").iterdir():
        file.write_text("from before")
    done = run("grade", folder, "--only", "2.3", "--student", first, "--out", out)
    assert done.exit_code == 0
    assert f"{first}: 0/7 points" in done.stdout and second not in done.stdout
    rows = [(row["student"], row["exercise"]) for row in json.loads(text_of(out / "results.json"))["results"]]
    assert sorted(rows) == sorted([(one, number) for one in STUDENTS for number in ("2.1", "2.2")] + [(first, "2.3")])
    assert "'=1+1,2.1,4,5," in text_of(out / "gradebook.csv")
    assert text_of(out / "junit.xml").count("<testcase") == 7
    report = text_of(out / "class_report.html")
    assert "<strong>3</strong><span>students" in report and "<strong>3</strong><span>exercises" in report
    assert report.count('href="feedback/') == 3
    written = {file.name for file in (out / "feedback").iterdir() if text_of(file) != "from before"}
    assert written == {f"{first}.html", f"{first}.md"}
    assert all(f"## {number}: " in text_of(out / "feedback" / f"{first}.md") for number in ("2.1", "2.2", "2.3"))
    run("gradebook", "feedback", out, "--out", out, "--student", third)
    assert text_of(out / "junit.xml").count("<testcase") == 7
    assert text_of(out / "feedback" / f"{second}.md") == "from before"
    assert "## 2.1: " in text_of(out / "feedback" / f"{third}.md")
    run("gradebook", "feedback", out, "--out", out, "--only", "2.3")  # a report of that part is asked for
    assert text_of(out / "junit.xml").count("<testcase") == 1


def test_a_regrade_has_the_time_limit_of_the_last_run_unless_it_says_another(graded, monkeypatch):
    folder, out = graded
    limits, grade = [], grader.grade_collected
    monkeypatch.setattr(grader, "grade_collected", lambda *what: limits.append(what[2].timeout) or grade(*what))
    again = ("gradebook", "regrade", out, "--only", "2.1", "--reason", "x")
    run(*again)
    run("grade", folder, "--only", "2.1", "--timeout", "7", "--out", out)
    run(*again)
    run(*again, "--timeout", "8")
    run(*again)
    assert limits == [60, 7, 7, 8, 8]


def test_a_file_that_cannot_be_written_is_one_message_and_keeps_no_other_from_it(graded):
    """As a spreadsheet has it open; here a folder is in the way."""
    folder, out = graded
    (out / "gradebook.csv").unlink()
    (out / "gradebook.csv" / "full").mkdir(parents=True)
    shutil.rmtree(out / "returned")
    for file in ("class_report.html", "results.json"):
        (out / file).unlink()
    for command in (("grade", folder, "--only", "2.1", "--out", out), ("gradebook", "feedback", out, "--out", out)):
        assert "gradebook.csv could not be written" in refused(*command)
        assert len(list((out / "returned").rglob(NAME))) == len(STUDENTS)
        for file in (out / "class_report.html", out / "results.json", out / "returned"):
            assert file.exists()
        shutil.rmtree(out / "returned")


def test_times_say_that_they_are_utc(graded):
    assert "when (UTC)" in run("gradebook", "history", graded[1]).stdout


def test_the_pages_of_an_exercise_that_the_course_no_longer_has(tmp_path):
    with GradebookFile(tmp_path / "gradebook.db") as file:
        file.begin([("ada", "x")], {"seed": 1})
        file.add(Grade("ada", "99.1", 3, 7, Status.PARTLY, "said"), "x", "b")
    assert run("gradebook", "feedback", tmp_path, "--out", tmp_path).exit_code == 0
    assert "99.1" in text_of(tmp_path / "class_report.html")
    for ending in ("html", "md"):
        told = text_of(tmp_path / "feedback" / f"ada.{ending}")
        assert "99.1" in told and "Read again" not in told


@pytest.mark.parametrize(
    ("before", "given", "status", "passed"),
    [(Status.PASSED, 0, "failed", "0%"), (Status.PASSED, 3, "partly", "0%"), (Status.MISSING, 7, "passed", "100%")],
)
def test_an_adjusted_status_is_the_same_wherever_grades_are_written(tmp_path, before, given, status, passed):
    points = 7 if before is Status.PASSED else 0
    with GradebookFile(tmp_path / "gradebook.db") as file:
        file.begin([("ada", "x")], {"seed": 1})
        file.add(Grade("ada", "2.3", points, 7, before, "said by the judge", text="the judge's report"), "x", "b")
    told = run("gradebook", "adjust", tmp_path, "ada", "2.3", given, "--reason", "copied").stdout
    assert "from before" not in told  # nothing was written yet
    forms = {"csv": "csv", "junit": "xml", "gradescope": "json", "classroom50": "json"}
    for form, suffix in forms.items():
        assert run("gradebook", "export", tmp_path, form, "--to", tmp_path / f"{form}.{suffix}").exit_code == 0
    assert f",{given},7,{status},Adjusted from {points} to {given} points: copied" in text_of(tmp_path / "csv.csv")
    case = ElementTree.parse(tmp_path / "junit.xml").getroot().find(".//testcase")
    assert [one.tag for one in case][1:] == ([] if status == "passed" else ["failure"])
    assert all(one.text.startswith("Adjusted") and "the judge's report" in one.text for one in case[1:])
    (test,) = json.loads(text_of(tmp_path / "gradescope.json"))["tests"]
    assert (test["score"], test["status"]) == (given, "passed" if status == "passed" else "failed")
    (test,) = json.loads(text_of(tmp_path / "classroom50.json"))["tests"]
    assert (test["score"], test["passed"]) == (given, status == "passed")
    assert f" {status} " in run("gradebook", "show", tmp_path).stdout
    run("gradebook", "feedback", tmp_path, "--out", tmp_path)
    assert f'<span class="pill {status}">{status}</span>' in text_of(tmp_path / "feedback" / "ada.html")
    assert f"## 2.3: {status}, {given} of 7 points" in text_of(tmp_path / "feedback" / "ada.md")
    report = text_of(tmp_path / "class_report.html")
    assert f"<strong>{passed}</strong><span>of the answers passed" in report
    assert f'<td class="{status}" title="Adjusted' in report and "Everybody has attempted everything" in report


def test_the_notebooks_to_give_back_are_written_again_with_the_rest(graded):
    folder, out = graded
    first, second, third = STUDENTS
    told = run("gradebook", "adjust", out, first, "2.2", "4", "--reason", "orally").stdout
    assert f"resnet-live gradebook feedback {out} --out {out}" in told
    assert run("gradebook", "adjust", out, second, "2.2", "3", "--reason", "orally").exit_code == 0
    changed = handed_in({})
    changed.cells[-1].source += "\n# handed in again, and not graded"
    save(changed, folder / second / NAME)
    shutil.rmtree(folder / third)
    done = run("gradebook", "feedback", out, "--out", out)
    assert done.exit_code == 0
    assert "Your instructor gave 4 points: orally" in text_of(out / "returned" / first / NAME)
    assert "orally" not in text_of(out / "returned" / second / NAME)  # its marks are not about what lies there now
    assert "is not new for 2 students (=1+1, O'Brien & Sons)" in done.stderr


def test_the_notebooks_to_give_back_need_those_that_were_handed_in(graded, tmp_path):
    folder, out = graded
    run("gradebook", "adjust", out, "=1+1", "2.2", "3", "--reason", "orally")
    folder.rename(tmp_path / "elsewhere")
    done = run("gradebook", "feedback", out, "--out", out)
    assert done.exit_code == 0
    assert f"the notebooks are no longer at {folder}. Name the folder with --submissions" in done.stderr
    assert "orally" in text_of(out / "feedback" / "=1+1.md")
    assert "orally" not in text_of(out / "returned" / "=1+1" / NAME)
    assert "there is no folder" in refused("gradebook", "feedback", out, "--out", out, "--submissions", folder)
    done = run("gradebook", "feedback", out, "--out", out, "--submissions", tmp_path / "elsewhere")
    assert "3 notebooks with feedback" in done.stdout and done.stderr == ""
    assert "orally" in text_of(out / "returned" / "=1+1" / NAME)


@pytest.mark.parametrize(
    "command",
    [
        ("regrade", "--only", "2.2", "--reason", "x"),
        ("late", "=1+1", "2"),
        ("late-rule", "--percent", "10"),
        ("adjust", "=1+1", "2.2", "--undo", "--reason", "x"),
    ],
)
def test_what_changes_points_says_how_to_write_the_files_again(graded, command):
    _, out = graded
    name, *arguments = command
    assert f"resnet-live gradebook feedback {out} --out {out}" in run("gradebook", name, out, *arguments).stdout


def test_lateness_is_shown_with_what_it_costs(graded):
    _, out = graded
    run("gradebook", "adjust", out, "=1+1", "2.1", "5", "--reason", "x")
    run("gradebook", "late", out, "=1+1", "3")
    run("gradebook", "late-rule", out, "--free", "1", "--percent", "10")
    assert "=1+1: 4/11 points (36%); 3 days late, 20% off" in run("gradebook", "show", out).stdout
    (out / "late.csv").write_text("student,days\n=1+1,2\nO'Brien & Sons,1\n", encoding="utf-8")
    run("gradebook", "late", out, "--from", out / "late.csv")
    assert "=1+1: 4.5/11 points (41%); 2 days late, 10% off" in run("gradebook", "show", out).stdout
    (out / "late.csv").write_text("student,days\n=1+1,7\nnobody,1\n", encoding="utf-8")
    assert "'nobody'" in refused("gradebook", "late", out, "--from", out / "late.csv")
    with existing(out) as file:
        assert file.book().late["=1+1"].days == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "nowhere"), "no gradebook"),
        (("adjust", "out", "=1+1", "2.1"), "--undo"),
        (("adjust", "out", "=1+1", "2.1", "3"), "needs a reason"),
        (("adjust", "out", "nobody", "2.1", "3", "--reason", "x"), "'nobody'"),
        (("late", "out", "nobody", "3"), "'nobody'"),
        (("late", "out"), "--from"),
        (("late", "out", "--from", "out/junit.xml"), "student and days"),
        (("late-rule", "out", "--percent", "200"), "between 0 and 100"),
        (("adjust", "out", "=1+1", "2.1", str(10**30), "--reason", "x"), "from 0 to"),
        (("late", "out", "=1+1", str(10**30)), "from 0 to"),
        (("regrade", "out", "--reason", "x", "--student", "nobody"), "'nobody'"),
        (("show", "out", "--student", "=1+2"), "there is no student '=1+2'. There are, for example: =1+1"),
        (("history", "out", "=1+2"), "there is no student '=1+2'. There are, for example: =1+1"),
        (("feedback", "out", "--out", "out", "--student", "=1+2"), "there is no student '=1+2'"),
        (("regrade", "out", "--reason", "x", "--only", "99"), "'99'"),
        (("show", "out", "--only", "99"), "'99'"),
        (("export", "out", "csv", "--to", "nowhere/x.csv"), "x.csv could not be written"),
        (("export", "out", "csv", "--to", "x.csv", "--student", "nobody"), "no student 'nobody'"),
        (("export", "out", "csv", "--to", "x.csv", "--only", "2.3"), "no grade"),
        (("export", "out", "moodle", "--to", "x.csv", "--class-list", "missing.csv"), "missing.csv"),
    ],
)
def test_what_cannot_be_is_one_message(graded, monkeypatch, arguments, words):
    monkeypatch.chdir(graded[0].parent)
    assert words in refused("gradebook", *arguments)


def test_a_full_disk_is_one_message_and_what_was_kept_stays(graded, monkeypatch):
    folder, out = graded

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(GradebookFile, "add", full)
    assert "disk is full" in refused("grade", folder, "--only", "2.3", "--out", out)
    assert "disk is full" in refused("gradebook", "regrade", out, "--only", "2.1", "--reason", "x")
    with existing(out) as file:
        assert len(file.history()) == 6


def test_the_bar_has_rate_and_time_left_and_is_quiet_where_nobody_looks():
    for terminal in (True, False):
        text = io.StringIO()
        with progress_bar(Console(file=text, force_terminal=terminal, width=120)) as progress:
            for done in range(4):
                progress(done, 100, f"[red]student {done}")
        shown = text.getvalue()
        assert ("3/100" in shown) is terminal
        assert ("/min" in shown) is terminal
        assert ("[red]student 3" in shown) is terminal  # a name is no markup
        assert terminal or shown == ""


def test_a_set_of_git_clones_is_a_class(tmp_path):
    """Each in the folder that `git clone` made, named after the repository; what Git keeps in it is nobody's answer."""
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    for student in ("week2-ada", "week2-bob"):
        origin = tmp_path / "origin" / student
        save(handed_in({}), origin / "exercises" / NAME)
        for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "mine")):
            subprocess.run([*git, *command], cwd=origin, check=True)
        (tmp_path / "class").mkdir(exist_ok=True)
        subprocess.run([*git, "clone", "-q", str(origin)], cwd=tmp_path / "class", check=True)
        save(handed_in({}), tmp_path / "class" / student / ".git" / "hidden.ipynb")
    students = collect(tmp_path / "class")
    assert [(one.name, [notebook.name for notebook in one.notebooks]) for one in students] == [
        ("week2-ada", [f"exercises/{NAME}"]),
        ("week2-bob", [f"exercises/{NAME}"]),
    ]
