"""The way in: pages of exercises, notebooks to download, launch buttons and links to the sources, from one setting or none."""

import json
import os
import re
import shutil
import sys
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import plain_sphinx
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from sphinx_ext import exercise_pages
from sphinx_ext.repository import SettingError, find_repository, launches, theme_options

from resnet_live import __version__
from resnet_live.exercise.reference import source
from resnet_live.exercise.registry import exercises

ROOT = Path(__file__).parents[2]
NAMES = sorted(file.stem for file in (ROOT / "exercises").glob("*.ipynb"))
CI = {"GITHUB_REPOSITORY": "school/resnet", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REF_TYPE": "branch"}
CI |= {"GITHUB_REF_NAME": "autumn", "GITHUB_SHA": "0123abc"}

# ---- Where the sources are ----


@pytest.mark.parametrize(
    ("url", "branch", "environ", "expected"),
    [
        ("", "", {}, None),
        ("", "", {"GITHUB_REPOSITORY": ""}, None),
        ("https://github.com/a/b", "", {}, ("https://github.com/a/b", "main", "github")),
        ("https://github.com/a/b.git", "dev", {}, ("https://github.com/a/b", "dev", "github")),
        ("https://github.com/a/b/", "", CI, ("https://github.com/a/b", "main", "github")),
        ("https://gitlab.com/group/part/b", "", {}, ("https://gitlab.com/group/part/b", "main", "gitlab")),
        ("https://git.school.edu/a/b", "", {}, ("https://git.school.edu/a/b", "main", "")),
        ("", "", CI, ("https://github.com/school/resnet", "autumn", "github")),
        ("", "main", CI, ("https://github.com/school/resnet", "main", "github")),
        ("", "", CI | {"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.0"}, ("https://github.com/school/resnet", "main", "github")),
        ("", "", CI | {"GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "x"}, ("https://github.com/school/resnet", "main", "github")),
        ("", "", CI | {"GITHUB_SERVER_URL": "https://code.school.edu"}, ("https://code.school.edu/school/resnet", "autumn", "github")),
    ],
)  # fmt: skip
def test_the_repository_is_the_setting_s_else_the_ci_s(url, branch, environ, expected):
    found = find_repository(url, branch, environ)
    assert (found and (found.url, found.branch, found.provider)) == expected


@pytest.mark.parametrize(
    "url", ["a/b", "git@github.com:a/b.git", "https://github.com/a", 'https://x.org/a/b"><script>']
)
def test_what_is_no_address_is_said(url):
    with pytest.raises(SettingError, match="repository"):
        find_repository(url, "", {})


def test_the_theme_offers_nothing_without_a_repository_that_it_knows():
    off = {"use_source_button": False, "use_issues_button": False, "use_edit_page_button": False}
    assert theme_options(None) == off
    assert theme_options(find_repository("https://git.school.edu/a/b", "", {})) == off


# ---- Launch buttons ----


def links(url, hub=""):
    return {one.service: one.url for one in launches(find_repository(url, "dev", {}), "exercises/02_x.ipynb", hub)}


def test_every_service_opens_the_notebook_on_the_branch_that_is_ready():
    found = links("https://github.com/a/b", "https://hub.school.edu/")
    assert found["Colab"] == "https://colab.research.google.com/github/a/b/blob/launch/exercises/02_x.ipynb"
    assert found["Binder"] == "https://mybinder.org/v2/gh/a/b/launch?labpath=exercises%2F02_x.ipynb"
    assert found["Codespaces"] == "https://codespaces.new/a/b?quickstart=1&ref=launch"
    hub = urlsplit(found["JupyterHub"])
    assert (hub.netloc, hub.path) == ("hub.school.edu", "/hub/user-redirect/git-pull")
    asked = {"repo": "https://github.com/a/b", "branch": "launch", "urlpath": "lab/tree/b/exercises/02_x.ipynb"}
    assert parse_qs(hub.query) == {name: [value] for name, value in asked.items()}
    # without a hub, the page of nbgitpuller that asks for one, filled in
    chosen = urlsplit(links("https://github.com/a/b")["JupyterHub"])
    assert chosen.netloc == "nbgitpuller.readthedocs.io" and parse_qs(chosen.query) == parse_qs(hub.query)


def test_a_service_that_cannot_read_a_forge_is_not_offered():
    assert links("https://gitlab.com/g/p/b").keys() == {"Binder", "JupyterHub"}
    assert links("https://gitlab.com/g/p/b")["Binder"].startswith("https://mybinder.org/v2/gl/g%2Fp%2Fb/launch?")
    assert links("https://git.school.edu/a/b")["Binder"].startswith(
        "https://mybinder.org/v2/git/https%3A%2F%2Fgit.school.edu%2Fa%2Fb/launch?"
    )
    assert launches(None, "x.ipynb", "https://hub.school.edu") == []


# ---- Pages of exercises ----


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_to_do_how_to_check_and_what_when_stuck(name):
    page = exercise_pages.page(ROOT / "exercises" / f"{name}.ipynb", solutions=False)
    notebook = nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in notebook.cells}
    for one in exercises().values():
        if one.chapter == int(name[:2]):
            assert f"(exercise-{one.slug})=\n## {one.id} {one.title}\n" in page
            assert f"*{one.minutes:g} minutes · {one.points} points*" in page
            assert cells[f"answer-{one.slug}"] in page and cells[f"check-{one.slug}"] in page
            assert all(f"| {check.title} | {check.points} |" in page for check in one.checks)
            first, second = (page.index(hint) for hint in one.hints)
            assert page.rindex("{dropdown}", 0, second) > first, "the second hint is folded within the first"
            assert all(f"<exercise-{need.replace('.', '-')}>" in page for need in one.needs)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith(f"## {int(name[:2])}."):
            assert cell.source.split("\n\n", 2)[2] in page
    assert f'href="../../notebooks/exercises/{name}.ipynb" download' in page and f"](../{name})" in page


@pytest.mark.parametrize("name", NAMES)
def test_a_page_gives_no_solution_away_unless_it_is_told_to(name):
    notebook = ROOT / "exercises" / f"{name}.ipynb"
    shown, told = exercise_pages.page(notebook, solutions=False), exercise_pages.page(notebook, solutions=True)
    for one in exercises().values():
        if one.chapter == int(name[:2]):
            assert source(one.id) in told and source(one.id) not in shown


def test_exercises_are_found_in_a_sentence():
    pieces = exercise_pages.named_in("Do it (exercises 2.1, 2.2 and 99.9; question 2.5). Exercise 5.3")
    assert [exercise for _, exercise in pieces if exercise] == ["2.1", "2.2", "5.3"]
    assert "".join(words for words, _ in pieces) == "Do it (exercises 2.1, 2.2 and 99.9; question 2.5). Exercise 5.3"


def test_a_list_of_exercises_goes_on_behind_code():
    assert exercise_pages.named_in(" and 2.2 ", listed=True) == [(" and ", ""), ("2.2", "2.2"), (" ", "")]
    assert exercise_pages.named_in(", 2.2 ", listed=True)[1] == ("2.2", "2.2")
    for words, listed in ((" and 2.2 ", False), (" and 2.2 times ", True), (" (2.2 ", True)):
        assert exercise_pages.named_in(words, listed) == [(words, "")]


# ---- A small book ----

CHAPTER = (
    "# Any size in\n\nA size (exercises 2.1 and 2.2), `exercise 2.3`, exercise 4.1 of another chapter.\n\n"
    "Exercises 2.1 `a`, 2.4 `b` and 2.5 `c` (2.3 `d`).\n\n## Exercise 2.4\n"
)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build a book of one chapter and its exercises, nothing executed: `build(environment, **settings)` gives its folder."""
    monkeypatch.syspath_prepend(ROOT / "tools" / "sphinx_ext")
    (tmp_path / "book").mkdir()
    shutil.copytree(ROOT / "book" / "_static", tmp_path / "book" / "_static")
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    pages = ["02_adaptive_pooling", "exercises/02_adaptive_pooling", "instructor/plan_x"]
    toc = "format: jb-book\nroot: book/intro\nchapters:\n" + "".join(f"- file: book/{page}\n" for page in pages)
    (tmp_path / "_toc.yml").write_text(toc, encoding="utf-8")
    (tmp_path / "book" / "intro.md").write_text("# Intro\n", encoding="utf-8")
    (tmp_path / "book" / "instructor").mkdir()
    (tmp_path / "book" / "instructor" / "plan_x.md").write_text("# A plan\n", encoding="utf-8")
    cells = [nbformat.v4.new_markdown_cell(CHAPTER), nbformat.v4.new_code_cell("1 + 1")]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "book" / "02_adaptive_pooling.ipynb"
    )
    for name in os.environ.keys() & {*CI, "GITHUB_HEAD_REF", "RESNET_LIVE_SOLUTIONS"}:
        monkeypatch.delenv(name)

    def build(environment, **settings):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        given = plain_sphinx.settings(tmp_path) | {"nb_execution_mode": "off"} | settings
        out, trees = tmp_path / "html", tmp_path / "trees"
        with docutils_namespace():  # the next one begins anew
            app = Sphinx(
                tmp_path, None, out, trees, "html", given, status=None, warning=sys.stderr, warningiserror=True
            )
            app.build()
        return out

    return build


def page_of(html, name):
    return (html / "book" / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_book_of_nobody_has_no_buttons_and_no_broken_link(build):
    html = build({})
    chapter, exercise = page_of(html, "02_adaptive_pooling"), page_of(html, "exercises/02_adaptive_pooling")
    for text in (chapter, exercise):
        assert "rl-launch" not in text and "source-edit-button" not in text and "issues/new" not in text
    assert 'href="../notebooks/book/02_adaptive_pooling.ipynb" download' in chapter
    assert re.findall(r'href="exercises/02_adaptive_pooling\.html#exercise-(2-\d)"', chapter) == [
        "2-1",
        "2-2",
        "2-1",
        "2-4",
        "2-5",
    ]
    assert chapter.count('href="exercises/02_adaptive_pooling.html">Exercises 2</a>') == 2, "above and below"
    assert 'href="../02_adaptive_pooling.html">Chapter 2</a>' in exercise and source("2.1") not in unescape(exercise)
    for folder in ("book", "exercises"):
        made = json.loads((html / "notebooks" / folder / "02_adaptive_pooling.ipynb").read_text(encoding="utf-8"))
        nbformat.validate(nbformat.from_dict(made))
        assert made["metadata"]["resnet_live"]["version"] == __version__
        exec("".join(made["cells"][0]["source"]), {})  # the course is here
    assert "raise NotImplementedError" in str(made["cells"])


@pytest.mark.slow
def test_one_setting_makes_every_button(build):
    html = build(
        {"RESNET_LIVE_SOLUTIONS": "yes"}, repository="https://github.com/a/b", jupyterhub="https://hub.school.edu"
    )
    chapter, exercise = page_of(html, "02_adaptive_pooling"), page_of(html, "exercises/02_adaptive_pooling")
    for text, folder in ((chapter, "book"), (exercise, "exercises")):
        found = re.findall(r'class="rl-launch" href="([^"]+)"', text)
        assert [urlsplit(unescape(one)).netloc for one in found] == [
            "colab.research.google.com",
            "mybinder.org",
            "codespaces.new",
            "hub.school.edu",
        ]
        assert all(
            f"{folder}/02_adaptive_pooling.ipynb" in unescape(one).replace("%2F", "/")
            for one in found
            if "codespaces" not in one
        )
        assert "https://github.com/a/b/issues/new" in text
    assert "https://github.com/a/b/edit/main/book/02_adaptive_pooling.ipynb" in chapter
    assert (
        "https://github.com/a/b/edit/main/solutions/02_adaptive_pooling.ipynb" in exercise
    )  # the page is made from it
    assert "https://github.com/a/b/edit" not in page_of(html, "instructor/plan_x")  # made too, and of several files
    assert source("2.1").splitlines()[-1].strip() in unescape(re.sub("<[^>]+>", "", exercise))


@pytest.mark.slow
def test_the_ci_s_repository_does_without_a_setting(build):
    html = build(CI)
    chapter = page_of(html, "02_adaptive_pooling")
    assert (
        "https://colab.research.google.com/github/school/resnet/blob/launch/book/02_adaptive_pooling.ipynb" in chapter
    )
    assert "https://github.com/school/resnet/edit/autumn/book/02_adaptive_pooling.ipynb" in chapter
    made = json.loads((html / "notebooks" / "exercises" / "02_adaptive_pooling.ipynb").read_text(encoding="utf-8"))
    assert "git+https://github.com/school/resnet@0123abc" in "".join(made["cells"][0]["source"])
    assert made["metadata"]["resnet_live"]["version"] == __version__
