"""Sphinx extension: pictures that the project draws when a page is read, and how long a chapter takes.

    ```{drawing} emblem
    ```
    {chapter-time}`5`

A picture is an inline SVG whose colours are the page's, in both themes. Times are added up from the chapter's steps and exercises.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

ROOT = Path(__file__).parents[2]


class Drawing(SphinxDirective):
    """The picture of a name, drawn by one of our functions. An unknown name is an error."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        import network_pictures  # with torch, which pages without a drawing need not wait for
        import opening_pictures

        pictures = opening_pictures.PICTURES | network_pictures.PICTURES
        name = self.arguments[0]
        if name not in pictures:
            raise self.error(f"There is no drawing {name!r}. There are: {', '.join(pictures)}.")
        for module in (opening_pictures, network_pictures):
            self.env.note_dependency(str(module.__file__))
        return [nodes.raw("", f'<div class="rl-drawn">{pictures[name]()}</div>', format="html")]


class ChapterTime(SphinxRole):
    """`{chapter-time}`: minutes of the steps and of the exercises of the chapter with this number."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        from resnet_live.exercise import registry
        from resnet_live.live.chapter import read_chapter

        found = sorted((Path(self.env.srcdir) / "book").glob(f"{int(self.text):02d}_*.ipynb"))
        if not found:
            error = self.inliner.reporter.error(f"There is no chapter {self.text}.", line=self.lineno)
            return [], [error]
        self.env.note_dependency(str(found[0]))
        chapter = read_chapter(found[0])
        own = [one for one in registry.exercises().values() if one.id.startswith(f"{int(self.text)}.")]
        minutes = sum(one.minutes for one in own)
        typed = nodes.inline("", f"{chapter.minutes:g} min to type along", classes=["rl-time"])
        alone = nodes.inline("", f"{len(own)} exercises, {minutes:g} min", classes=["rl-time"])
        return [typed, nodes.Text(" · "), alone], []


def add_style(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """The style of the drawings, on the pages that have one."""
    if 'class="rl-drawn"' in context.get("body", ""):
        from resnet_live.widgets.drawing.style_sheet import STYLE

        context["metatags"] = context.get("metatags", "") + "\n" + STYLE


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("drawing", Drawing)
    app.add_role("chapter-time", ChapterTime())
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
