"""The half of an exercise that touches a student's answer: make inputs, call, note what happened.

This folder needs only torch, NumPy (and fastai where an exercise is about it), uses relative imports, and knows neither
references nor judgements: a grader copies it into the place where untrusted code runs, and nothing else of the package.
One module a chapter, `observe_chNN.py`, with `OBSERVERS = {"2.3": Observer, …}`.
"""

import contextlib
import importlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from .calls import Observer
from .inputs import InputGenerator
from .values import Tree


def observe(exercise: str, answers: tuple, seed: int, device: str | None = None, using: Observer | None = None) -> Tree:
    """Observe the answers to one exercise: a tree that `serialize.serialize` takes.

    `exercise`: its id; `answers`: the student's functions or classes in the order of the definition's names; `seed`: of the inputs;
    `device`: default the best one here; `using`: the exercise's observer, where it has been looked up before. The caller's random
    state, gradient mode and precision settings are put back afterwards.
    """
    generator = InputGenerator(seed, device)
    with undisturbed(seed):
        seen = (using or observer(exercise)).run(generator, *answers)
    return {"exercise": exercise, "seed": seed, "device": generator.device.type, "seen": seen}


def observer(exercise: str) -> Observer:
    """The observer of this exercise id. Raises KeyError when there is none."""
    chapter = int(exercise.split(".")[0])
    return importlib.import_module(f".observe_ch{chapter:02d}", __package__).OBSERVERS[exercise]


@contextlib.contextmanager
def undisturbed(seed: int) -> Iterator[None]:
    """Known random state and full precision within; the caller's afterwards."""
    python, numpy, grad = random.getstate(), np.random.get_state(), torch.is_grad_enabled()
    tf32, precision = torch.backends.cudnn.allow_tf32, torch.get_float32_matmul_precision()
    onednn = torch.backends.mkldnn.enabled
    with torch.random.fork_rng():
        try:
            random.seed(seed)
            np.random.seed(seed % 2**32)
            torch.manual_seed(seed)
            torch.set_grad_enabled(True)
            # TensorFloat-32 would cost a right answer its last digits on some GPUs
            torch.backends.cudnn.allow_tf32 = False
            # oneDNN compiles a kernel for each new shape of a convolution: with many small inputs that is nearly all of the time
            torch.backends.mkldnn.enabled = False
            torch.set_float32_matmul_precision("highest")
            yield
        finally:
            torch.backends.cudnn.allow_tf32 = tf32
            torch.backends.mkldnn.enabled = onednn
            torch.set_float32_matmul_precision(precision)
            torch.set_grad_enabled(grad)
            random.setstate(python)
            np.random.set_state(numpy)
