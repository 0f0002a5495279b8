"""The files of the pages for instructors: their names, their first line, their folder."""

from pathlib import Path

from resnet_live.live.chapter import Chapter
from resnet_live.live.pages.changed_files import write_changed
from resnet_live.live.pages.page_parts import sheet_name
from resnet_live.live.pages.plan_page import plan_page
from resnet_live.live.pages.run_sheet import run_sheet
from resnet_live.live.pages.session_plan import Session

# The first line of a page that is made here; a comment of MyST.
GENERATED = "% Made by `resnet-live live sheets`"


def pages(chapters: list[Chapter], sessions: list[Session], schedule: dict[str, str]) -> dict[str, str]:
    """Name without suffix → Markdown, for the run sheet of each chapter and the timeline of each session."""
    found = {sheet_name(chapter): (f"book/{chapter.path.name}", run_sheet(chapter, schedule)) for chapter in chapters}
    found |= {f"plan_{session.name}": (f"sessions/{session.file.name}", plan_page(session)) for session in sessions}
    return {name: f"{GENERATED} from {source}. Change that.\n\n{text}" for name, (source, text) in found.items()}


def build(texts: dict[str, str], out: Path) -> list[Path]:
    """Write those pages into the folder `out`. Returns the files that are new or have changed. Raises LiveError."""
    return write_changed(((f"{name}.md", text) for name, text in texts.items()), out, "run sheets")
