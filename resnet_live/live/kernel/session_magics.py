"""The magics of a planned session: %plan and %agenda."""

from IPython.core.magic import line_magic, magics_class

from resnet_live.live.chapter import LiveError
from resnet_live.live.kernel.class_magics import ClassMagics
from resnet_live.live.kernel.display import plain, show_message
from resnet_live.live.kernel.next_prompt import prompt_after
from resnet_live.live.kernel.open_chapter import follow, open_chapter
from resnet_live.live.pages.agenda_item import item_lines
from resnet_live.live.pages.session_chapter import SessionChapter, find_session_chapter


@magics_class
class SessionMagics(ClassMagics):
    """Each magic works on the state of the class in its shell."""

    @line_magic
    @plain
    def plan(self, line: str) -> None:
        """%plan [NAME [fingerprint] [new] | off]: the planned session NAME in this one kernel; in the notebook of a chapter, that
        chapter as the session takes it; or whole chapters again."""
        state = self.state
        name, *words = line.split() or [""]
        in_session = state.chapter is None or isinstance(state.chapter, SessionChapter)
        if name and name != "off" and (in_session or state.opened(name)):
            fingerprint = next((word for word in words if word != "new"), "")
            show_message(
                *open_chapter(state, find_session_chapter(name), "new" in words, fingerprint), facts={"session": name}
            )
            return
        if name == "off" and isinstance(state.chapter, SessionChapter):
            first = state.chapter.session.chapters[0].number
            raise LiveError(f"This is the notebook of {state.chapter.called}. For a whole chapter: `%chapter {first}`")
        if name:
            follow(state, "" if name == "off" else name)
            if state.chapter is not None:
                state.progress.saved.plan = state.plan_name
                state.progress.save()
        state.notify_watchers()
        if state.plan is None:
            show_message("Whole chapters, every step. A planned session: `%plan pooling_to_residual`")
            return
        here = sum(map(state.planned, state.chapter.steps)) if state.chapter else 0
        following = state.next_step()
        onward = f" Next: {following.number} · {following.prompt}" if following else ""
        show_message(f"The plan takes {len(state.plan)} steps, {here} of them in the open chapter.{onward}")

    @line_magic
    @plain
    def agenda(self, line: str) -> None:
        """%agenda NUMBER: show an exercise, a discussion or a pause of the session, by its number in the session's notebook."""
        chapter = self.state.require_chapter()
        if not isinstance(chapter, SessionChapter):
            raise LiveError(
                "Only a planned session has an agenda. Open one in its own notebook: `%plan pooling_to_residual`"
            )
        items = chapter.items
        if not line.isdecimal() or not 1 <= int(line) <= len(items):
            raise LiveError(f"Which item of the agenda? %agenda 1 to %agenda {len(items)}.")
        item = items[int(line) - 1]
        self.state.agenda_item = item
        self.state.notify_watchers()
        show_message(*item_lines(item), announced=prompt_after(self.state, item), facts={"agenda": line})
