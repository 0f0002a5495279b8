"""What an exercise is: one `Exercise`, made of `Check`s, each of which has `Feedback` or none."""

from __future__ import annotations

from dataclasses import dataclass, field

from resnet_live.exercise.judging.evidence import CheckTest


@dataclass(frozen=True)
class Check:
    """One thing that an answer must do.

    `key`: short, unique within the exercise; `title`: what is right when it passes, e.g. "Leaves its input as it was"; `points`:
    whole; `test`: evidence → Feedback or None; `after`: keys of checks without which this one cannot be judged: it says nothing until
    they have passed.
    """

    key: str
    title: str
    points: int
    test: CheckTest
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """The definition of one exercise. The inputs and what is observed stand under the same id in `observers/observe_chNN.py`.

    `id`: "chapter.number"; `names`: what the student defines, in the order in which `check` takes them; `params`: the names of the
    arguments, for messages; `minutes`: how long a student needs; `hints`: two, the second says more; `needs`: ids of
    exercises whose answers this one uses (the reference's, when they were not solved).
    """

    id: str
    title: str
    names: tuple[str, ...]
    minutes: int
    hints: tuple[str, str]
    checks: tuple[Check, ...]
    params: tuple[str, ...] = ()
    needs: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        chapter, _, number = self.id.partition(".")
        keys = [check.key for check in self.checks]
        problems = [
            (not (chapter.isdigit() and number.isdigit()), "its id must be like '2.3'"),
            (not self.title or not self.names, "title and names must not be empty"),
            (not self.minutes > 0, "minutes must be above zero"),
            (len(self.hints) != 2 or not all(hint.strip() for hint in self.hints), "it needs two hints"),
            (not keys or len(set(keys)) != len(keys), "it needs checks with keys of their own"),
            (any(check.points < 1 for check in self.checks), "each check needs at least one point"),
            (
                any(need not in keys[:index] for index, check in enumerate(self.checks) for need in check.after),
                "`after` names a check that does not stand before it",
            ),
        ]
        for wrong, message in problems:
            if wrong:
                raise ValueError(f"exercise {self.id}: {message}")

    @property
    def chapter(self) -> int:
        """The chapter's number."""
        return int(self.id.split(".")[0])

    @property
    def points(self) -> int:
        """The most that it can give."""
        return sum(check.points for check in self.checks)

    @property
    def slug(self) -> str:
        """The id as nbgrader can take it: "2-3"."""
        return self.id.replace(".", "-")
