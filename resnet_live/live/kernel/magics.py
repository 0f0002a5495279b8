"""The magics of a live notebook: %chapter, %next, %peek, %catchup, %mistake, %where, %check_step, %record, %remote and %live."""

from collections.abc import Callable
from functools import wraps

from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import display

from resnet_live.live.cell_text import COMMANDS, only_commands
from resnet_live.live.chapter import LiveError, Step, find_chapter, step_of
from resnet_live.live.kernel import class_state as rooms
from resnet_live.live.kernel import display as saying
from resnet_live.live.kernel import environment
from resnet_live.live.kernel.class_state import Room
from resnet_live.live.kernel.display import minutes, tell
from resnet_live.live.kernel.hints import advise
from resnet_live.live.kernel.planned_mistakes import before_mistake, find_mistake, fix_next, lesson
from resnet_live.live.kernel.status import of_what, restarted, whereabouts

HELP = """\
Teaching with a live notebook. A step has a number, like 2.7; without one a command means the next step.

%chapter 2         open chapter 2; %chapter 2 new begins a new class on the same day
%plan pytorch      follow a planned session: %next, %where and the clock leave out what it leaves out; %plan off ends it
%next [2.7]        put the step's code into the next cell, to be run or edited
                   written below a prompt line (Ctrl+Enter keeps you there), it fills that very cell: run it then
%peek [2.7]        show the step's code, minutes and the speaker's note; the notebook stays as it is
%mistake [2.7]     plant the next planned mistake, or the one that step 2.7 fixes; %next then gives the fix
%check_step [2.7]  say whether what was typed gives what the step should (without a number: the last step)
%catchup [2.7]     run everything up to the step in a fresh state, as the class has it (without a number: up to the class's place)
%where             step, minutes used and planned, what was skipped, images, device
%record on|off     keep every cell that runs in a file, to be published after class; %record says whether it is on
%remote            a remote control with buttons, clock and note, for the speaker's own window; %remote close ends it

Speaker's window, in JupyterLab: right-click the notebook, New Console for Notebook, run %remote there, and drag the console to
another screen; or open JupyterLab in a second browser window, make a notebook, choose the kernel of the live notebook
(Kernel, Change Kernel, Use Kernel from Other Session), and run %remote in it. Same kernel, same class.
A kernel was restarted? Run the first cell of the notebook, then %catchup: it stands where the class stands.
"""


def plain(method: Callable) -> Callable:
    """A magic that shows a LiveError as a sentence, without a traceback."""

    @wraps(method)
    def quiet(self, line=""):
        try:
            return method(self, line.strip())
        except LiveError as error:
            tell(str(error))

    return quiet


@magics_class
class LiveMagics(Magics):
    """See `HELP`. Each magic works on the room of its shell."""

    def __init__(self, shell, room: Room):
        super().__init__(shell)
        self.room = room

    @line_magic
    @plain
    def chapter(self, line):
        """%chapter NUMBER [fingerprint] [new]: open a chapter. Live notebooks name the version they were made from."""
        words = line.split()
        anew = "new" in words
        words = [word for word in words if word != "new"]
        if not words:
            tell(*whereabouts(self.room))
            return
        chapter = find_chapter(words[0].lstrip("0") or "0")
        again = self.room.open(chapter, anew)
        if hasattr(self.shell, "kernel"):
            from resnet_live.live.check import expected_outcomes

            expected_outcomes.prepare(chapter)  # for %check_step; it takes a while, in the background
        last = chapter.steps[-1].number
        lines = [
            f"Chapter {chapter.number} · {chapter.title}: steps {chapter.steps[0].number} to {last}, "
            f"{minutes(chapter.minutes)} min. `%live` lists the commands."
        ]
        try:
            environment.check_version(chapter, words[1] if len(words) > 1 else "")
        except LiveError as error:
            lines.append(str(error))
        if again:
            lines += [restarted(self.room), f"A new class? `%chapter {chapter.number} new`"]
        lines += [f"{line}." for line in (environment.machine(),) if "Set it to one of" in line]
        seen = environment.images()
        if not seen.startswith(("Images: Imagenette", "Images: the folder is")):
            lines.append(f"{seen}.")
        tell(*lines, *environment.limits(self.shell))

    @line_magic
    @plain
    def plan(self, line):
        """%plan [NAME | off]: follow a planned session, or whole chapters again."""
        room = self.room
        if line == "off":
            room.plan = None
        elif line:
            from resnet_live.live.pages.session_plan import find_session
            from resnet_live.live.pages.session_route import steps_in_class

            room.plan = tuple(step.number for _, step in steps_in_class(find_session(line)))
        room.tell_watchers()
        if room.plan is None:
            tell("Whole chapters, every step. A planned session: `%plan pooling_to_residual`")
            return
        here = sum(map(room.planned, room.chapter.steps)) if room.chapter else 0
        following = room.next_step()
        onward = f" Next: {following.number} · {following.prompt}" if following else ""
        tell(f"The plan takes {len(room.plan)} steps, {here} of them in the open chapter.{onward}")

    @line_magic
    @plain
    def next(self, line):
        """%next [STEP]: put a step's code into the next cell. Below the prompt line of a step, into that cell."""
        step = self._step_or_next(line)
        if step is None:
            tell(f"{self.room.last_step.number} was the last step {of_what(self.room)}")
            return
        if self.room.last_step and not self.room.alive:
            tell(restarted(self.room))
        self._put(step)
        if step.number == self.room.armed:
            self._given(step)
        if not environment.gives_cells(self.shell):
            tell("If no cell with this code appears, copy it:")
            display(saying.code(step))

    @line_magic
    @plain
    def peek(self, line):
        """%peek [STEP]: show a step's code, minutes and note. Nothing else changes."""
        step = self._step_or_next(line)
        if step is None:
            tell("There is no step after this one.")
            return
        tell(f"{step.number} · {step.prompt}", f"{saying.about(step)}.", f"Note: {step.note}")
        display(saying.code(step))

    @line_magic
    @plain
    def mistake(self, line):
        """%mistake [STEP]: put the next planned mistake, or the one that STEP fixes, into the next cell."""
        self.room.the_chapter()
        here = self._prompt()
        step = find_mistake(self.room, line or (here.number if here and here.kind in ("mistake", "fix") else ""))
        self._put(step)
        self._given(step)
        tell(*lesson(self.room, step), *before_mistake(self.room, step))
        if not environment.gives_cells(self.shell):
            display(saying.code(step))

    @line_magic
    @plain
    def catchup(self, line):
        """%catchup [STEP]: run everything up to STEP (default: the class's place), so that this kernel stands there."""
        from resnet_live.live.kernel.catchup import catch_up

        room = self.room
        chapter = room.the_chapter()
        if not line and room.last_step is None:
            raise LiveError(
                f"Catch up to which step? Ask where the class stands, then say for example: %catchup {chapter.number}.7"
            )
        progress = _Progress(self.shell)
        lines = catch_up(room, line or room.last_step.number, progress)
        progress.end()
        tell(*lines)

    @line_magic
    @plain
    def where(self, line):
        """%where: the class's place, its clock, what was skipped or failed, and what it runs on."""
        tell(*whereabouts(self.room))

    @line_magic
    @plain
    def check_step(self, line):
        """%check_step [STEP]: does what was typed give what the step (default: the last one) should?"""
        from resnet_live.live.check.check_step import check_step

        self.room.the_chapter()
        display(check_step(self.room, line or None))

    @line_magic
    @plain
    def record(self, line):
        """%record [on [FILE] | off | status]: keep every cell that runs from now on."""
        from resnet_live.live.recording.session_log import Recorder, default_file

        what, _, file = line.partition(" ")
        if what not in ("", "on", "off", "status"):
            raise LiveError("Say %record on, %record off or %record status.")
        if what == "on" and not (self.room.recorder and self.room.recorder.on):
            self.room.recorder = Recorder(self.room, file.strip() or default_file(self.room))
        if self.room.recorder is None:
            tell("Nothing is being recorded. Begin with `%record on`.")
            return
        tell({"on": self.room.recorder.start, "off": self.room.recorder.stop}.get(what, self.room.recorder.status)())

    @line_magic
    @plain
    def remote(self, line):
        """%remote [close]: the remote control."""
        if line == "close":
            close_remote(self.room)
            return
        if environment.front_end(self.shell) == "terminal":
            raise LiveError(
                "The remote control needs a notebook or a console in JupyterLab. Here: %where, %peek and %next."
            )
        from resnet_live.live.kernel.remote import Remote

        if self.room.remote is None:
            self.room.remote = Remote(self.room)
        display(self.room.remote.panel)

    @line_magic
    @plain
    def live(self, line):
        """%live: list the commands."""
        print(HELP, end="")

    def _given(self, step: Step) -> None:
        """`step` stands in a cell now. After a mistake that was asked for comes its fix, if the chapter has nothing between them."""
        fix = fix_next(self.room, step)
        self.room.armed = fix.number if fix else None
        self.room.tell_watchers()

    def _prompt(self) -> Step | None:
        """The step below whose prompt line the magic was written."""
        return self.room.the_chapter().find(step_of(self.room.now))

    def _step_or_next(self, number: str) -> Step | None:
        chapter = self.room.the_chapter()
        return chapter.step(number) if number else self._prompt() or self.room.next_step()

    def _put(self, step: Step) -> None:
        """Put the step's code into the next cell; into this one, when it holds only that step's prompt beside our magic."""
        here = self._prompt()
        in_place = here is not None and here.number == step.number and only_commands(self.room.now)
        self.shell.set_next_input(step.code, replace=in_place)


def load(shell) -> None:
    """Register the magics in `shell` and begin to listen."""
    room = rooms.enter(shell)
    room.advise = advise
    shell.register_magics(LiveMagics(shell, room))


def unload(shell) -> None:
    """Take the magics away and stop listening."""
    if rooms._current is not None:
        close_remote(rooms._current)
    rooms.leave()
    for name in COMMANDS:
        shell.magics_manager.magics["line"].pop(name, None)


def close_remote(room: Room) -> None:
    """Close the room's remote control, if it has one."""
    remote, room.remote = room.remote, None
    if remote is not None:
        remote.close()


class _Progress:
    """One line that changes; in a plain terminal only what takes long is printed."""

    def __init__(self, shell):
        self.handle, self.rich = None, hasattr(shell, "kernel")

    def __call__(self, line: str) -> None:
        from resnet_live import page

        if not self.rich:
            if "minutes" in line:
                print(line, flush=True)
        elif self.handle is None:
            self.handle = display(page.message(line), display_id=True)
        else:
            self.handle.update(page.message(line))

    def end(self) -> None:
        """Leave nothing of the line."""
        if self.handle is not None:
            self.handle.update({"text/plain": "", "text/html": ""}, raw=True)
