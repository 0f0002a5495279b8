import subprocess
import sys

import pytest
from typer.testing import CliRunner

import resnet_live
from resnet_live import cli
from resnet_live.cli import app
from resnet_live.data import DataError
from resnet_live.data.synthetic import standin


@pytest.fixture(autouse=True)
def own_world(monkeypatch, tmp_path):
    for name in ("RESNET_LIVE_DATA", "RESNET_LIVE_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RESNET_LIVE_OFFLINE", "1")
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FASTAI_HOME", str(tmp_path / "fastai"))
    monkeypatch.setattr(standin, "IMAGES", {"train": 3, "val": 2})
    monkeypatch.setattr(cli, "download", lambda *args: pytest.fail("the network was asked"))


def run(*arguments):
    return CliRunner().invoke(app, arguments)


def one_error(result, code=1):
    """The message of a failed command: alone on stderr, no traceback."""
    assert result.exit_code == code
    assert "Traceback" not in result.output
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_version():
    result = run("--version")
    assert (result.exit_code, result.stdout.strip()) == (0, resnet_live.__version__)


def test_it_runs_as_a_program():
    program = [sys.executable, "-c", "from resnet_live.cli import app; app()", "--version"]
    assert subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip() == resnet_live.__version__


def test_data_shows_the_source_and_the_way_to_photographs(tmp_path):
    result = run("data")
    assert result.exit_code == 0
    for words in ("not photographs", "30", "20", str(tmp_path / "cache"), "resnet-live data fetch"):
        assert words in result.stdout


def test_data_shows_the_users_folder(monkeypatch, tmp_path):
    folder = standin.synthetic_dataset(32, say=lambda text: None)
    monkeypatch.setenv("RESNET_LIVE_DATA", str(folder))
    result = run("data")
    assert result.exit_code == 0
    assert str(folder) in result.stdout
    assert "resnet-live data fetch" not in result.stdout


def test_a_bad_folder_is_one_message(monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LIVE_DATA", str(tmp_path / "typo"))
    assert "typo" in one_error(run("data"))


def test_a_cache_that_cannot_be_written_is_one_message(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RESNET_LIVE_CACHE", str(tmp_path / "file" / "cache"))
    assert "RESNET_LIVE_CACHE" in one_error(run("data"))


def test_fetch_says_where_the_images_are(monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "download", lambda folder: folder / "imagenette2-160")
    result = run("data", "fetch")
    assert result.exit_code == 0
    assert str(tmp_path / "fastai" / "data" / "imagenette2-160") in result.stdout


def test_fetch_without_a_network_is_one_message(monkeypatch):
    def no_network(folder):
        raise DataError("the network does not reach images.example")

    monkeypatch.setattr(cli, "download", no_network)
    assert "images.example" in one_error(run("data", "fetch"))


def test_an_unknown_command_is_a_usage_error():
    result = run("date")
    assert result.exit_code == 2
    assert "No such command 'date'" in result.stderr


def test_an_unknown_experiment_is_one_message():
    assert "'chapter99'" in one_error(run("record", "chapter99"))


def test_results_are_not_recorded_on_drawings():
    assert "real images" in one_error(run("record", "chapter03"))
