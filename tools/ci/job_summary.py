"""What a job says on its summary page. Standard library only."""

import os


def add(markdown: str) -> None:
    """Append `markdown` and a line's end to the job's summary; nothing where there is no such page."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as file:
            file.write(f"{markdown}\n")
