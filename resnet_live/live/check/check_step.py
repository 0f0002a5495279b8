"""`%check_step`: whether what was typed for a step gives what the step should, however it is written.

What only a name, a shape, a value or an error can tell is compared; where it may be right in another way, the verdict is
"cannot tell". What a step should give comes from `reference`.
"""

import inspect
import re
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape

from resnet_live.code_in_text import code_as_html
from resnet_live.live import step_names
from resnet_live.live.cell_text import body
from resnet_live.live.chapter import LiveError, Step
from resnet_live.live.check import expected_outcomes, printed_values, probe_class, uses, value_summary
from resnet_live.palette import css

OK, NO, UNSURE = "ok", "no", "unsure"

MARKS = {OK: "✓", NO: "✗", UNSURE: "?"}
_COLOURS = {OK: "ok", NO: "error", UNSURE: "silent"}
_HEADS = {OK: "as it should be", NO: "not yet", UNSURE: "cannot tell"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `status` (OK, NO or UNSURE) and a sentence or two, with `code` between backticks."""

    status: str
    text: str


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found on step `step`. Shown as HTML in a notebook, as text elsewhere."""

    step: Step
    findings: tuple[Finding, ...]

    @property
    def status(self) -> str:
        """OK, NO or UNSURE."""
        found = {finding.status for finding in self.findings}
        return NO if NO in found else UNSURE if UNSURE in found else OK

    @property
    def lines(self) -> list[str]:
        """The verdict in plain text: a head, then what was found; what fits is left out where something does not."""
        head = f"{MARKS[self.status]} Step {self.step.number}: {_HEADS[self.status]}"
        lines = [head] + [f"{MARKS[finding.status]} {finding.text}" for finding in self._told()]
        if self.status == NO:
            lines.append(f"The step: {self.step.prompt}")
        return lines

    def _told(self) -> list[Finding]:
        return [finding for finding in self.findings if self.status == OK or finding.status != OK]

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)

    @property
    def html(self) -> str:
        """The same for a notebook; it needs no style sheet."""
        head, *rest = self.lines
        items = "".join(f"<li>{code_as_html(line)}</li>" for line in rest)
        colour = css(_COLOURS[self.status])
        return (
            f'<div style="border-left:4px solid {colour};padding-left:.8em;line-height:1.5;max-width:52rem" role="status">'
            f'<strong style="color:{colour}">{escape(head)}</strong>'
            f'<ul style="list-style:none;margin:.2em 0;padding:0">{items}</ul></div>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text


def check_step(room, number: str | None = None, patience: float = expected_outcomes.PATIENCE) -> Verdict:
    """Look at step `number` (default: the last that was run) of the room's chapter.

    Waits at most `patience` seconds for what the step should give. Raises LiveError when there is no chapter or no such step.
    """
    if room.chapter is None:
        raise LiveError("Which chapter is it? Say so first: %chapter 2")
    known = {step.number for step in room.chapter.steps}
    if number is None:
        number = next((run.step for run in reversed(room.runs) if run.step in known), None)
        if number is None:
            raise LiveError(
                f"No step has been run in this kernel yet. Name one: %check_step {room.chapter.steps[0].number}"
            )
    step = room.chapter.step(number)
    runs, after = _split([run for run in room.runs if run.step is None or run.step in known], room.chapter, step)
    if not runs:
        text = f"No cell of step {step.number} has been run in this kernel. Run it, or `%catchup {step.number}`, and ask again."
        if step.number in room.alive:
            text = f"Step {step.number} was run by `%catchup`, as the chapter has it: nothing typed to look at."
        return Verdict(step, (Finding(UNSURE, text),))
    failed = _unplanned(step, runs)
    if failed:
        return Verdict(step, (failed,))
    try:
        expected = expected_outcomes.outcome_of(room.chapter, step.number, patience)
    except expected_outcomes.NotReady as error:
        return Verdict(step, (Finding(UNSURE, str(error)),))
    if expected["error"] and not step.raises:
        text = f"The rehearsal in the background failed at this step too ({expected['error']}), so there is nothing to compare with."
        return Verdict(step, (Finding(UNSURE, text),))
    findings = [
        *_error(step, expected, runs),
        *_shown(step, expected, runs),
        *_names(room, step, expected, runs, after),
    ]
    if not findings:
        findings = [_nothing_to_see(step, runs)]
    return Verdict(step, tuple(findings))


def _nothing_to_see(step: Step, runs: list) -> Finding:
    if not step.typed or any(body(run.source) == body(step.source) for run in runs):
        return Finding(OK, "It ran through, and nothing more is asked of it.")
    return Finding(UNSURE, "It ran through. What the step does shows only in the steps that follow.")


# ---- which cells belong to the step ---------------------------------------------------------------------------------


def _split(runs: list, chapter, step: Step) -> tuple[list, list]:
    """The runs of `step`: its last headed cell and the cells without a header that follow; and all runs after these."""
    last = max((place for place, run in enumerate(runs) if run.step == step.number), default=None)
    if last is None:
        # Typed without the header: what stands after the last earlier step, when no later one came in between.
        last = max((place for place, run in enumerate(runs) if run.step), default=-1)
        if last >= 0 and chapter.position(runs[last].step) + 1 != chapter.position(step.number):
            return [], []
        return runs[last + 1 :], []
    end = next((place for place in range(last + 1, len(runs)) if runs[place].step), len(runs))
    return runs[last:end], runs[end:]


# ---- errors ----------------------------------------------------------------------------------------------------------


def _unplanned(step: Step, runs: list) -> Finding | None:
    """What to say when the step raised and should not."""
    if step.raises or not runs[0].error or not all(run.error for run in runs):
        return None
    last = runs[-1]
    return Finding(
        NO,
        f"It raised `{last.error}`: {_one_line(last.message)}. No error is planned here. Read it, fix the cell, run it again.",
    )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"


def _error(step: Step, expected: dict, runs: list) -> list[Finding]:
    if not step.raises or not expected["error"]:
        return []
    wanted, message = expected["error"], expected["message"]
    planned = f"`{wanted}`" + (f": {_one_line(message)}" if message else "")
    raised = [run for run in runs if run.error]
    same = [run for run in raised if run.error == wanted]
    if any(message is None or _same_message(message, run.message) for run in same):
        return [Finding(OK, f"That is the planned error: `{wanted}`.")]
    if message and any(_one_line(message) in _one_line(_evidence([run])) for run in runs):
        return [Finding(OK, f"It shows the text of the planned error, `{wanted}`.")]
    if same:
        text = f"It raised the planned kind of error with another text: {_one_line(same[-1].message)}."
        return [Finding(NO, f"{text} Planned is {planned}.")]
    if raised:
        return [Finding(NO, f"It raised `{raised[-1].error}`: {_one_line(raised[-1].message)}. Planned is {planned}.")]
    text = f"It ran through. This step is planned to fail with {planned}. Nothing is broken; `%mistake {step.number}` shows the error."
    return [Finding(NO, text)]


def _same_message(expected: str, seen: str) -> bool:
    if expected == seen:
        return True
    named, found = (set(re.findall(r"['\"`]([^'\"`]+)['\"`]", text)) for text in (expected, seen))
    if named and not named & found:
        return False
    _, missing = printed_values.compare(printed_values.lines(expected), seen)
    return not missing  # x + f(x) or f(x) + x: the same two sizes in another order


# ---- what is shown ---------------------------------------------------------------------------------------------------


def _evidence(runs: list) -> str:
    """Everything that the runs showed as text."""
    parts = []
    for run in runs:
        for output in run.outputs:
            if output["output_type"] == "stream":
                parts.append(output["text"])
            elif "data" in output:
                plain = output["data"].get("text/plain", "")
                parts.append("".join(plain) if isinstance(plain, list) else str(plain))
    return "\n".join(parts)


def _shown(step: Step, expected: dict, runs: list) -> list[Finding]:
    if not step.typed or step.raises:
        return []
    result, text = _result(expected, runs), _printed(expected, runs)
    if not expected["chancy"] or not _evidence(runs).strip():
        return [*result, *text]
    # What depends on a training may agree twice by chance; a shape does not.
    doubtful = text if (expected["result"] or {}).get("type") == "Size" else [*result, *text]
    return [Finding(UNSURE, f.text) if f in doubtful and f.status == NO else f for f in [*result, *text]]


def _result(expected: dict, runs: list) -> list[Finding]:
    wanted = expected["result"]
    if wanted is None or wanted["kind"] in ("any", "none"):
        return []
    seen = [value_summary.summarise(run.result) for run in runs if run.has_result]
    differences = [value_summary.difference(wanted, summary, "the value") for summary in seen]
    if None in differences:
        return [Finding(OK, f"The value is {value_summary.words(seen[differences.index(None)])}.")]
    text = _evidence(runs)
    values, texts = _values(wanted)
    said = f"The step shows {value_summary.words(wanted)}."
    verdict, missing = printed_values.compare([values], text) if values else (printed_values.UNCLEAR, [])
    comparable = [d for d, s in zip(differences, seen, strict=True) if _same_form(wanted, s)]
    if verdict == printed_values.FITS and comparable and all(len(_values(s)[0]) != len(values) for s in seen):
        return [Finding(NO, f"{_sentence(comparable[-1])}.")]  # all values are there, and others in the same places
    if values and verdict == printed_values.FITS and all(part in text for part in texts if len(part) < 40):
        return [Finding(OK, "What it shows fits.")]
    if not values and texts and all(part.casefold() in text.casefold() for part in texts):
        return [Finding(OK, "What it shows fits.")]
    if not _shows(runs):
        if not values and not texts and wanted["kind"] not in ("array", "module", "frame"):
            return []  # an answer like "all keys matched" that nobody asked for
        return [Finding(NO, f"{said} Nothing is shown yet: put it on the last line of the cell, or print it.")]
    if comparable and not (wanted["kind"] == "text" and verdict != printed_values.DIFFERS):
        return [Finding(NO, f"{_sentence(comparable[-1])}.")]
    if values and verdict == printed_values.DIFFERS:
        return [Finding(NO, f"{said} {_not_there(missing, text)}")]
    if not values and not texts:
        alike = any(one == other for one, other in (_kinds(wanted, summary) for summary in seen))
        if alike or (wanted["kind"] in ("bool", "int", "float", "array", "sequence") and printed_values.lines(text)):
            return []  # the same kind of thing, and what it says is chance
    return [Finding(UNSURE, f"{said} Here it is shown in another form: compare it yourself.")]


def _kinds(wanted: dict, seen: dict) -> tuple[str, str]:
    one, other = value_summary.alike(wanted, seen)
    return one["kind"], other["kind"]


def _same_form(wanted: dict, seen: dict) -> bool:
    one, other = value_summary.alike(wanted, seen)
    if one["kind"] != other["kind"]:
        return False
    return one["kind"] not in ("sequence", "mapping") or one.get("length") == other.get("length")


def _values(summary: dict) -> tuple[list[str], list[str]]:
    """The values in a summary as `printed` reads them, and its texts that hold none."""
    kind = summary["kind"]
    if kind in ("bool", "int", "float"):
        value = summary.get("value")
        if value is None:
            return [], []
        return [f"{value:.8e}" if isinstance(value, float) else str(value)], []
    if kind == "none":
        return ["None"], []
    if kind == "text" and "value" in summary:
        values = [value for line in printed_values.lines(summary["value"]) for value in line]
        return (values, []) if values else ([], [summary["value"]])
    if kind == "array":
        return [f"{v:.8e}" if isinstance(v, float) else str(v) for v in summary.get("values", ())], []
    parts = summary.get("items", summary.get("values", ()))
    values, texts = [], []
    for part in parts.values() if isinstance(parts, dict) else parts:
        if isinstance(part, dict):
            more, words = _values(part)
            values += more
            texts += words
    return values, texts


def _printed(expected: dict, runs: list) -> list[Finding]:
    wanted = expected["printed"]
    if not wanted:
        return []
    text = _evidence(runs)
    if not _shows(runs):
        line = " ".join(wanted[0])
        return [
            Finding(
                NO, f"The step prints {len(wanted)} lines with values, the first with {line}. Nothing is shown yet."
            )
        ]
    verdict, missing = printed_values.compare(wanted, text)
    if verdict == printed_values.FITS:
        return [Finding(OK, "What it prints fits.")]
    if verdict == printed_values.DIFFERS:
        return [Finding(NO, _not_there(missing, text))]
    return [Finding(UNSURE, f"{_not_there(missing, text)} If it is said in another way: compare it yourself.")]


def _shows(runs: list) -> bool:
    return any(output["output_type"] != "error" for run in runs for output in run.outputs)


def _not_there(missing: list[str], text: str) -> str:
    seen = [value for line in printed_values.lines(text) for value in line]
    some = ", ".join(_number(value) for value in seen[:8]) + (" …" if len(seen) > 8 else "")
    what = f"Seen: {some}." if seen else "No such values are seen."
    if not missing:
        return f"{what} The same values are expected in another order."
    listed = ", ".join(_number(value) for value in missing[:6]) + (" …" if len(missing) > 6 else "")
    return f"{what} Expected as well: {listed}."


def _number(value: str) -> str:
    return f"{float(value):.6g}" if re.fullmatch(r"-?\d\.\d{8}e[-+]\d+", value) else value


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


# ---- names that later steps need ---------------------------------------------------------------------------------------


def _names(room, step: Step, expected: dict, runs: list, after: list) -> list[Finding]:
    place = room.chapter.position(step.number)
    here = frozenset().union(*(step_names.defs(run.source) for run in runs))
    anew = frozenset().union(*(step_names.defs(run.source) for run in after))
    touched = frozenset().union(*(step_names.refs(run.source) for run in after))
    space = room.shell.user_ns
    findings = []
    for name, summary in expected["names"].items():
        if name in anew:
            continue  # a later cell made it anew; what this one made is gone
        found = _name(name, summary, expected, here, space, room.chapter, place)
        if found is None:
            continue
        if found.status == NO and name in touched and name in space:
            found = Finding(UNSURE, f"{found.text} A later cell used it, and may have changed it.")
        findings.append(found)
    good = [name for name in expected["names"] if name not in anew]
    if good and not findings and step.typed:
        listed = ", ".join(f"`{name}`" for name in good[:6]) + (" …" if len(good) > 6 else "")
        findings.append(Finding(OK, f"What later steps need is there: {listed}."))
    return findings


def _name(
    name: str, summary: dict, expected: dict, here: frozenset, space: dict, chapter, place: int
) -> Finding | None:
    """What is wrong with `name`; None when it fits."""
    user = step_names.next_use(chapter, name, place + 1)
    where = f"step {user.number}" if user else "later steps"
    made = name in step_names.defs_of(chapter.steps[place])
    differs = None
    if name in space:
        differs = value_summary.difference(summary, value_summary.summarise(space[name]), f"`{name}`")
    opaque = summary["kind"] in ("function", "class")
    if name not in space or (made and name not in here and (differs or opaque)):
        other = _other_name(name, summary, expected, here, space)
        if other:
            return Finding(
                NO, f"Later steps ({where} first) call it `{name}`. Your `{other}` fits: add `{name} = {other}`."
            )
    if name not in space:
        near = get_close_matches(name, [own for own in here if own not in expected["names"]], 1)
        hint = f" Is `{near[0]}` meant to be it? Then add `{name} = {near[0]}`." if near else ""
        return Finding(NO, f"`{name}` is missing: {where} needs it under this name.{hint}")
    if differs:
        return Finding(NO, f"{_sentence(differs)}. {_sentence(where)} builds on it.")
    return _use(name, summary, expected, space, chapter, place)


def _other_name(name: str, summary: dict, expected: dict, here: frozenset, space: dict) -> str | None:
    """A name made here that fits in the place of `name`: the most alike of those that are not expected themselves."""
    if summary["kind"] in ("any", "package"):
        return None
    fitting = []
    for own in sorted(here - set(expected["names"])):
        if own in space:
            seen = value_summary.summarise(space[own])
            kinds = [one["kind"] for one in value_summary.alike(summary, seen)]
            if kinds[0] == kinds[1] and value_summary.difference(summary, seen) is None:
                fitting.append(own)
    return (get_close_matches(name, fitting, 1, 0.0) or [None])[0]


def _use(name: str, summary: dict, expected: dict, space: dict, chapter, place: int) -> Finding | None:
    """Whether later steps can use `name` as they use what the chapter has."""
    value = space[name]
    if summary["kind"] in ("function", "class") and summary.get("parameters") is not None:
        planned = _signature(summary["parameters"])
        try:
            own = inspect.signature(value)
        except (TypeError, ValueError):
            own = None
        for call in uses.calls(chapter, name, place + 1) if own and planned else ():
            if call.fits(planned) and not call.fits(own):
                return Finding(
                    NO, f"Step {call.step} calls `{_short(call.text)}`. Your `{name}{_plain(own)}` cannot be called so."
                )
    for attribute in expected.get("attributes", {}).get(name, ()):
        if not _has(value, attribute):
            return Finding(NO, f"`{name}` has no `{attribute}`: later steps use `{name}.{attribute}`.")
    for text, planned in expected.get("tries", {}).get(name, {}).items():
        if probe_class.is_module_class(value) and (
            found := probe_class.difference(planned, probe_class.try_out(text, space), text)
        ):
            return Finding(NO, found)
    return None


def _has(value, attribute: str) -> bool:
    try:
        return hasattr(value, attribute)
    except Exception:  # a property of somebody's class
        return True


def _signature(parameters: list[list]) -> inspect.Signature | None:
    try:
        return inspect.Signature(
            [
                inspect.Parameter(
                    name, inspect._ParameterKind[kind], default=None if optional else inspect.Parameter.empty
                )
                for name, kind, optional in parameters
            ]
        )
    except (ValueError, AttributeError):
        return None


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


def _plain(signature: inspect.Signature) -> str:
    try:
        return _short("(" + ", ".join(signature.parameters) + ")")
    except Exception:
        return "(…)"
