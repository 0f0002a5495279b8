import traceback

import torch
from torch import nn

from resnet_live.tracebacks import shorten


def caught(call):
    try:
        call()
    except Exception as error:
        return error


def test_frames_of_libraries_are_left_out_and_one_s_own_kept():
    error = caught(lambda: nn.Linear(2, 3)(torch.ones(1, 5)))
    files = [frame.filename for frame in traceback.extract_tb(shorten(error.__traceback__))]
    assert files and set(files) == {__file__}
    assert len(files) < len(traceback.extract_tb(error.__traceback__))


def test_a_traceback_of_libraries_alone_is_left_as_it_is():
    error = caught(lambda: nn.Linear(2, 3)(torch.ones(1, 5)))
    inside = error.__traceback__.tb_next.tb_next
    assert shorten(inside) is inside


def test_a_notebook_shows_the_short_one():
    from IPython.testing.globalipapp import start_ipython

    shell = start_ipython()
    shell.run_cell("from resnet_live.tracebacks import shorten_in_notebook; shorten_in_notebook()")
    from IPython.utils.capture import capture_output

    with capture_output() as output:
        result = shell.run_cell("import torch\ntorch.nn.Linear(2, 3)(torch.ones(1, 5))")
    assert isinstance(result.error_in_exec, RuntimeError)
    assert "mat1 and mat2" in output.stdout and "site-packages" not in output.stdout
