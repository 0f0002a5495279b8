"""Whether the cells of a step raise, show and print what the step should."""

import re

from resnet_live.live.cell_text import body
from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.check import compare_summaries, printed_values, value_summary
from resnet_live.live.check.compute_outcomes import ExpectedOutcome
from resnet_live.live.check.printed_values import PrintedMatch
from resnet_live.live.check.value_summary import Summary
from resnet_live.live.check.verdict import Finding, StepStatus, as_sentence, one_line
from resnet_live.live.kernel.capture import ExecutedCell
from resnet_live.live.kernel.display import numbers


def check_error(
    chapter: Chapter, step: Step, expected: ExpectedOutcome, cells: list[ExecutedCell], causes: list[Step]
) -> list[Finding]:
    """What is to say about the error of a step of `chapter` that is planned to fail; nothing about others.

    `causes`: the steps that it counts on and that did not run as planned.
    """
    if not step.raises or not expected["error"]:
        return []
    wanted, message = expected["error"], expected["message"]
    planned = f"`{wanted}`" + (f": {one_line(message)}" if message else "")
    raised = [cell for cell in cells if cell.error]
    same = [cell for cell in raised if cell.error == wanted]
    if any(message is None or _same_message(message, cell.message) for cell in same):
        return [Finding(StepStatus.OK, f"That is the planned error: `{wanted}`.")]
    if message and any(one_line(message) in one_line(_evidence([cell])) for cell in cells):
        return [Finding(StepStatus.OK, f"It shows the text of the planned error, `{wanted}`.")]
    if same:
        text = f"It raised the planned kind of error with another text: {one_line(same[-1].message)}."
        return [Finding(StepStatus.WRONG, f"{text} Planned is {planned}.")]
    if raised:
        return [
            Finding(
                StepStatus.WRONG,
                f"It raised `{raised[-1].error}`: {one_line(raised[-1].message)}. Planned is {planned}.",
            )
        ]
    text = f"It ran through. This step is planned to fail with {planned}. Nothing is broken"
    if causes:
        before = chapter.steps[chapter.position(step.number) - 1].number
        text += f": {numbers(causes)} did not run as planned. After `%catchup {before}` it fails when it is run again."
    elif all(body(cell.source) != body(step.source) for cell in cells):
        text += f"; `%mistake {step.number}` shows the error."
    else:
        text += "."
    return [Finding(StepStatus.WRONG, text)]


def _same_message(expected: str, seen: str) -> bool:
    if expected == seen:
        return True
    named, found = (set(re.findall(r"['\"`]([^'\"`]+)['\"`]", text)) for text in (expected, seen))
    if named and not named & found:
        return False
    _, missing = printed_values.compare(printed_values.lines(expected), seen)
    return not missing  # x + f(x) or f(x) + x: the same two sizes in another order


def _evidence(cells: list[ExecutedCell]) -> str:
    """Everything that the cells showed as text."""
    parts = []
    for cell in cells:
        for output in cell.outputs:
            if output["output_type"] == "stream":
                parts.append(output["text"])
            elif "data" in output:
                plain = output["data"].get("text/plain", "")
                parts.append("".join(plain) if isinstance(plain, list) else str(plain))
    return "\n".join(parts)


def check_shown(step: Step, expected: ExpectedOutcome, cells: list[ExecutedCell]) -> list[Finding]:
    """What is to say about the value and the text that a typed step shows."""
    if not step.typed or step.raises:
        return []
    result, text = _result(expected, cells), _printed(expected, cells)
    if not expected["chancy"] or not _evidence(cells).strip():
        return [*result, *text]
    # What depends on a training may agree twice by chance; a shape does not.
    doubtful = text if (expected["result"] or {}).get("type") == "Size" else [*result, *text]
    return [
        Finding(StepStatus.UNSURE, f.text) if f in doubtful and f.status is StepStatus.WRONG else f
        for f in [*result, *text]
    ]


def _result(expected: ExpectedOutcome, cells: list[ExecutedCell]) -> list[Finding]:
    wanted = expected["result"]
    if wanted is None or wanted["kind"] in ("any", "none"):
        return []
    seen = [value_summary.summarise(cell.result) for cell in cells if cell.has_result]
    differences = [compare_summaries.difference(wanted, summary, "the value") for summary in seen]
    if None in differences:
        return [Finding(StepStatus.OK, f"The value is {compare_summaries.describe(seen[differences.index(None)])}.")]
    text = _evidence(cells)
    values, texts = _values(wanted)
    should = f"The step shows {compare_summaries.describe(wanted)}."
    match, missing = printed_values.compare([values], text) if values else (PrintedMatch.UNCLEAR, [])
    comparable = [d for d, s in zip(differences, seen, strict=True) if d and _same_form(wanted, s)]
    if match is PrintedMatch.FITS and comparable and all(len(_values(s)[0]) != len(values) for s in seen):
        # all values are there, and others in the same places
        return [Finding(StepStatus.WRONG, f"{as_sentence(comparable[-1])}.")]
    if values and match is PrintedMatch.FITS and all(part in text for part in texts if len(part) < 40):
        return [Finding(StepStatus.OK, "What it shows fits.")]
    if not values and texts and all(part.casefold() in text.casefold() for part in texts):
        return [Finding(StepStatus.OK, "What it shows fits.")]
    if not _shows(cells):
        if not values and not texts and wanted["kind"] not in ("array", "module", "frame"):
            return []  # an answer like "all keys matched" that nobody asked for
        return [
            Finding(
                StepStatus.WRONG, f"{should} Nothing is shown yet: put it on the last line of the cell, or print it."
            )
        ]
    if comparable and not (wanted["kind"] == "text" and match is not PrintedMatch.DIFFERS):
        return [Finding(StepStatus.WRONG, f"{as_sentence(comparable[-1])}.")]
    if values and match is PrintedMatch.DIFFERS:
        return [Finding(StepStatus.WRONG, f"{should} {_not_there(missing, text)}")]
    if not values and not texts:
        alike = any(one == other for one, other in (_kinds(wanted, summary) for summary in seen))
        if alike or (wanted["kind"] in ("bool", "int", "float", "array", "sequence") and printed_values.lines(text)):
            return []  # the same kind of thing, and what it says is chance
    return [Finding(StepStatus.UNSURE, f"{should} Here it is shown in another form: compare it yourself.")]


def _kinds(wanted: Summary, seen: Summary) -> tuple[str, str]:
    one, other = compare_summaries.alike(wanted, seen)
    return one["kind"], other["kind"]


def _same_form(wanted: Summary, seen: Summary) -> bool:
    one, other = compare_summaries.alike(wanted, seen)
    if one["kind"] != other["kind"]:
        return False
    return one["kind"] not in ("sequence", "mapping") or one.get("length") == other.get("length")


def _values(summary: Summary) -> tuple[list[str], list[str]]:
    """The values in a summary as `printed_values` reads them, and its texts that hold none."""
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
    inside = summary.get("items") or summary.get("values") or ()
    parts = list(inside.values()) if isinstance(inside, dict) else inside
    found = [_values(part) for part in parts if isinstance(part, dict)]
    return [value for values, _ in found for value in values], [text for _, texts in found for text in texts]


def _printed(expected: ExpectedOutcome, cells: list[ExecutedCell]) -> list[Finding]:
    wanted = expected["printed"]
    if not wanted:
        return []
    text = _evidence(cells)
    if not _shows(cells):
        line = " ".join(wanted[0])
        return [
            Finding(
                StepStatus.WRONG,
                f"The step prints {len(wanted)} lines with values, the first with {line}. Nothing is shown yet.",
            )
        ]
    match, missing = printed_values.compare(wanted, text)
    if match is PrintedMatch.FITS:
        return [Finding(StepStatus.OK, "What it prints fits.")]
    if match is PrintedMatch.DIFFERS:
        return [Finding(StepStatus.WRONG, _not_there(missing, text))]
    return [
        Finding(StepStatus.UNSURE, f"{_not_there(missing, text)} If it is said in another way: compare it yourself.")
    ]


def _shows(cells: list[ExecutedCell]) -> bool:
    return any(output["output_type"] != "error" for cell in cells for output in cell.outputs)


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
