"""Downloads from Canvas, Moodle and nbgrader, as folders and as zip files: recognised by their names, or refused."""

import os
import shutil
import zipfile
from pathlib import Path

import pytest
from submissions import NAME, RIGHT, handed_in, save, unzip_believing

from resnet_live.grading.collect import NoSubmissions, collect_all

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
    for name in names:
        if name.endswith("/"):
            (folder / name).mkdir(parents=True)
        else:
            save(handed_in(RIGHT), folder / name)
    return folder


def found(path):
    collected = collect_all(path)
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
    assert layout == "nbgrader" or f"Read as a download from {layout.split()[0]}" in notes[0]


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
