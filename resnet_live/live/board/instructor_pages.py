"""What the remote control and the kernel of the class ask of the server."""

import hmac
import json
import secrets
import time

from tornado import web

from resnet_live.live.board.board_requests import BoardContext, BoardHandler
from resnet_live.live.board.board_room import Refused
from resnet_live.live.board.visitor_pages import StreamHandler

# Seconds for which a link to the remote control can be opened, once.
INVITED = 15 * 60
# What the remote control may ask of the kernel.
KERNEL_COMMANDS = frozenset({"next", "peek", "mistake", "check", "catch up", "where"})


class EnterHandler(BoardHandler):
    """The secret of the link, exchanged for a cookie: a link that was on the projector is worth nothing once it was used."""

    def post(self) -> None:
        """JSON: `key`."""
        if not self.context.attempts.allows(self.address):
            raise web.HTTPError(429)
        key = self.body(key=str)["key"].encode("utf-8", "replace")
        invitations, now = self.context.invitations, time.monotonic()
        found = [known for known in invitations if hmac.compare_digest(known.encode(), key)]
        if not found or invitations.pop(found[0]) < now:
            raise web.HTTPError(403)
        self.admit()
        self.answer({})


class RemoteStreamHandler(StreamHandler):
    """The stream of changes with what is private."""

    private = True

    def prepare(self) -> None:
        """For the remote control alone."""
        super().prepare()
        if not self.remote:
            raise web.HTTPError(403)


class CommandHandler(BoardHandler):
    """A button of the remote control."""

    def post(self) -> None:
        """JSON: `command`, and `value`: a step, or minutes, or ""."""
        if not self.remote:
            raise web.HTTPError(403)
        asked = self.body(command=str, value=str)
        self.attempt(lambda: perform(self.context, asked["command"], asked["value"]))


def perform(context: BoardContext, command: str, value: str) -> None:
    """Do what the remote control asks; what is the kernel's to do waits for the kernel. Raises Refused."""
    room = context.room
    if command in KERNEL_COMMANDS:
        context.command_number += 1
        context.commands = [*context.commands[-20:], {"number": context.command_number, "command": command}]
        if time.monotonic() - context.kernel_seen > 5:
            raise Refused("The kernel does not answer at the moment. It gets this as soon as it does.")
    elif command == "vote":
        waiting = context.store.value("private.class") or {}
        question = next((one for one in waiting.get("questions", []) if one["step"] == value), None)
        question = question or room.questions.get(value)
        if question is None:
            raise Refused(f"There is no question {value[:12]} to vote on.")
        room.open_vote(question)
    elif command == "timer":
        try:
            minutes = float(value)
        except ValueError:
            raise Refused("Minutes are a number.") from None
        room.start_timer(minutes)
    else:
        simple = {
            "close": room.close_vote,
            "show": room.show_vote,
            "end": room.end_vote,
            "stop": room.stop_timer,
            "clear": room.clear_signals,
        }
        if command not in simple:
            raise Refused("There is no such button.")
        simple[command]()


class KernelHandler(web.RequestHandler):
    """The kernel of the class: on a port of its own, on the loopback address, with a key."""

    def initialize(self, context: BoardContext) -> None:
        """`context`: see there."""
        self.context = context

    def prepare(self) -> None:
        """Refuse whoever does not have the key."""
        said = self.request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, f"Bearer {self.context.settings.kernel_key}".encode()):
            raise web.HTTPError(403)

    def post(self) -> None:
        """JSON with any of: `items` (key to value), `do` (a command with `value`), `ask`
        (a question to open a vote on), `invite` (make a link's secret), `timer` (minutes and label), `got` (the last command
        that arrived). The answer: `commands`, `vote`, `room`, `why` something was refused, `key`."""
        asked, context = json.loads(self.request.body), self.context
        context.kernel_seen = time.monotonic()
        answer: dict = {"why": ""}
        items = asked.get("items", {})
        if items.get("length", 0) > (context.store.value("length") or 0):
            context.room.moved_on()
        for key, value in items.items():
            context.store.put(key, value)
        try:
            if "ask" in asked:
                context.room.open_vote(asked["ask"])
            if "timer" in asked:
                context.room.start_timer(*asked["timer"])
            if "do" in asked:
                perform(context, asked["do"], asked.get("value", ""))
        except Refused as refused:
            answer["why"] = str(refused)
        if asked.get("invite"):
            answer["key"] = secrets.token_urlsafe(24)
            context.invitations = {answer["key"]: time.monotonic() + INVITED}
        context.commands = [one for one in context.commands if one["number"] > asked.get("got", 0)]
        store = context.store
        self.finish(
            answer
            | {
                "commands": context.commands,
                "vote": context.room.results(),
                "room": (store.value("room") or {}) | (store.value("private.room") or {}),
                "length": store.value("length") or 0,
            }
        )

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """A number and no more."""
        self.finish(f"{status_code}\n")
