"""The bars of a vote, for the projector: what the notebook shows."""

from html import escape

from resnet_live.code_in_text import code_as_html
from resnet_live.figures import Picture
from resnet_live.palette import css

LARGE = "padding:.3em .8em;font-size:1.1rem"  # notebooks make tables small


def vote_bars(vote: dict) -> Picture:
    """A vote as the server gives it, with `counts`: a bar for each choice; the right one is marked when the vote is shown."""
    total, right = vote["total"], vote.get("right")
    rows, lines = [], [vote["ask"]]
    for text, count in zip(vote["choices"], vote["counts"], strict=True):
        share = round(100 * count / total) if total else 0
        mark = " ✓" if text == right else ""
        colour = css("ok") if mark else css("neutral")
        head, number = (f"{LARGE};text-align:{side}" for side in ("right", "left"))
        bar = f"background:{colour};height:1.4em;border-radius:3px;width:{max(share, 0.5)}%"
        rows.append(
            f"<tr><th scope='row' style='{head};font-weight:600'>{code_as_html(text)}{mark}</th>"
            f"<td style='width:60%;padding:.3em 0'><div style='{bar}'></div></td>"
            f"<td style='{number}'>{count} ({share}%)</td></tr>"
        )
        lines.append(f"  {'█' * round(share / 5):<20} {count:>3}  {text}{mark}")
    votes = f"{total} {'vote' if total == 1 else 'votes'}"
    html = (
        f"<div style='font-size:1.35em;max-width:52rem'><p><strong>{code_as_html(vote['ask'])}</strong></p>"
        f"<table style='width:100%;border-collapse:collapse' aria-label='{escape(votes)}'>{''.join(rows)}</table>"
        f"<p>{votes}</p></div>"
    )
    return Picture(html, "\n".join([*lines, votes]))
