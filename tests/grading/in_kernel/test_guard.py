"""Cheats that have got past the reading of their source: none gains a point over the same answer without the trick.

Policy and Jupyter are left out here, so that what the kernel's side and the judge do by themselves is seen. Each trick is also run
with the protection off, and must gain there: a trick with a slip of the pen would prove nothing.
"""

import hashlib
import hmac
import os
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from answers import every
from cheats import CHANGED, CHEATS, ENDLESS, NUMBERS, PACKAGE, POOLED, UNSEEN, Off, exercise_of
from in_forks import ask, running_cells, with_fastai
from submissions import REPOSITORY, in_cells

from resnet_live.exercise import reference
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import serialize
from resnet_live.exercise.registry import exercises, find
from resnet_live.grading import policy
from resnet_live.grading.assemble import IN_KERNEL, OBSERVERS, Assembled, assemble
from resnet_live.grading.collect import collect
from resnet_live.grading.find_answer import NoAnswer
from resnet_live.grading.find_answer import find as find_answer
from resnet_live.grading.gather_answer import Answer
from resnet_live.grading.in_kernel import guard
from resnet_live.grading.judge_observation import judge_file
from resnet_live.grading.statements import parse
from resnet_live.grading.status import Status
from resnet_live.grading.whole_notebook import assemble_whole

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks, which Windows cannot"),
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("guard"),  # all cheats are run once, not once in each process
]

SEED = 11
PLAIN = (POOLED, CHANGED, NUMBERS)
# Put behind the guard's source in the folder of one run.
UNGUARDED = """

def _watch(home, folder, hidden):
    sys.path.insert(0, folder)
    sys.modules.update((module.__name__, module) for module in sys._getframe(1).f_locals["ours"])


def _compare(before, after):
    pass
"""
ASSERTS = {
    "2.1": "assert conv_out(128, 3) == 126",
    "2.3": "x = torch.ones(2, 3, 4, 4)\nassert torch.allclose(global_avg_pool(x), x.mean((2, 3)))",
}


def unguarded(one: Assembled) -> Assembled:
    """The same run with the guard's watch and its comparison off."""
    with (one.home / "ours" / "in_kernel" / "guard.py").open("a", encoding="utf-8") as file:
        file.write(UNGUARDED)
    return one


# What these reach is there only while the answer runs: from a cell of its own the trick finds nothing.
WITHIN = {
    "the profiler is switched off",
    "pooling in another thread",
    "the caller's copies are emptied",
    "the caller's frame through a traceback",
    "the caller's frame through inspect",
    "the frames of all threads",
    "the caller's frame through a coroutine",
    "the caller's frame through an asynchronous generator",
    "the caller's frame through C",
    "for once, through the garbage collector",
    "for once, through what refers to torch",
    "for once, through the generator",
    "the caller's copies through a traceback",
    "the caller's frame through a signal",
    "code under a name that is trusted",
    # what the notebook has of the course is a stand-in
    "the package imported",
}
STRESS = "RESNET_LIVE_STRESS" in os.environ
# Those whose gain from another cell is shown: all of them where time does not count.
GAIN_ALONE = [one for one in CHEATS if one.off in (Off.GUARD, Off.SIGNATURE) and one.name not in WITHIN][
    :: 1 if STRESS else 6
]
# (the guard's table, an entry of it) → the cheat that needs it.
TABLES = ("FRAMES", "NEVER", "ASKED", "PARTS", "CHANGEABLE", "SENT", "RECORDING")
ENTRIES = {(table, entry): cheat for table in TABLES for entry, cheat in getattr(guard, table).items() if cheat}


def without(home: Path, table: str, entry: str):
    """A run of the cheat that needs this entry, with all of the guard but that, and those of the table that name the same cheat."""
    name = ENTRIES[table, entry]
    cheat = next(one for one in CHEATS if one.name == name)
    one = made(home, exercise_of(cheat.source), cheat.source)
    with (home / "ours" / "in_kernel" / "guard.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{table} = {{one: cheat for one, cheat in {table}.items() if cheat != {name!r}}}\n")
    return one


def points_believing_any_file(one) -> int:
    """The most points that a file of the run gets where its name and signature do not matter."""
    best = 0
    for file in sorted(one.observation.parent.glob("*.bin")):
        data = file.read_bytes()[32:]
        one.observation.write_bytes(hmac.new(one.record.key, data, hashlib.sha256).digest() + data)
        best = max(best, judge_file(one.observation, one.record).points)
    return best


def made(home: Path, exercise: str, source: str):
    """The assembled notebook of an answer, unread by the policy."""
    (notebook,) = in_cells(source).notebooks
    parsed = parse(notebook)
    answer = Answer(parsed, parsed.statements)
    return assemble(find(exercise), answer, home, SEED, "cpu", [PACKAGE])


def made_whole(home: Path, exercise: str, *cells: str, read: bool = False):
    """The assembled whole notebook of these cells, unread by the policy or `read`."""
    (notebook,) = in_cells(*cells).notebooks
    parsed = parse(notebook)
    answer = Answer(parsed, parsed.statements, horizon=len(parsed.statements))
    with pytest.MonkeyPatch.context() as patch:
        if not read:
            patch.setattr(policy, "refused", lambda statements: {})
        return assemble_whole(find(exercise), answer, set(), home, SEED, "cpu", [PACKAGE], 60)


def run_all(process, runs: dict, seconds: float = 60, short: str = "") -> dict:
    """Run them one after the other, `short` for a short time only: {name: (how it ended, verdict)}."""
    ended = {name: ask(process, one.home, 5 if name == short else seconds)["ended"] for name, one in runs.items()}
    return {name: (ended[name], judge_file(one.observation, one.record)) for name, one in runs.items()}


@pytest.fixture(scope="module")
def cells():
    """A process of this file's own: the smaller it is, the quicker it forks."""
    with running_cells() as process:
        yield process


class FriendWithoutConnection(socketserver.BaseRequestHandler):
    """The same for whoever sends a message."""

    def handle(self):
        self.request[1].sendto(reference.source("2.1").encode(), self.client_address)


class Friend(socketserver.BaseRequestHandler):
    """Has the answer, and sends it to whoever connects."""

    def handle(self):
        self.request.sendall(reference.source("2.1").encode())


@pytest.fixture(scope="module")
def every_run(tmp_path_factory, cells):
    """All cheats, and the same answers without their tricks, guarded and unguarded: ({name: (how it ended, verdict)}, the same
    unguarded, what was assembled for the latter)."""
    root = tmp_path_factory.mktemp("homes").resolve()
    sources = {cheat.name: cheat.source for cheat in CHEATS}
    sources |= {text: text.format(trick="pass") for text in PLAIN}
    sources |= {"reference": reference.source("2.1")}
    off = {cheat.name: cheat.source for cheat in CHEATS if cheat.off is not Off.JUDGE and cheat.name != ENDLESS}
    guarded = {name: made(root / f"g{n}", exercise_of(one), one) for n, (name, one) in enumerate(sources.items())}
    whole = {
        ("whole", cheat.name): made_whole(root / f"w{n}", exercise_of(cheat.source), cheat.elsewhere, cheat.source)
        for n, cheat in enumerate(CHEATS)
        if cheat.name != ENDLESS
    }
    alone = {
        ("alone", cheat.name): made_whole(root / f"a{n}", exercise_of(cheat.source), *cheat.alone)
        for n, cheat in enumerate(CHEATS)
        if cheat.name != ENDLESS
    }
    freely = {
        ("free alone", cheat.name): unguarded(made_whole(root / f"f{n}", exercise_of(cheat.source), *cheat.alone))
        for n, cheat in enumerate(GAIN_ALONE)
    }
    whole |= alone | freely
    whole["whole", "reference"] = made_whole(root / "reference", "2.1", "1 / 0", reference.source("2.1"))
    free = {name: unguarded(made(root / f"u{n}", exercise_of(one), one)) for n, (name, one) in enumerate(off.items())}
    lacking = {("without", *key): without(root / f"e{n}", *key) for n, key in enumerate(ENTRIES)}
    # an honest student's observation for this very seed, exercise and device, as a cheat may have it from a friend
    good = serialize(observe("2.1", reference.objects("2.1"), SEED, "cpu"))
    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Friend) as friend,
        socketserver.ThreadingUDPServer(friend.server_address, FriendWithoutConnection) as messenger,
    ):
        for server in (friend, messenger):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        for one in (*guarded.values(), *free.values(), *whole.values(), *lacking.values()):
            (one.home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
            (one.home / "run" / "port").write_text(str(friend.server_address[1]))
        unread = {("free", name): one for name, one in free.items()}
        ended = run_all(cells, guarded | whole | lacking | unread, short=ENDLESS)
        friend.shutdown()
        messenger.shutdown()
    return (
        {name: ended[name] for name in (*guarded, *whole, *lacking)},
        {name: ended["free", name] for name in free},
        free | freely,
    )


@pytest.fixture(scope="module")
def outcomes(every_run):
    """{name: (how it ended, verdict)}, guarded."""
    return every_run[0]


def test_the_reference_passes_here(outcomes):
    ended, verdict = outcomes["reference"]
    assert (ended, verdict.valid, verdict.points) == ("whole", True, 5)


def test_without_tricks_the_answers_lose_their_points(outcomes):
    assert outcomes[NUMBERS][1].points <= 1
    lost = {check.key for check in outcomes[POOLED][1].checks if check.state != "passed"}
    assert lost == {"by hand"}
    assert "untouched" in {check.key for check in outcomes[CHANGED][1].checks if check.state != "passed"}


@pytest.mark.parametrize("cheat", CHEATS, ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing(cheat, outcomes):
    ended, verdict = outcomes[cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)
    if cheat.ends:
        assert ended.startswith(cheat.ends), ended
        assert verdict.points == 0


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.name != ENDLESS], ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing_where_the_whole_notebook_runs(cheat, outcomes):
    """It stands in the answer's cell and in another one."""
    ended, verdict = outcomes["whole", cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.name != ENDLESS], ids=lambda cheat: cheat.name)
def test_a_cheat_gains_nothing_from_another_cell_alone(cheat, outcomes):
    """The answer itself is an honest one, or uses what the other cell has left behind."""
    ended, verdict = outcomes["alone", cheat.name]
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points <= honest, (ended, verdict.text)


@pytest.mark.parametrize("cheat", GAIN_ALONE, ids=lambda cheat: cheat.name)
def test_without_the_guard_a_cheat_gains_from_another_cell_alone(cheat, every_run):
    guarded, _, assembled = every_run
    ended, verdict = guarded["free alone", cheat.name]
    honest = guarded[cheat.answer][1].points if cheat.answer in guarded else 0
    if cheat.off is Off.SIGNATURE:
        assert points_believing_any_file(assembled["free alone", cheat.name]) > honest, ended
    else:
        assert verdict.points > honest, (ended, verdict.text)


def test_the_reference_passes_in_a_whole_notebook(outcomes):
    ended, verdict = outcomes["whole", "reference"]
    assert (ended, verdict.valid, verdict.points) == ("whole", True, 5)


@pytest.mark.parametrize(
    "cheat", [one for one in CHEATS if one.off in (Off.GUARD, Off.SIGNATURE)], ids=lambda cheat: cheat.name
)
def test_without_the_guard_the_same_cheat_gains(cheat, every_run):
    guarded, free, assembled = every_run
    ended, verdict = free[cheat.name]
    honest = guarded[cheat.answer][1].points if cheat.answer in guarded else 0
    assert honest < find(exercise_of(cheat.source)).points
    if cheat.off is Off.SIGNATURE:
        assert points_believing_any_file(assembled[cheat.name]) > honest, ended
    else:
        assert verdict.points > honest, (ended, verdict.text)


@pytest.mark.parametrize("key", ENTRIES, ids=" ".join)
def test_each_entry_of_the_guard_is_needed(key, outcomes):
    """Without it alone, the cheat that it names gains."""
    ended, verdict = outcomes[("without", *key)]
    cheat = next(one for one in CHEATS if one.name == ENTRIES[key])
    honest = outcomes[cheat.answer][1].points if cheat.answer in outcomes else 1
    assert verdict.points > honest, (ended, verdict.text)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory, cells):
    """The cheats that the watch cannot see, guarded: {name: (how it ended, verdict)}."""
    root = tmp_path_factory.mktemp("unseen").resolve()
    runs = {one.name: made(root / str(n), exercise_of(one.source), one.source) for n, one in enumerate(UNSEEN)}
    runs |= {text: made(root / f"p{n}", exercise_of(text), text.format(trick="pass")) for n, text in enumerate(PLAIN)}
    for n, one in enumerate(UNSEEN):
        exercise, both = exercise_of(one.source), (one.elsewhere, one.source)
        runs["whole", one.name] = made_whole(root / f"w{n}", exercise, *both)
        runs["alone", one.name] = made_whole(root / f"a{n}", exercise, *one.alone)
        runs["alone, read", one.name] = made_whole(root / f"r{n}", exercise, *one.alone, read=True)
    good = serialize(observe("2.1", reference.objects("2.1"), SEED, "cpu"))
    for one in runs.values():
        (one.home / "run" / "good.bin").write_bytes(b"x" * 32 + good)
    return run_all(cells, runs)


@pytest.mark.parametrize("cheat", UNSEEN, ids=lambda cheat: cheat.name)
def test_what_the_watch_cannot_see_is_refused_by_its_source(cheat, unseen):
    """It gains past the guard: for this the policy is there."""
    ended, verdict = unseen[cheat.name]
    assert verdict.points == find(exercise_of(cheat.source)).points, (ended, verdict.text)
    (notebook,) = in_cells(cheat.source).notebooks
    assert policy.problems(parse(notebook).statements)


@pytest.mark.parametrize("cheat", UNSEEN, ids=lambda cheat: cheat.name)
def test_the_same_where_the_whole_notebook_runs(cheat, unseen):
    """There it gains in the answer, which is run in neither way, and from another cell, whose source is read as well."""
    honest = unseen[cheat.answer][1].points
    assert unseen["whole", cheat.name][1].points > honest
    assert (unseen["alone", cheat.name][1].points > honest) == (cheat.name not in WITHIN)
    ended, verdict = unseen["alone, read", cheat.name]
    assert verdict.points == honest, (ended, verdict.text)


def passes_asserts(source: str) -> bool:
    """Does a marker who asserts in the student's process, and looks at its exit status, let this through?"""
    script = f"{source}\n{ASSERTS[exercise_of(source)]}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.off is Off.JUDGE], ids=lambda cheat: cheat.name)
def test_without_a_judge_of_its_own_the_same_cheat_gains(cheat):
    assert passes_asserts(cheat.source)


def test_asserts_stop_what_is_only_wrong():
    assert not passes_asserts(NUMBERS.format(trick="pass"))


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.off is None], ids=lambda cheat: cheat.name)
def test_a_cheat_that_cannot_gain_has_a_reason_and_does_what_it_says(cheat, every_run):
    assert cheat.cannot
    if cheat.name != ENDLESS:
        assert every_run[1][cheat.name][0].startswith(("whole", "StopIteration"))


def test_an_observation_counts_for_one_run_only(tmp_path, outcomes, cells):
    """Signed with another run's key, of another exercise, cut short, or none: nothing."""
    first = made(tmp_path / "a", "2.1", reference.source("2.1"))
    second = made(tmp_path / "b", "2.1", reference.source("2.1"))
    run_all(cells, {"first": first})
    data = first.observation.read_bytes()
    assert judge_file(first.observation, first.record).points == 5
    assert not judge_file(second.observation, second.record).valid
    for spoilt in (data, data[:-1], data[:40], b"", b"x" * 32 + data[32:]):
        second.observation.write_bytes(spoilt)
        assert not judge_file(second.observation, second.record).valid


def test_the_kernel_s_side_holds_no_expected_value(tmp_path):
    """Nothing of definitions, judging or references is in the folder, and the key's file is gone when the answer runs."""
    home = made(tmp_path / "a", "2.1", NUMBERS.format(trick="pass")).home
    observers = {path.name for path in OBSERVERS.glob("*.py")}
    assert {path.name for path in home.rglob("*.py")} == observers | {path.name for path in IN_KERNEL.glob("*.py")}
    text = "".join(path.read_text(encoding="utf-8") for path in home.rglob("*") if path.is_file())
    for word in ("Misconception(", "Feedback(", "Check(", "resnet_live.exercise.judging"):
        assert word not in text
        assert any(word in path.read_text(encoding="utf-8") for path in (PACKAGE / "exercise").rglob("*.py")), word
    assert reference.source("2.1").splitlines()[-1].strip() not in text


# ---- No honest answer is hindered ----

HONEST = {f"{exercise} reference": (exercise, reference.source(exercise)) for exercise in exercises()}
# and the first known right answer that is not the course's own; the others meet the same observers in tests/exercise
for one in reversed(every("right")):
    if "resnet_live" not in one.source:
        HONEST[f"{one.exercise} another way"] = (one.exercise, one.source)


@pytest.fixture(scope="module")
def honest(tmp_path_factory, cells):
    """Every reference, and an answer written in another way, guarded: {name: (how it ended, verdict)}."""
    root = tmp_path_factory.mktemp("honest").resolve()
    runs = {name: made(root / str(n), *answer) for n, (name, answer) in enumerate(HONEST.items())}
    late = {name for name, (exercise, source) in HONEST.items() if "fastai" in reference.setup(exercise) + source}
    early = run_all(cells, {name: one for name, one in runs.items() if name not in late}, 120)
    with_fastai(cells)
    return early | run_all(cells, {name: runs[name] for name in late}, 120)


@pytest.mark.parametrize("name", HONEST)
def test_a_right_answer_gets_all_points_from_the_grader(name, honest):
    ended, verdict = honest[name]
    assert ended == "whole"
    assert verdict.points == find(HONEST[name][0]).points, verdict.text


@pytest.mark.parametrize("exercise", list(exercises()))
def test_a_stub_gets_nothing_from_the_grader(exercise):
    stem = reference.chapter(find(exercise).chapter)["notebook"]
    (student,) = collect(REPOSITORY / "exercises")
    notebooks = [one for one in student.notebooks if one.stem == stem]
    found = find_answer(find(exercise), student, [parse(one) for one in notebooks], stem)
    assert isinstance(found, NoAnswer)
    assert (found.status, found.message) == (Status.NOT_ATTEMPTED, "The stub was not filled in.")
