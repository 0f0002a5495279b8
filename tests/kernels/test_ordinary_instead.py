"""Where a fork would not be like a fresh kernel, or cannot be had, the ordinary kernel starts, and no one has to ask for it."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from started_kernels import Place, environment

from resnet_live.kernels import kernelspec
from resnet_live.kernels.warm_client import SCRIPT


def spec(folder) -> dict:
    kernelspec.write_kernelspec(folder)
    return json.loads((folder / "kernels" / "python3" / "kernel.json").read_text(encoding="utf-8"))


def test_the_kernelspec_differs_from_the_ordinary_one_only_by_who_starts_it(tmp_path):
    written = spec(tmp_path)
    assert written["metadata"].pop("kernel_provisioner")["provisioner_name"] == "resnet-live-warm"
    assert written == kernelspec.get_kernel_dict()


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_have_the_ordinary_kernel(tmp_path, monkeypatch, system):
    monkeypatch.setattr(kernelspec.sys, "platform", system)
    assert "kernel_provisioner" not in spec(tmp_path)["metadata"]


def test_windows_has_no_part_of_it():
    """Modules and functions that Windows does not have are not asked for there."""
    program = (
        "import os, sys\n"
        "sys.modules |= {'fcntl': None, 'resource': None}\n"
        "from resnet_live.kernels import warm_kernels\n"
        "sys.platform = 'win32'; del os.pidfd_open, os.sched_getaffinity\n"
        "with warm_kernels() as variables: print(variables['JUPYTER_PATH'])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment(RESNET_LIVE_WARM_KERNELS=None), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert not os.path.exists(run.stdout.strip())


def test_an_older_install_has_the_ordinary_kernel(tmp_path, monkeypatch):
    monkeypatch.setattr(kernelspec, "entry_points", lambda **group: ())
    # without what it remembers
    monkeypatch.setattr(kernelspec, "_provisioner_is_known", kernelspec._provisioner_is_known.__wrapped__)
    assert "kernel_provisioner" not in spec(tmp_path)["metadata"]


def test_they_can_be_turned_off(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LIVE_WARM_KERNELS", "off")
    assert "kernel_provisioner" not in spec(tmp_path)["metadata"]
    before = dict(os.environ)
    with kernelspec.warm_kernels():
        assert dict(os.environ) == before


PRELOADS = {
    "a module is missing": ("no_such_module", "no_such_module"),
    "another thread runs": ("busy", "2 threads"),
    "CUDA is initialised": ("cuda_in_use", "CUDA"),
    "it does not survive the imports": ("falls_down", "ended with"),
}


@pytest.mark.parametrize("case", PRELOADS)
def test_a_warm_process_that_cannot_serve(case, tmp_path, monkeypatch):
    module, words = PRELOADS[case]
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    stub = tmp_path / "stubs"
    stub.mkdir()
    (stub / "busy.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    (stub / "cuda_in_use.py").write_text(
        "import sys, types\n"
        "torch = sys.modules['torch'] = types.ModuleType('torch')\n"
        "torch.cuda = types.SimpleNamespace(is_initialized=lambda: True)\n"
    )
    (stub / "falls_down.py").write_text("import os; os._exit(9)\n")
    place = Place(tmp_path / "place", preload=("stub_folder", module))
    monkeypatch.setattr("resnet_live.kernels.warm_client.SCRIPT", _with_folder(stub, tmp_path))
    with place.kernel() as kernel:
        assert words in kernel.why_ordinary
        assert kernel.says("1") == "1"
    with place.kernel() as kernel:
        assert words in kernel.why_ordinary  # remembered, not tried again
    assert place.warm_processes() == []


def _with_folder(stub, tmp_path):
    """The warm process's script, which can import what is in `stub`: PYTHONPATH is for the kernels alone."""
    (stub / "stub_folder.py").write_text("")
    script = tmp_path / "kernels" / "warm_process.py"
    script.parent.mkdir()
    for part in SCRIPT.parent.glob("warm_*.py"):
        shutil.copy(part, script.parent)
    shutil.copy(SCRIPT.parents[1] / "late_grammar.py", tmp_path)
    source = SCRIPT.read_text(encoding="utf-8")
    script.write_text(
        source.replace("\ndef main()", f"\nsys.path.append({str(stub)!r})\n\n\ndef main()", 1), encoding="utf-8"
    )
    return script


@pytest.mark.parametrize("kind", ["numpy.py", "numpy/__init__.py"])
@pytest.mark.parametrize("where", ["beside the notebook", "in PYTHONPATH"])
def test_a_module_that_hides_an_imported_one(place, tmp_path, kind, where):
    file = tmp_path / "own" / kind
    file.parent.mkdir(parents=True)
    file.write_text("MINE = True\n", encoding="utf-8")
    (tmp_path / "notebook").mkdir()
    beside = where == "beside the notebook"
    variables = environment(PYTHONPATH="" if beside else str(tmp_path / "own"))
    with place.kernel(cwd=tmp_path / ("own" if beside else "notebook"), env=variables) as kernel:
        assert "numpy" in kernel.why_ordinary
        assert kernel.says("__import__('numpy').MINE") == "True"


def test_a_style_file_beside_the_notebook(place, tmp_path):
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7\n", encoding="utf-8")
    with place.kernel(cwd=tmp_path) as kernel:
        assert "matplotlibrc" in kernel.why_ordinary
        assert kernel.says("__import__('matplotlib').rcParams['lines.linewidth']") == "7.0"


def test_pipes_between_kernel_and_runner(place):
    with place.kernel(stdout=subprocess.PIPE) as kernel:
        assert "pipes" in kernel.why_ordinary
        assert kernel.says("1") == "1"


def test_a_folder_that_is_not_there_is_told_as_ever(place, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), place.kernel(cwd=tmp_path / "nowhere"):
        pass


def test_a_place_that_has_been_cleared_away(new_place):
    place = new_place()
    with place.kernel() as kernel:
        assert kernel.why_ordinary is None
        shutil.rmtree(place.folder)
        kernel.manager.restart_kernel(now=True, cwd="/")
        kernel.client.wait_for_ready(timeout=60)
        assert "No such file" in kernel.why_ordinary
        assert kernel.says("1") == "1"


@pytest.mark.skipif(not shutil.which("unshare"), reason="no unshare on this machine")
def test_a_runner_in_a_sandbox_gets_no_kernel_from_outside(place):
    ask = (
        "import sys\n"
        "from resnet_live.kernels.warm_client import Forge, NotWarm, fork_kernel\n"
        "import os, pathlib\n"
        f"forge = Forge(pathlib.Path({str(place.folder)!r}), {os.getpid()}, {list(_preload(place))!r}, 60)\n"
        "try: print(fork_kernel(forge, [sys.executable, '-m', 'ipykernel_launcher', '-f', 'x'], dict(os.environ), '/', [1, 2]))\n"
        "except NotWarm as why: print(why)\n"
    )
    with place.kernel() as kernel:
        assert kernel.why_ordinary is None
        asked = subprocess.run(
            ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", ask],
            capture_output=True,
            text=True,
        )
    if "unshare" in asked.stderr:
        pytest.skip("no namespaces on this machine")
    assert "outside its runner's namespace" in asked.stdout, asked.stderr


def _preload(place) -> list[str]:
    written = json.loads((place.folder / "kernels" / "python3" / "kernel.json").read_text(encoding="utf-8"))
    return written["metadata"]["kernel_provisioner"]["config"]["preload"]
