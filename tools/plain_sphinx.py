"""Build the book with Sphinx and MyST-NB alone, without the command `jupyter-book`: an insurance, as Jupyter Book 1 gets fixes only.

    python tools/plain_sphinx.py [folder of the book] [--compare]        (make plain)

Reads _config.yml and _toc.yml, writes _build/plain/conf.py and then _build/plain/html. Notebooks that `make book` has executed are
taken from its cache. Exit code 0 only without an error or a warning, and with the same pages as _toc.yml names; with `--compare`,
only if they are those of _build/html, word for word and link for link.
"""

from __future__ import annotations

import argparse
import pprint
import shutil
import subprocess
import sys
from pathlib import Path

import build_book
import check_links
import instructor_pages
import same_book
import vendor_assets
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
    parser.add_argument("--compare", action="store_true", help="with what make book has built")
    options = parser.parse_args()
    root = options.root.resolve()
    environment, _ = build_book.surroundings()
    offline = vendor_assets.vendor()
    try:
        instructor_pages.before_build(root)
    except LiveError as error:
        sys.exit(f"The pages for instructors cannot be made: {error}")
    plain = root / "_build" / "plain"
    plain.mkdir(parents=True, exist_ok=True)
    if (executed := root / "_build" / ".jupyter_cache").exists():
        shutil.copytree(executed, plain / ".jupyter_cache", dirs_exist_ok=True)
    (plain / "conf.py").write_text(conf(root), encoding="utf-8")
    # every page is read anew: Sphinx does not know when a notebook was executed
    command = [sys.executable, "-P", "-m", "sphinx", "-b", "html", "-E", "-W", "--keep-going", "-q", "-c", str(plain)]
    with warm_kernels() as kernels:
        where = [str(root), str(plain / "html")]
        done = subprocess.run([*command, *where], cwd=root, env=environment | kernels, check=False)
    if done.returncode:
        return done.returncode
    html = plain / "html"
    instructor_pages.after_build(root, plain, offline)
    problems = check_links.missing_pages(root, html) + check_links.broken_links(html)
    if options.compare:
        problems += same_book.differences(root / "_build" / "html", html)
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    same = ", the same as _build/html has" if options.compare else ""
    print(f"{len(check_links.expected_pages(root))} pages, built by Sphinx alone{same}: {html}")
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
        "html_logo": str(root / book["logo"]),
        "myst_enable_extensions": book["parse"]["myst_enable_extensions"],
        "nb_execution_mode": execute["execute_notebooks"],
        "nb_execution_timeout": execute["timeout"],
        "nb_execution_raise_on_error": execute["raise_on_error"],
        "nb_execution_cache_path": str(root / "_build" / "plain" / ".jupyter_cache"),
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
