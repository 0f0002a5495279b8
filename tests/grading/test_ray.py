"""Runs on the machines of a Ray cluster: the same grades, and a machine that is killed loses nothing.

With Ray itself, and two machines of it, where `RESNET_LIVE_STRESS` is set (`make stress PARTS=ray`).
"""

import importlib
import os
import pickle
import socket
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest
from submissions import NAME, RIGHT, WRONG, handed_in, save
from typer.testing import CliRunner

from resnet_live.cli import app
from resnet_live.grading import ray_runs
from resnet_live.grading.gradebook_file import GradebookFile
from resnet_live.grading.grader import Machines, Settings, grade
from resnet_live.grading.isolation import Isolation
from resnet_live.grading.ray_runs import ClusterMachine, LostRun, NoCluster
from resnet_live.grading.status import Status

STUDENTS = [f"student {number}" for number in range(6)]
ONLY = ("2.1", "2.2")


@pytest.fixture
def submissions(tmp_path):
    """Every second student has one answer wrong."""
    for number, student in enumerate(STUDENTS):
        save(handed_in(RIGHT | ({"2.2": WRONG["2.2"]} if number % 2 else {})), tmp_path / "class" / student / NAME)
    return tmp_path / "class"


def test_without_ray_the_command_says_how_to_install_it(submissions, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    done = CliRunner().invoke(app, ["grade", str(submissions), "--engine", "ray"])
    assert done.exit_code == 1
    assert ".[ray]" in done.stderr
    assert "Traceback" not in done.output


class Errors:
    """Ray's, as far as we know them."""

    class RayError(Exception):
        pass


class OneMachine:
    """In place of Ray: a cluster of this machine alone. What goes there and back is pickled, as Ray does."""

    exceptions = Errors

    def __init__(self):
        self.options, self.lost, self.began = [], False, False

    def init(self, **options):
        self.began = True

    def is_initialized(self):
        return self.began

    def shutdown(self):
        self.began = False

    def nodes(self):
        return [{"Alive": alive, "NodeID": "1", "Resources": {"CPU": 4.0, "GPU": 1.0}} for alive in (True, False)]

    def cluster_resources(self):
        return {"CPU": 4.0, "GPU": 1.0}

    def remote(self, **options):
        self.options.append(options)
        return lambda function: SimpleNamespace(remote=lambda *given: (function, pickle.dumps(given)))

    def get(self, asked):
        if isinstance(asked, list):
            return [self.get(one) for one in asked]
        function, given = asked
        if self.lost and function is ray_runs.run_there:
            raise Errors.RayError
        return pickle.loads(pickle.dumps(function(*pickle.loads(given))))


@pytest.fixture
def one_machine(monkeypatch):
    cluster = OneMachine()
    kinds = SimpleNamespace(NodeAffinitySchedulingStrategy=lambda *given, **named: given)
    monkeypatch.setitem(sys.modules, "ray", cluster)
    monkeypatch.setitem(sys.modules, "ray.util.scheduling_strategies", kinds)
    ray_runs._runs_here.cache_clear()
    yield cluster
    ray_runs._runs_here.cache_clear()


def test_what_the_cluster_has_lost_is_not_written_down(submissions, tmp_path, one_machine):
    """The same command goes on with it."""
    one_machine.lost = True
    save(handed_in({}), submissions / "stub" / NAME)
    with GradebookFile(tmp_path / "gradebook.db") as file:
        with pytest.raises(LostRun, match="12 of 14 answers were not graded"):
            grade(submissions, Settings(3, 0, only=ONLY, machines=Machines.RAY), file=file)
        assert [(one.student, one.status) for one in file.book().grades] == [("stub", Status.NOT_ATTEMPTED)] * 2
    assert not one_machine.began


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot")
@pytest.mark.slow
@pytest.mark.xdist_group("cases")
def test_the_grades_are_those_of_one_machine(submissions, one_machine, forks):
    """Cheap: in place of Ray and its machines is this process, and of the sandbox a fork."""
    settings = Settings(3, 1, only=ONLY, students=tuple(STUDENTS[:2]), warm=False, device="cpu")
    books = [grade(submissions, replace(settings, machines=one)) for one in (Machines.RAY, Machines.HERE)]
    assert [one.points for one in books[0].grades] == [one.points for one in books[1].grades]
    assert {one.status for one in books[0].grades} == {Status.PASSED, Status.FAILED}
    assert [replace(one, seconds=0.0) for one in books[0].grades] == [
        replace(one, seconds=0.0) for one in books[1].grades
    ]
    assert books[0].facts["engine"] == "ray: 1 machine"
    assert books[0].facts["isolation"] == books[1].facts["isolation"]
    assert one_machine.options[-1] == {"num_cpus": 1, "num_gpus": 0.0, "max_retries": ray_runs.MOST_TRIES - 1}


def test_answers_share_the_cards_of_a_cluster(one_machine):
    with ray_runs.RayRuns(ray_runs.Place((), False, False), gpus=0.25) as cluster:
        assert cluster.room() == 4
        assert one_machine.options[-1]["num_gpus"] == 0.25
    with ray_runs.RayRuns(ray_runs.Place((), False, False), gpus=0.5) as cluster:
        assert cluster.room() == 2
    with pytest.raises(NoCluster, match="and the GPU"):
        one_machine.nodes = lambda: [{"Alive": True, "NodeID": "1", "Resources": {"CPU": 4.0}}]
        ray_runs.RayRuns(ray_runs.Place((), False, False), gpus=0.5)


def test_a_machine_with_another_version_is_refused(one_machine, monkeypatch):
    other = ClusterMachine("other", "", "shut off", True, ("Python 3.11", "torch 1.0", "resnet_live 0"))
    monkeypatch.setattr(ray_runs, "this_machine", lambda warm: other)
    with pytest.raises(NoCluster, match="other has other versions .*torch 1.0"):
        ray_runs.RayRuns(ray_runs.Place((), False, False))
    assert not one_machine.began


def running(parent: int) -> bool:
    """Is a run going on below this process: has a warm process forked one?"""
    for one in psutil.Process(parent).children(recursive=True):
        try:
            if "forge_runs.py" in " ".join(one.cmdline()) and one.children():
                return True
        except psutil.Error:
            continue
    return False


def machine() -> dict:
    """A small one. Its ports are given: Ray waits for those that it has to find for 15 seconds, which a busy machine may need."""
    ports = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port", "runtime_env_agent_port")
    with ExitStack() as stack:
        found = [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in ports]
    return {"num_cpus": 1, "object_store_memory": 80_000_000} | dict(zip(ports, found, strict=True))


@pytest.fixture
def two_machines(monkeypatch):
    """A cluster of two, both on this machine: (all of it, the second)."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install -c constraints.txt -e '.[ray]'")
    utilities = importlib.import_module("ray.cluster_utils")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = utilities.Cluster(initialize_head=True, head_node_args=machine() | {"include_dashboard": False})
    try:
        second = cluster.add_node(**machine())
        cluster.wait_for_nodes(60)
        monkeypatch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster, second
    finally:
        cluster.shutdown()


@pytest.mark.skipif("RESNET_LIVE_STRESS" not in os.environ, reason="a minute, and needs Ray: make stress PARTS=ray")
@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_machine_that_is_killed_loses_nothing(submissions, two_machines, tmp_path):
    """While it works. The other does its part, and the table is the one that is judged here of what was observed there."""
    cluster, second = two_machines
    (raylet,) = second.all_processes["raylet"]
    killed = threading.Event()

    def kill():
        while not running(raylet.process.pid):
            time.sleep(0.02)
        cluster.remove_node(second, allow_graceful=False)
        killed.set()

    threading.Thread(target=kill, daemon=True).start()
    settings = Settings(3, 0, only=ONLY, observations=tmp_path / "kept", machines=Machines.RAY)
    with GradebookFile(tmp_path / "gradebook.db") as file:
        book = grade(submissions, settings, file=file)
        assert file.book().grades == book.grades
    assert killed.wait(60)
    assert book.facts["engine"] == "ray: 2 machines"
    right = {(student, "2.1") for student in STUDENTS} | {(student, "2.2") for student in STUDENTS[::2]}
    assert {(one.student, one.exercise) for one in book.grades if one.status is Status.PASSED} == right
    assert len(book.grades) == len(STUDENTS) * len(ONLY)
    again = grade(submissions, replace(settings, judge_only=True, jobs=1, device="cpu"))
    assert [replace(one, seconds=0.0) for one in again.grades] == [replace(one, seconds=0.0) for one in book.grades]


def test_a_machine_that_cannot_be_trusted_gets_no_run(monkeypatch):
    """It lets answers see its files."""
    monkeypatch.setattr(ray_runs.sandbox, "isolation", lambda: Isolation())
    with pytest.raises(NoCluster, match="cannot be shut off"):
        ray_runs.run_there(None, ray_runs.Place((), True, require_sandbox=True))
