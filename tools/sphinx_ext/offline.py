"""Sphinx extension: pages load every script from the book itself, so that they work with no network and from a stick.

It also takes deprecated accessibility roles out of the bibliography.

Without the vendored files (see tools/vendor_assets.py) the public addresses stay, and only thebe is dropped.
"""

from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / ".cache" / "offline-assets"
SCRIPTS = Path(__file__).parent / "scripts"


def use_local_assets(app: Sphinx, config) -> None:
    """Point MathJax and the widgets' front end at the vendored copies, served as `_static/<package>/…`."""
    config.html_static_path.append(str(SCRIPTS))
    if not (ASSETS / "done").exists():
        return
    config.html_static_path.append(str(ASSETS))
    config.mathjax_path = "mathjax/tex-mml-chtml.js"
    config.nb_ipywidgets_js = {
        "requirejs/require.js": {},
        "boot.js": {},
        "html-manager/embed-amd.js": {},
    }


def drop_thebe(app: Sphinx, env, docnames) -> None:
    """Undo what sphinx-thebe added: a script address on another host, and a script that nothing here uses."""
    kept = [(name, options) for name, options in app.registry.js_files if "thebe" not in f"{name}{options}"]
    app.registry.js_files[:] = kept
    files = getattr(app.builder, "_js_files", None)
    if files is not None:
        files[:] = [file for file in files if "thebe" not in f"{file.filename}{file.attributes}"]


def mend_bibliography(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Take the roles off bibliography entries: docutils' `doc-biblioentry` is deprecated in ARIA, and a list of such has no items."""
    if "body" in context:
        context["body"] = (
            context["body"]
            .replace(' role="doc-biblioentry"', "")
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        )


def setup(app: Sphinx) -> dict:
    app.connect("config-inited", use_local_assets)
    app.connect("env-before-read-docs", drop_thebe, priority=900)
    app.connect("html-page-context", mend_bibliography)
    app.add_js_file("page.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
