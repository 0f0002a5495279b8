import pytest

from resnet_live import profiles


def test_the_variable_decides(monkeypatch):
    for name in profiles.PROFILES:
        monkeypatch.setenv(profiles.ENV, name)
        assert profiles.current().name == name


def test_without_it_the_device_decides(monkeypatch):
    import torch

    monkeypatch.delenv(profiles.ENV, raising=False)
    for kind, name in {"cpu": "quick", "cuda": "full", "mps": "full"}.items():
        monkeypatch.setattr(profiles, "device", lambda kind=kind: torch.device(kind))
        assert profiles.current().name == name


def test_an_unknown_profile_is_named_with_the_choices(monkeypatch):
    monkeypatch.setenv(profiles.ENV, "fast")
    with pytest.raises(ValueError, match="'fast' is not a profile.*quick"):
        profiles.current()
