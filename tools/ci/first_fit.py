"""The first `fit` of a beginner, as a cell of a notebook: fastai's table and bars appear, and its defaults are what the book says.

fastprogress 1.1.0 to 1.1.3 failed here in every notebook, in VS Code and Colab too: 'NBMasterBar' object has no attribute 'out'.
"""

import inspect

# ruff: noqa: F403, F405
from fastai.vision.all import *

data = [(torch.randn(3, 8, 8), number % 2) for number in range(8)]
dls = DataLoaders(DataLoader(data, bs=4, shuffle=True), DataLoader(data, bs=4))
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
learn = Learner(dls, model, loss_func=CrossEntropyLossFlat(), metrics=accuracy)

settings = {name: one.default for name, one in inspect.signature(Adam).parameters.items()}
wanted = {"mom": 0.9, "sqr_mom": 0.99, "eps": 1e-5, "wd": 0.01, "decouple_wd": True}
assert {name: settings[name] for name in wanted} == wanted, settings
assert learn.opt_func is Adam and learn.lr == 1e-3 and learn.moms == (0.95, 0.85, 0.95), (learn.opt_func, learn.moms)
cycle = {name: one.default for name, one in inspect.signature(Learner.fit_one_cycle).parameters.items()}
assert (cycle["div"], cycle["div_final"], cycle["pct_start"]) == (25.0, 1e5, 0.25), cycle
assert {"TrainEvalCallback", "Recorder", "ProgressCallback"} <= {type(one).__name__ for one in learn.cbs}, learn.cbs

with learn.no_bar():
    learn.fit(1)
learn.fit(1)
learn.fit_one_cycle(2, 3e-3)
assert len(learn.recorder.values) == 2 and all(len(row) == 3 for row in learn.recorder.values)
