"""Which images a net was right on, kept in a recording as a short text: so that two nets can be compared image by image."""

from collections.abc import Sequence

import numpy as np


def pack(right: Sequence[bool]) -> str:
    """True or false for each image, as hexadecimal digits, four images each."""
    return np.packbits(np.asarray(right, dtype=bool)).tobytes().hex()


def unpack(digits: str, count: int) -> list[bool]:
    """What `pack` was given for `count` images. Raises ValueError when the text is not of so many."""
    bits: list[int] = np.unpackbits(np.frombuffer(bytes.fromhex(digits), np.uint8)).tolist()
    if not count <= len(bits) < count + 8:
        raise ValueError(f"These are the answers for {len(bits)} images or a few less, not for {count}.")
    return [bool(bit) for bit in bits[:count]]
