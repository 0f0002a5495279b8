"""Sphinx extension: pages load every script from the book itself, so that they work with no network and from a stick.

It also takes deprecated accessibility roles out of the bibliography, and puts what steps show into the run sheets.

Without the vendored files (see tools/vendor_assets.py) MathJax comes from its public address, and text stands in the reader's own
typeface.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from vendored import ASSETS

SCRIPTS = Path(__file__).parent / "scripts"


def use_local_assets(app: Sphinx, config: Config) -> None:
    """Figures are shown by our own script; MathJax and the typefaces are the vendored copies, served as `_static/<package>/…`."""
    config.html_static_path.append(str(SCRIPTS))
    config.nb_ipywidgets_js = {"figures.js": {}}
    # "auto" is what the theme takes without it too, but then it complains of an invalid mode on the first visit.
    config.html_context = {**config.html_context, "default_mode": "auto"}
    if not (ASSETS / "done").exists():
        return
    config.html_static_path.append(str(ASSETS))
    config.mathjax_path = "mathjax/tex-chtml.js"


def drop_thebe(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Undo what sphinx-thebe added: a script address on another host, and a script that nothing here uses."""
    kept = [(name, options) for name, options in app.registry.js_files if "thebe" not in f"{name}{options}"]
    app.registry.js_files[:] = kept
    files = getattr(app.builder, "_js_files", None)
    if files is not None:
        files[:] = [file for file in files if "thebe" not in f"{file.filename}{file.attributes}"]


def fix_bibliography(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Take the roles off bibliography entries: docutils' `doc-biblioentry` is deprecated in ARIA, and a list of such has no items."""
    if "body" in context:
        context["body"] = (
            context["body"]
            .replace(' role="doc-biblioentry"', "")
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        )


def fill_run_sheet(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the outputs of the executed chapter into its run sheet. The chapters are read before: pages are read by name."""
    if match := re.fullmatch(r"book/instructor/run_sheet_(\d\d)", docname):
        from resnet_live.live.chapter import read_chapter
        from resnet_live.live.pages.executed_outputs import from_cache
        from resnet_live.live.pages.run_sheet import fill

        for file in (Path(app.srcdir) / "book").glob(f"{match[1]}_*.ipynb"):
            chapter = read_chapter(file)
            source[0] = fill(source[0], chapter, from_cache([chapter], Path(app.outdir).parent))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", use_local_assets)
    app.connect("env-before-read-docs", drop_thebe, priority=900)
    app.connect("source-read", fill_run_sheet)
    app.connect("html-page-context", fix_bibliography)
    app.add_js_file("page.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
