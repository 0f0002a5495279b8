"""The magics of a live notebook: %chapter, %next, %peek, %catchup, %mistake, %where, %check, %stage and %live.

Those of the room (%share, %vote, %timer, %remote) stand in `share_magics`, those of a planned session (%plan, %agenda) in
`session_magics`, and those that keep something (%record, %export) in `keep_magics`.
"""

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import line_magic, magics_class
from IPython.display import DisplayHandle, display

from resnet_live import page
from resnet_live.live.board.share_magics import ShareMagics
from resnet_live.live.cell_text import COMMANDS, only_commands
from resnet_live.live.chapter import LiveError, Step, StepKind, find_chapter, step_of
from resnet_live.live.kernel import class_state, environment, lab_script
from resnet_live.live.kernel.catchup import CatchUpProgress, catch_up
from resnet_live.live.kernel.class_magics import ClassMagics
from resnet_live.live.kernel.class_status import of_what, restarted, status_lines
from resnet_live.live.kernel.display import metadata, plain, show_message, step_code
from resnet_live.live.kernel.environment import FrontEnd
from resnet_live.live.kernel.hints import advise
from resnet_live.live.kernel.keep_magics import KeepMagics
from resnet_live.live.kernel.next_prompt import prompt_after
from resnet_live.live.kernel.open_chapter import open_chapter
from resnet_live.live.kernel.planned_mistakes import before_mistake, find_mistake, fix_next
from resnet_live.live.kernel.session_magics import SessionMagics

HELP = """\
Teaching with a live notebook. A step has a number, like 2.7; without one a command means the next step.

%chapter 2         open chapter 2; %chapter 2 new begins a new class on the same day
%plan pytorch      a planned session in one notebook; in the notebook of a chapter %next, %where and the clock leave out what the
                   session leaves out, and %plan off ends that; %plan pytorch new begins a new class
%agenda 3          show an exercise, a discussion or a pause of the session
%next [2.7]        put the step's code into the next cell, to be run or edited
                   written below a prompt line (Ctrl+Enter keeps you there), it fills that very cell: run it then
                   (below the line of the step that has just run, it fills that cell with what follows)
%peek [2.7]        show the step's code; the notebook stays as it is
%mistake [2.7]     plant the next planned mistake, or the one that step 2.7 fixes; %next then gives the fix
%check [2.7]       compare what was typed with what counts in the step: right, ran or not yet (once %check_step)
%catchup [2.7]     run everything up to the step in a fresh state, as the class has it (without a number: up to the class's place)
                   in a session, %catchup 6.7 only leaves the chapters before out
%where             step, minutes used and planned, what was skipped, images, device
%stage             large type for code and output, no side bars, no cell numbers; said again, all is as before
%record on|off     keep every cell that runs in a file, to be published after class; %record says whether it is on;
                   %record forget drops the last cell, from the board too
%export 2.7        write the code up to the step, as the class has it, as a .py file; %export 2.7 state.ipynb as a notebook
%share on          open the board, a page on which students follow, vote, and say done or stuck: on this machine alone;
                   %share on --network for the class's devices; %share says how it is, %share off ends it
%vote [2.5]        a vote on the board; %vote close ends it, %vote show shows bars and answer, %vote end takes it away
%timer 5           an exercise of five minutes on the board; %timer counts who is done and who is stuck; %timer off
%remote            a link to the remote control: next step, note, clock, votes, for a phone, a tablet or another window

Put no second notebook on the kernel of the class: a change of kernel there shuts the class's kernel down.
A kernel was restarted? Run the first cell of the notebook, then %catchup: it stands where the class stands.
"""


@magics_class
class LiveMagics(ClassMagics):
    """See `HELP`. Each magic works on the state of the class in its shell."""

    @line_magic
    @plain
    def chapter(self, line: str) -> None:
        """%chapter NUMBER [fingerprint] [new]: open a chapter. Live notebooks name the version they were made from."""
        words = line.split()
        anew = "new" in words
        words = [word for word in words if word != "new"]
        if not words:
            show_message(*status_lines(self.state))
            return
        chapter = find_chapter(words[0].lstrip("0") or "0")
        lines = open_chapter(self.state, chapter, anew, words[1] if len(words) > 1 else "")
        show_message(*lines, facts={"chapter": str(chapter.number)})

    @line_magic
    @plain
    def next(self, line: str) -> None:
        """%next [STEP]: put a step's code into the next cell. Below the prompt line of a step, into that cell."""
        step = self._step_or_next(line)
        if step is None:
            last = self.state.require_chapter().steps[self.state.progress.position]
            show_message(f"{last.number} was the last step {of_what(self.state)}")
            return
        if self.state.last_step and not self.state.progress.ran_here:
            show_message(restarted(self.state.last_step.number))
        self._put(step)
        if step.number == self.state.queued_step:
            self._given(step)
        if not environment.gives_cells(self.shell):
            show_message("If no cell with this code appears, copy it:")
            display(step_code(step))

    @line_magic
    @plain
    def peek(self, line: str) -> None:
        """%peek [STEP]: show a step's code, and nothing of the speaker's note: the class sees it. Nothing else changes."""
        step = self._step_or_next(line)
        if step is None:
            show_message("There is no step after this one.")
            return
        display(step_code(step))

    @line_magic
    @plain
    def mistake(self, line: str) -> None:
        """%mistake [STEP]: put the next planned mistake, or the one that STEP fixes, into the next cell."""
        here = self._still_to_come()
        step = find_mistake(
            self.state, line or (here.number if here and here.kind in (StepKind.MISTAKE, StepKind.FIX) else "")
        )
        self._put(step)
        self._given(step)
        show_message(*before_mistake(self.state, step))
        if not environment.gives_cells(self.shell):
            display(step_code(step))

    @line_magic
    @plain
    def catchup(self, line: str) -> None:
        """%catchup [STEP [only]]: run everything up to STEP (default: the class's place), so that this kernel stands there."""
        chapter, last = self.state.require_chapter(), self.state.last_step
        number, _, only = line.partition(" ")
        number = number or (last.number if last else "")
        if not number:
            example = chapter.steps[min(7, len(chapter.steps) - 1)].number
            raise LiveError(
                f"Catch up to which step? Ask where the class stands, then say for example: %catchup {example}"
            )
        shown = _ChangingLine(self.shell)
        lines = catch_up(self.state, number, shown.update, only.strip() == "only")
        shown.end()
        step = self.state.last_step
        show_message(*lines, announced=prompt_after(self.state, step) if step else ())

    @line_magic
    @plain
    def where(self, line: str) -> None:
        """%where: the class's place, its clock, what was skipped or failed, and what it runs on."""
        lines, last = status_lines(self.state), self.state.progress.last_step
        show_message(*lines, facts={"step": last.number} if last else {})

    @line_magic
    @plain
    def check(self, line: str) -> None:
        """%check [STEP]: does what was typed give what counts in the step (default: the last one)?"""
        from resnet_live.live.check.check_step import check_step

        self.state.require_chapter()
        verdict = check_step(self.state, line or None)
        display(verdict, metadata=metadata({"step": verdict.step.number, "status": verdict.status}))

    @line_magic
    def check_step(self, line: str) -> None:
        """%check_step [STEP]: the earlier name of %check."""
        self.check(line)

    @line_magic
    @plain
    def stage(self, line: str) -> None:
        """%stage: large type for code and output, no side bars, no cell numbers; said again, all is as before."""
        if environment.front_end(self.shell) is not FrontEnd.JUPYTER:
            raise LiveError("The stage is made for JupyterLab and Notebook. Here: the zoom of the window.")
        lab_script.toggle_stage(self.shell)

    @line_magic
    @plain
    def live(self, line: str) -> None:
        """%live: list the commands."""
        print(HELP, end="")

    def _given(self, step: Step) -> None:
        """`step` stands in a cell now. After a mistake that was asked for comes its fix, if the chapter has nothing between them."""
        fix = fix_next(self.state.require_chapter(), step)
        self.state.queued_step = fix.number if fix else None
        self.state.notify_watchers()

    def _prompt(self) -> Step | None:
        """The step below whose prompt line the magic was written."""
        return self.state.require_chapter().find_anywhere(step_of(self.state.running))

    def _still_to_come(self) -> Step | None:
        """As `_prompt`; not the step at which the class stands: that has run in another cell, and here goes what follows."""
        here = self._prompt()
        passed = here is not None and here is self.state.last_step and here.number in self.state.progress.ran_here
        return None if passed else here

    def _step_or_next(self, number: str) -> Step | None:
        chapter = self.state.require_chapter()
        if not number:
            return self._still_to_come() or self.state.next_step()
        return chapter.find_anywhere(number) or chapter.step(number)  # which raises

    def _put(self, step: Step) -> None:
        """Put the step's code into the next cell; into this one, when it holds, beside our magic, only that step's prompt or that of
        the step at which the class stands."""
        here = self._prompt()
        fits = here is not None and (here.number == step.number or self._still_to_come() is None)
        in_place = fits and only_commands(self.state.running)
        self.shell.set_next_input(step.code, replace=in_place)
        lab_script.focus_given(self.shell, step.header, in_place)
        self.state.given_step = step.number


def load(shell: InteractiveShell) -> None:
    """Register the magics in `shell` and begin to follow its cells."""
    state = class_state.attach(shell)
    state.advise = advise
    shell.register_magics(
        LiveMagics(shell, state), SessionMagics(shell, state), KeepMagics(shell, state), ShareMagics(shell, state)
    )


def unload(shell: InteractiveShell) -> None:
    """Take the magics away and follow the cells no longer; the board waits for those who load them again."""
    if (state := class_state.attached()) is not None and state.board is not None:
        state.board.leave()
        state.board = None
    class_state.detach()
    for name in COMMANDS:
        shell.magics_manager.magics["line"].pop(name, None)


class _ChangingLine:
    """How far a catch-up is, on one line that changes; in a plain terminal only what takes long is printed."""

    def __init__(self, shell: InteractiveShell):
        self._handle: DisplayHandle | None = None
        self._rich = hasattr(shell, "kernel")

    def update(self, progress: CatchUpProgress) -> None:
        """Show `progress` in place of what was shown."""
        line = page.message(progress.sentence)
        if not self._rich:
            if progress.trains:
                print(progress.sentence, flush=True)
        elif self._handle is None:
            self._handle = display(line, display_id=True)
        else:
            self._handle.update(line)

    def end(self) -> None:
        """Leave nothing of the line."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)
