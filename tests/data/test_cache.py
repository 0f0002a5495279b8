"""Where the package and fastai keep their files."""

import pytest

from resnet_live.data.cache import cache_folder, fastai_data_folder


def test_the_cache_folder(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("RESNET_LIVE_CACHE")
    assert "resnet-live" in str(cache_folder())


@pytest.mark.parametrize("config", [None, "[DEFAULT]\ndata = elsewhere\n", "[DEFAULT]\narchive = a\n"])
def test_the_download_goes_where_fastai_looks(tmp_path, config):
    from fastai.data.external import fastai_cfg, fastai_path

    home = tmp_path / "fastai"
    home.mkdir()
    if config:
        (home / "config.ini").write_text(config)
    ours = fastai_data_folder()
    fastai_cfg.cache_clear()
    try:
        # Where the file says nothing about `data`, fastai has no answer; its default is ours.
        theirs = fastai_path("data") or home / "data"
    finally:
        fastai_cfg.cache_clear()
    assert ours == theirs
