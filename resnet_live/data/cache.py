"""Where the package keeps what it would be slow to make again."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """RESNET_LIVE_CACHE, else the user's cache folder for resnet-live. It may not exist yet."""
    named = os.environ.get("RESNET_LIVE_CACHE", "").strip()
    return Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("resnet-live"))


def fastai_data_folder() -> Path:
    """Where fastai keeps data sets: `data` in FASTAI_HOME, unless its config.ini says otherwise."""
    import configparser

    home = Path(os.environ.get("FASTAI_HOME") or "~/.fastai").expanduser()
    settings = configparser.ConfigParser()
    try:
        settings.read(home / "config.ini", encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return home / "data"
    return home / Path(settings.get("DEFAULT", "data", fallback="data")).expanduser()
