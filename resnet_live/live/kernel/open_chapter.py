"""Open a chapter or a planned session in a kernel: a class that another kernel began is taken up, with its plan."""

from pathlib import Path

from resnet_live.live.board import shared_board
from resnet_live.live.chapter import Chapter, LiveError
from resnet_live.live.kernel import environment
from resnet_live.live.kernel.class_state import ClassState
from resnet_live.live.kernel.class_status import restarted
from resnet_live.live.kernel.display import listed, minutes
from resnet_live.live.kernel.next_prompt import first_prompt
from resnet_live.live.pages.session_chapter import SessionChapter
from resnet_live.live.pages.session_plan import find_session
from resnet_live.live.pages.session_route import steps_in_class


def open_chapter(state: ClassState, chapter: Chapter, anew: bool = False, fingerprint: str = "") -> list[str]:
    """Teach `chapter`, or a session, from now on; lines for the screen.

    `anew`: a new class on the same day; `fingerprint`: of the chapter that the notebook was made from, "" when it names none.
    """
    taken_up = state.open(chapter, anew)
    command = f"%chapter {chapter.number}"
    if isinstance(chapter, SessionChapter):
        _follow_session(state, chapter)
        command, numbers = f"%plan {chapter.name}", [str(part.number) for part in chapter.session.chapters]
        of = f"chapter{'s' if len(numbers) > 1 else ''} {listed(numbers)}"
        about = f"{len(chapter.plan)} steps of {of}, {minutes(chapter.session.minutes)} min"
    else:
        about = f"steps {chapter.steps[0].number} to {chapter.steps[-1].number}, {minutes(chapter.minutes)} min"
    lines = [f"{chapter.heading}: {about}. `%live` lists the commands."]
    try:
        environment.check_version(chapter, fingerprint)
    except LiveError as error:
        lines.append(str(error))
    if taken_up and (last_step := state.last_step):
        lines += [restarted(last_step.number), f"A new class? `{command} new`"]
    lines += _remembered(state)
    if state.board is None and (board := shared_board.taken_up(state)):
        state.board = board
        lines.append(f"The board goes on at {board.settings.url} as before the restart.")
    machine, images = environment.machine(), environment.images()
    if not machine.known:
        lines.append(machine.sentence)
    if images.notable:
        lines.append(images.sentence)
    lines += environment.limits(state.shell)
    if isinstance(chapter, SessionChapter) and state.last_step is None:
        lines += first_prompt(chapter)
    return lines


def follow(state: ClassState, name: str) -> None:
    """Follow the planned session `name` in chapters' own notebooks, whole chapters without one. Raises LiveError when there is no
    such session."""
    if not name:
        state.plan, state.plan_name, state.plan_times = None, "", {}
        return
    session = find_session(name)
    state.plan = tuple(step.number for _, step in steps_in_class(session))
    state.plan_name, state.plan_times = name, session.step_times()


def _follow_session(state: ClassState, chapter: SessionChapter) -> None:
    state.plan, state.plan_name = chapter.plan, chapter.name
    state.plan_times = chapter.session.step_times()


def _remembered(state: ClassState) -> list[str]:
    """Take up what the class in the open chapter had before its kernel was restarted; lines that say so."""
    saved, recorder, lines = state.progress.saved, state.recorder, []
    if state.plan_name:
        saved.plan = state.plan_name
    elif saved.plan:
        try:
            follow(state, saved.plan)
            lines.append(f"The class follows the plan {saved.plan}, as before. Whole chapters: `%plan off`")
        except LiveError as error:
            lines.append(str(error))
    if saved.record is not None and not (recorder and recorder.on):
        lines.append(_recording_again(state, saved.record))
    return lines


def _recording_again(state: ClassState, file: str) -> str:
    """Go on with the record of the class, `file` or the usual one, and say so; when it cannot be written, why."""
    from resnet_live.live.recording.session_log import Recorder, default_file

    state.recorder = Recorder(state, Path(file) if file else default_file(state))
    try:
        return f"{state.recorder.start()} Not to: `%record off`"
    except LiveError as error:
        return str(error)
