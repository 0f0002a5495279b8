"""Sentences that a cell has worked out, as paragraphs of the page."""

from resnet_live.code_in_text import code_as_html
from resnet_live.figures import Picture


def message(*sentences: str) -> Picture:
    """Each sentence as a paragraph: unlike printed lines they wrap. `` `code` `` is set as code; no sentence shows nothing."""
    paragraphs = "".join(f'<p class="rl-say">{code_as_html(sentence)}</p>' for sentence in sentences)
    return Picture(paragraphs, "\n".join(sentences))
