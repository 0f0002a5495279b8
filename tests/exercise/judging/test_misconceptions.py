"""Each misconception that the course knows reaches the report by its name: the instructor's table counts them."""

import pytest
import torch
from answers import answers
from torch import nn

from resnet_live.exercise import reference
from resnet_live.exercise.chapters import ch02, ch03, ch04, ch05, ch06, ch07, ch08, ch09
from resnet_live.exercise.feedback import Misconception
from resnet_live.exercise.judging import pooled_scores
from resnet_live.exercise.judging.judge import judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.registry import find

# What each is put in place of: the last of an exercise's answers, …
ANSWERS = {
    "2.1": ch02.CONV_MISCONCEPTIONS,
    "2.2": ch02.HALVING_MISCONCEPTIONS,
    "2.3": ch02.POOL_MISCONCEPTIONS,
    "2.4": ch02.ADAPTIVE_MISCONCEPTIONS,
    "3.2": ch03.CYCLE_MISCONCEPTIONS,
    "3.3": (
        *ch03.ACCURACY_MISCONCEPTIONS,
        *(Misconception(one.name, ch03.accuracy_by(one.answer), one.hint) for one in ch03.OTHER_RESIZES),
    ),
    "4.1": ch04.NORM_MISCONCEPTIONS,
    "5.4": ch05.OUTCOME_MISCONCEPTIONS,
    "6.4": ch06.DENSE_MISCONCEPTIONS,
    "8.1": ch08.STEP_MISCONCEPTIONS,
    "8.2": ch08.EVALUATE_MISCONCEPTIONS,
    "9.2": ch09.MIXUP_MISCONCEPTIONS,
}
# … the pool of a network with one linear layer, …
POOLS = (pooled_scores.POOLS, ch04.PLAIN_POOLS)
# … what stands behind that layer, and a part of 7.3's or 9.3's reference.
ENDS, RESNETS, STEMS = pooled_scores.ENDS, ch07.RESNET_MISCONCEPTIONS, ch09.STEM_MISCONCEPTIONS


def names(exercise: str, objects: tuple, seed: int = 1) -> list[str]:
    """The misconceptions that the report on these answers names."""
    judgements = judge(find(exercise), observe(exercise, objects, seed), strict=True)
    return [one.feedback.misconception for one in judgements if one.feedback]


@pytest.mark.parametrize(
    ("exercise", "misconception"),
    [(exercise, one) for exercise, known in ANSWERS.items() for one in known],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_an_answer_with_it(exercise, misconception):
    objects = (*reference.objects(exercise)[:-1], misconception.answer)
    assert misconception.name in names(exercise, objects)


def test_a_pool_and_what_stands_behind_the_linear_layer():
    generator = torch.Generator().manual_seed(0)
    maps, weights, bias = (
        torch.randn(size, generator=generator, dtype=torch.float64) for size in ((4, 6, 9), (5, 6), 5)
    )
    for pools, shape in zip(POOLS, ((4, 6, 9), (4, 6, 3, 3)), strict=True):
        for pool in pools:
            scores = pool.answer(maps.reshape(shape)) @ weights.T + bias
            found = pooled_scores.pooled_by(scores, [maps.reshape(shape)], [weights, bias], pools)
            assert found and found.name == pool.name
    for end in ENDS:
        scores = end.answer(maps.mean(2) @ weights.T + bias)
        found = pooled_scores.pooled_by(scores, [maps], [weights, bias])
        assert found and found.name == end.name
    assert pooled_scores.pooled_by(torch.zeros(4, 5), [maps], [weights, bias]) is None


# Those of 7.3 that are more than another part: known answers.
WRITTEN = {
    "no ReLU behind the sum": "no ReLU behind the sum",
    "no ReLU between the convolutions": "no ReLU between",
    "stride in the second convolution": "the stride in the second convolution",
}


@pytest.mark.slow
@pytest.mark.parametrize("misconception", RESNETS, ids=lambda one: one.name)
def test_a_network_with_it(misconception):
    written = WRITTEN.get(misconception.name, "a Sequential with names, an empty Sequential as downsample")
    (known,) = [one for one in answers("7.3") if one.name == written]
    (resnet,) = known.objects()

    def changed(depths, n_classes=1000):
        model = resnet(depths, n_classes)
        if misconception.name not in WRITTEN:
            misconception.answer(model)
        return model

    assert misconception.name in names("7.3", (changed,))


@pytest.mark.parametrize("misconception", STEMS, ids=lambda one: one.name)
def test_a_stem_with_it(misconception):
    (stem,) = reference.objects("9.3")
    rest = type("Rest", (nn.Module,), {"forward": lambda self, x: misconception.answer(x)})

    def changed(ni=3, widths=(32, 32, 64)):
        model = stem(ni, widths)
        model[2].act, model[3] = nn.Identity(), rest()
        return model

    assert misconception.name in names("9.3", (changed,))


@pytest.mark.parametrize(
    ("exercise", "answer", "name"),
    [
        ("5.3", "γ not zero", "γ is not 0"),
        ("5.3", "no x", "no skip path"),
        ("5.3", "a ReLU after the sum", "ReLU behind the sum"),
        ("5.3", "x changed in place", "input changed in place"),
        ("6.1", "F(x) taken away from x", "F(x) subtracted"),
        ("6.1", "max-pooling", "pool on the skip path: max"),
        ("6.1", "the skip path cut by detach()", "path without a gradient"),
        ("6.1", "stride in both layers", "stride not used once"),
        ("6.1", "layers in a Python list", "layers in a Python list or dict"),
        ("7.1", "no stride", "stride not passed on"),
        ("7.2", "every block has the stride", "stride in more than one block"),
        ("7.2", "one block over and over", "one block shared"),
    ],
)
def test_what_a_module_does(exercise, answer, name):
    (known,) = [one for one in answers(exercise) if one.name == answer]
    assert name in names(exercise, known.objects())


def test_none_is_left_out():
    here = {id(one) for known in (*ANSWERS.values(), *POOLS, ENDS, RESNETS, STEMS, ch03.OTHER_RESIZES) for one in known}
    for chapter in (ch02, ch03, ch04, ch05, ch06, ch07, ch08, ch09, pooled_scores):
        for value in vars(chapter).values():
            for one in value if isinstance(value, tuple) else ():
                assert not isinstance(one, Misconception) or id(one) in here, one.name


def test_in_one_list_no_name_stands_twice():
    for known in (*ANSWERS.values(), *POOLS, ENDS, RESNETS, STEMS):
        assert len({one.name for one in known}) == len(known)
