"""The magics that keep what a class has done: %record and %export."""

from pathlib import Path

from IPython.core.magic import line_magic, magics_class

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import LiveError
from resnet_live.live.kernel.class_magics import ClassMagics
from resnet_live.live.kernel.display import plain, show_message
from resnet_live.live.kernel.exported_state import export_state


@magics_class
class KeepMagics(ClassMagics):
    """Each magic works on the state of the class in its shell."""

    @line_magic
    @plain
    def record(self, line: str) -> None:
        """%record [on [FILE] | off | status | forget]: keep every cell that runs from now on; forget: drop the last one."""
        from resnet_live.live.recording.session_log import Recorder, default_file

        what, _, file = line.partition(" ")
        if what not in ("", "on", "off", "status", "forget"):
            raise LiveError("Say %record on, %record off, %record status or %record forget.")
        if what == "forget":
            self._forget()
            return
        was_on = self.state.recorder is not None and self.state.recorder.on
        if what == "on" and not was_on:
            self.state.recorder = Recorder(self.state, Path(file.strip()) if file.strip() else default_file(self.state))
        if self.state.recorder is None:
            show_message("Nothing is being recorded. Begin with `%record on`.")
            return
        show_message(
            {"on": self.state.recorder.start, "off": self.state.recorder.stop}.get(what, self.state.recorder.status)()
        )
        if self.state.recorder.on is not was_on and self.state.chapter is not None:
            self.state.progress.saved.record = file.strip() if what == "on" else None
            self.state.progress.save()  # now: the kernel may be restarted before the first step

    @line_magic
    @plain
    def export(self, line: str) -> None:
        """%export [STEP [FILE]]: write the code that brings a fresh kernel to STEP (default: the class's place); never overwrites."""
        number, _, name = line.partition(" ")
        last = self.state.progress.last_step
        if not number and last is None:
            raise LiveError("Up to which step? Say for example: %export 2.7")
        file = export_state(self.state, number or (last.number if last else ""), name.strip())
        use = f"run it with `python {file.name}`" if file.suffix == ".py" else "open it as a notebook"
        show_message(f"Written: `{file.name}`. It is whole by itself: {use}.")

    def _forget(self) -> None:
        """Drop the last cell from the record, and from the board."""
        from resnet_live.live.recording.redact import Redactor

        state = self.state
        recorded = state.recorder is not None and state.recorder.forget()
        if state.board is not None:
            state.board.forget_last()
        if not recorded and state.board is None:
            raise LiveError("Nothing is recorded that could be forgotten.")
        where = " and ".join([*(["the record"] if recorded else []), *(["the board"] if state.board else [])])
        whole = body(state.cells[-1].source) if state.cells else ""
        redactor = Redactor()  # what is forgotten is often a secret: not once more on the projector
        redactor.learn([whole])
        cell = redactor.text(whole, code=True).split("\n")[0]
        show_message(f"The last cell is gone from {where}{f': `{cell}`' if cell else ''}")
