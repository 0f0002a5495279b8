"""Every typed step as students write it: none that is right is turned down, none that is wrong is called right.

`variants/chNN.txt`: `## 2.10 right a loop` or `## 2.10 wrong no padding`, then the cell, or an edit of the step's own code: lines
`old → new`, each at least once in the code (\\n is a line break). `## 4.12 given`: what the chapter makes by training, for all
variants of the step. What %check must say of each stands in `variants/verdicts.json`.

Chapters that train are not run as a whole (`PARTS`): variants are there for most of the typed steps in which something is compared.
"""

import json
import os
import re
from pathlib import Path

import pytest
from chapter_run import ChapterParts, ChapterRun

from resnet_live.live.chapter import find_chapter
from resnet_live.live.check.verdict import StepStatus

FOLDER = Path(__file__).parent / "variants"
CHAPTERS = [int(file.stem[2:]) for file in sorted(FOLDER.glob("ch*.txt"))]
PARTS = (1, 3, 4, 8, 9)
WHOLE = [chapter for chapter in CHAPTERS if chapter not in PARTS]
VERDICTS = json.loads((FOLDER / "verdicts.json").read_text(encoding="utf-8"))
BOOK = Path(__file__).parents[3] / "book"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore")]


def variants(chapter: int) -> dict[str, list[tuple[str, str, str]]]:
    """By step: ("right" or "wrong", what it is, the cell or the edit)."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    text = (FOLDER / f"ch{chapter:02}.txt").read_text(encoding="utf-8")
    for block in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        number, truth, what = f"{head} ".split(" ", 2)
        found.setdefault(number, []).append((truth, what.strip(), body.rstrip("\n")))
    return found


def cell(body: str, source: str) -> str:
    """The cell that is typed: `body`, or the step's `source` with the edits of `body`."""
    lines = body.split("\n")
    if not all(" → " in line for line in lines):
        return body
    for line in lines:
        old, new = (side.replace("\\n", "\n") for side in line.split(" → "))
        if old not in source:  # the same code, broken into lines in another way
            found = re.search(with_any_space(old), source)
            assert found, f"not in the step's code: {old!r}"
            old = found[0]
        source = source.replace(old, new)
    return source


def with_any_space(code: str) -> str:
    """A pattern of this code, whatever space stands between its parts, and with a comma before a closing bracket or without."""
    parts = [re.escape(part) for part in re.findall(r"\w+|[^\w\s]", code)]
    return r"\s*".join(rf",?\s*{part}" if part in (r"\)", r"\]") else part for part in parts)


@pytest.fixture(scope="module", autouse=True)
def machine():
    import torch

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "RESNET_LIVE_PROFILE", "smoke")
        patch.setitem(os.environ, "RESNET_LIVE_DATA", "")
        patch.setitem(os.environ, "RESNET_LIVE_OFFLINE", "1")
        patch.setitem(os.environ, "MPLBACKEND", "agg")
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(threads)


@pytest.mark.parametrize("chapter", PARTS)
def test_no_wrong_verdict_on_a_part(chapter):
    run, written, wrong, seen = ChapterParts(find_chapter(chapter, BOOK)), variants(chapter), [], []
    for number, kinds in written.items():
        step = run.chapter.step(number)
        given = next((body for truth, _, body in kinds if truth == "given"), "")
        for truth, what, body in kinds:
            if truth == "given":
                continue
            typed = cell(body, step.source)
            run.prepare(step, [typed], given)
            seen.append(f"{number} {truth} {what}")
            wrong += judged(run, step, truth, seen[-1], typed)
    assert not wrong, "\n\n".join(wrong)
    assert len(seen) == len(set(seen)), "two variants have one name"


def judged(run: ChapterRun, step, truth: str, name: str, typed: str) -> list[str]:
    """What is wrong with the verdict on the cell `typed`, called `name`; nothing when it is what it should be."""
    verdict = run.verdict(step, typed)
    never = StepStatus.NOT_YET if truth == "right" else StepStatus.RIGHT
    if verdict.status is never or verdict.status.value != VERDICTS.get(name):
        return [f"{name}, expected {VERDICTS.get(name)}:\n{verdict.text}"]
    return []


@pytest.mark.parametrize("chapter", WHOLE)
def test_no_wrong_verdict(chapter):
    run, written, wrong, seen = ChapterRun(find_chapter(chapter, BOOK)), variants(chapter), [], []
    for step in run.steps():
        for truth, what, body in written.get(step.number, ()):
            seen.append(f"{step.number} {truth} {what}")
            wrong += judged(run, step, truth, seen[-1], cell(body, step.source))
    assert not wrong, "\n\n".join(wrong)
    assert len(set(seen)) == sum(map(len, written.values())), "a variant belongs to no step, or two have one name"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_typed_step_has_variants(chapter):
    written = variants(chapter)
    for step in find_chapter(chapter, BOOK).steps:
        counts = [sum(truth == each for each, *_ in written.get(step.number, ())) for truth in ("right", "wrong")]
        least = 3 if chapter in WHOLE else 2 if step.number in written else 0
        assert not step.typed or min(counts) >= least, f"{step.number}: {counts[0]} right, {counts[1]} wrong"


def test_most_wrong_variants_of_what_is_compared_are_noticed():
    """`ran` is never wrong; a check that says nothing else is of no use."""
    wrong = [verdict for name, verdict in VERDICTS.items() if " wrong " in name]
    right = [verdict for name, verdict in VERDICTS.items() if " right " in name]
    assert wrong.count("right") == right.count("not yet") == 0
    assert wrong.count("not yet") > 0.6 * len(wrong) and right.count("right") > 0.6 * len(right)
