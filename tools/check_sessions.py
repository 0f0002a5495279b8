"""Check the planned sessions: minutes that add up to the session's length, steps that can run in their order, a page for each.

python tools/check_sessions.py [folder of the book]
"""

import sys
from pathlib import Path

import check_links

from resnet_live.live.chapter import LiveError, read_chapters
from resnet_live.live.pages import exercise_schedule, page_parts, session_plan, session_problems


def main() -> int:
    """Check, print one line for each problem, return the exit code."""
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path(__file__).parents[1]
    found = problems(root)
    count = len(list((root / "sessions").glob("*.toml")))
    print("\n".join(found) or f"{count} planned sessions add up, and their steps can run in this order.")
    return bool(found)


def problems(root: Path) -> list[str]:
    """All problems of `root/sessions`; one plan that cannot be read does not hide the others."""
    try:
        chapters = read_chapters(root / "book")
        found = exercise_schedule.schedule_problems(chapters, exercise_schedule.read_schedule(root / "sessions"))
    except LiveError as error:
        return [str(error)]
    files, wanted = sorted((root / "sessions").glob("*.toml")), []
    if not files:
        found.append(f"there are no plans in {root / 'sessions'}")
    for file in files:
        try:
            session = session_plan.read_session(file, chapters)
        except LiveError as error:
            found.append(str(error))
            continue
        found += session_problems.problems(session)
        wanted.append(f"book/instructor/plan_{session.name}")
    wanted += [f"book/instructor/{page_parts.sheet_name(chapter)}" for chapter in chapters]
    listed = check_links.expected_pages(root)
    return found + [
        f"_toc.yml: {page} is missing. Add it to the part for instructors." for page in wanted if page not in listed
    ]


if __name__ == "__main__":
    sys.exit(main())
