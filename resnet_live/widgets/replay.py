"""A class once more: a slider and a play button step through what was typed, what appeared, and how each failure was fixed."""

from html import escape
from typing import Any

import ipywidgets as w
from ipywidgets.widgets.widget_int import SliderStyle
from pygments.lexers import PythonLexer
from pygments.token import Token

from resnet_live.code_difference import changed_words
from resnet_live.palette import css
from resnet_live.widgets.drawing.controls import Control, Kit, message

FORMAT = 1
# Kinds of token that have a colour; what is not here, or in a kind that is here, has that of the text.
_TOKENS = (
    (Token.Comment, "c"),
    (Token.String, "q"),
    (Token.Number, "n"),
    (Token.Keyword, "w"),
    (Token.Operator.Word, "w"),
    (Token.Name.Function, "f"),
    (Token.Name.Class, "f"),
    (Token.Name.Decorator, "f"),
)
_CLOCKS = {
    "planned": "The time into the class is the minutes planned for the steps before, and what their cells took to run.",
    "recorded": "The time into the class is that of the clock in the room.",
}
_STYLE = (
    "<style>"
    ".rl-replay .widget-play{margin:0;width:auto;gap:.4rem}"
    ".rl-replay .widget-play .jupyter-button{flex:none;width:3.4rem;height:2.4rem}"
    ".rl-replay .rl-controls{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem 1.2rem}"
    ".rl-replay .rl-controls .widget-slider{flex:1 1 15rem;width:auto;margin:0}"
    ".rl-run pre{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4;margin:.35rem 0;padding:.5rem .7rem;border:0;"
    f"border-left:4px solid {css('neutral')};background:none;color:inherit;box-shadow:none;border-radius:0;"
    "font:.875rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
    ".rl-run pre.rl-wide{white-space:pre;overflow-x:auto;overflow-wrap:normal}"
    f".rl-run pre.rl-bad{{border-color:{css('error')}}}.rl-run pre.rl-amber{{border-color:{css('silent')}}}"
    f".rl-run pre.rl-code{{border-color:{css('residual')}}}.rl-run pre.rl-good{{border-color:{css('ok')}}}"
    ".rl-run p{margin:.5rem 0 .15rem;line-height:1.5;font-size:.95rem;max-width:none}"
    ".rl-run .rl-where{margin:.6rem 0 .2rem}.rl-about{font-size:.875rem;line-height:1.5;margin:1rem 0 0}"
    f".rl-run .w{{color:{css('residual')};font-weight:600}}.rl-run .q{{color:{css('ok')}}}.rl-run .n{{color:{css('extra')}}}"
    f".rl-run .c{{color:{css('neutral')};font-style:italic}}.rl-run .f{{color:{css('skip')}}}"
    # the difference: sign, colour at the side, and the changed words underlined
    ".rl-run .rl-line{display:block;text-decoration:none;padding-left:1.4em;text-indent:-1.4em}"
    f".rl-run del.rl-line{{color:{css('error')}}}.rl-run ins.rl-line{{color:{css('ok')}}}"
    ".rl-run .rl-line u{font-weight:700;text-decoration:underline 2px;text-underline-offset:3px}"
    "</style>"
)


def replay(data: dict[str, Any], seconds: float = 4.0) -> w.Widget:
    """The replay of a session.

    `data`: what `resnet-live live publish` writes as NAME.replay.json, or a recorded session of the course; `seconds`: how long
    the play button shows each cell. Raises ValueError when `data` is of another format or holds no cell.
    """
    runs = _runs(data)
    kit = Kit()
    slider = w.IntSlider(
        1, 1, len(runs), description="cell", style=SliderStyle(description_width="auto"), layout=w.Layout(width="auto")
    )
    chosen = Control(slider, "value", range(1, len(runs) + 1), 1)
    play = w.Play(
        value=1, min=1, max=len(runs), interval=round(1000 * seconds), show_repeat=False, layout=w.Layout(width="auto")
    )
    w.jslink((play, "value"), (slider, "value"))
    states = kit.stack(chosen, [kit.html(_state(runs, index)) for index in range(len(runs))])
    look = w.HTML(_STYLE, layout=w.Layout(display="none"))
    about = kit.html(f"<p class='rl-about'>{escape(data.get('about', ''))} {_CLOCKS[data['clock']]}</p>")
    controls = w.Box([play, slider], layout=w.Layout(width="100%")).add_class("rl-controls")
    return kit.figure("replay", look, controls, states, about)


def _runs(data: dict[str, Any]) -> list[dict]:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ValueError(
            f"This is no replay of format {FORMAT} (found: {found}). Make it with: resnet-live live publish RECORD"
        )
    if not data.get("runs"):
        raise ValueError("This replay holds no cell.")
    return data["runs"]


def _state(runs: list[dict], index: int) -> str:
    run = runs[index]
    parts = [_where(runs, index), message(_message(runs, index))]
    lines = run["difference"] if run["fixes"] and not run["wrong"] else []
    if any(sign != "+" for sign, _ in lines):
        parts += ["<p>What changed:</p>", _box("rl-good", _difference(lines))]
    elif lines:
        parts.append("<p>All of it is new:</p>")
    # a difference without gaps holds the whole code already
    if "\n".join(text for sign, text in lines if sign in " +…") != run["source"] or not parts[-1].startswith("<pre"):
        parts.append(_box("rl-code", highlighted(run["source"])))
    if run["output"]:
        parts += ["<p>It gives:</p>", _output(run)]
    if run["error"]:
        line = f"{run['error']}: {run['message']}" if run["message"] else run["error"]
        parts += ["<p>The error:</p>", _box("rl-bad", escape(line))]
    if not run["output"] and not run["error"]:
        parts.append("<p>It gives nothing to see.</p>")
    return f"<div class='rl-run'>{''.join(parts)}</div>"


def _where(runs: list[dict], index: int) -> str:
    run = runs[index]
    names = " › ".join(escape(name) for name in (run["title"], run["section"]) if name)
    return f"<p class='rl-where'>Cell {index + 1} of {len(runs)}{' · ' if names else ''}{names}</p>"


def _message(runs: list[dict], index: int) -> str:
    run = runs[index]
    words = [f"<strong>{escape(_name(run)).capitalize()}</strong>, {_clock(run['at'])} into the class."]
    if run["prompt"]:
        prompt = escape(run["prompt"])
        words.append(prompt if prompt[-1] in ".?!:" else f"{prompt}.")
    if run["error"]:
        words.append("<strong class='error'>✗ It fails.</strong>")
    elif run["wrong"]:
        words.append("<strong class='silent'>! It runs, and is wrong.</strong>")
    if run["wrong"] and run["fixed_by"] is not None:
        words.append(f"What fixes it: {_name(runs[run['fixed_by']])}, cell {run['fixed_by'] + 1}.")
    elif run["wrong"]:
        words.append("Nothing in this recording fixes it.")
    if run["fixes"]:
        fixed = " and ".join(_name(runs[other]) for other in run["fixes"])
        words.append(f"<strong class='ok'>✓ It fixes {escape(fixed)}.</strong>")
    words.append(f"Ran for {_seconds(run['seconds'])}.")
    return " ".join(words)


def _output(run: dict) -> str:
    style = "rl-amber" if run["wrong"] and not run["error"] else ""
    if not any(len(line) > 60 and "  " in line.strip() for line in run["output"].splitlines()):
        return _box(style, escape(run["output"]))
    # a table: it scrolls, and whoever has no mouse must be able to scroll it too
    table = f"class='rl-wide {style}' tabindex='0' role='region' aria-label='Output, a table'"
    return f"<pre {table}>{escape(run['output'])}</pre>"


def _difference(difference: list) -> str:
    lines, waiting = [], []
    for sign, text in [*difference, (" ", None)]:
        if sign in "+-" and text is not None:
            waiting.append((sign, text))
            continue
        lines += _changed(waiting)
        waiting = []
        if text is not None:
            lines.append(f"<span class='rl-line'>{'⋯' if sign == '…' else '&#160; ' + escape(text)}</span>")
    return "".join(lines)


def _changed(lines: list[tuple[str, str]]) -> list[str]:
    """Removed and added lines; words that changed are marked where one line stands for one."""
    gone, new = ([text for sign, text in lines if sign == wanted] for wanted in "-+")
    if len(gone) == len(new):
        pairs = [changed_words(old, now) for old, now in zip(gone, new, strict=True)]
        left, right = [old for old, _ in pairs], [now for _, now in pairs]
    else:
        left, right = [[(False, text)] for text in gone], [[(False, text)] for text in new]
    return [_line("del", "−", pieces) for pieces in left] + [_line("ins", "+", pieces) for pieces in right]


def _line(tag: str, sign: str, pieces: list[tuple[bool, str]]) -> str:
    whole = all(changed for changed, _ in pieces)
    words = "".join(
        f"<u>{escape(text)}</u>" if changed and not whole and text.strip() else escape(text) for changed, text in pieces
    )
    return f"<{tag} class='rl-line'>{sign} {words}</{tag}>"


def _box(style: str, html: str) -> str:
    cls = f" class='{style}'" if style else ""
    return f"<pre{cls}>{html}</pre>"


def highlighted(source: str) -> str:
    """Python code as HTML with short class names for keywords, text, numbers, comments and names that are defined."""
    pieces: list[tuple[str, str]] = []
    for token, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        style = next((style for kind, style in _TOKENS if token in kind), "")
        if pieces and (pieces[-1][0] == style or not text.strip()):
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + text)
        else:
            pieces.append((style, text))
    return "".join(f"<span class='{style}'>{escape(text)}</span>" if style else escape(text) for style, text in pieces)


def _name(run: dict) -> str:
    return f"step {run['step']}" if run["step"] else "a cell beside the plan"


def _clock(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min {int(seconds % 60):02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def _seconds(seconds: float) -> str:
    if seconds < 0.1:
        return "less than a tenth of a second"
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"
