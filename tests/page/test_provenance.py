"""The line that says what a page ran on."""

from pathlib import Path

from resnet_live import page, profiles
from resnet_live.data import Source
from resnet_live.data.source import SourceKind


def test_data_device_profile_and_versions_are_named(monkeypatch):
    monkeypatch.setattr("resnet_live.profiles.device_name", lambda: "CPU (2 threads)")
    source = Source("folder", Path("x"), (Path("x/train/a.jpg"),) * 1200, (Path("x/val/b.jpg"),), "photographs & more")
    shown = page.provenance(source, profiles.PROFILES["quick"], page.Trainer.LEARNER)
    assert repr(shown).startswith(
        "Data: 1,200 training and 1 validation images; photographs & more; Device: CPU (2 threads); "
        "Profile: quick: 3 epochs at 128 px; Trainer: fastai's Learner in float32; Versions: torch "
    )
    assert "<dd>1,200 training and 1 validation images; photographs &amp; more</dd>" in shown.html
    assert all(name in repr(shown) for name in ("torch", "torchvision", "fastai"))


def test_drawn_images_are_said_openly():
    shown = {kind: page.provenance(Source(kind, Path("x"), (), (), "note")) for kind in SourceKind}
    told = {
        kind
        for kind, one in shown.items()
        if "drawings" in one.html.partition("<details")[0] and "drawings" in repr(one)
    }
    assert told == {SourceKind.STANDIN}


def test_without_a_profile_it_is_the_current_one(monkeypatch):
    monkeypatch.setenv("RESNET_LIVE_PROFILE", "smoke")
    assert "Profile: smoke: 1 epoch at 64 px" in repr(page.provenance(Source("folder", Path("x"), (), (), "none")))


def test_the_loop_of_the_course_is_shown_with_the_precision_of_this_machine(monkeypatch):
    source = Source("folder", Path("x"), (), (), "none")
    shown = []
    for precision in ("float32", "bfloat16"):
        monkeypatch.setattr("resnet_live.devices.precision_for", lambda device, precision=precision: precision)
        shown.append(
            [
                f"{trainer.value} in {precision}" in repr(page.provenance(source, None, trainer))
                for trainer in page.Trainer
            ]
        )
    assert shown == [[True, True, True], [False, True, False]]


def test_a_page_that_trains_nothing_names_no_trainer():
    assert "Trainer" not in repr(page.provenance(Source("folder", Path("x"), (), (), "none")))
