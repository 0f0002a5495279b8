"""The files of a planned session, all made from its plan and its chapters: the live notebook."""

from pathlib import Path

from resnet_live.live.pages import session_notebook
from resnet_live.live.pages.session_chapter import find_session_chapter


def build_session(name: str, out: Path, overwrite: bool = False) -> list[str]:
    """Write the files of the session `name` of `sessions/` into the folder `out`; a sentence for each that is new or was kept.

    `overwrite`: replace a notebook that somebody has typed into, and keep a backup. Raises LiveError.
    """
    chapter = find_session_chapter(name)
    placed = session_notebook.build_for_class(chapter, out, overwrite)
    return [placed.sentence] if placed.sentence else []
