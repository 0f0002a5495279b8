"""The folder of one board: its settings with the secrets, what it shows, and the private record it is made from.

All of it is for this user's eyes only, and goes with `%share off`; what is left behind goes after a day.
"""

import json
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from resnet_live.whole_file import write_whole

SETTINGS, ITEMS, RECORD, LOG_FILE = "settings.json", "items.jsonl", "record.jsonl", "server.log"
# Seconds after which nobody takes up a board that was left.
LEFT = 24 * 3600


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass
class BoardSettings:
    """How a board is served.

    `address`: the one of the local network, "" for this machine alone; `port`: of the pages, the same at each address;
    `kernel_port`: where the kernel of the class speaks to the server, on the loopback address, 0 before it runs; `kernel`: process
    id and start (Unix time) of the kernel, `launcher`: of the process that started it; `server`: process id, 0 when none runs;
    `kernel_key`: what the kernel must say; `cookie_key`: signs the cookies; `trouble`: why the server could not start.
    """

    port: int
    address: str = ""
    kernel_port: int = 0
    kernel: tuple[int, float] = (0, 0.0)
    launcher: tuple[int, float] = (0, 0.0)
    server: int = 0
    kernel_key: str = field(default_factory=_secret)
    cookie_key: str = field(default_factory=_secret)
    trouble: str = ""

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser may call the server: another name in a request is somebody's who points it at this machine."""
        names = ["127.0.0.1", "localhost", *([self.address] if self.address else [])]
        return frozenset(f"{name}:{self.port}" for name in names)

    @property
    def url(self) -> str:
        """Where students open the board."""
        return f"http://{self.address or '127.0.0.1'}:{self.port}/"


def read_settings(folder: Path) -> BoardSettings | None:
    """The settings in `folder`; None when there are none, or none that can be read."""
    try:
        found = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        settings = BoardSettings(**{name: found[name] for name in BoardSettings.__dataclass_fields__})
        settings.kernel = (int(settings.kernel[0]), float(settings.kernel[1]))
        settings.launcher = (int(settings.launcher[0]), float(settings.launcher[1]))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    return settings


def write_settings(folder: Path, settings: BoardSettings) -> None:
    """Write them, whole, readable for this user alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    write_whole(folder / SETTINGS, json.dumps(asdict(settings)), mode=0o600)


def lives(process: tuple[int, float]) -> bool:
    """Whether the process with this id and start still runs."""
    try:
        found = psutil.Process(process[0])
        return abs(found.create_time() - process[1]) < 1 and found.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False


def remove_board(folder: Path) -> None:
    """Nothing of the board stays."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_left(folder: Path) -> None:
    """Remove the boards in `folder` that were left a day ago."""
    for old in folder.glob("*") if folder.is_dir() else ():
        if age(old) > LEFT:
            remove_board(old)


def age(folder: Path) -> float:
    """Seconds since a file in `folder` was written."""
    return time.time() - max((file.stat().st_mtime for file in folder.glob("*")), default=folder.stat().st_mtime)
