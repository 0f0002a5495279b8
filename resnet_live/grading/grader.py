"""Mark submissions: the whole way from a folder to rows."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

import resnet_live
from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.observers.inputs import best_device
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import find_answer, policy, sandbox
from resnet_live.grading.assemble import Record, all_needs, assemble
from resnet_live.grading.collect import Student, collect
from resnet_live.grading.find_answer import Answer, NoAnswer, Parsed
from resnet_live.grading.gradebook import ERROR, FAILED, NOT_ATTEMPTED, PARTLY, PASSED, TIMED_OUT, Marks, Row
from resnet_live.grading.judge_observation import Judges, Verdict

PACKAGE = Path(resnet_live.__file__).parent


class UnknownSelection(ValueError):
    """No exercise fits what was asked for."""


@dataclass(frozen=True)
class Settings:
    """How to mark. `seed`: the same seed gives the same inputs to the same student and exercise; `timeout`: seconds for an
    answer; `kernel`: the kernelspec that nbmake starts; `hide`: more folders that students' code must not see."""

    seed: int
    jobs: int = 1
    timeout: float = 60.0
    only: tuple[str, ...] = ()
    device: str = ""
    kernel: str = "python3"
    hide: tuple[Path, ...] = field(default=())


def mark(
    path: Path, settings: Settings, progress: Callable[[int, int, str], None] = lambda done, of, what: None
) -> Marks:
    """Mark every exercise of every student under `path`.

    `progress(done, of, what)` is called before the first and after each result. Raises NoSubmissions and UnknownSelection; whatever
    a submission does costs that exercise only.
    """
    wanted = selected(settings.only)
    students = collect(path)
    device = settings.device or best_device().type
    settings = replace(settings, device=device, hide=(path.resolve(), *settings.hide, *_own_folders()))
    rows: dict[tuple[str, str], Row] = {}
    total = len(students) * len(wanted)
    progress(0, total, "")
    with Marker(settings) as marker, ThreadPoolExecutor(settings.jobs) as pool:
        going: dict[Future, tuple[str, str]] = {}
        for student in students:
            parsed = [find_answer.parse(notebook) for notebook in student.notebooks if not notebook.problem]
            for exercise in wanted:
                going[pool.submit(marker.row, student, parsed, exercise)] = (student.name, exercise.id)
        for future in as_completed(going):
            rows[going[future]] = future.result()
            progress(len(rows), total, " ".join(going[future]))
    ordered = tuple(rows[(student.name, exercise.id)] for student in students for exercise in wanted)
    warnings = tuple(
        f"{student.name}/{notebook.name} could not be read: {notebook.problem}"
        for student in students
        for notebook in student.notebooks
        if notebook.problem
    )
    return Marks(ordered, facts(settings), warnings)


def facts(settings: Settings) -> dict:
    """What the results rest on."""
    name = torch.cuda.get_device_name() if settings.device == "cuda" else platform.processor() or platform.machine()
    return {
        "seed": settings.seed,
        "device": f"{settings.device} ({name})",
        "isolation": sandbox.isolation().words,
        "timeout": settings.timeout,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "resnet_live": resnet_live.__version__,
    }


def selected(only: tuple[str, ...]) -> list[Exercise]:
    """All exercises, or those whose id is in `only`, or whose chapter is. Raises UnknownSelection."""
    known = exercises()
    for one in only:
        if one not in known and not any(exercise.id.startswith(f"{one}.") for exercise in known.values()):
            raise UnknownSelection(f"there is no exercise or chapter {one!r}. There are {', '.join(known)}")
    return [e for e in known.values() if not only or e.id in only or str(e.chapter) in only]


def _own_folders() -> list[Path]:
    """Where references and known answers lie: the package, and in a checkout what stands beside it."""
    beside = [PACKAGE.parent / name for name in ("solutions", "exercises", "tests", "book", "docs", ".git")]
    return [PACKAGE, *(folder for folder in beside if (PACKAGE.parent / "pyproject.toml").exists() and folder.is_dir())]


class Marker:
    """Marks one answer at a time; safe to use from several threads."""

    def __init__(self, settings: Settings):
        self.settings = settings

    def __enter__(self) -> Marker:
        self.judges = Judges()
        self.rows: dict[tuple[str, str], Row] = {}
        self.work = Path(tempfile.mkdtemp(prefix="resnet-live-")).resolve()
        self.hidden = sandbox.hideable(list(self.settings.hide), self.work)
        return self

    def __exit__(self, *error) -> None:
        self.judges.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def row(self, student: Student, parsed: list[Parsed], exercise: Exercise) -> Row:
        """One student's result in one exercise, made once; never raises."""
        place = (student.name, exercise.id)
        if place not in self.rows:
            self.rows[place] = self.new_row(student, parsed, exercise)
        return self.rows[place]

    def new_row(self, student: Student, parsed: list[Parsed], exercise: Exercise) -> Row:
        row = Row(student.name, exercise.id, 0, exercise.points, ERROR, "")
        try:
            answer = self.find(student, parsed, exercise)
            if isinstance(answer, NoAnswer):
                return replace(row, status=answer.status, message=answer.message)
            first = self.mark(student, exercise, answer, row)
            if first.status == PASSED:
                return first
            own = self.own_needs(student, parsed, exercise)
            if not own:
                return first
            # an answer may be right with the student's own `ConvLayer`, which is right too but takes other arguments
            second = self.mark(student, exercise, answer, row, own)
            return second if second.points > first.points else first
        except Exception as error:  # ours, not the student's: say so, and go on with the others
            return replace(row, message=f"The marker itself failed: {type(error).__name__}: {error}")

    def find(self, student: Student, parsed: list[Parsed], exercise: Exercise) -> Answer | NoAnswer:
        stem = reference.chapter(exercise.chapter)["notebook"]
        return find_answer.find(exercise, student, parsed, stem)

    def own_needs(self, student: Student, parsed: list[Parsed], exercise: Exercise) -> tuple[Answer, ...]:
        """The student's own answers to all that the exercise needs, when each of them is right by itself; else none."""
        own = []
        for need in all_needs(exercise):
            answer = self.find(student, parsed, find(need))
            if isinstance(answer, NoAnswer) or answer.missing or policy.problems(answer.statements):
                return ()
            row = self.row(student, parsed, find(need))
            if row.status != PASSED:
                return ()
            own.append(answer)
        return tuple(own)

    def mark(self, student: Student, exercise: Exercise, answer: Answer, row: Row, own: tuple[Answer, ...] = ()) -> Row:
        """Run and judge one answer."""
        if found := policy.problems(answer.statements):
            told = f"Not run: {found[0]} has no place in an answer. If it is needed, ask for it to be marked by hand."
            return replace(row, status=FAILED, message=told, text="\n".join([told, *found]), notes=answer.notes)
        home = Path(tempfile.mkdtemp(dir=self.work))
        try:
            seed = seed_of(self.settings.seed, student.name, exercise.id)
            made = assemble(exercise, answer, home / "run", seed, self.settings.device, self.hidden, own)
            ran = sandbox.run(made, self.hidden, self.settings.timeout, self.settings.kernel)
            row = replace(row, seconds=ran.seconds, notes=answer.notes)
            if ran.outcome != "observed":
                return replace(row, **_not_observed(ran, made.cells, self.settings.timeout))
            return self.judged(row, made.observation, made.record)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def judged(self, row: Row, observation: Path, record: Record) -> Row:
        verdict = self.judges.judge(observation, record)
        if not verdict.valid:
            return replace(row, status=ERROR, message=verdict.text)
        status = PASSED if verdict.points == row.max_points else PARTLY if verdict.points else FAILED
        if not verdict.points and all(check.feedback.not_filled_in for check in verdict.checks if check.feedback):
            status = NOT_ATTEMPTED
        return replace(
            row,
            points=verdict.points,
            status=status,
            message=_message(verdict),
            checks=verdict.checks,
            text=verdict.text,
        )


def seed_of(seed: int, student: str, exercise: str) -> int:
    """The seed of one run: the same however many jobs there are, and in whatever order."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{student}\0{exercise}".encode()).digest()[:4], "big") % 2**31


def new_seed() -> int:
    """A seed that nobody can guess."""
    return int.from_bytes(os.urandom(4), "big") % 2**31


def _message(verdict: Verdict) -> str:
    for check in verdict.checks:
        if feedback := check.feedback:
            expected = f", expected {feedback.expected}" if feedback.expected else ""
            given = f", for {feedback.given}" if feedback.given else ""
            message = f"{check.title}: {feedback.seen}{expected}{given}. {feedback.hint}"
            return message.replace("`", "").replace("\n", " ").strip()
    return "All checks passed."


def _not_observed(ran: sandbox.Ran, cells: tuple[str, ...], timeout: float) -> dict:
    if ran.outcome == "timed out":
        return {
            "status": TIMED_OUT,
            "message": f"Still running after {timeout:g} seconds: is there a loop that does not end?",
        }
    if ran.outcome == "not started":
        return {"status": ERROR, "message": f"The run did not start: {ran.text}"}
    where = cells[ran.cell] if ran.cell is not None and ran.cell < len(cells) else ""
    told = f"{ran.kind}: {ran.text}" if ran.kind else ran.text
    if ran.kind == "Tampered":
        return {"status": FAILED, "message": f"Not counted: {ran.text} while the answer ran."}
    if where.startswith("your"):
        return {"status": ERROR, "message": f"In {where}: {told}"}
    return {"status": ERROR, "message": f"The run ended before anything could be observed: {told}"}
