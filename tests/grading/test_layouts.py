"""Downloads from Canvas, Moodle and nbgrader, as folders and as zip files: recognised by their names, or refused."""

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from found import answer
from submissions import NAME, REPOSITORY, RIGHT, handed_in, save, unzip_believing

from resnet_live.grading.collect import NoSubmissions, collect_all, remarks
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.status import Status

CANVAS = [
    f"doejane_123_4567_{NAME}",
    f"leebo_LATE_124_4568_{NAME.replace('.', '-2.')}",
    "leebo_LATE_124_4569_notes.ipynb",
]
MOODLE = [
    f"Jane Doe_123_assignsubmission_file/{NAME}",
    f"Bo Lee_124_assignsubmission_file_/{NAME}",
    "Cy_125_assignsubmission_file/",
]
MOODLE_FLAT = [f"Jane Doe_123_assignsubmission_file_{NAME}", f"Bo Lee_124_assignsubmission_file_{NAME}"]
NBGRADER = [f"submitted/ada/week 2/{NAME}", f"submitted/bob/week 2/{NAME}", f"source/week 2/{NAME}"]
LAYOUTS = {
    "Canvas": (CANVAS, {"doejane_123": [NAME], "leebo_124": [NAME, "notes.ipynb"]}),
    "Moodle": (MOODLE, {"Bo Lee_124": [NAME], "Cy_125": [], "Jane Doe_123": [NAME]}),
    "Moodle without folders": (MOODLE_FLAT, {"Bo Lee_124": [NAME], "Jane Doe_123": [NAME]}),
    "nbgrader": (NBGRADER, {"ada": [f"week 2/{NAME}"], "bob": [f"week 2/{NAME}"]}),
}


def laid_out(folder, names):
    """Folders where a name ends in `/`, else files: notebooks, or empty."""
    for name in names:
        if name.endswith("/"):
            (folder / name).mkdir(parents=True)
        elif name.endswith(".ipynb"):
            save(handed_in(RIGHT), folder / name)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    return folder


def packed_as(how, folder, archive):
    """The folder itself; or a zip file of what is in it, by the name of the folder or by another."""
    if how == "folder":
        return folder
    name = folder.name if how == "zip" else archive
    return Path(shutil.make_archive(str(folder.parent / "packed" / name), "zip", root_dir=folder))


def found(path):
    """The students with the names of their notebooks, and the notes. Whatever the layout, no name stands for two."""
    collected = collect_all(path)
    assert len({one.name for one in collected.students}) == len(collected.students)
    for student in collected.students:
        assert len({one.name for one in student.notebooks}) == len(student.notebooks)
    return {one.name: [notebook.name for notebook in one.notebooks] for one in collected.students}, collected.notes


@pytest.mark.parametrize("packed", ["folder", "zip", "zip of the folder"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_download_is_recognised(layout, packed, tmp_path):
    names, students = LAYOUTS[layout]
    path = laid_out(tmp_path / "class", names)
    if packed != "folder":
        inside = {"root_dir": tmp_path, "base_dir": "class"} if "of the" in packed else {"root_dir": path}
        path = shutil.make_archive(str(tmp_path / "packed" / "class"), "zip", **inside)
    got, notes = found(tmp_path / "packed" / "class.zip" if packed != "folder" else path)
    assert got == students
    what = "a course of nbgrader's" if layout == "nbgrader" else f"a download from {layout.split()[0]}"
    assert f"Read as {what}" in notes[0]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([*CANVAS, "lesson.ipynb"], "download from Canvas, and some are not \\(lesson.ipynb\\)"),
        ([*MOODLE_FLAT, NAME], "download from Moodle, and some are not"),
        ([*MOODLE, f"old/{NAME}"], "download from Moodle, and some are not \\(old\\)"),
        ([f"ada_{NAME}", f"bob_{NAME}"], "several students"),
        ([CANVAS[0], f"ada/{NAME}"], "one student or a class"),
    ],
)
def test_what_fits_in_part_is_refused(names, words, tmp_path):
    with pytest.raises(NoSubmissions, match=words):
        collect_all(laid_out(tmp_path, names))


def test_one_student_with_two_versions_is_one_student(tmp_path):
    laid_out(tmp_path / "ada", [NAME, f"old_{NAME}", f"older_{NAME}"])
    assert list(found(tmp_path / "ada")[0]) == ["ada"]


# ---- A class in another folder ----

WRAPPED = {
    "a class": ([f"submissions/ada/{NAME}", f"submissions/bob/{NAME}", "submissions/cy/"], ["ada", "bob", "cy"]),
    "a class of one": ([f"submissions/ada/{NAME}"], ["ada"]),
    "a class with a lesson": (["hand-in/lesson.ipynb", f"hand-in/ada/{NAME}", f"hand-in/bob/{NAME}"], ["ada", "bob"]),
    "a class in two folders": ([f"down/week 2/ada/{NAME}", f"down/week 2/bob/a/{NAME}"], ["ada", "bob"]),
    "by numbers": ([f"class/1234567/{NAME}", f"class/12345678/{NAME}"], ["1234567", "12345678"]),
    "one name in another": ([f"class/Anna/{NAME}", f"class/Anna Maria/{NAME}"], ["Anna", "Anna Maria"]),
    "numbered projects": ([f"class/project1/{NAME}", f"class/project2/{NAME}"], ["project1", "project2"]),
    "other names": (["class/ada/homework.ipynb", "class/bob/my answers.ipynb"], ["ada", "bob"]),
    "Canvas": ([f"class/{name}" for name in CANVAS], ["doejane_123", "leebo_124"]),
    "Moodle": ([f"class/{name}" for name in MOODLE], ["Bo Lee_124", "Cy_125", "Jane Doe_123"]),
    "Moodle without folders": ([f"class/{name}" for name in MOODLE_FLAT], ["Bo Lee_124", "Jane Doe_123"]),
    "nbgrader": ([f"course/{name}" for name in NBGRADER], ["ada", "bob"]),
    "nbgrader's folder alone": ([f"submitted/ada/ps1/{NAME}"], ["ada"]),
}


@pytest.mark.parametrize("packed", ["folder", "zip", "zip of another name"])
@pytest.mark.parametrize("layout", WRAPPED)
def test_a_class_in_a_folder_is_found_whatever_its_name(layout, packed, tmp_path):
    names, students = WRAPPED[layout]
    folder = laid_out(tmp_path / "here", names)
    wrapper = names[0].partition("/")[0]
    got, notes = found(packed_as(packed, folder, f"{wrapper} (1)"))
    assert sorted(got) == students
    assert any("folder" in note and (wrapper in note or "submitted" in note) for note in notes)
    assert all(len(names) < 2 or layout == "Canvas" for names in got.values())


ONE = {
    "a repository": ["exercises/", f"exercises/{NAME}", "exercises/03_training.ipynb", "README.md"],
    "weeks": [f"week 2/{NAME}", "week 3/03_training.ipynb"],
    "labs": [f"Lab 2/{NAME}", f"Lab 2 final/{NAME}"],
    "its name": [f"02_adaptive_pooling/{NAME}", f"02_adaptive_pooling_old/{NAME}"],
    "what an answer needs, and pictures": [f"homework/{NAME}", "pictures/plot.png", "utils/helpers.py"],
    "an old version": [NAME, f"old/{NAME}", f"old/older/{NAME}"],
    "two versions": [f"version 1/{NAME}", f"version 2/{NAME}"],
    "a copy": [f"pooling/{NAME}", f"pooling - Copy/{NAME}", f"pooling (1)/{NAME}", f"pooling_old/{NAME}"],
    "a backup": [f"mine/{NAME}", f"backup 2026/{NAME}", f"mine/.ipynb_checkpoints/{NAME}"],
    "copies side by side": [NAME, NAME.replace(".", "-Copy1."), NAME.replace(".", "-Copy2.")],
    "copies by Drive": [f"Copy of {NAME}", f"Copy of Copy of {NAME}"],
    "other notebooks of one name": [NAME, "a/plots.ipynb", "b/plots.ipynb"],
}


# In a class these are one student's. Alone they may be people's.
TOPICS = {
    "topics": [f"pooling/{NAME}", "training/03_training.ipynb"],
    "topics, with what an answer needs": ["blocks/05_naive_resblock.ipynb", "path/06_skip_path.ipynb"],
    "a topic": [f"pooling/{NAME}", "pictures/plot.png"],
}
# As these are, with a remark.
BEGIN_ALIKE = {
    "labs": [f"Lab 2/{NAME}", f"Lab 3/{NAME}"],
    "numbers": [f"1/{NAME}", f"2/{NAME}"],
    "weeks": [f"week 2/{NAME}", f"week 3/{NAME}"],
    "a copy in German": [f"pooling/{NAME}", f"pooling Kopie/{NAME}", f"Kopie von pooling/{NAME}"],
    "in one word": [f"pooling/{NAME}", f"poolingKopie/{NAME}", f"poolingAlt/{NAME}"],
}


@pytest.mark.parametrize("beside", [[], [f"bob/{NAME}"]], ids=["alone", "in a class"])
@pytest.mark.parametrize("packed", ["folder", "zip", "zip of another name"])
@pytest.mark.parametrize("layout", ONE)
def test_one_student_s_folders_stay_one_student(layout, packed, beside, tmp_path):
    folder = laid_out(tmp_path / "here", [f"ada/{name}" for name in ONE[layout]] + beside)
    if "plots" in ONE[layout][-1]:
        for name in ONE[layout][1:]:
            save({"cells": [{"cell_type": "code", "source": "plot(conv_out)"}]}, folder / "ada" / name)
    collected = collect_all(packed_as(packed, folder, "homework"))
    assert [one.name for one in collected.students] == ["ada", "bob"][: 1 + len(beside)]
    names = {name for name in ONE[layout] if name.endswith(".ipynb") and "/." not in name}
    assert {one.name for one in collected.students[0].notebooks} == names
    assert not any(one.problem for one in collected.students[0].notebooks)


@pytest.mark.parametrize("names", (TOPICS | BEGIN_ALIKE).values(), ids=(TOPICS | BEGIN_ALIKE).keys())
def test_in_a_class_a_folder_is_one_student_s_unless_the_names_say_otherwise(names, tmp_path):
    collected = collect_all(laid_out(tmp_path, [*(f"ada/{name}" for name in names), f"bob/{NAME}"]))
    ada = collected.students[0]
    assert {one.name for one in ada.notebooks} == {name for name in names if name.endswith(".ipynb")}
    assert not any(one.problem for one in ada.notebooks)
    told = [note for note in collected.notes if "with the same notebook in" in note]
    if names in TOPICS.values():
        assert told == []
    else:
        (note,) = told
        assert note.startswith("ada was read as one student")
        assert all(name.partition("/")[0] in note for name in names)
        given = answer(ada)
        assert any(f"{given.notebook} was graded" in note for note in given.notes)


@pytest.mark.parametrize("name", ["ada.zip", "ada (1).zip"])
@pytest.mark.parametrize("layout", ["a repository", "weeks", "an old version", "two versions", "copies side by side"])
def test_a_zip_file_by_the_student_s_name_is_that_student(layout, name, tmp_path):
    laid_out(tmp_path / "here" / "ada", ONE[layout])
    path = shutil.make_archive(str(tmp_path / name.removesuffix(".zip")), "zip", root_dir=tmp_path / "here")
    assert list(found(Path(path))[0]) == ["ada"]


@pytest.mark.parametrize("layout", ["a repository", "weeks", "two versions"])
def test_the_folder_of_one_student_by_itself(layout, tmp_path):
    got, notes = found(laid_out(tmp_path / "ada", ONE[layout]))
    assert list(got) == ["ada"]
    assert "Read as one student, with the folders" in notes[0]


UNCLEAR = TOPICS | {
    "only one handed in": [f"ada/{NAME}", "bob/", "cem/"],
    "different notebooks": [f"ada/{NAME}", "bob/05_naive_resblock.ipynb"],
    "deeper": [f"week 2/ada/{NAME}", "week 2/bob/05_naive_resblock.ipynb"],
    "names that differ in a mark": [f"Zoe/{NAME}", "Zoe\u0308/05_naive_resblock.ipynb"],
}


@pytest.mark.parametrize("packed", ["folder", "zip of another name"])
@pytest.mark.parametrize("layout", UNCLEAR)
def test_one_folder_with_folders_that_could_be_people_s_is_refused(layout, packed, tmp_path):
    """Not one grade for a class. Both ways that the message names are clear then."""
    names = UNCLEAR[layout]
    folder = laid_out(tmp_path / "sub", [f"2026/{name}" for name in names])
    with pytest.raises(NoSubmissions, match="Is it one student or a class") as error:
        collect_all(packed_as(packed, folder, "homework"))
    inside = folder / "2026" / ("week 2" if layout == "deeper" else "")
    people = sorted(one.name for one in inside.iterdir())
    assert all(one in str(error.value) for one in people)
    assert sorted(found(inside)[0]) == people
    for name in filter(None, (name if name.endswith(".ipynb") else "" for name in names)):
        (folder / "2026" / name).rename(folder / "2026" / Path(name).name)
    assert list(found(folder)[0]) == ["2026"]


def test_versions_of_a_student_alone_are_named(tmp_path):
    got, notes = found(laid_out(tmp_path, [f"ada/pooling/{NAME}", f"ada/pooling final/{NAME}"]))
    assert list(got) == ["ada"]
    assert any("with the same notebook in pooling, pooling final" in note for note in notes)


def test_numbered_projects_with_the_same_notebook_are_a_class(tmp_path):
    got, notes = found(laid_out(tmp_path, [f"project 1/{NAME}", f"project 2/{NAME}"]))
    assert (sorted(got), notes) == (["project 1", "project 2"], ())


@pytest.mark.parametrize("archive", ["adams", "homework"])
def test_a_zip_file_that_is_not_called_after_its_folder_does_not_wrap_it(archive, tmp_path):
    laid_out(tmp_path / "here", [f"ada/mine/{NAME}"])
    path = shutil.make_archive(str(tmp_path / archive), "zip", root_dir=tmp_path / "here")
    assert found(Path(path))[0] == {"ada": [f"mine/{NAME}"]}


GROUPS = {
    "folders": [f"ada/{NAME}", f"bob/{NAME}"],
    "long numbers": [f"1234567_final/{NAME}", f"7654321_final/{NAME}"],
    "long numbers behind a letter": [f"s1234567/{NAME}", f"s7654321/{NAME}"],
    "symbols": [f"★/{NAME}", f"☆/{NAME}"],
    "marks": [f"जि/{NAME}", f"जी/{NAME}"],
    "one of them twice": [f"ada/{NAME}", f"ada old/{NAME}", f"bob/{NAME}"],
    "folders in a folder": [f"hand-in/ada/{NAME}", f"hand-in/bob/{NAME}"],
    "folders beside what was given out": [NAME, f"ada/{NAME}", f"bob/{NAME}"],
    "other names": ["ada/homework.ipynb", "bob/my answers.ipynb"],
    "files": [f"ada_{NAME}", f"bob_{NAME}"],
    "Canvas": CANVAS,
    "Moodle": MOODLE[:2],
    "Moodle, of one name": [f"Kim Lee_{one}_assignsubmission_file/{NAME}" for one in (14, 15)],
    "Moodle without folders": MOODLE_FLAT,
}


@pytest.mark.parametrize("layout", GROUPS)
def test_a_group_in_a_class_is_not_graded_from_whoever_comes_first(layout, tmp_path):
    names = GROUPS[layout]
    collected = collect_all(laid_out(tmp_path, [f"group A/{name}" for name in names] + [f"eve/{NAME}"]))
    eve, group = collected.students
    assert isinstance(answer(eve), Answer)
    refused = answer(group)
    if layout != "folders beside what was given out":
        assert isinstance(refused, NoAnswer)
        assert refused.status is (Status.ERROR if names[0].rpartition("/")[2] == NAME else Status.MISSING)
    problems = [
        line for line in remarks(collected) if line.startswith("group A/") and "seem to be several people's" in line
    ]
    assert len(problems) >= 2
    people = [one.split("/")[-2] if "/" in one else one for one in names if one != NAME]
    assert all(one in problems[0] for one in (people[0], people[-1]) if not one.startswith("leebo"))
    assert "Give each student a folder" in problems[0]


def test_a_class_of_groups_is_refused(tmp_path):
    names = [f"{group}/{student}/{NAME}" for group, student in ("Aa", "Ab", "Bc", "Bd")]
    with pytest.raises(
        NoSubmissions, match=r"A \(a, b\), B \(c, d\).*Give each student a folder.* or grade .*A by itself"
    ):
        collect_all(laid_out(tmp_path, names))
    # one folder with both is not clearer
    folder = laid_out(tmp_path / "course", [f"down/{name}" for name in names])
    for path in (folder, packed_as("zip of another name", folder, "all")):
        with pytest.raises(NoSubmissions, match=r"A \(a, b\)") as error:
            collect_all(path)
        assert str(path) in str(error.value)


# ---- A copy of the course ----

COPY = ["exercises/", "solutions/", "book/", "resnet_live/__init__.py", "tests/test_book.py"]


def fork(folder, *left_out):
    """A student's copy of the repository, with nothing filled in."""
    laid_out(folder, [name for name in COPY if name.partition("/")[0] not in left_out])
    for name in ("exercises", "solutions", "book"):
        if name not in left_out:
            shutil.copy(REPOSITORY / name / NAME, folder / name)
    return folder


@pytest.mark.parametrize("left_out", [(), ("book", "resnet_live"), ("resnet_live",)])
@pytest.mark.parametrize("where", ["ada", "ada/resnet-live-main", "."])
def test_the_solutions_in_a_copy_of_the_course_are_nobody_s_answers(where, left_out, tmp_path):
    fork(tmp_path / "ada" / where.removeprefix("ada/") if where.startswith("ada/") else tmp_path / where, *left_out)
    if where != ".":
        save(handed_in(RIGHT), tmp_path / "bob" / NAME)
    collected = collect_all(tmp_path)
    student = collected.students[0]
    assert student.name == (tmp_path.name if where == "." else "ada")
    assert [one.name.rpartition("exercises/")[2] for one in student.notebooks] == [NAME]
    assert answer(student).status is Status.NOT_ATTEMPTED
    (note,) = collected.notes
    assert note.startswith(f"{student.name} holds a copy of the course. Its own folders were not read: ")
    assert "solutions" in note


def test_what_a_student_wrote_in_a_copy_of_the_course_counts(tmp_path):
    """In `exercises`, or in a folder of the student's own."""
    save(handed_in(RIGHT), fork(tmp_path / "ada") / "exercises" / NAME)
    save(handed_in(RIGHT), fork(tmp_path / "bob") / "my answers" / NAME)
    for student in collect_all(tmp_path).students:
        assert isinstance(answer(student), Answer)
        assert "solutions" not in answer(student).notebook


@pytest.mark.parametrize("wrapper", ["ada-main", "resnet-live"])
def test_a_copy_of_the_course_as_a_zip_file_is_one_student(wrapper, tmp_path):
    fork(tmp_path / "here" / wrapper)
    for name in ("ada-main", "ada (1)"):
        got, _ = found(Path(shutil.make_archive(str(tmp_path / name), "zip", root_dir=tmp_path / "here")))
        # the course's name is no person's: then the file's says more
        one = {name: [f"{wrapper}/exercises/{NAME}"]} if wrapper == "resnet-live" else {wrapper: [f"exercises/{NAME}"]}
        assert got == one


@pytest.mark.parametrize("names", [[f"solutions/{NAME}"], [f"solutions/{NAME}", "exercises/03_training.ipynb"]])
def test_a_folder_of_the_student_s_own_called_solutions_is_read(names, tmp_path):
    collected = collect_all(laid_out(tmp_path, [*(f"ada/{name}" for name in names), f"bob/{NAME}"]))
    assert {one.name for one in collected.students[0].notebooks} == set(names)
    assert isinstance(answer(collected.students[0]), Answer)
    assert collected.notes == ()


def test_copies_of_the_course_in_a_download_are_told_in_one_line(tmp_path):
    for number in range(7):
        fork(tmp_path / f"S {number}_{number}_assignsubmission_file")
    read, note = collect_all(tmp_path).notes
    assert read == "Read as a download from Moodle: 7 students"
    assert "S 4_4_assignsubmission_file … hold copies of the course" in note


def test_of_the_student_s_own_exercises_and_solutions_both_are_read(tmp_path):
    """No region of the course's stands in them: these are answers."""
    laid_out(tmp_path, [f"ada/solutions/{NAME}", f"bob/{NAME}"])
    save(handed_in({}), tmp_path / "ada" / "exercises" / NAME)
    student = collect_all(tmp_path).students[0]
    assert answer(student).notebook == f"solutions/{NAME}"


# ---- Names ----

SAME_NAMES = {
    "numbered by the student": (
        ["doejane_1_12_week-2.ipynb", "doejane_1_13_week-3.ipynb", "doejane_1_14_week.ipynb"],
        ["week-2.ipynb", "week-3.ipynb", "week.ipynb"],
    ),
    "handed in again": (
        [f"doejane_1_99_{NAME}", f"doejane_1_100_{NAME.replace('.', '-1.')}"],
        [NAME, f"doejane_1_99_{NAME}"],
    ),
    "handed in again, under the same name": (
        ["doejane_1_12_a.ipynb", "doejane_1_13_a.ipynb"],
        ["a.ipynb", "doejane_1_12_a.ipynb"],
    ),
    "late and not": ([f"doejane_1_12_{NAME}", f"doejane_LATE_1_13_{NAME}"], [NAME, f"doejane_1_12_{NAME}"]),
    "from two parts of Moodle's": (
        [f"Jane Doe_1_assignsubmission_file/{NAME}", f"Jane Doe_1_assignsubmission_file_/{NAME}"],
        [NAME, f"{NAME} (2)"],
    ),
    "a name that looks like an older one": (
        [f"doejane_1_12_{NAME}", f"doejane_1_13_{NAME}", f"doejane_1_14_doejane_1_12_{NAME}"],
        [NAME, f"doejane_1_12_{NAME}", f"doejane_1_12_{NAME} (2)"],
    ),
}


@pytest.mark.parametrize("layout", SAME_NAMES)
def test_two_notebooks_of_a_student_never_have_one_name(layout, tmp_path):
    names, wanted = SAME_NAMES[layout]
    got, _ = found(laid_out(tmp_path, names))
    (notebooks,) = got.values()
    assert sorted(notebooks) == sorted(wanted)


@pytest.mark.skipif(os.name == "nt", reason="names that are no text")
def test_nor_have_two_students_where_a_name_is_no_text(tmp_path):
    for name in (b"\xe9", "é".encode()):
        save(handed_in(RIGHT), tmp_path / os.fsdecode(name) / os.fsdecode(name + b".ipynb"))
        save(handed_in(RIGHT), tmp_path / os.fsdecode(name) / "é.ipynb")
    got, _ = found(tmp_path)
    assert sorted(got) == ["é", "é (2)"]
    assert sorted(len(set(names)) for names in got.values()) == [1, 2]


def test_the_newest_by_a_name_of_the_student_s_own_counts_first(tmp_path):
    for number, source in ((99, "1"), (100, "2")):
        save(
            {"cells": [{"cell_type": "code", "source": f"def conv_out():\n    return {source}"}]},
            tmp_path / f"doe_1_{number}_a.ipynb",
        )
    assert answer(collect_all(tmp_path).students[0]).notebook == "a.ipynb"


def test_the_newest_of_what_canvas_calls_the_same_stands_under_its_name(tmp_path):
    """The number of the submission says which: 100 is after 99."""
    save(handed_in({}), tmp_path / f"doejane_1_99_{NAME}")
    save(handed_in(RIGHT), tmp_path / f"doejane_1_100_{NAME.replace('.', '-1.')}")
    collected = collect_all(tmp_path)
    (student,) = collected.students
    assert answer(student).notebook == NAME
    assert {one.name: one.file.name for one in student.notebooks}[NAME].startswith("doejane_1_100_")
    assert f"doejane_1 handed in {NAME} 2 times: the newest has this name" in collected.notes[1]


@pytest.mark.parametrize("decomposed", [False, True])
def test_a_name_in_two_codings_is_one_name_and_marks_count(decomposed, tmp_path):
    """macOS writes ë as e and a mark."""
    other = "Zoe\u0308 2" if decomposed else "Zoe"
    names = [f"ada/Zo\xeb/{NAME}", f"ada/{other}/{NAME}", f"bob/{NAME}"]
    ada = collect_all(laid_out(tmp_path, names)).students[0]
    assert isinstance(answer(ada), Answer if decomposed else NoAnswer)


def test_numbers_of_a_lab_and_a_chapter_are_not_canvas_s(tmp_path):
    names = [f"lab_01_{NAME}", "lab_02_05_naive_resblock.ipynb", "lab_3_1_plots.ipynb"]
    assert found(laid_out(tmp_path / "ada", names)) == ({"ada": names}, ())


# ---- Zip files ----


def renamed_in(archive, old, new):
    """As programs write it that do not say which characters the names are in."""
    data = archive.read_bytes()
    assert len(old) == len(new) and old in data
    archive.write_bytes(data.replace(old, new))


def test_a_name_from_macos_in_a_zip_file_is_read_as_it_was(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in ("J__rgen", "K_ri", "Zoë"):
            archive.writestr(f"{name}/{NAME}", json.dumps(handed_in(RIGHT)))
    renamed_in(tmp_path / "class.zip", b"J__rgen", "Jürgen".encode())
    # one in another coding is left as Python reads it
    renamed_in(tmp_path / "class.zip", b"K_ri", "Käri".encode("cp437"))
    got, _ = found(tmp_path / "class.zip")
    assert got == {name: [NAME] for name in ("Jürgen", "Käri", "Zoë")}


def test_folders_in_a_zip_file_from_windows_are_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("cem\\", "")
        for name in (f"ada\\{NAME}", "bob\\week 5\\05_naive_resblock.ipynb"):
            archive.writestr(name, json.dumps(handed_in(RIGHT)))
    assert found(tmp_path / "class.zip")[0] == {"ada": [NAME], "bob": ["week 5/05_naive_resblock.ipynb"], "cem": []}


def test_a_zip_file_writes_nowhere_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name in ("../out.ipynb", "/out.ipynb", "..\\out.ipynb", f"ada/{NAME}"):
            archive.writestr(name, '{"cells": []}')
        link = zipfile.ZipInfo("bob/link.ipynb")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert found(tmp_path / "class.zip")[0] == {"ada": [NAME], "bob": []}
    assert [one.name for one in tmp_path.iterdir()] == ["class.zip"]
    # and a program that believes it does
    (tmp_path / "in").mkdir()
    unzip_believing(tmp_path / "class.zip", tmp_path / "in", tmp_path / "root")
    assert (tmp_path / "out.ipynb").exists()
    assert (tmp_path / "root" / "out.ipynb").exists()
    if os.name != "nt":
        assert (tmp_path / "in" / "bob" / "link.ipynb").readlink() == Path("/etc/passwd")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more"])
def test_a_damaged_zip_file_is_refused(data, tmp_path):
    (tmp_path / "class.zip").write_bytes(data)
    with pytest.raises(NoSubmissions, match=r"class\.zip"):
        collect_all(tmp_path / "class.zip")
