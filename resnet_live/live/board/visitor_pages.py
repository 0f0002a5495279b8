"""What students ask of the server: the page, its stream of changes, their presses, and files to take home."""

import asyncio
import base64
import time
from pathlib import Path

from tornado import iostream, web

from resnet_live.live.board.board_limits import SILENT, RateLimit
from resnet_live.live.board.board_requests import BoardHandler
from resnet_live.live.board.board_room import Signal
from resnet_live.live.board.board_store import FETCHED
from resnet_live.live.board.state_files import as_notebook, as_python, cells_until

FILES = Path(__file__).parent / "pages"
# Changes that come so close together, in seconds, go out as one: sixty votes at once are not sixty messages to each of sixty browsers.
TOGETHER = 0.1
HEARTBEAT = 10.0


class PageHandler(BoardHandler):
    """The page `name` of our own: a fixed file."""

    def get(self) -> None:
        """The page, and with it the cookie."""
        self.welcome()
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish((FILES / self.name).read_bytes())


class FileHandler(BoardHandler):
    """The script or style sheet that a page names."""

    def get(self) -> None:
        """The file."""
        self.set_header("Content-Type", f"{self.kind}; charset=utf-8")
        self.finish((FILES / self.name).read_bytes())


class PictureHandler(BoardHandler):
    """A picture that a cell has shown. Its name follows from its bytes: a browser asks for it once, and keeps it."""

    def limit(self) -> RateLimit:
        """Its own: a class that plots has many, and who comes late asks for all of them."""
        return self.context.pictures if self.visitor else super().limit()

    def get(self, name: str) -> None:
        """The picture; opened by itself, a drawing may do nothing but be seen."""
        picture = self.context.store.value(FETCHED + name)
        if not self.visitor or picture is None:
            raise web.HTTPError(404 if self.visitor else 403)
        self.set_header("Content-Type", picture["mime"])
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.finish(base64.b64decode(picture["base64"]))


class StreamHandler(BoardHandler):
    """Server-Sent Events: every item that changed since the browser last looked, and then each change."""

    private = False
    _serving: asyncio.Task | None = None

    async def get(self) -> None:
        """Runs until the browser goes."""
        if not self.visitor:
            raise web.HTTPError(403)
        places = self.context.watching if self.private else self.context.streams
        if not places.take(self.visitor):
            raise web.HTTPError(429)
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        seen = self.request.headers.get("Last-Event-ID", "") or self.get_query_argument("after", "")
        context, self._serving = self.context, asyncio.current_task()
        context.room.seen(context.streams.keys)
        try:
            await self._say(f"retry: 500\nevent: time\ndata: {time.time()}\n\n".encode())
            while True:
                events, seen = context.store.since(seen[:40], self.private)
                if events:
                    await self._say(events)
                    await asyncio.sleep(TOGETHER)
                else:
                    before = context.store.mark
                    await context.store.change(HEARTBEAT)
                    if context.store.mark == before:
                        await self._say(b"event: time\ndata: %f\n\n" % time.time())
        except (iostream.StreamClosedError, TimeoutError, asyncio.CancelledError):
            return
        finally:
            places.leave(self.visitor)
            context.room.seen(context.streams.keys)

    def on_connection_close(self) -> None:
        """The browser has gone: at once it counts no more."""
        if self._serving is not None:
            self._serving.cancel()

    async def _say(self, data: bytes) -> None:
        """Send, and wait until it has gone: one who takes nothing in costs one message, and is left after a while."""
        self.write(data)
        await asyncio.wait_for(self.flush(), SILENT)


class MeHandler(BoardHandler):
    """What this browser has pressed."""

    def get(self) -> None:
        """JSON: `signal` and `choice`."""
        self.answer(self.context.room.of_visitor(self.visitor))


class VoteHandler(BoardHandler):
    """A vote."""

    def post(self) -> None:
        """JSON: `step` and `choice`, a number from 0."""
        asked, visitor, room = self.body(step=str, choice=int), self.known_visitor(), self.context.room
        self.attempt(lambda: room.cast(visitor, asked["step"], asked["choice"]), lambda: room.of_visitor(visitor))


class SignalHandler(BoardHandler):
    """Done, stuck, or neither."""

    def post(self) -> None:
        """JSON: `signal`."""
        asked, visitor, room = self.body(signal=str), self.known_visitor(), self.context.room
        try:
            signal = Signal(asked["signal"])
        except ValueError:
            raise web.HTTPError(400) from None
        self.attempt(lambda: room.signal(visitor, signal), lambda: room.of_visitor(visitor))


class StateHandler(BoardHandler):
    """The code up to a cell, as a file."""

    def get(self, place: str, kind: str) -> None:
        """`place`: the cell's number on the board, from 0; `kind`: py or ipynb."""
        if not self.visitor:
            raise web.HTTPError(403)
        store, last = self.context.store, int(place)
        if last >= (store.value("length") or 0):
            raise web.HTTPError(404)
        cells = cells_until([store.value(f"cell.{number}") for number in range(last + 1)], last)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", f'attachment; filename="class_until_{last + 1}.{kind}"')
        self.finish(as_python(cells) if kind == "py" else as_notebook(cells))
