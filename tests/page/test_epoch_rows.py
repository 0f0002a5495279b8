"""A Learner without a progress bar reports its epochs as a table of rounded numbers."""

import fastai.callback.progress  # noqa: F401  (adds no_bar to Learner)
import pytest
import torch
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.metrics import accuracy
from torch import nn

from resnet_live.page import epoch_rows


@pytest.fixture
def learn(monkeypatch):
    monkeypatch.setattr(epoch_rows.defaults, "callbacks", list(epoch_rows.defaults.callbacks))
    epoch_rows.install()
    epoch_rows.install()
    generator = torch.Generator().manual_seed(0)
    images, labels = torch.rand(16, 4, generator=generator), torch.arange(16) % 3
    batches = torch.utils.data.DataLoader(list(zip(images, labels, strict=True)), batch_size=8)
    return Learner(DataLoaders(batches, batches), nn.Linear(4, 3), loss_func=CrossEntropyLossFlat(), metrics=accuracy)


def test_names_stand_over_rounded_rows_once(learn, capsys):
    with learn.no_bar():
        learn.fit(2, 0.1)
    head, *rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["epoch", "train_loss", "valid_loss", "accuracy", "time"]
    assert [row[0] for row in rows] == ["0", "1"]
    for row, values in zip(rows, learn.recorder.values, strict=True):
        assert row[1:4] == [f"{value:.4f}" for value in values]
    assert learn.logger is print


def test_a_training_that_is_not_to_report_is_silent(learn, capsys):
    with learn.no_bar(), learn.no_logging():
        learn.fit(1, 0.1)
    assert capsys.readouterr().out == ""


def test_what_was_not_measured_has_its_place(capsys):
    epoch_rows.print_row([3, 1.23456, None, "00:01"])
    assert capsys.readouterr().out.split() == ["3", "1.2346", "-", "00:01"]
