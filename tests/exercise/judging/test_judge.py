"""What becomes of each check."""

import pytest

from resnet_live.exercise.judging.judge import CheckState, judge
from resnet_live.exercise.observers import observe
from resnet_live.exercise.observers.serialize import NOT_NOTED
from resnet_live.exercise.registry import find


def judged(answer, **options):
    return {one.check.key: one for one in judge(find("2.1"), observe("2.1", (answer,), 1, "cpu"), **options)}


def test_a_check_passes_fails_or_waits_for_the_one_it_comes_after():
    found = judged(lambda n, k, s=1, p=0: n)
    assert found["plain"].state is CheckState.FAILED and found["plain"].feedback.hint
    assert found["int"].state is CheckState.WAITING and found["int"].feedback is None
    right = judged(lambda n, k, s=1, p=0: (n + 2 * p - k) // s + 1)
    assert {one.state for one in right.values()} == {CheckState.PASSED}
    assert sum(one.points for one in right.values()) == find("2.1").points


def test_that_the_stub_is_not_filled_in_is_a_fact():
    def stub(n, k, s=1, p=0):
        raise NotImplementedError

    def broken(n, k, s=1, p=0):
        raise NotImplementedError("not filled in")

    assert judged(stub)["plain"].feedback.not_filled_in
    assert not judged(broken)["plain"].feedback.not_filled_in


def test_a_malformed_observation_costs_the_checks_that_need_it():
    observation = observe("2.1", (lambda n, k, s=1, p=0: (n + 2 * p - k) // s + 1,), 1, "cpu")
    del observation["seen"]["calls"]["stride 2 whole"]
    states = {one.check.key: one.state for one in judge(find("2.1"), observation)}
    assert (states["plain"], states["stride"]) == (CheckState.PASSED, CheckState.FAILED)
    with pytest.raises(KeyError):
        judge(find("2.1"), observation, strict=True)


def test_an_observation_of_another_exercise_is_refused():
    with pytest.raises(ValueError, match="not of 2.2"):
        judge(find("2.2"), observe("2.1", (lambda n, k: n,), 1, "cpu"))


def test_what_could_not_be_passed_on_costs_each_check_and_is_said():
    seen = {"exercise": "2.1", "seed": 1, "device": "cpu", "seen": {NOT_NOTED: "more than 3 tensors"}}
    found = judge(find("2.1"), seen, strict=True)
    assert {one.state for one in found} == {CheckState.FAILED}
    assert "more than 3 tensors" in found[0].feedback.seen and "by hand" in found[0].feedback.hint
