"""What every chapter does at its start: quiet imports, fixed seeds, one figure style, short tracebacks, tables of epochs."""

import random
import warnings

from resnet_live.figures import STYLE
from resnet_live.tracebacks import shorten_in_notebook

DIGITS = 4  # decimals of a table's numbers


def start(seed: int = 42) -> None:
    """Prepare a page: seeds for Python, NumPy and PyTorch, figure style, short tracebacks, epochs as a table, no warnings of
    libraries, of a shared GPU no more than its share.

    Call it before `from fastai.vision.all import *`: importing fastai sets off a FutureWarning inside torch.
    """
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(torch|fastai|fastcore)(\.|$)")
    warnings.filterwarnings("ignore", category=UserWarning, module=r"(torch|fastai|fastcore)(\.|$)")
    import matplotlib
    import numpy as np
    import pandas as pd
    import torch

    from resnet_live import devices
    from resnet_live.page import epoch_rows

    matplotlib.rcParams.update(STYLE)
    pd.set_option("display.precision", DIGITS)
    shorten_in_notebook()
    epoch_rows.install()
    devices.settle()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
