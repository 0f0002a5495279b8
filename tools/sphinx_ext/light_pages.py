"""Sphinx extension: pages load only what they use, and no page has two titles.

The theme's icons come as a script of 1.5 MB; the dozen that pages show become one small style sheet, made from that very script.
The theme's scripts keep their notes to themselves. The search's index is left to the search page, and the style sheet of thebe to
nobody.
"""

import re
from pathlib import Path
from urllib.parse import quote

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_ICONS = "_static/scripts/fontawesome.js"
_SCRIPT = re.compile(r'<script defer src="([^"]*)_static/scripts/fontawesome\.js[^"]*"></script>')
_UNUSED = re.compile(
    r'\s*<script src="[^"]*(?:_static/searchtools\.js|_static/language_data\.js|(?<=["/])searchindex\.js)[^"]*"></script>'
    r"|\s*<link [^>]*sphinx-thebe\.css[^>]*/>"
)
# The theme's second title and contents, for paper: they cost the first page.
_PRINTED_TWICE = re.compile(r'<div id="jb-print-docs-body" class="onlyprint">.*?(?=<div id="searchbox">)', re.DOTALL)
# The button that opens a part of the contents has no name.
_NAMELESS = re.compile(r'<summary>(?=<span class="toctree-toggle")')
_NAME = re.compile(r'<(?:i|span) class="[^"]*\bfa(?:s|r|b|-solid|-regular|-brands)\b[^"]*"')
_ICON_FONTS = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
# What the theme tells the console about itself on each page: nobody who reads or builds the book can act on it.
_CHATTER = re.compile(r"""console\.log\(\s*(?:`[^`]*`|"[^"]*")\s*\)""")
_CHATTY = ("scripts/pydata-sphinx-theme.js", "togglebutton.js")
_ADDED_BY_SCRIPTS = {"xmark"}  # the theme's announcements
_ANY_ICON = ":is(.fa-solid,.fas,.far,.fab,.fa-brands)"
_SHARED = (
    f"{_ANY_ICON}{{display:inline-block;width:1.25em;height:1em;vertical-align:-.125em;background:currentColor;"
    "-webkit-mask:var(--icon) center/contain no-repeat;mask:var(--icon) center/contain no-repeat}"
    # without these the theme's rules would show signs of the font, which is gone
    f"{_ANY_ICON}::before{{content:none!important}}"
    ".bd-sidebar-secondary.hide:not(:hover) .onthispage::after{content:'⌄';font-family:inherit}"
    "a:is(.download,.github,.gitlab)::before{content:none!important}"
    ".fa-lg{font-size:1.25em;line-height:.05em;vertical-align:-.075em}"
    f"@media print{{{_ANY_ICON}{{display:none}}}}\n"
)


def lighten(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the heads of the pages that were written, take the icons' fonts out of the theme's style, write their style sheet."""
    out = Path(app.outdir)
    if exception or app.builder.format != "html" or not (out / _ICONS).exists():
        return
    wanted = set(_ADDED_BY_SCRIPTS)
    for file in out.rglob("*.html"):
        if "_static" in file.relative_to(out).parts:
            continue
        page = file.read_text(encoding="utf-8")
        for icon in _NAME.findall(page):
            wanted |= set(re.findall(r"\bfa-([a-z0-9-]+)", icon)) - {"solid", "lg", "regular", "brands"}
        light = _SCRIPT.sub(r'<link rel="stylesheet" href="\1_static/icons.css"/>', page)
        light = _NAMELESS.sub('<summary aria-label="Pages below this one">', _PRINTED_TWICE.sub("", light))
        if file.name != "search.html":
            light = _UNUSED.sub("", light)
        if light != page:
            file.write_text(light, encoding="utf-8")
    for sheet in (out / "_static" / "styles").glob("*.css"):
        rules = sheet.read_text(encoding="utf-8")
        if (without := _ICON_FONTS.sub("", rules)) != rules:
            sheet.write_text(without, encoding="utf-8")
    for name in _CHATTY:
        if (script := out / "_static" / name).exists():
            script.write_text(_CHATTER.sub("void 0", script.read_text(encoding="utf-8")), encoding="utf-8")
    source = (out / _ICONS).read_text(encoding="utf-8")
    rules = "".join(f'.fa-{name}{{--icon:url("{picture(name, source)}")}}\n' for name in sorted(wanted))
    (out / "_static" / "icons.css").write_text(_SHARED + rules, encoding="utf-8")


def picture(name: str, source: str) -> str:
    """The icon `name` as an SVG address, from the theme's script; the last definition there is the solid one."""
    last = r'"[0-9a-f]*","([^"]+)"\]'
    drawn = re.findall(rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],{last}', source)
    # an older name stands in the list of the newer one's
    drawn = drawn or re.findall(rf':\[(\d+),(\d+),\[[^\]]*"{re.escape(name)}"[^\]]*\],{last}', source)
    if not drawn:
        raise ExtensionError(f"The theme's icons have no {name!r}: a page asks for it.")
    width, height, path = drawn[-1]
    return "data:image/svg+xml," + quote(
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'><path d='{path}'/></svg>", safe=" ='/:"
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
