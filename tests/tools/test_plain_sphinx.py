"""The book builds without the command `jupyter-book`: with the same settings, and a small one with the same pages."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import plain_sphinx
import pytest
from jupyter_book.config import get_final_config

ROOT = Path(__file__).parents[2]
# What we do not load: comments, live code, LaTeX; and nothing of Jupyter Book's own.
LEFT_OUT = {"jupyter_book", "sphinx_comments", "sphinx_thebe", "sphinx_jupyterbook_latex"}
# Where files lie is written otherwise; the options of the theme that are not set by us are its defaults.
OTHERWISE = {
    "bibtex_bibfiles",
    "extensions",
    "html_static_path",
    "html_favicon",
    "html_logo",
    "nb_execution_cache_path",
    "html_theme_options",
}
FOR_WHAT_IS_LEFT_OUT = {"comments_config", "latex_engine", "use_jupyterbook_latex", "use_multitoc_numbering"}
EMPTY = ("", [], False, {})


def test_every_setting_is_jupyter_book_s():
    given = {"latex_individualpages": False, "external_toc_path": "_toc.yml", "external_toc_exclude_missing": True}
    theirs, _ = get_final_config(user_yaml=ROOT / "_config.yml", sourcedir=ROOT, cli_config=given)
    ours = plain_sphinx.settings(ROOT)
    for name, value in theirs.items():
        if name not in OTHERWISE | FOR_WHAT_IS_LEFT_OUT and value not in EMPTY:
            found = sorted(ours[name]) if name == "exclude_patterns" else ours[name]
            assert found == (sorted(value) if name == "exclude_patterns" else value), name
    assert set(theirs["extensions"]) - set(ours["extensions"]) == LEFT_OUT
    assert set(ours["extensions"]) <= set(theirs["extensions"])
    options = theirs["html_theme_options"]
    assert {name: options[name] for name in ours["html_theme_options"] if name != "launch_buttons"} == {
        name: value for name, value in ours["html_theme_options"].items() if name != "launch_buttons"
    }


@pytest.mark.slow
@pytest.mark.timeout(400)  # two builds, each with PyTorch's import
def test_a_small_book_has_the_same_pages(tmp_path, monkeypatch, capfd):
    """Words, a directive of each extension, a citation: no notebook, so no kernel."""
    (tmp_path / "book").mkdir()
    shutil.copytree(ROOT / "book" / "_static", tmp_path / "book" / "_static")
    shutil.copy(ROOT / "book" / "references.bib", tmp_path / "book")
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    text = text.replace("tools/sphinx_ext", str(ROOT / "tools" / "sphinx_ext"))
    (tmp_path / "_config.yml").write_text(text, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n", encoding="utf-8"
    )
    key = re.search(r"@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(encoding="utf-8"))[1]
    one = f"# One\n\n:::{{dropdown}} Why\nBecause of {{cite:t}}`{key}`.\n:::\n\n$$x^2$$\n\n```{{bibliography}}\n```\n"
    (tmp_path / "book" / "one.md").write_text(one, encoding="utf-8")
    (tmp_path / "book" / "two.md").write_text("# Two\n\n## Part\n\n[back](one)\n", encoding="utf-8")
    script = [sys.executable, str(ROOT / "tools" / "plain_sphinx.py"), str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 pages" in done.stdout
    page = (tmp_path / "_build" / "plain" / "html" / "book" / "one.html").read_text(encoding="utf-8")
    assert "resnet_live.css" in page and "sd-summary" in page and "Two" in page
    (tmp_path / "book" / "two.md").write_text("# Two\n\n[nowhere](three)\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", script[1:])  # once more, in this process, whose imports are done
    assert plain_sphinx.main() != 0 and "three" in capfd.readouterr().err
