"""Text that can be written: Python's may hold halves of letters, which no file and no database takes."""


def whole_letters(text: str) -> str:
    """`text` with "?" in place of each half of a letter."""
    return text.encode("utf-8", "replace").decode("utf-8")
