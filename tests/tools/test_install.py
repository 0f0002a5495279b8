"""The installer: what it would run on which machine, and how it fails. Programs of ours stand in for uv and pip."""

import http.server
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

import install
import pytest

ROOT = Path(__file__).parents[2]
PYTHON = Path("venv/bin/python")


@pytest.fixture
def machine(monkeypatch):
    """`machine(gpu=…, linux=…, reachable=…, has=…)` decides what the installer finds; nothing is asked of the real one."""

    def decide(gpu=False, linux=True, reachable=True, has=()):
        monkeypatch.setattr(install, "has_gpu", lambda: gpu)
        monkeypatch.setattr(install, "default_build_is_large", lambda: linux)
        monkeypatch.setattr(install, "answers", lambda index: reachable)
        monkeypatch.setattr(install, "installed", lambda python, package: package in has)

    return decide


def plan(uv=None, extras="", index=""):
    found = install.phases(PYTHON, uv, extras, index)
    return [phase.says for phase in found], [" ".join(phase.command) for phase in found]


def test_uv_takes_the_build_for_this_machine(machine):
    machine()
    says, commands = plan(uv="uv")
    assert "--torch-backend=auto torch==" in commands[0] and "200 MB" in says[0]
    assert "-r requirements.txt -c constraints.txt -e ." in commands[1] and "3 GB" not in says[1]
    assert all(command.startswith("uv pip install") for command in commands)


@pytest.mark.parametrize(
    ("gpu", "linux", "own_index"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_pip_takes_the_cpu_build_where_the_default_one_is_large_for_nothing(machine, gpu, linux, own_index):
    machine(gpu=gpu, linux=linux)
    says, commands = plan()
    assert ("--index-url https://download.pytorch.org/whl/cpu" in commands[0]) == own_index
    assert ("CUDA" in says[-1]) == (gpu and linux)
    assert not any(" -q" in command or "--progress-bar" in command for command in commands)


@pytest.mark.parametrize("uv", [None, "uv"])
def test_an_index_that_was_named_is_used(machine, uv):
    machine(gpu=True)
    says, commands = plan(uv=uv, index="https://example.org/whl/cu130")
    assert "--index-url https://example.org/whl/cu130" in commands[0] and "https://example.org/whl/cu130" in says[0]
    assert "torch-backend" not in commands[0]


@pytest.mark.parametrize("uv", [None, "uv"])
@pytest.mark.parametrize("index", ["", "https://example.org/whl/cpu"])
def test_an_index_that_does_not_answer_is_left_for_the_default_one(machine, uv, index):
    machine(reachable=False)
    says, commands = plan(uv=uv, index=index)
    assert "default index is used instead" in says[0] and "3 GB" in says[1]
    assert commands[0] == "" and "index" not in commands[1] and "torch-backend" not in commands[1]


def test_pytorch_that_is_there_is_not_fetched_again(machine):
    machine(has=["torch"])
    says, commands = plan(uv="uv", extras="dev,instructor")
    assert len(commands) == 1 and commands[0].endswith("-e .[dev,instructor]") and "dev and instructor" in says[0]


def test_only_the_pinned_version_counts_as_installed(monkeypatch):
    python = Path(sys.executable)
    version = importlib.metadata.version("pytest")
    for pin, there in ((f"pytest=={version}", True), ("pytest==0.1", False), ("", False)):
        monkeypatch.setattr(install, "requirements", lambda pin=pin: [pin])
        assert install.installed(python, "pytest") == there
    monkeypatch.setattr(install, "requirements", lambda: ["no-such-package==1"])
    assert not install.installed(python, "no-such-package")


def program(file: Path, code: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!{sys.executable}\nimport sys\n{code}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def environment(tmp_path, machine, monkeypatch, capfd):
    """An environment whose Python is a program of ours; `environment(code)` installs into it: (exit code, output)."""
    machine()

    def run(code: str, *options: str):
        program(tmp_path / "venv" / "bin" / "python", code)
        monkeypatch.setattr(sys, "argv", ["install.py", "--venv", str(tmp_path / "venv"), *options])
        result = install.main()
        shown = capfd.readouterr()
        return result, shown.out + shown.err

    return run


def test_each_phase_is_told_and_run(environment):
    code, output = environment("print('ran', sys.argv[2:4])", "--installer", "pip")
    assert code == 0 and output.count("ran ['pip', 'install']") == 2
    assert output.index("Installing PyTorch from") < output.index("Installing the pinned packages")


def test_an_install_that_fails_says_what_to_do(environment):
    code, output = environment("sys.exit('no room left on the disk')", "--installer", "pip")
    assert code == 1 and "no room left" in output and "Installing failed" in output and "PIP_FIND_LINKS" in output
    assert "Traceback" not in output


def test_when_the_other_index_has_no_pytorch_the_default_one_has(environment):
    code, output = environment("sys.exit('--index-url' in sys.argv)", "--installer", "pip")
    assert code == 0 and "default index is used instead" in output


def test_uv_that_fails_leaves_pip_to_try(environment, tmp_path, monkeypatch):
    uv = program(tmp_path / "bin" / "uv", "sys.exit('no such package')")
    monkeypatch.setenv("PATH", str(uv.parent))
    code, output = environment("")
    assert code == 1 and "INSTALLER=pip" in output
    monkeypatch.setenv("PATH", "")
    code, output = environment("", "--installer", "uv")
    assert code == 1 and "no uv here" in output


def test_an_environment_that_cannot_be_made_leaves_nothing_behind(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "executable", str(program(tmp_path / "python", "sys.exit(1)")))
    monkeypatch.setattr(sys, "argv", ["install.py", "--venv", str(tmp_path / "venv"), "--installer", "pip"])
    assert install.main() == 1
    assert "apt install python3-venv" in capsys.readouterr().err and not (tmp_path / "venv").exists()


def test_an_old_python_is_told_which_one_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert install.main() == 1
    assert "3.11 or newer" in capsys.readouterr().err


def test_a_server_answers_or_it_does_not(tmp_path):
    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/whl"
    assert install.answers(address)  # a 404 is an answer too
    server.shutdown()
    server.server_close()
    assert not install.answers(address)
    assert not install.answers("https://name.invalid/whl")
    assert install.answers(str(tmp_path))


def test_every_python_can_read_the_installer():
    """An old Python must get as far as the sentence that says it is too old."""
    import ast

    ast.parse((ROOT / "tools" / "install.py").read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.skipif(sys.platform == "win32", reason="make is not on Windows")
def test_make_marks_only_an_install_that_succeeded(tmp_path):
    for file in ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    stamp = tmp_path / ".venv" / ".runtime"
    stamp.parent.mkdir()
    for code, there in (("sys.exit(1)", False), ("", True)):
        program(tmp_path / "tools" / "install.py", code)
        done = subprocess.run(["make", f"PYTHON={sys.executable}", ".venv/.runtime"], cwd=tmp_path, capture_output=True)
        assert (done.returncode == 0, stamp.exists()) == (there, there)
    done = subprocess.run(["make", "-B", "PYTHON=no-such-python", ".venv/.runtime"], cwd=tmp_path, capture_output=True)
    assert done.returncode != 0 and b"make PYTHON=" in done.stdout
