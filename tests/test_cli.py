import shutil
import subprocess
import sys
from pathlib import Path

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


# ---- Grading ----

EXERCISES = Path(__file__).parents[1] / "exercises" / "02_adaptive_pooling.ipynb"


@pytest.fixture
def stubs(tmp_path):
    """A folder with one student's exercise notebook, as it is handed out: grading it takes no kernel."""
    folder = tmp_path / "class"
    (folder / "ada").mkdir(parents=True)
    shutil.copy(EXERCISES, folder / "ada")
    return folder


@pytest.mark.parametrize("made", ["missing", "empty", "file"])
def test_a_path_with_nothing_to_grade_is_one_message(tmp_path, made):
    path = tmp_path / "here"
    if made == "empty":
        path.mkdir()
    if made == "file":
        path.write_text("")
    one_error(run("grade", str(path)))


def test_an_exercise_that_is_not_there_is_one_message(stubs):
    assert "'99'" in one_error(run("grade", str(stubs), "--only", "99"))


def test_the_exit_code_follows_min_score_only_when_asked(stubs, tmp_path):
    out = tmp_path / "out"
    assert run("grade", str(stubs), "--only", "2.1").exit_code == 0
    assert run("grade", str(stubs), "--only", "2.1", "--min-score", "50", "--out", str(out)).exit_code == 2
    assert (out / "gradebook.csv").exists()


def test_files_do_not_go_where_a_file_is(stubs, tmp_path):
    (tmp_path / "out").write_text("")
    assert "is a file" in one_error(run("grade", str(stubs), "--out", str(tmp_path / "out")))
