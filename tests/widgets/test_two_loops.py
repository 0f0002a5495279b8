"""The two loops: the lines that are drawn are a program that runs, and fastai's events come in the order drawn."""

import re

import pytest
import torch
from kernel_free import Page, elements
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from resnet_live.training import loop
from resnet_live.training.one_cycle_schedule import one_cycle
from resnet_live.widgets import two_loops
from resnet_live.widgets.two_loops import FASTAI, MOMENTS, PYTORCH


def a_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


@pytest.fixture
def batches():
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(22, 3, 2, 2, generator=generator)
    return DataLoader(TensorDataset(images, torch.randint(0, 3, (22,), generator=generator)), batch_size=8)


def test_the_lines_of_pytorch_are_a_program_with_the_losses_of_the_module(batches, capsys):
    model, twin, losses = a_net(), a_net(), []
    names = {
        "adamw": loop.adamw,
        "one_cycle": one_cycle,
        "evaluate": loop.evaluate,
        "model": model,
        "train": batches,
        "valid": batches,
        "epochs": 2,
        "losses": losses,
        "device": torch.device("cpu"),
        "loss_func": nn.CrossEntropyLoss(),
        "progress_bar": iter,
    }
    exec("\n".join(PYTORCH), names)
    opt = loop.adamw(twin)
    sched = one_cycle(opt, 2 * len(batches))
    expected, results = loop.fit(twin, batches, batches, nn.CrossEntropyLoss(), opt, sched, 2, say=lambda _: None)
    assert losses == expected
    assert capsys.readouterr().out.splitlines() == [str(result) for result in results]


def test_the_events_of_fastai_come_in_the_order_drawn_and_do_what_is_written(batches):
    import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle to Learner)
    from fastai.callback.core import Callback, event
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    drawn = [line.split()[0] for line in FASTAI if line.startswith("  ")]
    seen, facts = [], {}

    class Spy(Callback):
        order = 1000  # after all others, so that what they do at an event is done

        def __call__(self, name):
            seen.append(name)
            weight = self.model[1].weight
            facts[name] = {
                "training": self.model.training,
                "grad": weight.grad is not None and weight.grad.abs().sum().item() > 0,
                "weight": weight.detach().clone(),
                "opt": self.learn.opt is not None,
            }

    names = {"dls": DataLoaders(batches, batches), "model": a_net(), "loss_func": nn.CrossEntropyLoss(), "epochs": 1}
    names |= {"Learner": Learner, "cbs": Spy()}
    exec(FASTAI[0].replace("loss_func)", "loss_func, cbs=cbs)"), names)
    with names["learn"].no_bar(), names["learn"].no_logging():
        exec(FASTAI[1], names)

    assert all(hasattr(event, name) for name in drawn)
    positions = [seen.index(name) for name in drawn]
    assert positions == sorted(positions)
    assert facts["before_fit"]["opt"]
    assert facts["before_train"]["training"] and not facts["before_validate"]["training"]
    assert facts["after_backward"]["grad"]
    assert not torch.equal(facts["after_step"]["weight"], facts["before_train"]["weight"])
    assert not facts["after_train"]["grad"]  # zero_grad came after the last step


def test_each_line_is_marked_at_one_moment_at_least():
    for column, lines in (("fastai", FASTAI), ("pytorch", PYTORCH)):
        marked = {number for moment in MOMENTS for number in getattr(moment, column)}
        # fastai's first test of all: every event that is drawn has words
        assert marked == set(range(len(lines))), column


def test_each_moment_marks_its_lines_and_says_its_name():
    page = Page(two_loops())
    assert len(page.positions("moment")) == len(MOMENTS)
    for position, moment in enumerate(MOMENTS):
        page.set(moment=position)
        assert page.message().startswith(moment.name)
        (html,) = page.shown()
        bars = [e.get("d") for e in elements(html) if e.tag == "path"]
        assert len(bars) == len(moment.fastai) + len(moment.pytorch)
        label = next(e for e in elements(html) if e.tag == "svg").get("aria-label")
        for line in moment.pytorch:
            assert " ".join(PYTORCH[line].split()) in label


def test_code_fits_a_phone():
    """One unit is one pixel there; a monospaced character of 13 pixels is 7.8 wide."""
    for position in range(len(MOMENTS)):
        page = Page(two_loops())
        page.set(moment=position)
        for text in elements(page.shown()[0]):
            if text.tag == "text" and "k" in text.get("class", "").split():
                assert float(text.get("x")) + len(text.text) * 7.83 <= 340, text.text


def test_the_message_names_things_that_exist():
    for moment in MOMENTS:
        for code in re.findall("<code>(.*?)</code>", moment.words):
            assert not re.search("[<>&]", code)


def test_the_second_loop_can_be_moved_beside_the_first():
    """Without the book's style sheet it stands below."""
    (other,) = [e for e in elements(Page(two_loops()).shown()[0]) if e.get("class") == "rl-other"]
    assert float(other.get("transform").split()[1].strip(")")) > 200
    assert "opt.step()" in [e.text for e in other] and "after_step" not in [e.text for e in other]
