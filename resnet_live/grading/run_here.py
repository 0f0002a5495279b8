"""A run that is prepared: what it needs to be carried out here, or on another machine, and what comes back of it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import resnet_live
from resnet_live.exercise.registry import find
from resnet_live.grading import sandbox
from resnet_live.grading.assemble import AssembledCell, written
from resnet_live.grading.forge.warm_runs import WarmRuns
from resnet_live.grading.run_record import RunRecord
from resnet_live.grading.sandbox import Ending, Ran
from resnet_live.grading.untrusted_files import remove

PACKAGE = Path(resnet_live.__file__).parent


@dataclass(frozen=True)
class PreparedRun:
    """What is to be run. `cells`, `last`: see `assemble.written`; `seed`: of the inputs; `timeout`: seconds for the student's code;
    `sharing`: how many runs share a GPU."""

    exercise: str
    cells: tuple[AssembledCell, ...]
    last: str
    seed: int
    device: str
    timeout: float
    kernel: str
    sharing: int = 1


@dataclass(frozen=True)
class FinishedRun:
    """How a run ended, and what its observation is judged with; the file is there if the run made one."""

    ran: Ran
    observation: Path
    record: RunRecord


class RunsHere:
    """Carries runs out on this machine; safe to use from several threads. `hide`: folders that they must not see; `warm`: fork them
    off a process that has imported everything, where that can be."""

    def __init__(self, hide: tuple[Path, ...], warm: bool):
        self.work = Path(tempfile.mkdtemp(prefix="resnet-live-")).resolve()
        self.hidden = sandbox.hideable(list(hide), self.work)
        self.warm: WarmRuns | None = sandbox.warm_runs(self.work) if warm else None

    def folder(self) -> Path:
        """A new folder, for one run."""
        return Path(tempfile.mkdtemp(dir=self.work))

    def run(self, prepared: PreparedRun, home: Path) -> FinishedRun:
        """Carry one out, in the empty folder `home`."""
        ended = self._run(prepared, home / "run", self.warm)
        return self._run(prepared, home / "again", None) if ended.ran.ending is Ending.LOST else ended

    def _run(self, prepared: PreparedRun, home: Path, warm: WarmRuns | None) -> FinishedRun:
        made = written(
            find(prepared.exercise),
            prepared.cells,
            home,
            prepared.seed,
            prepared.device,
            self.hidden,
            prepared.last,
            prepared.sharing,
        )
        ran = sandbox.run(made, self.hidden, prepared.timeout, prepared.kernel, warm)
        return FinishedRun(ran, made.observation, made.record)

    def close(self) -> None:
        """End what is warm, and remove all files."""
        if self.warm is not None:
            self.warm.close()
        remove(self.work)


def own_folders() -> list[Path]:
    """Where references and known answers lie: the package, and in a checkout what stands beside it."""
    beside = [PACKAGE.parent / name for name in ("solutions", "exercises", "tests", "book", "docs", ".git")]
    return [PACKAGE, *(folder for folder in beside if (PACKAGE.parent / "pyproject.toml").exists() and folder.is_dir())]
