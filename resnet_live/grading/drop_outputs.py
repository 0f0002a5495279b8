"""A notebook's text without its outputs, which may weigh hundreds of megabytes: dropped before the JSON is read."""

from __future__ import annotations

import mmap
import re

# A string, or a bracket outside of strings. The quantifiers are possessive: no text can make them go back and forth.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_ARRAY = re.compile(rb"\s*+:\s*+\[")


def without_outputs(data: bytes | mmap.mmap) -> bytes:
    """The same JSON with an empty array behind each key `outputs`. What is no JSON comes back as it is, or cut short."""
    kept, done, at = [], 0, 0
    while token := _TOKEN.search(data, at):
        at = token.end()
        if token[0] == b'"outputs"' and (array := _ARRAY.match(data, at)):
            kept.append(data[done : array.end()])
            done = at = _end(data, array.end())
    return b"".join([*kept, data[done:]])


def _end(data: bytes | mmap.mmap, start: int) -> int:
    """Where the bracket stands that closes the array whose first byte is at `start`; the end of the data when none does."""
    depth = 1
    for token in _TOKEN.finditer(data, start):
        if token[0] in (b"[", b"{"):
            depth += 1
        elif token[0] in (b"]", b"}"):
            depth -= 1
        if depth == 0:
            return token.start()
    return len(data)
