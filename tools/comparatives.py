"""Find sentences of a chapter that compare results and that no claim checks: "larger is better", "depth pays".

`check_prose.py` runs this over the chapters. A *result cell* trains, measures or reads recorded runs, or uses what such a cell
has made. Its caption, take-away and alternative text, its neighbours in the text and the page's recap are read sentence by
sentence. A sentence that compares is right when

- `page.claim("…", condition)` quotes it: the words of the claim stand in the sentence, all that compare among them; or
- its paragraph cites a source; or
- `tools/reviewed_comparatives.toml` lists it, with the reason why it rests on no result.

A claim that compares and stands nowhere on its page, and a listed sentence that is on it no longer, are reported as well.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resnet_live.live.chapter import HIDDEN
from resnet_live.live.step_names import defs, refs

REVIEWED = Path(__file__).with_name("reviewed_comparatives.toml")

# Where results come from: what these modules give, and these methods.
MODULES = (
    "resnet_live.experiments",
    "resnet_live.training",
    "resnet_live.probe.cost",
    "resnet_live.probe.gradients",
    "timeit",
)
METHODS = {"fit", "fit_one_cycle", "fine_tune", "lr_find", "get_preds", "validate", "score", "backward", "perf_counter"}

_MEASURE = (
    r"(?:accurac(?:y|ies)|loss(?:es)?|errors?|scores?|gradients?|norms?|curves?|difference|time|it|they|each|all)"
)
_PLACE = r"figure|table|section|cell|row|line|sentence|curve|run|number|one|list|message|text|code|function|loop|image|net|map"
# A comparison of how much, how good, how far. Each is looked for in a sentence without its markup.
PATTERNS = (
    # comparatives and superlatives of measures
    r"(?:larg|small|bigg|high|low|fast|slow|wid|narrow|long|short|cheap|strong|weak|fin|coars|near|sharp|steep|deep|eas|hard|simpl)"
    r"(?:i?er|i?est)\b(?! than you\b)",
    r"(?:better|worse|best|worst|safer|quicker|closer|closest|superior|inferior)\b",
    r"(?<!once )(?<!one )(?<!no )(?<!any )(?<!two )(?<!step )(?<!what )(?:more|less|fewer|most|least)\b"
    r"(?! (?:about|people|or less)\b)",
    # over or under a number or a rival; "the figure above", "see below" are places
    r"(?<!the )(?<!figure )(?<!table )(?<!see )(?<!look )(?:above|below)"
    rf"(?= (?!the (?:{_PLACE})s?\b)(?!(?:has|have|is|are|was|says?)\b)\w)",
    # contests
    r"(?:beats?|beaten|outperforms?|exceeds?|surpass\w*|wins?|won|pays?|paid|helps?|helped|gains?|gained|improves?|improved|"
    r"hurts?|ruins?)\b",
    r"(?:is|are|was|were|comes?|came|ends?|ended|lags?|falls?|stays?|gets?) (?:far |well |a little |slightly )?(?:behind|ahead)\b",
    # as good, as many
    r"(?:twice|(?:two|three|four|five|ten|many|\d+) times) (?:as|the)\b",
    r"(?:nearly|about|just|almost|hardly|not|equally) (?:as|the same|equal)\b",
    r"(?:no|little|any|hardly any|makes? a) difference\b(?! that)",
    r"(?:hardly|by far|far from)\b",
    # a measure that moves
    rf"\b{_MEASURE} (?:\w+ ){{0,3}}?(?:falls?|fell|rises?|rose|drops?|dropped|grows?|grew|climbs?|shrinks?|levels?|"
    r"(?:in|de)creases?d?)\b",
)
_COMPARES = re.compile("|".join(rf"(?<!\w)(?:{pattern})" for pattern in PATTERNS), re.IGNORECASE)
# Ways of speaking that compare nothing.
_IDIOMS = re.compile(
    r"\b(?:more or less|at (?:least|most|best|worst)|no longer|(?:so|as) long as|for the most part|sooner or later|"
    r"(?:once|no|any|one|two|much) more|no less|most people|best of all|learn more|the longer|helps? you|(?:not |no )help)\b",
    re.IGNORECASE,
)
_CITED = re.compile(r"\{cite(?::[a-z]+)?\}`")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_WORD = re.compile(r"[\w.,]*\w|[×÷≤≥<>=+γβ]")


@dataclass(frozen=True)
class Sentence:
    """A sentence of a page: its text without markup, the number of its cell (from 1), and whether its paragraph cites a source."""

    text: str
    cell: int
    cited: bool

    def comparisons(self) -> list[range]:
        """Which words of the sentence compare, as their places; none for a question."""
        if self.text.endswith("?"):
            return []
        bare = _IDIOMS.sub(lambda idiom: "_" * len(idiom[0]), self.text)
        spans = [found.span() for found in _COMPARES.finditer(bare)]
        words = [word.span() for word in _WORD.finditer(self.text)]
        places = [[n for n, (first, end) in enumerate(words) if end > start and first < stop] for start, stop in spans]
        return [range(here[0], here[-1] + 1) for here in places if here]


def unclaimed(file: Path, reviewed: dict[str, dict[str, str]] | None = None) -> list[str]:
    """One message for each comparison of results on the page `file`, a notebook, that nothing supports, and for what is out of date.

    `reviewed`: as `read_reviewed` gives it, and default what that gives.
    """
    page = (read_reviewed() if reviewed is None else reviewed).get(file.stem, {})
    cells = nbformat.read(file, as_version=4).cells
    sentences = list(near_results(cells))
    quotes = [words(claim) for claim in claims(cells)]
    allowed = {words(sentence) for sentence in page}
    problems = [
        f"{file.name}, cell {s.cell}: “{s.text}” compares results, and no claim checks it. Quote it in page.claim, in a cell "
        f"with the tag {HIDDEN}; where it rests on no result, list it in {REVIEWED.name} with the reason."
        for s in sentences
        if not s.cited
        and words(s.text) not in allowed
        and not all(quoted(words(s.text), place, quotes) for place in s.comparisons())
    ]
    everything = words(" ".join(text for cell in cells for text in _texts(cell)))
    problems += [
        f"{file.name}: the claim “{claim}” compares, and quotes nothing that stands on the page."
        for claim, quote in zip(claims(cells), quotes, strict=True)
        if Sentence(claim, 0, False).comparisons() and not _places(quote, everything)
    ]
    here = {words(s.text) for s in sentences}
    return problems + [
        f"{REVIEWED.name}, {file.stem}: “{sentence}” is no longer a sentence near a result: take it out."
        for sentence in page
        if words(sentence) not in here
    ]


def is_chapter(file: Path) -> bool:
    """Whether `file` is a chapter whose comparisons are checked."""
    return re.fullmatch(r"\d\d_\w+", file.stem) is not None and file.suffix == ".ipynb"


def read_reviewed(file: Path = REVIEWED) -> dict[str, dict[str, str]]:
    """For each page (its file's name without ending): sentence → why it rests on no result. Raises ValueError without a reason."""
    pages = tomllib.loads(file.read_text(encoding="utf-8"))
    for page, sentences in pages.items():
        for sentence, why in sentences.items():
            if not isinstance(why, str) or not why.strip():
                raise ValueError(f"{file.name}, {page}: “{sentence}” needs a reason.")
    return pages


def result_cells(cells: list[NotebookNode]) -> list[bool]:
    """For each cell whether readers see it and it shows or makes a result."""
    measured: set[str] = set()
    found = []
    for cell in cells:
        source = re.sub(r"^(\s*)[%!]", r"\1#", cell.source, flags=re.MULTILINE) if cell.cell_type == "code" else ""
        tree = _parse(source)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in METHODS]
        is_result = bool(calls or refs(source) & measured)
        found.append(is_result and HIDDEN not in cell.metadata.get("tags", []))
        if is_result:
            measured |= defs(source) | {_root(call.func) for call in calls}
        measured |= {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(MODULES)
            for alias in node.names
        }
    return found


def near_results(cells: list[NotebookNode]) -> Iterator[Sentence]:
    """The sentences under result cells and of the Markdown directly before and behind them; of a page with results, the recap too."""
    results = result_cells(cells)
    seen = [
        place
        for place, cell in enumerate(cells)
        if cell.cell_type == "code" and HIDDEN not in cell.metadata.get("tags", [])
    ]
    for place, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            if results[place]:
                for text in (_under(cell), *_alternatives(cell)):
                    yield from _sentences(text, place + 1)
            continue
        around = [max((n for n in seen if n < place), default=-1), min((n for n in seen if n > place), default=-1)]
        near = any(n >= 0 and results[n] for n in around)
        parts = (
            [cell.source]
            if near
            else [part for part in re.split(r"(?=^## )", cell.source, flags=re.M) if "## Recap" in part]
        )
        if any(results):
            for part in parts:
                yield from _sentences(part, place + 1)


def claims(cells: Iterable[NotebookNode]) -> list[str]:
    """The sentences that the page's cells check by `page.claim`."""
    calls = [
        node
        for cell in cells
        if cell.cell_type == "code"
        for node in ast.walk(_parse(cell.source))
        if isinstance(node, ast.Call)
    ]
    firsts = [call.args[0] for call in calls if _called(call) == "claim" and call.args]
    return [first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)]


def words(text: str) -> tuple[str, ...]:
    """The words and numbers of `text` in lower case, without markup and punctuation."""
    return tuple(word.lower() for word in _WORD.findall(_plain(text)))


def quoted(sentence: tuple[str, ...], comparison: range, quotes: list[tuple[str, ...]]) -> bool:
    """Whether one of `quotes` stands in the sentence, or the sentence in it, and holds the words that compare."""
    for quote in quotes:
        if _places(sentence, quote):
            return True
        if any(
            start <= comparison.start and comparison.stop <= start + len(quote) for start in _places(quote, sentence)
        ):
            return True
    return False


def _places(part: tuple[str, ...], whole: tuple[str, ...]) -> list[int]:
    """Where `part` begins in `whole`."""
    return [n for n in range(len(whole) - len(part) + 1) if part and whole[n : n + len(part)] == part]


def _sentences(markdown: str, cell: int) -> Iterator[Sentence]:
    markdown = re.sub(r"^(`{3,}|~{3,})(?!\{)[^\n]*\n.*?^\1\s*$", "", markdown, flags=re.M | re.S)
    markdown = re.sub(r"<!--.*?-->|^:{3,}.*$", "", markdown, flags=re.M)
    for block in re.split(r"\n\s*\n|\n(?=\s*[-|\d])", markdown):
        if _HEADING.match(block) or block.startswith("|"):
            continue
        for sentence in re.split(r"(?<=[.!?])[\"”')*_]*\s+(?=[\"“'(*_`\[]*[A-ZÀ-Þ0-9])", _plain(block)):
            if sentence.strip():
                yield Sentence(sentence.strip(), cell, bool(_CITED.search(block)))


def _plain(markdown: str) -> str:
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"\{[a-z:]+\}`[^`]*`", "", text)
    return " ".join(re.sub(r"[*`$]|(?<!\w)_|_(?!\w)|^\s*(?:-|\d+\.) ", "", text).split())


def _texts(cell: NotebookNode) -> Iterator[str]:
    """What readers may read of a cell: Markdown, and the words in code that they see."""
    if cell.cell_type == "markdown":
        yield cell.source
    elif cell.cell_type == "code" and HIDDEN not in cell.metadata.get("tags", []):
        yield _under(cell)
        yield from (
            n.value for n in ast.walk(_parse(cell.source)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )


def _under(cell: NotebookNode) -> str:
    """What stands under a cell's figure: its caption and its take-away; empty where it has none."""
    return " ".join(cell.metadata.get("figure", {}).values())


def _alternatives(cell: NotebookNode) -> Iterator[str]:
    """The alternative texts that a cell gives to `show`, with … where something is computed."""
    for node in ast.walk(_parse(cell.source)):
        if isinstance(node, ast.Call) and _called(node) == "show" and len(node.args) > 1:
            parts = getattr(node.args[1], "values", [node.args[1]])
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(re.sub(r"^(\s*)[%!]", r"\1#", source, flags=re.MULTILINE))
    except SyntaxError:  # a cell may be wrong on purpose
        return ast.parse("")


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _root(called: ast.expr) -> str:
    """The name that a call begins with: `learn` of `learn.recorder.plot`, which has results once it was trained."""
    while isinstance(called, ast.Attribute):
        called = called.value
    return getattr(called, "id", "")
