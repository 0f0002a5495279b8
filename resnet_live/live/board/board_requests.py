"""What every request to the board passes: who may ask, from where, how often; and what the answers forbid the browser."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from tornado import web

from resnet_live.live.board import board_limits as limits
from resnet_live.live.board.board_folder import BoardSettings
from resnet_live.live.board.board_room import Refused, Room, visitor_key
from resnet_live.live.board.board_store import BoardStore

VISITOR, REMOTE = "board_visitor", "board_remote"
# Nothing but our own files and pictures inside the page; no page may frame this one.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class BoardContext:
    """What all handlers share: settings, store, room, who is connected, and how much each may do."""

    def __init__(self, settings: BoardSettings, store: BoardStore):
        self.settings, self.store, self.room = settings, store, Room(store)
        self.presses = limits.RateLimit(limits.PRESSES)
        self.requests = limits.RateLimit(limits.REQUESTS)
        self.pictures = limits.RateLimit(limits.PICTURES)
        self.strangers = limits.RateLimit(limits.STRANGERS)
        self.newcomers = limits.RateLimit(limits.NEWCOMERS)
        self.attempts = limits.RateLimit(limits.ATTEMPTS)
        self.streams = limits.Places(limits.BROWSERS * 2, limits.STREAMS_OF_BROWSER)
        self.watching = limits.Places(limits.STREAMS_OF_BROWSER * 4, limits.STREAMS_OF_BROWSER)  # remote controls
        self.invitations: dict[str, float] = {}  # secrets that open the remote control once, and until when
        self.commands: list[dict] = []  # what the remote control wants of the kernel, with rising numbers
        self.command_number = 0
        self.kernel_seen = 0.0


class BoardHandler(web.RequestHandler):
    """A request of a visitor. `visitor` is known after `prepare`: "" for a browser that has no cookie yet."""

    def initialize(self, context: BoardContext, name: str = "", kind: str = "") -> None:
        """`context`: see there; `name` and `kind`: of the file that the address stands for, and its media type."""
        self.context, self.name, self.kind, self.visitor = context, name, kind, ""

    def set_default_headers(self) -> None:
        """What every answer says, errors too."""
        self.set_header("Server", "resnet-live")
        for name, value in (
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
        ):
            self.set_header(name, value)

    def prepare(self) -> None:
        """Refuse what does not come from a page of this server, or comes too often."""
        if self.request.host not in self.context.settings.hosts:
            raise web.HTTPError(421)  # a name that somebody else has pointed here
        cookie = self.get_signed_cookie(self._name(VISITOR), max_age_days=2)
        if cookie:
            self.visitor = visitor_key(cookie.decode("ascii", "replace"))
        if not self.limit().allows(self.visitor or self.address):
            raise web.HTTPError(429)
        if self.request.method == "POST":
            origin = self.request.headers.get("Origin", "")
            if origin != f"http://{self.request.host}":
                raise web.HTTPError(403)
            if self.request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
                raise web.HTTPError(415)

    def limit(self) -> limits.RateLimit:
        """How often this may be asked for."""
        return self.context.requests if self.visitor else self.context.strangers

    @property
    def address(self) -> str:
        """Where the request comes from; nothing that the request says itself."""
        return self.request.remote_ip or ""

    def known_visitor(self) -> str:
        """The visitor of a press; answers 403 to a browser that has not opened the page, 429 to one that presses too often."""
        if not self.visitor:
            raise web.HTTPError(403)
        if not self.context.presses.allows(self.visitor):
            raise web.HTTPError(429)
        return self.visitor

    def welcome(self) -> None:
        """Give the browser its cookie, if it has none: random, signed, unknown to scripts."""
        if self.visitor:
            return
        if not self.context.newcomers.allows(self.address):
            raise web.HTTPError(429)
        self._give_cookie(VISITOR, secrets.token_urlsafe(16))

    def admit(self) -> None:
        """Make this browser the remote control's."""
        self._give_cookie(REMOTE, "instructor")

    @property
    def remote(self) -> bool:
        """Whether this browser has opened the remote control."""
        return self.get_signed_cookie(self._name(REMOTE), max_age_days=1) == b"instructor"

    def body(self, **kinds: type) -> dict[str, Any]:
        """The request's JSON object, when it has exactly these fields of these types; else the answer is 400."""
        try:
            found = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise web.HTTPError(400) from None
        if not isinstance(found, dict) or found.keys() != kinds.keys():
            raise web.HTTPError(400)
        if any(type(found[name]) is not kind for name, kind in kinds.items()):
            raise web.HTTPError(400)
        return found

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A number and no more: nothing of the request comes back."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}\n")

    def answer(self, value: dict) -> None:
        """JSON, which no browser takes for a page."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value))

    def attempt(self, act: Callable[[], object], answer: Callable[[], dict] = dict) -> None:
        """Do what was asked and answer; 409 with the reason when the room refuses it."""
        try:
            act()
        except Refused as refused:
            self.set_status(409)
            self.answer({"why": str(refused)})
        else:
            self.answer(answer())

    def _give_cookie(self, name: str, value: str) -> None:
        self.set_signed_cookie(self._name(name), value, expires_days=None, httponly=True, samesite="Strict")

    def _name(self, cookie: str) -> str:
        """Cookies know no ports: two boards of one machine must not take each other's."""
        return f"{cookie}_{self.context.settings.port}"
