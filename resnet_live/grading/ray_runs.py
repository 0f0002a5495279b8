"""Runs on the machines of a Ray cluster (https://docs.ray.io), an optional extra: `grade --engine ray`.

Ray only carries a prepared run to a machine and its observation back. There it is shut off and limited as on one machine; judging, the
gradebook and the kept observations stay where the command was started. A run whose machine or process dies is started again on
another, MOST_TRIES times in all.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import platform
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch

import resnet_live
from resnet_live.grading import sandbox
from resnet_live.grading.judge_observation import MOST_BYTES
from resnet_live.grading.run_here import FinishedRun, PreparedRun, RunsHere, own_folders
from resnet_live.grading.sandbox import Ending
from resnet_live.grading.untrusted_files import read, remove

MOST_TRIES = 6
INSTALL = "pip install -c constraints.txt -e '.[ray]'"


class NoCluster(RuntimeError):
    """Ray is not installed, or its machines cannot be used as they are; the message says why, and what to do."""


class LostRun(RuntimeError):
    """The cluster gave a run up: nothing is known of the answer."""


@dataclass(frozen=True)
class Place:
    """What runs need wherever they are carried out. `hide`: folders that they must not see, where they are there; `warm`: fork them
    off a process that has imported everything; `require_sandbox`: run nothing where answers see files of the machine."""

    hide: tuple[Path, ...]
    warm: bool
    require_sandbox: bool


@dataclass(frozen=True)
class ClusterMachine:
    """What a machine of the cluster says of itself."""

    name: str
    gpu: str
    isolation: str
    hides: bool
    versions: tuple[str, str, str]


class RayRuns:
    """Carries runs out on a cluster: on that of RAY_ADDRESS, or the one that this machine is part of, else on this machine alone.

    `gpus`: the share of a GPU that a run gets, 0 for none. Raises NoCluster.
    """

    def __init__(self, place: Place, gpus: float = 0.0):
        self.ray = library()
        self.place, self.gpus = place, gpus
        self.began = not self.ray.is_initialized()
        if self.began:
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers
            try:
                self.ray.init(log_to_driver=False, logging_level="ERROR")
            except Exception as error:  # of its own, and of its connection
                raise NoCluster(f"Ray found no cluster: {error}") from error
        try:
            self.machines = self._machines()
        except BaseException:
            self.__exit__()
            raise
        options = {"num_cpus": 1, "num_gpus": gpus, "max_retries": MOST_TRIES - 1}
        self.task = self.ray.remote(**options)(run_there)

    def room(self) -> int:
        """How many runs there is room for at once."""
        found = self.ray.cluster_resources()
        room = int(found.get("CPU", 0))
        return max(1, min(room, int(found.get("GPU", 0) / self.gpus)) if self.gpus else room)

    def run(self, prepared: PreparedRun, home: Path) -> FinishedRun:
        """Have one carried out; its observation is put into the empty folder `home`. Raises LostRun."""
        # so many may share a card: each gets no more of its memory
        prepared = replace(prepared, sharing=max(1, round(1 / self.gpus)) if self.gpus else 1)
        try:
            finished, observation = self.ray.get(self.task.remote(prepared, self.place))
        except self.ray.exceptions.RayError as error:
            raise LostRun(f"the cluster gave a run up: {type(error).__name__}") from error
        file = home / finished.observation.name
        if observation is not None:
            file.write_bytes(observation)
        return replace(finished, observation=file)

    def facts(self) -> dict[str, object]:
        """What results rest on, as `grader.facts` says it of one machine."""
        gpus = ", ".join(dict.fromkeys(one.gpu for one in self.machines if one.gpu))
        count = len(self.machines)
        found: dict[str, object] = {"engine": f"ray: {count} machine{'s' * (count != 1)}"}
        found["isolation"] = "; ".join(dict.fromkeys(one.isolation for one in self.machines))
        return found | ({"device": f"cuda ({gpus})"} if self.gpus else {})

    def __enter__(self) -> RayRuns:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the cluster."""
        if self.began:
            self.ray.shutdown()

    def _machines(self) -> list[ClusterMachine]:
        """All that take runs. Raises NoCluster where one lacks something that results rest on."""
        kinds = importlib.import_module("ray.util.scheduling_strategies")
        asked = []
        for node in self.ray.nodes():
            has = node["Resources"]
            if node["Alive"] and has.get("CPU", 0) >= 1 and has.get("GPU", 0) >= self.gpus:
                there = kinds.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                # no CPU: it need not wait for a free one
                task = self.ray.remote(num_cpus=0, num_gpus=self.gpus, scheduling_strategy=there)(this_machine)
                asked.append(task.remote(self.place.warm))
        if not asked:
            raise NoCluster(
                "no machine of the cluster has a CPU" + (" and the GPU that was asked for" * bool(self.gpus))
            )
        try:
            found = self.ray.get(asked)
        except Exception as error:  # the package or one of its libraries is not there, or the machine is gone
            raise NoCluster(
                f"a machine of the cluster cannot take runs: {str(error).strip().splitlines()[-1]}"
            ) from error
        ours = _versions()
        for machine in found:
            if machine.versions != ours:
                theirs, own = (", ".join(one) for one in (machine.versions, ours))
                raise NoCluster(f"{machine.name} has other versions ({theirs}) than this machine ({own})")
            if self.place.require_sandbox and not machine.hides:
                raise NoCluster(f"answers cannot be shut off on {machine.name}: {machine.isolation}")
        return found


def library() -> Any:
    """Ray. Raises NoCluster where it is not installed."""
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise NoCluster(f"--engine ray needs Ray, which is not installed here: {INSTALL}") from error


# ---- What runs on the machines of the cluster ----


def this_machine(warm: bool) -> ClusterMachine:
    """What this machine says of itself. `warm`: runs would be forked."""
    found = sandbox.isolation()
    shown = (found.forked if warm else None) or found
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    return ClusterMachine(platform.node(), gpu, shown.summary, found.hides, _versions())


def _versions() -> tuple[str, str, str]:
    python = ".".join(platform.python_version_tuple()[:2])
    return f"Python {python}", f"torch {torch.__version__.split('+')[0]}", f"resnet_live {resnet_live.__version__}"


def run_there(prepared: PreparedRun, place: Place) -> tuple[FinishedRun, bytes | None]:
    """Carry a run out on this machine; what its observation's file holds, None where it made none."""
    if place.require_sandbox and not sandbox.isolation().hides:
        raise NoCluster(f"answers cannot be shut off on {platform.node()}")  # it came into the cluster later
    here = _runs_here(place.hide, place.warm)
    home = here.folder()
    try:
        finished = here.run(prepared, home)
        observation = None
        if finished.ran.ending is Ending.OBSERVED:
            with contextlib.suppress(OSError, ValueError):  # the answer has put something else in its place
                observation = read(finished.observation, MOST_BYTES)
        return finished, observation
    finally:
        remove(home)


@cache
def _runs_here(hide: tuple[Path, ...], warm: bool) -> RunsHere:
    """Of this process of Ray's, which carries out one run after the other."""
    here = RunsHere((*hide, *own_folders()), warm)
    atexit.register(here.close)
    return here
