"""What chapter 4's judge says of answers that differ in no more than an order."""

import pytest
import torch

from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import find


@pytest.mark.parametrize("first", ["conv1.weight", "spare.0.weight", "spare.0.bias"])
def test_of_several_strange_norms_the_answer_s_first_is_named(first):
    def grad_norms(model, loss):
        named = dict(model.named_parameters())
        trained = {name: value for name, value in named.items() if value.requires_grad}
        grads = dict(zip(trained, torch.autograd.grad(loss, list(trained.values()), allow_unused=True), strict=True))
        names = sorted(named, key=lambda name: name != first)
        return {name: -1.0 if grads.get(name) is None else float(grads[name].norm()) for name in names}

    judgements = judge(find("4.1"), observe("4.1", (grad_norms,), 1, "cpu"))
    feedback = next(one.feedback for one in judgements if one.check.key == "idle")
    assert feedback.seen.startswith(f"`{first}`")
