"""A warm kernel gives what the ordinary one gives: numbers, figures, widgets, surroundings."""

import os
import re

import pytest
from started_kernels import Place, environment

pytestmark = pytest.mark.xdist_group("same-as-ordinary")  # one pair of kernels shows it all

CELLS = {
    "a first import after a seed": """
        import random; random.seed(5)
        from fastai.vision.all import *""",
    "the next number": "print(random.random())",
    "a second import": """
        import fastai, fastai.vision.all, importlib
        print(fastai.__spec__.name, type(fastai.__loader__).__name__, fastai.vision.all is sys.modules["fastai.vision.all"])""",
    "seeded numbers": """
        import random, numpy as np, torch
        random.seed(1); np.random.seed(2); torch.manual_seed(3)
        print(random.random(), np.random.rand(3), torch.rand(3), torch.randperm(9), hash("residual"))""",
    "a network": """
        from fastai.vision.all import *
        torch.manual_seed(0); net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))
        loss = F.cross_entropy(net(torch.randn(16, 3, 8, 8)), torch.arange(16) % 10); loss.backward()
        print(loss.item(), net[0].weight.grad.norm().item()); net""",
    "workers": "print([b.tolist() for b in torch.utils.data.DataLoader(torch.arange(6), batch_size=2, num_workers=2)])",
    "a figure": """
        import matplotlib.pyplot as plt
        fig, ax = plt.subplots(figsize=(2, 1)); ax.plot([1, 3, 2]); print(plt.get_backend(), plt.isinteractive())""",
    "a figure in the middle": "plt.plot([1, 2]); plt.show(); print('after it')",
    "styles": "print({k: v for k, v in plt.rcParams.items()})",
    "in a notebook?": """
        import fastcore.imports, fastprogress.core
        print(fastcore.imports.IN_NOTEBOOK, fastcore.imports.IN_JUPYTER, fastprogress.core.IN_NOTEBOOK)
        from tqdm.auto import tqdm; print(tqdm.__mro__[0].__module__); print(type(get_ipython()), __name__)""",
    "a progress bar": "print(*(i for i in progress_bar(range(3))))",
    "widgets": """
        import ipywidgets as w
        slider = w.IntSlider(3); print(slider.value, slider.comm is not None, type(slider.comm).__module__)
        display(slider)""",
    "widgets' comm": "print(sorted(get_ipython().kernel.comm_manager.targets))",
    "captured": "out = w.Output()\nwith out: print('inside')\nprint(out.outputs)",
    "threads": "print(torch.get_num_threads(), torch.get_num_interop_threads())",
    "other threads": """
        from threadpoolctl import threadpool_info
        print(sorted({(i["user_api"], i["internal_api"], i["num_threads"]) for i in threadpool_info()}))""",
    "place": "import os, sys; print(os.getcwd(), URLs.LOCAL_PATH, Path.cwd())",
    "variables": "print({k: v for k, v in os.environ.items() if k != 'JPY_SESSION_NAME'})",
    "paths": "print(sys.path, sys.executable, sys.flags, sys.prefix); print(sys.argv[0], sys.argv[1])",
    "a module beside the notebook": "import beside; print(beside.__file__, beside.ANSWER)",
    "a module of PYTHONPATH": "import on_the_path; print(on_the_path.__file__)",
    "the course": "import resnet_live; print(resnet_live.__file__)",
    "limits": """
        import resource
        print([resource.getrlimit(i) for i in range(16)], os.nice(0), os.umask(0o22), os.sched_getaffinity(0))""",
    "temporary": "import tempfile; print(tempfile.gettempdir())",
    "signals": """
        import signal
        print([(int(s), str(signal.getsignal(s))) for s in (2, 10, 13, 15, 17)], signal.pthread_sigmask(0, []))""",
    "session": "print(os.getpid() == os.getpgrp() == os.getsid(0), os.isatty(0), sys.__stdin__.read())",
    "encodings": "import locale; print(locale.getlocale(), sys.stdout.encoding, sys.getfilesystemencoding(), sys.flags.utf8_mode)",
    "a thread": "import threading; print(sorted(t.name for t in threading.enumerate() if t.daemon))",
    "collector": "import gc; print(gc.isenabled(), gc.get_threshold())",
    "logging": "import logging; print(logging.root.handlers, logging.root.level)",
    "an error": "torch.randn(2, 3) @ torch.randn(2, 3)",
    "a name": "never_defined",
    "input": "input('?')",
    "the shell": "!pwd",
    "a magic": "%history",
    "a count": "7",
    "a child": "import subprocess; print(subprocess.run([sys.executable, '-c', 'print(6)'], capture_output=True).stdout)",
}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What every cell shows in an ordinary kernel and in a warm one with the whole preload: {cell: (one, other)}."""
    from resnet_live.kernels.kernelspec import PRELOAD
    from resnet_live.kernels.warm_client import stop_all

    place = Place(tmp_path_factory.mktemp("whole"), preload=PRELOAD)
    here, path = tmp_path_factory.mktemp("notebook"), tmp_path_factory.mktemp("path")
    (here / "beside.py").write_text("ANSWER = 42\n", encoding="utf-8")
    (path / "on_the_path.py").write_text("", encoding="utf-8")
    variables = environment(
        PYTHONPATH=os.pathsep.join([str(path), os.environ.get("PYTHONPATH", "")]),
        PYTHONHASHSEED="7",
        TMPDIR=str(path),
        RESNET_LIVE_PROFILE="smoke",
        OMP_NUM_THREADS=None,
    )
    shown = []
    try:
        for ordinary in (True, False):
            # As nbclient starts kernels named python3: their history is not written down.
            history = ["--HistoryManager.hist_file=:memory:"]
            with place.kernel(here, ordinary, env=dict(variables), extra_arguments=history) as kernel:
                if not ordinary:
                    assert kernel.why_ordinary is None
                shown.append({name: kernel.run(_dedent(source)) for name, source in CELLS.items()})
    finally:
        stop_all(place.folder)
    return {name: (shown[0][name], shown[1][name]) for name in CELLS}


def unnamed(shown: list) -> str:
    """Without the random names of widgets and messages, and without addresses."""
    return re.sub(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{24}_\d+_\d+|0x[0-9a-f]+", "…", str(shown))


def _dedent(source: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in source.strip("\n").splitlines())


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_shows_the_same(both, cell):
    ordinary, warm = both[cell]
    assert unnamed(warm) == unnamed(ordinary)


def test_the_cells_do_what_they_should(both):
    # fastai warns of something in PyTorch when it is imported, and both say so.
    assert "FutureWarning" in str(both["a first import after a seed"][1])
    failing = {name for name, (ordinary, _) in both.items() if any(part[0] == "error" for part in ordinary)}
    assert failing == {"an error", "a name", "input"}
    assert any(kind == "image/png" for kind, _ in both["a figure"][0][-1])


def test_numbers_without_a_seed_differ_from_kernel_to_kernel(place):
    drawn = []
    for _ in range(2):
        with place.kernel() as kernel:
            assert kernel.why_ordinary is None
            drawn.append(
                kernel.says(
                    "__import__('random').random(), __import__('numpy').random.rand(), __import__('uuid').uuid4()"
                )
            )
    assert drawn[0] != drawn[1]


def test_an_edit_of_the_course_counts_in_the_next_kernel(place, tmp_path):
    course = tmp_path / "resnet_live"
    course.mkdir()
    for edition in ("first", "second"):
        (course / "__init__.py").write_text(f"EDITION = {edition!r}\n", encoding="utf-8")
        with place.kernel(env=environment(PYTHONPATH=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")) as kernel:
            assert kernel.why_ordinary is None
            assert kernel.says("[n for n in __import__('sys').modules if n.split('.')[0] == 'resnet_live']") == "[]"
            assert kernel.says("__import__('resnet_live').EDITION") == edition


@pytest.mark.parametrize("seed", ["0", "11"])
def test_the_hash_seed_is_the_one_asked_for(place, seed):
    with (
        place.kernel(env=environment(PYTHONHASHSEED=seed)) as warm,
        place.kernel(ordinary=True, env=environment(PYTHONHASHSEED=seed)) as ordinary,
    ):
        assert warm.why_ordinary is None
        assert warm.says("hash('residual')") == ordinary.says("hash('residual')")
