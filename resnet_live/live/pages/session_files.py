"""The files of a planned session, all made from its plan and its chapters: live notebook, run sheet, slides, handout."""

from pathlib import Path

from resnet_live.live.pages import session_notebook
from resnet_live.live.pages.changed_files import write_changed
from resnet_live.live.pages.live_notebook import as_text
from resnet_live.live.pages.recorded_runs import recorded_outputs
from resnet_live.live.pages.session_chapter import SessionChapter, find_session_chapter, session_chapter
from resnet_live.live.pages.session_handout import session_handout
from resnet_live.live.pages.session_plan import Session
from resnet_live.live.pages.session_sheet import session_sheet
from resnet_live.live.pages.session_slides import has_scripts, session_slides


def build_session(name: str, out: Path, overwrite: bool = False, book: Path = Path("_build")) -> list[str]:
    """Write the files of the session `name` of `sessions/` into the folder `out`; a sentence for each that is new or was kept.

    They are NAME.ipynb, NAME_run_sheet.html, NAME_slides.html and NAME_handout.html. `overwrite`: replace a notebook that somebody
    has typed into, and keep a backup; `book`: the folder of the built book, whose scripts the slides use. Raises LiveError.
    """
    chapter = find_session_chapter(name)
    placed = session_notebook.build_for_class(chapter, out, overwrite)
    written = write_changed(_pages(chapter, out, book).items(), out, "files of the session")
    sentences = [placed.sentence] if placed.sentence else []
    network = "" if has_scripts(book) else f" (the slides need a network: {book} holds no built book, see --book)"
    return sentences + [f"written: {file}{network if file.stem.endswith('_slides') else ''}" for file in written]


def build_for_book(session: Session, book: Path) -> list[Path]:
    """Write the files of `session` into html/sessions of the built book, where nobody types. Returns the new and changed ones.

    `book`: its folder. Raises LiveError.
    """
    chapter, out = session_chapter(session), book / "html" / "sessions"
    notebook = {f"{chapter.name}.ipynb": as_text(session_notebook.session_notebook(chapter))}
    return write_changed({**notebook, **_pages(chapter, out, book)}.items(), out, "files of the session")


def _pages(chapter: SessionChapter, out: Path, book: Path) -> dict[str, str]:
    shown = recorded_outputs(chapter)
    return {
        f"{chapter.name}_run_sheet.html": session_sheet(chapter, shown),
        f"{chapter.name}_slides.html": session_slides(chapter, shown, book, out),
        f"{chapter.name}_handout.html": session_handout(chapter, shown),
    }
