"""The ablation: every step changes one thing, and what is said about it is worked out from the runs."""

from dataclasses import fields, replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from resnet_live.experiments import chapter09
from resnet_live.experiments.chapter09 import LADDER, TRIES
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.models.modern import ModernResNet
from resnet_live.training.right_images import pack
from resnet_live.widgets import AblationStep, result_ladder

# What belongs to an optimiser, or to a longer training, is changed together with it.
TOGETHER = {"optimiser": {"lr", "momentum", "weight_decay"}, "epochs": {"scale"}}


def changed(below, step):
    found = {
        f"{part}.{field.name}"
        for part in ("design", "recipe")
        for field in fields(getattr(step, part))
        if getattr(getattr(step, part), field.name) != getattr(getattr(below, part), field.name)
    }
    for leader, followers in TOGETHER.items():
        if f"recipe.{leader}" in found:
            found -= {f"recipe.{name}" for name in followers}
    return found


@pytest.mark.parametrize(("below", "step"), pairwise(LADDER), ids=lambda s: s.key)
def test_a_step_changes_one_thing_and_says_which_kind(below, step):
    (what,) = changed(below, step)
    assert step.changes == {"design": "network", "recipe": "training"}[what.split(".")[0]]


@pytest.mark.parametrize("step", TRIES, ids=lambda s: s.key)
def test_a_try_changes_one_thing_on_a_step(step):
    (below,) = [other for other in LADDER if other.key == step.below]
    (what,) = changed(below, step)
    assert step.changes == {"design": "network", "recipe": "training"}[what.split(".")[0]]


def test_keys_and_names_are_there_once_and_short():
    steps = [*LADDER, *TRIES]
    assert len({s.key for s in steps}) == len({s.name for s in steps}) == len(steps)
    assert all(len(s.name) <= 19 and s.adds for s in steps)


def test_first_and_best_step_of_the_ladder_have_several_seeds():
    assert len(LADDER[0].seeds) >= 2 and len(LADDER[-1].seeds) >= 2


@pytest.mark.parametrize("step", [*LADDER, *TRIES], ids=lambda s: s.key)
def test_each_net_can_be_built_and_gives_ten_scores(step):
    with torch.device("meta"):
        assert ModernResNet(step.design)(torch.empty(2, 3, step.recipe.size, step.recipe.size)).shape == (2, 10)


def test_every_step_is_run_once_before_further_seeds_and_more_steps_change_no_part(monkeypatch):
    source = object()
    parts = chapter09.experiment(source).parts
    seeds = [int(name.rsplit("-", 1)[1]) for name in parts]
    assert seeds == sorted(seeds) and len(parts) == sum(len(s.seeds) for s in [*LADDER, *TRIES])
    before = {name: fingerprint(part, source) for name, part in parts.items()}
    monkeypatch.setattr(chapter09, "LADDER", [*LADDER, replace(LADDER[-1], key="more", name="more")])
    after = chapter09.experiment(source).parts
    assert {name: fingerprint(part, source) for name, part in after.items() if name in before} == before
    assert len(set(before.values())) == len(before)


def a_recording(*keys):
    ends = {step.key: 0.5 + 0.01 * number for number, step in enumerate([*LADDER, *TRIES])}
    return {
        "parts": {
            f"{step.key}-{seed}": {
                "epochs": [{"valid_accuracy": 0.1}, {"valid_accuracy": ends[step.key] + seed / 1000}]
            }
            for step in [*LADDER, *TRIES]
            for seed in step.seeds
            if not keys or step.key in keys
        }
    }


def test_the_results_are_those_of_the_last_epoch_one_a_seed():
    found = chapter09.results(a_recording())
    assert [(r.step, r.name, r.adds) for r in found] == [(step, step.name, step.adds) for step in LADDER]
    for number, result in enumerate(found):
        wanted = [0.5 + 0.01 * number + seed / 1000 for seed in result.step.seeds]
        assert result.accuracies == pytest.approx(wanted)


def test_a_step_over_steps_that_were_not_run_names_all_that_it_adds():
    first, _, third, *_ = LADDER
    found = chapter09.results(a_recording(first.key, third.key))
    assert [result.step for result in found] == [first, third]
    assert found[0].name == first.name and found[1].name == f"… {third.name}"
    assert found[1].adds == f"{LADDER[1].adds}; {third.adds}: all at once"


def test_what_was_not_recorded_is_named():
    assert chapter09.not_recorded(a_recording()) == []
    keys = {step.key for step in [*LADDER, *TRIES]} - {"blur", "mixup"}
    assert chapter09.not_recorded(a_recording(*keys)) == ["“+ blur”", "“Mixup”"]


def test_a_seed_that_was_not_run_is_left_out():
    recorded = a_recording()
    del recorded["parts"][f"{LADDER[0].key}-1"]
    assert len(chapter09.results(recorded)[0].accuracies) == len(LADDER[0].seeds) - 1


def test_the_quick_run_is_a_step_of_the_ladder():
    assert (chapter09.QUICK_DESIGN, chapter09.QUICK) in [(s.design, s.recipe) for s in LADDER]
    assert isinstance(ModernResNet(chapter09.QUICK_DESIGN), nn.Module)


def test_tries_stand_behind_the_step_that_they_are_compared_with():
    found = [result.step.key for result in chapter09.tries(a_recording())]
    assert sorted(found) == sorted({*(s.key for s in TRIES), *(s.below for s in TRIES)})
    assert all(found.index(step.below) < found.index(step.key) for step in TRIES)


def test_tries_can_be_drawn_as_a_ladder_however_few_are_recorded():
    for keys in [(), ("calm", "mixup", "half", "small"), ("half", "grow"), ("wide", "wide-long", "calm", "long")]:
        beside = chapter09.tries(a_recording(*keys))
        result_ladder([AblationStep(r.name, r.adds, r.accuracies, r.below or None) for r in beside])
        assert beside[0].below == "" and all(r.below for r in beside[1:])
        assert [r.below for r in beside if r.step.below] == [
            next(s.name for s in LADDER if s.key == r.step.below) for r in beside if r.step.below
        ]


def test_the_answers_of_a_steps_runs_are_averaged_image_by_image():
    runs = [{"right": pack([True, True, False])}, {"right": pack([True, False, False])}, {}]
    step = chapter09.RecordedStep(LADDER[0], "x", "y", runs)
    assert step.right(3) == [1, 0.5, 0]
    assert chapter09.RecordedStep(LADDER[0], "x", "y", [{}]).right(3) == []


def test_five_epochs_are_run_with_five_seeds_and_twenty_with_three():
    seeds = {5: (0, 1, 2, 3, 4), 20: (0, 1, 2)}
    shown = [step for step in [*LADDER, *TRIES] if step not in searched()]
    assert [step.seeds for step in shown] == [seeds[step.recipe.epochs] for step in shown]
    assert {step.key for step in TRIES if step.recipe.epochs == 20} == {"long", "wide-long"}


def searched():
    return [step for step in TRIES if step.key in {"fast", "slow", "brief", "fine", "wider"}]


def test_the_search_for_the_last_steps_ran_on_seeds_that_the_ladder_does_not_show():
    shown = {seed for step in LADDER for seed in step.seeds}
    assert len(searched()) == 5 and all(not shown & set(step.seeds) for step in searched())
    assert {step.below for step in searched()} == {"near", "wide"}


def test_the_last_step_is_tried_with_twenty_epochs_as_well():
    assert LADDER[-1].recipe.epochs == 5
    (longer,) = [step for step in TRIES if step.below == LADDER[-1].key and step.recipe.epochs == 20]
    assert longer.design == LADDER[-1].design


def test_a_try_whose_step_was_not_run_has_nothing_to_be_compared_with():
    assert [r.step.key for r in chapter09.tries(a_recording("half", "mixup", "long"))] == []
