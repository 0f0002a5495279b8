"""The folders and names of a machine that no published page may show."""

import getpass
import os
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import resnet_live


@dataclass(frozen=True)
class MachineNames:
    """`home`: home folders; `folder`: working folders; `temp`: folders for temporary files; `data`: folders named by variables of
    the environment that end in DATA or HOME; `user` and `host`: names, "" when unknown. Folders as this machine writes them."""

    home: list[str] = field(default_factory=list)
    folder: list[str] = field(default_factory=list)
    temp: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    user: str = ""
    host: str = ""

    @classmethod
    def here(cls) -> "MachineNames":
        """Those of this process."""
        variables = [
            value for name, value in os.environ.items() if name.endswith(("_DATA", "_HOME")) and os.path.isabs(value)
        ]
        return cls(
            home=_both(Path.home()),
            folder=[*_both(Path.cwd()), *_both(Path(resnet_live.__file__).parents[1])],
            temp=_both(Path(tempfile.gettempdir())),
            data=sorted({spelt for value in (*variables, sys.prefix) for spelt in _both(Path(value))}),
            user=_or_nothing(getpass.getuser),
            host=_or_nothing(socket.gethostname),
        )


def _both(path: Path) -> list[str]:
    """A path as it is spelt, and with its links followed: macOS shows /var/… as /private/var/…."""
    return list(dict.fromkeys([str(path), str(path.resolve())]))


def _or_nothing(ask) -> str:
    try:
        return ask()
    except (OSError, KeyError, ImportError):  # a container without a user database
        return ""
