"""The loop of chapter 8: the module's and the one that the chapter types are held to the same tests, and to fastai."""

import ast
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from resnet_live.training import loop
from resnet_live.training.one_cycle_schedule import one_cycle

CHAPTER = Path(__file__).parents[2] / "book" / "08_pure_pytorch.ipynb"
PACKAGE = SimpleNamespace(**vars(loop), one_cycle=one_cycle)
TYPED = ("train_step", "evaluate", "adamw", "one_cycle", "reseed", "fit", "save_checkpoint", "load_checkpoint")


def typed() -> SimpleNamespace:
    """The functions that the chapter types, taken out of its cells."""
    names = {"torch": torch, "F": F, "nn": nn, "device": torch.device("cpu"), "progress_bar": lambda it, **_: it}
    cells = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells if cell.cell_type == "code"]
    for source in cells:
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef) and node.name in TYPED:
                exec(compile(ast.Module([node], []), str(CHAPTER), "exec"), names)
    return SimpleNamespace(**{name: names[name] for name in TYPED})


@pytest.fixture(params=["module", "chapter"])
def made(request):
    return PACKAGE if request.param == "module" else typed()


def a_net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 4),
    )


def images(count, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return TensorDataset(
        torch.randn(count, 3, 8, 8, generator=generator), torch.randint(0, 4, (count,), generator=generator)
    )


def a_loader(count=22, batch_size=8):
    return DataLoader(images(count), batch_size, shuffle=True, generator=torch.Generator().manual_seed(3))


def prepared(made, loader, epochs=3):
    model = a_net()
    opt = made.adamw(model, 3e-3)
    return model, opt, made.one_cycle(opt, epochs * len(loader), 3e-3)


def quiet(made):
    return {"say": lambda _: None} if made is PACKAGE else {}


def losses_of(returned):
    return returned[0] if isinstance(returned, tuple) else returned


def test_a_step_is_the_optimiser_s_step_along_the_gradient_of_this_batch_alone(made):
    model, twin = a_net(), a_net()
    xb, yb = images(8)[:]
    F.cross_entropy(model(xb), yb).mul(100).backward()  # left over from before
    twin(xb)  # batch norm has seen the batch once in both
    opt, other = (torch.optim.SGD(m.parameters(), lr=0.1, momentum=0.9) for m in (model, twin))
    for _ in range(2):
        expected = F.cross_entropy(twin(xb), yb)
        other.zero_grad()
        expected.backward()
        other.step()
        loss = made.train_step(model, xb, yb, F.cross_entropy, opt)
        assert isinstance(loss, float)
        assert loss == expected.item()
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_evaluate_weighs_every_image_the_same_and_leaves_the_model_alone(made):
    model = a_net()
    model[1].eval()  # frozen on purpose
    data = images(11)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    loss, accuracy = made.evaluate(model, DataLoader(data, 4), F.cross_entropy)
    assert [m.training for m in model] == [True, False, True, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    scores = model.eval()(data[:][0])
    assert loss == pytest.approx(F.cross_entropy(scores, data[:][1]).item(), rel=1e-5)
    assert accuracy == (scores.argmax(1) == data[:][1]).double().mean().item()
    assert isinstance(loss, float) and isinstance(accuracy, float)


def test_nothing_to_evaluate_is_an_error_and_a_failure_leaves_the_mode():
    model = a_net().train()
    with pytest.raises(ValueError, match="no image"):
        loop.evaluate(model, [], F.cross_entropy)
    with pytest.raises(RuntimeError):
        loop.evaluate(model, [(torch.randn(2, 5, 8, 8), torch.zeros(2).long())], F.cross_entropy)
    assert model.training


def test_weights_decay_and_biases_and_norms_do_not(made):
    model = a_net()
    opt = made.adamw(model, 3e-3)
    decay = {id(p): group["weight_decay"] for group in opt.param_groups for p in group["params"]}
    found = {name: decay[id(p)] for name, p in model.named_parameters()}
    assert found == {"0.weight": 0.01, "1.weight": 0, "1.bias": 0, "5.weight": 0.01, "5.bias": 0}
    assert all(group["eps"] == 1e-5 and group["betas"][1] == 0.99 for group in opt.param_groups)


@pytest.mark.parametrize("steps", [4, 10, 93, 740])
def test_the_schedule_is_fastai_s_at_every_step(made, steps):
    from fastai.callback.schedule import combined_cos

    opt = made.adamw(a_net(), 3e-3)
    sched = made.one_cycle(opt, steps, 3e-3)
    rate, momentum = combined_cos(0.25, 3e-3 / 25, 3e-3, 3e-3 / 1e5), combined_cos(0.25, 0.95, 0.85, 0.95)
    for step in range(steps):
        for group in opt.param_groups:
            assert group["lr"] == pytest.approx(rate(step / steps), rel=1e-5, abs=1e-9)
            assert group["betas"][0] == pytest.approx(momentum(step / steps), rel=1e-6)
        opt.step()
        sched.step()


def test_the_losses_are_fastai_s(made):
    """In double precision, where rounding is out of the way: see chapter 8."""
    import fastai.callback.schedule  # noqa: F401  (adds fit_one_cycle to Learner)
    from fastai.callback.core import Callback, TrainEvalCallback
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner

    class Note(Callback):
        def before_epoch(self):
            made.reseed(self.dls.train, 0, self.epoch)

        def after_loss(self):
            if self.training:
                seen.append(self.loss.item())

    seen, loss_func = [], nn.CrossEntropyLoss()
    data = TensorDataset(images(40)[:][0].double(), images(40)[:][1])

    def loader():
        return DataLoader(data, 8, shuffle=True, drop_last=True, generator=torch.Generator())

    learn = Learner(DataLoaders(loader(), loader()), a_net().double(), loss_func, default_cbs=False)
    learn.add_cbs([TrainEvalCallback(), Note()])
    learn.fit_one_cycle(3, 3e-3)

    model, train = a_net().double(), loader()
    opt = made.adamw(model, 3e-3)
    sched = made.one_cycle(opt, 3 * len(train), 3e-3)
    mine = losses_of(made.fit(model, train, loader(), loss_func, opt, sched, 3, **quiet(made)))
    assert len(mine) == len(seen) == 15
    assert mine == pytest.approx(seen, abs=1e-6)
    # the test can tell: another ε is seen at once
    other = a_net().double()
    opt = made.adamw(other, 3e-3, eps=1e-2)
    sched = made.one_cycle(opt, 3 * len(train), 3e-3)
    wrong = losses_of(made.fit(other, loader(), loader(), loss_func, opt, sched, 3, **quiet(made)))
    assert max(abs(a - b) for a, b in zip(wrong, seen, strict=True)) > 1e-4


@pytest.mark.parametrize("stop", [0, 1, 2])
def test_a_resumed_run_is_the_undisturbed_one(made, tmp_path, stop):
    loader, valid, file = a_loader(), a_loader(9, 4), tmp_path / "c.pth"
    model, opt, sched = prepared(made, loader)
    whole = losses_of(made.fit(model, loader, valid, F.cross_entropy, opt, sched, 3, **quiet(made)))

    first, opt_1, sched_1 = prepared(made, loader)
    begun = losses_of(made.fit(first, loader, valid, F.cross_entropy, opt_1, sched_1, stop, **quiet(made)))
    made.save_checkpoint(file, first, opt_1, sched_1, stop)
    torch.rand(7)  # other things happen in between
    second, opt_2, sched_2 = prepared(made, loader)
    with torch.no_grad():
        for p in second.parameters():
            p.add_(1)
    epoch = made.load_checkpoint(file, second, opt_2, sched_2)
    assert epoch == stop
    rest = losses_of(made.fit(second, loader, valid, F.cross_entropy, opt_2, sched_2, 3, start=epoch, **quiet(made)))
    assert begun + rest == whole
    assert all(
        torch.equal(a, b) for a, b in zip(model.state_dict().values(), second.state_dict().values(), strict=True)
    )


def test_a_checkpoint_holds_states_only(made, tmp_path):
    model, opt, sched = prepared(made, a_loader())
    made.save_checkpoint(tmp_path / "c.pth", model, opt, sched, 2)
    states = torch.load(tmp_path / "c.pth", weights_only=True)
    assert set(states) == {"model", "opt", "sched", "epoch"}


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    model, opt, sched = prepared(PACKAGE, a_loader())
    file = tmp_path / "c.pth"
    loop.save_checkpoint(file, model, opt, sched, 1)

    def break_off(states, path):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", break_off)
    with pytest.raises(OSError, match="disk full"):
        loop.save_checkpoint(file, model, opt, sched, 2)
    assert loop.load_checkpoint(file, model, opt, sched) == 1


def test_what_fit_returns_and_says():
    loader, said = a_loader(), []
    model, opt, sched = prepared(PACKAGE, loader, epochs=2)
    valid = DataLoader(images(9), 4)
    losses, results = loop.fit(model, loader, valid, F.cross_entropy, opt, sched, 2, say=said.append)
    assert len(losses) == 2 * len(loader)
    assert results[-1] == loop.evaluate(model, valid, F.cross_entropy)
    assert said[1] == f"epoch 2: validation loss {results[1][0]:.3f}, accuracy {results[1][1]:.1%}"
    assert not model[1].weight.allclose(torch.ones(6))  # it has learned
