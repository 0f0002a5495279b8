"""Sentences that a cell has worked out, as paragraphs of the page."""

import re
from html import escape

from resnet_live.figures import Picture


def message(*sentences: str) -> Picture:
    """Each sentence as a paragraph: unlike printed lines they wrap. `` `code` `` is set as code; no sentence shows nothing."""
    paragraphs = (re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(sentence, quote=False)) for sentence in sentences)
    return Picture("".join(f'<p class="rl-say">{paragraph}</p>' for paragraph in paragraphs), "\n".join(sentences))
