"""Grade submissions: the whole way from a folder to a gradebook."""

from __future__ import annotations

import difflib
import os
import platform
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import torch

import resnet_live
from resnet_live import devices
from resnet_live.exercise import reference
from resnet_live.exercise.definition import Exercise
from resnet_live.exercise.registry import all_needs, exercises
from resnet_live.grading import find_answer, sandbox
from resnet_live.grading.assemble import AssembledCell, Origin, cells_of_answer
from resnet_live.grading.collect import Collected, Student, opened, remarks
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.gradebook import Grade, Gradebook
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.handed_out import changes
from resnet_live.grading.judge_observation import JudgedAnswer, Judges
from resnet_live.grading.observation_store import ObservationStore, record_of
from resnet_live.grading.ray_runs import LostRun, Place, RayRuns
from resnet_live.grading.resume import Resumption
from resnet_live.grading.run_basis import Way, basis_of, name_of, seed_of
from resnet_live.grading.run_here import PreparedRun, RunsHere, own_folders
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.statements import ParsedNotebook, parse
from resnet_live.grading.status import Status
from resnet_live.grading.untrusted_files import remove
from resnet_live.grading.whole_notebook import LAST, cells_of_notebook, used
from resnet_live.whole_letters import whole_letters

# The guard's exception in the kernel; the package does not import what runs there.
TAMPERED = "Tampered"
WARM_FROM = 2


class UnknownSelection(ValueError):
    """No exercise fits what was asked for."""


class NoSandbox(RuntimeError):
    """This machine cannot shut answers off as was asked for; the message says from what it can."""


class Machines(StrEnum):
    """Where answers are run."""

    HERE = "here"
    RAY = "ray"


@dataclass(frozen=True)
class Settings:
    """How to grade. `seed`: the same seed gives the same inputs to the same student and exercise; `timeout`: seconds for an
    answer; `students`: grade only these; `kernel`: the kernelspec that nbmake starts; `hide`: more folders that students' code must
    not see; `require_sandbox`: grade nothing where answers would see network, files and processes of this machine; `warm`: fork
    runs off a process that has imported everything, where that can be; `observations`: the folder in which they are kept, none to
    keep none; `judge_only`: run nothing, judge what is kept; `machines`: where answers are run; `gpus`: with Ray, the share of a GPU
    that each gets, 0 for none. `jobs` may be 0: as many as Ray has room for, else 1."""

    seed: int
    jobs: int = 1
    timeout: float = 60.0
    only: tuple[str, ...] = ()
    students: tuple[str, ...] = ()
    device: str = ""
    kernel: str = "python3"
    hide: tuple[Path, ...] = field(default=())
    require_sandbox: bool = False
    warm: bool = True
    observations: Path | None = None
    judge_only: bool = False
    machines: Machines = Machines.HERE
    gpus: float = 0.0


def grade(
    path: Path,
    settings: Settings,
    progress: Callable[[int, int, str], None] = lambda done, of, what: None,
    file: GradebookFile | None = None,
) -> Gradebook:
    """Grade every exercise of every student under `path`: see `grade_collected`. Raises NoSubmissions too."""
    with opened(path) as found:
        return grade_collected(path, found, settings, progress, file)


def grade_collected(
    path: Path,
    found: Collected,
    settings: Settings,
    progress: Callable[[int, int, str], None] = lambda done, of, what: None,
    file: GradebookFile | None = None,
) -> Gradebook:
    """Grade every exercise of the students that were found under `path`.

    `progress(done, of, what)` is called before the first and after each result. With a `file`, each result goes there as it comes, and
    what is done there is not done again. Raises UnknownSelection, NoSandbox and NoCluster, and LostRun once all else is done; whatever
    a submission does costs that exercise only.
    """
    on_ray = settings.machines is Machines.RAY and not settings.judge_only
    if settings.require_sandbox and not on_ray and not sandbox.isolation().hides:
        raise NoSandbox(f"answers cannot be shut off on this machine: {sandbox.isolation().summary}")
    wanted = selected(settings.only)
    students = chosen(found.students, settings.students)
    here = devices.device_for_grading().type if not on_ray else "cuda" if settings.gpus else "cpu"
    # what a zip file held lies elsewhere
    hide = (path.resolve(), *([found.folder] if found.folder else []), *settings.hide, *own_folders())
    total = len(students) * len(wanted)
    # to start the warm process takes as long as to run an answer without it
    warm = settings.warm and total >= WARM_FROM
    settings = replace(settings, device=settings.device or here, hide=hide, warm=warm)
    lost: list[LostRun] = []
    with RayRuns(Place(hide, warm, settings.require_sandbox), settings.gpus) if on_ray else nullcontext() as cluster:
        settings = replace(settings, jobs=settings.jobs or (cluster.room() if cluster else 1))
        about = facts(settings) | (cluster.facts() if cluster else {})
        resumption = Resumption(file, students, about)
        grades = resumption.done(students, [exercise.id for exercise in wanted])
        progress(len(grades), total, "")

        # of a class of hundreds only those at work, which come one after the other: all would take hundreds of megabytes
        @lru_cache(settings.jobs + 1)
        def parsed(number: int) -> list[ParsedNotebook]:
            return [parse(notebook) for notebook in students[number].notebooks if not notebook.problem]

        with Grader(settings, cluster) as grader, ThreadPoolExecutor(settings.jobs) as pool:

            def made(number: int, exercise: Exercise) -> Grade:
                return grader.grade(students[number], parsed(number), exercise)

            grader.know(grades)
            going: dict[Future[Grade], tuple[str, str]] = {}
            for number, student in enumerate(students):
                for exercise in wanted:
                    if (student.name, exercise.id) not in grades:
                        going[pool.submit(made, number, exercise)] = (student.name, exercise.id)
            try:
                for future in as_completed(going):
                    try:
                        grade = future.result()
                    except LostRun as error:  # nothing is known of this answer: it is not written down
                        lost.append(error)
                        continue
                    resumption.keep(grade)
                    grades[going[future]] = grade
                    progress(len(grades), total, " ".join(going[future]))
            except BaseException:  # Ctrl-C, a full disk: what has not begun would be lost
                pool.shutdown(cancel_futures=True)
                raise
    if lost:
        raise LostRun(f"{len(lost)} of {total} answers were not graded: {lost[0]}. The same command again goes on")
    ordered = tuple(grades[(student.name, exercise.id)] for student in students for exercise in wanted)
    return Gradebook(ordered, about, tuple(remarks(found)))


def facts(settings: Settings) -> dict[str, object]:
    """What the results rest on."""
    isolation = sandbox.isolation()
    here = settings.device == "cuda" and settings.machines is Machines.HERE
    name = torch.cuda.get_device_name() if here else platform.processor() or platform.machine()
    return {
        "seed": settings.seed,
        "device": f"{settings.device} ({name})",
        "isolation": ((isolation.forked if settings.warm else None) or isolation).summary,
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


def chosen(students: list[Student], names: tuple[str, ...]) -> list[Student]:
    """All students, or those with these names. Raises UnknownSelection."""
    known = {student.name for student in students}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or sorted(known)[:8]
            raise UnknownSelection(f"there is no student {name!r}. There are, for example: {', '.join(near)}")
    return [student for student in students if not names or student.name in names]


class Grader:
    """Grades one answer at a time; safe to use from several threads. `cluster`: where answers are run, None for this machine."""

    def __init__(self, settings: Settings, cluster: RayRuns | None = None):
        self.settings, self.cluster = settings, cluster

    def __enter__(self) -> Grader:
        # a cluster may run more at once than this machine has cores
        self.judges = Judges(min(self.settings.jobs, os.cpu_count() or 1) if self.cluster else self.settings.jobs)
        self.store = ObservationStore(self.settings.observations) if self.settings.observations else None
        self.grades: dict[tuple[str, str], Future[Grade]] = {}
        self.lock = threading.Lock()
        self.here = RunsHere(self.settings.hide, self.settings.warm and self.cluster is None)
        return self

    def __exit__(self, *error: object) -> None:
        self.judges.close()
        self.here.close()

    def know(self, grades: dict[tuple[str, str], Grade]) -> None:
        """These results, by (student, exercise), are made already: other exercises may rest on them."""
        for key, grade in grades.items():
            self.grades[key] = Future()
            self.grades[key].set_result(grade)

    def grade(self, student: Student, parsed: list[ParsedNotebook], exercise: Exercise) -> Grade:
        """One student's result in one exercise, made once: a second thread that asks for it waits. Raises LostRun alone."""
        key = (student.name, exercise.id)
        with self.lock:
            mine = key not in self.grades
            future = self.grades.setdefault(key, Future())
        # A thread waits only for earlier exercises, on which this one rests: somebody always goes on.
        if mine:
            try:
                future.set_result(self.new_grade(student, parsed, exercise))
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def new_grade(self, student: Student, parsed: list[ParsedNotebook], exercise: Exercise) -> Grade:
        """As `grade`, made anew with each call."""
        best = empty = Grade(student.name, exercise.id, 0, exercise.points, Status.ERROR, "")
        try:
            answer = self.find(student, parsed, exercise)
            if isinstance(answer, NoAnswer):
                return replace(empty, status=answer.status, message=answer.message)
            empty = replace(empty, notebook=answer.notebook)
            best = self.run(exercise, answer, empty)
            if best.status is Status.PASSED or answer.problems:
                return best
            needs = all_needs(exercise)
            own, open_need = self.own_answers(student, parsed, needs)
            if own:
                # an answer may be right with the student's own `ConvLayer`, which is right too but takes other arguments
                best = best.or_better(self.run(exercise, answer, empty, own))
            best = best.resting_on(open_need)
            if best.status is Status.PASSED or answer.plain():
                return best
            others = [one for one in used(exercise, answer.parsed) if one not in needs]
            more, open_need = self.own_answers(student, parsed, others)
            whole = self.run_whole(exercise, answer, {*own, *more}, empty)
            return best.or_better(whole.resting_on(open_need))
        except LostRun:
            raise
        except Exception as error:  # ours, not the student's: say so, and go on with the others
            failed = empty.failed_by_us(f"The grader itself failed: {type(error).__name__}: {error}")
            return failed.or_better(best)

    def find(self, student: Student, parsed: list[ParsedNotebook], exercise: Exercise) -> Answer | NoAnswer:
        """The student's answer."""
        stem = reference.chapter(exercise.chapter)["notebook"]
        answer = find_answer.find(exercise, student, parsed, stem)
        if isinstance(answer, NoAnswer):
            return answer
        return replace(answer, notes=(*answer.notes, *changes(answer.parsed.notebook, exercise)))

    def own_answers(
        self, student: Student, parsed: list[ParsedNotebook], needs: list[Exercise]
    ) -> tuple[dict[str, Answer], str]:
        """The student's own answers to these, which another exercise rests on: those that are right by themselves. And why that is not
        known of all (see `Grade.unfinished`)."""
        own, unknown = {}, ""
        for need in needs:
            answer = self.find(student, parsed, need)
            if isinstance(answer, Answer):
                grade = self.grade(student, parsed, need)
                if grade.status is Status.PASSED:
                    own[need.id] = answer
                elif grade.unfinished:
                    unknown = f"It rests on {need.id}: {grade.unfinished}"
        return own, unknown

    def run(self, exercise: Exercise, answer: Answer, empty: Grade, own: dict[str, Answer] | None = None) -> Grade:
        """Run and judge one answer. `empty`: whose grade it is; `own`: see `assemble`."""
        found = replace(empty, notes=answer.notes)
        if problems := answer.problems:
            message = (
                f"Not run: {problems[0]} has no place in an answer. If it is needed, ask for it to be graded by hand."
            )
            return replace(found, status=Status.FAILED, message=message, text="\n".join([message, *problems]))
        way = Way.OWN_NEEDS if own else Way.ANSWER
        return self._run(found, exercise, cells_of_answer(exercise, answer, own), way)

    def run_whole(self, exercise: Exercise, answer: Answer, right: set[str], empty: Grade) -> Grade:
        """Run the answer's notebook from the top, and judge. `right`: see `assemble_whole`; `empty`: whose grade it is."""
        found = replace(empty, notes=(*answer.notes, "the notebook was run from the top, as it stands"))
        cells = cells_of_notebook(exercise, answer, right, self.settings.timeout)
        return self._run(found, exercise, cells, Way.NOTEBOOK)

    def _run(self, found: Grade, exercise: Exercise, cells: list[AssembledCell], way: Way) -> Grade:
        """Run these cells, which came together in this `way`, and judge."""
        settings, seed = self.settings, seed_of(self.settings.seed, found.student, found.exercise)
        last = LAST if way is Way.NOTEBOOK else ""
        where = (seed, settings.device, settings.timeout)
        name, basis = "", None
        if self.store is not None:
            name = name_of(exercise, cells, last, *where)
            if kept := self.store.find(name, settings.judge_only):
                record = record_of(exercise.id, seed, settings.device)
                return self.told(found, kept.ran, cells, kept.observation, record)
            basis = basis_of(exercise, cells, way, settings.seed, *where)
        if settings.judge_only:
            why = self.store.why_not(name, basis, found.student) if self.store and basis else ""
            parts = ["Not judged: there is no observation of this answer.", why, "Grade without --judge-only."]
            message = " ".join(filter(None, parts))
            return replace(found, status=Status.NOT_JUDGED, message=message, unfinished=message)
        prepared = PreparedRun(
            exercise.id, tuple(cells), last, seed, settings.device, settings.timeout, settings.kernel, settings.jobs
        )
        home = self.here.folder()
        try:
            finished = (self.cluster or self.here).run(prepared, home)
            if self.store is not None:
                self.store.keep(name, finished.ran, finished.observation, finished.record.key, basis)
            return self.told(found, finished.ran, cells, finished.observation, finished.record)
        finally:
            remove(home)

    def told(self, found: Grade, ran: Ran, cells: list[AssembledCell], observation: Path, record: RunRecord) -> Grade:
        """The grade of a run that has ended."""
        found = replace(found, seconds=ran.seconds)
        if ran.ending is Ending.OBSERVED:
            return self.judged(found, observation, record)
        if ran.ending is Ending.NOT_STARTED:
            return found.failed_by_us(f"The run did not start: {ran.text}")
        status, message = _not_observed(ran, cells, self.settings.timeout)
        return replace(found, status=status, message=message)

    def judged(self, found: Grade, observation: Path, record: RunRecord) -> Grade:
        """The grade with what the judge says of the observation."""
        verdict = self.judges.judge(observation, record)
        if verdict.ours:
            return found.failed_by_us(verdict.text)
        if not verdict.valid:
            return replace(found, status=Status.ERROR, message=verdict.text)
        return replace(
            found,
            points=verdict.points,
            status=_status(verdict, found.max_points),
            message=whole_letters(verdict.line),
            checks=verdict.checks,
            text=whole_letters(verdict.text),
        )


def new_seed() -> int:
    """A seed that nobody can guess."""
    return int.from_bytes(os.urandom(4), "big") % 2**31


def _status(verdict: JudgedAnswer, max_points: int) -> Status:
    if verdict.points == max_points:
        return Status.PASSED
    if verdict.points:
        return Status.PARTLY
    if all(check.feedback.not_filled_in for check in verdict.checks if check.feedback):
        return Status.NOT_ATTEMPTED
    return Status.FAILED


def _not_observed(ran: Ran, cells: list[AssembledCell], timeout: float) -> tuple[Status, str]:
    """Status and message of a run of these cells that gave nothing to judge."""
    if ran.ending is Ending.TIMED_OUT:
        return Status.TIMED_OUT, f"Still running after {timeout:g} seconds: is there a loop that does not end?"
    if ran.ending is Ending.STOPPED:
        return Status.ERROR, f"Stopped: it used {ran.text}."
    if ran.kind == TAMPERED:
        return Status.FAILED, f"Not counted: {ran.text} while the answer ran."
    told = f"{ran.kind}: {ran.text}" if ran.kind else ran.text
    # the first cell that ran is the grader's own
    cell = cells[ran.cell - 1] if ran.cell is not None and 0 < ran.cell <= len(cells) else None
    if cell is not None and cell.origin is Origin.STUDENT:
        return Status.ERROR, f"In your cell {cell.number}: {told}"
    return Status.ERROR, f"The run ended before anything could be observed: {told}"
