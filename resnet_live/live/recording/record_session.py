"""Record a planned session: execute its steps in real kernels as an instructor would, `%record on`, and write the replay's data.

It is a rehearsal: nobody talks and nobody asks. Each step is fetched with `%next`, planned mistakes too, and what was left
out is caught up with `%catchup`.
"""

import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from resnet_live.live.chapter import LiveError
from resnet_live.live.pages.live_notebook import opening
from resnet_live.live.pages.session_plan import ChapterItem, ItemKind, Session, find_session
from resnet_live.live.pages.session_route import RouteStep, StepMode, route
from resnet_live.live.recording.kernel_driver import Kernel, kernel
from resnet_live.live.recording.publish import insert, join, prepare, replay_data
from resnet_live.live.recording.published_notebook import Taught
from resnet_live.live.recording.session_log import Entry, Record, read

# Training steps on a busy machine.
LONGEST = 3600


def record_session(name: str, source, folder: Path, say: Callable[[str], None] = print) -> Path:
    """Execute the session `name` of `sessions/` and write `folder/NAME.json`, which `widgets.replay` shows; returns the file.

    `source`: the images (`resnet_live.data.find_source()`), for the provenance; the kernels find the same ones. Raises LiveError
    when a step that should run fails, a planned failure does not, or the plan is not there.
    """
    from resnet_live import profiles
    from resnet_live.experiments.record import Experiment, provenance, write_whole

    session = find_session(name)
    about = "A rehearsal: a script of the planned path was executed in a real kernel, with nobody in the room."
    facts = provenance(Experiment(name, about, source))
    facts |= {"command": f"resnet-live live record-session {name}", "profile": profiles.current().name}
    record, caught_up = execute(session, say)
    taught, report = prepare(record)
    for place, run in caught_up:
        insert(taught, place, run)
    data = replay_data(taught, report, session.title, about, clock(session, taught))
    for line in report.lines():
        say(line)
    target = folder / f"{name}.json"
    write_whole(target, {"name": name, **facts, **data})
    return target


def execute(session: Session, say: Callable[[str], None] = print) -> tuple[Record, list[tuple[int, Taught]]]:
    """Run the steps of a session, a kernel for each chapter.

    Returns (the record; what was caught up, as (its place among the runs, the run)). Raises LiveError as `record_session`.
    """
    records, caught_up, place = [], [], 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "live"
        folder.mkdir()
        for stops in _by_chapter(route(session)):
            chapter = stops[0].chapter
            file = folder / f"{chapter.name}.jsonl"
            with kernel(folder) as opened:
                _run(opened, opening(chapter))
                _run(opened, f"%record on {file}")
                for stop in stops:
                    if stop.mode is StepMode.CATCHUP:
                        caught_up.append((place, _caught_up(opened, stop)))
                    else:
                        _typed(opened, stop)
                    place += 1
                    say(f"{stop.step.number} {stop.mode}")
                _run(opened, "%record off")
            records.append(read(file))
    return join(records), caught_up


def clock(session: Session, taught: list[Taught]) -> list[float]:
    """Seconds of class time at which each run begins: the planned minutes before it, and what all runs before it took.

    A set-up costs no class time: it runs while the class comes in, or in the pause.
    """
    times, ran, minute = [], 0.0, 0.0
    begins = {
        item.steps[0].number: minute
        for minute, item in session.timeline()
        if isinstance(item, ChapterItem) and item.kind is ItemKind.CATCHUP
    }
    for run in taught:
        planned = begins.get(run.entry.step) if run.kind == "catchup" else session.begins(run.entry.step)
        minute = max(minute, planned or 0)
        times.append(60 * minute + ran)
        if planned is not None:
            ran += run.entry.seconds
    return times


def _by_chapter(stops: list[RouteStep]) -> list[list[RouteStep]]:
    """The route of a session, cut where the chapter changes."""
    return [list(part) for _, part in groupby(stops, key=lambda stop: stop.chapter.number)]


def _typed(opened: Kernel, stop: RouteStep) -> None:
    step = stop.step
    code = _run(opened, f"%next {step.number}").next_input
    if code is None:
        raise LiveError(f"%next {step.number} put nothing into the next cell.")
    reply = opened.run(code, timeout=LONGEST)
    if step.raises and reply.error is None:
        raise LiveError(f"Step {step.number} is planned to fail, and ran through.")
    if not step.raises and reply.error is not None:
        raise LiveError(f"Step {step.number} failed: {reply.error}: {reply.message}")


def _caught_up(opened: Kernel, stop: RouteStep) -> Taught:
    command = f"%catchup {stop.step.number}"
    reply = _run(opened, command)
    entry = Entry(command, stop.chapter.name, stop.step.number, 0.0, reply.seconds)
    entry.outputs = [{"output_type": "stream", "name": "stdout", "text": f"{reply.text}\n"}]
    title = f"Chapter {stop.chapter.number} · {stop.chapter.title}"
    prompt = f"What was left out up to step {stop.step.number} is run, not typed."
    return Taught(entry, title, stop.step.section, prompt, "catchup")


def _run(opened: Kernel, source: str):
    reply = opened.run(source, timeout=LONGEST)
    if reply.error is not None:
        raise LiveError(f"{source} failed: {reply.error}: {reply.message}")
    return reply
