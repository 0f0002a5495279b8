"""What learning platforms get, read as they read it: the rules of their importers stand here once more, written by hand."""

import csv
import io
import json
import re
import zipfile

import pytest
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.grading.class_list import ClassListError, read_class_list
from resnet_live.grading.gradebook import Grade
from resnet_live.grading.gradebook_file import GradebookFile, LateRule, Person
from resnet_live.grading.judge_observation import CheckResult
from resnet_live.grading.status import Status

FAILED = CheckResult(
    "stride", "Strides", 0, 2, CheckState.FAILED, Feedback("63 of `k`", "64", "n=7, k=3, SECRET", "Count the places.")
)
# name → points in 2.1 and 3.1
CLASS = {
    "Lovelace, Ada_11": (5, 2),
    "Müller „Zoë“ 🦊_12": (3, 0),
    "=HYPERLINK(1)_13": (0, 1),
    "Kim Lee_14": (1, 1),
    "Kim Lee_15": (4, 4),
}


def grade(student, exercise, points):
    status = Status.PASSED if points == 5 else Status.PARTLY
    return Grade(student, exercise, points, 5, status, "=1+1 said, for n=7", (FAILED,), "Input: SECRET", (), 0.5)


def weekly(folder):
    """As after two weekly downloads: who skipped the second has no grade in 3.1."""
    folder = keep(folder, {"Ada Lovelace_11": (5, 3)})
    with GradebookFile(folder / "gradebook.db") as file:
        file.begin([("Bob_15", "x")], {"seed": 1, "device": "cpu"}, {"Bob_15": ""})
        file.add(grade("Bob_15", "2.1", 5), "x", "b")
    return folder


def keep(folder, points, numbered=True, platform=""):
    with GradebookFile(folder / "gradebook.db") as file:
        numbers = dict.fromkeys(points, platform) if numbered else {}
        file.begin([(student, "x") for student in points], {"seed": 1, "device": "cpu"}, numbers)
        for student, (first, second) in points.items():
            file.add(grade(student, "2.1", first), "x", "b")
            file.add(grade(student, "3.1", second), "x", "b")
    return folder


@pytest.fixture
def download(tmp_path):
    """A class from a platform's download: the names end in its numbers."""
    return keep(tmp_path / "grades", CLASS)


def export(folder, form, to, *more):
    done = CliRunner().invoke(app, ["gradebook", "export", str(folder), form, "--to", str(to), *map(str, more)])
    assert "Traceback" not in done.output
    return done


def exported(folder, form, to, *more):
    done = export(folder, form, to, *more)
    assert done.exit_code == 0, done.output
    return to.read_text(encoding="utf-8")


def table(text):
    return list(csv.reader(io.StringIO(text, newline="")))


# ---- Moodle ----


def moodle_worksheet(text):
    """As assignfeedback_offline reads it: three columns by name; the number behind "Participant "."""
    head, *rows = table(text)
    where = {name: head.index(name) for name in ("Identifier", "Grade", "Last modified (grade)")}
    found = {}
    for row in rows:
        assert row[where["Identifier"]].startswith("Participant ")
        number = row[where["Identifier"]][len("Participant ") :]
        assert number.isdigit()
        assert number not in found
        found[number] = row[where["Grade"]]
    return found


def test_a_worksheet_of_moodle_s_from_the_numbers_of_its_download(download, tmp_path):
    text = exported(download, "moodle", tmp_path / "m.csv")
    assert moodle_worksheet(text) == {"11": "7", "12": "3", "13": "1", "14": "2", "15": "8"}
    by_name = {row[1]: row for row in table(text)}
    assert by_name["Müller „Zoë“ 🦊"][-1] == "2.1: 3/5; 3.1: 0/5"
    assert "'=HYPERLINK(1)" in by_name
    assert not any(cell.startswith(("=", "+", "@")) for row in table(text) for cell in row)


WORKSHEET = """\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (grade)","Feedback comments"
"Participant 11","Ada Lovelace",ada@x.org,"Submitted, ",,100.00,Yes,-,
"Participant 15","Kim Lee",kim2@x.org,Submitted,55.00,100.00,Yes,"Monday, 1 June 2026, 9:00 AM",old
"Participant 99","Nobody, Never",never@x.org,"No submission",,100.00,Yes,-,
"""


def test_moodle_s_own_worksheet_is_filled_in_and_scaled_to_its_maximum(download, tmp_path):
    (tmp_path / "list.csv").write_text(WORKSHEET, encoding="utf-8")
    done = export(download, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    text = (tmp_path / "m.csv").read_text(encoding="utf-8")
    assert moodle_worksheet(text) == {"11": "70", "15": "80", "99": ""}
    before, after = table(WORKSHEET.removeprefix("\ufeff")), table(text)
    changed = {(row, column) for row in range(4) for column in range(9) if before[row][column] != after[row][column]}
    assert changed == {(1, 4), (1, 8), (2, 4), (2, 8)}  # grade and comment of the two, nothing else
    assert "Kim Lee_14 is not on the list" in done.stderr


def test_who_skipped_an_assignment_has_not_got_all_the_points(tmp_path):
    folder = weekly(tmp_path / "grades")
    (tmp_path / "list.csv").write_text(WORKSHEET, encoding="utf-8")
    text = exported(folder, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    assert moodle_worksheet(text) == {"11": "80", "15": "50", "99": ""}
    head, *rows = table(exported(folder, "moodle", tmp_path / "n.csv"))
    assert {row[head.index("Maximum Grade")] for row in rows} == {"10"}
    assert [row[-1] for row in rows] == ["2.1: 5/5; 3.1: 3/5", "2.1: 5/5; 3.1: 0/5"]
    assert moodle_worksheet(exported(folder, "moodle", tmp_path / "b.csv", "--student", "Bob_15")) == {"15": "5"}


GRADES = """First name,Last name,ID number,Email address
Ada,Lovelace,007,Ada.L@x.org
Kim,Lee,,kim1@x.org
Kim,Lee,,kim2@x.org
"""


def test_moodle_s_grade_import_keeps_the_identity_columns_as_they_are(tmp_path):
    folder = keep(tmp_path / "grades", {"lovelace ada": (5, 5), "kim2": (1, 0), "Kim Lee": (2, 2)}, numbered=False)
    (tmp_path / "list.csv").write_text(GRADES, encoding="utf-8")
    options = ("--class-list", tmp_path / "list.csv", "--columns", "exercise", "--title", "RL")
    done = export(folder, "moodle", tmp_path / "m.csv", *options)
    head, *rows = table((tmp_path / "m.csv").read_text(encoding="utf-8"))
    assert head == ["First name", "Last name", "ID number", "Email address", "RL 2.1", "RL 3.1", "RL (feedback)"]
    assert rows == [
        ["Ada", "Lovelace", "007", "Ada.L@x.org", "5", "5", "2.1: 5/5; 3.1: 5/5"],
        ["Kim", "Lee", "", "kim2@x.org", "1", "0", "2.1: 1/5; 3.1: 0/5"],
    ]
    assert "Kim Lee is not on the list, or the name stands there twice" in done.stderr


# ID numbers and user names of other people that are, by chance, the participants' numbers of the download
EXPORTED = """First name,{last},ID number,Institution,Department,Email address,Last downloaded from this course
Ada,Lovelace,12,,,Ada.L@x.org,1567713827
Zoë,O'Müller,11,,,zoe@x.org,1567713827
Kim,Lee,14,,,kim1@x.org,1567713827
Kim,Lee,15,,,kim2@x.org,1567713827
Other,Person,13,,,13@x.org,1567713827
"""


@pytest.mark.parametrize("last", ["Last name", "Surname"])
def test_moodle_s_numbers_are_not_the_id_numbers_of_its_export(tmp_path, last):
    """The numbers of its download are those of the worksheet alone. Here names decide, and not one that stands there twice."""
    points = {"Ada Lovelace_11": (5, 2), "Zoë OMüller_12": (3, 0), "Kim Lee_14": (1, 1), "Nobody_13": (4, 4)}
    folder = keep(tmp_path / "grades", points)
    (tmp_path / "list.csv").write_text(EXPORTED.format(last=last), encoding="utf-8")
    done = export(folder, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    assert done.exit_code == 0, done.output
    head, *rows = table((tmp_path / "m.csv").read_text(encoding="utf-8"))
    assert head[:2] == ["First name", last]
    assert {tuple(row[:3]): row[4] for row in rows} == {("Ada", "Lovelace", "12"): "7", ("Zoë", "O'Müller", "11"): "3"}
    assert all(
        f"{one} is not on the list, or the name stands there twice" in done.stderr
        for one in ("Kim Lee_14", "Nobody_13")
    )


def test_the_worksheet_goes_by_the_number_alone(tmp_path):
    """Two of one name are told apart, and a number that is not there is nobody's."""
    folder = keep(tmp_path / "grades", {"Kim Lee_15": (4, 4), "Kim Lee_14": (1, 1), "Never Nobody_98": (5, 5)})
    (tmp_path / "list.csv").write_text(WORKSHEET, encoding="utf-8")
    done = export(folder, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    assert moodle_worksheet((tmp_path / "m.csv").read_text(encoding="utf-8")) == {"11": "", "15": "80", "99": ""}
    assert all(f"{one} is not on the list" in done.stderr for one in ("Kim Lee_14", "Never Nobody_98"))


def test_a_name_alone_is_no_key_of_another_person(tmp_path):
    """Whose name in a download is another's user name or address: the name decides."""
    folder = keep(tmp_path / "grades", {"Kim_14": (4, 4)})
    text = "First name,Last name,Username,Email address\nKim,,k1,one@x.org\nAda,Lovelace,kim,kim@x.org\n"
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    export(folder, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    rows = table((tmp_path / "m.csv").read_text(encoding="utf-8"))[1:]
    assert [row[2] for row in rows] == ["k1"]


def test_feedback_files_find_their_students_in_moodle(download, tmp_path):
    """As assignfeedback_file reads it: the number stands between the first and the second underscore of the folder's name."""
    keep(download, {"A_strange_name_16": (5, 5)})
    export(download, "moodle-feedback", tmp_path / "f.zip")
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        names = archive.namelist()
        read = {name.split("/")[0].split("_", 4)[1]: archive.read(name).decode() for name in names}
    assert all(name.split("/")[0].split("_", 4)[2:4] == ["assignsubmission", "file"] for name in names)
    assert sorted(read) == ["11", "12", "13", "14", "15", "16"]
    assert "Müller „Zoë“ 🦊" in read["12"]
    assert "SECRET" not in "".join(read.values())


# ---- Canvas ----


def canvas_import(text):
    """As Canvas's importer reads it: `Student` and a column with `ID` first, `Section` last before the assignments; a row of possible
    points; a student by the number, else by the SIS columns. Gives possible points, and by number the points of each assignment."""
    head, *rows = table(text)
    assert len(head) > 3
    assert "Student" in head[0] and "ID" in head[1]
    columns = 3
    if re.search(r"SIS\s+Login\s+ID", head[2]):
        columns = 4
    elif re.search(r"SIS\s+User\s+ID", head[2]) and re.search(r"SIS\s+Login\s+ID", head[3]):
        columns = 5 + bool(re.search(r"Integration\s+ID", head[4]))
    assert "Section" in head[columns - 1]
    assert not any(re.search("Current Score|Final Score|Current Points|Final Points", name) for name in head[columns:])
    possible, found = {}, {}
    for row in rows:
        assert len(row) == len(head)
        points = dict(zip(head[columns:], row[columns:], strict=True))
        if "Points Possible" in row[0]:
            possible = points
        else:
            assert row[1].isdigit()
            assert row[1] not in found
            found[row[1]] = points
    return possible, found


def test_canvas_from_the_numbers_of_its_download(download, tmp_path):
    possible, found = canvas_import(exported(download, "canvas", tmp_path / "c.csv", "--title", "Exercises (4711)"))
    assert possible == {"Exercises (4711)": "10"}
    assert {number: points["Exercises (4711)"] for number, points in found.items()} == {
        "11": "7",
        "12": "3",
        "13": "1",
        "14": "2",
        "15": "8",
    }


@pytest.mark.parametrize(
    ("columns", "titles"), [("chapter", ["RL chapter 2", "RL chapter 3"]), ("exercise", ["RL 2.1", "RL 3.1"])]
)
def test_canvas_with_a_column_for_each(download, tmp_path, columns, titles):
    possible, found = canvas_import(
        exported(download, "canvas", tmp_path / "c.csv", "--columns", columns, "--title", "RL")
    )
    assert possible == dict.fromkeys(titles, "5")
    assert found["15"] == dict.fromkeys(titles, "4")


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Old (1) ,Current Score
    Points Possible,,,,,10.0,(read only)
"Lovelace, Ada",501,S01,ada,"Group 1, early",3,30
"Lee, Kim",502,S02,kim1,Group 1,,
"Lee, Kim",503,S03,kim2,Group 2,,
"""


def test_canvas_s_own_export_names_the_students(tmp_path):
    folder = keep(tmp_path / "grades", {"ada": (5, 2), "S02": (1, 1), "kim2": (4, 4), "eve": (0, 0)}, numbered=False)
    (tmp_path / "list.csv").write_text(CANVAS, encoding="utf-8")
    done = export(folder, "canvas", tmp_path / "c.csv", "--class-list", tmp_path / "list.csv")
    text = (tmp_path / "c.csv").read_text(encoding="utf-8")
    _, found = canvas_import(text)
    assert found == {"501": {"ResNet Live": "7"}, "502": {"ResNet Live": "2"}, "503": {"ResNet Live": "8"}}
    assert table(text)[2][:5] == ["Lovelace, Ada", "501", "S01", "ada", "Group 1, early"]
    assert "eve is not on the list" in done.stderr


def test_the_numbers_of_canvas_s_download_are_those_of_its_export(tmp_path):
    folder = keep(tmp_path / "grades", {"leekim_503": (5, 2), "leekim_502": (1, 1), "lovelaceada_99": (4, 4)})
    (tmp_path / "list.csv").write_text(CANVAS, encoding="utf-8")
    done = export(folder, "canvas", tmp_path / "c.csv", "--class-list", tmp_path / "list.csv")
    _, found = canvas_import((tmp_path / "c.csv").read_text(encoding="utf-8"))
    assert found == {"502": {"ResNet Live": "2"}, "503": {"ResNet Live": "7"}}
    assert "lovelaceada_99 is not on the list" in done.stderr


def test_a_number_of_moodle_s_is_nobody_s_on_canvas(tmp_path):
    folder = keep(tmp_path / "grades", {"Kim Leigh_502": (5, 2), "Ada Lovelace_503": (4, 4)}, platform="Moodle")
    (tmp_path / "list.csv").write_text(CANVAS, encoding="utf-8")
    done = export(folder, "canvas", tmp_path / "c.csv", "--class-list", tmp_path / "list.csv")
    _, found = canvas_import((tmp_path / "c.csv").read_text(encoding="utf-8"))
    assert found == {"501": {"ResNet Live": "8"}}
    assert "Kim Leigh_502 is not on the list" in done.stderr
    assert export(folder, "canvas", tmp_path / "x.csv").exit_code == 1
    assert export(folder, "moodle", tmp_path / "x.csv").exit_code == 0


def test_a_gradebook_that_does_not_say_whose_its_numbers_are_has_them_still(tmp_path):
    folder = keep(tmp_path / "grades", {"leekim_503": (5, 2)}, numbered=False)
    with GradebookFile(folder / "gradebook.db") as file:
        file.set_fact("numbered", ["leekim_503"])  # as version 1 wrote it
        file.begin([("leekim_503", "x")], {})
        assert file.people() == {"leekim_503": Person("leekim", "503")}


@pytest.mark.parametrize("form", ["moodle", "canvas"])
def test_students_without_numbers_need_a_list(tmp_path, form):
    folder = keep(tmp_path / "grades", {"ada": (5, 2)}, numbered=False)
    done = export(folder, form, tmp_path / "x.csv")
    assert done.exit_code == 1
    assert "--class-list" in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_two_students_are_never_one_person_of_the_list(tmp_path):
    folder = keep(tmp_path / "grades", {"ada": (5, 2), "S01": (1, 1)}, numbered=False)
    (tmp_path / "list.csv").write_text(CANVAS, encoding="utf-8")
    done = export(folder, "canvas", tmp_path / "x.csv", "--class-list", tmp_path / "list.csv")
    assert done.exit_code == 1
    assert "one person on the list" in done.stderr


def test_a_list_with_an_endless_cell_is_one_message(download, tmp_path):
    (tmp_path / "list.csv").write_text(WORKSHEET + "x" * 140_000, encoding="utf-8")
    done = export(download, "moodle", tmp_path / "m.csv", "--class-list", tmp_path / "list.csv")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "list.csv cannot be read" in line


@pytest.mark.parametrize("text", ["", "name,mark\nada,3\n", "\x00\x01"])
def test_a_list_of_another_kind_is_one_message(tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(ClassListError, match="It is none of"):
        read_class_list(tmp_path / "list.csv")


def test_a_list_may_be_separated_by_semicolons(tmp_path):
    (tmp_path / "list.csv").write_text(CANVAS.replace(",", ";").replace("Lovelace;", "Lovelace,"), encoding="utf-8")
    assert read_class_list(tmp_path / "list.csv").find("ada", "")["ID"] == "501"


def test_a_key_of_two_people_in_two_columns_is_nobody_s(tmp_path):
    (tmp_path / "list.csv").write_text(CANVAS.replace("S02", "501"), encoding="utf-8")
    listed = read_class_list(tmp_path / "list.csv")
    assert listed.find("501", "") is None
    assert listed.find("ada", "")["ID"] == "501"


def test_a_folder_s_name_on_macos_is_the_list_s(tmp_path):
    """There ë may be an e and a mark, in the folder's name or in the list."""
    for text, name in (("Zo\xeb", "Zoe\u0308"), ("Zoe\u0308", "ZO\xcb")):
        (tmp_path / "list.csv").write_text(CANVAS.replace("Lovelace, Ada", f"Lovelace, {text}"), encoding="utf-8")
        listed = read_class_list(tmp_path / "list.csv")
        assert listed.find(f"{name} Lovelace", "")["ID"] == "501"
        assert listed.find("Zoe Lovelace", "") is None


# ---- Programs ----


def test_gradescope_gets_a_test_for_each_exercise_and_no_hidden_input(download, tmp_path):
    """The documented fields: `score`, `max_score`, `status`, `output` in a known format; the total is that of the tests."""
    export(download, "gradescope", tmp_path / "g")
    assert len(list((tmp_path / "g").iterdir())) == 5
    tree = json.loads((tmp_path / "g" / "Lovelace, Ada_11.json").read_text(encoding="utf-8"))
    assert tree["score"] == 7 == sum(test["score"] for test in tree["tests"])
    assert {test["visibility"] for test in tree["tests"]} == {"visible"}
    assert [(test["number"], test["status"], test["max_score"]) for test in tree["tests"]] == [
        ("2.1", "passed", 5),
        ("3.1", "failed", 5),
    ]
    assert "Count the places." in tree["tests"][0]["output"]
    assert "SECRET" not in json.dumps(tree)
    done = export(download, "gradescope", tmp_path / "results.json")
    assert done.exit_code == 1 and "--student" in done.stderr
    one = exported(download, "gradescope", tmp_path / "results.json", "--student", "Kim Lee_15")
    assert json.loads(one)["score"] == 8


def test_an_exercise_that_the_course_no_longer_has_is_shown_by_its_number(tmp_path):
    folder = keep(tmp_path / "grades", {"Kim Lee_15": (5, 5)})
    with GradebookFile(folder / "gradebook.db") as file:
        file.add(grade("Kim Lee_15", "99.1", 1), "x", "b")
    tests = json.loads(exported(folder, "gradescope", tmp_path / "results.json"))["tests"]
    assert [test["name"] for test in tests if test["number"] == "99.1"] == ["99.1"]
    for form in ("csv", "json", "junit", "moodle", "moodle-feedback", "canvas", "classroom50"):
        assert export(folder, form, tmp_path / form).exit_code == 0


def test_long_names_are_exported_each_to_a_file_of_its_own(tmp_path):
    folder = keep(tmp_path / "grades", {"ß" * 117 + end: (5, 2) for end in "ab"}, numbered=False)
    assert export(folder, "gradescope", tmp_path / "g").exit_code == 0
    assert len(list((tmp_path / "g").glob("ß*.json"))) == 2


def test_classroom_50_gets_whole_points_that_its_collector_takes(download, tmp_path):
    """Its contract: whole numbers, none above its maximum, and the total is their sum. Half is taken off for lateness."""
    with GradebookFile(download / "gradebook.db") as file:
        file.adjust("Kim Lee_15", "3.1", 12, "beyond what was asked for")
        file.adjust("Kim Lee_14", "2.1", 12, "beyond what was asked for")
        file.set_late({"Kim Lee_15": 1, "Lovelace, Ada_11": 1}, "")
        file.set_late_rule(LateRule(percent=50))
    export(download, "classroom50", tmp_path / "c50")
    found = {}
    for student in ("Kim Lee_14", "Kim Lee_15", "Lovelace, Ada_11"):
        one = json.loads((tmp_path / "c50" / f"{student}.json").read_text(encoding="utf-8"))
        assert all(type(test["score"]) is int and 0 <= test["score"] <= test["max-score"] for test in one["tests"])
        assert (one["score"], one["max-score"]) == (sum(test["score"] for test in one["tests"]), 10)
        found[student] = (one["score"], [test["passed"] for test in one["tests"]])
    assert found["Kim Lee_14"] == (6, [True, False])
    assert found["Kim Lee_15"] == (7, [False, True])  # 2 of 4, and 6 of 12 are more than there are
    assert found["Lovelace, Ada_11"] == (4, [True, False])  # 2.5 and 1


def test_programs_read_of_what_a_student_has_not_handed_in_too(tmp_path):
    folder = weekly(tmp_path / "grades")
    export(folder, "classroom50", tmp_path / "c50")
    export(folder, "gradescope", tmp_path / "g")
    one = json.loads((tmp_path / "c50" / "Bob_15.json").read_text(encoding="utf-8"))
    assert (one["score"], one["max-score"]) == (5, 10)
    tests = json.loads((tmp_path / "g" / "Bob_15.json").read_text(encoding="utf-8"))["tests"]
    assert [(test["number"], test["score"], test["max_score"]) for test in tests] == [("2.1", 5, 5), ("3.1", 0, 5)]


def test_the_other_forms(download, tmp_path):
    assert table(exported(download, "csv", tmp_path / "x.csv"))[1][:3] == ["'=HYPERLINK(1)_13", "2.1", "0"]
    assert json.loads(exported(download, "json", tmp_path / "x.json"))["points"] == 21
    assert exported(download, "junit", tmp_path / "x.xml").count("<testcase") == 10
    export(download, "classroom50", tmp_path / "c50")
    one = json.loads((tmp_path / "c50" / "Kim Lee_15.json").read_text(encoding="utf-8"))
    assert one["score"] == 8
    assert one["tests"][0]["message"] == "Seen: 63 of k; Expected: 64; Look at: Count the places."


def test_lateness_and_adjustments_are_in_what_is_exported(download, tmp_path):
    with GradebookFile(download / "gradebook.db") as file:
        file.adjust("Kim Lee_15", "3.1", 5, "=a reason")
        file.set_late({"Kim Lee_15": 1}, "")
        file.set_late_rule(LateRule(percent=25))
    assert moodle_worksheet(exported(download, "moodle", tmp_path / "m.csv"))["15"] == "6.75"
