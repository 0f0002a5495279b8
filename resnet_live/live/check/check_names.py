"""Whether the names that later steps need are there, hold what they should, and can be used as later steps use them."""

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter, Step
from resnet_live.live.check import compare_summaries, later_uses, probe_class, value_summary
from resnet_live.live.check.compute_outcomes import ExpectedOutcome
from resnet_live.live.check.value_summary import Summary
from resnet_live.live.check.verdict import Finding, StepStatus, as_sentence
from resnet_live.live.kernel.capture import ExecutedCell


def check_names(
    chapter: Chapter,
    step: Step,
    expected: ExpectedOutcome,
    cells: list[ExecutedCell],
    after: list[ExecutedCell],
    namespace: dict[str, Any],
) -> list[Finding]:
    """What is to say about the names that `step` should leave in the user's `namespace`.

    `cells`: those of the step; `after`: those that ran after them.
    """
    position = chapter.position(step.number)
    here = _all_names(step_names.defs, cells)
    anew = _all_names(step_names.defs, after)
    touched = _all_names(step_names.refs, after)
    findings = []
    for name, summary in expected["names"].items():
        if name in anew:
            continue  # a later cell made it anew; what this one made is gone
        found = _name(name, summary, expected, here, namespace, chapter, position)
        if found is None:
            continue
        if found.status is StepStatus.WRONG and name in touched and name in namespace:
            found = Finding(StepStatus.UNSURE, f"{found.text} A later cell used it, and may have changed it.")
        findings.append(found)
    good = [name for name in expected["names"] if name not in anew]
    if good and not findings and step.typed:
        listed = ", ".join(f"`{name}`" for name in good[:6]) + (" …" if len(good) > 6 else "")
        findings.append(Finding(StepStatus.OK, f"What later steps need is there: {listed}."))
    return findings


def _all_names(names: Callable[[str], frozenset[str]], cells: list[ExecutedCell]) -> frozenset[str]:
    return frozenset().union(*(names(cell.source) for cell in cells))


def _name(
    name: str,
    summary: Summary,
    expected: ExpectedOutcome,
    here: frozenset[str],
    namespace: dict[str, Any],
    chapter: Chapter,
    position: int,
) -> Finding | None:
    """What is wrong with `name`; None when it fits."""
    user = step_names.next_use(chapter, name, position + 1)
    where = f"step {user.number}" if user else "later steps"
    made = name in step_names.defs_of(chapter.steps[position])
    differs = None
    if name in namespace:
        differs = compare_summaries.difference(summary, value_summary.summarise(namespace[name]), f"`{name}`")
    opaque = summary["kind"] in ("function", "class")
    if name not in namespace or (made and name not in here and (differs or opaque)):
        other = _other_name(name, summary, expected, here, namespace)
        if other:
            return Finding(
                StepStatus.WRONG,
                f"Later steps ({where} first) call it `{name}`. Your `{other}` fits: add `{name} = {other}`.",
            )
    if name not in namespace:
        near = get_close_matches(name, [own for own in here if own not in expected["names"]], 1)
        hint = f" Is `{near[0]}` meant to be it? Then add `{name} = {near[0]}`." if near else ""
        return Finding(StepStatus.WRONG, f"`{name}` is missing: {where} needs it under this name.{hint}")
    if differs:
        return Finding(StepStatus.WRONG, f"{as_sentence(differs)}. {as_sentence(where)} builds on it.")
    return _use(name, summary, expected, namespace, chapter, position)


def _other_name(
    name: str, summary: Summary, expected: ExpectedOutcome, here: frozenset[str], namespace: dict[str, Any]
) -> str | None:
    """A name made here that fits in the place of `name`: the most alike of those that are not expected themselves."""
    if summary["kind"] in ("any", "package"):
        return None
    fitting = []
    for own in sorted(here - set(expected["names"])):
        if own in namespace:
            seen = value_summary.summarise(namespace[own])
            kinds = [one["kind"] for one in compare_summaries.alike(summary, seen)]
            if kinds[0] == kinds[1] and compare_summaries.difference(summary, seen) is None:
                fitting.append(own)
    return next(iter(get_close_matches(name, fitting, 1, 0.0)), None)


def _use(
    name: str,
    summary: Summary,
    expected: ExpectedOutcome,
    namespace: dict[str, Any],
    chapter: Chapter,
    position: int,
) -> Finding | None:
    """Whether later steps can use `name` as they use what the chapter has."""
    value = namespace[name]
    if summary["kind"] in ("function", "class") and summary.get("parameters") is not None:
        planned = _signature(summary["parameters"])
        try:
            own = inspect.signature(value)
        except (TypeError, ValueError):
            own = None
        for call in later_uses.calls(chapter, name, position + 1):
            if own and planned and call.fits(planned) and not call.fits(own):
                return Finding(
                    StepStatus.WRONG,
                    f"Step {call.step} calls `{_short(call.text)}`. Your `{name}{_plain(own)}` cannot be called so.",
                )
    for attribute in expected["attributes"].get(name, ()):
        if not _has(value, attribute):
            return Finding(StepStatus.WRONG, f"`{name}` has no `{attribute}`: later steps use `{name}.{attribute}`.")
    for text, probed in expected["probes"].get(name, {}).items():
        if probe_class.is_module_class(value) and (
            found := probe_class.difference(probed, probe_class.probe(text, namespace), text)
        ):
            return Finding(StepStatus.WRONG, found)
    return None


def _has(value: object, attribute: str) -> bool:
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
