"""The experiment of chapter 8: both makers give what is recorded, and the recorded result says what the chapter says."""

from dataclasses import replace

import pytest

from resnet_live.data.folder import read_folder
from resnet_live.data.source import SourceKind
from resnet_live.data.synthetic import standin
from resnet_live.experiments import chapter08, record
from resnet_live.experiments.fingerprint import fingerprint
from resnet_live.profiles import PROFILES

PROFILE = replace(PROFILES["smoke"], train_images=60, valid_images=20, epochs=2, size=32)


@pytest.fixture(scope="module")
def source():
    return read_folder(standin.synthetic_dataset(), SourceKind.STANDIN, "drawn")


@pytest.mark.slow
def test_two_loops_one_run(source):
    fastai = chapter08.by_fastai(source, PROFILE, "float64")
    hand = chapter08.by_hand(source, PROFILE, "float64")
    assert len(hand["losses"]) == 12
    assert len(hand["valid"]) == 2
    assert chapter08.largest_difference(fastai, hand) < 1e-6
    assert [a for _, a in fastai["valid"]] == pytest.approx([a for _, a in hand["valid"]], abs=1e-6)
    wrong = chapter08.by_hand(source, PROFILE, "float64", eps=1e-8)
    assert chapter08.largest_difference(fastai, wrong) > 1e-5


def test_a_changed_loop_makes_the_recorded_parts_old(source, monkeypatch):
    from resnet_live.training import loop

    part = next(iter(chapter08.experiment(source).parts.values()))
    before = fingerprint(part, source)
    assert before == fingerprint(part, source)
    from pathlib import Path

    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda p: read(p) + (b"#" if str(p) == loop.__file__ else b""))
    assert fingerprint(part, source) != before


def test_the_recorded_result_is_the_whole_experiment():
    parts = record.load("chapter08")["parts"]
    assert set(parts) == {f"{maker}-{name}" for name in chapter08.RUNS for maker in ("fastai", "hand")}
    for name in chapter08.RUNS:
        assert len(parts[f"fastai-{name}"]["losses"]) == len(parts[f"hand-{name}"]["losses"]) > 20
    single, double = (
        chapter08.largest_difference(parts[f"fastai-{name}"], parts[f"hand-{name}"])
        for name in ("float32-short", "float64-short")
    )

    assert double < single / 10
