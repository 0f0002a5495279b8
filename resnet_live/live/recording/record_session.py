"""Record a planned session: execute its steps in real kernels as an instructor would, `%record on`, and write the replay's data.

It is a rehearsal: nobody talks and nobody asks. Each step is fetched with `%next`, planned mistakes too, and what was left
out is caught up with `%catchup`.
"""

import tempfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

from resnet_live.data.source import Source
from resnet_live.live.chapter import LiveError
from resnet_live.live.pages.live_notebook import opening
from resnet_live.live.pages.session_plan import ChapterItem, ItemKind, Session, find_session
from resnet_live.live.pages.session_route import RouteStep, StepMode, route
from resnet_live.live.recording.kernel_driver import Kernel, Reply, kernel
from resnet_live.live.recording.publish import insert, join, prepare
from resnet_live.live.recording.published_run import PublishedRun
from resnet_live.live.recording.replay_page import replay_data
from resnet_live.live.recording.session_log import LoggedCell, SessionLog, read_log

# Training steps on a busy machine.
LONGEST = 3600
# The kind of a run that caught up, among those of steps.
CATCHUP = "catchup"


def record_session(name: str, source: Source, folder: Path, say: Callable[[str], None] = print) -> Path:
    """Execute the session `name` of `sessions/` and write `folder/NAME.json`, which `widgets.replay` shows; returns the file.

    `source`: the images (`resnet_live.data.find_source()`), for the provenance; the kernels find the same ones. Raises LiveError
    when a step that should run fails, a planned failure does not, or the plan is not there.
    """
    from resnet_live import profiles
    from resnet_live.experiments.record import Experiment, provenance, write_json

    session = find_session(name)
    about = "A rehearsal: a script of the planned path was executed in a real kernel, with nobody in the room."
    facts = provenance(Experiment(name, about, source))
    facts |= {"command": f"resnet-live live record-session {name}", "profile": profiles.current().name}
    log, caught_up = execute(session, say)
    runs, report = prepare(log)
    for index, run in caught_up:
        insert(runs, index, run)
    data = replay_data(runs, report, session.title, about, clock(session, runs))
    for line in report.lines():
        say(line)
    target = folder / f"{name}.json"
    write_json(target, {"name": name, **facts, **data})
    return target


def execute(session: Session, say: Callable[[str], None] = print) -> tuple[SessionLog, list[tuple[int, PublishedRun]]]:
    """Run the steps of a session, a kernel for each chapter.

    Returns (the log; what was caught up, as (its index among the runs, the run)). Raises LiveError as `record_session`.
    """
    logs: list[SessionLog] = []
    caught_up: list[tuple[int, PublishedRun]] = []
    index = 0
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
                        caught_up.append((index, _caught_up(opened, stop)))
                    else:
                        _typed(opened, stop)
                    index += 1
                    say(f"{stop.step.number} {stop.mode}")
                _run(opened, "%record off")
            logs.append(read_log(file))
    return join(logs), caught_up


def clock(session: Session, runs: list[PublishedRun]) -> list[float]:
    """Seconds of class time at which each run begins: the planned minutes before it, and what all runs before it took.

    A set-up costs no class time: it runs while the class comes in, or in the pause.
    """
    times, ran, minute = [], 0.0, 0.0
    begins = {
        item.steps[0].number: minute
        for minute, item in session.timeline()
        if isinstance(item, ChapterItem) and item.kind is ItemKind.CATCHUP
    }
    for run in runs:
        step = run.cell.step or ""
        planned = begins.get(step) if run.kind == CATCHUP else session.begins(step)
        minute = max(minute, planned or 0)
        times.append(60 * minute + ran)
        if planned is not None:
            ran += run.cell.seconds
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


def _caught_up(opened: Kernel, stop: RouteStep) -> PublishedRun:
    command = f"%catchup {stop.step.number}"
    reply = _run(opened, command)
    cell = LoggedCell(command, stop.chapter.name, stop.step.number, 0.0, reply.seconds)
    said = reply.text.replace("`", "")  # sentences, and nothing in a replay sets their code as code
    cell.outputs = [{"output_type": "stream", "name": "stdout", "text": f"{said}\n"}]
    title = f"Chapter {stop.chapter.number} · {stop.chapter.title}"
    prompt = f"What was left out up to step {stop.step.number} is run, not typed."
    return PublishedRun(cell, title, stop.step.section, prompt, CATCHUP)


def _run(opened: Kernel, source: str) -> Reply:
    reply = opened.run(source, timeout=LONGEST)
    if reply.error is not None:
        raise LiveError(f"{source} failed: {reply.error}: {reply.message}")
    return reply
