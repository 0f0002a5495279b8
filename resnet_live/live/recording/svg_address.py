"""A drawing as the address of a picture: in an `<img>` no script of it runs."""

import base64
import re

_ROOT = re.compile(r"<svg\b[^>]*>", re.IGNORECASE)


def svg_address(svg: str) -> str:
    """The SVG document `svg` as a data address. Alone it needs the namespace that HTML gives it by itself: added where it has none."""
    root = _ROOT.search(svg)
    if root and "xmlns=" not in root[0]:
        place = root.start() + len("<svg")
        svg = f'{svg[:place]} xmlns="http://www.w3.org/2000/svg"{svg[place:]}'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
