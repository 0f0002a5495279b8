"""Judge answers that were given a model: play the same scenes again with the reference and known misconceptions, and compare.

An exercise has one function `play(generator, *answers, double)` in its observer, which gives scene after scene. The student's answer
plays it where it runs; the judge plays it here, on the CPU and in float64, from the same seed, as far as it must.
"""

from collections.abc import Callable, Iterable

import torch

from resnet_live.exercise.feedback import Feedback, Misconception
from resnet_live.exercise.judging.evidence import Evidence
from resnet_live.exercise.judging.module_checks import left_as_found
from resnet_live.exercise.observers.values import Scenes, Tree


class Played:
    """The scenes of a play by name. Each is played when it is first asked for, with all before it."""

    def __init__(self, scenes: Scenes, seed: int):
        self._scenes, self._seed = scenes, seed
        self._done: dict[str, Tree] = {}

    def __getitem__(self, key: str) -> Tree:
        """Raises KeyError where there is no such scene."""
        while key not in self._done:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self._seed)
                name, scene = next(self._scenes, (key, None))
            if scene is None:
                raise KeyError(key)
            self._done[name] = scene
        return self._done[key]


def replay(evidence: Evidence, play: Callable[..., Scenes], *answers: Callable) -> Played:
    """What `play` gives for these answers with the observation's seed, in float64 on the CPU."""
    made = (play, answers)
    return evidence.once(made, lambda: Played(play(evidence.generator(), *answers, double=True), evidence.seed))


def explaining(
    evidence: Evidence,
    play: Callable[..., Scenes],
    misconceptions: Iterable[Misconception],
    same: Callable[[dict, dict], bool],
    keys: Iterable[str],
) -> Misconception | None:
    """The first misconception with which all scenes named by `keys` come out as they did for the student.

    `same(seen, played)` compares one scene of each; a misconception that raises explains nothing.
    """
    keys = list(keys)
    for misconception in misconceptions:
        try:
            played = replay(evidence, play, misconception.answer)
            if all(same(evidence.seen[key], played[key]) for key in keys):
                return misconception
        except Exception:  # a misconception made for one network need not fit another
            continue
    return None


def no_graph(scenes: dict[str, dict], given: Callable[[str], str]) -> Feedback | None:
    """Feedback on a scene (see `call_with_model`) in which the model built a graph, or PyTorch no longer records any afterwards."""
    for key, scene in scenes.items():
        if any(call["graph"] for call in scene["noted"]):
            return Feedback(
                "the model's scores carry a graph",
                "scores without one",
                given(key),
                "Nobody goes back from here. `torch.no_grad()` spares the memory and the time; `eval()` does not, and `detach()` "
                "comes too late.",
            )
        if not scene["grad_mode"]:
            return Feedback(
                "PyTorch records no graphs any more after the call",
                "the gradient mode as it was",
                given(key),
                "`torch.set_grad_enabled(False)` stays on. Use `with torch.no_grad():` or the decorator.",
            )
    return None


def in_evaluation(scenes: dict[str, dict], given: Callable[[str], str]) -> Feedback | None:
    """Feedback on a scene in which a module was in training mode while the model ran."""
    for key, call in ((key, call) for key, scene in scenes.items() for call in scene["noted"]):
        training = [name for name, flag in call["training"].items() if flag]
        if training:
            return Feedback(
                f"`{training[0]}` ran in training mode",
                "every layer in evaluation mode",
                given(key),
                "In training mode batch norm uses the statistics of this very batch and dropout drops at random: `eval()` is "
                "missing, or comes too late.",
            )
    return None


def model_as_found(scenes: dict[str, dict], given: Callable[[str], str]) -> Feedback | None:
    """Feedback on a scene after which the model, or a tensor among the arguments, is not as it was."""
    for key, scene in scenes.items():
        if feedback := left_as_found(scene["before"], scene["after"], given(key)):
            return feedback
        if scene["changed"]:
            return Feedback(
                "a tensor that you were given was changed in place",
                "the inputs as they were before the call",
                given(key),
                "`+=`, `x[...] = …` and methods that end in `_` write into the caller's tensor.",
            )
    return None
