"""A board's server in a thread of the test, and requests as a visitor or an attacker makes them."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from resnet_live.live.board.board_folder import BoardSettings
from resnet_live.live.board.board_process import serve
from resnet_live.live.board.board_requests import BoardContext
from resnet_live.live.board.board_store import BoardStore


@dataclass
class Reply:
    """An answer: `status`, `headers`, and `body` as text."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Served:
    """A server that runs: `port` for visitors, and what it works with."""

    context: BoardContext
    loop: asyncio.AbstractEventLoop
    port: int = 0
    host: str = field(init=False)

    def __post_init__(self) -> None:
        self.port = self.context.settings.port
        self.host = f"127.0.0.1:{self.port}"

    def request(self, method: str, path: str, body: object = None, source: str = "127.0.0.1", **headers: str) -> Reply:
        """One request; `headers` with `_` for `-`. `body`: JSON, or bytes as they are."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent = {"Content-Type": "application/json", "Origin": f"http://{self.host}"} | sent
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10, source_address=(source, 0))
        try:
            connection.request(method, path, data, sent)
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read().decode())
        finally:
            connection.close()

    def get(self, path: str, **more: str) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, body: object, **more: str) -> Reply:
        return self.request("POST", path, body, **more)

    def visitor(self) -> str:
        """The cookie of a new browser."""
        return self.get("/").headers["Set-Cookie"].split(";")[0]

    def kernel(self, **asked: object) -> dict:
        """What the kernel of the class says, with its key."""
        settings = self.context.settings
        connection = http.client.HTTPConnection("127.0.0.1", settings.kernel_port, timeout=10)
        try:
            key = {"Authorization": f"Bearer {settings.kernel_key}"}
            connection.request("POST", "/", json.dumps(asked).encode(), key)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def remote(self) -> str:
        """The cookie of a remote control."""
        visitor = self.visitor()
        reply = self.post("/remote/enter", {"key": self.kernel(invite=True)["key"]}, Cookie=visitor)
        assert reply.status == 200
        return f"{visitor}; {reply.headers['Set-Cookie'].split(';')[0]}"

    def events(self, cookie: str, after: str = "", seconds: float = 0.5) -> list[tuple[str, object]]:
        """What a stream says within `seconds`: (key, value) of items, ("reset", {}) and marks as ("id", text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        found: list[tuple[str, object]] = []
        try:
            connection.request("GET", "/events", headers={"Cookie": cookie, "Last-Event-ID": after})
            reply = connection.getresponse()
            kind = ""
            while line := reply.readline().decode().strip("\n") or " ":
                name, _, text = line.partition(": ")
                if name == "id":
                    found.append(("id", text))
                elif name == "event":
                    kind = text
                elif name == "data" and kind == "item":
                    item = json.loads(text)
                    found.append((item["key"], item["value"]))
                elif name == "data" and kind == "reset":
                    found.append(("reset", {}))
        except TimeoutError:
            pass
        finally:
            connection.close()
        return found


def unused_port() -> int:
    """A port that the system gives: no two tests that run side by side have the same."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        return asking.getsockname()[1]


@contextmanager
def served(file: Path | None = None) -> Iterator[Served]:
    """A server on the loopback address, with its items in `file`."""
    loop, ready, made = asyncio.new_event_loop(), threading.Event(), []

    def run() -> None:
        async def begin() -> None:
            context = BoardContext(BoardSettings(unused_port()), BoardStore(file))
            made.extend([context, *serve(context)])
            ready.set()

        loop.run_until_complete(begin())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield Served(made[0], loop)
    loop.call_soon_threadsafe(lambda: [server.stop() for server in made[1:]])
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def cell(**more: object) -> dict:
    """A cell as the board shows it."""
    plain = {"step": "2.1", "title": "", "section": "", "prompt": "Widths", "kind": "typed", "code": "x = 1"}
    rest = {"colours": [["", "x = 1"]], "outputs": [], "failed": False, "wrong": False, "running": False}
    return plain | rest | {"fixes": [], "difference": []} | more
