"""A drawing by itself, as an `<img>` takes it: no script of it runs there."""

import re

_ROOT = re.compile(r"<svg\b[^>]*>", re.IGNORECASE)
_BOX = re.compile(r"""viewBox=["'][-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)["']""")
_WIDEST = re.compile(r"max-width:\s*([\d.]+)px")


def svg_file(svg: str) -> bytes:
    """The SVG document `svg` as a file: with the namespace and the size that it has from HTML where it stands on a page."""
    root = _ROOT.search(svg)
    if root is None:
        return svg.encode("utf-8", "replace")
    added = "" if "xmlns=" in root[0] else ' xmlns="http://www.w3.org/2000/svg"'
    tag, box = root[0], _BOX.search(root[0])
    if box and not re.search(r"\swidth=", tag):
        wide = float(widest[1]) if (widest := _WIDEST.search(tag)) else float(box[1])
        added += f' width="{wide:.0f}" height="{wide * float(box[2]) / float(box[1]):.0f}"'
        tag = re.sub(r"(?<![-\w])width:\s*100%;?", "", tag)  # of the column, which is not there
    tag = f"{tag[:4]}{added}{tag[4:]}"
    return f"{svg[: root.start()]}{tag}{svg[root.end() :]}".encode("utf-8", "replace")
