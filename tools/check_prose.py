"""Find results typed by hand: numbers in the text of the book that belong to a measurement and are not computed.

    python tools/check_prose.py [notebooks, pages or folders …]

Read are the Markdown of notebooks and pages, the instructor's notes, and the words in code cells (questions, alternative
texts). A result is a percentage, an accuracy, a loss, a time, a speed-up, a number of parameters or operations, an amount of
memory, a spread. Three things make one right: it is computed (an f-string, a table made by a cell), its paragraph
cites a source, or a comment beside it says why it is no result of ours:

    <!-- not a result: arithmetic -->      in Markdown, in or next to the paragraph
    # not a result: arithmetic             in a code cell, at the line or the line above

Sentences of the chapters that compare results ("larger is better") need a claim: see `comparatives.py`.
"""

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import comparatives
import nbformat

ROOT = Path(__file__).parents[1]

_NUMBER = r"(?<![\w.:{^-])\d[\d,]*(?:\.\d+)?"
_DECIMAL = r"(?<![\w.:{^-])\d+\.\d+"
_WORD = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?"
)
_ANY = rf"(?:{_NUMBER}|{_WORD})"
# "accuracy: 0.64", "the loss of the plain net ends at 2.07"
_LEADS_TO = (
    r"(?:\b[^.!?;\n]{0,60}?\b(?:is|was|of|to|at|about|nearly|only|by|from|around|under|over|above|below)|\s*[:=]|)\s+"
)

# What looks like a result. Sizes, shapes, counts of images, settings (3e-3, β = 0.95) do not.
PATTERNS = {
    "a percentage": rf"{_ANY}[\s\u00a0\u202f]?(?:%|per\s?cent\b|percentage points?\b)|{_DECIMAL}\spoints?\b",
    "a time": (
        rf"(?:{_NUMBER}[\s\u00a0\u202f-]?(?:s|ms|sec|secs|seconds?|minutes?|min|hours?|h)|{_WORD}[\s-](?:seconds?|minutes?|hours?))"
        r"\b(?![-'’/])|(?<![\w.:\[,])\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\w:\]])"
    ),
    "a speed-up": rf"{_ANY}\s?(?:×|x|times)\s(?:as\s)?(?:faster|slower|fast|slow|quicker)\b",
    "an accuracy or a loss": rf"\b(?:accurac(?:y|ies)|loss(?:es)?|error)\b{_LEADS_TO}(?:{_DECIMAL}|0?\.\d+)",
    "a value of a metric": rf"{_DECIMAL}\s(?:accuracy|validation|training loss|loss|top-1|top-5)\b",
    "a number of parameters": (
        rf"(?:{_NUMBER}\s(?:million|billion|thousand)|\d{{1,3}}(?:,\d{{3}})+|\d{{4,}}|{_DECIMAL}\s?[MGk])"
        r"\s(?:parameters|weights|multiply-adds|operations|FLOPs|MACs)\b"
    ),
    "an amount of memory": rf"{_NUMBER}\s?(?:GB|MB|kB|GiB|MiB|gigabytes?|megabytes?)\b",
    "a share": (
        rf"{_NUMBER}\s(?:out\s)?of\s(?:the\s)?{_NUMBER}\b[^.!?;]{{0,30}}\b(?:right|wrong|correct\w*)\b|"
        r"\b(?:half|a third|a quarter|(?:two|three|four) (?:thirds|quarters|fifths))\s"
        r"(?:right|wrong|correct|of (?:(?:the|all|its) )?(?:validation |test )?(?:images|Imagenette|guesses|predictions))\b"
    ),
    "a spread": rf"±\s?{_NUMBER}",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in PATTERNS.items()}

# Run sheets and plans: their words stand in the chapters, their minutes in the steps.
GENERATED = ("% Made by", "---\n# Made from")
CITED = re.compile(r"\{cite(?::[a-z]+)?\}`")
ALLOWED = re.compile(r"(?:<!--|#|%)\s*not a result:\s*\w[^\n]*")
RUNNING_TIME = re.compile(r"\*\*Running time:\*\*")
# A column of a table with such a heading holds results, with or without a unit.
_MEASURED = re.compile(
    r"\b(?:accurac\w+|loss\w*|errors?|seconds|minutes|time|parameters|speed\w*|memory|top-1)\b", re.IGNORECASE
)
# A guesser among ten classes: arithmetic that every chapter may mention.
_GUESSER = re.compile(r"\b(?:chance|guess\w*)\b", re.IGNORECASE)


def main() -> int:
    """Parse the command line, check, print one line for each problem, return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / "book", ROOT / "resnet_live" / "questions"])
    files = [file for path in parser.parse_args().paths for file in texts(path)]
    problems = [problem for file in files for problem in check(file)]
    chapters = [file for file in files if comparatives.is_chapter(file)]
    problems += [problem for file in chapters for problem in comparatives.unclaimed(file)]
    print("\n".join(problems) or f"{len(files)} pages: no result is typed by hand, no comparison is without a claim.")
    return bool(problems)


def texts(path: Path) -> list[Path]:
    """The notebooks and Markdown pages at `path`, a file or a folder."""
    if path.is_file():
        return [path]
    found = (file for pattern in ("*.ipynb", "*.md", "*.toml") for file in path.rglob(pattern))
    ours = (
        file
        for file in found
        if ".ipynb_checkpoints" not in file.parts and "_build" not in file.parts and file.name != "ruff.toml"
    )
    return sorted(file for file in ours if not file.read_text(encoding="utf-8").startswith(GENERATED))


def check(file: Path) -> list[str]:
    """One message for each number of a page or a notebook that looks like a result typed by hand."""
    if file.suffix == ".md":
        found = [("", result) for result in in_markdown(file.read_text(encoding="utf-8"))]
    elif file.suffix == ".toml":
        found = [(f", {step}", result) for step, text in question_texts(file) for result in results(text)]
    else:
        cells = enumerate(nbformat.read(file, as_version=4).cells, start=1)
        found = [(f", cell {number}", result) for number, cell in cells for result in in_cell(cell)]
    advice = "Compute it, cite its source, or say beside it why it is none."
    return [f"{file.name}{where}: {words} looks like {kind} typed by hand. {advice}" for where, (kind, words) in found]


def question_texts(file: Path) -> list[tuple[str, str]]:
    """(step, text) for what a file of questions says; choices may be wrong, and where an answer is sure it rests on no result."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        (step, text)
        for step, table in tables.items()
        if not table.get("sure")
        for text in (table["ask"], *(choice["why"] for choice in table["choices"]))
    ]


def in_cell(cell: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """(what it looks like, the words around it) for each result in a notebook's cell and its note to the instructor."""
    if cell.cell_type == "markdown":
        return in_markdown(cell.source)
    note = cell.metadata.get("resnet_live", {}).get("note", "")
    # a note may say how long the class is to think
    in_note = [result for result in in_markdown(note) if result[0] != "a time"]
    return [*in_note, *(in_code(cell.source) if cell.cell_type == "code" else [])]


def in_markdown(text: str) -> list[tuple[str, str]]:
    """The results in Markdown; citations, marks and running times hold for the paragraph, list or table they stand in."""
    found = []
    for block in blocks(text):
        if not (CITED.search(block) or ALLOWED.search(block) or RUNNING_TIME.search(block)):
            found += results(block)
    return found


def in_code(source: str) -> list[tuple[str, str]]:
    """The results in the words of a code cell: text of at least three words, and the fixed parts of f-strings."""
    try:
        tree = ast.parse(re.sub(r"^(\s*)[%!]", r"\1#", source, flags=re.MULTILINE))
    except SyntaxError:  # a cell may be wrong on purpose
        return []
    lines, found = source.splitlines(), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value.split()) >= 3:
            first, last = max(0, node.lineno - 2), node.end_lineno or node.lineno
            if not ALLOWED.search("\n".join(lines[first:last])):
                found += results(node.value)
    return found


def blocks(text: str) -> Iterator[str]:
    """The paragraphs, lists and tables of Markdown, without examples of code. A comment alone belongs to what follows it."""
    text = re.sub(r"^(`{3,}|~{3,})(?!\{)[^\n]*\n.*?^\1\s*$", "", text, flags=re.MULTILINE | re.DOTALL)
    waiting = ""
    for block in re.split(r"\n\s*\n", text):
        if ALLOWED.fullmatch(block.strip()):
            waiting = block + "\n"
        elif block.strip():
            yield waiting + block
            waiting = ""


def results(text: str) -> list[tuple[str, str]]:
    """(what it looks like, the words around it) for everything in `text` that looks like a result."""
    text = re.sub(r"https?://\S+", "", text)
    found = in_table(text)
    for kind, pattern in _COMPILED.items():
        for match in pattern.finditer(text):
            around = text[max(0, match.start() - 60) : match.end() + 60]
            if kind == "a percentage" and re.match(r"10\b|ten\b", match[0]) and _GUESSER.search(around):
                continue
            start, end = max(0, match.start() - 25), match.end() + 15
            found.append((kind, f"“…{' '.join(text[start:end].split())}…”"))
    return found


def in_table(text: str) -> list[tuple[str, str]]:
    """Cells that begin with a number, in those columns of a Markdown table whose heading names something measured."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines() if "|" in line]
    if len(rows) < 3 or not all(re.fullmatch(r":?-+:?", cell) for cell in rows[1]):
        return []
    measured = [number for number, heading in enumerate(rows[0]) if _MEASURED.search(heading)]
    cells = [row[number] for row in rows[2:] for number in measured if number < len(row)]
    return [("a result in a table", f"“{cell}”") for cell in cells if re.match(r"[*_]*[<>~≈]?\s?\d", cell)]


if __name__ == "__main__":
    sys.exit(main())
