"""Sphinx extension: the ways in. Pages of exercises, notebooks to download, launch buttons, links for a class and to the sources.

Settings, in _config.yml under `sphinx: config:`, all of them empty or off at first:

- `repository`: the address of the sources (empty: the CI's environment; none there: no buttons and no links);
- `repository_branch`: where they are changed (empty: the CI's branch, else main);
- `jupyterhub`: a hub with nbgitpuller (empty: the reader names one);
- `publish_solutions`: whether the exercises' pages hold solutions (or RESNET_LIVE_SOLUTIONS=yes in the environment).
"""

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any

import exercise_pages
import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from repository import Launch, Repository, find_repository, launches, theme_options
from setup_cell import ready
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.transforms import SphinxTransform
from toc_pages import expected_pages

import resnet_live
from resnet_live.whole_file import write_whole

CHAPTER = re.compile(r"book/(exercises/)?(\d\d_\w+)")
# What is made when the book is built: nobody can change it where it seems to lie.
MADE = re.compile(r"book/instructor/(run_sheet|plan)_\w+")


def settle(app: Sphinx, config: Config) -> None:
    """Find the repository, give the theme its options, and write the pages of exercises that _toc.yml lists."""
    try:
        found = find_repository(config.repository, config.repository_branch, os.environ)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    # settled, and kept as settings: pages are rendered again when they change
    config.repository = found.url if found else ""
    config.repository_branch = found.branch if found else ""
    config.repository_provider = found.provider if found else ""
    config.html_theme_options = {**config.html_theme_options, **theme_options(found)}
    solutions = config.publish_solutions or os.environ.get("RESNET_LIVE_SOLUTIONS", "").lower() in ("1", "yes", "true")
    pages = [Path(page) for page in expected_pages(Path(app.srcdir))]
    names = [page.name for page in pages if page.parent == Path(exercise_pages.FOLDER)]
    exercise_pages.write_pages(Path(app.srcdir), names, solutions)


def repository_of(config: Config) -> Repository | None:
    """What `settle` has found."""
    found = find_repository(config.repository, config.repository_branch, {})
    return found and Repository(found.server, found.owner, found.name, found.branch, config.repository_provider)


class LinkExercises(SphinxTransform):
    """Where a page says "exercise 2.3", the number leads there."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        pages = {name for name in self.env.found_docs if name.startswith(f"{exercise_pages.FOLDER}/")}
        chapters = {name.removeprefix(f"{exercise_pages.FOLDER}/")[:2] for name in pages}
        listing = None  # the paragraph whose last text ends with an exercise, before code
        for text in list(self.document.findall(nodes.Text)):
            if not _plain(text):
                continue
            pieces = exercise_pages.named_in(text.astext(), listing is text.parent)
            listing = text.parent if len(pieces) > 1 and pieces[-2][1] and pieces[-1][0] == " " else None
            new = [
                self._link(words, exercise)
                if exercise and f"{int(exercise.split('.')[0]):02d}" in chapters
                else nodes.Text(words)
                for words, exercise in pieces
            ]
            if any(not isinstance(node, nodes.Text) for node in new):
                text.parent.replace(text, new)

    def _link(self, words: str, exercise: str) -> nodes.Node:
        link = addnodes.pending_xref(
            "",
            refdomain="std",
            reftype="ref",
            reftarget=exercise_pages.label(exercise),
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )
        link += nodes.inline("", words)
        return link


def _plain(text: nodes.Text) -> bool:
    """Whether a text stands in a sentence: not in code, a heading, or a link."""
    node = text.parent
    while node is not None:
        if isinstance(
            node, (nodes.title, nodes.literal, nodes.literal_block, nodes.raw, nodes.reference, addnodes.pending_xref)
        ):
            return False
        node = node.parent
    return True


def add_ways_in(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Under the title of a chapter or its exercises: what is there for a reader and for a class. A chapter ends with its exercises."""
    found = CHAPTER.fullmatch(pagename)
    if not found or "body" not in context:
        return
    is_exercises, name = bool(found[1]), found[2]
    lines = _line("rl-way-in", "For you:", _for_a_reader(app, pagename, is_exercises, name))
    if not is_exercises:
        lines += _line("rl-for-class", "For class:", _for_a_class(app, name))
        if exercises := _link_to_exercises(app, name):
            context["body"] += _line("rl-way-in", "Now do them yourself:", [exercises])
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{lines}", 1)


def _line(kind: str, words: str, links: list[str]) -> str:
    return f'<p class="{kind}"><span>{words}</span> {" ".join(links)}</p>\n'


def _for_a_reader(app: Sphinx, pagename: str, is_exercises: bool, name: str) -> list[str]:
    """The notebook, the way from a chapter to its exercises or back, and the services that open the notebook."""
    up = "../" * pagename.count("/")
    file = f"{'exercises' if is_exercises else 'book'}/{name}.ipynb"
    links = [
        f'<a href="{up}notebooks/{file}" download>Download the notebook, with {"stubs" if is_exercises else "outputs"}</a>'
    ]
    other = f'<a href="../{name}.html">Chapter {int(name[:2])}</a>' if is_exercises else _link_to_exercises(app, name)
    if other:
        links.append(other)
    if services := launches(repository_of(app.config), file, app.config.jupyterhub):
        links += ["<span>Open in:</span>", *map(_button, services)]
    return links


def _for_a_class(app: Sphinx, name: str) -> list[str]:
    """Live notebook and slides of a chapter (tools/instructor_pages.py writes both), and its run sheet."""
    links = [
        f'<a href="../live/{name}.ipynb" download>live notebook</a>',
        f'<a href="../slides/{name}.html">slides</a>',
    ]
    if f"book/instructor/run_sheet_{name[:2]}" in app.env.found_docs:
        links.append(f'<a href="instructor/run_sheet_{name[:2]}.html">run sheet</a>')
    return links


def _link_to_exercises(app: Sphinx, name: str) -> str:
    """The link from a chapter to its exercises; empty without such a page."""
    there = f"{exercise_pages.FOLDER}/{name}" in app.env.found_docs
    return f'<a href="exercises/{name}.html">Exercises {int(name[:2])}</a>' if there else ""


def _button(launch: Launch) -> str:
    url = launch.url.replace("&", "&amp;")
    return f'<a class="rl-launch" href="{url}" title="{launch.says}">{launch.service}</a>'


def point_at_sources(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """A made page is changed where it is made from: exercises in their solution notebook; of the others there is no one source."""
    exercise = re.fullmatch(rf"{exercise_pages.FOLDER}/(\d\d_\w+)", pagename)
    if not exercise and not MADE.fullmatch(pagename):
        return
    for group in context.get("header_buttons", []):
        buttons = group.get("buttons", [])
        if exercise:
            for button in buttons:
                if button.get("label") in ("source-file-button", "source-edit-button"):
                    button["url"] = button["url"].replace(f"{pagename}.md", f"solutions/{exercise[1]}.ipynb")
        else:
            buttons[:] = [
                one for one in buttons if one.get("label") not in ("source-file-button", "source-edit-button")
            ]


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """The notebooks to download: chapters as they were executed, exercises with their stubs, each able to install the course."""
    if exception:
        return
    repository, tag = repository_of(app.config), revision(os.environ)
    cache = get_cache(app.env.mystnb_config.execution_cache_path)
    for pagename in sorted(app.env.found_docs):
        if not (found := CHAPTER.fullmatch(pagename)):
            continue
        folder = "exercises" if found[1] else "book"
        notebook = nbformat.read(Path(app.srcdir) / folder / f"{found[2]}.ipynb", as_version=4)
        if not found[1]:
            with contextlib.suppress(KeyError):  # not executed as it stands: a book built without its cache
                _, notebook = cache.merge_match_into_notebook(notebook)
        made = ready(
            json.loads(nbformat.writes(notebook)), repository.url if repository else "", tag, resnet_live.__version__
        )
        file = Path(app.outdir) / "notebooks" / folder / f"{found[2]}.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(made, indent=1, ensure_ascii=False) + "\n")


def revision(environ: dict[str, str] | os._Environ[str]) -> str:
    """What a notebook installs: the CI's tag, else its commit, else the version's tag."""
    if environ.get("GITHUB_REF_TYPE") == "tag":
        return environ["GITHUB_REF_NAME"]
    return environ.get("GITHUB_SHA") or f"v{resnet_live.__version__}"


def setup(app: Sphinx) -> dict[str, bool]:
    for name in ("repository", "repository_branch", "repository_provider", "jupyterhub"):
        app.add_config_value(name, "", "html", types=[str])
    app.add_config_value("publish_solutions", False, "html", types=[bool])
    app.connect("config-inited", settle, priority=100)
    app.add_transform(LinkExercises)
    app.connect("html-page-context", add_ways_in)
    app.connect("html-page-context", point_at_sources, priority=900)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
