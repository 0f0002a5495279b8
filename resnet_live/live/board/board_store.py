"""What the board shows, as items with a key, each with the number of its last change; kept in a file, so that a killed server
loses nothing.

A browser says which change it has seen last, and gets every item that changed since. An item whose value is None is gone.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)

# Items whose key begins so are for the remote control alone.
PRIVATE = "private."
# Their values are files that a page asks for by name: no stream carries them.
FETCHED = "picture."
# They follow from others, or are of the moment: not kept in the file.
TRANSIENT = frozenset({"room", "private.room", "private.class", "private.answer", "kernel"})

# Changes of transient items are not in the file: after a crash the numbers go on beyond all that browsers may have seen.
JUMP = 1_000_000


class BoardStore:
    """Items by key. `file`: where they are kept, None for memory alone. `epoch` tells this file's numbers from another's."""

    def __init__(self, file: Path | None = None):
        self.epoch = secrets.token_hex(4)
        self._file = file
        self._items: dict[str, tuple[int, Any, bytes]] = {}
        self._kept: list[dict] = []
        self._last = 0
        self._changed = asyncio.Event()
        if file is not None:
            self._read(file)

    def value(self, key: str) -> Any:
        """The value of an item; None when there is none."""
        return self._items[key][1] if key in self._items else None

    def put(self, key: str, value: Any) -> None:
        """Set an item; nothing happens when it is that already."""
        if self.value(key) == value:
            return
        self._take(key, value)
        if key not in TRANSIENT:
            self._write({"key": key, "value": value, "at": self._last})
        self._changed.set()
        self._changed = asyncio.Event()

    def keep(self, line: dict) -> None:
        """Keep something in the file that is no item; `restore` gives it back."""
        self._write(line)

    def restore(self, take: Callable[[dict], None]) -> None:
        """Call `take` with every line that `keep` wrote, in order."""
        for line in self._kept:
            take(line)

    @property
    def mark(self) -> str:
        """The last change, as browsers know it."""
        return f"{self.epoch}-{self._last}"

    def since(self, seen: str, private: bool = False) -> tuple[bytes, str]:
        """The items that changed after the mark `seen`, as Server-Sent Events, and the mark to ask with next.

        A mark of another epoch, or none, gives everything, after an event `reset`. `private`: also what is for the remote control.
        """
        epoch, _, number = seen.partition("-")
        known = epoch == self.epoch and number.isascii() and number.isdigit() and len(number) < 12
        after = int(number) if known else 0
        changed = sorted(
            (at, key, data)
            for key, (at, _, data) in self._items.items()
            if at > after and not key.startswith(FETCHED) and (private or not key.startswith(PRIVATE))
        )
        begin = b"" if known else f"id: {self.epoch}-0\nevent: reset\ndata: {{}}\n\n".encode()
        events = [f"id: {self.epoch}-{at}\nevent: item\ndata: ".encode() + data + b"\n\n" for at, _, data in changed]
        return begin + b"".join(events), self.mark

    async def change(self, seconds: float) -> None:
        """Wait until something changes, at most `seconds`."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    def _take(self, key: str, value: Any) -> None:
        self._last += 1
        data = json.dumps({"key": key, "value": value}, ensure_ascii=False).encode("utf-8", "replace")
        self._items[key] = (self._last, value, data)

    def _write(self, line: dict) -> None:
        if self._file is None:
            return
        try:
            with self._file.open("a", encoding="ascii") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:  # a full disk: the board goes on, and would forget this in a crash
            LOG.warning("the board's file cannot be written: %s", error)

    def _read(self, file: Path) -> None:
        if not file.exists():
            self._write({"epoch": self.epoch})
            return
        for text in file.read_text(encoding="ascii", errors="replace").splitlines():
            try:
                line = json.loads(text)
                if "epoch" in line:
                    self.epoch = str(line["epoch"])
                elif "key" in line:
                    self._last = int(line["at"]) - 1
                    self._take(line["key"], line["value"])
                else:
                    self._kept.append(line)
            except (ValueError, TypeError, KeyError):  # the line that a kill has torn
                continue
        self._last += JUMP
        with file.open("ab") as opened:
            opened.write(b"\n")  # so that the next one does not hang on a torn line
