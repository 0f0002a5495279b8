"""Compare what a step's names give with what the chapter's give: the same weights, the same inputs, other code."""

import copy
import io
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from resnet_live.live import step_names
from resnet_live.live.chapter import Chapter
from resnet_live.live.check.chapter_slice import chapter_namespace, is_written, step_on
from resnet_live.live.check.compare_values import CAUGHT, Raised, alike, describe_value

SEED = 20
_BROKEN = ("NameError", "AttributeError", "TypeError", "ImportError")


class NotComparable(Exception):
    """There is nothing to compare with, or the comparison itself cannot be made; the text says why."""


class _Filler:
    """`filled` of one evaluation, and the weights that the modules which it filled have."""

    def __init__(self) -> None:
        self.weights: Counter = Counter()

    def filled(self, module: Any) -> Any:
        """A copy of a module in training mode, whose parameters depend on nothing but their shape and role, so that the same
        layers under other names and in another order give the same. γ is moved away from 0; chance begins anew."""
        import torch
        from torch import nn
        from torch.nn.parameter import is_lazy

        if not isinstance(module, nn.Module):
            raise TypeError(f"a {type(module).__name__} is no nn.Module")
        made = copy.deepcopy(module).cpu().train()
        for name, value in made.named_parameters():
            if is_lazy(value):
                raise NotComparable("its layers have no weights before the first run")
            role = name.rpartition(".")[2] if value.ndim == 1 else "weight"
            generator = torch.Generator().manual_seed(zlib.crc32(f"{role} {tuple(value.shape)}".encode()))
            drawn = torch.randn(value.shape, generator=generator)
            if value.ndim == 1:
                value.data = 0.3 * drawn + (role == "weight")
            else:
                value.data = drawn / max(1, value[0].numel()) ** 0.5
                self.weights[tuple(value.shape)] += 1
        for layer in made.modules():
            if isinstance(layer, nn.modules.batchnorm._NormBase):
                layer.reset_running_stats()
        torch.manual_seed(SEED)
        return made


def outcome(expression: str, namespace: dict[str, Any]) -> tuple[Any, Counter]:
    """What `expression` gives with the names of `namespace`, a Raised when it raises; and the weights that it used."""
    import torch

    filler = _Filler()
    space = {**namespace, "filled": filler.filled, "randn": torch.randn, "raises": _raises}
    return _called(lambda: eval(compile(expression, "<check>", "eval"), space)), filler.weights


def _called(call: Callable[[], Any]) -> Any:
    """What a call gives, a Raised when it raises."""
    try:
        return call()
    except NotComparable:
        raise
    except CAUGHT as error:
        return Raised(type(error).__name__, _message(error))


def _raises(call: Callable[[], Any]) -> bool:
    """Whether the call raises: `raises(lambda: block(x))`."""
    return isinstance(_called(call), Raised)


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # somebody's own exception
        return ""


def compare(expression: str, chapter: Chapter, position: int, namespace: dict[str, Any]) -> str | None:
    """How what `expression` gives with the user's `namespace` differs from what it gives with the names as the step at
    `position` makes them, as a sentence; None when it is the same.

    The step is run on the user's own names where that can be, and on the chapter's: it is enough to be like one of them. Raises
    NotComparable.
    """
    names, step = step_names.refs(expression), chapter.steps[position]
    with quiet():
        seen, weights = outcome(expression, namespace)
        planned: list[Any] = []
        made = names & step_names.defs_of(step)
        # Values rest on the class's own; code is compared with the chapter's too, where the class's own does not fit it.
        for own in (True, False) if not made or is_written(step, made) else (True,):
            try:
                space = step_on(namespace, step, names) if own else chapter_namespace(chapter, position, names)
            except CAUGHT:
                continue  # the user's own names do not fit the chapter's code
            if space is None:
                continue
            wanted, planned_weights = outcome(expression, space)
            # An error on the user's own names may come from these, and one of these kinds from the slice.
            if isinstance(wanted, Raised) and (own or wanted.name in _BROKEN):
                continue
            if alike(wanted, seen):
                if weights != planned_weights and _holds_tensor(wanted):
                    raise NotComparable("the outputs agree, and the layers have other weights than planned")
                return None
            planned.append(wanted)
    if not planned:
        raise NotComparable("the chapter's own code cannot be run here")
    return _difference(expression, planned[0], seen)


def _holds_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor) or (isinstance(value, list | tuple) and any(map(_holds_tensor, value)))


def _difference(expression: str, planned: Any, seen: Any) -> str:
    text = expression.replace("filled(", "(") if "filled(" in expression else expression
    given, other = describe_value(seen), describe_value(planned)
    if isinstance(seen, Raised):
        return f"`{text}` raises {given}"
    if isinstance(planned, Raised):
        return f"`{text}` gives {given}; planned is {other}"
    if given == other:
        return f"`{text}` gives other numbers than the step's own, for the same weights and inputs"
    return f"`{text}` gives {given}, not {other}"


@contextmanager
def quiet() -> Iterator[None]:
    """Known random numbers within and the caller's afterwards; nothing is printed, and no gradient mode is left behind."""
    from resnet_live.exercise.observers import undisturbed

    printed = io.StringIO()
    with (
        undisturbed(SEED),
        warnings.catch_warnings(action="ignore"),
        redirect_stdout(printed),
        redirect_stderr(printed),
    ):
        yield
