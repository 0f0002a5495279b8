"""The magics of the room: %share, %vote, %timer and %remote."""

from html import escape

from IPython.core.magic import line_magic, magics_class
from IPython.display import display

from resnet_live.figures import Picture
from resnet_live.live.board.network_address import network_address
from resnet_live.live.board.shared_board import share
from resnet_live.live.board.vote_bars import vote_bars
from resnet_live.live.chapter import LiveError, StepKind
from resnet_live.live.kernel.class_magics import ClassMagics
from resnet_live.live.kernel.class_state import ClassBoard
from resnet_live.live.kernel.display import minutes, plain, show_message
from resnet_live.questions import QuestionError, find_question

SHOWS = (
    "It shows the code of the session, cell by cell as it was run, with outputs and errors; secrets, paths and names of this "
    "machine are taken out as `resnet-live live publish` does. No names of students, no list of who looked."
)
OPEN_NETWORK = (
    "Everybody in this network who has the address can read it, and what goes over the network is not encrypted. "
    "`%share off` ends it."
)


@magics_class
class ShareMagics(ClassMagics):
    """See `magics.HELP`. They work on the board of the class in the shell."""

    @line_magic("share")
    @plain
    def share_board(self, line: str) -> None:
        """%share [on [--network [ADDRESS]] [--port PORT] | off]: the board for the students; alone: how it is."""
        words = line.split()
        what = words.pop(0) if words else ""
        if what == "off":
            self._end()
        elif what == "on":
            self._begin(words)
        elif what or words:
            raise LiveError("Say `%share on`, `%share on --network`, `%share off`, or `%share` alone.")
        elif self.state.board is None:
            show_message("Nothing is shared. On this machine: `%share on`; for the class: `%share on --network`")
        else:
            self._tell()

    @line_magic
    @plain
    def vote(self, line: str) -> None:
        """%vote [STEP | close | show | end]: votes on a question, taken on the board; alone: how it stands."""
        board = self._board()
        if line in ("close", "show", "end"):
            self._bars(board.ask(do=line)["vote"] if line != "end" else board.ask(do=line) and None)
            return
        asked = line or self._question_here()
        if not asked:
            self._bars(board.ask()["vote"])
            return
        try:
            question = find_question(asked)
        except QuestionError as error:
            raise LiveError(str(error)) from error
        board.open_vote(question)
        show_message(f"The vote on {question.step} is open. How it stands: `%vote`; bars and answer: `%vote show`")

    @line_magic
    @plain
    def timer(self, line: str) -> None:
        """%timer MINUTES [WHAT] | off: a countdown on the board, with a count of those who are done; alone: that count."""
        board, (first, _, label) = self._board(), line.partition(" ")
        if first == "off":
            board.ask(do="stop")
        elif first:
            try:
                span = float(first)
            except ValueError:
                raise LiveError("How many minutes? For example `%timer 5`, or `%timer off`") from None
            board.ask(timer=[span, label.strip()])
            show_message(f"{minutes(span)} min from now. Who is done: `%timer`")
        else:
            room = board.ask()["room"]
            show_message(f"Done: {room['done']}. Stuck: {room['stuck']}. {room['present']} look on.")

    @line_magic
    @plain
    def remote(self, line: str) -> None:
        """%remote: a link to the remote control, for a phone, a tablet or another window. It opens one browser."""
        board = self._board()
        key = board.ask(invite=True)["key"]
        link = f"{board.settings.url}remote#{key}"
        say = "The remote control. This link opens it once, within a quarter of an hour; then it is worth nothing:"
        display(_link(say, link, with_code=bool(board.settings.address)))

    def _begin(self, words: list[str]) -> None:
        network, address, port = False, "", 0
        while words:
            word = words.pop(0)
            if word == "--network":
                network = True
                if words and not words[0].startswith("--"):
                    address = words.pop(0)
            elif word == "--port" and words and words[0].isdigit():
                port = int(words.pop(0))
            else:
                raise LiveError(f"`{word}` is not understood. `%share on`, `--network`, `--port 9000`.")
        if self.state.board is not None:
            if network and not self.state.board.settings.address:
                raise LiveError("It is shared on this machine alone. First `%share off`, then `%share on --network`.")
            self._tell()
            return
        self.state.board = share(self.state, network_address(address) if network else "", port)
        if self.state.board.log.cells:
            show_message("It goes on with what it showed before. A new board: `%share off`, then `%share on`")
        self._tell()

    def _end(self) -> None:
        if self.state.board is None:
            show_message("Nothing is shared.")
            return
        board, self.state.board = self.state.board, None
        board.close()
        show_message("The board is closed, and nothing of it is kept.")

    def _tell(self) -> None:
        board = self._board()
        room, settings = board.ask()["room"], board.settings
        where = "everybody in this network" if settings.address else "this machine alone"
        say = f"The board is open to {where}; {room['present']} look on."
        display(_link(say, settings.url, with_code=bool(settings.address)))
        show_message(SHOWS, *([OPEN_NETWORK] if settings.address else []), "Your remote control: `%remote`")

    def _board(self) -> ClassBoard:
        if self.state.board is None:
            raise LiveError("That needs the board: `%share on`, or for the class `%share on --network`.")
        return self.state.board

    def _question_here(self) -> str:
        """The question that the class has come to, when no vote is on it yet."""
        last, following = self.state.last_step, self.state.next_step()
        asked = (self._board().ask()["vote"] or {}).get("step")
        here = next((step for step in (last, following) if step and step.kind is StepKind.PREDICT), None)
        return here.number if here and here.number != asked else ""

    def _bars(self, vote: dict | None) -> None:
        if vote is None:
            show_message("No question is asked at the moment.")
        elif vote["stage"] == "open":
            show_message(f"{vote['total']} voted on {vote['step']}. Bars and answer: `%vote show`")
        else:
            display(vote_bars(vote))


def _link(say: str, address: str, with_code: bool) -> Picture:
    """A sentence, an address in large type, and its QR code."""
    code = ""
    if with_code:
        import segno

        drawn = segno.make(address, error="m").svg_inline(scale=9, border=3, light="white", title=address)
        code = f"<div style='margin:.5em 0'>{drawn}</div>"
    large = f"<a href='{escape(address)}' target='_blank' rel='noopener' style='font-size:1.5em'>{escape(address)}</a>"
    return Picture(f"<p>{escape(say)}</p><p>{large}</p>{code}", f"{say}\n{address}")
