"""The gradebook on disk: a SQLite file into which each result goes as it comes, and from which nothing is ever taken away.

A row is one result. A later one about the same hand-in supersedes it and says why it was made; both stay. Results of another hand-in
of the same student are another attempt. A row without a result says that one was to be made and could not be: it never takes the
place of a result, and the next run tries again. What an instructor adjusts, and how late a student was, stands beside them and
survives every new grading. The file is in WAL mode: a process that is killed loses at most the result that it was about to write.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from resnet_live.grading.gradebook import Adjustment, Grade, Gradebook, Lateness, grade_from, in_order
from resnet_live.grading.status import Status

NAME = "gradebook.db"
# 2: a grade may be unfinished for other reasons than its status.
VERSION = 2
# Of points, and of days: more is a slip of the hand, and at some point more than the file can hold.
MOST = 1_000_000
# The basis of a row without a result (see `Grade.unfinished`): it fits no run.
UNFINISHED = ""
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, submission TEXT NOT NULL, first_seen TEXT NOT NULL, last_run INTEGER NOT NULL,
    UNIQUE (student, submission));
CREATE TABLE IF NOT EXISTS rounds (id INTEGER PRIMARY KEY, why TEXT NOT NULL, scope TEXT NOT NULL, finished INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS grades (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, exercise TEXT NOT NULL, submission TEXT NOT NULL, basis TEXT NOT NULL,
    round INTEGER NOT NULL, supersedes INTEGER NOT NULL, points INTEGER NOT NULL, made TEXT NOT NULL, why TEXT NOT NULL,
    grade TEXT NOT NULL, UNIQUE (student, exercise, submission, supersedes));
CREATE TABLE IF NOT EXISTS adjustments (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, exercise TEXT NOT NULL, points INTEGER, reason TEXT NOT NULL, made TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lateness (
    id INTEGER PRIMARY KEY, student TEXT NOT NULL, days INTEGER NOT NULL, reason TEXT NOT NULL, made TEXT NOT NULL);
"""


class GradebookError(ValueError):
    """The file is no gradebook, or what was asked of it does not fit; the message says why."""


class Attempts(StrEnum):
    """Which attempt counts where a student has handed in several times: for each exercise the latest that has it, or the best.
    One in which there is no answer to it (`Status.MISSING`) takes the place of no earlier one that had it."""

    LAST = "last"
    BEST = "best"


@dataclass(frozen=True)
class Change:
    """One line of an exercise's history: what it is now worth (None: as before), since when, and why."""

    student: str
    exercise: str
    points: int | None
    made: str
    why: str


@dataclass(frozen=True)
class LateRule:
    """What lateness costs: after `free` days, `percent` of the points a day."""

    free: int = 0
    percent: float = 0.0

    def applied(self, days: int) -> Lateness:
        return Lateness(days, max(0.0, 1 - self.percent / 100 * max(0, days - self.free)))


@dataclass(frozen=True)
class Person:
    """How a learning platform calls a student: `name`, and `number` ("" where the notebooks came from elsewhere); `platform`: which
    ("" where an older gradebook does not say)."""

    name: str
    number: str = ""
    platform: str = ""


class GradebookFile:
    """An open gradebook. Use it in a `with` statement, and in one thread."""

    def __init__(self, file: Path):
        """Open the file, or make it. Raises GradebookError when it is something else, or newer than this program."""
        self.file = file
        self.run = 0
        self.round = 0
        self.why = ""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self.base = sqlite3.connect(file, timeout=60, isolation_level=None)
            self.base.execute("PRAGMA journal_mode=WAL")
            self.base.execute("PRAGMA synchronous=NORMAL")
            found = self.base.execute("PRAGMA user_version").fetchone()[0]
            if found > VERSION:
                raise GradebookError(f"{file} was written by a newer version of this course. Install that version")
            self.base.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
        except (OSError, sqlite3.Error) as error:
            raise GradebookError(f"{file} cannot be opened as a gradebook: {error}") from error

    def __enter__(self) -> GradebookFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.base.close()

    # ---- Facts of the class ----

    def fact(self, name: str, new: object = None) -> object:
        """A fact of this gradebook; `new` is kept, and returned, where there is none yet."""
        if new is not None:
            self.base.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, json.dumps(new)))
        row = self.base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_fact(self, name: str, value: object) -> None:
        """Keep a fact in place of what was there."""
        self.base.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    # ---- Grading ----

    def begin(
        self,
        submissions: Iterable[tuple[str, str]],
        facts: dict[str, object],
        numbered: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """A run begins, over these (student, what they handed in, as a hash). `numbered`: whose names end in a platform's number, and
        which platform's."""
        self.set_fact("facts", facts)
        self.set_fact("numbered", self._numbered() | dict(numbered))
        with self._whole():
            self.run = int(str(self.fact("run") or 0)) + 1
            self.set_fact("run", self.run)
            self.base.executemany(
                "INSERT INTO attempts (student, submission, first_seen, last_run) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (student, submission) DO UPDATE SET last_run = excluded.last_run",
                [(student, submission, _now(), self.run) for student, submission in submissions],
            )

    def begin_again(self, why: str, scope: object) -> None:
        """What is graded from here on is graded anew, because of `why`. The same again after an interruption goes on there."""
        described = json.dumps(scope, sort_keys=True)
        with self._whole():
            row = self.base.execute(
                "SELECT id FROM rounds WHERE why = ? AND scope = ? AND NOT finished", (why, described)
            ).fetchone()
            if row is None:
                made = self.base.execute("INSERT INTO rounds (why, scope, finished) VALUES (?, ?, 0)", (why, described))
                self.round = int(made.lastrowid or 0)
            else:
                self.round = row[0]
        self.why = why

    def finish(self) -> None:
        """All that was to be graded again has been, but what has no result yet: where there is such, the same again goes on there."""
        self.base.execute(
            "UPDATE rounds SET finished = 1 WHERE id = ? AND NOT EXISTS (SELECT 1 FROM grades WHERE round = rounds.id AND basis = ? "
            "AND id IN (SELECT MAX(id) FROM grades GROUP BY student, exercise, submission))",
            (self.round, UNFINISHED),
        )

    def finished(self, student: str, exercise: str, submission: str, basis: str) -> Grade | None:
        """The result that need not be made again: the latest of this hand-in, where it rests on the same `basis`."""
        row = self._latest(student, exercise, submission)
        if row is None or row[1] != basis or row[2] < self.round:
            return None
        return grade_from(json.loads(row[3]))

    def add(self, grade: Grade, submission: str, basis: str) -> None:
        """Write one result. Where another process has written the same in the meantime, that one stays."""
        with self._whole():
            row = self._latest(grade.student, grade.exercise, submission)
            why = self.why
            if row and not why:
                why = "tried again" if row[1] == UNFINISHED else "the basis of grading has changed"
            if not why:
                earlier = self.base.execute(
                    "SELECT 1 FROM grades WHERE student = ? AND exercise = ?", (grade.student, grade.exercise)
                ).fetchone()
                why = "handed in again" if earlier else "graded"
            tree = json.dumps(asdict(grade), ensure_ascii=True)
            same = row is not None and row[1] == basis and (basis != UNFINISHED or row[3] == tree)
            if row and same and row[2] >= self.round:
                return
            key = (grade.student, grade.exercise, submission, basis, self.round, row[0] if row else 0)
            self.base.execute(
                "INSERT INTO grades (student, exercise, submission, basis, round, supersedes, points, made, why, grade) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, grade.points, _now(), why, tree),
            )

    def _latest(self, student: str, exercise: str, submission: str) -> tuple | None:
        return self.base.execute(
            "SELECT id, basis, round, grade FROM grades WHERE student = ? AND exercise = ? AND submission = ? "
            "ORDER BY id DESC LIMIT 1",
            (student, exercise, submission),
        ).fetchone()

    def knows(self, student: str, submission: str) -> bool:
        """Has what the student has handed in, as a hash, been graded?"""
        graded = "SELECT 1 FROM grades WHERE student = ? AND submission = ?"
        return self.base.execute(graded, (student, submission)).fetchone() is not None

    # ---- The instructor's part ----

    def adjust(self, student: str, exercise: str, points: int | None, reason: str) -> None:
        """Give `points` whatever the judge says, also later; None takes that back. Raises GradebookError for what is not in here."""
        if not reason.strip():
            raise GradebookError("an adjustment needs a reason")
        if points is not None and not 0 <= points <= MOST:
            raise GradebookError(f"points are from 0 to {MOST}")
        known = "SELECT 1 FROM grades WHERE student = ? AND exercise = ?"
        if not self.base.execute(known, (student, exercise)).fetchone():
            raise GradebookError(f"there is no grade of {student!r} in {exercise!r}{self._near(student)}")
        self.base.execute(
            "INSERT INTO adjustments (student, exercise, points, reason, made) VALUES (?, ?, ?, ?, ?)",
            (student, exercise, points, reason.strip(), _now()),
        )

    def set_late(self, days: Mapping[str, int], reason: str) -> None:
        """How many days late students were; the last word counts. All of them or, with a GradebookError, none."""
        known = self.students()
        for student, count in days.items():
            if not 0 <= count <= MOST:
                raise GradebookError(f"{student}: days are from 0 to {MOST}")
            if student not in known:
                raise GradebookError(f"there is no student {student!r}{self._near(student)}")
        with self._whole():
            self.base.executemany(
                "INSERT INTO lateness (student, days, reason, made) VALUES (?, ?, ?, ?)",
                [(student, count, reason, _now()) for student, count in days.items()],
            )

    @staticmethod
    def read_late(table: Path) -> dict[str, int]:
        """The days of many students from a CSV file with the columns `student` and `days`. Raises GradebookError."""
        try:
            with table.open(encoding="utf-8-sig", newline="") as opened:
                return {row["student"]: int(row["days"]) for row in csv.DictReader(opened)}
        except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
            raise GradebookError(f"{table} is no table with the columns student and days: {error}") from error

    def set_late_rule(self, rule: LateRule) -> None:
        """What lateness costs, from now on for all. Raises GradebookError."""
        if rule.free < 0 or not 0 <= rule.percent <= 100:
            raise GradebookError("free days are zero or more, and percent between 0 and 100")
        self.set_fact("late_rule", asdict(rule))

    def _near(self, student: str) -> str:
        known = self.students()
        folded = [one for one in known if student.casefold() in one.casefold()]
        if student in known or not known:
            return ""
        return f". Did you mean {', '.join(map(repr, folded[:3]))}?" if folded else f". There are {len(known)} students"

    # ---- What stands in it ----

    def students(self) -> list[str]:
        """Their names, in the order of the alphabet."""
        return [row[0] for row in self.base.execute("SELECT DISTINCT student FROM attempts ORDER BY student")]

    def people(self) -> dict[str, Person]:
        """How a learning platform calls each student."""
        known = self._numbered()
        parts = {student: student.rpartition("_") for student in self.students()}
        return {
            student: Person(name, number, known[student]) if student in known else Person(student)
            for student, (name, _, number) in parts.items()
        }

    def _numbered(self) -> dict[str, str]:
        """As `begin` has it. Gradebooks of version 1 have the names alone."""
        numbered = self.fact("numbered")
        if isinstance(numbered, list):
            return dict.fromkeys(numbered, "")
        return dict(numbered) if isinstance(numbered, dict) else {}

    def history(self, student: str = "", exercise: str = "") -> list[Change]:
        """Everything that has happened to the grades, oldest first; of one student, one exercise, or both."""
        changes = []
        for table in (
            "SELECT student, exercise, CASE WHEN basis = '' THEN NULL ELSE points END, made, "
            "why || CASE WHEN basis = '' THEN ' (no result)' ELSE '' END FROM grades",
            "SELECT student, exercise, points, made, CASE WHEN points IS NULL THEN 'adjustment taken back: ' "
            "ELSE 'adjusted: ' END || reason FROM adjustments",
            "SELECT student, '', NULL, made, days || ' days late' || CASE WHEN reason = '' THEN '' ELSE ': ' END || reason "
            "FROM lateness",
        ):
            changes += [Change(*row) for row in self.base.execute(table)]
        chosen = [c for c in changes if student in ("", c.student) and exercise in ("", c.exercise)]
        return sorted(chosen, key=lambda change: change.made)

    def book(self, attempts: Attempts = Attempts.LAST) -> Gradebook:
        """The gradebook as it stands, adjustments and lateness in it; by students, then exercises in the order of the course."""
        facts = self.fact("facts")
        counting = self._counting(attempts)
        order = sorted(counting, key=lambda key: (key[0], in_order(key[1])))
        adjusted = self._adjustments()
        grades = {key: counting[key][1] for key in order}
        found = tuple(grade.given(adjusted[key]) if key in adjusted else grade for key, grade in grades.items())
        hand_ins = {key: counting[key][0] for key in order}
        about = dict(facts) if isinstance(facts, dict) else {}
        return Gradebook(found, about, (), self._lateness(), hand_ins=hand_ins)

    def of_run(self, book: Gradebook, attempts: Attempts = Attempts.LAST) -> Gradebook:
        """`book`, which a run has made and written here, with what counts for its students and exercises, and with warnings of what
        counts because the run could not make it anew."""
        whole = self.book(attempts)
        kept = {(grade.student, grade.exercise): grade for grade in whole.grades}
        counting = tuple(kept[grade.student, grade.exercise] for grade in book.grades)
        pairs = zip(book.grades, counting, strict=True)
        stand = Counter(made.unfinished for made, counts in pairs if made.unfinished and not counts.unfinished)
        told = [
            f"{count} earlier result{'s stand as they were' if count > 1 else ' stands as it was'}: {why}"
            for why, count in stand.items()
        ]
        return replace(whole, grades=counting, facts=book.facts, warnings=(*book.warnings, *told))

    def _counting(self, attempts: Attempts) -> dict[tuple[str, str], tuple[str, Grade]]:
        """The hand-in and the result that count, by (student, exercise). What has none comes first: any result takes its place."""
        rows = self.base.execute(
            "SELECT grades.student, exercise, submission, grade FROM grades JOIN attempts USING (student, submission) "
            "WHERE grades.id IN (SELECT MAX(id) FROM grades GROUP BY student, exercise, submission, basis = '') "
            "ORDER BY basis <> '', last_run, attempts.id"
        )
        counting: dict[tuple[str, str], tuple[str, Grade]] = {}
        for student, exercise, submission, tree in rows:
            grade = grade_from(json.loads(tree))
            earlier, before = counting.get((student, exercise), ("", None))
            if before and earlier != submission and _stays(before, grade):
                continue
            if attempts is Attempts.LAST or before is None or before.unfinished or grade.points >= before.points:
                counting[student, exercise] = (submission, grade)
        return counting

    def _adjustments(self) -> dict[tuple[str, str], Adjustment]:
        rows = self.base.execute("SELECT student, exercise, points, reason, made FROM adjustments ORDER BY id")
        last = {(student, exercise): (points, reason, made) for student, exercise, points, reason, made in rows}
        return {key: Adjustment(*value) for key, value in last.items() if value[0] is not None}

    def _lateness(self) -> dict[str, Lateness]:
        kept = self.fact("late_rule")
        rule = LateRule(**kept) if isinstance(kept, dict) else LateRule()
        days = dict(self.base.execute("SELECT student, days FROM lateness ORDER BY id"))
        return {student: rule.applied(count) for student, count in days.items() if count}

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All that is written inside, or nothing of it."""
        with closing(self.base.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")


def existing(file: Path) -> GradebookFile:
    """Open the gradebook in a folder that `resnet-live grade --out` wrote, or the file itself. Raises GradebookError."""
    found = file / NAME if file.is_dir() else file
    if not found.is_file():
        raise GradebookError(
            f"there is no gradebook {found}. Make one with: resnet-live grade SUBMISSIONS --out {file}"
        )
    return GradebookFile(found)


def _stays(before: Grade, later: Grade) -> bool:
    """Has another hand-in the answer, and the later one not?"""
    answered = before.status is not Status.MISSING and (before.points > 0 or not before.unfinished)
    return answered and later.status is Status.MISSING


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
