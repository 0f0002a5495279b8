"""A made-up class for pages: the course's own exercises and checks, the words of a judge, and names as people have them."""

import random

from resnet_live.exercise.feedback import Feedback
from resnet_live.exercise.judging.judge import CheckState
from resnet_live.exercise.registry import exercises
from resnet_live.grading.gradebook import Adjustment, Grade, Gradebook, Lateness
from resnet_live.grading.judge_observation import CheckResult
from resnet_live.grading.status import Status

NAMES = (
    "Lovelace, Ada_1001",
    "Zoë Müller-Lüdenscheidt",
    'Grace "Amazing" Hopper',
    '=HYPERLINK("http://x")',
    "李小龙 🐉",
    "Kim Lee_14",
    "Kim Lee_15",
    "<script>alert(1)</script>",
    "O'Brien & Sons",
    "a_very_long_folder_name_without_any_space_that_someone_has_made_2026_final_v2",
)
COUNT = "Count the positions, not the moves: the place where the window starts is one as well."
DROPS = "Only the last two dimensions are averaged: `x.mean((-2, -1))` drops them."
SAID = (
    Feedback("63", "64", "n=SECRET, k=3", COUNT, False, "one position short"),
    Feedback("a tensor of shape 2×512", "a tensor of shape 2×512×1×1", "x of SECRET shape", DROPS),
    Feedback("`TypeError: missing argument: 'x'`", "", "SECRET", "Read the last line of the traceback <first>."),
    Feedback(
        "no gradient reaches `x`", "a result that goes back to its input", "SECRET", "`.detach()` cuts the graph."
    ),
)
UNENDING = "Still running after 60 seconds: `while n` <ends> never?"


def made_grade(student, exercise, chance, skill):
    most = exercise.points
    if chance.random() > 0.35 + skill:
        status = chance.choice((Status.NOT_ATTEMPTED, Status.MISSING))
        return Grade(student, exercise.id, 0, most, status, "The stub was not filled in.")
    if chance.random() < 0.04:
        return Grade(student, exercise.id, 0, most, Status.TIMED_OUT, UNENDING)
    checks, failed = [], False
    said = chance.choice(SAID[: 1 + len(SAID) * (exercise.chapter > 1)])
    for check in exercise.checks:
        passed = chance.random() < 0.45 + skill and not failed
        waiting = not passed and failed and chance.random() < 0.5
        failed |= not passed
        state = CheckState.PASSED if passed else CheckState.WAITING if waiting else CheckState.FAILED
        feedback = None if passed or waiting else said
        checks.append(CheckResult(check.key, check.title, check.points * passed, check.points, state, feedback))
    points = sum(check.points for check in checks)
    status = Status.PASSED if points == most else Status.PARTLY if points else Status.FAILED
    notes = ("the notebook was run from the top, as it stands",) if chance.random() < 0.2 else ()
    return Grade(
        student,
        exercise.id,
        points,
        most,
        status,
        "said",
        tuple(checks),
        "SECRET",
        notes,
        0.3 + chance.random(),
        "x.ipynb",
    )


def made_class(names=NAMES, seed=3):
    chance = random.Random(seed)
    grades = []
    for number, student in enumerate(names):
        skill = 0.65 * (number % 7) / 6
        grades += [made_grade(student, exercise, chance, skill) for exercise in exercises().values()]
    adjusted = Adjustment(grades[2].max_points, "right, by <another> definition", "2026-06-01")
    grades[2] = grades[2].given(adjusted)
    facts = {"seed": 7, "device": "cpu (x86_64)", "isolation": "bubblewrap", "torch": "2.14.1"}
    return Gradebook(tuple(grades), facts, ("ada/x.ipynb could not be read: <not JSON>",), {names[1]: Lateness(2, 0.9)})
