"""Build the book with Sphinx and MyST-NB alone, without the command `jupyter-book`: an insurance, as Jupyter Book 1 gets fixes only.

    python tools/plain_sphinx.py [folder of the book]

Reads _config.yml and _toc.yml, writes _build/plain/conf.py and then _build/plain/html. Notebooks that `make book` has executed are
taken from its cache. Exit code 0 only without an error or a warning, and with the same pages as _toc.yml names.
"""

from __future__ import annotations

import argparse
import os
import pprint
import subprocess
import sys
from pathlib import Path

import check_links
import instructor_pages
import yaml

from resnet_live.kernels import warm_kernels
from resnet_live.live.chapter import LiveError

# What Jupyter Book 1 loads and we use; left out are its own (two settings), comments, thebe and LaTeX.
EXTENSIONS = [
    "sphinx_togglebutton",
    "sphinx_copybutton",
    "myst_nb",
    "sphinx_external_toc",
    "sphinx.ext.intersphinx",
    "sphinx_design",
    "sphinx_book_theme",
    "sphinxcontrib.bibtex",
    "sphinx_multitoc_numbering",
]
# What it sets for every book.
ALWAYS = {
    "external_toc_path": "_toc.yml",
    "external_toc_exclude_missing": True,
    "html_sourcelink_suffix": "",
    "html_theme": "sphinx_book_theme",
    "myst_url_schemes": ["mailto", "http", "https"],
    "nb_output_stderr": "show",
    "numfig": True,
    "pygments_style": "sphinx",
}
EXCLUDED = ["**.ipynb_checkpoints", ".DS_Store", "Thumbs.db", "_build"]
CONF = '''"""Written by tools/plain_sphinx.py from _config.yml; do not edit."""

import sys

sys.path[:0] = {paths}
{settings}
'''


def main() -> int:
    """Parse the command line, build, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parents[1], help="folder with _config.yml")
    root = parser.parse_args().root.resolve()
    try:
        instructor_pages.before_build(root)
    except LiveError as error:
        sys.exit(f"The pages for instructors cannot be made: {error}")
    plain = root / "_build" / "plain"
    plain.mkdir(parents=True, exist_ok=True)
    (plain / "conf.py").write_text(conf(root), encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-c", str(plain)]
    with warm_kernels() as kernels:
        environment = os.environ | kernels | {"PYTHONHASHSEED": "0"}
        done = subprocess.run([*command, str(root), str(plain / "html")], cwd=root, env=environment, check=False)
    if done.returncode:
        return done.returncode
    html = plain / "html"
    if problems := check_links.missing_pages(root, html) + check_links.broken_links(html):
        print("\n".join(problems), file=sys.stderr)
        return 1
    print(f"{len(check_links.expected_pages(root))} pages, built by Sphinx alone: {html}")
    return 0


def settings(root: Path) -> dict[str, object]:
    """Sphinx's settings for the book in `root`: those of every book, and what its _config.yml says."""
    book = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    sphinx, execute, html = book["sphinx"], book["execute"], book["html"]
    own = dict(sphinx["config"])
    options = {
        "search_bar_text": "Search this book...",
        "home_page_in_toc": True,
        "launch_buttons": {"notebook_interface": "classic"},
        **{name: html[name] for name in ("use_repository_button", "use_edit_page_button", "use_issues_button")},
    }
    return {
        **ALWAYS,
        "author": book["author"],
        "copyright": book["copyright"],
        "project": book["title"],
        "html_title": book["title"],
        "exclude_patterns": sorted({*EXCLUDED, *book["exclude_patterns"]}),
        "extensions": [*EXTENSIONS, *sphinx["local_extensions"]],
        "html_favicon": str(root / html["favicon"]),
        "myst_enable_extensions": book["parse"]["myst_enable_extensions"],
        "nb_execution_mode": execute["execute_notebooks"],
        "nb_execution_timeout": execute["timeout"],
        "nb_execution_raise_on_error": execute["raise_on_error"],
        "nb_execution_cache_path": str(root / "_build" / ".jupyter_cache"),
        **own,
        # relative ones would be read from the folder of conf.py
        "bibtex_bibfiles": [str(root / file) for file in book["bibtex_bibfiles"]],
        "html_static_path": [str(root / folder) for folder in own["html_static_path"]],
        "html_theme_options": options | own["html_theme_options"],
    }


def conf(root: Path) -> str:
    """The text of conf.py."""
    book = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    paths = sorted({str((root / folder).resolve()) for folder in book["sphinx"]["local_extensions"].values()})
    lines = [f"{name} = {pprint.pformat(value, width=110)}" for name, value in sorted(settings(root).items())]
    return CONF.format(paths=paths, settings="\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
