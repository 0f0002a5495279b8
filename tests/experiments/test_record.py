"""Recording: parts are kept, an interruption loses none, and the whole carries its provenance."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from resnet_live.experiments.record import (
    RECORDED,
    Experiment,
    checksum,
    cite,
    load,
    record,
    record_part,
    record_so_far,
)


@dataclass(frozen=True)
class Images:
    path: Path
    train: tuple
    valid: tuple
    note: str = "three files"


@pytest.fixture
def images(tmp_path):
    files = [tmp_path / "images" / name for name in ("a", "b", "c")]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(file.name.encode())
    return Images(tmp_path / "images", tuple(files[:2]), tuple(files[2:]))


def test_what_is_recorded_can_be_loaded_and_cited(tmp_path, images):
    record(Experiment("tiny", "about", images, {"one": lambda: {"x": 1}}), tmp_path, say=lambda _: None)
    result = load("tiny", tmp_path)
    assert result["parts"]["one"]["x"] == 1 and result["parts"]["one"]["wall_s"] >= 0
    assert {"command", "date", "commit", "device", "versions", "data"} <= set(result)
    assert result["data"]["train"] == 2 and result["data"]["checksum"] == checksum(images)
    assert "make record NAME=tiny" in cite(result)


def test_the_citation_names_trainer_and_precision(tmp_path, images):
    parts = {"one": lambda: {"precision": "bfloat16"}, "two": lambda: {"precision": "bfloat16"}}
    record(Experiment("tiny", "about", images, parts, "a loop of our own"), tmp_path, say=lambda _: None)
    assert "; trained by a loop of our own in bfloat16; " in cite(load("tiny", tmp_path))
    record(Experiment("none", "about", images, {"one": dict}), tmp_path, say=lambda _: None)
    assert "trained" not in cite(load("none", tmp_path))


@pytest.mark.parametrize(
    "name", ["chapter03", "chapter03_sizes", "chapter03_progressive", "chapter04", "chapter07", "chapter09"]
)
def test_the_recorded_trainings_name_their_trainer(name):
    assert "trained by " in cite(load(name)) and "float" in cite(load(name))


def counted_parts():
    """(names of the parts that ran, a function that makes a part: one that ends well, or that is interrupted)."""
    ran = []

    def part(name, fails=False):
        def run():
            ran.append(name)
            if fails:
                raise KeyboardInterrupt
            return {"name": name}

        return run

    return ran, part


def test_an_interrupted_recording_goes_on_where_it_stopped(tmp_path, images):
    ran, part = counted_parts()
    with pytest.raises(KeyboardInterrupt):
        record(Experiment("two", "", images, {"a": part("a"), "b": part("b", fails=True)}), tmp_path, lambda _: None)
    assert not (tmp_path / "two.json").exists()
    record(Experiment("two", "", images, {"a": part("a"), "b": part("b")}), tmp_path, lambda _: None)
    assert ran == ["a", "b", "b"]
    assert list(load("two", tmp_path)["parts"]) == ["a", "b"]
    assert not any((tmp_path / ".parts").iterdir())


def test_what_is_finished_so_far_can_be_written_and_the_rest_recorded_later(tmp_path, images):
    ran, part = counted_parts()
    whole = Experiment("two", "", images, {"a": part("a"), "b": part("b")})
    with pytest.raises(FileNotFoundError, match="No part of two is finished"):
        record_so_far(whole, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        record(Experiment("two", "", images, {"a": part("a"), "b": part("b", fails=True)}), tmp_path, lambda _: None)
    assert record_so_far(whole, tmp_path) == tmp_path / "two.json"
    assert list(load("two", tmp_path)["parts"]) == ["a"] and "make record NAME=two" in cite(load("two", tmp_path))
    record(whole, tmp_path, lambda _: None)
    assert ran == ["a", "b", "b"] and list(load("two", tmp_path)["parts"]) == ["a", "b"]


def test_the_result_names_every_device_and_every_torch_that_made_a_part(tmp_path, images, monkeypatch):
    """Finished parts may be carried from one machine to another."""
    whole = Experiment("two", "", images, {"a": dict, "b": dict})
    monkeypatch.setattr("resnet_live.profiles.device_name", lambda: "a GPU")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("resnet_live.experiments.record.version", lambda _: "2.0.0")
        record_part(whole, "a", tmp_path, lambda _: None)
    monkeypatch.setattr("resnet_live.profiles.device_name", lambda: "a CPU")
    record(whole, tmp_path, lambda _: None)
    result = load("two", tmp_path)
    assert result["device"] == "a CPU and a GPU" and result["parts"]["a"]["device"] == "a GPU"
    assert result["versions"]["torch"] == f"2.0.0 and {version('torch')}"


def test_parts_of_other_images_are_not_mixed_in(tmp_path, images):
    ran = []

    def fails():
        raise KeyboardInterrupt

    def part():
        ran.append(1)
        return {}

    with pytest.raises(KeyboardInterrupt):
        record(Experiment("x", "", images, {"a": part, "b": fails}), tmp_path, lambda _: None)
    images.valid[0].write_bytes(b"another size")
    record(Experiment("x", "", images, {"a": part}), tmp_path, lambda _: None)
    assert len(ran) == 2


def test_a_missing_result_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="make record NAME=chapter99"):
        load("chapter99", tmp_path)


@pytest.mark.parametrize(
    "file", [*RECORDED.glob("*.json"), *RECORDED.glob("sessions/*.json")], ids=lambda file: file.stem
)
def test_everything_that_is_recorded_can_be_cited(file):
    name = file.relative_to(RECORDED).with_suffix("").as_posix()
    assert cite(load(name)).startswith("Recorded on 20")


def test_two_processes_record_one_experiment_together(tmp_path, images):
    ran, first_is_in_hand, first_may_end = [], threading.Event(), threading.Event()

    def first():
        ran.append("first")
        first_is_in_hand.set()
        assert first_may_end.wait(30)
        return {}

    def second():
        ran.append("second")
        first_may_end.set()
        return {}

    experiment = Experiment("shared", "", images, {"first": first, "second": second})
    with ThreadPoolExecutor() as pool:
        one = pool.submit(record, experiment, tmp_path, lambda _: None)
        assert first_is_in_hand.wait(30)
        other = pool.submit(record, experiment, tmp_path, lambda _: None)
        assert one.result(60) == other.result(60) == tmp_path / "shared.json"
    assert ran == ["first", "second"]
    assert list(load("shared", tmp_path)["parts"]) == ["first", "second"]
    assert not any(path.is_dir() for path in (tmp_path / ".parts").iterdir())
