"""A reference with one thing changed loses points; an answer that means the same, written otherwise, loses none.

Some of each always, all of them (3,400 and 2,100, twenty minutes on two cores) with `make mutants`. What keeps its points, and may,
stands in `survivors.toml` with its reason; what stands there and loses points is an error, too.
"""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from answers import answers
from mutation import Mutant, mutants
from same_meaning import rewritten

from resnet_live.exercise import reference
from resnet_live.exercise.observers.inputs import InputGenerator
from resnet_live.exercise.observers.observe_ch02 import halvings_cases
from resnet_live.exercise.registry import exercises, find

HERE = Path(__file__).parent
WHOLE = "RESNET_LIVE_MUTANTS" in os.environ
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(7200 if WHOLE else 600),
    # few share one process that judges; of all, each core has its share
    *([] if WHOLE else [pytest.mark.xdist_group("mutants")]),
]

SEEDS = [1, 2]
SECONDS = 20  # of computing


@pytest.fixture(scope="session")
def judge():
    """A function (exercise, source, the verdict to stop at) → what `judge_answers.py` says of it."""
    path = os.pathsep.join([str(HERE.parent / "known_answers"), str(HERE.parents[2])])
    environment = dict(os.environ, PYTHONPATH=path, OMP_NUM_THREADS="1")
    process = subprocess.Popen(
        [sys.executable, HERE / "judge_answers.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )

    def ask(exercise: str, source: str, stop: str) -> dict:
        job = {"exercise": exercise, "source": source, "seeds": SEEDS, "seconds": SECONDS, "stop": stop}
        print(json.dumps(job), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.wait()


def expected_survivors(exercise: str) -> dict[str, str]:
    """Label of the mutant → why it keeps its points."""
    entries = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))["survivor"]
    return {label: entry["reason"] for entry in entries if entry["exercise"] == exercise for label in entry["mutants"]}


def chosen(exercise: str) -> tuple[Mutant, ...]:
    found = mutants(reference.source(exercise))
    return found if WHOLE else found[len(found) // 3 :: len(found) // 2]


@pytest.mark.parametrize("exercise", exercises())
def test_a_mutant_loses_points_or_has_a_reason(exercise, judge):
    full, reasons = find(exercise).points, expected_survivors(exercise)
    survived, strange = set(), []
    for mutant in chosen(exercise):
        result = judge(exercise, mutant.source, "full")
        if result["ended"] == "the judge failed":
            strange.append(f"{mutant.label}\n{result['text']}")
        elif full in result["points"]:  # on one seed is enough
            survived.add(mutant.label)
    assert not strange, "\n\n".join(strange)
    assert not survived - set(reasons), "\n".join(["they keep all points:", *sorted(survived - set(reasons))])
    if WHOLE:
        assert not set(reasons) - survived, "\n".join(["no longer survive:", *sorted(set(reasons) - survived)])


def same_answers(exercise: str) -> list[tuple[str, str]]:
    """(what it is, source): the reference and the known right answers, rewritten."""
    sources = {"reference": reference.source(exercise)}
    sources |= {one.name: one.source for one in answers(exercise) if one.kind == "right"}
    found = [(f"{name}, {how}", text) for name, source in sources.items() for how, text in rewritten(source)]
    return found if WHOLE else found[len(found) // 3 :: len(found)]


@pytest.mark.parametrize("exercise", exercises())
def test_an_answer_written_otherwise_loses_nothing(exercise, judge):
    full, lost = find(exercise).points, []
    for what, source in same_answers(exercise):
        result = judge(exercise, source, "loss")
        if not result["points"] or min(result["points"]) < full:
            lost.append(f"{what}: {result['ended']} {result['text']}\n{source}")
    assert not lost, "\n\n".join(lost)


def test_a_mutant_that_loses_points_on_one_seed_alone_is_found_out(judge):
    first, second = ({one.args[0] for one in halvings_cases(InputGenerator(seed, "cpu")).values()} for seed in SEEDS)
    wrong_once = f"def halvings(n):\n    return (n - 1).bit_length() + (n == {min(first - second)})"
    full = find("2.2").points
    assert [one == full for one in judge("2.2", wrong_once, "full")["points"]] == [False, True]
    assert [one == full for one in judge("2.2", wrong_once, "loss")["points"]] == [False]
    right = wrong_once.split(" + ")[0]
    assert [judge("2.2", right, stop)["points"] for stop in ("full", "loss")] == [[full], [full, full]]


def test_there_are_as_many_as_promised():
    assert sum(len(mutants(reference.source(exercise))) for exercise in exercises()) >= 2000
    rewrites = [
        text for exercise in exercises() for answer in answers(exercise) if answer.kind == "right"
        for _, text in rewritten(answer.source)
    ]  # fmt: skip
    assert len(rewrites) >= 500
