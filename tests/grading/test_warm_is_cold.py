"""A run that is forked and one that is started anew give the same grade: for every reference, every known answer and every cheat.

A fresh run costs seven seconds of a processor, so all this is for `RESNET_LIVE_STRESS` (`make stress PARTS=warm`; one exercise:
`-k "2.3"`); `test_warm_runs.py` compares some always.
"""

import os
import sys
from dataclasses import replace

import pytest
from answers import Answer, every
from cheats import CHEATS, UNSEEN, exercise_of
from submissions import in_cells

from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import serialize
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import policy, sandbox
from resnet_live.grading.grader import Grader, Settings, seed_of
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status

if "RESNET_LIVE_STRESS" not in os.environ:
    pytest.skip("two hours: make stress PARTS=warm", allow_module_level=True)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux"),
    pytest.mark.kernel,
    pytest.mark.slow,
]
SEED = 9
REFERENCES = [Answer(one, "right", "reference", reference.source(one)) for one in exercises()]


@pytest.fixture(scope="module")
def graders():
    """One whose runs are forked, and one whose runs are not."""
    settings = Settings(SEED, device="cpu", timeout=30)
    with Grader(settings) as warm, Grader(replace(settings, warm=False)) as cold:
        yield warm, cold


def graded(graders, name: str, exercise: str, *cells: str):
    """What both say of a student with these cells, the time that it took left out."""
    student = replace(in_cells(reference.setup(exercise), *cells), name=name)
    parsed = [parse(notebook) for notebook in student.notebooks]
    return [replace(one.new_grade(student, parsed, find(exercise)), seconds=0.0) for one in graders]


@pytest.mark.parametrize("answer", [*REFERENCES, *every("right"), *every("wrong")], ids=lambda answer: answer.label)
def test_an_answer_has_the_same_grade(answer, graders):
    warm, cold = graded(graders, answer.label, answer.exercise, answer.source)
    assert warm == cold
    # the course's own models are right where a student tries, and not there where one is graded
    assert (warm.status is Status.PASSED) == (answer.kind == "right" and "resnet_live" not in answer.source)


@pytest.mark.parametrize("cheat", [*CHEATS, *UNSEEN], ids=lambda cheat: cheat.name)
def test_a_cheat_has_the_same_grade(cheat, graders, monkeypatch):
    """Unread by the policy, and with a friend's observation at hand."""
    exercise, run = exercise_of(cheat.source), sandbox.run
    good = serialize(observe("2.1", reference.objects("2.1"), seed_of(SEED, cheat.name, "2.1"), "cpu"))

    def run_with_it(assembled, *given):
        (assembled.home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
        return run(assembled, *given)

    monkeypatch.setattr(sandbox, "run", run_with_it)
    monkeypatch.setattr(policy, "problems", lambda statements: [])
    monkeypatch.setattr(policy, "refused", lambda statements: {})
    warm, cold = graded(graders, cheat.name, exercise, cheat.source)
    assert (warm.points, warm.status, [one.state for one in warm.checks]) == (
        cold.points,
        cold.status,
        [one.state for one in cold.checks],
    )
    # without the policy, nothing stops what the guard cannot see: here it must only not depend on how the run was started
    assert (warm.status is Status.PASSED) == (cheat in UNSEEN)
