"""What the room says: votes on questions, who is done or stuck, the timer of an exercise. No names, one voice a browser."""

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from resnet_live.live.board.board_limits import BROWSERS, CHOICES, LABEL
from resnet_live.live.board.board_store import BoardStore


class VoteStage(StrEnum):
    """How far a vote is: only in the last stage do students see bars, and the answer."""

    OPEN = "open"
    CLOSED = "closed"
    SHOWN = "shown"


class Signal(StrEnum):
    """What a student says by a button."""

    DONE = "done"
    STUCK = "stuck"
    NOTHING = ""


class Refused(Exception):
    """What was asked is not possible; the text says why, for who asked."""


MOST_MINUTES = 180


@dataclass
class Room:
    """The people before the board. `store`: where what they see is put; `questions`: those that may be asked, by step, as
    `ask_about` takes them; `present`: how many browsers look on."""

    store: BoardStore
    questions: dict[str, dict] = field(default_factory=dict)
    present: int = 0

    def __post_init__(self) -> None:
        self._ballots: dict[str, dict[str, int]] = {}
        self._signals: dict[str, Signal] = {}
        self.store.restore(self._restored)
        self._count()

    # ---- votes ----

    def open_vote(self, question: dict) -> None:
        """Ask `question`: `step`, `ask`, `choices` (texts); `right` and `why` stay here until the answer is shown. A question
        that was asked before goes on with its votes. Raises Refused."""
        step, choices = str(question["step"]), [str(text)[:LABEL] for text in question["choices"]]
        if not 2 <= len(choices) <= CHOICES:
            raise Refused(f"The question {step} has {len(choices)} choices; two to {CHOICES} can be voted on.")
        self.questions[step] = question
        self.store.keep({"question": question})
        self._show_vote(
            {"step": step, "ask": str(question["ask"])[: 4 * LABEL], "choices": choices, "stage": VoteStage.OPEN}
        )

    def close_vote(self) -> None:
        """Take no more votes. Raises Refused without an open vote."""
        vote = self._vote()
        if vote["stage"] != VoteStage.OPEN:
            raise Refused("The vote is closed already.")
        self._show_vote(vote | {"stage": VoteStage.CLOSED})

    def show_vote(self) -> None:
        """Show bars and answer; an open vote is closed. Raises Refused without a vote."""
        self._show_vote(self._vote() | {"stage": VoteStage.SHOWN})

    def moved_on(self) -> None:
        """The class has run another cell: a vote whose answer was shown makes room (`past`), and so does a timer that is over."""
        for key in ("vote", "private.vote"):
            vote = self.store.value(key)
            if vote is not None and vote["stage"] == VoteStage.SHOWN:
                self.store.put(key, vote | {"past": True})
        timer = self.store.value("timer")
        if timer is not None and timer["ends"] <= time.time():
            self.stop_timer()

    def end_vote(self) -> None:
        """Take the question off the board."""
        self.store.put("vote", None)
        self.store.put("private.vote", None)

    def cast(self, visitor: str, step: str, choice: int) -> None:
        """`visitor` votes; a later vote takes the place of an earlier. Raises Refused."""
        vote = self.store.value("vote")
        if vote is None or vote["step"] != step or vote["stage"] != VoteStage.OPEN:
            raise Refused("This vote is not open.")
        if not 0 <= choice < len(vote["choices"]):
            raise Refused("There is no such choice.")
        ballots = self._ballots.setdefault(step, {})
        if visitor not in ballots and len(ballots) >= BROWSERS:
            raise Refused("There are more votes than people.")
        if ballots.get(visitor) != choice:
            ballots[visitor] = choice
            self.store.keep({"ballot": [step, visitor, choice]})
            self._show_vote(vote)

    def results(self) -> dict | None:
        """The vote as the instructor sees it at any time: the public item, with `counts`; None without one. The answer is in
        it only when it is shown: the instructor's screen may be the projector's."""
        return self.store.value("private.vote")

    def _vote(self) -> dict:
        vote = self.store.value("vote")
        if vote is None:
            raise Refused("No question is asked at the moment.")
        return vote

    def _show_vote(self, vote: dict) -> None:
        ballots = Counter(self._ballots.get(vote["step"], {}).values())
        counts = [ballots[place] for place in range(len(vote["choices"]))]
        vote = {key: vote[key] for key in ("step", "ask", "choices", "stage")} | {"total": sum(counts)}
        question = self.questions.get(vote["step"], {})
        answer = {key: question[key] for key in ("right", "why") if question.get(key) is not None}
        counted, shown = vote | {"counts": counts}, vote["stage"] == VoteStage.SHOWN
        self.store.put("private.vote", counted | answer if shown else counted)
        self.store.put("vote", counted | answer if shown else vote)

    # ---- done, stuck, timer ----

    def signal(self, visitor: str, signal: Signal) -> None:
        """`visitor` is done, is stuck, or takes that back. Raises Refused."""
        if visitor not in self._signals and len(self._signals) >= BROWSERS:
            raise Refused("There are more signals than people.")
        self._signals[visitor] = signal
        self.store.keep({"signal": [visitor, signal]})
        self._count()

    def clear_signals(self) -> None:
        """Nobody is done, nobody is stuck: something new begins."""
        self._signals.clear()
        self.store.keep({"clear": True})
        self.store.put("round", (self.store.value("round") or 0) + 1)
        self._count()

    def start_timer(self, minutes: float, label: str = "") -> None:
        """Count down `minutes` (at most three hours), with a count of those who are done. Raises Refused."""
        if not 0 < minutes <= MOST_MINUTES:
            raise Refused(f"A timer runs for up to {MOST_MINUTES} minutes.")
        self.clear_signals()
        ends = time.time() + minutes * 60
        self.store.put("timer", {"ends": ends, "seconds": minutes * 60, "label": label[:LABEL]})

    def stop_timer(self) -> None:
        """Take the timer off the board."""
        self.store.put("timer", None)

    def of_visitor(self, visitor: str) -> dict:
        """What `visitor` has pressed: for a page that was loaded anew."""
        vote = self.store.value("vote")
        choice = self._ballots.get(vote["step"], {}).get(visitor) if vote else None
        return {"signal": self._signals.get(visitor, Signal.NOTHING), "choice": choice}

    def seen(self, present: int) -> None:
        """So many browsers look on now."""
        self.present = present
        self._count()

    def _count(self) -> None:
        counts = Counter(self._signals.values())
        self.store.put("room", {"done": counts[Signal.DONE], "present": self.present})
        self.store.put("private.room", {"stuck": counts[Signal.STUCK]})

    def _restored(self, line: dict[str, Any]) -> None:
        if "ballot" in line:
            step, visitor, choice = line["ballot"]
            self._ballots.setdefault(step, {})[visitor] = choice
        elif "question" in line:
            self.questions[line["question"]["step"]] = line["question"]
        elif "signal" in line:
            self._signals[line["signal"][0]] = Signal(line["signal"][1])
        elif "clear" in line:
            self._signals.clear()


def visitor_key(cookie: str) -> str:
    """What is kept of a browser's cookie: enough to know it again, not enough to be it."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:16]
