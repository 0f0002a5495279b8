"""What a text is known by: the same text has the same digest, on every machine."""

import hashlib


def text_digest(text: str, digits: int) -> str:
    """The first `digits` hex digits of its SHA-256, also of a text with halves of letters."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:digits]
