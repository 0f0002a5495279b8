"""All pins are renewed by one command, from an index in a folder."""

import subprocess
import sys
import zipfile

import pytest
import renew_pins

THIS = ".".join(map(str, sys.version_info[:2]))


def wheel(folder, name, version, requires=()):
    module = name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as file:
        info = f"{module}-{version}.dist-info"
        lines = [
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {version}",
            *(f"Requires-Dist: {r}" for r in requires),
        ]
        file.writestr(f"{info}/METADATA", "\n".join([*lines, ""]))
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with old pins, and an index with newer releases."""
    index = tmp_path / "index"
    index.mkdir()
    wheel(index, "torch", "2.1", ["below-it>=3", "nvidia-x==1"])
    wheel(index, "torch", "2.0", ["below-it>=1"])
    wheel(index, "below-it", "3.0")
    wheel(index, "nvidia-x", "1")
    wheel(index, "Jupyter_Book", "1.9")
    wheel(index, "jupyter-book", "2.0")
    wheel(index, "linter", "5")
    (tmp_path / "requirements.txt").write_text("# kept\ntorch==2.0\njupyter-book==1.0\n")
    (tmp_path / "constraints.txt").write_text("# head\nbelow-it==1.0\ngone==7\nlinter==4\n")
    project = f'requires-python = ">={THIS}"\ndev = [\n    "linter==4",\n]\n'
    (tmp_path / "pyproject.toml").write_text(project)
    monkeypatch.setattr(renew_pins, "ROOT", tmp_path)
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(index), "CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return tmp_path


@pytest.mark.slow
def test_pins_are_renewed_and_the_changes_shown(repository, capsys):
    assert renew_pins.main(["--check"]) == 0
    assert (repository / "requirements.txt").read_text().splitlines()[1] == "torch==2.0", "--check changes nothing"
    shown = capsys.readouterr().out.splitlines()
    assert renew_pins.main([]) == 0
    assert capsys.readouterr().out.splitlines() == shown
    gone = "gone 7 (no longer needed, or not for this system)"
    assert shown == ["below-it 1.0 -> 3.0", gone, "jupyter-book 1.0 -> 1.9", "linter 4 -> 5", "torch 2.0 -> 2.1"]
    assert (repository / "requirements.txt").read_text() == "# kept\ntorch==2.1\njupyter-book==1.9\n"
    assert (repository / "constraints.txt").read_text() == "# head\nbelow-it==3.0\nlinter==5\n"
    assert '"linter==5"' in (repository / "pyproject.toml").read_text()
    assert renew_pins.main([]) == 0
    assert "newest already" in capsys.readouterr().out


@pytest.mark.slow
def test_releases_that_do_not_fit_together_change_nothing(repository, capfd):
    wheel(repository / "index", "torch", "3.0", ["below-it>9"])
    wheel(repository / "index", "linter", "6", ["torch>=3"])
    for old in ("linter-5", "torch-2.0", "torch-2.1"):
        (repository / "index" / f"{old}-py3-none-any.whl").unlink()
    before = (repository / "requirements.txt").read_text()
    assert renew_pins.main([]) == 1
    assert (repository / "requirements.txt").read_text() == before
    assert "below-it" in capfd.readouterr().err


def test_pins_are_for_the_oldest_python(repository, capsys):
    (repository / "pyproject.toml").write_text('requires-python = ">=3.2"\n')
    assert renew_pins.main([]) == 1
    assert "python3.2" in capsys.readouterr().err


def test_the_real_pins_are_all_found():
    """Those of the real files: each is read, and a renewal to the same versions changes no byte."""
    for name in ("requirements.txt", "pyproject.toml"):
        text = (renew_pins.ROOT / name).read_text(encoding="utf-8")
        pins = {**renew_pins.named(text), **renew_pins.extras(text)}
        assert len(pins) == text.count("==") - text.count(' == "')
        assert renew_pins.renewed(text, pins) == text
    assert (
        subprocess.run([sys.executable, renew_pins.__file__, "--help"], capture_output=True, check=False).returncode
        == 0
    )
