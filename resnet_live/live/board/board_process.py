"""The server of one board: `python -m resnet_live.live.board.board_process FOLDER`. It ends with the class it serves.

FOLDER holds the settings. When the kernel of the class is gone the server waits for another: a restarted kernel takes the
board up again. It does not wait when the program that started the kernel is gone, too.
"""

import asyncio
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

from tornado import httpserver, netutil, web
from tornado.iostream import IOStream

from resnet_live.live.board import board_limits as limits
from resnet_live.live.board.board_folder import ITEMS, BoardSettings, lives, read_settings, write_settings
from resnet_live.live.board.board_requests import BoardContext, BoardHandler
from resnet_live.live.board.board_store import BoardStore
from resnet_live.live.board.instructor_pages import CommandHandler, EnterHandler, KernelHandler, RemoteStreamHandler
from resnet_live.live.board.visitor_pages import (
    FileHandler,
    MeHandler,
    PageHandler,
    PictureHandler,
    SignalHandler,
    StateHandler,
    StreamHandler,
    VoteHandler,
)

LOOPBACK = "127.0.0.1"
# Seconds for which a board waits for a restarted kernel.
WAITS = 300


def pages(context: BoardContext) -> web.Application:
    """What visitors reach."""
    shared = {"context": context}
    files = [
        (rf"/{name}", FileHandler, {**shared, "name": name, "kind": kind})
        for name, kind in (
            ("board.css", "text/css"),
            ("board.js", "text/javascript"),
            ("stream.js", "text/javascript"),
            ("remote.js", "text/javascript"),
        )
    ]
    return web.Application(
        [
            (r"/", PageHandler, {**shared, "name": "board.html"}),
            (r"/remote", PageHandler, {**shared, "name": "remote.html"}),
            *files,
            (r"/picture/([0-9a-f]{32}\.(?:png|jpeg|gif|webp|svg))", PictureHandler, shared),
            (r"/events", StreamHandler, shared),
            (r"/me", MeHandler, shared),
            (r"/vote", VoteHandler, shared),
            (r"/signal", SignalHandler, shared),
            (r"/state/(\d{1,4})\.(py|ipynb)", StateHandler, shared),
            (r"/remote/enter", EnterHandler, shared),
            (r"/remote/events", RemoteStreamHandler, shared),
            (r"/remote/command", CommandHandler, shared),
        ],
        cookie_secret=context.settings.cookie_key,
        default_handler_class=NotFoundHandler,
        default_handler_args=shared,
        log_function=_nothing,
    )


class NotFoundHandler(BoardHandler):
    """Any other address."""

    def prepare(self) -> None:
        """404, after the checks that every request passes."""
        super().prepare()
        raise web.HTTPError(404)


class BoundedServer(httpserver.HTTPServer):
    """A server that takes so many connections at once from one address, and so many in all."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """As every server, with nobody connected."""
        super().initialize(*args, **kwargs)
        self.places = limits.Places(limits.CONNECTIONS, limits.CONNECTIONS_OF_ADDRESS)

    def handle_stream(self, stream: IOStream, address: tuple) -> None:
        """A new connection: closed at once when there is no place for it."""
        key = str(address[0])
        if not self.places.take(key):
            stream.close()
            return
        super().handle_stream(stream, address)

    def on_close(self, server_conn: Any) -> None:
        """A connection is over."""
        super().on_close(server_conn)
        self.places.leave(str(server_conn.context.address[0]))


def _nothing(handler: web.RequestHandler) -> None:
    """No list is kept of who asked for what."""


def serve(context: BoardContext) -> list[httpserver.HTTPServer]:
    """Listen; the port of the kernel is chosen and noted in the settings. Raises OSError when a port is taken."""
    settings = context.settings
    visitors = BoundedServer(
        pages(context),
        xheaders=False,
        idle_connection_timeout=limits.SILENT,
        body_timeout=limits.SILENT,
        max_header_size=limits.HEADERS,
        max_body_size=limits.VISITOR_BODY,
        max_buffer_size=limits.HEADERS + limits.VISITOR_BODY,
    )
    for address in filter(None, (LOOPBACK, settings.address)):
        visitors.add_sockets(netutil.bind_sockets(settings.port, address, backlog=limits.CONNECTIONS))
    kernel = httpserver.HTTPServer(
        web.Application([(r"/", KernelHandler, {"context": context})], log_function=_nothing),
        max_body_size=limits.KERNEL_BODY,
        max_buffer_size=limits.KERNEL_BODY,
    )
    (socket,) = netutil.bind_sockets(settings.kernel_port, LOOPBACK)
    settings.kernel_port = socket.getsockname()[1]
    kernel.add_sockets([socket])
    return [visitors, kernel]


async def watch(folder: Path, context: BoardContext, waits: float = WAITS, pause: float = 1.0) -> None:
    """Return when nobody needs the board any more: it was closed, another server has it, or its class is over."""
    gone = 0.0
    while True:
        await asyncio.sleep(pause)
        settings = read_settings(folder)
        if settings is None or settings.server not in (0, os.getpid()):
            return
        if lives(settings.kernel):
            gone = 0.0
        else:
            gone = gone or time.monotonic()
            if not lives(settings.launcher) or time.monotonic() - gone > waits:
                return
        answers = time.monotonic() - context.kernel_seen < 5
        context.store.put("kernel", {"answers": bool(answers and not gone)})


async def run(folder: Path, settings: BoardSettings) -> None:
    """Serve the board in `folder` until it is over."""
    context = BoardContext(settings, BoardStore(folder / ITEMS))
    try:
        servers = serve(context)
        settings.server, settings.trouble = os.getpid(), ""
    except OSError as error:
        settings.server, settings.trouble = 0, str(error.strerror or error)
    write_settings(folder, settings)
    if settings.server:
        await watch(folder, context)
        for server in servers:
            server.stop()


def main() -> None:
    """See the module."""
    folder = Path(sys.argv[1])
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("tornado.general").setLevel(logging.ERROR)
    settings = read_settings(folder)
    if settings is None:
        raise SystemExit(f"{folder} holds no settings of a board.")
    asyncio.run(run(folder, settings))


if __name__ == "__main__":
    main()
