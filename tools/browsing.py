"""Serve a folder on this machine, and find a browser to open it with.

A client that takes gzip is given the compressed copy of a file, where one lies beside it.
"""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from compressed_copies import copy_of, is_current

from resnet_live.doctor.program_health import find_browser

__all__ = ["find_browser", "served"]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: output is for results."""

    def send_head(self) -> BinaryIO | None:
        """The compressed copy where there is one and it is wanted, else the file."""
        file = Path(self.translate_path(self.path))
        if "gzip" not in self.headers.get("Accept-Encoding", "") or not is_current(file):
            return super().send_head()
        copy = copy_of(file)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(copy.stat().st_size))
        self.send_header("Last-Modified", self.date_time_string(file.stat().st_mtime))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return copy.open("rb")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder`; gives its address without a slash at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
